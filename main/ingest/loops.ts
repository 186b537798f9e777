// Event loops: steps hold the loop as threads hold a lock, tasks that could go on wait for it.
//
//   task   ▒▒ waits for X ▒▒│░ waits for its turn ░│ step  │▒▒ waits for Y
//          suspend(X)       ready                  step    suspend(Y)
//   loop                                           ███████                   one slice a step, by whom
//
// A step of 50 ms or more is a stall: whatever else is on the loop stands still meanwhile.
import { flowKinds, outcomes, reasons, sliceKinds } from '../../wire/kinds.ts'
import type { Trace } from '../store/trace.ts'
import { acquire, release } from './holds.ts'
import type { ObjectState, ThreadState } from './object-state.ts'
import { addUp, beginWait, endWait, flowOf } from './waits.ts'

/** ns from which on a step blocks the loop (asyncio's own debug mode warns at 100 ms) */
export const stallFrom = 50e6
/** ns for which a long step is remembered as what made timers late, though shorter ones have run since */
const forgotten = 5e6

export const step = (trace: Trace, actor: ThreadState, loop: ObjectState, time: number, site: number): void => {
  if (actor.isTask) while (actor.waits.length > 0) endWait(trace, actor, time, 0, 0)
  actor.cancelled = false
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
  const loop = actor.loop!
  // the callbacks of the timers that it made late come right after it: they do not make it forgotten
  if (loop.stepEnd < lane.openStart - forgotten || time - lane.openStart >= loop.stepEnd - loop.stepStart) {
    loop.stepBy = actor.id
    loop.stepSite = lane.openSite
    loop.stepStart = lane.openStart
    loop.stepEnd = time
  }
  release(trace, actor, loop, time, 0, 0)
}

/** The task waits for the loop: what it waited for is there, or it lets others go first; then `site` is the line. */
export const waitForLoop = (
  trace: Trace,
  task: ThreadState,
  loop: ObjectState | null,
  time: number,
  site = 0,
): void => {
  const owner = loop?.lane && loop.lane.openKind >= 0 ? loop.lane.openObject : 0
  beginWait(trace, task, loop, time, { reason: reasons.loop, id: loop?.id ?? 0, site, owner })
}

/** Its wait is over, by the doing of `by`, or by the clock: then it was so many µs overdue. */
export const ready = (
  trace: Trace,
  task: ThreadState,
  loop: ObjectState | null,
  time: number,
  { by, overdue }: { by: ThreadState | null; overdue: number },
): void => {
  const first = task.waits[0]
  if (first !== undefined && first.openKind === reasons.loop) return
  const reason = first?.openKind ?? 0
  const object = first?.openObject ?? 0
  const joined = by !== null && task.waits.some((w) => w.openKind === reasons.task && w.openObject === by.id)
  // a timer is seen only when the loop looks for it: until then the task has waited for the loop, not slept
  const since = first === undefined ? time : Math.max(first.openStart, time - overdue * 1000)
  while (task.waits.length > 0) endWait(trace, task, since, 0, task.cancelled ? outcomes.cancelled : outcomes.done)
  waitForLoop(trace, task, loop, since)
  if (since < time) blameLastStep(loop, since, time)
  if (by === null || by === task || reason === 0 || task.cancelled) return
  if (joined) trace.flow(flowKinds.join, by.lane.id, time, task.lane.id, time, by.id)
  else trace.flow(taskFlows[reason] ?? flowKinds.ready, by.lane.id, time, task.lane.id, time, object)
}

/** Who ran when the timer was due is known by the slices that the loop's lane has had: most of it was the last long step. */
const blameLastStep = (loop: ObjectState | null, from: number, to: number): void => {
  if (loop === null || loop.stepEnd <= from) return
  loop.contention!.late(loop.stepBy, loop.stepSite, Math.min(to, loop.stepEnd) - Math.max(from, loop.stepStart))
}
const taskFlows: Record<number, number> = {
  ...flowOf,
  [reasons.lock]: flowKinds.release,
  [reasons.semaphore]: flowKinds.release,
}

/** The task is asked to end. */
export const cancel = (trace: Trace, by: ThreadState, task: ThreadState, time: number, site: number): void => {
  task.cancelled = true
  trace.incident('cancelled', task.row.object, by.id, site, time)
  if (task !== by) trace.flow(flowKinds.cancel, by.lane.id, time, task.lane.id, time, task.id)
}

/** What the suspended task waits for is the end of another one, beside others: a slice below the wait for all of them. */
export const awaitsToo = (trace: Trace, task: ThreadState, other: ThreadState, time: number, site: number): void => {
  if (other.row.end !== null) return
  const stack = task.waits[0]?.openStack ?? 0
  beginWait(trace, task, null, time, { reason: reasons.task, id: other.id, site, owner: 0, stack })
  ;(other.awaitedBy ??= []).push(task)
}

/** The task is over: who awaits it beside others awaits the others. */
export const awaitedNoMore = (trace: Trace, over: ThreadState, time: number): void => {
  for (const task of over.awaitedBy ?? []) {
    const at = task.waits.findLastIndex((w) => w.openKind === reasons.task && w.openObject === over.id)
    if (at < 1) continue
    const [lane] = task.waits.splice(at, 1)
    task.waitsFor.splice(at, 1)
    addUp(trace, lane!, Math.max(0, time - lane!.openStart))
    trace.closeSlice(lane!, time, 0, 0)
  }
  over.awaitedBy = null
}
