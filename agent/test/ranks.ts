// A program of mpi4py, run by mpiexec under the agent, and what its ranks told, in words:
//
//   send 0 → 1 tag 7 #1          receive 0 → 1 tag 7 #1          enter world allreduce #2
//
// In: a source and how many ranks. Out: each rank's lines in its own order, without times. Written from wire/ alone, so that
// it does not share a mistake with ingest.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { eventKinds, flags, objectKinds, outcomes, reasons } from '../../wire/kinds.ts'
import { collectives } from '../../wire/operations.ts'
import { environment, type EndsLine } from '../../wire/side-file.ts'
import { type PythonWith } from './python-with.ts'
import { type EventRecord, type RecordedProcess, readRun } from './read-events.ts'
import { core, type Ran } from './run-python.ts'

/** on a busy machine of two cores, with more ranks than cores that all look whether something has come */
const limit = 60_000
const nameIn = (table: Record<string, number>, value: number) =>
  Object.entries(table).find(([, v]) => v === value)?.[0] ?? `unknown ${value}`

export interface Started extends Ran {
  processes: RecordedProcess[]
}
export interface How {
  recorded?: boolean
  args?: string[]
  patience?: number
  /** false: only the lines that each process said, not its records */
  records?: boolean
}
/** mpiexec and all that it starts are a group of their own, which is gone when this is over. */
export async function mpiexec(
  python: PythonWith,
  ranks: number,
  source: string,
  { recorded = true, args = [], patience = limit, records = true }: How = {},
): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-mpi-'))
  const runFolder = join(folder, 'run')
  mkdirSync(runFolder)
  writeFileSync(join(folder, 'program.py'), source)
  // unbuffered, a line and its end are two writes, between which another rank's may come
  const whole = { PYTHONUNBUFFERED: '' }
  const env: NodeJS.ProcessEnv = { ...python.env, ...whole, PRTE_MCA_rmaps_default_mapping_policy: ':oversubscribe' }
  if (recorded) {
    env['PYTHONPATH'] = [join(import.meta.dirname, '../site'), env['PYTHONPATH'] ?? ''].filter(Boolean).join(delimiter)
    env[environment.run] = runFolder
    env[environment.core] = core
  }
  const command = ['-n', String(ranks), python.file, 'program.py', ...args]
  const child = spawn(join(python.bin, 'mpiexec'), command, { cwd: folder, env, detached: true })
  const text = { out: '', err: '' }
  child.stdout.on('data', (part: Buffer) => (text.out += part.toString()))
  child.stderr.on('data', (part: Buffer) => (text.err += part.toString()))
  const endGroup = () => {
    try {
      process.kill(-child.pid!, 'SIGKILL')
    } catch {
      // nobody is left of it
    }
  }
  const late = setTimeout(endGroup, patience)
  try {
    const [status, signal] = await new Promise<[number | null, string | null]>((done, fail) => {
      child.once('error', fail)
      child.once('close', (code, by) => done([code, by]))
    })
    return { status, signal, ...text, processes: readRun(runFolder, records) }
  } finally {
    clearTimeout(late)
    endGroup()
    rmSync(folder, { recursive: true })
  }
}

/** One rank: what it told, told in words. */
export class Rank {
  readonly process: RecordedProcess
  readonly rank: number
  readonly group: string
  constructor(process: RecordedProcess) {
    const line = process.lines.find((l) => l.k === 'rank')
    if (line?.k !== 'rank') throw new Error('a process says no rank')
    this.process = process
    this.rank = line.rank
    this.group = line.group
  }
  nameOf(object: number): string {
    const said = this.process.lines.filter((l) => l.k === 'name' && l.object === object).at(-1)
    return said?.k === 'name' ? said.name : ''
  }
  keyOf(object: number): string {
    const said = this.process.lines.find((l) => l.k === 'shared' && l.object === object)
    return said?.k === 'shared' ? said.key : ''
  }
  private endsOf = (object: number): EndsLine | undefined => {
    const said = this.process.lines.find((l) => l.k === 'ends' && l.object === object)
    return said?.k === 'ends' ? said : undefined
  }
  membersOf(object: number): number[] {
    const said = this.process.lines.find((l) => l.k === 'members' && l.object === object)
    return said?.k === 'members' ? said.ranks : []
  }
  /** The name, but of a channel its ends and tag. */
  private what(object: number): string {
    const ends = this.endsOf(object)
    const tag = /tag (\d+)/.exec(this.nameOf(object))?.[1]
    return ends ? `${ends.from} → ${ends.to} tag ${tag}` : this.nameOf(object)
  }
  line(r: EventRecord): number {
    return this.process.sites.get(r.site)?.line ?? 0
  }
  private tell(r: EventRecord): string {
    const low = r.flags & 0xff
    const kind = nameIn(eventKinds, r.kind)
    const number = r.seq ? ` #${r.seq}` : ' #?'
    switch (r.kind) {
      case eventKinds.send:
        return `send${low === outcomes.cancelled ? ' taken back' : ''} ${this.what(r.object)}${number}`
      case eventKinds.receive:
        return `receive ${this.what(r.object)}${number}`
      case eventKinds.enter:
        return `enter ${this.what(r.object)} ${nameIn(collectives, low)}${r.flags & flags.root ? ' as root' : ''}${number}`
      case eventKinds.leave:
        return `leave ${this.what(r.object)}${number}`
      case eventKinds.wait:
        return `wait for ${r.object ? this.what(r.object) : 'anything'} (${nameIn(reasons, low)})`
      case eventKinds.wake:
        return `wake${low === outcomes.done ? '' : `, ${nameIn(outcomes, low)}`}`
      default:
        return `${kind} ${this.what(r.object)}${r.seq ? number : ''}`
    }
  }
  private get kinds(): Set<number> {
    const of: number[] = [objectKinds.channel, objectKinds.communicator, objectKinds.window]
    return new Set(
      this.process.records.filter((r) => r.kind === eventKinds.new && of.includes(r.flags & 255)).map((r) => r.object),
    )
  }
  records(...kinds: number[]): EventRecord[] {
    const ours = this.kinds
    return this.process.records.filter(
      (r) =>
        (kinds.length ? kinds.includes(r.kind) : r.kind !== eventKinds.new) && (ours.has(r.object) || r.object === 0),
    )
  }
  story(...kinds: number[]): string[] {
    return this.records(...kinds)
      .filter((r) => r.object !== 0 || ((r.flags & 255) === reasons.message && r.kind === eventKinds.wait))
      .map((r) => this.tell(r))
  }
}

/** In order of their ranks. */
export const ranksOf = (started: Started): Rank[] =>
  started.processes.map((p) => new Rank(p)).sort((p, q) => p.rank - q.rank)
