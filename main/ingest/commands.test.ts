// Commands of devices, from written records: where they are drawn, what arrows they have, what is said of those that never end.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { flags, eventKinds } from '../../wire/kinds.ts'
import { stages } from '../../wire/operations.ts'
import { DeviceRun } from './device-run.ts'
import type { Trace } from '../store/trace.ts'

let run: DeviceRun
beforeEach(() => {
  run = new DeviceRun()
})
afterEach(() => run.close())

const slices = (trace: Trace, kind: string) =>
  trace.db
    .prepare(
      `SELECT o.name, l.depth, k.name, s.start, s.dur, s.arg, u.name FROM slice s JOIN lane l ON l.id = s.lane JOIN object o ON o.id = l.object
       JOIN kind k ON k.what = 'slice' AND k.id = s.kind JOIN kind u ON u.what = 'outcome' AND u.id = s.outcome
       WHERE l.kind = ? ORDER BY s.start`,
    )
    .raw()
    .all(kind)
const arrows = (trace: Trace, kind: string) =>
  trace.db
    .prepare(
      `SELECT a.name, f.from_time, b.name, f.to_time FROM flow f JOIN kind k ON k.what = 'flow' AND k.id = f.kind
       JOIN lane la ON la.id = f.from_lane JOIN object a ON a.id = la.object JOIN lane lb ON lb.id = f.to_lane
       JOIN object b ON b.id = lb.object WHERE k.name = ? ORDER BY f.from_time`,
    )
    .raw()
    .all(kind)

test('a kernel: the call, the run, who waited', () => {
  const queue = run.stream('queue', run.device('GPU'))
  queue.kernel('add', { called: 10, returned: 20, queued: 12, submitted: 25, started: 30, ended: 90, told: 99 })
  run.waits(queue, 1, 22, 95)
  const trace = run.trace(200)
  expect(slices(trace, 'stream')).toEqual([['queue', 0, 'kernel', 30, 60, 1, 'done']])
  expect(slices(trace, 'calls')).toEqual([['MainThread: calls', 0, 'launch', 10, 10, 1, 'done']])
  expect(slices(trace, 'thread')).toEqual([['MainThread', 0, 'device', 22, 73, 0, 'done']])
  expect(arrows(trace, 'launch')).toEqual([['MainThread: calls', 10, 'queue', 30]])
  // its end was told after the wait for it was over
  expect(arrows(trace, 'finished')).toEqual([['queue', 90, 'MainThread', 95]])
  expect(trace.db.prepare('SELECT kernel, start, dur, waited, line, outcome FROM execution').get()).toEqual({
    kernel: 'add',
    start: 30,
    dur: 60,
    waited: 20,
    line: 10,
    outcome: 'done',
  })
})

test('how many run at once, on all streams of a device', () => {
  const gpu = run.device('GPU')
  const [a, b] = [run.stream('a', gpu), run.stream('b', gpu)]
  a.kernel('long', { called: 10, returned: 11, started: 20, ended: 100 })
  b.command('write', { called: 12, returned: 13, started: 30, ended: 50 }, { bytes: 4096, pageable: true })
  b.kernel('short', { called: 14, returned: 15, started: 50, ended: 70 })
  const trace = run.trace(200)
  const depths = slices(trace, 'device').map((row) => (row as unknown[]).slice(3, 6))
  expect(depths).toEqual([
    [0, 20, 0],
    [20, 10, 1],
    [30, 40, 2],
    [70, 30, 1],
    [100, 100, 0],
  ])
  expect(trace.db.prepare("SELECT bytes, pageable FROM command WHERE operation = 'write'").get()).toEqual({
    bytes: 4096,
    pageable: 1,
  })
})

test('commands that overlap on one stream have a lane each, and what one depends on has an arrow', () => {
  const gpu = run.device('GPU')
  const [a, b] = [run.stream('a', gpu, false), run.stream('b', gpu)]
  a.kernel('one', { called: 10, returned: 11, started: 20, ended: 80 })
  a.kernel('two', { called: 12, returned: 13, started: 30, ended: 60 })
  b.kernel('three', { called: 14, returned: 15, started: 82, ended: 90 }, { after: [[a, 1]] })
  const trace = run.trace(100)
  expect(slices(trace, 'stream').map((row) => (row as unknown[]).slice(0, 5))).toEqual([
    ['a', 1, 'kernel', 20, 60],
    ['a', 0, 'kernel', 30, 30],
    ['b', 0, 'kernel', 82, 8],
  ])
  expect(arrows(trace, 'depends')).toEqual([['a', 80, 'b', 82]])
  expect(trace.db.prepare('SELECT on_number FROM dependency').pluck().all()).toEqual([1])
})

test('the end of what a command depends on may be told after the command is drawn', () => {
  const gpu = run.device('GPU')
  const [a, b] = [run.stream('a', gpu), run.stream('b', gpu)]
  a.kernel('one', { called: 10, returned: 11, started: 20, ended: 40, told: 95 })
  b.kernel('two', { called: 12, returned: 13, started: 42, ended: 60 }, { after: [[a, 1]] })
  expect(arrows(run.trace(100), 'depends')).toEqual([['a', 40, 'b', 42]])
})

test('what never ends, what was refused and what nobody had launched', () => {
  const queue = run.stream('queue', run.device('GPU'))
  queue.kernel('lost', { called: 10, returned: 11 })
  run.add(run.main, 20, eventKinds.enqueue, { object: queue.serial, seq: 2, flags: 1 })
  run.add(run.main, 25, eventKinds.reach, { object: queue.serial, seq: 2, flags: stages.returned | flags.failed })
  run.add(0, 30, eventKinds.reach, { object: queue.serial, seq: 77, flags: stages.ended })
  const trace = run.trace(100)
  expect(slices(trace, 'stream')).toEqual([])
  const outcomes = trace.db.prepare('SELECT number, outcome FROM execution ORDER BY number').raw().all()
  expect(outcomes).toEqual([
    [1, 'cut'],
    [2, 'raised'],
  ])
  const losses = trace.db.prepare('SELECT what, count FROM loss ORDER BY what').raw().all()
  expect(losses).toEqual([
    ['unfinished-command', 1],
    ['unmatched-command', 1],
  ])
})

test('memory of a context, over 4 GiB too', () => {
  const context = run.context('context', run.device('GPU'))
  run.memory(context, 10, 6 * 2 ** 30)
  run.memory(context, 20, 1024)
  run.memory(context, 30, -6 * 2 ** 30)
  const trace = run.trace(50)
  const KiB = slices(trace, 'deviceMemory').map((row) => (row as unknown[]).slice(3, 6))
  expect(KiB).toEqual([
    [1, 9, 0],
    [10, 10, 6 * 2 ** 20],
    [20, 10, 6 * 2 ** 20 + 1],
    [30, 20, 1],
  ])
})

test('ranges nest, and a launch stands below those that are open', () => {
  const queue = run.stream('queue', run.device('GPU'))
  run.range('step', 5, 60)
  run.range('forward', 8, 40)
  queue.kernel('add', { called: 10, returned: 20, started: 30, ended: 50 })
  const trace = run.trace(100)
  const rows = slices(trace, 'calls').map((row) => (row as unknown[]).slice(1, 5))
  expect(rows).toEqual([
    [0, 'range', 5, 55],
    [1, 'range', 8, 32],
    [2, 'launch', 10, 10],
  ])
  const stored = trace.db.prepare('SELECT name FROM work ORDER BY id').pluck().all()
  expect(stored.toSorted()).toEqual(['add', 'forward', 'step'])
})
