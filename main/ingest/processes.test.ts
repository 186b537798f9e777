// Several processes in one trace: the tree, what they share, what they send each other, and jobs of pools. The order in
// which their files are found and read must not matter.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventKinds as ev, flags, objectKinds, outcomes, reasons, starts } from '../../wire/kinds.ts'
import { createTrace } from '../store/database.ts'
import { makeRows } from '../store/rows.ts'
import type { Trace } from '../store/trace.ts'
import { Ingest } from './ingest.ts'
import { EventWriter } from './write-events.ts'

let folder: string
let run: string
const open: Trace[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interleave-processes-'))
  run = join(folder, 'run')
  mkdirSync(run)
})
afterEach(() => {
  for (const trace of open.splice(0)) trace.close()
  rmSync(folder, { recursive: true })
})
const newTrace = () => {
  const trace = createTrace(join(folder, `${open.length}.sqlite`))
  open.push(trace)
  return trace
}
const ingested = (...writers: EventWriter[]): Trace => {
  for (const w of writers) w.close()
  const trace = newTrace()
  new Ingest(trace, run).finish()
  makeRows(trace)
  return trace
}
const all = (trace: Trace, sql: string) => trace.db.prepare(sql).raw().all()
const flows = (trace: Trace) =>
  all(
    trace,
    `SELECT k.name, a.name, f.from_time, b.name, f.to_time FROM flow f JOIN kind k ON k.what = 'flow' AND k.id = f.kind
     JOIN lane la ON la.id = f.from_lane JOIN object a ON a.id = la.object
     JOIN lane lb ON lb.id = f.to_lane JOIN object b ON b.id = lb.object ORDER BY f.to_time, k.name`,
  )
const losses = (trace: Trace) => all(trace, 'SELECT what FROM loss')
const parentOf = (w: EventWriter) => w.thread('MainThread')

describe('the tree', () => {
  test('a child that is recorded, one that is another program, one that is killed, one that nobody sees end', () => {
    const parent = new EventWriter(run, { pid: 100 })
    const main = parentOf(parent)
    const [worker, ls, victim, left] = [1, 2, 3, 4].map(() => parent.object(objectKinds.thread, main, 0).serial)
    parent.add(main, 10, ev.childStart, { object: worker!, arg: 101, flags: starts.fork })
    parent.line({ k: 'name', object: ls!, name: 'ls -l' })
    parent.add(main, 20, ev.childStart, { object: ls!, arg: 102, flags: starts.exec })
    parent.add(main, 25, ev.childStart, { object: victim!, arg: 103, flags: starts.exec })
    parent.add(main, 27, ev.childStart, { object: left!, arg: 104, flags: starts.fork })
    parent.add(main, 30, ev.wait, { object: ls!, flags: reasons.process })
    parent.add(main, 50, ev.childEnd, { object: ls!, arg: 2 })
    parent.add(main, 51, ev.wake, { object: ls! })
    parent.add(main, 60, ev.childEnd, { object: victim!, arg: 9, flags: flags.signalled })
    parent.add(main, 90, ev.childEnd, { object: worker!, arg: 0 })
    parent.end(100)
    const child = new EventWriter(run, { pid: 101, ppid: 100, forkOf: '100-1' })
    child.line({ k: 'processName', name: 'Process-1' })
    child.add(main, 12, ev.threadBegin, { object: main })
    child.end(88)
    const trace = ingested(child, parent)
    expect(
      all(trace, 'SELECT pid, parent, name, python <> \'\', start, "end", ended, exit FROM process ORDER BY pid'),
    ).toEqual([
      [100, null, 'drawing.py', 1, 0, 100, 'clean', null],
      [101, 1, 'Process-1', 1, expect.any(Number), 88, 'clean', '0'],
      [102, 1, 'ls -l', 0, 20, 50, 'clean', '2'],
      [103, 1, 'process 103', 0, 25, 60, 'cut', 'SIGKILL'],
      [104, 1, 'process 104', 0, 27, null, 'unseen', null],
    ])
    expect(
      all(
        trace,
        "SELECT o.name, s.start, s.dur, s.outcome FROM slice s JOIN lane l ON l.id = s.lane JOIN object o ON o.id = l.object WHERE l.kind = 'process' ORDER BY s.start",
      ),
    ).toEqual([
      ['Process-1', 10, 78, 0],
      ['ls -l', 20, 30, 0],
      ['process 103', 25, 35, 0],
      ['process 104', 27, 73, 4],
    ])
    expect(flows(trace)).toEqual([
      ['spawn', 'MainThread', 10, 'MainThread', 12],
      ['exit', 'ls -l', 50, 'MainThread', 51],
    ])
    expect(losses(trace)).toEqual([])
  })
  test('a pid that is used again is another process', () => {
    const parent = new EventWriter(run, { pid: 100 })
    const main = parentOf(parent)
    const [first, second] = [1, 2].map(() => parent.object(objectKinds.thread, main, 0).serial)
    parent.add(main, 10, ev.childStart, { object: first!, arg: 101, flags: starts.exec })
    parent.add(main, 20, ev.childEnd, { object: first!, arg: 1 })
    parent.add(main, 30, ev.childStart, { object: second!, arg: 101, flags: starts.exec })
    parent.add(main, 40, ev.childEnd, { object: second!, arg: 0 })
    parent.end(100)
    const trace = ingested(parent)
    expect(all(trace, 'SELECT pid, start, exit FROM process WHERE pid = 101 ORDER BY start')).toEqual([
      [101, 10, '1'],
      [101, 30, '0'],
    ])
  })
})

