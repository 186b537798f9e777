// Runs a Python program as it is, or under the agent through the recorder's environment variables and nothing else, and
// reads back what the agent wrote. The reader is the test's own, straight from wire/record.ts: what it says does not
// depend on ingest.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  chunkBytes,
  chunkHeaderBytes,
  header,
  headerBytes,
  magic,
  recordBytes,
  recordsPerChunk,
} from '../../../wire/record.ts'
import { eventKinds, flags } from '../../../wire/kinds.ts'
import { sideLines, type SideLine } from '../../../wire/side-file.ts'
import { buildCore } from '../../../main/run/build-core.ts'
import { recordedEnvironment } from '../../../main/run/environment.ts'
import { readRecord, type EventRecord } from '../read-events.ts'

/** The interpreter itself: a shim on the PATH would be killed in its place. */
export const python = spawnSync(
  process.env['INTERLEAVE_TEST_PYTHON'] ?? 'python3',
  ['-c', 'import sys; print(sys.executable)'],
  { encoding: 'utf8' },
).stdout.trim()
export const program = (name: string) => join(import.meta.dirname, 'programs', name)

const core = await buildCore()

/** What the recorder sets for a program, and nothing else: the agent is told by the environment alone. */
export const agentEnvironment = (run: string): NodeJS.ProcessEnv => {
  const { PYTHONPATH: _, ...base } = process.env
  return recordedEnvironment(base, { runFolder: run, core })
}

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}
export interface Started {
  pid: number
  kill: (signal: NodeJS.Signals) => void
  ended: Promise<Ended>
}

