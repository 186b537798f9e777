// Runs a small Python program with the agent or without it, with every CPython from 3.10 on that this machine has.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { environment } from '../../wire/side-file.ts'
import { buildCore } from '../../main/run/build-core.ts'
import { type RecordedProcess, readRun } from './read-events.ts'

const here = import.meta.dirname
export const core = await buildCore()

export interface Python {
  file: string
  minor: number
}

function ask(file: string): Python | undefined {
  const said = spawnSync(file, ['-c', 'import sys; print(sys.version_info[0], sys.version_info[1])'], {
    encoding: 'utf8',
  })
  const [major, minor] = said.status === 0 ? said.stdout.trim().split(' ').map(Number) : []
  return major === 3 && minor! >= 10 ? { file, minor: minor! } : undefined
}

/** pyenv's, wherever it is. */
export function installed(): string[] {
  const pyenv = join(process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions')
  try {
    return readdirSync(pyenv).map((version) => join(pyenv, version, 'bin/python3'))
  } catch {
    return []
  }
}

/** One of each minor version. */
export const pythons: Python[] = [
  ...new Map(
    ['/usr/bin/python3', 'python3', ...installed()]
      .flatMap((file) => ask(file) ?? [])
      .map((python) => [python.minor, python]),
  ).values(),
].sort((p, q) => p.minor - q.minor)

export interface Ran {
  status: number | null
  signal: string | null
  out: string
  err: string
}
export interface Recorded extends Ran {
  source: string
  processes: RecordedProcess[]
  first: RecordedProcess
}
export interface Options {
  env?: Record<string, string | undefined>
  args?: string[]
  /** how Python is started, before the program's file */
  flags?: string[]
  /** ms that it may take */
  timeout?: number
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-agent-'))
  try {
    return work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function run(python: string, folder: string, source: string, env: NodeJS.ProcessEnv, options: Options): Ran {
  writeFileSync(join(folder, 'program.py'), source)
  const command = [...(options.flags ?? []), 'program.py', ...(options.args ?? [])]
  const done = spawnSync(python, command, {
    cwd: folder,
    env: { ...env, ...options.env },
    encoding: 'utf8',
    timeout: options.timeout ?? 20_000,
  })
  if (done.error) throw done.error
  return { status: done.status, signal: done.signal, out: done.stdout, err: done.stderr }
}

const plainEnvironment = (): NodeJS.ProcessEnv => {
  const env: NodeJS.ProcessEnv = { ...process.env, PYTHONPATH: here }
  for (const name of Object.values(environment)) delete env[name]
  return env
}

export const unrecorded = (python: Python, source: string, options: Options = {}): Ran =>
  inFolder((folder) => run(python.file, folder, source, plainEnvironment(), options))

export const record = (python: Python, source: string, options: Options = {}): Recorded =>
  inFolder((folder) => {
    const runFolder = join(folder, 'run')
    mkdirSync(runFolder)
    const env = {
      ...plainEnvironment(),
      PYTHONPATH: [join(here, '../site'), here].join(delimiter),
      [environment.run]: runFolder,
      [environment.core]: core,
    }
    const ran = run(python.file, folder, source, env, options)
    const processes = readRun(runFolder)
    if (!processes[0]) throw new Error(`nothing was recorded: ${ran.err || ran.out}`)
    return { ...ran, source, processes, first: processes[0] }
  })
