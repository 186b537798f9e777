// Prefetch hoarding: a worker process has taken more tasks from the broker than it can run, while another one of the same
// queue has nothing to do.
//
//   worker1   ▓▓▓▓ long ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓ │ kept ┈┈┈┈┈┈┈┈┈ ▓▓▓│ kept ┈┈┈┈┈┈┈┈┈┈┈┈ ▓▓▓│
//   worker2   ▓▓│▓▓│▓▓│                    nothing to do
//
// Counted is the time in which a task lay in one worker process, accepted and due and not begun, while another one that had
// taken tasks before and still lived had none at all. It is told from 200 ms and a tenth of the time that the queue was
// worked on: a task is always kept for a moment, and a worker process that only ends its last tasks is no loss. A worker
// process that never got a task is not seen here: nobody knows that it listened to this queue.
import { fullName } from '../query/names.ts'
import { duration, list, many } from '../query/words.ts'
import type { SubmissionRow } from '../store/between.ts'
import type { Trace } from '../store/trace.ts'
import { type BrokersQueue, processAt, queuesOf } from './broker.ts'
import { grouped } from './grouped.ts'
import type { Found, Rule } from './rule.ts'

const least = 200e6
const leastShare = 0.1

export const prefetchHoarding: Rule = {
  name: 'prefetch-hoarding',
  why: 'What a worker process has taken from the broker no other one can run, however long its own tasks take.',
  tryThis:
    'Set worker_prefetch_multiplier = 1 and task_acks_late = True for tasks of more than a moment: then a worker process keeps no more tasks than it runs.',
  live: false,
  look: ({ trace }) => queuesOf(trace).flatMap((queue) => hoarders(trace, queue)),
}

/** [from, to), in order and apart from each other */
type Spans = [number, number][]

function hoarders(trace: Trace, { pool, tries }: BrokersQueue): Found[] {
  const taken = tries.filter(({ accepted }) => accepted)
  const byProcess = grouped(taken, ({ accepted }) => processAt(trace, accepted!.lane))
  if (byProcess.size < 2) return []
  const idle = new Map([...byProcess].map(([process, rows]) => [process, idleOf(trace, process, rows)]))
  const first = Math.min(...taken.map(({ accepted }) => accepted!.time))
  const last = Math.max(...taken.map(({ ended, begun, accepted }) => ended ?? begun?.time ?? accepted!.time))
  const found: Found[] = []
  for (const [process, rows] of byProcess) {
    const kept = rows.flatMap((row) => (row.begun && keptSince(row) < row.begun.time ? [row] : []))
    const spans = union(kept.map((row) => [keptSince(row), row.begun!.time]))
    const others = [...idle].flatMap(([other, free]) => {
      const lost = common(spans, free)
      return other !== process && lost > 0 ? [{ other, lost }] : []
    })
    const lost = common(spans, union(others.flatMap(({ other }) => idle.get(other)!)))
    if (lost < least || lost < leastShare * (last - first)) continue
    const waited = kept.filter((row) =>
      others.some(({ other }) => common([[keptSince(row), row.begun!.time]], idle.get(other)!) > 0),
    )
    const name = fullName(trace, pool.id)
    const keeper = trace.processes[process]!.name
    found.push({
      subject: keeper,
      sentence: `${keeper} kept ${many(waited.length, 'task')} of ${name} for ${duration(lost)} that it had nobody to run, while ${list(others.map((o) => `${trace.processes[o.other]!.name} had nothing to do`))}.`,
      weight: Math.min(0.8, lost / (last - first)),
      evidence: waited.slice(0, 8).map((row) => {
        const since = keptSince(row)
        return { lane: row.accepted!.lane, time: since, dur: row.begun!.time - since }
      }),
      sql: keptSql(pool.id),
    })
  }
  return found
}

const keptSince = ({ accepted, due }: SubmissionRow): number => Math.max(accepted!.time, due ?? 0)

/** When the process had no task of the queue, from its first one to its end. */
function idleOf(trace: Trace, process: number, rows: readonly SubmissionRow[]): Spans {
  const { end } = trace.processes[process]!
  const until = end ?? trace.end
  const busy = union(rows.map((row) => [row.accepted!.time, row.ended ?? until]))
  return busy.flatMap(([, to], i): Spans => {
    const next = busy[i + 1]?.[0] ?? until
    return to < next ? [[to, next]] : []
  })
}

function union(spans: Spans): Spans {
  const all: Spans = []
  for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = all.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else all.push([from, to])
  }
  return all
}
function common(a: Spans, b: Spans): number {
  let sum = 0
  for (const [from, to] of a)
    for (const [start, end] of b) sum += Math.max(0, Math.min(to, end) - Math.max(from, start))
  return sum
}

const keptSql = (pool: number): string => `\
SELECT p.name AS taken_by, s.name, s.accepted / 1e6 AS accepted_ms, s.begun / 1e6 AS begun_ms, s.ended / 1e6 AS ended_ms,
  (s.begun - s.accepted) / 1e6 AS kept_ms
FROM submission s JOIN lane l ON l.id = s.accept_lane JOIN object o ON o.id = l.object JOIN process p ON p.id = o.process
WHERE s.pool = ${pool} AND s.begun NOT NULL ORDER BY kept_ms DESC`