/** Two processes that have told of the same object. */
const pair = (kind: (typeof objectKinds)[keyof typeof objectKinds]) => {
  const a = new EventWriter(run, { pid: 100 })
  const b = new EventWriter(run, { pid: 101, ppid: 100 })
  const [ta, tb] = [a.thread('left'), b.thread('right')]
  b.object(objectKinds.thread, tb, 0) // so that the serials differ
  const serials = { a: 0, b: 0 }
  a.line({ k: 'shared', object: 2, key: 'it' })
  serials.a = a.object(kind, ta, 0).serial
  b.line({ k: 'shared', object: 3, key: 'it' })
  serials.b = 3
  return { a, b, ta, tb, ...{ oa: serials.a, ob: serials.b } }
}

test('a lock between processes: one object, held in turn, its order by number', () => {
  const { a, b, ta, tb, oa, ob } = pair(objectKinds.lock)
  a.add(ta, 10, ev.acquire, { object: oa, seq: 1 })
  b.add(tb, 12, ev.wait, { object: ob, flags: reasons.lock })
  a.add(ta, 30, ev.release, { object: oa, seq: 2 })
  // the two clocks were read in the wrong order
  b.add(tb, 29, ev.wake, { object: ob })
  b.add(tb, 29, ev.acquire, { object: ob, seq: 3, flags: flags.contended })
  b.add(tb, 40, ev.release, { object: ob, seq: 4 })
  a.end(50)
  b.end(50)
  const trace = ingested(a, b)
  expect(all(trace, "SELECT count(*), sum(shared) FROM object WHERE kind = 'lock'")).toEqual([[1, 1]])
  expect(all(trace, 'SELECT thread, start, dur, contended FROM hold ORDER BY start')).toEqual([
    ['left', 10, 20, 1],
    ['right', 30, 10, 0],
  ])
  expect(all(trace, 'SELECT thread, why, start, dur FROM wait')).toEqual([['right', 'lock', 12, 17]])
  expect(losses(trace)).toEqual([['late']])
})

