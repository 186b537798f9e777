// Whatever events come, in whatever order, from agents that are wrong or cut off: ingest does not fail, the store stays
// whole, and its sums are the sums of its slices. A sequence that breaks this is shrunk to the few records that do.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventKinds, flags, objectKinds, reasons, sliceKinds, type EventKind } from '../../wire/kinds.ts'
import { examine } from '../diagnose/diagnose.ts'
import { criticalPath } from '../query/critical-path.ts'
import { lanes } from '../query/lanes.ts'
import { parallelism } from '../query/parallelism.ts'
import { window } from '../query/window.ts'
import { createTrace, openTrace, type Trace } from '../store/database.ts'
import { makeRows } from '../store/rows.ts'
import { Ingest } from './ingest.ts'
import { EventWriter } from './write-events.ts'

let folder = ''
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'interleave-fuzz-'))))
afterAll(() => rmSync(folder, { recursive: true }))

interface Fuzzed {
  process: number
  thread: number
  object: number
  kind: number
  /** after the last record */
  later: number
  /** how its seq lies to the object's next one; null: it has none */
  seq: number | null
  site: number
  flags: number
  arg: number
}
const oneOf = (table: Record<string, number>) => fc.constantFrom(...Object.values(table))
const record: fc.Arbitrary<Fuzzed> = fc.record({
  process: fc.constantFrom(0, 0, 0, 1),
  thread: fc.integer({ min: 0, max: 5 }),
  object: fc.integer({ min: 0, max: 14 }),
  kind: fc.oneof(
    { weight: 20, arbitrary: oneOf(eventKinds) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
  ),
  later: fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: 0, max: 300 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 1e9 }) },
    { weight: 1, arbitrary: fc.integer({ min: -500, max: 0 }) },
  ),
  seq: fc.oneof(
    { weight: 20, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: -3, max: 3 }) },
    fc.constant(null),
  ),
  site: fc.integer({ min: 0, max: 4 }),
  flags: fc
    .tuple(
      fc.oneof(oneOf(reasons), oneOf(objectKinds), fc.integer({ min: 0, max: 255 })),
      fc.subarray(Object.values(flags)),
    )
    .map(([low, high]) => high.reduce((all, flag) => all | flag, low)),
  arg: fc.oneof({ weight: 10, arbitrary: fc.integer({ min: 0, max: 6 }) }, fc.constantFrom(1000, 4294967295)),
})
interface Program {
  records: Fuzzed[]
  forks: boolean
  ends: boolean
  /** records between two looks of ingest */
  portion: number
}
/** A record of these may say two things (wire/record.ts). */
const returning = new Set<number>([eventKinds.send, eventKinds.wait, eventKinds.enter, eventKinds.receive])
const program: fc.Arbitrary<Program> = fc.record({
  records: fc.array(record, { maxLength: 250 }),
  forks: fc.boolean(),
  ends: fc.boolean(),
  portion: fc.integer({ min: 1, max: 300 }),
})

function ingested({ records, forks, ends, portion }: Program, path: string): { trace: Trace; written: number } {
  const run = mkdtempSync(join(folder, 'run-'))
  mkdirSync(run, { recursive: true })
  const first = new EventWriter(run, { pid: 100, name: '100-1' })
  const second = new EventWriter(run, { pid: 101, name: '101-1', ...(forks && { forkOf: '100-1' }) })
  const writers = [first, second]
  for (const writer of writers) {
    for (const name of ['main', 'ada', 'ben']) writer.thread(name)
    for (const line of [1, 2, 3]) writer.site('program.py', line, 'work')
    writer.line({ k: 'stack', id: 1, sites: [1, 2] })
    for (const object of [8, 9]) writer.line({ k: 'shared', object, key: `key-${object}` })
    writer.flush()
  }
  const trace = createTrace(path)
  const ingest = new Ingest(trace, run)
  const next = new Map<string, number>()
  let time = 1000
  records.forEach((r, i) => {
    time = Math.max(0, time + r.later)
    const shared = r.object === 8 || r.object === 9
    const key = shared ? `${r.object}` : `${r.process} ${r.object}`
    const due = next.get(key) ?? 1
    const seq = r.seq === null ? 0 : Math.max(0, due + r.seq)
    if (r.seq === 0) next.set(key, due + 1)
    writers[r.process]!.add(r.thread, time, r.kind as EventKind, {
      object: r.object,
      seq,
      site: r.site,
      flags: r.flags,
      arg: r.arg,
    })
    if (i % portion > 0) return
    for (const writer of writers) writer.flush()
    ingest.step(1)
  })
  if (ends) for (const writer of writers) writer.end(time + 10)
  for (const writer of writers) writer.close()
  ingest.finish()
  makeRows(trace)
  rmSync(run, { recursive: true })
  const two = records.filter((r) => r.flags & flags.returned && returning.has(r.kind)).length
  return { trace, written: records.length + two }
}

const all = (trace: Trace, sql: string): unknown[] => trace.db.prepare(sql).raw().all()
const none = (trace: Trace, what: string, sql: string) => expect({ [what]: all(trace, sql) }).toEqual({ [what]: [] })
const idle = `${sliceKinds.sleep}, ${sliceKinds.io}`
/** Jobs wait without a slice: for a pool, or for whatever a wrong agent hands jobs to. */
const noJobs = `o.kind <> 'pool' AND o.name || ': jobs waiting' NOT IN (SELECT name FROM object)`

