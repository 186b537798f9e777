// Convoy: threads march in step behind a lock that nobody holds for long.
//
//   a  ▒▒▒   ····▒▒▒   ····▒▒▒        ▒ holds   · waits   and ' ' works
//   b  ···▒▒▒   ····▒▒▒   ····▒▒▒     each is back for its next turn before the queue has drained
//   c  ······▒▒▒   ····▒▒▒
//
// Told when all of this is true, so that plain contention with one slow holder is not: at least four threads, a hundred
// turns and 100 ms; three turns of four had to wait; the lock is taken seven tenths of the time; on average more than
// one and a half threads stand in the queue; and holds much longer than the usual (eight times the median) are less than
// a third of the time held: it is the number of turns that costs, not a few of them. (Nine of ten turns, eight tenths
// and a quarter are what it is on a quiet machine; a busy one lets a thread miss its turn now and then.)
import { fullName } from '../query/names.ts'
import { duration, many, percent } from '../query/words.ts'
import { heldMeanwhile, isLock, LockUses } from './lock-uses.ts'
import { holdsSql } from './proof.ts'
import type { Found, Rule } from './rule.ts'

export const convoy: Rule = {
  name: 'convoy',
  why: 'The lock is busy all the time and everybody comes back before the queue has drained, so the threads take turns one by one, as if there were only one of them.',
  tryThis:
    'Take the lock less often: collect work and do many pieces in one turn, or hand it to one thread through a queue.',
  tallies: [LockUses],
  look({ trace, behind, tally }) {
    if (behind > 0) return { cannotTell: 'not all of the recording has been read yet' }
    const found: Found[] = []
    for (const [id, use] of tally(LockUses).all) {
      if (use.holds < 100 || use.threads.size < 4) continue
      const object = trace.objects[id]!
      const life = use.last - use.first
      if (!isLock(object.kind) || object.internal || life < 100e6) continue
      const queue = heldMeanwhile(object) / life
      const mean = use.held / use.holds
      if (object.count < 0.75 * use.holds || use.held < 0.7 * life || queue < 1.5 || use.longPart() > 1 / 3) continue
      const name = fullName(trace, id)
      found.push({
        subject: name,
        sentence: `${many(use.threads.size, 'thread')} took ${many(use.holds, 'turn')} of ${duration(mean)} at ${name} and waited before ${percent(Math.min(1, object.count / use.holds))} of them, ${duration(object.total / object.count)} each time: on average ${queue.toFixed(1)} of them stood in the queue.`,
        weight: Math.min(0.99, queue / use.threads.size),
        evidence: [{ lane: object.longestLane, time: object.longestAt, dur: object.longest }],
        sql: holdsSql(id),
      })
    }
    return found
  },
}
