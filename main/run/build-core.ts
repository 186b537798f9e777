// Builds the agent's C core once, for every CPython from 3.10 on (stable ABI): in go agent/core/*, out comes the path of
// out/agent/interleave_core-<hash>.so. The hash is of the sources and the command, so a changed line is a new file and
// a program that still runs keeps the one it has mapped. The file appears whole or not at all (rename).
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const always = [
  '-std=gnu11',
  '-O2',
  '-fPIC',
  '-shared',
  '-fvisibility=hidden',
  '-fno-plt', // a call of Python's goes there at once, not by a table
  '-pthread',
  '-Wall',
  '-Wextra',
  '-Werror=implicit',
]
/** Most of what a short call costs is the way through our files: GCC takes it as one, in a fifth more time. In one piece,
 *  because for several it looks for make. Clang would look for a linker of its own kind. */
const together = ['-flto', '-flto-partition=one']
const quiet = ['-Wno-cast-function-type', '-Wno-comment', '-Wno-format-truncation']

async function first<T>(names: string[], works: (name: string) => Promise<T | undefined>): Promise<T | undefined> {
  for (const name of names) {
    const answer = await works(name).catch(() => undefined)
    if (answer) return answer
  }
  return undefined
}

interface Compiler {
  cc: string
  flags: string[]
}
async function findCompiler(): Promise<Compiler> {
  const named = process.env.CC ? [process.env.CC] : []
  const compiler = await first([...named, 'cc', 'gcc', 'clang'], async (cc) => {
    const gcc = (await run(cc, ['--version'])).stdout.includes('Free Software Foundation')
    return { cc, flags: gcc ? [...always, ...together] : always }
  })
  if (compiler) return compiler
  throw new Error('The recorder needs a C compiler to build its core: install one (Debian: apt install gcc libc6-dev).')
}

/** Any Python's headers serve: the core uses only what the stable ABI of 3.10 has. */
async function findHeaders(): Promise<string> {
  const ask = 'import sysconfig,sys; print(sysconfig.get_path("include") if sys.version_info >= (3, 10) else "")'
  const pythons = ['python3', 'python', '/usr/bin/python3', ...[14, 13, 12, 11, 10].map((minor) => `python3.${minor}`)]
  const include = await first(pythons, async (python) => {
    const folder = (await run(python, ['-c', ask])).stdout.trim()
    return existsSync(join(folder, 'Python.h')) ? folder : undefined
  })
  if (include) return include
  throw new Error('The recorder needs Python.h to build its core: install it (Debian: apt install python3-dev).')
}

/** Compiles the files side by side (Python.h is long: one after the other takes 10 s), then links them. */
async function build(folder: string, target: string, sources: string[], link: string[]): Promise<void> {
  const [{ cc, flags }, include] = await Promise.all([findCompiler(), findHeaders()])
  const fresh = await mkdtemp(`${target}.`)
  const left = sources.filter((name) => name.endsWith('.c'))
  const object = (name: string) => join(fresh, `${name.replaceAll('/', '-')}.o`)
  // a header is found in whatever folder it lies
  const places = [...new Set(sources.map((name) => dirname(name)))].map((place) => `-I${place}`)
  const objects = left.map(object)
  const compile = async () => {
    for (let name = left.pop(); name; name = left.pop())
      await run(cc, [...flags, ...quiet, `-I${include}`, ...places, '-c', name, '-o', object(name)], { cwd: folder })
  }
  try {
    await Promise.all(Array.from({ length: availableParallelism() }, compile))
    const whole = join(fresh, 'core.so')
    await run(cc, [...flags, ...link, '-o', whole, ...objects, '-ldl'])
    await rename(whole, target)
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr ?? error).trim()
    const what = said.split('\n').find((line) => line.includes('error')) ?? said.split('\n')[0]
    throw new Error(`The recorder's core does not compile with ${cc}: ${what}`)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}

const building = new Map<string, Promise<void>>()

/** The path of the compiled core, building it when the sources have changed. `link`: more that the linker is told. */
export async function buildCore(root = join(import.meta.dirname, '../..'), link: string[] = []): Promise<string> {
  if (process.platform !== 'linux')
    throw new Error('Recording works on Linux only, so far: record there, and open the trace here.')
  const folder = join(root, 'agent/core')
  const out = join(root, 'out/agent')
  const sources = (await readdir(folder, { recursive: true })).filter((name) => /\.[ch]$/.test(name)).sort()
  const hash = createHash('sha256').update(
    JSON.stringify([always, together, link, quiet, process.platform, process.arch]),
  )
  for (const name of sources) hash.update(name).update(await readFile(join(folder, name)))
  const target = join(out, `interleave_core-${hash.digest('hex').slice(0, 12)}.so`)
  if (existsSync(target)) return target
  await mkdir(out, { recursive: true })
  if (!building.has(target))
    building.set(
      target,
      build(folder, target, sources, link).finally(() => building.delete(target)),
    )
  await building.get(target)
  return target
}