function expectWhole(trace: Trace, written: number): void {
  expect(trace.events).toBe(written)
  expect(all(trace, 'SELECT count(*) FROM slice')).toEqual([[trace.slices]])
  expect(all(trace, 'SELECT count(*) FROM flow')).toEqual([[trace.flows]])
  none(trace, 'negative times', 'SELECT * FROM slice WHERE start < 0 OR dur < 0')
  none(
    trace,
    'slices that overlap',
    'SELECT * FROM (SELECT lane, start, lag(start + dur) OVER (PARTITION BY lane ORDER BY start) AS before FROM slice) WHERE start < before',
  )
  none(trace, 'slices of no lane', 'SELECT * FROM slice WHERE lane NOT IN (SELECT id FROM lane)')
  none(trace, 'slices of no object', 'SELECT * FROM slice WHERE object > 0 AND object NOT IN (SELECT id FROM object)')
  none(trace, 'slices at no place', 'SELECT * FROM slice WHERE site > 0 AND site NOT IN (SELECT id FROM site)')
  none(trace, 'slices of no kind', "SELECT * FROM slice WHERE kind NOT IN (SELECT id FROM kind WHERE what = 'slice')")
  none(
    trace,
    'slices that end in no way',
    "SELECT * FROM slice WHERE outcome NOT IN (SELECT id FROM kind WHERE what = 'outcome')",
  )
  none(
    trace,
    'flows between no lanes',
    'SELECT * FROM flow WHERE from_lane NOT IN (SELECT id FROM lane) OR to_lane NOT IN (SELECT id FROM lane)',
  )
  none(
    trace,
    'waits that are not counted as they are',
    `SELECT o.id, o.kind, c.total, w.total, c.count, w.count, c.longest, w.longest FROM object o
     LEFT JOIN contention c ON c.object = o.id
     LEFT JOIN (SELECT s.object AS id, sum(dur) AS total, count(*) AS count, max(dur) AS longest FROM slice s
                JOIN lane l ON l.id = s.lane WHERE l.kind IN ('thread', 'task') AND s.object > 0 AND s.kind <> ${sliceKinds.io} GROUP BY s.object) w ON w.id = o.id
     WHERE ${noJobs} AND (coalesce(c.total, 0) <> coalesce(w.total, 0) OR coalesce(c.count, 0) <> coalesce(w.count, 0)
                                 OR coalesce(c.longest, 0) <> coalesce(w.longest, 0))`,
  )
  none(
    trace,
    // a wait that begins in the same ns as one that took no time lies a lane lower
    'threads that waited as long as their slices do not say',
    `SELECT * FROM (SELECT id, waited FROM thread UNION ALL SELECT id, waited FROM task) t
     LEFT JOIN (SELECT l.object AS id, sum(dur) FILTER (WHERE l.depth = 0) AS outer, sum(dur) AS every FROM slice s
                JOIN lane l ON l.id = s.lane WHERE s.kind NOT IN (${idle}) GROUP BY l.object) w ON w.id = t.id
     WHERE t.waited NOT BETWEEN coalesce(w.outer, 0) AND coalesce(w.every, 0)`,
  )
  none(
    trace,
    'blame for more than was waited',
    `SELECT b.object, sum(b.dur), c.total FROM blame b LEFT JOIN contention c ON c.object = b.object JOIN object o ON o.id = b.object
     WHERE ${noJobs} GROUP BY b.object HAVING sum(b.dur) > coalesce(c.total, 0) + count(*)`,
  )
  const ids = lanes(trace).lanes.map(({ id }) => id)
  const seen = window(trace, { from: 0, to: Math.max(1, trace.end), width: 100, lanes: ids })
  let drawn = 0
  for (const count of seen.count) drawn += count
  const shown = new Set(ids)
  const there = trace.lanes.reduce((n, lane) => n + (lane && shown.has(lane.id) ? lane.slices : 0), 0)
  expect(drawn).toBe(there)
  const path = criticalPath(trace)
  expect(path.steps.reduce((time, { from, to }) => (from === time && to > from ? to : NaN), path.from)).toBe(path.to)
  for (const { dur } of path.whatIf) expect(dur).toBeLessThanOrEqual(path.to)
  const { from, to, spread } = parallelism(trace, { from: 0, to: Math.max(1, trace.end), width: 10 })
  expect(spread.reduce((sum, ns) => sum + ns, 0)).toBe(to - from)
  for (const { evidence } of examine(trace).findings)
    for (const { lane } of evidence) expect(trace.lanes[lane]).toBeDefined()
}

test('any sequence of events gives a whole store, live and read again', () => {
  let runs = 0
  fc.assert(
    fc.property(program, (given) => {
      const path = join(folder, `${++runs}.sqlite`)
      const { trace, written } = ingested(given, path)
      try {
        expectWhole(trace, written)
        trace.settle()
      } finally {
        trace.close()
      }
      const again = openTrace(path)
      try {
        expectWhole(again, written)
      } finally {
        again.close()
        rmSync(path)
      }
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 200) },
  )
})
