// Which ranks have come to which collective: the n-th that each enters on a communicator is the same for all.
//
// In: a trace; while it is recorded asked again and again, and only what is new is read. Out: the collectives to which not all
// have come, and those of which ranks do not agree what they are. One that all have come to in agreement is forgotten, so that a
// program of millions of them costs nothing here. Both are certain: ranks count for themselves, whatever was lost.
import { EntryRow } from '../store/between.ts'
import type { ObjectRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'

const mostKept = 1000
/** that a rank is in at the same time, of those that are known of it */
const mostAtOnce = 64
const rooted = new Set<string>(['bcast', 'scatter', 'gather', 'reduce'])

export interface Meeting {
  communicator: number
  number: number
  entries: EntryRow[]
  /** of those */
  lanes: Set<number>
  /** in what they do not agree */
  mismatch: 'operation' | 'root' | null
  complete: boolean
}

export class Meetings {
  readonly mismatched: Meeting[] = []
  private readonly open = new Map<number, Map<number, Meeting>>()
  /** lane → what its thread has entered, and may be in */
  private readonly own = new Map<number, Meeting[]>()
  private read = 0

  /** Those that not all have entered, and the thread of the lane has and is in; null: they are too many. */
  of(lane: number): Meeting[] | null {
    const own = this.isIn(lane)
    return own.length > mostAtOnce ? null : own
  }
  private isIn(lane: number): Meeting[] {
    const own = (this.own.get(lane) ?? []).filter(
      ({ complete, entries }) => !complete && entries.some((e) => e.lane === lane && e.left === null),
    )
    this.own.set(lane, own)
    return own
  }
  /** Those that not all have entered, the earliest of each communicator. */
  *first(): Generator<Meeting> {
    for (const meetings of this.open.values()) {
      let n = 0
      for (const meeting of meetings.values()) if (n++ < mostKept) yield meeting
    }
  }
  catchUp(trace: Trace): void {
    while (this.read < trace.entries.length) this.add(trace, trace.entries[this.read++]!)
  }
  add(trace: Trace, entry: EntryRow): void {
    const { communicator, number } = entry
    let meetings = this.open.get(communicator)
    if (!meetings) this.open.set(communicator, (meetings = new Map<number, Meeting>()))
    let meeting = meetings.get(number)
    if (!meeting)
      meetings.set(
        number,
        (meeting = { communicator, number, entries: [], lanes: new Set(), mismatch: null, complete: false }),
      )
    const { entries } = meeting
    // a rank whose arguments were wrong comes again, with the same number
    if (meeting.lanes.has(entry.lane)) this.takeBack(meeting, entry.lane)
    meeting.lanes.add(entry.lane)
    const before = meeting.mismatch
    if (entries.length && entries[0]!.operation !== entry.operation) meeting.mismatch ??= 'operation'
    if (entry.root && entries.some((e) => e.root)) meeting.mismatch ??= 'root'
    entries.push(entry)
    const size = sizeOf(trace.objects[communicator]!)
    const complete = (meeting.complete = size > 0 && entries.length >= size)
    if (complete && rooted.has(entry.operation) && !entries.some((e) => e.root)) meeting.mismatch ??= 'root'
    if (!before && meeting.mismatch && this.mismatched.length < mostKept) this.mismatched.push(meeting)
    if (complete) return void meetings.delete(number)
    const own = this.own.get(entry.lane)
    if (own === undefined) this.own.set(entry.lane, [meeting])
    else if (own.push(meeting) > 2 * mostAtOnce) this.isIn(entry.lane)
  }

  private takeBack(meeting: Meeting, lane: number): void {
    const { entries } = meeting
    entries.splice(
      entries.findIndex((e) => e.lane === lane),
      1,
    )
    meeting.mismatch = null
    if (entries.some((e) => e.operation !== entries[0]!.operation)) meeting.mismatch = 'operation'
    else if (entries.filter((e) => e.root).length > 1) meeting.mismatch = 'root'
    const told = this.mismatched.indexOf(meeting)
    if (!meeting.mismatch && told >= 0) this.mismatched.splice(told, 1)
  }
}
export const sizeOf = ({ members, capacity }: ObjectRow): number => members?.ranks.length ?? capacity

const known = new WeakMap<Trace, Meetings>()
export function meetingsOf(trace: Trace): Meetings {
  let meetings = known.get(trace)
  if (!meetings) {
    known.set(trace, (meetings = new Meetings()))
    // of a trace that was opened they are in its file
    if (!trace.live && trace.entries.length === 0) for (const entry of stored(trace)) meetings.add(trace, entry)
  }
  meetings.catchUp(trace)
  return meetings
}

function* stored(trace: Trace): Generator<EntryRow> {
  const sql =
    'SELECT communicator, number, lane, entered, operation, root, bytes, site, left FROM entry ORDER BY entered'
  type Stored = [number, number, number, number, EntryRow['operation'], number, number, number, number | null]
  for (const row of trace.db.prepare(sql).raw().iterate() as IterableIterator<Stored>) {
    const [communicator, number, lane, entered, operation, root, bytes, site, left] = row
    const entry = new EntryRow(communicator, number, lane, entered, operation, root === 1, bytes, site)
    entry.left = left
    yield entry
  }
}
