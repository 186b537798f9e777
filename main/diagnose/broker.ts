// The queues of brokers, with the jobs that went through each: what the rules about them look at.
//
//   submitted ┈┈ in the broker ┈┈ accepted ┈┈ kept by a worker process ┈┈ begun ▓▓▓▓ ended ┈┈ fetched
//
// In: a trace. Out: a queue each, its tries in order. A job that is only spoken of, as what waits for others, is among them.
import { outcomes } from '../../wire/kinds.ts'
import { submissionsOf } from '../query/submissions.ts'
import type { SubmissionRow } from '../store/between.ts'
import type { ObjectRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'

export interface BrokersQueue {
  pool: ObjectRow
  tries: SubmissionRow[]
}

/** The agent's modules say in the key whose queue it is. */
const isBrokers = ({ key }: ObjectRow): boolean => key.startsWith('celery:')

export function queuesOf(trace: Trace): BrokersQueue[] {
  const queues = new Map<number, BrokersQueue>()
  for (const row of submissionsOf(trace)) {
    const pool = trace.objects[row.pool]!
    if (!isBrokers(pool)) continue
    const queue = queues.get(pool.id)
    if (queue) queue.tries.push(row)
    else queues.set(pool.id, { pool, tries: [row] })
  }
  return [...queues.values()]
}

/** The last try of each job, over all queues. */
export const lastTries = (queues: readonly BrokersQueue[]): Map<string, SubmissionRow> => {
  const last = new Map<string, SubmissionRow>()
  for (const { tries } of queues)
    for (const row of tries) if (row.submitted || !last.has(row.key)) last.set(row.key, row)
  return last
}

export const failed = ({ outcome }: SubmissionRow): boolean => outcome !== null && outcome !== outcomes.done

/** The process of who did something there. */
export const processAt = (trace: Trace, lane: number): number => trace.objects[trace.lanes[lane]!.object]!.process

/** "tasks.add", with how often */
export const timesEach = (names: readonly string[]): string[] => {
  const times = new Map<string, number>()
  for (const name of names) times.set(name, (times.get(name) ?? 0) + 1)
  return [...times].map(([name, n]) => (n === 1 ? name : `${name} (${n} of them)`))
}
