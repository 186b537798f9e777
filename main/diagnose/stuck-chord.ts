// Stuck chord: a callback that was to run when the tasks of a group are done, and never does.
//
//   fetch ▓▓▓   fetch ▓▓▓   fetch ▓▓✗        total (the callback) is submitted by nobody
//
// It is told when the callback was not submitted in the whole recording though each task before it is over, or one of them
// has failed for good, and there is a reason: one has failed (its retry, if it has one, is what counts), or the result of
// one is ignored, so that nobody can learn that it is done. Without such a reason it may just not have come so far.
import { fullName } from '../query/names.ts'
import { list, many } from '../query/words.ts'
import type { SubmissionRow } from '../store/between.ts'
import { failed, lastTries, queuesOf, timesEach } from './broker.ts'
import type { Found, Rule } from './rule.ts'

export const stuckChord: Rule = {
  name: 'stuck-chord',
  why: 'The callback of a chord runs when the result of each task before it is there. Without one of them whoever waits for the callback waits in vain, or gets an error that is not its own.',
  tryThis:
    'Let the tasks before a callback keep their results, and end well: catch in the task what may go wrong and return that, or retry it; link_error on the callback says what to do when it fails all the same.',
  live: false,
  look({ trace }) {
    const queues = queuesOf(trace)
    const last = lastTries(queues)
    const found: Found[] = []
    for (const { pool, tries } of queues)
      for (const callback of tries) {
        if (callback.needs.length === 0 || callback !== last.get(callback.key) || callback.submitted || callback.begun)
          continue
        const before = callback.needs.flatMap((key) => last.get(key) ?? [])
        const reason = whyNot(before)
        if (!reason) continue
        const name = callback.name || 'The callback of a chord'
        found.push({
          subject: name,
          sentence: `${name} was to run after ${many(callback.needs.length, 'task')} of ${fullName(trace, pool.id)} and never did: ${reason.words}.`,
          weight: 0.9,
          evidence: reason.rows.flatMap(({ begun, ended }) =>
            begun && ended !== null ? [{ lane: begun.lane, time: begun.time, dur: ended - begun.time }] : [],
          ),
          sql: needsSql(callback),
        })
      }
    return found
  },
}

function whyNot(before: readonly SubmissionRow[]): { words: string; rows: SubmissionRow[] } | null {
  const bad = before.filter(failed)
  if (bad.length > 0) return { words: `${list(timesEach(bad.map(({ name }) => name)))} failed`, rows: bad }
  if (before.some(({ ended }) => ended === null)) return null
  const unheard = before.filter(({ ignored }) => ignored)
  if (unheard.length === 0) return null
  const names = list(timesEach(unheard.map(({ name }) => name)))
  return { words: `the results of ${names} are ignored, so that nobody learns that they are done`, rows: unheard }
}

const needsSql = ({ pool, number }: SubmissionRow): string => `\
SELECT s.name, s.id, s.retries, k.name AS outcome, s.ignored, s.begun / 1e6 AS begun_ms, s.ended / 1e6 AS ended_ms
FROM need n JOIN submission s ON s.key = n.key LEFT JOIN kind k ON k.what = 'outcome' AND k.id = s.outcome
WHERE n.pool = ${pool} AND n.number = ${number} ORDER BY s.begun`
