// Slow hold: a lock held while its holder slept, waited for something else, or was in a call outside Python.
//
//   auditor   A▒▒▒▒▒▒▒▒▒▒▒▒▒        one finding for the line that made the lock and the line that took it: what the
//               zzzzzzzzzzz         holder did meanwhile did not need the lock, or so it seems; the tellers did
//   tellers      aaaaaaaaaa
//
// Told when at least half of the time held (while somebody waited) was such rest, and the part of the others' waits that
// goes with it is 20 ms or more and 5 % of the lives of those who use the lock: the same bar as contention's, for the
// same reasons. Half, because below that the rest is not what makes the hold long. What is outside Python is looked up
// for the eight longest holds only, and those must be a tenth of the time held to speak for it. Waits for another lock,
// the GIL or the loop are no rest: they are told by the rules for those. A hold that never ended is a deadlock's. What is
// made once, in a lock's first turn, is excused as in contention. A lock that is a signal is not held at all, and an
// asyncio lock counts as any: it is there to be held over an await, but not over one that costs.
import { objectKinds, sliceKinds } from '../../wire/kinds.ts'
import { atSite, fullName, nameOf } from '../query/names.ts'
import { waiting } from '../query/sentence.ts'
import { duration, list, many, percent } from '../query/words.ts'
import type { Trace } from '../store/trace.ts'
import { least, worthALook } from './contention.ts'
import { InsideHolds, type HeldAt } from './inside-holds.ts'
import { locksName } from './lock-lines.ts'
import { isOnce, livesOf, LockUses, usersOf } from './lock-uses.ts'
import { outsidePython } from './outside-python.ts'
import { insideSql, outsideSql } from './proof.ts'
import type { Found, Rule } from './rule.ts'
import type { Unfinished } from './unfinished.ts'

export const slowHold: Rule = {
  name: 'slow-hold',
  why: 'The lock is not protecting anything while its holder sleeps or waits for the outside world, and still nobody else can have it: everybody goes at the pace of the disk or the network.',
  tryThis:
    'Take what is needed out of the shared state under the lock, let go, do the slow part, and take the lock again to store the result.',
  tallies: [LockUses, InsideHolds],
  live: false,
  look({ trace, unfinished, tally }) {
    const uses = tally(LockUses).all
    const found: Found[] = []
    for (const at of tally(InsideHolds).all.values()) {
      const locks = [...at.locks].map((id) => trace.objects[id]!)
      if (locks.some((lock) => lock.signal)) continue
      const waited = waitedFor(trace, at) - waitedForCut(at, unfinished)
      if (waited < least) continue
      const users = usersOf(uses, locks)
      const lives = livesOf(trace, users)
      if (waited < worthALook * lives) continue
      const rest = at.rested / at.held >= 0.5 ? { of: at.held, dur: at.rested, outside: 0 } : outside(trace, at)
      if (!rest || rest.dur < 0.5 * rest.of) continue
      const cost = (waited * rest.dur) / rest.of
      if (cost < least || cost < worthALook * lives || isOnce(uses, locks, cost / lives)) continue
      found.push(tell(trace, at, rest, { waited, users, lives, weight: cost / lives }))
    }
    return found
  },
}

/** ns of the holds looked at, in which the holders rested; of them outside Python */
interface Resting {
  of: number
  dur: number
  outside: number
}
function outside(trace: Trace, at: HeldAt): Resting | null {
  const rest = { of: 0, dur: 0, outside: 0 }
  for (const hold of at.longest) {
    const dur = outsidePython(trace, hold)
    if (dur === null) continue
    rest.of += hold.dur
    rest.outside += dur
  }
  // what they waited for inside is known of all holds together
  rest.dur = rest.outside + (at.rested / at.held) * rest.of
  return rest.of >= at.held / 10 ? rest : null
}

/** ns that others waited for the locks while they were held so */
function waitedFor(trace: Trace, { locks, site }: HeldAt): number {
  let sum = 0
  for (const id of locks)
    for (const { holderSite, dur } of trace.objects[id]!.blame ?? []) if (holderSite === site) sum += dur
  return sum
}
/** of that, for holds that never ended */
function waitedForCut({ locks, site }: HeldAt, { holds, waits }: Unfinished): number {
  let sum = 0
  for (const id of locks)
    for (const { slice: hold } of holds.get(id) ?? [])
      if (hold.site === site)
        for (const { slice } of waits.values())
          if (slice.object === id) sum += Math.max(0, hold.start + hold.dur - Math.max(hold.start, slice.start))
  return sum
}

interface Cost {
  waited: number
  users: Set<number>
  lives: number
  weight: number
}
function tell(trace: Trace, at: HeldAt, rest: Resting, { waited, users, lives, weight }: Cost): Found {
  const locks = [...at.locks]
  const holders = [...at.holders].sort((a, b) => b[1] - a[1])
  const isTask = trace.objects[holders[0]![0]]?.kind === objectKinds.task
  const rests = [...at.rests.values()].sort((a, b) => b.dur - a.dur).filter(({ dur }) => dur >= at.held / 20)
  const longest = at.longest.map(({ lane, time, dur }) => ({ lane, time, dur }))
  const name = locksName(trace, locks)
  const did =
    rest.outside > 0
      ? `in the ${at.longest.length > 1 ? `${at.longest.length} longest holds, ${duration(rest.of)} together,` : 'longest hold'} ${duration(rest.outside)} went by in calls outside Python that had let the GIL go (I/O, or a computation in C)`
      : list(
          rests.map(
            (r, i) =>
              `${duration(r.dur)}${i ? '' : ' of that'} ${phrase(trace, r.kind, r.object)}${atSite(trace, r.site)}`,
          ),
        )
  return {
    subject: name,
    sentence: `${list(holders.map(([thread]) => nameOf(trace, thread)))} held ${name} ${many(at.count, 'time')}${atSite(trace, at.site)} while others waited for ${locks.length > 1 ? 'them' : 'it'}, ${duration(at.held)} in all: ${did}. Others waited ${duration(waited)} meanwhile: ${percent(waited / lives)} of the lives of the ${many(users.size, isTask ? 'task' : 'thread')} that use ${locks.length > 1 ? 'them' : 'it'}.`,
    weight: Math.min(0.99, weight),
    evidence: [...longest.slice(0, 1), ...rests.slice(0, 3).map((r) => r.longest), ...longest.slice(1)],
    sql: rest.outside > 0 ? outsideSql(at.longest) : insideSql(locks, at.site),
    ...(isTask && {
      tryThis:
        'Hold the lock only between two awaits that need the shared state, and await the slow part outside of it; a semaphore lets several do it at once.',
    }),
  }
}
const phrase = (trace: Trace, kind: number, object: number): string =>
  kind === sliceKinds.sleep ? 'asleep' : `waiting ${waiting(kind, object ? fullName(trace, object) : '').for}`
