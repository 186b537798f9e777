// The GIL of a process, as a lock that its threads hold and wait for.
//
//   T1  ▓▓ sleeps ▓▓▓▓▓│░ waits for the GIL ░│ runs
//       wait(sleep)    gilWait               gilTake, wake(sleep)
//
// A thread that comes back from a system call waits for the GIL before it can say that the call is over. Such a wait
// inside a wait is its end: when the outer wait is the next thing to end, it ended when the wait for the GIL began. When
// the thread drops the GIL again instead (a signal's handler ran), the outer wait goes on around it.
import { eventKinds, reasons } from '../../wire/kinds.ts'
import type { Trace } from '../store/trace.ts'
import { acquire } from './holds.ts'
import type { ObjectState, ThreadState } from './object-state.ts'
import { addUp, beginWait, endWait, noLonger } from './waits.ts'

/** What a record with `flags.gil` says as well, 0: of this kind none has it. */
export const gilToo = (kind: number): number => {
  const { wait, send, enter, wake, receive, leave, gilDrop, gilTake } = eventKinds
  if (kind === wait || kind === send || kind === enter) return gilDrop
  return kind === wake || kind === receive || kind === leave ? gilTake : 0
}

export const waitForGil = (trace: Trace, thread: ThreadState, gil: ObjectState, time: number): void => {
  const owner = gil.lane !== null && gil.lane.openKind >= 0 ? gil.lane.openObject : 0
  beginWait(trace, thread, gil, time, { reason: reasons.gil, id: gil.id, site: 0, owner })
}

export const takeGil = (trace: Trace, thread: ThreadState, gil: ObjectState, time: number, flag: number): void => {
  const inner = thread.waits.at(-1)
  if (inner !== undefined && inner.openKind === reasons.gil) {
    if (thread.waits.length === 1) endWait(trace, thread, time, 0, 0)
    else {
      // the outer wait may be over too: the next event says
      thread.gilTo = time
      addUp(trace, inner, Math.max(0, time - inner.openStart))
      noLonger(gil, inner.openSite, time)
    }
  }
  acquire(trace, thread, gil, time, 0, flag, 0)
}

/**
 * The thread's next event after it took the GIL inside another wait. `over`: that event ends the outer wait; then it is
 * ended here, when the wait for the GIL began, with the stack and outcome. True: it was.
 */
export const settleGil = (
  trace: Trace,
  thread: ThreadState,
  over: boolean,
  stack: number,
  outcome: number,
): boolean => {
  const inner = thread.waits.pop()!
  thread.waitsFor.pop()
  const { openStart: from, openObject: gil, openArg: owner } = inner
  const dur = Math.max(0, thread.gilTo - from)
  inner.openKind = -1
  thread.gilTo = -1
  let lane = inner
  if (over) {
    lane = thread.waits.at(-1)!
    endWait(trace, thread, from, stack, outcome)
  }
  if (lane.depth === 0) thread.row.waited += dur
  trace.push(lane, from, dur, reasons.gil, gil, 0, owner, 0, 0)
  return over
}
