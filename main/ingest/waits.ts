// What a thread waits for: a slice on its lane for the outermost wait, a lane below for a wait inside a wait. A wait for
// a lock or semaphore also tells who holds it that somebody waits, and counts towards their blame.
import { eventKinds, flags, flowKinds, objectKinds, outcomes, reasons, sliceOutcomes } from '../../wire/kinds.ts'
import type { Lane } from '../store/lane.ts'
import type { ObjectRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { missedBy, tellMissed } from './conditions.ts'
import { markContended } from './holds.ts'
import { Contention, type ObjectState, type ThreadState } from './object-state.ts'
import type { Sources } from './sources.ts'

const known = new Set<number>(Object.values(reasons))
export const isReason = (reason: number): boolean => known.has(reason)
/** One that this reader does not know ended the wait somehow. */
export const outcomeOf = (flag: number): number => ((flag & 255) <= outcomes.cancelled ? flag & 255 : outcomes.raised)
/** What it waits for has holders: they are blamed. */
const isHeld = (reason: number) =>
  reason === reasons.lock || reason === reasons.semaphore || reason === reasons.gil || reason === reasons.loop
/** Time in which the actor has nothing to do, or the outside world has to. */
const isIdle = (reason: number) => reason === reasons.sleep || reason === reasons.io

/** A wait tells its line, or the whole stack that leads to it. */
export const whereItWaits = (
  trace: Trace,
  sources: Sources,
  place: number,
  flag: number,
): { site: number; stack: number; timed: boolean } => {
  const stack = flag & flags.hasStack ? sources.stack(place) : 0
  const site = flag & flags.hasStack ? (trace.stacks.get(stack)?.[0] ?? 0) : sources.site(place)
  return { site, stack, timed: (flag & flags.timed) !== 0 }
}

export interface Wait {
  reason: number
  /** what it waits for, as a number of the trace */
  id: number
  site: number
  /** who had it then, or ms for a sleep */
  owner: number
  /** with which it began */
  stack?: number
  /** it gives up by itself after a time */
  timed?: boolean
}

export const beginWait = (
  trace: Trace,
  thread: ThreadState,
  object: ObjectState | null,
  time: number,
  { reason, id, site, owner, stack = 0, timed = false }: Wait,
): void => {
  const depth = thread.waits.length
  const lane = depth === 0 ? thread.lane : trace.laneAt(thread.lane, depth)
  lane.open(reason, time, id, site, owner)
  lane.openStack = stack
  lane.openTimed = timed
  thread.waits.push(lane)
  thread.waitsFor.push(object)
  if (object !== null && object.unheard !== null) thread.missed = missedBy(object)
  if (object === null || !isHeld(reason)) return
  const contention = (object.contention ??= new Contention(object.row, time))
  if (object.waiting > 0) contention.account(object.lane, object.held, time)
  else contention.restart(time)
  object.waiting++
  contention.begin(object.lane, site)
  markContended(object, thread.id)
}

/** The innermost wait ends. `stack` 0: it has the one with which it began. */
export const endWait = (trace: Trace, thread: ThreadState, time: number, stack: number, outcome: number): void => {
  const lane = thread.waits.pop()!
  const object = thread.waitsFor.pop()!
  const dur = time > lane.openStart ? time - lane.openStart : 0
  if (lane.depth === 0 && !isIdle(lane.openKind)) thread.row.waited += dur
  addUp(trace, lane, dur)
  if (object !== null && isHeld(lane.openKind)) noLonger(object, lane.openSite, time)
  if (thread.missed !== null && lane.openKind === reasons.condition) tellMissed(trace, thread, lane.openObject, outcome)
  const gaveUp = outcome === sliceOutcomes.cut && lane.openTimed
  trace.closeSlice(lane, time, stack, gaveUp ? sliceOutcomes.cutTimed : outcome)
}

/** The wait that is open on the lane took so long. */
export const addUp = (trace: Trace, lane: Lane, dur: number): void => {
  const row = lane.openObject > 0 ? trace.objects[lane.openObject]! : null
  // a loop that has nothing to do is not waited for
  if (lane.openKind === reasons.io) return
  // what is counted on a pool is how long its jobs waited for a worker (jobs.ts), not who waits for a job or a result
  if (row === null || row.kind === objectKinds.pool) return
  count(row, dur, lane, lane.openStart)
}

/** One more wait for the object, to be found on the lane at the time. */
export const count = (row: ObjectRow, dur: number, lane: Lane, at: number): void => {
  row.total += dur
  row.count++
  if (dur <= row.longest && row.longestLane !== 0) return
  row.longest = dur
  row.longestLane = lane.id
  row.longestAt = at
}

/** One of those who wait for the object does not wait any more. */
export const noLonger = (object: ObjectState, site: number, time: number): void => {
  object.contention!.account(object.lane, object.held, time)
  object.contention!.end(site)
  object.waiting--
}

export const flowOf: Record<number, number> = {
  [reasons.condition]: flowKinds.notify,
  [reasons.event]: flowKinds.set,
  [reasons.barrier]: flowKinds.barrier,
  [reasons.queueGet]: flowKinds.room,
  [reasons.queuePut]: flowKinds.room,
  [reasons.queueJoin]: flowKinds.room,
}

/** The event `cause` on the object ended the thread's wait: an arrow from it. */
export const effect = (
  trace: Trace,
  thread: ThreadState,
  object: ObjectState,
  time: number,
  reason: number,
  cause: number,
): void => {
  const kind = flowOf[reason]
  if (kind === undefined) {
    // a lock's or semaphore's arrow goes to the acquire that follows
    thread.wokenFor = object
    thread.wokenBy = cause
    return
  }
  const { causes } = object
  const place = causes === null ? -1 : causes.find(cause)
  if (place < 0) return
  const from = causes!.lane(place)
  if (from !== thread.lane.id) trace.flow(kind, from, causes!.time(place), thread.lane.id, time, object.id)
}

/** The record, which is no wake, is the end of what its actor waits for. */
export const endsWait = (kind: number, flag: number): boolean =>
  kind === eventKinds.leave || (kind === eventKinds.receive && (flag & flags.ends) !== 0)
