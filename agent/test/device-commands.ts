// What a recorded process told devices to do, put together from its records: each command with its call, its stages and what
// it depended on. Times are ns on the run's clock.
import { eventKinds, flags, objectKinds } from '../../wire/kinds.ts'
import { commands, stages, type Command, type Stage } from '../../wire/operations.ts'
import type { EventRecord, RecordedProcess } from './read-events.ts'

export interface DeviceCommand {
  stream: number
  number: number
  operation: Command
  /** the program's line, and the thread that called */
  line: number
  thread: number
  arg: number
  pageable: boolean
  called: bigint
  at: Partial<Record<Stage, bigint>>
  failed: boolean
  /** [stream, number] */
  after: [number, number][]
}

const nameIn = <T extends string>(table: Record<T, number>, value: number) =>
  (Object.entries(table) as [T, number][]).find(([, v]) => v === value)![0]
const both = (high: number, low: number) => (BigInt(high) << 32n) | BigInt(low)

export function commandsOf(p: RecordedProcess): DeviceCommand[] {
  const all = new Map<string, DeviceCommand>()
  const of = (r: EventRecord) => {
    const found = all.get(`${r.object} ${r.seq}`)
    if (!found) throw new Error(`command ${r.seq} of stream ${r.object} was not enqueued before it is spoken of`)
    return found
  }
  for (const r of p.records)
    if (r.kind === eventKinds.enqueue)
      all.set(`${r.object} ${r.seq}`, {
        stream: r.object,
        number: r.seq,
        operation: nameIn(commands, r.flags & 255),
        line: p.sites.get(r.site)?.line ?? 0,
        thread: r.thread,
        arg: r.arg,
        pageable: (r.flags & flags.pageable) !== 0,
        called: r.time,
        at: {},
        failed: false,
        after: [],
      })
    else if (r.kind === eventKinds.depends) of(r).after.push([r.site, r.arg])
    else if (r.kind === eventKinds.reach) {
      const command = of(r)
      const stage = nameIn(stages, r.flags & 255)
      if (command.at[stage] !== undefined) throw new Error(`command ${r.seq} of ${r.object} is ${stage} twice`)
      command.at[stage] = r.time - both(r.site, r.arg)
      command.failed ||= (r.flags & flags.failed) !== 0
    }
  return [...all.values()]
}

/** Its streams, in the order in which they were made. */
export const streamsOf = (p: RecordedProcess): number[] =>
  p.records
    .filter((r) => r.kind === eventKinds.new && (r.flags & 255) === objectKinds.stream)
    .map(({ object }) => object)

/** Why its times cannot be, '' when they can. */
export function disorder({ called, at }: DeviceCommand): string {
  const { returned, queued, submitted, started, ended } = at
  const told = [called, queued, submitted, started, ended]
  if (returned === undefined || returned < called) return 'its call has no end after its begin'
  if (told.includes(undefined)) return 'it did not get through all stages'
  return told.every((time, i) => i === 0 || time! >= told[i - 1]!) ? '' : 'its stages are not in order'
}

/** Bytes that contexts still have. */
export const bytesLeft = (p: RecordedProcess): { taken: bigint; left: bigint } => {
  const sum = (kind: number) =>
    p.records.filter((r) => r.kind === kind).reduce((bytes, r) => bytes + both(r.seq, r.arg), 0n)
  return { taken: sum(eventKinds.allocate), left: sum(eventKinds.allocate) - sum(eventKinds.free) }
}
