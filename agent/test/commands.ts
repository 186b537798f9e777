// Reads what hosts told devices from records: each command with its stages in order of time, the ranges of threads, and what
// the side file says of devices, streams and works.
import { eventKinds, flags, objectKinds } from '../../wire/kinds.ts'
import { commands, stages, type Stage } from '../../wire/operations.ts'
import type { DeviceLine, WorkLine } from '../../wire/side-file.ts'
import type { EventRecord, RecordedProcess } from './read-events.ts'

const nameIn = (table: Record<string, number>, value: number) =>
  Object.entries(table).find(([, v]) => v === value)?.[0] ?? `unknown ${value}`

export interface ToldCommand {
  stream: number
  number: number
  operation: string
  /** of a kernel */
  work: WorkLine | undefined
  /** of others */
  bytes: number
  pageable: boolean
  thread: number
  line: number
  /** when the record of the call was written */
  told: bigint
  /** when it got so far */
  at: Partial<Record<Stage, bigint>>
  /** the stage that failed */
  failed: string | undefined
  /** stages in the order in which they were told */
  reached: string[]
  enqueued: EventRecord
}

export const worksOf = (p: RecordedProcess): Map<number, WorkLine> =>
  new Map(p.lines.flatMap((line): [number, WorkLine][] => (line.k === 'work' ? [[line.id, line]] : [])))
export const devicesOf = (p: RecordedProcess): DeviceLine[] =>
  p.lines.flatMap((line) => (line.k === 'device' ? [line] : []))
export const madeOf = (p: RecordedProcess, kind: keyof typeof objectKinds): EventRecord[] =>
  p.records.filter((r) => r.kind === eventKinds.new && (r.flags & 0xff) === objectKinds[kind])
export const nameOf = (p: RecordedProcess, serial: number): string | undefined =>
  p.lines.flatMap((line) => (line.k === 'name' && line.object === serial ? [line.name] : [])).at(-1)

export function commandsOf(p: RecordedProcess): ToldCommand[] {
  const works = worksOf(p)
  const all = new Map<string, ToldCommand>()
  for (const r of p.records) {
    const key = `${r.object} ${r.seq}`
    if (r.kind === eventKinds.enqueue) {
      if (all.has(key)) throw new Error(`the command ${key} was told twice`)
      const operation = nameIn(commands, r.flags & 0xff)
      all.set(key, {
        stream: r.object,
        number: r.seq,
        operation,
        work: operation === 'kernel' ? works.get(r.arg) : undefined,
        bytes: operation === 'kernel' ? 0 : r.arg,
        pageable: (r.flags & flags.pageable) !== 0,
        thread: r.thread,
        line: p.sites.get(r.site)?.line ?? 0,
        told: r.time,
        at: {},
        failed: undefined,
        reached: [],
        enqueued: r,
      })
    } else if (r.kind === eventKinds.reach) {
      const command = all.get(key)
      if (!command) throw new Error(`the command ${key} has got somewhere before it was told`)
      const stage = nameIn(stages, r.flags & 0xff) as Stage
      if (command.reached.includes(stage)) throw new Error(`the command ${key} has ${stage} twice`)
      command.reached.push(stage)
      command.at[stage] = r.time - ((BigInt(r.site) << 32n) | BigInt(r.arg))
      if (r.flags & flags.failed) command.failed = stage
    }
  }
  return [...all.values()]
}

/** Bytes of a context as they were taken and given back. */
export const memoryOf = (p: RecordedProcess): number[] =>
  p.records
    .filter((r) => r.kind === eventKinds.allocate || r.kind === eventKinds.free)
    .map((r) => (r.kind === eventKinds.free ? -1 : 1) * (r.seq * 2 ** 32 + r.arg))

export interface ToldRange {
  number: number
  name: string | undefined
  thread: number
  line: number
  begin: bigint
  end: bigint | undefined
}
export function rangesOf(p: RecordedProcess): ToldRange[] {
  const works = worksOf(p)
  const all = new Map<number, ToldRange>()
  for (const r of p.records) {
    if (r.kind === eventKinds.rangeBegin) {
      if (all.has(r.seq)) throw new Error(`the range ${r.seq} begins twice`)
      const line = p.sites.get(r.site)?.line ?? 0
      const name = works.get(r.arg)?.name
      all.set(r.seq, { number: r.seq, name, thread: r.thread, line, begin: r.time, end: undefined })
    } else if (r.kind === eventKinds.rangeEnd) {
      const range = all.get(r.seq)
      if (!range || range.end !== undefined) throw new Error(`the range ${r.seq} ends without having begun`)
      range.end = r.time
    }
  }
  return [...all.values()]
}
