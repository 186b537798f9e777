// Unfetched results: a task's results are stored each time, and nobody asks for them.
//
// It is told of a task of which twenty results or more were stored and a tenth of them fetched at most: who forgets a few
// has other worries, who forgets them all does not want them. Not counted is what is read in another way: the results of
// a chord's tasks, and of a task after which another one was submitted in its name (the next of a chain, a subtask). Only
// tasks that were seen submitted count: who submitted the others may fetch them as well.
import { fullName } from '../query/names.ts'
import { count } from '../query/words.ts'
import type { SubmissionRow } from '../store/between.ts'
import { lastTries, queuesOf } from './broker.ts'
import { grouped } from './grouped.ts'
import type { Found, Rule } from './rule.ts'

const least = 20
const mostFetched = 0.1

export const unfetchedResults: Rule = {
  name: 'unfetched-results',
  why: 'Each result is written into the result backend and lies there until it expires, a day by default: that takes time in every task, and memory in Redis.',
  tryThis:
    'Say ignore_result=True in the task, or task_ignore_result in the settings and False where a result is read.',
  live: false,
  look({ trace }) {
    const queues = queuesOf(trace)
    const last = lastTries(queues)
    const needed = new Set([...last.values()].flatMap(({ needs }) => needs))
    const parents = new Set([...last.values()].map(({ parent }) => parent))
    const found: Found[] = []
    for (const { pool, tries } of queues) {
      const stored = tries.filter(
        (row) =>
          row === last.get(row.key) && row.submitted && row.begun && row.ended !== null && !row.ignored &&
          !needed.has(row.key) && !parents.has(row.id),
      ) // prettier-ignore
      for (const [name, rows] of grouped(stored, (row) => row.name)) {
        const unread = rows.filter(({ fetched }) => !fetched)
        if (unread.length < least || rows.length - unread.length > rows.length * mostFetched) continue
        found.push(told(fullName(trace, pool.id), name, unread, rows.length, pool.id))
      }
    }
    return found
  },
}

const told = (queue: string, name: string, unread: SubmissionRow[], of: number, pool: number): Found => ({
  subject: name,
  sentence: `${count(unread.length)} of ${count(of)} results of ${name} (${queue}) were stored and fetched by no process that was recorded.`,
  weight: 0.1,
  evidence: unread
    .slice(0, 8)
    .map(({ begun, ended }) => ({ lane: begun!.lane, time: begun!.time, dur: ended! - begun!.time })),
  sql: `\
SELECT name, count(*) AS results, count(fetched) AS fetched, sum(ignored) AS ignored FROM submission
WHERE pool = ${pool} AND name = '${name.replaceAll("'", "''")}' AND ended NOT NULL GROUP BY name`,
})
