// Contention: a lock whose waits cost the threads that use it a good part of their lives; or many locks of one line (one
// for each account) whose waits do so together.
//
// Told from 5 % of the summed lifetimes of its users on: at 5 % of a second of four threads somebody stood still for
// 200 ms, which is worth a look; below, moving the code would gain less than its own noise. Only the time in which the
// lock was held counts, and it must be most of the waits: a thread that was let in and then waited for the GIL or a core
// does not wait for the lock's holder. A lock that only one thread takes is a signal that others give. The locks of a line
// must pass the same bar together, and none of them alone: else that one is told. A lock that was held in its first turn
// for four fifths of all time it was ever held, by a line at which the others then found nothing left to do, is no habit
// but a beginning: one thread loads the settings, or the value of a key, and who comes meanwhile needs just that. It is
// told only from half of its users' lives on. Locks only: a full semaphore is a limit that somebody chose, and a recording
// cannot know why, so who holds its permits stands in the table of contention and is no finding; a queue's waits are
// back-pressure's. Waits that never ended are the deadlock's to tell, a lock whose holder has ended never-released's.
import { objectKinds } from '../../wire/kinds.ts'
import { holdersOf } from '../query/holders.ts'
import { atSite, nameOf } from '../query/names.ts'
import { sliceAt } from '../query/read.ts'
import { duration, list, many, percent } from '../query/words.ts'
import type { ObjectRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { lockLines, locksName } from './lock-lines.ts'
import { heldMeanwhile, isLock, isOnce, livesOf, LockUses, usersOf } from './lock-uses.ts'
import { blameSql } from './proof.ts'
import type { Found, Rule } from './rule.ts'
import { isAbandoned, type Unfinished } from './unfinished.ts'

type Uses = LockUses['all']

export const worthALook = 0.05
/** less than a person can feel is not told, however short the run */
export const least = 20e6

/** Locks of a line that are added up while it is recorded: of more that would take too long, twice a second. */
const manyLive = 2000

const tryOfMany =
  'Hold them for less: do the slow part (I/O, a long computation) outside. If most wait for the same few locks, split or cache what is behind those; if one thread takes many of them, let it take fewer at once.'

export const contention: Rule = {
  name: 'contention',
  why: 'While one thread holds the lock all others that need it stand still, however many cores there are.',
  tryThis:
    'Do the slow part (I/O, sleep, a long computation) outside the lock and hold it only to read or change what is shared; or give each thread, or each part of the shared state, a lock of its own.',
  tallies: [LockUses],
  look({ trace, unfinished, tally }) {
    const uses = tally(LockUses).all
    const cut = waitsThatNeverEnded(trace, unfinished)
    const lines = lockLines(trace)
    const byLine = new Map<number, ObjectRow[]>()
    for (const object of trace.objects) {
      if (!object || object.total === 0 || !isLock(object.kind) || object.internal) continue
      if ((uses.get(object.id)?.threads.size ?? 0) < 2 || isAbandoned(trace, unfinished, object.id)) continue
      const line = lines.of(object.id)
      const locks = byLine.get(line)
      if (locks) locks.push(object)
      else byLine.set(line, [object])
    }
    const costOf = (locks: readonly ObjectRow[]): Found[] => {
      const total = sum(locks.map((lock) => lock.total))
      const blamed = sum(locks.map(heldMeanwhile))
      const cost = Math.min(blamed, total - sum(locks.map(({ id }) => cut.get(id) ?? 0)))
      if (total < least || blamed < total / 2 || cost < least) return []
      const users = usersOf(uses, locks)
      const share = cost / livesOf(trace, users)
      return share < worthALook || isOnce(uses, locks, share)
        ? []
        : [tell(trace, uses, { locks, total, blamed, users, share })]
    }
    return [...byLine.values()].flatMap((locks) => {
      const alone = locks.filter((lock) => lock.total >= least).flatMap((lock) => costOf([lock]))
      return alone.length || locks.length === 1 || (trace.live && locks.length > manyLive) ? alone : costOf(locks)
    })
  },
}

/** object → ns of its waits that were cut: of a finished trace, where the totals have them too */
export function waitsThatNeverEnded(trace: Trace, { waits }: Unfinished): Map<number, number> {
  const cut = new Map<number, number>()
  if (!trace.live)
    for (const { slice } of waits.values()) cut.set(slice.object, (cut.get(slice.object) ?? 0) + slice.dur)
  return cut
}

interface Cost {
  /** one, or those of a line */
  locks: readonly ObjectRow[]
  /** ns of the waits, and of them while somebody held it */
  total: number
  blamed: number
  users: Set<number>
  share: number
}
function tell(trace: Trace, uses: Uses, { locks, total, blamed, users, share }: Cost): Found {
  const name = locksName(
    trace,
    locks.map(({ id }) => id),
  )
  const waits = new Map<number, number>()
  for (const { id } of locks)
    for (const [thread, w] of uses.get(id)?.waits ?? []) waits.set(thread, (waits.get(thread) ?? 0) + w.total)
  const who = list([...waits].sort((a, b) => b[1] - a[1]).map(([thread]) => nameOf(trace, thread))) || 'Threads'
  const count = sum(locks.map((lock) => lock.count))
  // a lock that is free and still waited for: its next holder has not run yet
  const unheld =
    blamed < 0.8 * total
      ? `; for the other ${duration(total - blamed)} nobody held it: who was next waited for the GIL or a core`
      : ''
  const worst = locks.reduce((a, b) => (b.longest > a.longest ? b : a))
  const most = locks.reduce((a, b) => (b.total > a.total ? b : a))
  const longest = trace.lanes[worst.longestLane]
  const alone =
    locks.length > 1
      ? ` None of them alone costs that much: the most waited for is ${nameOf(trace, most.id)}, ${duration(most.total)}.`
      : ''
  return {
    subject: name,
    sentence: `${who} waited ${duration(total)} for ${name} in ${many(count, 'wait')}: ${holdersByLine(trace, locks, total)}${unheld}. That is ${percent(share)} of the lives of the ${many(users.size, isTasks(trace, users) ? 'task' : 'thread')} that use ${locks.length > 1 ? 'them' : 'it'}.${alone} The longest wait was ${duration(worst.longest)}, by ${longest ? nameOf(trace, longest.object) : 'an unknown thread'}.`,
    weight: Math.min(0.99, share),
    evidence: proof(trace, worst),
    sql: blameSql(locks.map(({ id }) => id)),
    ...(locks.length > 1 && { tryThis: tryOfMany }),
  }
}
const isTasks = (trace: Trace, users: Iterable<number>): boolean =>
  [...users].every((id) => trace.objects[id]?.kind === objectKinds.task)

/** The longest wait, and the hold that made most of it. */
function proof(trace: Trace, object: ObjectRow): Found['evidence'] {
  if (!object.longestLane) return []
  const { longestLane: lane, longestAt: time, longest: dur } = object
  const [holder] = holdersOf(trace, object.id, time, time + dur)
  const hold = holder && sliceAt(trace, trace.lanes[holder.lane]!, holder.time, 0)
  return [{ lane, time, dur }, ...(hold ? [{ lane: hold.lane, time: hold.start, dur: hold.dur }] : [])]
}

/** "1.2 s of it held by auditor at bank.py:27 and 90 ms by teller-1 and teller-2 at bank.py:22" */
function holdersByLine(trace: Trace, locks: readonly ObjectRow[], total: number): string {
  const lines = new Map<number, { dur: number; holders: Map<number, number> }>()
  for (const { holder, holderSite, dur } of locks.flatMap(({ blame }) => blame ?? [])) {
    const line = lines.get(holderSite) ?? { dur: 0, holders: new Map<number, number>() }
    line.dur += dur
    line.holders.set(holder, (line.holders.get(holder) ?? 0) + dur)
    lines.set(holderSite, line)
  }
  const told = [...lines].sort((a, b) => b[1].dur - a[1].dur).filter(([, { dur }]) => dur >= total / 100)
  return list(
    told.slice(0, 3).map(([site, { dur, holders }], i) => {
      const most = [...holders].sort((a, b) => b[1] - a[1]).map(([thread]) => nameOf(trace, thread))
      return `${duration(dur)}${i === 0 ? ' of it held' : ''} by ${list(most)}${atSite(trace, site)}`
    }),
  )
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
