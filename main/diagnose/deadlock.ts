// Deadlock: threads that wait for each other in a circle.
//
//   clerk-1  holds A ────────▶ waits for B
//      ▲                            │
//   waits for A ◀──────── holds B  clerk-2
//
// The graph is of what is not over: each thread's innermost wait for a lock or for a thread's end, and who holds that
// lock. A circle is told when nothing in it has moved for half a second: a moment's circle with timeouts resolves
// itself. A thread that waits for a lock of its own is told only when no other thread is left that could release it: a
// plain lock may be used as a signal, which another thread gives.
import { objectKinds, sliceKinds } from '../../wire/kinds.ts'
import { atSite, fullName, nameOf } from '../query/names.ts'
import { duration, list } from '../query/words.ts'
import type { Trace } from '../store/trace.ts'
import { findCycles } from './cycles.ts'
import { slicesSql } from './proof.ts'
import type { Found, Rule } from './rule.ts'
import type { OpenWait, Unfinished } from './unfinished.ts'

const still = 0.5e9

export const deadlock: Rule = {
  name: 'deadlock',
  why: 'Each of these threads waits for something that another of them holds, so none of them will ever go on.',
  tryThis:
    'Take the locks in one order everywhere, or take the second with acquire(timeout=…) and give the first back when it fails.',
  look({ trace, unfinished }) {
    const graph = new Map<number, number[]>()
    for (const wait of unfinished.waits.values()) graph.set(wait.thread, awaited(trace, unfinished, wait))
    return findCycles(graph, 32)
      .filter((threads) => threads.length > 1 || !isSignal(trace, unfinished, threads[0]!))
      .filter((threads) => threads.length > 1 || nobodyElse(trace, unfinished, threads[0]!))
      .map((threads) => tell(trace, unfinished, threads))
      .filter((found) => found !== null)
  },
}

/** Threads that this wait needs something from. */
function awaited(trace: Trace, { holds }: Unfinished, { slice }: OpenWait): number[] {
  if (slice.kind === sliceKinds.join) return trace.objects[slice.object]?.thread ? [slice.object] : []
  if (slice.kind !== sliceKinds.lock) return []
  return (holds.get(slice.object) ?? []).map((hold) => hold.thread)
}

/** The lock was released by another thread before: who takes it twice waits for that thread, not for itself. */
const isSignal = (trace: Trace, { waits }: Unfinished, thread: number): boolean =>
  trace.objects[waits.get(thread)!.slice.object]!.signal

function nobodyElse(trace: Trace, { waits }: Unfinished, thread: number): boolean {
  const { process } = trace.objects[thread]!
  return trace.threads.every((other) => {
    if (other.object.process !== process || other.end !== null) return true
    const kind = waits.get(other.object.id)?.slice.kind
    return kind === sliceKinds.lock || kind === sliceKinds.join
  })
}

function tell(trace: Trace, { waits, holds }: Unfinished, threads: number[]): Found | null {
  const knot = threads.map((thread, i) => {
    const wait = waits.get(thread)!.slice
    const holder = threads[(i + 1) % threads.length]!
    const hold = holds.get(wait.object)?.find((h) => h.thread === holder)?.slice ?? null
    return { thread, wait, holder, hold }
  })
  const evidence = knot.flatMap(({ wait, hold }) =>
    [wait, ...(hold ? [hold] : [])].map((s) => ({ lane: s.lane, time: s.start, dur: s.dur })),
  )
  const since = Math.max(...knot.flatMap(({ wait, hold }) => [wait.start, hold?.start ?? 0]))
  const lasted = trace.end - since
  if (lasted < still) return null
  const parts = knot.map(({ thread, wait, holder, hold }) => {
    const what = fullName(trace, wait.object)
    const why = hold
      ? `which ${nameOf(trace, holder)} holds since it got it${atSite(trace, hold.site)}`
      : 'which has not ended'
    const kind = trace.objects[wait.object]!.kind === objectKinds.thread ? `${what} to end` : what
    return `${nameOf(trace, thread)} waits for ${kind}${atSite(trace, wait.site)}, ${why}`
  })
  const alone = threads.length === 1
  const who = alone ? nameOf(trace, threads[0]!) : 'none of them'
  const ending = trace.live
    ? `${who[0]!.toUpperCase()}${who.slice(1)} has ${alone ? 'not ' : ''}moved for`
    : `When the recording ended ${who} had ${alone ? 'not ' : ''}moved for`
  return {
    subject: list(
      threads.map((thread) => nameOf(trace, thread)),
      8,
    ),
    sentence: `${parts.join('; ')}. ${ending} ${duration(lasted)}.`,
    weight: 1,
    ...(alone && {
      why: 'A plain lock does not know its holder: a thread that takes it twice waits for itself.',
      tryThis:
        'Use an RLock, or let the inner function work without taking the lock (a _locked variant that the outer one calls).',
    }),
    evidence,
    sql: slicesSql(evidence),
  }
}
