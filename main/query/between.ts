// What went on between processes, asked of a trace: the message that a wait was for, the ranks of a collective, a job that
// is known by its key. While it is recorded, and after that by the same engine, they are in memory; of a trace that was
// opened they are in its tables. In: places of slices and arrows. Out: rows, the same from both.
import { EntryRow, type Place, type SubmissionRow } from '../store/between.ts'
import type { SliceRow } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { submissionsOf } from './submissions.ts'

export interface Message {
  channel: number
  number: number
  from: Place | null
  to: Place | null
  /** 0 = none, or unknown */
  bytes: number
}
/** Either end of messages: of the channel, or of any (0). Several at once, because it takes a look at all of them. */
export interface End {
  channel: number
  end: 'from' | 'to'
  lane: number
  time: number
}

const inMemory = (trace: Trace) => trace.live || trace.messages.n > 0 || trace.entries.length > 0

const keyOf = ({ end, lane, time }: Omit<End, 'channel'>) => `${end} ${lane} ${time}`

/** Null where there is none: the trace may not know of it. */
export function messagesAt(trace: Trace, ends: readonly End[]): (Message | null)[] {
  if (ends.length === 0) return []
  const found = new Map<string, Message[]>()
  const keep = (key: string, message: Message) => {
    const list = found.get(key)
    if (list) list.push(message)
  }
  for (const end of ends) found.set(keyOf(end), [])
  const lanes = { from: lanesOf(ends, 'from'), to: lanesOf(ends, 'to') }
  for (const message of inMemory(trace) ? remembered(trace, lanes) : stored(trace, ends)) {
    if (message.from) keep(keyOf({ end: 'from', ...message.from }), message)
    if (message.to) keep(keyOf({ end: 'to', ...message.to }), message)
  }
  return ends.map((end) => {
    const list = found.get(keyOf(end))!
    return (end.channel ? list.find((m) => m.channel === end.channel) : list[0]) ?? null
  })
}
const lanesOf = (ends: readonly End[], which: End['end']) =>
  new Set(ends.filter(({ end }) => end === which).map(({ lane }) => lane))

function* remembered({ messages: m }: Trace, lanes: Record<End['end'], Set<number>>): Generator<Message> {
  for (let i = 0; i < m.n; i++) {
    if (!lanes.from.has(m.fromLane[i]!) && !lanes.to.has(m.toLane[i]!)) continue
    const place = (lane: number, time: number) => (lane < 0 ? null : { lane, time })
    yield {
      channel: m.channel[i]!,
      number: m.number[i]!,
      from: place(m.fromLane[i]!, m.fromTime[i]!),
      to: place(m.toLane[i]!, m.toTime[i]!),
      bytes: m.bytes[i]!,
    }
  }
}

function* stored(trace: Trace, ends: readonly End[]): Generator<Message> {
  type Row = [number, number, number | null, number, number | null, number, number]
  const columns = 'channel, number, from_lane, from_time, to_lane, to_time, bytes'
  const { min, max } = ends.reduce(
    ({ min, max }, { time }) => ({ min: Math.min(min, time), max: Math.max(max, time) }),
    { min: Infinity, max: -Infinity },
  )
  const rows = trace.db
    .prepare(`SELECT ${columns} FROM message WHERE from_time BETWEEN ? AND ? OR to_time BETWEEN ? AND ?`)
    .raw()
    .iterate(min, max, min, max) as IterableIterator<Row>
  for (const [channel, number, fromLane, fromTime, toLane, toTime, bytes] of rows)
    yield { channel, number, from: placeOf(fromLane, fromTime), to: placeOf(toLane, toTime), bytes }
}
const placeOf = (lane: number | null, time: number | null): Place | null =>
  lane === null || time === null ? null : { lane, time }

/** The collective that was entered on the lane at the time, of all that have entered it. */
export function meetingAt(trace: Trace, communicator: number, time: number, lane: number | null): EntryRow[] {
  const rows = inMemory(trace) ? trace.entries : storedEntries(trace, communicator)
  let own: EntryRow | null = null
  for (const e of rows) {
    if (e.communicator !== communicator || e.entered > time + 1 || (lane !== null && e.lane !== lane)) continue
    if (!own || e.entered > own.entered) own = e
  }
  // a band lies later where it had to make room for the one before
  if (!own || (lane !== null && own.entered < time - 1)) return []
  const { number } = own
  return rows.filter((e) => e.communicator === communicator && e.number === number)
}

function storedEntries(trace: Trace, communicator: number): EntryRow[] {
  type Row = [number, number, number, EntryRow['operation'], number, number, number, number | null]
  const sql = 'SELECT number, lane, entered, operation, root, bytes, site, left FROM entry WHERE communicator = ?'
  return (trace.db.prepare(sql).raw().all(communicator) as Row[]).map((row) => {
    const [number, lane, entered, operation, root, bytes, site, left] = row
    const entry = new EntryRow(communicator, number, lane, entered, operation, root === 1, bytes, site)
    entry.left = left
    return entry
  })
}

export const submissionOf = (trace: Trace, pool: number, number: number): SubmissionRow | null =>
  submissionsOf(trace).find((s) => s.pool === pool && s.number === number) ?? null

/** ns between the end of a wait and the record of the result */
const moment = 200_000

/** The job whose result ended a wait on the lane: the last one that was fetched in it. */
export function fetchedIn(trace: Trace, pool: number, { lane, start, dur }: SliceRow): SubmissionRow | null {
  let last: SubmissionRow | null = null
  for (const job of submissionsOf(trace)) {
    const { fetched } = job
    if (job.pool !== pool || fetched?.lane !== lane || fetched.time < start || fetched.time > start + dur + moment)
      continue
    if (!last || fetched.time > last.fetched!.time) last = job
  }
  return last
}
