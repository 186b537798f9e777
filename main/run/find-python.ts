// In: a command line as a person typed it. Out: the file that it starts, whether that is Python, and what people call
// the program. The command itself is run as typed: this only explains (the trace's name, why no agent was loaded).
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { execFile as execFileWith } from 'node:child_process'
import { homedir } from 'node:os'
import { basename, delimiter, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

const execFile = promisify(execFileWith)

export interface Program {
  /** the file that argv[0] names */
  file: string
  /** what people call it: script, module or command */
  name: string
  /** the interpreter, when it is Python */
  python: { executable: string; flags: string[] } | null
}
/** Why a command cannot be started: as a shell says it, 127 = not found, 126 = found but cannot be run. */
export interface NoProgram {
  file: null
  code: 126 | 127
  sentence: string
}
export interface Python {
  executable: string
  /** [3, 11, 7] */
  version: [number, number, number]
  implementation: string
  /** folder of Python.h, when it is there */
  include: string | null
}

export const oldestPython: [number, number] = [3, 10]
const isPythonName = (path: string) => /^(python|pypy)[\d.]*[dt]*(\.exe)?$/.test(basename(path))
const canRun = (path: string) => {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** The file a command name stands for: a path as it is, otherwise the first match on the PATH. */
export function onPath(name: string, cwd: string, env: NodeJS.ProcessEnv): string | null {
  if (name.includes('/')) return canRun(resolve(cwd, name)) ? resolve(cwd, name) : null
  for (const dir of (env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin').split(delimiter)) {
    const path = resolve(cwd, dir, name)
    if (canRun(path)) return path
  }
  return null
}

/** The interpreter of a script: `#!/usr/bin/env python3`, `#!/venv/bin/python -u`, and pip's way round long paths. */
export function interpreterOf(file: string): string[] | null {
  const bytes = Buffer.alloc(1024)
  let length = 0
  try {
    const fd = openSync(file, 'r')
    length = readSync(fd, bytes, 0, bytes.length, 0)
    closeSync(fd)
  } catch {
    return null
  }
  const [first = '', second = ''] = bytes.toString('utf8', 0, length).split('\n')
  if (!first.startsWith('#!')) return null
  const long = /^'''exec' "?([^"]+?)"? "\$0"/.exec(second)
  if (long) return [long[1]!]
  const words = first.slice(2).trim().split(/\s+/)
  if (basename(words[0] ?? '') !== 'env') return words
  return words.slice(1).filter((word) => word !== '-S' && word !== '-i' && !/^\w+=/.test(word))
}

const withValue = /^-[a-zA-Z]*[WXQ]$|^--check-hash-based-pycs$/
/** They start other programs, and people call the run by those. */
const launchers = /^(mpiexec|mpirun|mpiexec\.\w+|prterun|orterun|srun)$/
const moduleLaunchers = new Set(['scoop', 'mpi4py', 'mpi4py.futures'])
/** Splits `python [flags] (script | -m module | -c text | -)`. */
function readPython(args: string[]): { flags: string[]; name: string | null } {
  const flags: string[] = []
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (arg === '-' || !arg.startsWith('-')) return { flags, name: arg === '-' ? null : stem(resolve(arg)) }
    const module = /^-[a-zA-Z]*m(.*)$/.exec(arg)
    if (module && !arg.startsWith('--')) {
      if (arg[1] !== 'm') flags.push(arg.slice(0, arg.indexOf('m')))
      const name = module[1] || args[i + 1] || null
      const script =
        name !== null && moduleLaunchers.has(name) ? args.slice(i + 1).find((a) => /\.pyw?$/.test(a)) : null
      return { flags, name: script ? stem(script) : name }
    }
    if (/^-[a-zA-Z]*c/.test(arg) && !/^-[WX]/.test(arg)) {
      if (arg[1] !== 'c') flags.push(arg.slice(0, arg.indexOf('c')))
      return { flags, name: null }
    }
    flags.push(arg)
    if (withValue.test(arg)) i++
  }
  return { flags, name: null }
}
const stem = (path: string) => basename(path).replace(/\.pyw?$/, '')

export function findProgram(command: string[], cwd: string, env: NodeJS.ProcessEnv): Program | NoProgram {
  const [first, ...rest] = command
  const no = (code: 126 | 127, sentence: string): NoProgram => ({ file: null, code, sentence })
  if (first === undefined || first === '')
    return no(127, 'there is no command to run: write it after --, as in `interleave record -- python3 app.py`')
  if (!existsSync(cwd)) return no(126, `the folder ${cwd} does not exist`)
  const file = onPath(first, cwd, env)
  if (!file) {
    const here = resolve(cwd, first)
    if (/\.pyw?$/.test(first) && existsSync(here))
      return no(126, `${first} is not a command: write \`python3 ${first}\` to run it with Python`)
    if (first.includes('/') && existsSync(here)) return no(126, `${first} cannot be run: it is not an executable file`)
    return no(
      127,
      `${first} was not found${first.includes('/') ? '' : ' on the PATH'}: check how it is written, or give its whole path`,
    )
  }
  if (isPythonName(file)) {
    const { flags, name } = readPython(rest)
    return { file, name: name ?? stem(file), python: { executable: file, flags } }
  }
  if (launchers.test(basename(file))) {
    const at = rest.findIndex(isPythonName)
    const name = at < 0 ? null : readPython(rest.slice(at + 1)).name
    return { file, name: name ?? stem(file), python: null }
  }
  const words = interpreterOf(file)
  const python = words?.[0] && isPythonName(words[0]) ? onPath(words[0], cwd, env) : null
  return {
    file,
    name: stem(file),
    python: python ? { executable: python, flags: readPython(words!.slice(1)).flags } : null,
  }
}

/** Flags that keep a Python from reading the environment or from loading the site module, hence the agent. */
export const closingFlags = (flags: string[]) =>
  flags.filter((flag) => /^-[a-zA-Z]*[IES]/.test(flag) && !/^-[WX]/.test(flag))

const question =
  'import sys,os,platform,sysconfig as s;i=s.get_path("include");' +
  'print("\\n".join([sys.executable,".".join(map(str,sys.version_info[:3])),platform.python_implementation(),' +
  'i if os.path.exists(os.path.join(i,"Python.h")) else ""]))'

/** Runs it to ask. null: it does not answer as a Python does. */
export async function askPython(executable: string, env: NodeJS.ProcessEnv = process.env): Promise<Python | null> {
  try {
    const { stdout } = await execFile(executable, ['-I', '-c', question], { timeout: 20_000, env })
    const [path = '', version = '', implementation = '', include = ''] = stdout.split('\n')
    const [major = 0, minor = 0, micro = 0] = version.split('.').map(Number)
    if (major === 0 || !implementation) return null
    return { executable: path || executable, version: [major, minor, micro], implementation, include: include || null }
  } catch {
    return null
  }
}
export const isNewEnough = ({ version: [major, minor], implementation }: Python): boolean =>
  implementation === 'CPython' && (major > oldestPython[0] || (major === oldestPython[0] && minor >= oldestPython[1]))

/** Every Python on the PATH and of pyenv, each once, in the order of the PATH. */
export async function findPythons(env: NodeJS.ProcessEnv = process.env): Promise<Python[]> {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '' && existsSync(folder))
  const versions = join(env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions')
  if (existsSync(versions)) folders.push(...readdirSync(versions).map((version) => join(versions, version, 'bin')))
  const paths = folders.flatMap((folder) =>
    names
      .map((name) => join(folder, name))
      .filter((path) => canRun(path) && !(isShim(path) && !/python3?$/.test(path))),
  )
  const different = [...new Map(paths.map((path) => [realpathSync(path), path])).values()]
  const answers = await Promise.all(different.map((path) => askPython(path, env)))
  const pythons = answers.filter((python) => python !== null)
  return [...new Map(pythons.map((python) => [realpathSync(python.executable), python])).values()]
}
const names = ['python3', 'python', ...Array.from({ length: 12 }, (_, i) => `python3.${8 + i}`)]
/** pyenv's: a script that finds the real one, or fails; those are found in its versions folder too. */
const isShim = (path: string) => basename(dirname(path)) === 'shims'

/** The Python that recipes run with: `python3` where it is new enough, otherwise the newest one at hand. */
export async function recipesPython(env: NodeJS.ProcessEnv = process.env): Promise<string | null> {
  return (await recipesInterpreter(env))?.executable ?? null
}
/** Asked once for a PATH: who starts a recipe shall not wait for it. */
export async function recipesInterpreter(env: NodeJS.ProcessEnv = process.env): Promise<Python | null> {
  const path = env['PATH'] ?? ''
  const python = found.get(path) ?? (await firstNewEnough(env))
  if (python) found.set(path, python)
  return python
}
const found = new Map<string, Python>()

async function firstNewEnough(env: NodeJS.ProcessEnv): Promise<Python | null> {
  const first = onPath('python3', process.cwd(), env)
  const python = first ? await askPython(first, env) : null
  if (python && isNewEnough(python)) return python
  const others = (await findPythons(env)).filter(isNewEnough)
  return others.sort((a, b) => b.version[1] - a.version[1])[0] ?? null
}
