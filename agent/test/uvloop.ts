// A Python that has uvloop: one of this machine's, else one with the pinned version in a folder of its own, which pip fills.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Python, pythons } from './run-python.ts'

const version = '0.23.0'

function must(file: string, ...args: string[]): void {
  const done = spawnSync(file, args, { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${file} ${args.join(' ')}: ${done.stderr || done.error}`)
}

export function pythonWithUvloop(): { python: Python; remove: () => void } {
  const here = pythons.find(({ file }) => spawnSync(file, ['-c', 'import uvloop']).status === 0)
  if (here) return { python: here, remove: () => {} }
  const folder = mkdtempSync(join(tmpdir(), 'interleave-uvloop-'))
  const newest = pythons.at(-1)!
  must(newest.file, '-m', 'venv', folder)
  const file = join(folder, 'bin/python')
  must(file, '-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', `uvloop==${version}`)
  return { python: { file, minor: newest.minor }, remove: () => rmSync(folder, { recursive: true }) }
}