describe('messages', () => {
  test('the n-th sent is the n-th received, whoever is heard of first', () => {
    const { a, b, ta, tb, oa, ob } = pair(objectKinds.pipe)
    a.add(ta, 10, ev.send, { object: oa, seq: 1, arg: 7 })
    b.add(tb, 18, ev.receive, { object: ob, seq: 2, arg: 9 })
    b.add(tb, 15, ev.receive, { object: ob, seq: 1, arg: 7 })
    a.add(ta, 20, ev.send, { object: oa, seq: 2, arg: 9 })
    a.end(50)
    b.end(50)
    const trace = ingested(a, b)
    expect(flows(trace)).toEqual([
      ['message', 'left', 10, 'right', 15],
      ['message', 'left', 18, 'right', 18],
    ])
    // nothing stays in the channel that was read before its writer had come back
    const depths = "SELECT start, arg FROM slice JOIN lane ON lane.id = lane WHERE lane.kind = 'queue' ORDER BY start"
    expect(all(trace, depths)).toEqual([
      [0, 0],
      [10, 1],
      [15, 0],
    ])
  })
  test('a length that does not fit ends the pairing: no arrow is better than a wrong one', () => {
    const { a, b, ta, tb, oa, ob } = pair(objectKinds.pipe)
    for (const [n, bytes] of [
      [1, 5],
      [2, 6],
      [3, 6],
    ] as const) {
      a.add(ta, 10 * n, ev.send, { object: oa, seq: n, arg: bytes })
      b.add(tb, 10 * n + 5, ev.receive, { object: ob, seq: n, arg: n === 2 ? 8 : bytes })
    }
    a.end(50)
    b.end(50)
    const trace = ingested(a, b)
    expect(flows(trace)).toHaveLength(1)
    expect(losses(trace)).toEqual([['astray']])
  })
  test('an item of a queue goes from who put it to who got it, not from the feeder', () => {
    const { a, b, ta, tb, oa, ob } = pair(objectKinds.queue)
    const feeder = a.thread('QueueFeederThread')
    a.add(ta, 10, ev.post, { object: oa, seq: 1 })
    a.add(ta, 11, ev.post, { object: oa, seq: 2 })
    a.add(feeder, 20, ev.send, { object: oa, seq: 1, arg: 1 })
    a.add(feeder, 21, ev.send, { object: oa, seq: 2, arg: 2 })
    b.add(tb, 30, ev.receive, { object: ob, seq: 1, arg: 4 })
    b.add(tb, 40, ev.receive, { object: ob, seq: 2, arg: 4 })
    a.end(50)
    b.end(50)
    const trace = ingested(a, b)
    expect(all(trace, 'SELECT put_by, put_at, got_by, got_at FROM handoff ORDER BY put_at')).toEqual([
      ['left', 10, 'right', 30],
      ['left', 11, 'right', 40],
    ])
    expect(all(trace, 'SELECT start, arg FROM slice WHERE kind = 40 AND start > 0 ORDER BY start')).toEqual([
      [10, 1],
      [11, 2],
      [30, 1],
      [40, 0],
    ])
  })
})

