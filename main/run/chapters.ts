// The Python of a chapter of recipes. One with a requirements.txt has a virtual environment in the cache folder, others
// run in any Python. In: the chapter. Out: its interpreter and programs, and a way to install what it needs.
// The folder's name has a hash of what is in it, so that it never needs to be brought up to date. The environment is made
// by a Python script, because the lock that several of us wait for is one of the system's, which Node has not.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { cacheFolder } from './electron-binary.ts'
import { recipesInterpreter } from './find-python.ts'
import { chapterFolder } from './recipes.ts'
import { root } from './root.ts'

export interface ChapterPython {
  chapter: string
  python: string
  /** folder of its programs, to come first on the PATH; null: the chapter needs no packages */
  bin: string | null
  /** what it was asked for by name, "mpi4py" */
  packages: string[]
  requirements: string | null
}

export const noPython = 'no CPython 3.10 or newer was found: `npx interleave doctor` says how to add one'
const requirementsOf = (chapter: string) => join(chapterFolder(chapter), 'requirements.txt')

/** Those that need packages. */
export const chaptersWithPackages = (): string[] =>
  readdirSync(join(root, 'recipes'))
    .filter((chapter) => existsSync(requirementsOf(chapter)))
    .sort()

/** Of a file of exact versions: what it names before it comes to what these need. */
export function packagesOf(requirements: string): string[] {
  const lines = readFileSync(requirements, 'utf8').split('\n')
  const rest = lines.indexOf('# what these need')
  return lines.slice(0, rest < 0 ? undefined : rest).flatMap((line) => /^[\w.-]+/.exec(line)?.[0] ?? [])
}

export async function chapterPython(
  chapter: string,
  env: NodeJS.ProcessEnv = process.env,
  requirements: string = requirementsOf(chapter),
): Promise<ChapterPython> {
  const base = await recipesInterpreter(env)
  if (base === null) throw new Error(noPython)
  if (!existsSync(requirements))
    return { chapter, python: base.executable, bin: null, packages: [], requirements: null }
  const hash = createHash('sha256')
    .update(base.version.join('.'))
    .update(readFileSync(requirements))
    .digest('hex')
    .slice(0, 12)
  const bin = join(cacheFolder(env), 'python', `${chapter}-${hash}`, 'bin')
  return { chapter, python: join(bin, 'python'), bin, packages: packagesOf(requirements), requirements }
}

/** The Python that it was made with may have been removed meanwhile: its own is a link. */
export const isInstalled = ({ bin, python }: ChapterPython): boolean =>
  bin === null || (existsSync(join(bin, '../installed')) && existsSync(python))

/** Rejects with one sentence. Costs nothing when it is installed. */
export async function installPackages(
  python: ChapterPython,
  say: (progress: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const { chapter, bin, requirements } = python
  if (isInstalled(python) || bin === null || requirements === null) return
  const base = (await recipesInterpreter(env))!
  const script = join(root, 'main', 'run', 'make_environment.py')
  const child = spawn(base.executable, ['-I', script, join(bin, '..'), requirements], {
    // pip may have been told to install for the user: here that is an error
    env: { ...env, PIP_USER: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let complaint = ''
  child.stderr.on('data', (text) => (complaint = (complaint + text).slice(-20_000)))
  createInterface(child.stdout).on('line', (line) => {
    const step = progressOf(line)
    if (step) say(step)
  })
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', (error) => ((complaint = error.message), resolve(null)))
    child.once('close', resolve)
  })
  if (code !== 0)
    throw new Error(`the packages of the chapter ${chapter} were not installed: ${whyNot(complaint, code)}`)
}

function progressOf(line: string): string | null {
  if (/^(waiting|making)/.test(line)) return line
  const [, getting] = /^Collecting ([\w.-]+)/.exec(line) ?? []
  if (getting) return `getting ${getting}`
  const [, building] = /^\s*Building wheel for ([\w.-]+)/.exec(line) ?? []
  if (building) return `building ${building}`
  return /^Installing collected/.test(line) ? 'putting them in place' : null
}

function whyNot(complaint: string, code: number | null): string {
  const [, module, version] = /^no module (\w+) (\S+)/m.exec(complaint) ?? []
  if (module)
    return `this Python has no module ${module}; \`apt-get install python${version}-venv\` adds it (Debian's name)`
  if (
    /NewConnectionError|ConnectTimeout|NameResolutionError|ProxyError|Read timed out|Connection refused/.test(complaint)
  )
    return 'pip does not reach the package index: try again with a network, or tell pip of an index that it reaches'
  if (/No space left/.test(complaint)) return 'the disk is full'
  const errors = complaint.split('\n').filter((line) => /^\s*(ERROR|error|\w*Error):? /.test(line))
  const error = errors.find((line) => !/Ignored the following/.test(line))
  return error?.replace(/^\s*ERROR: /, '').trim() || `pip ended with ${code}`
}

/** The environment of a program of the chapter: what was installed for it comes first. */
export const chapterEnvironment = ({ bin }: ChapterPython, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv =>
  bin === null ? env : { ...env, PATH: [bin, ...(env['PATH'] ? [env['PATH']] : [])].join(delimiter) }

/** What one is told where the packages are not there. */
export const notInstalled = ({ chapter, packages }: ChapterPython): string =>
  `the chapter ${chapter} needs ${packages.join(', ')}: \`npx interleave recipes install ${chapter}\` installs them`
