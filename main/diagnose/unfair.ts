// Unfair: a thread waits for a lock while others take it again and again who came later.
//
//   importer  A▒▒A▒▒A▒▒A▒▒A▒▒A▒▒      it lets go and takes the lock again at once; the reader, who must wake up first,
//   reader     aaaaaaaaaaaaaaaaaA     finds it taken
//
// The locks of threads and processes keep no queue: they go to whoever takes them first, and mostly that harms nobody. So
// it is told only where somebody starved: in waits in which it was passed over ten times or more and the lock was held for
// at least eight tenths of the time (one that is free most of the time is not kept from anybody: who was next waited for
// the GIL or a core), 50 ms and 5 % of its life in all. Ten, because a thread that is put off the core for a moment is
// passed over a few times on any machine. That such a wait is much longer than the usual hold follows from the ten.
import { atSite, fullName, nameOf } from '../query/names.ts'
import { columnsIn } from '../query/read.ts'
import { duration, list, many, percent } from '../query/words.ts'
import type { ObjectRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { lockLines } from './lock-lines.ts'
import { livesOf } from './lock-uses.ts'
import { turnsSql } from './proof.ts'
import type { Found, Rule } from './rule.ts'
import { Turns, type Starved } from './turns.ts'
import { mostFirst, type Waited } from './waited.ts'

const least = 50e6
const worthALook = 0.05

export const unfair: Rule = {
  name: 'unfair',
  why: 'A lock does not go to who has waited longest but to who takes it first: a thread that lets it go and takes it again at once is always first, and the others starve.',
  tryThis:
    'Do part of the work outside the lock, so that it is free for a while between two turns; do many pieces in one turn; or let one thread own what the lock protects and hand it work through a queue.',
  tallies: [Turns],
  live: false,
  look({ trace, tally }) {
    const lines = lockLines(trace)
    const worst = new Map<number, Found>()
    for (const [id, starved] of tally(Turns).starved) {
      const lock = trace.objects[id]!
      if (lock.internal || lock.signal) continue
      const victims = mostFirst(starved.waits).filter(
        ([thread, { total }]) => total >= least && total >= worthALook * livesOf(trace, [thread]),
      )
      if (victims.length === 0) continue
      const found = tell(trace, lock, starved, victims)
      // of the locks of one line the worst speaks for all
      const line = lines.of(id)
      if (found.weight > (worst.get(line)?.weight ?? 0)) worst.set(line, found)
    }
    return [...worst.values()]
  },
}

function tell(trace: Trace, lock: ObjectRow, { passed }: Starved, victims: [thread: number, waited: Waited][]): Found {
  const threads = victims.map(([thread]) => thread)
  const total = victims.reduce((sum, [, w]) => sum + w.total, 0)
  const waits = victims.reduce((n, [, w]) => n + w.count, 0)
  const { longest } = victims.reduce((a, b) => (b[1].longest.dur > a[1].longest.dur ? b : a))[1]
  const who = nameOf(trace, trace.lanes[longest.lane]!.object)
  const turns = turnsIn(trace, lock, longest, trace.lanes[longest.lane]!.object)
  const name = fullName(trace, lock.id)
  const share = total / livesOf(trace, threads)
  return {
    subject: name,
    sentence: `${list(threads.map((thread) => nameOf(trace, thread)))} waited ${duration(total)} for ${name} in ${many(waits, 'wait')}, passed over ${many(passed, 'time')} by threads that had had it since: ${percent(share)} of ${threads.length > 1 ? 'their lives' : 'its life'}. During the longest, ${duration(longest.dur)} of ${who}, it was taken ${list(turns.slice(0, 3).map((t) => `${many(t.count, 'time')} by ${nameOf(trace, t.thread)}${atSite(trace, t.site)}`))}.`,
    weight: Math.min(0.99, share),
    evidence: victims.slice(0, 5).map(([, w]) => w.longest),
    sql: turnsSql(lock.id, longest.time, longest.time + longest.dur),
  }
}

interface Turn {
  thread: number
  site: number
  count: number
}
/** Who took the lock during the wait, most often first; the waiter's own turn ends it. */
function turnsIn(trace: Trace, lock: ObjectRow, { time, dur }: Waited['longest'], waiter: number): Turn[] {
  const turns = new Map<number, Turn>()
  for (const [{ start, object, site }, first, last] of columnsIn(trace, lock.lane!, time, time + dur))
    for (let i = first; i < last; i++) {
      if (start[i]! < time || object[i] === waiter) continue
      const key = object[i]! * 2 ** 26 + site[i]!
      const turn = turns.get(key)
      if (turn) turn.count++
      else turns.set(key, { thread: object[i]!, site: site[i]!, count: 1 })
    }
  return [...turns.values()].sort((a, b) => b.count - a.count)
}
