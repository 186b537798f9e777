// Where an Electron binary is, or why there is none. In this order: ELECTRON_EXEC_PATH, ELECTRON_OVERRIDE_DIST_PATH, the
// package's own download, the cache folder; then the ordinary download, watched: where packets are dropped instead of
// refused it would hang for ever. A failed download is not tried again for a day.
// Never imports the package 'electron': outside Electron that starts a download and throws.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './root.ts'

export const cacheFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  join(env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache'), 'interleave')

/** The binary, without trying to get one. */
export function findElectron(env: NodeJS.ProcessEnv = process.env, project: string = root): string | null {
  const npm = join(project, 'node_modules', 'electron')
  const named = existsSync(join(npm, 'path.txt')) ? readFileSync(join(npm, 'path.txt'), 'utf8').trim() : 'electron'
  const cache = cacheFolder(env)
  const cached = existsSync(cache) ? readdirSync(cache).filter((name) => /^electron-\d/.test(name)) : []
  const newestFirst = cached.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  const places = [
    env['ELECTRON_EXEC_PATH'],
    env['ELECTRON_OVERRIDE_DIST_PATH'] && join(env['ELECTRON_OVERRIDE_DIST_PATH'], named),
    join(npm, 'dist', named),
    ...newestFirst.map((name) => join(cache, name, 'electron')),
  ]
  return places.find((path) => path && statSync(path, { throwIfNoEntry: false })?.isFile()) ?? null
}

/** Why a window cannot be shown here; null when it can. */
export function missingDisplay(
  env: NodeJS.ProcessEnv = process.env,
  platform: string = process.platform,
): string | null {
  if (platform !== 'linux' || env['DISPLAY'] || env['WAYLAND_DISPLAY']) return null
  return 'there is no display (DISPLAY and WAYLAND_DISPLAY are not set)'
}

const day = 24 * 3600 * 1000
const silence = 60_000

/** Gets Electron by its own installer. Answers the binary, or the reason why not. */
export async function downloadElectron(
  say: (progress: string) => void,
  env: NodeJS.ProcessEnv = process.env,
  project: string = root,
): Promise<{ path: string } | { reason: string }> {
  const installer = join(project, 'node_modules', 'electron', 'install.js')
  if (!existsSync(installer)) return { reason: 'the package electron is not installed (`npm ci` adds it)' }
  const failed = join(cacheFolder(env), 'electron-download-failed')
  const before = statSync(failed, { throwIfNoEntry: false })
  if (before && Date.now() - before.mtimeMs < day) return { reason: readFileSync(failed, 'utf8').trim() }
  say('downloading Electron (about 110 MB, once)')
  const reason = await runInstaller(installer, say, env)
  const path = findElectron(env, project)
  if (reason === null && path) {
    rmSync(failed, { force: true })
    return { path }
  }
  const sentence = `Electron could not be downloaded: ${reason ?? 'its installer left no binary'}`
  mkdirSync(cacheFolder(env), { recursive: true })
  writeFileSync(failed, `${sentence} (not tried again before ${new Date(Date.now() + day).toLocaleString('sv')})\n`)
  return { reason: sentence }
}

/** null, or why it failed. Its temporary folder is ours, so that bytes arriving can be seen. */
async function runInstaller(
  installer: string,
  say: (progress: string) => void,
  env: NodeJS.ProcessEnv,
): Promise<string | null> {
  const temporary = mkdtempSync(join(tmpdir(), 'interleave-electron-'))
  const child = spawn(process.execPath, [installer], {
    env: { ...env, TMPDIR: temporary },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let complaint = ''
  child.stderr.on('data', (text) => (complaint = (complaint + text).slice(0, 4000)))
  let bytes = 0
  let grown = performance.now()
  let said = performance.now()
  let hung = false
  const watch = setInterval(() => {
    const now = bytesIn(temporary)
    if (now !== bytes) grown = performance.now()
    bytes = now
    if (bytes > 0 && performance.now() - said > 5000) {
      said = performance.now()
      say(`downloading Electron: ${Math.round(bytes / 1e6)} MB`)
    }
    if (performance.now() - grown < silence) return
    hung = true
    child.kill('SIGKILL')
  }, 500)
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null))
    child.once('exit', resolve)
  })
  clearInterval(watch)
  rmSync(temporary, { recursive: true, force: true })
  if (code === 0) return null
  if (hung) return `nothing arrived for ${silence / 1000} seconds`
  const error = /^\s*(?:\w*Error|\w+): (.+)$/m.exec(complaint)
  return error ? error[1]!.trim() : `its installer ended with ${code}`
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (sum, entry) => sum + (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    )
}
