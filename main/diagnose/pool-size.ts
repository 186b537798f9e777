// Pool size: jobs wait though more workers could run them, or workers stand by that never have anything to do.
//
// Too small is told when the jobs waited five times as long as they ran (and 200 ms in all, each job), the workers there
// were busy 85 % of the pool's time, and a worker more would have helped: either the jobs mostly rest (sleep, I/O, calls
// outside Python: of the workers' longest jobs nine tenths or more), or it is a pool of processes with fewer workers than
// the machine has cores, whose jobs do not spend most of their time waiting for a device. Five times: a batch of a few jobs more than workers always waits a little, and somebody chose
// the number. Too large is told of pools of four or more processes of which never more than half were busy at once, with
// twenty jobs or more: threads are made when they are needed and cost little, a process costs its start and its memory.
//
// A broker's queue is a pool like any other: its workers are those of all worker processes. A job waits there only from when
// it is due, and from when the first worker process had taken one: before that no number of workers would have helped. In a
// cluster it waits from when the jobs that it needs are over, and from when the first of all began. Of the threads of a remote
// server server-saturation tells.
import { sliceKinds } from '../../wire/kinds.ts'
import { fullName, nameOf } from '../query/names.ts'
import { columnsIn } from '../query/read.ts'
import { submissionsOf } from '../query/submissions.ts'
import { duration, list, many, percent } from '../query/words.ts'
import type { ObjectRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { queuesOf } from './broker.ts'
import { coresOf } from './machine.ts'
import { outsidePython } from './outside-python.ts'
import { PoolUses, type Job, type PoolUse } from './pool-uses.ts'
import { jobsSql } from './proof.ts'
import { isServer } from './remote-calls.ts'
import type { Found, Rule } from './rule.ts'

const leastLife = 200e6

export const poolSize: Rule = {
  name: 'pool-size',
  why: 'A job that no worker is free for stands in the queue, however short it is; a worker that is never needed costs its start and its memory.',
  tryThis: 'Give the pool more workers: for jobs that wait for disks and networks many more than there are cores.',
  tallies: [PoolUses],
  live: false,
  look({ trace, tally }) {
    const found: Found[] = []
    for (const [id, use] of tally(PoolUses).all) {
      const pool = trace.objects[id]!
      if (use.last - use.first < leastLife || pool.internal || isServer(pool)) continue
      const told = tooSmall(trace, pool, use) ?? tooLarge(trace, pool, use)
      if (told) found.push(told)
    }
    return found
  },
}

const ofProcesses = (trace: Trace, pool: ObjectRow, use: PoolUse): boolean =>
  use.workers.size ===
  new Set([...use.workers.keys()].map((worker) => trace.objects[worker]!.process).filter((id) => id !== pool.process))
    .size

/** ns that the jobs lay in a broker's queue on average, and what of it a worker process kept them; null: it is none. */
function inBroker(trace: Trace, pool: ObjectRow): { waits: number; kept: number } | null {
  const tries = queuesOf(trace)
    .find((queue) => queue.pool === pool)
    ?.tries.filter(({ begun }) => begun)
  if (!tries || tries.length === 0) return null
  const served = Math.min(...tries.map(({ accepted, begun }) => (accepted ?? begun!).time))
  let [waits, kept] = [0, 0]
  for (const { submitted, due, accepted, begun } of tries) {
    const since = Math.max((submitted ?? begun!).time, due ?? 0, served)
    waits += Math.max(0, begun!.time - since)
    if (accepted) kept += Math.max(0, begun!.time - Math.max(since, accepted.time))
  }
  return { waits: waits / tries.length, kept: kept / tries.length }
}

/** The same of a cluster or an executor with keyed jobs: they wait from when what they need is there. */
function inCluster(trace: Trace, pool: ObjectRow): number | null {
  const rows = submissionsOf(trace).filter((row) => row.pool === pool.id && row.begun)
  if (rows.length === 0) return null
  const first = rows.reduce((least, { begun }) => Math.min(least, begun!.time), Infinity)
  const ends = new Map(rows.map(({ key, ended }) => [key, ended ?? 0]))
  let waits = 0
  for (const { submitted, needs, begun } of rows) {
    const ready = needs.reduce(
      (latest, key) => Math.max(latest, ends.get(key) ?? 0),
      Math.max(first, submitted?.time ?? 0),
    )
    waits += Math.max(0, begun!.time - ready)
  }
  return waits / rows.length
}

function tooSmall(trace: Trace, pool: ObjectRow, use: PoolUse): Found | null {
  const broker = inBroker(trace, pool)
  const workers = (broker && pool.capacity) || use.workers.size
  const runs = use.busy / use.jobs
  const waits = broker?.waits ?? inCluster(trace, pool) ?? (pool.count ? pool.total / pool.count : 0)
  const busy = use.busy / (workers * (use.last - use.first))
  if (waits < 5 * runs || waits < leastLife || busy < 0.85) return null
  const rests = resting(trace, use)
  const cores = ofProcesses(trace, pool, use) ? coresOf(trace) : 0
  if (rests < 0.9 && (workers >= cores || onDevice(trace, use) > 0.5)) return null
  const because =
    rests >= 0.9
      ? `the jobs rest ${percent(rests)} of their time (sleep, I/O, calls outside Python), so more workers could run side by side`
      : `the machine has ${many(cores, 'core')}`
  const name = fullName(trace, pool.id)
  const where = broker
    ? ` (${duration(waits - broker.kept)} in the broker, ${duration(broker.kept)} in a worker process that had taken them)`
    : ''
  return {
    subject: name,
    sentence: `Jobs waited ${duration(waits)} on average for ${workers === 1 ? 'the only worker' : `one of the ${many(workers, 'worker')}`} of ${name}${where}, and then ran ${duration(runs)}; the workers were busy ${percent(Math.min(1, busy))} of its time, and ${because}.`,
    weight: Math.min(0.5, (1 - 1 / (1 + waits / runs)) / 2),
    evidence: [{ lane: pool.longestLane, time: pool.longestAt, dur: pool.longest }, ...longestJobs(use)],
    sql: jobsSql(pool.id),
  }
}

function tooLarge(trace: Trace, pool: ObjectRow, use: PoolUse): Found | null {
  const workers = pool.capacity
  if (workers < 4 || use.jobs < 20 || use.most > workers / 2 || !ofProcesses(trace, pool, use)) return null
  const name = fullName(trace, pool.id)
  return {
    subject: name,
    sentence: `${name} has ${many(workers, 'process', 'processes')}, and never more than ${use.most} of them had a job at once (${list([...use.workers.keys()].map((worker) => nameOf(trace, worker)))} ran ${many(use.jobs, 'job')}).`,
    weight: 0.05,
    tryThis: `Give it ${many(Math.max(1, use.most), 'worker')}, or larger jobs that are handed out sooner.`,
    evidence: longestJobs(use),
    sql: jobsSql(pool.id),
  }
}

const longestJobs = (use: PoolUse): Found['evidence'] =>
  [...use.workers.values()]
    .map(({ longest: { lane, time, dur } }) => ({ lane, time, dur }))
    .sort((a, b) => b.dur - a.dur)
    .slice(0, 8)

/** The part of the workers' longest jobs in which they did not run Python code and did not wait for the GIL. */
export function resting(trace: Trace, use: PoolUse): number {
  let rested = 0
  let all = 0
  for (const [worker, { longest }] of [...use.workers].slice(0, 16)) {
    const outside = outsidePython(trace, { thread: worker, ...longest })
    if (outside === null) continue
    all += longest.dur
    rested += outside + waitsIn(trace, worker, longest, [sliceKinds.sleep, sliceKinds.io])
  }
  return all > 0 ? rested / all : 0
}

/** The part of these jobs in which they waited for a device: it sets their pace, not the cores. */
function onDevice(trace: Trace, use: PoolUse): number {
  let waited = 0
  let all = 0
  for (const [worker, { longest }] of [...use.workers].slice(0, 16)) {
    all += longest.dur
    waited += waitsIn(trace, worker, longest, [sliceKinds.device])
  }
  return all > 0 ? waited / all : 0
}

/** ns of the job that the worker waited so */
function waitsIn(trace: Trace, worker: number, { time, dur }: Job, kinds: readonly number[]): number {
  const { lane } = trace.objects[worker]!
  let sum = 0
  for (const [columns, first, last] of lane ? columnsIn(trace, lane, time, time + dur) : [])
    for (let i = first; i < last; i++)
      if (kinds.includes(columns.kind[i]!))
        sum += Math.min(time + dur, columns.start[i]! + columns.dur[i]!) - Math.max(time, columns.start[i]!)
  return sum
}
