// Jobs that several processes know by a key: of a broker, a remote server, a cluster. Whoever submits one, takes it from
// the broker, runs it or fetches its result says so under the key; here it gets its number in the pool, and from there on it
// is a job like any other (jobs.ts).
//
//   client   submit(key) ┐                                       ┌ result(key)      table submission: a row a try
//   broker               └ ▒▒ waits ▒▒ accept(key) ▒▒ kept ▒▒┐   │
//   worker                                  jobBegin(key) ██ jobEnd
//
// A job that is submitted or begun again after it had begun is a further try: a row of its own. One that is only spoken of,
// as what needs others' results, has a row as well: it may never be submitted.
import { flowKinds } from '../../wire/kinds.ts'
import type { JobLine } from '../../wire/side-file.ts'
import { SubmissionRow } from '../store/between.ts'
import type { Trace } from '../store/trace.ts'
import { jobBegin, jobEnd, result, submit } from './jobs.ts'
import type { Item, ObjectState, ThreadState } from './object-state.ts'

/** What is known of the jobs of a pool by their keys. */
export class KeyedJobs {
  private readonly tries = new Map<string, SubmissionRow[]>()
  private readonly said = new Map<string, JobLine[]>()
  private count = 0

  /** The newest try, null: none was seen. */
  newest(key: string): SubmissionRow | null {
    return this.tries.get(key)?.at(-1) ?? null
  }
  /** The newest that runs on this lane: its retry may have been submitted while it ran. */
  running(key: string, lane: number): SubmissionRow | null {
    return this.tries.get(key)?.findLast((row) => row.begun?.lane === lane && row.ended === null) ?? null
  }
  another(trace: Trace, pool: ObjectState, key: string): SubmissionRow {
    const row = new SubmissionRow(pool.id, ++this.count, key)
    const tries = this.tries.get(key)
    if (tries) {
      // a broker may hand the same message out again: nobody says anew what it is
      const { name, id, parent, group, bytes, ignored, needs } = tries[0]!
      Object.assign(row, { name, id, parent, group, bytes, ignored, needs, retries: tries.length })
      tries.push(row)
    } else this.tries.set(key, [row])
    for (const line of this.said.get(key) ?? []) tell(trace, row, line)
    trace.submissions.push(row)
    return row
  }
  /** A line may come before the records that it is about, and speaks of the try that it names, or of all. */
  hear(trace: Trace, pool: ObjectState, line: JobLine): void {
    const lines = this.said.get(line.key)
    if (lines) lines.push(line)
    else this.said.set(line.key, [line])
    const tries = this.tries.get(line.key)
    if (!tries && line.needs) this.another(trace, pool, line.key)
    for (const row of tries ?? []) tell(trace, row, line)
  }
}
/** Who fetches a result may not know where the job was submitted to. */
export const poolOfJob = (pools: Iterable<ObjectState>, key: string): ObjectState | null => {
  for (const pool of pools) if (pool.keyed?.newest(key)) return pool
  return null
}

const tell = (trace: Trace, row: SubmissionRow, line: JobLine): void => {
  if (line.retries !== undefined && line.retries !== row.retries) return
  row.name = line.name ?? (row.name || (line.called ?? ''))
  row.id = line.id ?? row.id
  row.parent = line.parent ?? row.parent
  row.group = line.group ?? row.group
  row.bytes = line.bytes ?? row.bytes
  row.ignored = line.ignored ?? row.ignored
  if (line.needs) row.needs = [...new Set([...row.needs, ...line.needs])]
  const since = Number(trace.facts.get('started_at') ?? 0)
  if (line.due !== undefined) row.due = Math.round((line.due - since) * 1e6)
}

const hex = (half: number) => half.toString(16).padStart(8, '0')
export const keyOf = (low: number, high: number): string => hex(high) + hex(low)
const keyed = (pool: ObjectState): KeyedJobs => (pool.keyed ??= new KeyedJobs())
const isOnlySpokenOf = ({ submitted, accepted, begun }: SubmissionRow) => !submitted && !accepted && !begun
const here = (thread: ThreadState, time: number): Item => ({ lane: thread.lane.id, time })

export const submitKeyed = (
  trace: Trace,
  thread: ThreadState,
  pool: ObjectState,
  time: number,
  { key, site }: { key: string; site: number },
): void => {
  const known = keyed(pool).newest(key)
  const row = known && isOnlySpokenOf(known) ? known : keyed(pool).another(trace, pool, key)
  row.submitted = here(thread, time)
  row.site = site
  submit(trace, thread, pool, time, { job: row.number, parts: 1, site })
}

export const accept = (trace: Trace, thread: ThreadState, pool: ObjectState, time: number, key: string): void => {
  const known = keyed(pool).newest(key)
  const row = known && known.begun === null ? known : keyed(pool).another(trace, pool, key)
  row.accepted ??= here(thread, time)
}

export const keyedBegins = (
  trace: Trace,
  thread: ThreadState,
  pool: ObjectState,
  time: number,
  { key, site, pools }: { key: string; site: number; pools: Iterable<ObjectState> },
): void => {
  const known = keyed(pool).newest(key)
  const row = known && known.begun === null ? known : keyed(pool).another(trace, pool, key)
  row.begun = here(thread, time)
  for (const need of row.needs) {
    const before = (keyed(pool).newest(need) ? pool : poolOfJob(pools, need))?.keyed?.newest(need)
    if (before?.begun && before.ended !== null && before.ended <= time)
      trace.flow(flowKinds.needs, before.begun.lane, before.ended, thread.lane.id, time, pool.id)
  }
  jobBegin(trace, thread, pool, time, { job: row.number, site })
}

export const keyedEnds = (
  trace: Trace,
  thread: ThreadState,
  pool: ObjectState,
  time: number,
  { key, outcome }: { key: string; outcome: number },
): void => {
  const row = keyed(pool).running(key, thread.lane.id)
  if (!row) return
  row.ended = time
  row.outcome = outcome
  jobEnd(trace, thread, pool, time, { job: row.number, part: 0, outcome, keyed: true })
}

/** Whoever has the result first: later looks at it are no events of the job. */
export const keyedResult = (trace: Trace, thread: ThreadState, pool: ObjectState, time: number, key: string): void => {
  const row = keyed(pool).newest(key)
  if (!row || row.fetched) return
  row.fetched = here(thread, time)
  result(trace, thread, pool, time, { job: row.number, part: 0 })
}

export const hearJob = (trace: Trace, pool: ObjectState, line: JobLine): void => keyed(pool).hear(trace, pool, line)
