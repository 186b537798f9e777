// Conditions: who notifies, and whether anybody waits. A notify that nobody hears is remembered until the next one: who
// comes for the condition's lock right after it and waits has missed it.
//
//   a   [lock] notify (0 waiters) ·
//   b                             · [lock] wait ▒▒▒▒▒▒ not notified any more: `missed`
//
// In: notifies and the begins and ends of waits. Out: incidents `unheard` and `missed`.
import { sliceOutcomes } from '../../wire/kinds.ts'
import type { Trace } from '../store/trace.ts'
import type { ObjectState, ThreadState, Unheard } from './object-state.ts'

/** `waiters`: how many it lets go. */
export const notify = (
  trace: Trace,
  thread: ThreadState,
  condition: ObjectState,
  time: number,
  { seq, site, waiters }: { seq: number; site: number; waiters: number },
): void => {
  condition.unheard = null
  condition.addCause(seq, thread.lane.id, time)
  if (waiters > 0) return
  trace.incident('unheard', condition.row, thread.id, site, time)
  const turns = condition.lock?.turns ?? 0
  if (turns > 0) condition.unheard = { actor: thread.id, site, time, turns }
}

/** A wait for it begins. The lock was taken only once since the notify, by who waits now: nothing that it guards has
 *  changed in between, and it was this wait that should have heard it. */
export const missedBy = ({ unheard, lock }: ObjectState): Unheard | null =>
  unheard !== null && lock!.turns === unheard.turns + 1 ? unheard : null

/** A wait that had missed a notify is over. */
export const tellMissed = (trace: Trace, thread: ThreadState, condition: number, outcome: number): void => {
  const { actor, site, time } = thread.missed!
  thread.missed = null
  if (outcome === sliceOutcomes.timedOut || outcome === sliceOutcomes.cut)
    trace.incident('missed', trace.objects[condition]!, actor, site, time)
}
