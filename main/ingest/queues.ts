// Queues: how many items are in one over time, a slice for each depth, and which put each get got its item from. A device and the
// commands that it runs, a context and its memory are counted in the same way.
import { eventKinds, flowKinds, sliceKinds } from '../../wire/kinds.ts'
import type { Trace } from '../store/trace.ts'
import { firstLane } from './holds.ts'
import type { ObjectState, ThreadState } from './object-state.ts'
import { losses } from './losses.ts'

export const put = (
  trace: Trace,
  thread: ThreadState,
  object: ObjectState,
  time: number,
  seq: number,
  depth: number,
): void => {
  object.addCause(seq, thread.lane.id, time)
  ;(object.items ??= new Map()).set(seq, { lane: thread.lane.id, time })
  become(trace, object, time, depth)
}

/** `item` is the seq of its put; 0 = not known. */
export const get = (
  trace: Trace,
  thread: ThreadState,
  object: ObjectState,
  time: number,
  seq: number,
  item: number,
): void => {
  object.addCause(seq, thread.lane.id, time)
  const from = item > 0 ? object.items?.get(item) : undefined
  if (from) {
    object.items!.delete(item)
    trace.flow(flowKinds.handoff, from.lane, from.time, thread.lane.id, time, object.id)
  } else losses.unmatched(trace, thread.row.object.process, eventKinds.get)
  become(trace, object, time, Math.max(0, object.depth - 1))
}

/** The depth that ends now was that long in the queue. One that lasted no time at all is no slice. */
export const become = (trace: Trace, object: ObjectState, time: number, depth: number): void => {
  const { row } = object
  let lane = object.lane
  if (lane === null) {
    lane = firstLane(trace, object, 'queue')
    if (row.created !== null && row.created < time) lane.open(sliceKinds.depth, row.created, 0, 0, object.depth)
  }
  object.depth = depth
  if (lane.openKind < 0) return lane.open(sliceKinds.depth, time, 0, 0, depth)
  if (time > lane.openStart) {
    trace.closeSlice(lane, time, 0, 0)
    lane.open(sliceKinds.depth, time, 0, 0, depth)
  } else lane.openArg = depth
}
