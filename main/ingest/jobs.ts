// Pools: a job that is submitted waits for a worker, which then runs it; its result goes back to who submitted it.
//
//   caller   submit(7) ┐                                 ┌ result(7)      in the same process for threads
//   pool               └ waits ▒▒▒▒▒ ┐ ████ runs ████ ┐  │                one lane a worker that is busy
//   worker                           jobBegin     jobEnd ┘
//
// Waiting jobs have no lane of their own, since nobody stands still for them: they are counted in a queue beside the pool,
// and their time is blamed on the jobs that ran meanwhile.
import { flowKinds, objectKinds, sliceKinds } from '../../wire/kinds.ts'
import type { Trace } from '../store/trace.ts'
import { firstLane } from './holds.ts'
import { Contention, Jobs, ObjectState, type Submitted, type ThreadState } from './object-state.ts'
import { become } from './queues.ts'
import { count } from './waits.ts'

const jobsOf = (trace: Trace, pool: ObjectState): Jobs => {
  if (pool.jobs === null) {
    const { process, name, file, line, created } = pool.row
    const row = trace.addObject(process, objectKinds.queue, `${name}: jobs waiting`)
    Object.assign(row, { file, line, created, internal: pool.row.internal })
    pool.jobs = new Jobs(new ObjectState(row))
  }
  return pool.jobs
}

export const submit = (
  trace: Trace,
  thread: ThreadState,
  pool: ObjectState,
  time: number,
  { job, parts, site }: { job: number; parts: number; site: number },
): void => {
  const jobs = jobsOf(trace, pool)
  const { process } = thread.row.object
  jobs.submitted.set(job, { lane: thread.lane.id, time, process, site, left: parts, openEnded: parts === 0 })
  if (parts === 0) return
  const contention = (pool.contention ??= new Contention(pool.row, time))
  if (pool.waiting > 0) contention.account(pool.lane, pool.held, time)
  else contention.restart(time)
  contention.begin(pool.lane, site, parts)
  pool.waiting += parts
  become(trace, jobs.waiting, time, jobs.waiting.depth + parts)
}

export const jobBegin = (
  trace: Trace,
  thread: ThreadState,
  pool: ObjectState,
  time: number,
  { job, site }: { job: number; site: number },
): void => {
  const jobs = jobsOf(trace, pool)
  const from = jobs.submitted.get(job)
  if (pool.waiting > 0) pool.contention!.account(pool.lane, pool.held, time)
  if (from && (from.left > 0 || from.openEnded)) {
    if (from.left > 0) waitsNoMore(trace, pool, jobs, from, time)
    trace.flow(flowKinds.submit, from.lane, Math.min(from.time, time), thread.lane.id, time, pool.id)
  }
  // a thread that a library has started for itself, but for the jobs of the program
  if (thread.row.object.internal && !pool.row.internal && !thread.isTask) {
    thread.row.object.internal = false
    trace.changed(thread.row.object)
  }
  let lane = pool.lane ?? firstLane(trace, pool)
  while (lane.openKind >= 0) lane = lane.next ?? trace.addLane(lane.kind, pool.row, lane)
  lane.open(sliceKinds.job, Math.max(time, lane.lastEnd, lane.lastStart + 1), thread.id, site, job)
  pool.held++
  if (pool.waiting > 0) pool.contention!.met(lane)
}

/** One part of the job has waited for a worker since it was submitted. */
const waitsNoMore = (trace: Trace, pool: ObjectState, jobs: Jobs, from: Submitted, time: number): void => {
  pool.contention!.account(pool.lane, pool.held, time)
  pool.contention!.end(from.site)
  from.left--
  pool.waiting--
  become(trace, jobs.waiting, time, Math.max(0, jobs.waiting.depth - 1))
  count(pool.row, Math.max(0, time - from.time), jobs.waiting.lane!, from.time)
}

export const jobEnd = (
  trace: Trace,
  thread: ThreadState,
  pool: ObjectState,
  time: number,
  { job, part, outcome, keyed = false }: { job: number; part: number; outcome: number; keyed?: boolean },
): void => {
  const jobs = jobsOf(trace, pool)
  let lane = pool.lane
  while (lane !== null && !(lane.openKind === sliceKinds.job && lane.openObject === thread.id && lane.openArg === job))
    lane = lane.next
  if (lane !== null) {
    if (pool.waiting > 0) pool.contention!.account(pool.lane, pool.held, time)
    pool.held--
    trace.closeSlice(lane, time, 0, outcome)
  }
  const from = jobs.submitted.get(job)
  if (from && (keyed || from.process !== thread.row.object.process))
    jobs.ended.set(`${job} ${part}`, { lane: thread.lane.id, time })
  else if (from && from.left === 0 && !from.openEnded) jobs.submitted.delete(job)
}

/** The submitting process has it. A part that never began (cancelled, or the pool broke) waits no more. */
export const result = (
  trace: Trace,
  thread: ThreadState,
  pool: ObjectState,
  time: number,
  { job, part }: { job: number; part: number },
): void => {
  const jobs = jobsOf(trace, pool)
  const key = `${job} ${part}`
  const from = jobs.ended.get(key)
  if (!from) {
    const waiting = jobs.submitted.get(job)
    if (waiting && waiting.left > 0) waitsNoMore(trace, pool, jobs, waiting, time)
    return
  }
  jobs.ended.delete(key)
  trace.flow(flowKinds.result, from.lane, Math.min(from.time, time), thread.lane.id, time, pool.id)
}
