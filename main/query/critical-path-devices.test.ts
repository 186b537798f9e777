// The critical path goes into the devices: from who waited to the kernel, from there to the command that was ahead of it, to
// what it depends on, or back to the call that enqueued it.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DeviceRun } from '../ingest/device-run.ts'
import { openTrace } from '../store/database.ts'
import type { Trace } from '../store/trace.ts'
import { criticalPath } from './critical-path.ts'
import { nameOf } from './names.ts'
import { Replay } from './replay.ts'
import { WaitGraph } from './wait-graph.ts'

let run: DeviceRun
beforeEach(() => {
  run = new DeviceRun()
})
afterEach(() => run.close())

const kinds: Record<string, string> = { runs: 'runs', 10: 'sleeps', 20: 'waits', 41: 'kernel', 42: 'read', 43: 'write' }
const lines = (trace: Trace) => {
  const { steps, because } = criticalPath(trace)
  expect(because).toBe('')
  return steps.map(
    (s) =>
      `${nameOf(trace, trace.lanes[s.lane]!.object)} ${s.from}-${s.to} ${kinds[s.doing]}${s.through && ` > ${s.through}`}`,
  )
}
/** µs */
const us = (called: number, started: number, ended: number) => ({
  called: called * 1000,
  returned: called * 1000 + 500,
  started: started * 1000,
  ended: ended * 1000,
})

test('from who waited to the kernel, and from there to the call', () => {
  const queue = run.stream('queue', run.device('GPU'))
  queue.kernel('add', us(100, 130, 900))
  run.waits(queue, 1, 120_000, 910_000)
  const trace = run.trace(1_000_000)
  expect(lines(trace)).toEqual([
    'MainThread 0-100000 runs > the launch of kernel add',
    'queue 100000-130000 waits',
    'queue 130000-900000 kernel > kernel add',
    'MainThread 900000-910000 waits',
    'MainThread 910000-1000000 runs',
  ])
  const { sums, whatIf } = criticalPath(trace)
  const of = (by: string) => sums.flatMap((s) => (s.by === by ? [`${s.name} ${s.dur}`] : []))
  expect(of('object')).toEqual(['kernel add 770000', 'GPU 30000', 'queue 10000'])
  expect(of('actor')).toEqual(['queue 800000', 'MainThread 200000'])
  expect(of('line')).toEqual(expect.arrayContaining(['drawing.py:10 770000']))
  expect(whatIf.map(({ name, dur }) => [name, dur])).toEqual([['kernel add', 770_000]])
  // whoever opens the file is told the same
  trace.settle()
  const again = openTrace(trace.path)
  expect(criticalPath(again)).toEqual(criticalPath(trace))
  again.close()
})

test('along the stream while commands were enqueued ahead, and not to a wait that was over before', () => {
  const queue = run.stream('queue', run.device('GPU'))
  queue.command('write', us(10, 20, 200), { bytes: 4096 })
  queue.kernel('add', us(12, 205, 600))
  queue.command('read', us(14, 610, 700), { bytes: 4096 })
  run.waits(queue, 3, 20_000, 700_000)
  run.waits(queue, 1, 710_000, 720_000)
  expect(lines(run.trace(1_000_000))).toEqual([
    'MainThread 0-10000 runs > the launch of copies to the device',
    'queue 10000-20000 waits',
    'queue 20000-200000 write',
    'queue 200000-205000 waits',
    'queue 205000-600000 kernel',
    'queue 600000-610000 waits',
    'queue 610000-700000 read > copies from the device',
    'MainThread 700000-710000 runs',
    'MainThread 710000-720000 waits',
    'MainThread 720000-1000000 runs',
  ])
})

test('to another stream: by the word of the program, and because it kept the device busy', () => {
  const gpu = run.device('GPU')
  const [a, b] = [run.stream('a', gpu), run.stream('b', gpu)]
  a.kernel('first', us(10, 20, 300))
  b.kernel('second', us(15, 305, 400), { after: [[a, 1]] })
  a.kernel('long', us(18, 400, 800))
  b.kernel('urgent', us(450, 803, 850))
  run.waits(b, 2, 460_000, 852_000)
  expect(lines(run.trace(1_000_000)).slice(0, 8)).toEqual([
    'MainThread 0-10000 runs > the launch of kernel first',
    'a 10000-20000 waits',
    'a 20000-300000 kernel > kernel first',
    'b 300000-305000 waits',
    'b 305000-400000 kernel > kernel second',
    'a 400000-800000 kernel > kernel long',
    'b 800000-803000 waits',
    'b 803000-850000 kernel > kernel urgent',
  ])
})

test('a clock that is known so far only: the host knew of the end before it was', () => {
  const queue = run.stream('queue', run.device('GPU'))
  queue.kernel('add', { ...us(10, 20, 500), told: 600_000 })
  run.waits(queue, 1, 30_000, 499_000)
  expect(lines(run.trace(1_000_000))).toEqual([
    'MainThread 0-10000 runs > the launch of kernel add',
    'queue 10000-20000 waits',
    'queue 20000-499000 kernel > kernel add',
    'MainThread 499000-1000000 runs',
  ])
})

test('commands that run at once on one stream', () => {
  const queue = run.stream('queue', run.device('GPU'), false)
  queue.kernel('one', us(10, 20, 300))
  queue.kernel('two', us(12, 100, 500))
  run.waits(queue, 2, 30_000, 500_000)
  expect(lines(run.trace(1_000_000))).toEqual([
    'MainThread 0-12000 runs > the launch of kernel two',
    'queue 12000-100000 waits',
    'queue 100000-500000 kernel > kernel two',
    'MainThread 500000-1000000 runs',
  ])
})

test('run again with nothing taken away it ends when it did; without a kernel no sooner than its launch', () => {
  const gpu = run.device('GPU')
  const [a, b] = [run.stream('a', gpu), run.stream('b', gpu)]
  a.kernel('first', us(10, 20, 300))
  b.command('write', us(30, 40, 200), { bytes: 100 })
  b.kernel('second', us(35, 310, 600), { after: [[a, 1]] })
  run.waits(b, 2, 40_000, 605_000)
  a.kernel('third', us(700, 710, 900))
  run.waits(a, 2, 720_000, 905_000)
  const trace = run.trace(1_000_000)
  const graph = new WaitGraph(trace)
  for (const _ of graph.build());
  const replay = new Replay(graph)
  for (const _ of replay.prepare(1_000_000));
  const all = replay.end(graph.actors[0]!, null)
  let over = all.next()
  while (!over.done) over = all.next()
  expect(over.value).toBe(1_000_000)
  const gains = new Map(criticalPath(trace).whatIf.map(({ name, dur }) => [name, dur]))
  // third is enqueued when the host goes on; second would still come after the write
  expect(gains.get('kernel second')).toBe(290_000)
  expect(gains.get('kernel third')).toBe(185_000)
  expect(gains.get('kernel first')).toBe(110_000)
})
