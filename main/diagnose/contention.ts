// Contention: a lock whose waits cost the threads that use it a good part of their lives.
//
// Told from 5 % of the summed lifetimes of its users on: at 5 % of a second of four threads somebody stood still for
// 200 ms, which is worth a look; below, moving the code would gain less than its own noise. Only the time in which the
// lock was held counts, and it must be most of the waits: a thread that was let in and then waited for the GIL or a core
// does not wait for the lock's holder. A lock that only one thread takes is a signal that others give. Locks only: a semaphore is a limit that somebody chose, a queue's waits are back-pressure's. Waits that never
// ended are the deadlock's to tell.
import { holdersOf } from '../query/holders.ts'
import { atSite, fullName, nameOf } from '../query/names.ts'
import { sliceAt } from '../query/read.ts'
import { duration, list, many, percent } from '../query/words.ts'
import type { ObjectRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { isLock, LockUses } from './lock-uses.ts'
import { blameSql } from './proof.ts'
import type { Found, Rule } from './rule.ts'
import type { Unfinished } from './unfinished.ts'
import { mostFirst } from './waited.ts'

type Uses = LockUses['all']

const worthALook = 0.05
/** less than a person can feel is not told, however short the run */
const least = 20e6

export const contention: Rule = {
  name: 'contention',
  why: 'While one thread holds the lock all others that need it stand still, however many cores there are.',
  tryThis:
    'Do the slow part (I/O, sleep, a long computation) outside the lock and hold it only to read or change what is shared; or give each thread, or each part of the shared state, a lock of its own.',
  tallies: [LockUses],
  look({ trace, unfinished, tally }) {
    const uses = tally(LockUses).all
    const cut = waitsThatNeverEnded(trace, unfinished)
    const found: Found[] = []
    for (const object of trace.objects) {
      if (!object || !isLock(object.kind) || object.internal || object.total < least) continue
      const blamed = heldMeanwhile(object)
      if (blamed < object.total / 2 || (uses.get(object.id)?.threads.size ?? 0) < 2) continue
      const cost = Math.min(blamed, object.total - (cut.get(object.id) ?? 0))
      const lives = livesOf(trace, uses, object)
      if (cost < least || cost < worthALook * lives) continue
      found.push(tell(trace, uses, object, blamed, cost / lives))
    }
    return found
  },
}

/** ns of the waits for it in which somebody held it */
export const heldMeanwhile = (object: ObjectRow): number => (object.blame ?? []).reduce((sum, { dur }) => sum + dur, 0)

/** object → ns of its waits that were cut: of a finished trace, where the totals have them too */
function waitsThatNeverEnded(trace: Trace, { waits }: Unfinished): Map<number, number> {
  const cut = new Map<number, number>()
  if (!trace.live)
    for (const { slice } of waits.values()) cut.set(slice.object, (cut.get(slice.object) ?? 0) + slice.dur)
  return cut
}

function users(uses: Uses, object: ObjectRow): Set<number> {
  const use = uses.get(object.id)
  const threads = new Set([...(use?.threads ?? []), ...(use?.waits?.keys() ?? [])])
  for (const blame of object.blame ?? []) threads.add(blame.holder)
  return threads
}
/** Summed lifetimes of the threads that use it. */
function livesOf(trace: Trace, uses: Uses, object: ObjectRow): number {
  let lives = 0
  for (const id of users(uses, object)) {
    const thread = trace.objects[id]?.thread
    if (thread) lives += (thread.end ?? trace.end) - thread.start
  }
  return Math.max(1, lives)
}

function tell(trace: Trace, uses: Uses, object: ObjectRow, blamed: number, share: number): Found {
  const name = fullName(trace, object.id)
  const waiters = mostFirst(uses.get(object.id)?.waits ?? new Map())
  const who = list(waiters.map(([thread]) => nameOf(trace, thread))) || 'Threads'
  const held = holdersByLine(trace, object)
  // a lock that is free and still waited for: its next holder has not run yet
  const unheld =
    blamed < 0.8 * object.total
      ? `; for the other ${duration(object.total - blamed)} nobody held it: who was next waited for the GIL or a core`
      : ''
  const longest = trace.lanes[object.longestLane]
  return {
    subject: name,
    sentence: `${who} waited ${duration(object.total)} for ${name} in ${many(object.count, 'wait')}: ${held}${unheld}. That is ${percent(share)} of the lives of the ${many(users(uses, object).size, 'thread')} that use it. The longest wait was ${duration(object.longest)}, by ${longest ? nameOf(trace, longest.object) : 'an unknown thread'}.`,
    weight: Math.min(0.99, share),
    evidence: proof(trace, object),
    sql: blameSql(object.id),
  }
}

/** The longest wait, and the hold that made most of it. */
function proof(trace: Trace, object: ObjectRow): Found['evidence'] {
  if (!object.longestLane) return []
  const { longestLane: lane, longestAt: time, longest: dur } = object
  const [holder] = holdersOf(trace, object.id, time, time + dur)
  const hold = holder && sliceAt(trace, trace.lanes[holder.lane]!, holder.time, 0)
  return [{ lane, time, dur }, ...(hold ? [{ lane: hold.lane, time: hold.start, dur: hold.dur }] : [])]
}

/** "1.2 s of it held by auditor at bank.py:27 and 90 ms by teller-1 and teller-2 at bank.py:22" */
function holdersByLine(trace: Trace, object: ObjectRow): string {
  const lines = new Map<number, { dur: number; holders: Map<number, number> }>()
  for (const { holder, holderSite, dur } of object.blame ?? []) {
    const line = lines.get(holderSite) ?? { dur: 0, holders: new Map<number, number>() }
    line.dur += dur
    line.holders.set(holder, (line.holders.get(holder) ?? 0) + dur)
    lines.set(holderSite, line)
  }
  const told = [...lines].sort((a, b) => b[1].dur - a[1].dur).filter(([, { dur }]) => dur >= object.total / 100)
  return list(
    told.slice(0, 3).map(([site, { dur, holders }], i) => {
      const most = [...holders].sort((a, b) => b[1] - a[1]).map(([thread]) => nameOf(trace, thread))
      return `${duration(dur)}${i === 0 ? ' of it held' : ''} by ${list(most)}${atSite(trace, site)}`
    }),
  )
}
