// Locks and semaphores: who holds, from when to when. An acquire opens a slice on the object's lane, the release closes
// it; permits of a semaphore that are held at once go to the lowest free lane. `seq` settles the order, so a hold whose
// clock reading lies before the end of the last one begins at that end, and no two begin in the same ns.
import { eventKinds, flags, flowKinds, objectKinds, sliceKinds, sliceOutcomes } from '../../wire/kinds.ts'
import type { LaneKind } from '../../wire/api.ts'
import type { Lane } from '../store/lane.ts'
import type { Trace } from '../store/trace.ts'
import type { ObjectState, ThreadState } from './object-state.ts'
import { losses } from './losses.ts'

const { hold, holdContended } = sliceKinds

/** It may be held several times at once. */
export const isSemaphore = (kind: number): boolean =>
  kind === objectKinds.semaphore || kind === objectKinds.boundedSemaphore || kind === objectKinds.sharedMemory

const laneKindOf: Partial<Record<number, LaneKind>> = {
  [objectKinds.semaphore]: 'semaphore',
  [objectKinds.boundedSemaphore]: 'semaphore',
  [objectKinds.gil]: 'gil',
  [objectKinds.loop]: 'loop',
  [objectKinds.pool]: 'pool',
  [objectKinds.sharedMemory]: 'memory',
  [objectKinds.communicator]: 'communicator',
  [objectKinds.window]: 'communicator',
  [objectKinds.device]: 'device',
  [objectKinds.context]: 'deviceMemory',
  [objectKinds.stream]: 'stream',
  [objectKinds.calls]: 'calls',
}
export const firstLane = (trace: Trace, object: ObjectState, otherwise: LaneKind = 'lock'): Lane =>
  (object.lane = object.row.lane = trace.addLane(laneKindOf[object.row.kind] ?? otherwise, object.row, null))

export const acquire = (
  trace: Trace,
  thread: ThreadState,
  object: ObjectState,
  time: number,
  site: number,
  flag: number,
  arg: number,
): void => {
  let lane = object.lane ?? firstLane(trace, object)
  if (object.waiting > 0) object.contention!.account(lane, object.held, time)
  if (object.semaphore) {
    while (lane.openKind >= 0) lane = lane.next ?? trace.addLane(lane.kind, object.row, lane)
  } else if (lane.openKind >= 0) {
    if (lane.openObject === thread.id && object.row.kind === objectKinds.rlock) {
      if (arg > lane.openArg) lane.openArg = arg
      return
    }
    losses.illegal(trace, thread.row.object.process)
    object.held--
    trace.closeSlice(lane, time, 0, sliceOutcomes.cut)
  }
  const own = thread.waits.length > 0 && thread.waitsFor.includes(object) ? 1 : 0
  const start = Math.max(time, lane.lastEnd, lane.lastStart + 1)
  lane.open(object.waiting > own ? holdContended : hold, start, thread.id, site, arg)
  object.held++
  object.turns++
  if (object.waiting > 0) object.contention!.met(lane)
  if (flag & flags.contended) letIn(trace, thread, object, time)
}

/** The release that let a contended acquire in: the one that its wait named, else the last before it. A task's arrow
 *  goes to the moment from which it could go on (loops.ts). */
const letIn = (trace: Trace, thread: ThreadState, object: ObjectState, time: number): void => {
  if (thread.isTask) return
  const { causes } = object
  const place = thread.wokenFor === object && thread.wokenBy > 0 && causes ? causes.find(thread.wokenBy) : -1
  thread.wokenFor = null
  if (place >= 0)
    trace.flow(flowKinds.release, causes!.lane(place), causes!.time(place), thread.lane.id, time, object.id)
  else if (object.releasedLane > 0)
    trace.flow(flowKinds.release, object.releasedLane, object.releasedAt, thread.lane.id, time, object.id)
}

export const release = (
  trace: Trace,
  thread: ThreadState,
  object: ObjectState,
  time: number,
  seq: number,
  arg: number,
): void => {
  const lane = object.lane
  object.releasedLane = thread.lane.id
  object.releasedAt = time
  if (object.semaphore) return giveBack(trace, thread, object, time, seq, arg)
  if (lane === null || lane.openKind < 0) return losses.unmatched(trace, thread.row.object.process, eventKinds.release)
  if (arg > 0 && object.row.kind === objectKinds.rlock) return
  if (object.waiting > 0) object.contention!.account(lane, object.held, time)
  if (lane.openObject !== thread.id) {
    trace.incident('foreignRelease', object.row, thread.id, 0, time)
    if (!object.row.signal) trace.changed(object.row)
    object.row.signal = true
  }
  object.held--
  trace.closeSlice(lane, time, 0, 0)
}

/** A permit is nobody's: the releasing thread's newest is taken, else the oldest; else it is a new permit. */
const giveBack = (
  trace: Trace,
  thread: ThreadState,
  object: ObjectState,
  time: number,
  seq: number,
  permits: number,
): void => {
  object.addCause(seq, thread.lane.id, time)
  if (object.waiting > 0) object.contention!.account(object.lane, object.held, time)
  for (let k = Math.min(Math.max(1, permits), object.held); k > 0; k--) {
    let own: Lane | null = null
    let oldest: Lane | null = null
    for (let at = object.lane; at !== null; at = at.next) {
      if (at.openKind < 0) continue
      if (oldest === null || at.openStart < oldest.openStart) oldest = at
      if (at.openObject === thread.id && (own === null || at.openStart > own.openStart)) own = at
    }
    const lane = own ?? oldest
    if (lane === null) return
    object.held--
    trace.closeSlice(lane, time, 0, 0)
  }
}

/** A thread begins to wait for the object: what is held now is held while others wait. */
export const markContended = (object: ObjectState, waiter: number): void => {
  for (let at = object.lane; at !== null; at = at.next)
    if (at.openKind === hold && at.openObject !== waiter) at.openKind = holdContended
}
