// A lock that protects something is released by a thread that does not hold it: two threads are inside from then on.
//
// A plain lock as a signal is legal: one thread takes it, another gives it back, turn after turn. So it is told only of a
// lock that is used as mutual exclusion: two threads or more have taken it, and of its turns (ten at least) no more than
// one in ten was ended by somebody else. An RLock raises an error instead and needs no rule.
import { objectKinds } from '../../wire/kinds.ts'
import { fullName, nameOf } from '../query/names.ts'
import { list, many } from '../query/words.ts'
import { LockUses } from './lock-uses.ts'
import { incidentSql } from './proof.ts'
import type { Found, Rule } from './rule.ts'

export const foreignRelease: Rule = {
  name: 'foreign-release',
  why: 'A plain lock does not check who releases it: the next thread is let in while the one that holds it is still at work.',
  tryThis:
    'Use `with lock:`, so that whoever takes it gives it back; or an RLock, which raises an error when somebody else tries. For a signal between threads use an Event.',
  tallies: [LockUses],
  look({ trace, tally }) {
    const found: Found[] = []
    for (const object of trace.objects) {
      if (!object?.signal || object.internal || object.kind !== objectKinds.lock) continue
      const use = tally(LockUses).all.get(object.id)
      const rows = (object.incidents ?? []).filter((i) => i.what === 'foreignRelease')
      const times = rows.reduce((sum, i) => sum + i.count, 0)
      if (!times || !use || use.threads.size < 2 || use.holds < 10 || times > use.holds / 10) continue
      const name = fullName(trace, object.id)
      const by = rows.map((i) => `${nameOf(trace, i.actor)} ${many(i.count, 'time')}`)
      found.push({
        subject: name,
        sentence: `${name} was released by a thread that did not hold it: by ${list(by)}. ${many(use.threads.size, 'thread')} take it in ${many(use.holds, 'turn')}, each to be alone with something.`,
        weight: 0.7,
        evidence: rows.flatMap(({ actor, first }) => {
          const lane = trace.objects[actor]?.lane
          return lane ? [{ lane: lane.id, time: first, dur: 0 }] : []
        }),
        sql: incidentSql(['foreignRelease'], object.id),
      })
    }
    return found
  },
}
