// Collectives: the n-th that each rank enters on a communicator is one and the same, and who is needed for it keeps the
// others waiting.
//
//   rank 0   enter(n) ▒▒▒▒▒▒▒▒▒▒▒ leave            a band on the communicator's lane, first enter to last leave
//   rank 1      enter(n) ▒▒▒▒▒▒▒▒ leave
//   rank 2                   enter(n) ▒ leave      the last one needed: an arrow to each who had waited for it
//
// Who is needed follows from the operation: all for a barrier, the root for a bcast, the others for a root that gathers. Where
// ranks came to the same number with different operations or roots, nothing is drawn between them: it is counted.
import { flags, flowKinds, reasons, sliceKinds } from '../../wire/kinds.ts'
import { collectives, type Collective } from '../../wire/operations.ts'
import { EntryRow } from '../store/between.ts'
import type { Lane } from '../store/lane.ts'
import type { Trace } from '../store/trace.ts'
import { firstLane } from './holds.ts'
import { Contention, type ObjectState, type ThreadState } from './object-state.ts'
import { beginWait } from './waits.ts'

const nameOf = new Map<number, Collective>(Object.entries(collectives).map(([name, id]) => [id, name as Collective]))

interface Entered {
  row: EntryRow
  /** place of its rank in the communicator, −1 = unknown */
  place: number
  actor: number
}
/** One collective, as far as it was seen. */
export class Meeting {
  readonly operation: number
  readonly entered: Entered[] = []
  mismatched = false
  left = 0
  band: Lane
  constructor(operation: number, band: Lane) {
    this.operation = operation
    this.band = band
  }
}

const sizeOf = ({ row }: ObjectState): number => row.members?.ranks.length ?? row.capacity

export const enter = (
  trace: Trace,
  thread: ThreadState,
  object: ObjectState,
  time: number,
  { number, flag, bytes, site, stack }: { number: number; flag: number; bytes: number; site: number; stack: number },
): void => {
  const operation = flag & 255
  const row = new EntryRow(
    object.id,
    number,
    thread.lane.id,
    time,
    nameOf.get(operation) ?? 'other',
    (flag & flags.root) !== 0,
    bytes,
    site,
  )
  trace.entries.push(row)
  const meeting = meetingOf(trace, object, number, operation, time, thread.id, site)
  const others = meeting.entered
  if (operation !== meeting.operation || (row.root && others.some((other) => other.row.root))) {
    meeting.mismatched = true
    trace.incident('mismatched', object.row, thread.id, site, time)
  }
  others.push({ row, place: placeOf(trace, object, thread), actor: thread.id })
  if (meeting.band.openKind === sliceKinds.band && meeting.band.openStart <= time) {
    meeting.band.openObject = thread.id
    meeting.band.openSite = site
  }
  if (!(flag & flags.nonblocking))
    beginWait(trace, thread, object, time, { reason: reasons.collective, id: object.id, owner: operation, site, stack })
}

const meetingOf = (
  trace: Trace,
  object: ObjectState,
  number: number,
  operation: number,
  time: number,
  actor: number,
  site: number,
): Meeting => {
  const meetings = (object.meetings ??= new Map())
  const known = meetings.get(number)
  if (known) return known
  let lane = object.lane ?? firstLane(trace, object)
  while (lane.openKind >= 0) lane = lane.next ?? trace.addLane(lane.kind, object.row, lane)
  lane.open(sliceKinds.band, Math.max(time, lane.lastEnd, lane.lastStart + 1), actor, site, operation)
  const made = new Meeting(operation, lane)
  meetings.set(number, made)
  return made
}

const placeOf = (trace: Trace, object: ObjectState, thread: ThreadState): number => {
  const rank = trace.processes[thread.row.object.process]?.rank
  const { members } = object.row
  return rank && members && members.group === rank.group ? members.ranks.indexOf(rank.rank) : -1
}

/** Its wait for it is over already, where it had one. */
export const leave = (trace: Trace, thread: ThreadState, object: ObjectState, time: number, number: number): void => {
  const meeting = object.meetings?.get(number)
  const own = meeting?.entered.find((e) => e.actor === thread.id && e.row.left === null)
  if (!meeting || !own) return
  own.row.left = time
  const late = meeting.mismatched ? null : lastNeeded(meeting, own, sizeOf(object))
  if (late && late.row.entered > own.row.entered && late.row.entered <= time) {
    trace.flow(flowKinds.collective, late.row.lane, late.row.entered, thread.lane.id, time, object.id)
    const contention = (object.contention ??= new Contention(object.row, time))
    contention.late(late.actor, late.row.site, late.row.entered - own.row.entered)
  }
  meeting.left++
  if (meeting.left < sizeOf(object)) return
  object.meetings!.delete(number)
  trace.closeSlice(meeting.band, time, 0, 0)
}

const c = collectives
const ofRoot = new Set<number>([c.bcast, c.scatter])
const toRoot = new Set<number>([c.gather, c.reduce])
const ofLower = new Set<number>([c.scan, c.exscan])
const ofSome = new Set<number>([c.neighbor])

/** Who of those that `own` needs came last; null: nobody is needed, or not all were seen. */
const lastNeeded = ({ operation, entered }: Meeting, own: Entered, size: number): Entered | null => {
  const others = entered.filter((e) => e !== own)
  if (ofSome.has(operation)) return null
  if (ofRoot.has(operation)) return own.row.root ? null : (others.find((e) => e.row.root) ?? null)
  if (toRoot.has(operation) && !own.row.root) return null
  if (ofLower.has(operation))
    return own.place < 0 ? null : latest(others.filter((e) => e.place >= 0 && e.place < own.place))
  return entered.length < size ? null : latest(others)
}
const latest = (entered: Entered[]): Entered | null =>
  entered.reduce<Entered | null>((last, e) => (last && last.row.entered >= e.row.entered ? last : e), null)
