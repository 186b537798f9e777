// What to try where nobody can go on, and why it is so, by what those who stand still wait for.
//
// In: a standstill of a moment. Out: words; none = those of the rule, which are of locks.
import type { Finding } from '../../wire/api.ts'
import { sliceKinds } from '../../wire/kinds.ts'
import type { Moment } from '../query/moment.ts'
import type { Member, Standstill } from './standstill.ts'

type Advice = Pick<Finding, 'why' | 'tryThis'>

export function adviceOn({ trace }: Moment, standstill: Standstill): Partial<Advice> {
  const { leads, knot } = standstill
  const kinds = leads.map(({ wait }) => wait.slice?.kind ?? sliceKinds.loop)
  const isAmongRanks = leads.some(({ wait }) => trace.objects[wait.slice?.object ?? 0]?.members)
  if (!knot)
    return {
      why: whyNobody,
      tryThis: isAmongRanks
        ? (kinds.includes(sliceKinds.collective) ? notAllCome : allReceive).tryThis
        : (tries[hard(standstill)] ?? 'Wait with a timeout, and find out who was to let it go on.'),
    }
  const every = (...of: number[]) => kinds.every((kind) => of.includes(kind))
  if (every(sliceKinds.lock)) return leads.length === 1 ? ownLock : {}
  if (every(sliceKinds.future) && leads.every(({ wait }) => wait.slice!.object === leads[0]!.wait.slice!.object))
    return ownPool
  if (kinds.includes(sliceKinds.lock)) return heldWhileWaiting
  if (every(sliceKinds.send)) return allSend
  if (every(sliceKinds.send, sliceKinds.message)) return allReceive
  if (kinds.includes(sliceKinds.collective)) return notAllCome
  return onlyEnds
}
/** The kind of wait to advise on: of somebody who is no idle consumer, where there is one. */
function hard({ leads, others }: Standstill): number {
  const kindOf = ({ wait }: Member) => wait.slice?.kind ?? sliceKinds.loop
  if (others.some((other) => kindOf(other) === sliceKinds.loop)) return sliceKinds.loop
  return kindOf(leads.find((lead) => kindOf(lead) !== sliceKinds.queueGet) ?? leads[0]!)
}

const whyNobody = 'Whoever could let them go on has ended or stands still too, so nothing will ever happen here again.'
const tries: Record<number, string> = {
  [sliceKinds.lock]: 'Take locks by `with lock:`, so that they are released on every way out, also by an exception.',
  [sliceKinds.semaphore]: 'Take permits by `with semaphore:`, so that they come back on every way out.',
  [sliceKinds.condition]:
    'Wait by wait_for(predicate): it looks before it waits, so a notify that came earlier is not missed. And notify on every way out of who changes the state.',
  [sliceKinds.event]: 'Set the event on every way out of who is to set it (try … finally), or wait with a timeout.',
  [sliceKinds.barrier]:
    'Make the barrier for as many parties as really come to it, and call abort() when one of them fails.',
  [sliceKinds.queueGet]:
    'Say when nothing more will come: one sentinel (None) for each consumer, put in a `finally:` so that it comes even when the producer fails; from Python 3.13 on Queue.shutdown(); or get(timeout=…).',
  [sliceKinds.queuePut]: 'Take the items out before you wait for the end of who puts them: first get all, then join.',
  [sliceKinds.queueJoin]:
    'Call task_done() once for each item that was got, in a `finally:`, and do not let the workers end before all is done.',
  [sliceKinds.future]: 'Set a result or an exception on every way out of who is to bring it, or wait with a timeout.',
  [sliceKinds.loop]: 'Do not block the thread of the event loop for what the loop itself has to run: await it.',
  [sliceKinds.message]:
    'Close the ends of a pipe that a process does not use: then recv() raises EOFError when nobody is left to send.',
}
const allSend: Advice = {
  why: 'A large message is not copied to somewhere: its send waits until the other side receives. Where all send first, none comes to its receive. With smaller messages the same program runs, by luck.',
  tryThis:
    'Send and receive at once (Sendrecv, or Isend and Irecv and then Waitall), or let every second rank receive first.',
}
const allReceive: Advice = {
  why: 'Each waits for a message that another one would send only afterwards.',
  tryThis:
    'Let one side send before it receives; look whether source, tag and communicator of the receive are those of the send.',
}
const notAllCome: Advice = {
  why: 'A collective is over when all ranks of its communicator have come to it. One of them waits for what another one would do only afterwards.',
  tryThis:
    'Call the collective on all ranks, in the same order, also where a rank has nothing to give; and put messages that belong together before it or after it on both sides.',
}
const ownLock: Advice = {
  why: 'A plain lock does not know its holder: a thread that takes it twice waits for itself.',
  tryThis:
    'Use an RLock, or let the inner function work without taking the lock (a _locked variant that the outer one calls).',
}
const ownPool: Advice = {
  why: 'A job that waits for another job of its own pool keeps a worker meanwhile. When all workers wait like that, none is left to run what they wait for.',
  tryThis:
    'Do not wait for a result inside a job: return, and let the caller submit the next step; or give the inner jobs a pool of their own.',
}
const heldWhileWaiting: Advice = {
  why: 'Each of them waits for another one, which needs something that is not given back before: none of them will ever go on.',
  tryThis: 'Release the lock before you wait for a thread, task, process or result that needs it.',
}
const onlyEnds: Advice = {
  why: 'Each of them waits for another one to end or to bring a result, so none of them will ever go on.',
  tryThis: 'Let the waiting go in one direction: hand the result over instead of waiting for who waits for you.',
}
