// A Python that has a package: one of this machine's, else one with that version of it in a folder of its own, which pip
// fills.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Python, pythons } from './run-python.ts'

const versions = { uvloop: '0.23.0', pytest: '9.2.0' }

function must(file: string, ...args: string[]): void {
  const done = spawnSync(file, args, { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${file} ${args.join(' ')}: ${done.stderr || done.error}`)
}

export function pythonWith(what: keyof typeof versions): { python: Python; remove: () => void } {
  const here = pythons.find(({ file }) => spawnSync(file, ['-c', `import ${what}`]).status === 0)
  if (here) return { python: here, remove: () => {} }
  const folder = mkdtempSync(join(tmpdir(), `interleave-${what}-`))
  const newest = pythons.at(-1)!
  must(newest.file, '-m', 'venv', folder)
  const file = join(folder, 'bin/python')
  must(file, '-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', `${what}==${versions[what]}`)
  return { python: { file, minor: newest.minor }, remove: () => rmSync(folder, { recursive: true }) }
}