describe('jobs', () => {
  test('a job waits for a worker, runs there, and its result comes back', () => {
    const { a, b, ta, tb, oa, ob } = pair(objectKinds.pool)
    const site = b.site('work.py', 7, 'square')
    a.add(ta, 10, ev.submit, { object: oa, arg: 1, seq: 1 })
    a.add(ta, 11, ev.submit, { object: oa, arg: 2, seq: 1 })
    b.add(tb, 20, ev.jobBegin, { object: ob, arg: 1, site })
    b.add(tb, 30, ev.jobEnd, { object: ob, arg: 1, flags: outcomes.done })
    a.add(ta, 33, ev.result, { object: oa, arg: 1 })
    b.add(tb, 35, ev.jobBegin, { object: ob, arg: 2, site })
    b.add(tb, 45, ev.jobEnd, { object: ob, arg: 2, flags: outcomes.raised })
    a.add(ta, 46, ev.result, { object: oa, arg: 2 })
    a.end(50)
    b.end(50)
    const trace = ingested(a, b)
    expect(flows(trace)).toEqual([
      ['submit', 'left', 10, 'right', 20],
      ['result', 'right', 30, 'left', 33],
      ['submit', 'left', 11, 'right', 35],
      ['result', 'right', 45, 'left', 46],
    ])
    expect(
      all(
        trace,
        "SELECT s.start, s.dur, s.arg FROM slice s JOIN lane l ON l.id = s.lane WHERE l.kind = 'pool' ORDER BY s.start",
      ),
    ).toEqual([
      [20, 10, 1],
      [35, 10, 2],
    ])
    expect(
      all(
        trace,
        "SELECT total, count, longest FROM contention c JOIN object o ON o.id = c.object WHERE o.kind = 'pool'",
      ),
    ).toEqual([[34, 2, 24]])
    expect(all(trace, "SELECT b.dur FROM blame b JOIN object o ON o.id = b.object WHERE o.kind = 'pool'")).toEqual([
      [10],
    ])
    expect(losses(trace)).toEqual([])
  })
  test('one submission of parts without number: each has its arrow, none is counted as waiting', () => {
    const { a, b, ta, tb, oa, ob } = pair(objectKinds.pool)
    a.add(ta, 10, ev.submit, { object: oa, arg: 1, seq: 0 })
    for (const part of [0, 1]) {
      b.add(tb, 20 + 10 * part, ev.jobBegin, { object: ob, arg: 1, seq: part })
      b.add(tb, 25 + 10 * part, ev.jobEnd, { object: ob, arg: 1, seq: part })
      a.add(ta, 27 + 10 * part, ev.result, { object: oa, arg: 1, seq: part })
    }
    a.end(90)
    b.end(90)
    const trace = ingested(a, b)
    const kinds = flows(trace).map((f) => (f as string[])[0])
    expect(kinds).toEqual(['submit', 'result', 'submit', 'result'])
    expect(all(trace, "SELECT count(*) FROM slice s JOIN lane l ON l.id = s.lane WHERE l.kind = 'queue'")).toEqual([
      [0],
    ])
  })
  test('one submission of many parts', () => {
    const { a, b, ta, tb, oa, ob } = pair(objectKinds.pool)
    a.add(ta, 10, ev.submit, { object: oa, arg: 1, seq: 3 })
    for (const part of [0, 1, 2]) {
      b.add(tb, 20 + 10 * part, ev.jobBegin, { object: ob, arg: 1, seq: part })
      b.add(tb, 25 + 10 * part, ev.jobEnd, { object: ob, arg: 1, seq: part })
      a.add(ta, 27 + 10 * part, ev.result, { object: oa, arg: 1, seq: part })
    }
    a.end(90)
    b.end(90)
    const trace = ingested(a, b)
    expect(flows(trace).map((f) => (f as string[])[0])).toEqual([
      'submit',
      'result',
      'submit',
      'result',
      'submit',
      'result',
    ])
    expect(all(trace, "SELECT max(arg) FROM slice s JOIN lane l ON l.id = s.lane WHERE l.kind = 'queue'")).toEqual([
      [3],
    ])
  })
})

test('read while it is written, processes found one after the other: the same as read at once', () => {
  const a = new EventWriter(run, { pid: 100 })
  const main = a.thread('left')
  a.line({ k: 'shared', object: 2, key: 'it' })
  const lock = a.object(objectKinds.lock, main, 0)
  const live = newTrace()
  const ingest = new Ingest(live, run, { patience: Infinity })
  let b: EventWriter | null = null
  let seq = 1
  for (let time = 10, turn = 0; time < 4000; time += 20, turn++) {
    const left = turn % 2 === 0
    if (!left && b === null) {
      b = new EventWriter(run, { pid: 101, ppid: 100 })
      b.thread('right')
      b.line({ k: 'shared', object: 2, key: 'it' })
    }
    const w = left ? a : b!
    w.add(1, time, ev.acquire, { object: lock.serial, seq: ++seq })
    w.add(1, time + 10, ev.release, { object: lock.serial, seq: ++seq })
    if (turn % 7 === 0) a.flush()
    if (turn % 5 === 0) b?.flush()
    if (turn % 3 === 0) ingest.step(1)
  }
  a.end(5000)
  b!.end(5000)
  a.close()
  b!.close()
  ingest.finish()
  makeRows(live)
  const whole = newTrace()
  new Ingest(whole, run).finish()
  makeRows(whole)
  const holds = 'SELECT thread, start, dur FROM hold ORDER BY start'
  expect(all(live, holds)).toHaveLength(200)
  expect(all(live, holds)).toEqual(all(whole, holds))
})
