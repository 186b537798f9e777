// The vocabulary of drawings and the whole way from event files to rows, a program a test.
import { expect, test } from 'vitest'
import { drawn, type Drawing } from './drawing.ts'
import type { Trace } from '../store/trace.ts'

const all = (trace: Trace, sql: string) => trace.db.prepare(sql).all()
const waits = (trace: Trace) =>
  all(trace, 'SELECT thread, why, object, start, start + dur AS "to", blocked_by FROM wait ORDER BY start, thread')
const holds = (trace: Trace) =>
  all(trace, 'SELECT object, thread, start, start + dur AS "to", contended FROM hold ORDER BY start')
const flows = (trace: Trace) =>
  all(
    trace,
    `SELECT k.name AS kind, a.name AS "from", from_time, b.name AS "to", to_time
     FROM flow f JOIN kind k ON k.what = 'flow' AND k.id = f.kind
     JOIN lane la ON la.id = from_lane JOIN object a ON a.id = la.object
     JOIN lane lb ON lb.id = to_lane JOIN object b ON b.id = lb.object ORDER BY to_time, from_time`,
  )
const losses = (trace: Trace) => all(trace, 'SELECT what, count FROM loss ORDER BY what')
const lock = (drawing: string, options: Drawing = {}) => drawn(drawing, options)

test('a lock held by one and waited for by another', () => {
  const trace = lock(`
    t1  HHHHHHHH........
    t2  ..wwwwwwHHHH....
  `)
  expect(waits(trace)).toEqual([{ thread: 't2', why: 'lock', object: 'A', start: 2, to: 8, blocked_by: 't1' }])
  expect(holds(trace)).toEqual([
    { object: 'A', thread: 't1', start: 0, to: 8, contended: 1 },
    { object: 'A', thread: 't2', start: 8, to: 12, contended: 0 },
  ])
  expect(flows(trace)).toEqual([{ kind: 'release', from: 't1', from_time: 8, to: 't2', to_time: 8 }])
  expect(losses(trace)).toEqual([])
  expect(all(trace, 'SELECT total, count, longest, longest_at FROM contention')).toEqual([
    { total: 6, count: 1, longest: 6, longest_at: 2 },
  ])
  expect(all(trace, 'SELECT o.name, b.dur, b.count FROM blame b JOIN object o ON o.id = b.holder')).toEqual([
    { name: 't1', dur: 6, count: 1 },
  ])
})

test('the time two threads waited is shared among those who held it meanwhile', () => {
  const trace = lock(`
    t1  AAAA............
    t2  .aaaAAAAA.......
    t3  ..aaaaaaaAA.....
  `)
  expect(
    all(trace, 'SELECT o.name, b.dur, b.count FROM blame b JOIN object o ON o.id = b.holder ORDER BY 1, 2'),
  ).toEqual([
    { name: 't1', dur: 2, count: 1 },
    { name: 't1', dur: 3, count: 1 },
    { name: 't2', dur: 5, count: 1 },
  ])
})

test('a wait inside a wait has a lane of its own', () => {
  const trace = lock(
    `
    t1  cccccccc....
    t1  ....aaaa....
    t2  ..AAAAAA....
    t2  .....!......
  `,
    { objects: { C: { kind: 'condition' } } },
  )
  expect(waits(trace).map((w) => (w as { why: string }).why)).toEqual(['condition', 'lock'])
  expect(
    all(
      trace,
      "SELECT depth FROM lane JOIN slice ON lane = id WHERE slice.kind < 32 AND lane.kind = 'thread' ORDER BY start",
    ),
  ).toEqual([{ depth: 0 }, { depth: 1 }])
  expect(flows(trace)).toContainEqual({ kind: 'notify', from: 't2', from_time: 5, to: 't1', to_time: 8 })
})
test('permits of a semaphore held at once', () => {
  const trace = lock(
    `
    t1  SSSSSS......
    t2  ..SSSSSS....
    t3  ...sssSSSS..
  `,
    { objects: { S: { kind: 'semaphore', capacity: 2 } } },
  )
  expect(
    all(
      trace,
      `SELECT l.depth, o.name AS thread, s.start FROM slice s JOIN lane l ON l.id = s.lane AND l.kind = 'semaphore'
      JOIN object o ON o.id = s.object ORDER BY s.start`,
    ),
  ).toEqual([
    { depth: 0, thread: 't1', start: 0 },
    { depth: 1, thread: 't2', start: 2 },
    { depth: 0, thread: 't3', start: 6 },
  ])
  // t1 and t2 share the three columns that t3 waited
  expect(all(trace, 'SELECT sum(dur) AS dur FROM blame')).toEqual([{ dur: 4 }])
})

test('items of a queue go from hand to hand', () => {
  const trace = lock(
    `
    t1  ..+..+....
    t2  qqq-...-..
  `,
    { objects: { Q: { kind: 'queue', capacity: 2 } } },
  )
  expect(all(trace, 'SELECT put_by, put_at, got_by, got_at FROM handoff ORDER BY put_at')).toEqual([
    { put_by: 't1', put_at: 2, got_by: 't2', got_at: 3 },
    { put_by: 't1', put_at: 5, got_by: 't2', got_at: 7 },
  ])
  expect(
    all(
      trace,
      "SELECT s.start, s.dur, s.arg FROM slice s JOIN lane l ON l.id = s.lane AND l.kind = 'queue' ORDER BY 1",
    ),
  ).toEqual([
    { start: 0, dur: 2, arg: 0 },
    { start: 2, dur: 1, arg: 1 },
    { start: 3, dur: 2, arg: 0 },
    { start: 5, dur: 2, arg: 1 },
    { start: 7, dur: 3, arg: 0 },
  ])
})

test('what a killed program held and waited for is cut, and said', () => {
  const trace = lock(
    `
    t1  ..AAAAAAAA
    t2  .....aaaaa
  `,
    { killed: true },
  )
  expect(all(trace, 'SELECT start, dur, outcome FROM slice ORDER BY start')).toEqual([
    { start: 2, dur: 3, outcome: 4 },
    { start: 5, dur: 0, outcome: 4 },
  ])
  expect(losses(trace)).toEqual([{ what: 'cut', count: 2 }])
})
