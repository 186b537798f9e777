// The sides of a comparison: the same program by the same Python, untraced, under the agent, under VizTracer. A figure is
// a ratio of neighbours: the sides take turns (A B C A B C …), each traced run is divided by the untraced run beside
// it, and the median of those ratios stands, so that a machine that slows down slows both.
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readSync, readdirSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { header, recordsPerChunk } from '../../wire/record.ts'
import { buildCore } from '../run/build-core.ts'
import { recordedEnvironment } from '../run/environment.ts'
import { enough, median, plusMinus, quantile } from './row.ts'

/** The interpreter itself: a shim on the PATH would start a shell first, in every run. */
export const python = spawnSync(
  process.env['INTERLEAVE_BENCH_PYTHON'] ?? 'python3',
  ['-c', 'import sys; print(sys.executable)'],
  { encoding: 'utf8' },
).stdout.trim()
export const program = (name: string) => join(import.meta.dirname, 'programs', name)

/** The last line that a program said tells why it failed. */
export const failure = (file: string, args: string[], end: string, said: string): Error =>
  new Error(`${file} ${args.join(' ')}: ${end}: ${said.trim().split('\n').at(-1)}`)

/** Runs to the end and gives what it printed; a program that fails is told with its last line. */
export const output = (file: string, args: string[], env: NodeJS.ProcessEnv = process.env): string => {
  const { status, signal, stdout, stderr, error } = spawnSync(file, args, { encoding: 'utf8', env, maxBuffer: 1 << 26 })
  if (error) throw error
  if (status !== 0) throw failure(file, args, signal ?? `exit ${status}`, stderr)
  return stdout
}

export type Side = <T>(run: (file: string, before: string[], env: NodeJS.ProcessEnv) => T) => T
export const untraced: Side = (run) => run(python, [], process.env)

let core: string | undefined
export const coreOnce = async (): Promise<string> => (core ??= await buildCore())
/** The core with its code at several places in a page. Two ranks that answer each other fall into step with the loop that waits
 *  for messages, so that some nanoseconds more or less between two calls, as code has that lies elsewhere, take a twentieth of
 *  the time or nothing, whatever the code does; and each compiler and each Python has another: so what a handful of
 *  instructions cost is the median over some. (Mytkowicz et al., Producing Wrong Data Without Doing Anything Obviously Wrong!) */
export const layouts = async (): Promise<string[]> => {
  const cores = [await coreOnce()]
  for (const at of [0x10000, 0x100c0, 0x10440, 0x10a40, 0x10d80])
    cores.push(await buildCore(undefined, [`-Wl,--section-start=.text=0x${at.toString(16)}`]))
  return cores
}

/** Chunks in use in an event file. */
export const chunksOf = (path: string): number => {
  const bytes = Buffer.alloc(64)
  const file = openSync(path, 'r')
  readSync(file, bytes, 0, bytes.length, 0)
  closeSync(file)
  return bytes.readUInt32LE(header.chunks)
}

/** A folder to record into, as `interleave record` has. A run with fewer events than `least` was not recorded, and its time
 *  says nothing: `check` throws. */
export const recording = (built: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-bench-'))
  const check = (least: number) => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.events'))
    const room = files.reduce((sum, name) => sum + chunksOf(join(folder, name)) * recordsPerChunk, 0)
    if (room < least) throw new Error(`the program was not recorded: ${room} events at most, not ${least}`)
  }
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return { env: recordedEnvironment(process.env, { runFolder: folder, core: built }), check, remove }
}

export const traced =
  (built: string, least: number, extra: NodeJS.ProcessEnv = {}): Side =>
  (run) => {
    const { env, check, remove } = recording(built)
    try {
      const taken = run(python, [], { ...env, ...extra })
      check(least)
      return taken
    } finally {
      remove()
    }
  }

export const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'interleave')
const vizVersion = '1.1.1'
/** VizTracer from PyPI in a virtual environment of its own under the cache folder, with options as its command line has
 *  (and `--children` for its hooks of processes that are spawned). */
export const viztracer = (...options: string[]): Side => {
  const version = output(python, ['-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])']).trim()
  const venv = join(cache, `viztracer-${vizVersion}-python-${version}`)
  const inside = join(venv, 'bin/python')
  const there = () => spawnSync(inside, ['-c', 'import viztracer'], { stdio: 'ignore' }).status === 0
  if (!existsSync(inside) || !there()) {
    mkdirSync(cache, { recursive: true })
    output(python, ['-m', 'venv', '--clear', venv])
    output(inside, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `viztracer==${vizVersion}`])
  }
  return (run) => run(inside, [program('under_viztracer.py'), ...options], process.env)
}

/** One run of one side: by the wall, and processor time where the program tells it. */
export interface Taken {
  wall: number
  cpu: number
}
export interface Compared {
  /** median of the ratios to the untraced neighbour, by the wall */
  ratio: number
  note: string
}
/** `measure` is one run of a side; the first side is what the others are divided by. `rounds` are run, and more as long as
 *  the second side is not told from its `bar`. */
export const compare = (
  sides: Side[],
  measure: (side: Side) => Taken,
  { rounds, bar }: { rounds: number; bar: number },
): Compared[] => {
  for (const side of sides) measure(side) // pages, bytecode and caches of all sides are warm before it counts
  const taken: Taken[][] = []
  const ratios = (i: number, of: keyof Taken) => taken.map((round) => round[i]![of] / round[0]![of])
  while (sides.length > 1 && !enough(ratios(1, 'wall'), rounds, bar)) taken.push(sides.map(measure))
  return sides.slice(1).map((_, i) => {
    const wall = ratios(i + 1, 'wall')
    const spread = [0.25, 0.75].map((q) => quantile(wall, q).toFixed(2)).join('–')
    const cpu = median(ratios(i + 1, 'cpu')).toFixed(2)
    const times = `${plusMinus(wall)}, ${wall.length} pairs, middle half ${spread}`
    return { ratio: median(wall), note: `${times}; processor time ${cpu}×` }
  })
}