/** Starts a program; `run` = folder to record into, null = untraced. */
export const start = (run: string | null, argv: string[], cwd?: string): Started => {
  const { PYTHONPATH: _, ...plain } = process.env
  const child = spawn(argv[0]!, argv.slice(1), {
    env: run === null ? plain : agentEnvironment(run),
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<Ended>((done, fail) => {
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (part: Buffer) => (stdout += part.toString()))
    child.stderr.on('data', (part: Buffer) => (stderr += part.toString()))
    child.on('error', fail)
    child.on('close', (code, signal) => done({ code, signal, stdout, stderr }))
  })
  return { pid: child.pid!, kill: (signal) => child.kill(signal), ended }
}
export const run = (into: string | null, argv: string[], cwd?: string): Promise<Ended> => start(into, argv, cwd).ended

/** A folder that is gone when the test is over. */
export const withFolder = async <T>(body: (folder: string) => Promise<T>): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-agent-'))
  try {
    return await body(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export interface Event extends EventRecord {
  chunk: number
}
export interface Recorded {
  name: string
  pid: number
  ended: boolean
  lost: number
  chunks: number
  events: Event[]
  side: SideLine[]
}

const u32 = (b: Buffer, at: number) => b.readUInt32LE(at)
/** Every committed record of one process, chunk by chunk. */
export const readEvents = (path: string): Omit<Recorded, 'name' | 'side'> => {
  const b = readFileSync(path)
  const chunks = u32(b, header.chunks)
  const events: Event[] = []
  for (let c = 0; c < chunks; c++) {
    const at = headerBytes + c * chunkBytes
    if (at + chunkBytes > b.length) throw new Error(`${path}: chunk ${c} of ${chunks} lies behind the end of the file`)
    const committed = u32(b, at)
    if (committed > recordsPerChunk) throw new Error(`${path}: chunk ${c} says ${committed} records`)
    for (let i = 0; i < committed; i++)
      events.push({ chunk: c, ...readRecord(b, at + chunkHeaderBytes + i * recordBytes) })
  }
  return {
    pid: u32(b, header.pid),
    ended: u32(b, header.ended) === 1,
    lost: Number(b.readBigUInt64LE(header.lost)),
    chunks,
    events,
  }
}

/** Complete lines of a side file; each must be valid UTF-8 and JSON. */
export const readSide = (path: string): SideLine[] =>
  sideLines(new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)))

/** The head is whole: the magic is what the agent writes last of it. A process killed before that has no recording yet. */
const hasBegun = (path: string): boolean => {
  const b = readFileSync(path)
  return b.length >= headerBytes && u32(b, header.magic) === magic
}

/** All processes of a run, in order of their names. */
export const readRun = (folder: string): Recorded[] =>
  readdirSync(folder)
    .filter((f) => f.endsWith('.events') && hasBegun(join(folder, f)))
    .sort()
    .map((f) => {
      const name = f.slice(0, -'.events'.length)
      return { name, ...readEvents(join(folder, f)), side: readSide(join(folder, name + '.names')) }
    })

export const named = (r: Recorded): Map<string, number> =>
  new Map(r.side.flatMap((l) => (l.k === 'name' ? [[l.name, l.object] as const] : [])))
export const processLine = (r: Recorded) => {
  const line = r.side[0]
  if (line?.k !== 'process') throw new Error(`${r.name}.names does not begin with its process`)
  return line
}
export const count = (r: Recorded, kind: number, where: (e: Event) => boolean = () => true): number =>
  r.events.reduce((n, e) => n + (e.kind === kind && where(e) ? 1 : 0), 0)

/** Objects that the program made in this file, by line: an object's `new` record cites the creating line. */
export const madeAt = (r: Recorded, file: string, func?: string): Set<number> => {
  const sites = new Set(
    r.side.flatMap((l) => (l.k === 'site' && l.file.endsWith(file) && (!func || l.func === func) ? [l.id] : [])),
  )
  return new Set(r.events.filter((e) => e.kind === eventKinds.new && sites.has(e.site)).map((e) => e.object))
}

/** Sentences about what is wrong with the order of a file's events; empty when all is well. */
export const faults = (r: Recorded): string[] => {
  const said: string[] = []
  const seqs = new Map<number, number[]>()
  // the numbers of what processes share are spread over their files; from 60 on a kind has other ones
  const shared = new Set(r.side.flatMap((l) => (l.k === 'shared' ? [l.object] : [])))
  for (const e of r.events) {
    if (e.seq === 0 || e.kind >= eventKinds.gilWait || shared.has(e.object)) continue
    const of = seqs.get(e.object)
    if (of) of.push(e.seq)
    else seqs.set(e.object, [e.seq])
  }
  if (r.lost === 0)
    for (const [object, of] of seqs) {
      of.sort((a, b) => a - b)
      const gap = of.findIndex((seq, i) => i > 0 && seq !== of[i - 1]! + 1)
      if (gap > 0) said.push(`object ${object}: event ${of[gap - 1]} is followed by ${of[gap]}`)
    }
  r.events.forEach((e, i) => {
    const before = r.events[i - 1]
    if (before?.chunk === e.chunk && before.time > e.time) said.push(`chunk ${e.chunk} goes back in time at ${e.time}`)
  })
  return said.slice(0, 5)
}

/** What is open when the file ends: waits without a wake, for the GIL without having got it, locks acquired and not
 *  released (by the order of seq). */
export const openIn = (r: Recorded): { waits: number; holds: number } => {
  const forGil = count(r, eventKinds.gilWait) - count(r, eventKinds.gilTake, (e) => (e.flags & flags.contended) > 0)
  const waits = forGil + count(r, eventKinds.wait) - count(r, eventKinds.wake)
  const depth = new Map<number, { seq: number; held: boolean }>()
  for (const e of r.events) {
    if (e.kind !== eventKinds.acquire && e.kind !== eventKinds.release) continue
    const known = depth.get(e.object)
    const held = e.kind === eventKinds.acquire || e.arg > 0
    if (!known || e.seq > known.seq) depth.set(e.object, { seq: e.seq, held })
  }
  return { waits, holds: [...depth.values()].filter((o) => o.held).length }
}
