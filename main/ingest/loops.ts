// Event loops: steps hold the loop as threads hold a lock, tasks that could go on wait for it.
//
//   task   ▒▒ waits for X ▒▒│░ waits for its turn ░│ step  │▒▒ waits for Y
//          suspend(X)       ready                  step    suspend(Y)
//   loop                                           ███████                   one slice a step, by whom
//
// A step of 50 ms or more is a stall: whatever else is on the loop stands still meanwhile.
import { flowKinds, reasons, sliceKinds } from '../../wire/kinds.ts'
import type { Trace } from '../store/trace.ts'
import { acquire, release } from './holds.ts'
import type { ObjectState, ThreadState } from './object-state.ts'
import { beginWait, endWait, flowOf } from './waits.ts'

/** ns from which on a step blocks the loop (asyncio's own debug mode warns at 100 ms) */
export const stallFrom = 50e6

export const step = (trace: Trace, actor: ThreadState, loop: ObjectState, time: number, site: number): void => {
  if (actor.isTask) while (actor.waits.length > 0) endWait(trace, actor, time, 0, 0)
  actor.loop = loop
  if (actor.isTask && actor.row.loop !== loop.id) {
    actor.row.loop = loop.id
    trace.changed(actor.row.object)
  }
  acquire(trace, actor, loop, time, site, 0, 0)
}

/** The actor's step is over. */
export const stepOver = (trace: Trace, actor: ThreadState, time: number): void => {
  const lane = actor.loop?.lane
  if (!lane || lane.openKind < 0 || lane.openObject !== actor.id) return
  if (time - lane.openStart >= stallFrom) lane.openKind = sliceKinds.stall
  release(trace, actor, actor.loop!, time, 0, 0)
}

/** The task waits for the loop: it lets others go first, or what it waited for is there. */
export const waitForLoop = (trace: Trace, task: ThreadState, loop: ObjectState | null, time: number): void => {
  const owner = loop?.lane && loop.lane.openKind >= 0 ? loop.lane.openObject : 0
  beginWait(trace, task, loop, time, { reason: reasons.loop, id: loop?.id ?? 0, site: 0, owner })
}

/** Its wait is over, by the doing of `by`. */
export const ready = (
  trace: Trace,
  task: ThreadState,
  loop: ObjectState | null,
  by: ThreadState | null,
  time: number,
): void => {
  const first = task.waits[0]
  if (first !== undefined && first.openKind === reasons.loop) return
  const reason = first?.openKind ?? 0
  const object = first?.openObject ?? 0
  while (task.waits.length > 0) endWait(trace, task, time, 0, 0)
  waitForLoop(trace, task, loop, time)
  if (by === null || by === task || reason === 0) return
  const kind = reason === reasons.task && object === by.id ? flowKinds.join : (taskFlows[reason] ?? flowKinds.ready)
  trace.flow(kind, by.lane.id, time, task.lane.id, time, object)
}
const taskFlows: Record<number, number> = {
  ...flowOf,
  [reasons.lock]: flowKinds.release,
  [reasons.semaphore]: flowKinds.release,
}

/** The suspended task waits for another one as well. What it waits for first, when that was not known, is this. */
export const awaitsToo = (trace: Trace, task: ThreadState, other: ThreadState, time: number, site: number): void => {
  const first = task.waits[0]
  if (first !== undefined && first.openKind === reasons.task && first.openObject === 0) first.openObject = other.id
  else beginWait(trace, task, null, time, { reason: reasons.task, id: other.id, site, owner: 0 })
}
