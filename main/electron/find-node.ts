// A Node whose Node-API is new enough for the database driver, for an Electron that is too old for it: the pinned one
// of package.json, or (macOS has none) the first `node` on the PATH that is new enough. Throws one sentence.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

export function findNode(root: string): string {
  const name = process.platform === 'win32' ? 'node.exe' : join('bin', 'node')
  const system = process.platform === 'win32' ? 'win' : process.platform
  const pinned = join(root, 'node_modules', `node-${system}-${process.arch}`, name)
  if (existsSync(pinned)) return pinned
  const { stdout } = spawnSync('node', ['-p', 'process.execPath + " " + process.versions.napi'], { encoding: 'utf8' })
  const [path, napi] = (stdout ?? '').trim().split(/ (?=\d+$)/)
  if (path && Number(napi) >= 10) return path
  throw new Error('No Node 22.12 or newer was found: run "npm ci" in the folder of Interleave, which brings one.')
}
