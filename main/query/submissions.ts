// The jobs that several processes know by a key: of a trace that was recorded here they are in memory, of one that was opened in
// its file.
import { SubmissionRow, type Place } from '../store/between.ts'
import type { Trace } from '../store/trace.ts'

const known = new WeakMap<Trace, readonly SubmissionRow[]>()

export function submissionsOf(trace: Trace): readonly SubmissionRow[] {
  if (trace.live || trace.submissions.length > 0) return trace.submissions
  let stored = known.get(trace)
  if (!stored) known.set(trace, (stored = [...read(trace)]))
  return stored
}

const place = (lane: unknown, time: unknown): Place | null =>
  lane === null ? null : { lane: Number(lane), time: Number(time) }

function* read(trace: Trace): Generator<SubmissionRow> {
  const needs = new Map<string, string[]>()
  for (const [pool, number, key] of trace.db.prepare('SELECT * FROM need').raw().iterate() as Iterable<unknown[]>) {
    const of = `${String(pool)} ${String(number)}`
    needs.set(of, [...(needs.get(of) ?? []), String(key)])
  }
  const rows = trace.db.prepare('SELECT * FROM submission').iterate() as Iterable<Record<string, unknown>>
  for (const r of rows) {
    const row = new SubmissionRow(Number(r.pool), Number(r.number), String(r.key))
    row.name = String(r.name)
    row.id = String(r.id)
    row.parent = String(r.parent)
    row.group = String(r.grp)
    row.needs = needs.get(`${row.pool} ${row.number}`) ?? []
    row.bytes = Number(r.bytes)
    row.retries = Number(r.retries)
    row.due = r.due as number | null
    row.ignored = r.ignored === 1
    row.submitted = place(r.from_lane, r.submitted)
    row.site = Number(r.site)
    row.accepted = place(r.accept_lane, r.accepted)
    row.begun = place(r.worker_lane, r.begun)
    row.ended = r.ended as number | null
    row.outcome = r.outcome as number | null
    row.fetched = place(r.to_lane, r.fetched)
    yield row
  }
}
