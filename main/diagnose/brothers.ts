// Jobs of one kind in a pool whose jobs need each other, as map and reduce: in each round of them the one that the others had to
// wait for, and what that cost.
//
//   worker-0   m m m m mmmmmmmmmmmmmmmm      a round: jobs of one name, each submitted before those before it were over
//   worker-1   m m m m ··············· r     its tail: from when its last but one is over until the last is
//   worker-2   m m m m ··············· r     idle in it: what the workers could have done meanwhile, and had not
//
// In: the submissions. Out: a round each, when it has four jobs or more (of three one is easily the longest), and the last to
// end is the one that took longest, and is not what all are like: three times as long as half of the others. Workers that have
// never run a job are counted too when the cluster says that it has them.
import { submissionsOf } from '../query/submissions.ts'
import { duration, many, percent } from '../query/words.ts'
import type { SubmissionRow } from '../store/between.ts'
import type { Trace } from '../store/trace.ts'
import { grouped } from './grouped.ts'

/** One that was begun and is over. */
export interface Brother {
  row: SubmissionRow
  lane: number
  begun: number
  ended: number
  dur: number
}
export interface Round {
  pool: number
  name: string
  late: Brother
  others: Brother[]
  workers: number
  /** of the others: half took no longer, and got no more bytes */
  usual: { dur: number; bytes: number }
  tail: { from: number; to: number }
  /** ns of all workers together: idle in the tail, and all that they had from the first job of the round on */
  idle: number
  capacity: number
  /** jobs of the pool that had not begun when it was over */
  waiting: number
}

const leastJobs = 4
const least = 200e6
const farLonger = 3

/** Half of the pool's jobs or more need another one or are needed: imbalance leaves it to the rules that look at kinds of jobs. */
export function isGraph(trace: Trace, pool: number): boolean {
  const rows = submissionsOf(trace).filter((row) => row.pool === pool)
  const needed = new Set(rows.flatMap(({ needs }) => needs))
  return (
    rows.length > 0 && rows.filter(({ key, needs }) => needs.length > 0 || needed.has(key)).length >= rows.length / 2
  )
}

export function roundsWithOneLate(trace: Trace): Round[] {
  const found: Round[] = []
  for (const [pool, rows] of grouped(submissionsOf(trace), (row) => row.pool)) {
    if (!isGraph(trace, pool)) continue
    const jobs = rows.flatMap(over)
    const workers = Math.max(trace.objects[pool]!.capacity, new Set(jobs.map(({ lane }) => lane)).size)
    for (const [name, kind] of grouped(jobs, ({ row }) => row.name))
      for (const round of roundsOf(kind)) {
        const told = oneLate(round, { pool, name, workers, jobs, rows })
        if (told) found.push(told)
      }
  }
  return found
}

const over = (row: SubmissionRow): Brother[] =>
  row.begun && row.ended !== null && row.outcome !== null
    ? [{ row, lane: row.begun.lane, begun: row.begun.time, ended: row.ended, dur: row.ended - row.begun.time }]
    : []

function roundsOf(kind: Brother[]): Brother[][] {
  const submitted = ({ row, begun }: Brother) => row.submitted?.time ?? begun
  const rounds: Brother[][] = []
  let until = -1
  for (const job of kind.toSorted((a, b) => submitted(a) - submitted(b))) {
    if (submitted(job) > until) rounds.push([])
    rounds.at(-1)!.push(job)
    until = Math.max(until, job.ended)
  }
  return rounds
}

function oneLate(
  round: Brother[],
  of: { pool: number; name: string; workers: number; jobs: Brother[]; rows: SubmissionRow[] },
): Round | null {
  if (round.length < leastJobs) return null
  const late = round.reduce((a, b) => (b.ended > a.ended ? b : a))
  const others = round.filter((job) => job !== late)
  const usual = { dur: median(others.map(({ dur }) => dur)), bytes: median(others.map(({ row }) => row.bytes)) }
  if (late.dur < farLonger * usual.dur || others.some(({ dur }) => dur > late.dur)) return null
  const from = Math.max(late.begun, ...others.map(({ ended }) => ended))
  const to = late.ended
  const busy = of.jobs.reduce((sum, job) => sum + Math.max(0, Math.min(to, job.ended) - Math.max(from, job.begun)), 0)
  return {
    ...{ pool: of.pool, name: of.name, workers: of.workers, late, others, usual, tail: { from, to } },
    idle: Math.max(0, (to - from) * of.workers - busy),
    capacity: (to - Math.min(...round.map(({ begun }) => begun))) * of.workers,
    waiting: of.rows.filter(({ submitted, begun }) => submitted && submitted.time < to && (begun?.time ?? to) >= to)
      .length,
  }
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[(values.length - 1) >> 1]!

/** It is worth telling: somebody waits for it, and much is lost. (The thresholds: stragglers.ts.) */
export const isCostly = ({ idle, capacity, waiting, late }: Round): boolean =>
  idle >= least && idle >= 0.3 * capacity && (waiting > 0 || late.row.fetched !== null)

/** "; for the last 979 ms …" */
export function whatItCost({ tail, idle, capacity, workers, waiting }: Round): string {
  const stood = Math.round(idle / (tail.to - tail.from))
  const waited = waiting > 0 ? `, and ${many(waiting, 'job')} waited for it` : ''
  return `; for the last ${duration(tail.to - tail.from)} ${stood} of ${many(workers, 'worker')} had nothing to do${waited}. ${percent(idle / capacity)} of what they could have done in this step was lost so.`
}
