// Contention: a lock whose waits cost the threads that use it a good part of their lives.
//
// Told from 5 % of the summed lifetimes of its users on: at 5 % of a second of four threads somebody stood still for
// 200 ms, which is worth a look; below, moving the code would gain less than its own noise. Locks only: a semaphore is
// a limit that somebody chose, a queue's waits are back-pressure's. Waits that never ended are the deadlock's to tell.
import { atSite, fullName, nameOf } from '../query/names.ts'
import { duration, list, many, percent } from '../query/words.ts'
import type { ObjectRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import type { Found, Rule } from './rule.ts'
import type { Unfinished } from './unfinished.ts'
import { isLock, type Watch } from './watch.ts'

const worthALook = 0.05
/** less than a person can feel is not told, however short the run */
const least = 20e6

export const contention: Rule = {
  name: 'contention',
  why: 'While one thread holds the lock all others that need it stand still, however many cores there are.',
  tryThis:
    'Do the slow part (I/O, sleep, a long computation) outside the lock and hold it only to read or change what is shared; or give each thread, or each part of the shared state, a lock of its own.',
  look({ trace, watch, unfinished }) {
    const cut = waitsThatNeverEnded(trace, unfinished)
    const found: Found[] = []
    for (const object of trace.objects) {
      if (!object || !isLock(object.kind) || object.internal || object.total < least) continue
      const waited = object.total - (cut.get(object.id) ?? 0)
      const lives = livesOf(trace, watch, object)
      if (waited < least || waited < worthALook * lives) continue
      found.push(tell(trace, watch, object, waited / lives))
    }
    return found
  },
}

/** object → ns of its waits that were cut: of a finished trace, where the totals have them too */
function waitsThatNeverEnded(trace: Trace, { waits }: Unfinished): Map<number, number> {
  const cut = new Map<number, number>()
  if (!trace.live)
    for (const { slice } of waits.values()) cut.set(slice.object, (cut.get(slice.object) ?? 0) + slice.dur)
  return cut
}

function users(watch: Watch, object: ObjectRow): Set<number> {
  const threads = new Set(watch.locks.get(object.id)?.threads)
  for (const blame of object.blame ?? []) threads.add(blame.holder)
  return threads
}
/** Summed lifetimes of the threads that use it. */
function livesOf(trace: Trace, watch: Watch, object: ObjectRow): number {
  let lives = 0
  for (const id of users(watch, object)) {
    const thread = trace.objects[id]?.thread
    if (thread) lives += (thread.end ?? trace.end) - thread.start
  }
  return Math.max(1, lives)
}

function tell(trace: Trace, watch: Watch, object: ObjectRow, share: number): Found {
  const name = fullName(trace, object.id)
  const holders = new Map<string, number>()
  for (const { holder, holderSite, dur } of object.blame ?? []) {
    const who = `${nameOf(trace, holder)}${atSite(trace, holderSite)}`
    holders.set(who, (holders.get(who) ?? 0) + dur)
  }
  const ranked = [...holders].sort((a, b) => b[1] - a[1]).filter(([, dur]) => dur >= object.total / 100)
  const held = ranked.slice(0, 3).map(([who, dur], i) => `${duration(dur)}${i === 0 ? ' of it held' : ''} by ${who}`)
  const rest = ranked.length > 3 ? [many(ranked.length - 3, 'other holder')] : []
  const longest = trace.lanes[object.longestLane]
  return {
    subject: name,
    sentence: `Threads waited ${duration(object.total)} for ${name} in ${many(object.count, 'wait')}, ${percent(share)} of the lives of the ${many(users(watch, object).size, 'thread')} that use it${held.length ? `: ${list([...held, ...rest])}` : ''}. The longest wait was ${duration(object.longest)}, by ${longest ? nameOf(trace, longest.object) : 'an unknown thread'}.`,
    weight: Math.min(0.99, share),
    evidence: object.longestLane ? [{ lane: object.longestLane, time: object.longestAt, dur: object.longest }] : [],
  }
}
