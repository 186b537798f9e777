// What works on this machine and what is missing, each with the command that adds it. Read by `interleave doctor` and by
// the first screen. Nothing is changed or downloaded here.
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { chapterPython, chaptersWithPackages, isInstalled } from './chapters.ts'
import { cacheFolder, findElectron, missingDisplay } from './electron-binary.ts'
import { findPythons, isNewEnough, onPath, type Python } from './find-python.ts'
import { root } from './root.ts'
import { traceFolder } from './traces.ts'

export interface Check {
  name: string
  /** what it is for */
  for: 'recording' | 'recipes' | 'gpu' | 'window' | 'tests'
  ok: boolean
  /** what was found, or what is missing */
  found: string
  /** the command that adds it; '' when there is nothing to add */
  add: string
}

const debian = () => existsSync('/etc/debian_version')
const apt = (packages: string) => (debian() ? `apt-get install ${packages}` : `install ${packages} (Debian's names)`)
export const versionOf = (python: Python): string => python.version.join('.')

export async function checkMachine(env: NodeJS.ProcessEnv = process.env): Promise<Check[]> {
  const pythons = await findPythons(env)
  return [
    checkNode(),
    checkPython(pythons),
    checkCompiler(env),
    checkHeaders(pythons),
    checkFolder(env),
    ...(await checkChapters(env)),
    ...checkMpi(env),
    checkElectron(env),
    checkDisplay(env),
    checkChromium(env),
  ]
}
/** One sentence each: what recording needs and this machine does not have. */
export const missing = (checks: Check[]): string[] =>
  checks.filter((check) => !check.ok && check.for === 'recording').map((check) => `${check.found}: ${check.add}`)

function checkNode(): Check {
  const ok = Number(process.versions.napi) >= 10
  return {
    name: 'Node',
    for: 'recording',
    ok,
    found: `Node ${process.versions.node}${ok ? '' : ' is too old for the database driver'}`,
    add: ok ? '' : 'npm ci',
  }
}
function checkPython(pythons: Python[]): Check {
  const usable = pythons.filter(isNewEnough)
  const list = usable.map((python) => `${versionOf(python)} ${python.executable}`).join(', ')
  if (usable.length > 0) return { name: 'Python', for: 'recording', ok: true, found: list, add: '' }
  const found = pythons.length ? `only ${pythons.map(versionOf).join(', ')} of Python was found` : 'no Python was found'
  return {
    name: 'Python',
    for: 'recording',
    ok: false,
    found: `${found}, and CPython 3.10 or newer is needed`,
    add: apt('python3'),
  }
}
function checkCompiler(env: NodeJS.ProcessEnv): Check {
  const names = [env['CC'] ?? '', 'cc', 'gcc', 'clang'].filter(Boolean)
  const path = names.map((name) => onPath(name, '/', env)).find(Boolean) ?? null
  return forTheCore('C compiler', path, 'there is no C compiler', 'gcc libc6-dev')
}
function checkHeaders(pythons: Python[]): Check {
  const include = pythons.filter(isNewEnough).find((python) => python.include)?.include ?? null
  return forTheCore('Python.h', include, 'the headers of Python (Python.h) are missing', 'python3-dev')
}
/** What the agent's core is built with is not missed once it is built. */
function forTheCore(name: string, path: string | null, lack: string, packages: string): Check {
  if (path === null && isCoreBuilt())
    return { name, for: 'recording', ok: true, found: "not there, and not needed: the agent's core is built", add: '' }
  return { name, for: 'recording', ok: path !== null, found: path ?? lack, add: path === null ? apt(packages) : '' }
}
export function isCoreBuilt(): boolean {
  const times = (folder: string, ending: RegExp) =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((file) => ending.test(file))
          .map((file) => statSync(join(folder, file)).mtimeMs)
      : []
  const built = times(join(root, 'out', 'agent'), /\.so$/)
  return Math.max(0, ...built) > Math.max(...times(join(root, 'agent', 'core'), /\.[ch]$/))
}
function checkFolder(env: NodeJS.ProcessEnv): Check {
  const folder = traceFolder(env)
  let there = folder
  while (!existsSync(there)) there = dirname(there)
  try {
    accessSync(there, constants.W_OK)
    return { name: 'Folder of traces', for: 'recording', ok: true, found: folder, add: '' }
  } catch {
    const add = 'set INTERLEAVE_HOME to a folder that can be written'
    return { name: 'Folder of traces', for: 'recording', ok: false, found: `${there} cannot be written`, add }
  }
}
/** Nothing is said where there is no Python to install them for. */
async function checkChapters(env: NodeJS.ProcessEnv): Promise<Check[]> {
  const pythons = await Promise.all(chaptersWithPackages().map((c) => chapterPython(c, env))).catch(() => [])
  return pythons.map((python) => {
    const { chapter, packages } = python
    const ok = isInstalled(python)
    const found = ok ? python.python : `${packages.join(', ')}: not installed`
    const add = ok ? '' : `npx interleave recipes install ${chapter}`
    return { name: `Chapter ${chapter}`, for: 'recipes', ok, found, add }
  })
}
/** Of the MPI that is on the PATH, if any: the recipes bring their own. */
function checkMpi(env: NodeJS.ProcessEnv): Check[] {
  const mpiexec = onPath('mpiexec', '/', env)
  if (!mpiexec) return []
  const said = spawnSync(mpiexec, ['--version'], { encoding: 'utf8', env, timeout: 20_000 }).stdout ?? ''
  const open = /Open ?MPI|OpenRTE|PRRTE/i.test(said)
  const name = open ? 'Open MPI' : /MPICH|HYDRA/i.test(said) ? 'MPICH' : 'MPI'
  const asked = ['OMPI', 'PRTE'].some(
    (who) => env[`${who}_ALLOW_RUN_AS_ROOT`] && env[`${who}_ALLOW_RUN_AS_ROOT_CONFIRM`],
  )
  const refuses = open && process.getuid?.() === 0 && !asked
  return [
    {
      name,
      for: 'recipes',
      ok: !refuses,
      found: refuses ? `${mpiexec}, which starts nothing for root unless it is told to` : mpiexec,
      add: refuses
        ? 'export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 (or mpiexec --allow-run-as-root)'
        : '',
    },
  ]
}
function checkElectron(env: NodeJS.ProcessEnv): Check {
  const path = findElectron(env)
  const found = path ?? 'there is no Electron binary (the browser is used instead)'
  return {
    name: 'Electron',
    for: 'window',
    ok: !!path,
    found,
    add: path ? '' : `node node_modules/electron/install.js (cache: ${cacheFolder(env)})`,
  }
}
function checkDisplay(env: NodeJS.ProcessEnv): Check {
  const reason = missingDisplay(env)
  const found = reason ?? env['WAYLAND_DISPLAY'] ?? env['DISPLAY'] ?? process.platform
  return {
    name: 'Display',
    for: 'window',
    ok: !reason,
    found,
    add: reason ? `${apt('xvfb xauth')} and use xvfb-run -a` : '',
  }
}
function checkChromium(env: NodeJS.ProcessEnv): Check {
  const path = ['chromium', 'chromium-browser', 'google-chrome'].map((name) => onPath(name, '/', env)).find(Boolean)
  return {
    name: 'Chromium',
    for: 'tests',
    ok: !!path,
    found: path ?? 'there is no Chromium',
    add: path ? '' : apt('chromium'),
  }
}
