// What is known of slices that have to do with devices, the same of a trace just recorded and of one that was opened: labels,
// facts, sentences, arrows, search and what an area had.
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { DeviceRun } from '../ingest/device-run.ts'
import { openTrace } from '../store/database.ts'
import type { Lane } from '../store/lane.ts'
import type { Trace } from '../store/trace.ts'
import { area } from './area.ts'
import { devicesOf } from './devices.ts'
import { flows } from './flows.ts'
import { lanes } from './lanes.ts'
import { search } from './search.ts'
import { slice } from './slice.ts'

const ms = 1e6
const open: { close(): void }[] = []
afterEach(() => open.splice(0).forEach((made) => made.close()))

describe.each(['recorded', 'opened'])('%s', (how) => {
  const made = (run: DeviceRun, end = 200 * ms): Trace => {
    const trace = run.trace(end)
    open.push(run)
    if (how === 'recorded') return trace
    const file = join(run.folder, 'opened.sqlite')
    trace.db.prepare('VACUUM INTO ?').run(file)
    const opened = openTrace(file)
    open.unshift(opened)
    return opened
  }
  const laneOf = (trace: Trace, kind: Lane['kind'], name = ''): Lane =>
    trace.lanes.find((l) => l?.kind === kind && trace.objects[l.object]!.name.includes(name))!
  const told = (trace: Trace, { id }: Lane, time: number) => {
    const found = slice(trace, { lane: id, time, slack: 0 })!
    return { called: found.called, facts: found.facts.map(({ name, text }) => `${name}: ${text}`), is: found.sentence }
  }
  const arrows = (trace: Trace, { id }: Lane, time: number, depth = 1) =>
    flows(trace, { lane: id, time, depth }).flows.map((f) => {
      const [from, to] = [f.fromLane, f.toLane].map((lane) => trace.objects[trace.lanes[lane]!.object]!.name)
      return `${f.step}: ${from} ${f.fromTime / ms} → ${to} ${f.toTime / ms}`
    })

  test('a kernel: sizes, who launched it, in which queue it waited, who waited for it, how sure its times are', () => {
    const run = new DeviceRun()
    const gpu = run.device('GPU', {
      type: 'gpu',
      driver: 'CUDA 12.4',
      clock: 'compared with the host’s',
      uncertainty: 4000,
    })
    const [queue, other] = [run.stream('queue', gpu), run.stream('other', gpu)]
    const load = {
      called: 1 * ms,
      returned: 2 * ms,
      queued: 1.5 * ms,
      submitted: 2 * ms,
      started: 3 * ms,
      ended: 7 * ms,
    }
    other.command('write', load, { bytes: 4 * 2 ** 20, pageable: true, line: 5 })
    const times = {
      called: 8 * ms,
      returned: 9 * ms,
      queued: 8.2 * ms,
      submitted: 9 * ms,
      started: 11 * ms,
      ended: 31 * ms,
    }
    queue.kernel('matmul', times, { global: [1024, 512], local: [16, 16], line: 7, after: [[other, 1]] })
    run.waits(queue, 1, 10 * ms, 32 * ms)
    const trace = made(run)
    const [stream, thread, calls] = [laneOf(trace, 'stream', 'queue'), laneOf(trace, 'thread'), laneOf(trace, 'calls')]

    const kernel = told(trace, stream, 20 * ms)
    expect(kernel).toMatchObject({
      called: 'matmul',
      facts: [
        'Kernel: matmul',
        'Size: 524,288 work items (1024×512), in groups of 16×16',
        'Launched by: MainThread at drawing.py:7, 3 ms before it began',
        "Waited: 3 ms; of it 800 µs in the library's queue, 2 ms submitted to the device",
        'Depends on: the write of 4 MiB in other',
        'Device: GPU, CUDA 12.4',
        'Its clock: ± 4 µs: compared with the host’s',
      ],
      is: 'The kernel matmul ran for 20 ms on queue of GPU; MainThread launched it at drawing.py:7, 3 ms before it began; MainThread waited for it.',
    })
    expect(slice(trace, { lane: stream.id, time: 20 * ms, slack: 0 })!.others).toMatchObject([
      { thread: 'MainThread', lane: thread.id, time: 10 * ms, dur: 22 * ms, site: 'drawing.py:90' },
    ])
    const write = told(trace, laneOf(trace, 'stream', 'other'), 4 * ms)
    expect(write.called).toBe('write 4 MiB')
    expect(write.facts).toContain('Bytes: 4 MiB, 1.0 GB/s')
    expect(write.facts.some((fact) => fact.startsWith('Pageable: '))).toBe(true)

    const wait = told(trace, thread, 20 * ms)
    expect(wait.called).toBe('matmul')
    expect(wait.facts).toEqual([
      'Waited for: the kernel matmul in queue',
      'It ran: 20 ms of this wait, and ended 1 ms before it',
      'Launched: at drawing.py:7',
    ])
    expect(wait.is).toBe('MainThread waited 22 ms for the kernel matmul in queue at drawing.py:90.')

    const call = told(trace, calls, 8.5 * ms)
    expect(call.called).toBe('matmul')
    expect(call.facts).toEqual([
      'Command: the kernel matmul, number 1 of queue',
      'Size: 524,288 work items (1024×512), in groups of 16×16',
      'Began: 3 ms after the call',
      'Ran: 20 ms',
    ])
    expect(call.is).toBe(
      'MainThread enqueued the kernel matmul in queue at drawing.py:7, which took 1 ms; it began 3 ms after the call and ran for 20 ms.',
    )

    // from the call to the run, from there to who waited, and what led to it
    expect(arrows(trace, calls, 8.5 * ms, 2)).toEqual([
      '1: MainThread: calls 8 → queue 11',
      '2: queue 31 → MainThread 32',
    ])
    expect(arrows(trace, stream, 20 * ms).sort()).toEqual([
      '-1: MainThread: calls 8 → queue 11',
      '-1: other 7 → queue 11',
      '1: queue 31 → MainThread 32',
    ])
    expect(arrows(trace, thread, 20 * ms, 2).sort()).toEqual([
      '-1: queue 31 → MainThread 32',
      '-2: MainThread: calls 8 → queue 11',
      '-2: other 7 → queue 11',
    ])
  })

  test('what came to nothing is said: a call that failed, a kernel that failed, one that was not seen to run', () => {
    const run = new DeviceRun()
    const queue = run.stream('queue', run.device('GPU'))
    queue.kernel('lost', { called: 1 * ms, returned: 2 * ms, started: 3 * ms, ended: 4 * ms }, { failed: true })
    queue.kernel('late', { called: 11 * ms, returned: 12 * ms })
    const trace = made(run)
    const [stream, calls] = [laneOf(trace, 'stream'), laneOf(trace, 'calls')]
    expect(told(trace, stream, 3.5 * ms).facts).toContain('Outcome: failed: the device gave it up')
    expect(told(trace, stream, 3.5 * ms).is).toContain('on queue of GPU, and failed; MainThread launched it')
    expect(told(trace, calls, 1.5 * ms).facts).toContain('Ran: 1 ms, and failed')
    expect(told(trace, calls, 11.5 * ms).facts).toEqual([
      'Command: the kernel late, number 2 of queue',
      'Ran: it was not seen to run',
    ])
  })

  test('memory in bytes, how many run at once, ranges by their name', () => {
    const run = new DeviceRun()
    const gpu = run.device('Sim', { type: 'simulator', memory: 2 ** 30 })
    const [a, b] = [run.stream('a', gpu), run.stream('b', gpu)]
    const context = run.context('context', gpu)
    run.memory(context, 2 * ms, 12 * 2 ** 20)
    run.memory(context, 50 * ms, -12 * 2 ** 20)
    run.range('training', 1 * ms, 90 * ms)
    a.kernel('one', { called: 3 * ms, returned: 4 * ms, started: 5 * ms, ended: 20 * ms })
    b.kernel('two', { called: 6 * ms, returned: 7 * ms, started: 10 * ms, ended: 30 * ms })
    b.kernel('two', { called: 8 * ms, returned: 9 * ms, started: 40 * ms, ended: 41 * ms }, { global: [4] })
    const trace = made(run)
    const memory = told(trace, laneOf(trace, 'deviceMemory'), 10 * ms)
    expect(memory.called).toBe('12 MiB')
    expect(memory.facts).toEqual([
      'In use: 12 MiB of 1 GiB',
      'Device: Sim, simulated: nothing of it is a device’s doing',
    ])
    expect(memory.is).toBe('12 MiB of Sim was in use in context for 48 ms.')
    expect(told(trace, laneOf(trace, 'device'), 15 * ms).is).toBe('Sim ran 2 commands at once for 10 ms.')
    expect(told(trace, laneOf(trace, 'calls'), 60 * ms)).toMatchObject({
      called: 'training',
      is: 'MainThread was in training for 89 ms.',
    })

    const shown = lanes(trace).lanes
    expect(shown.filter(({ kind }) => kind !== 'thread').map(({ kind, note }) => [kind, note].join())).toEqual(
      expect.arrayContaining(['device,simulated', 'deviceMemory,', 'stream,', 'calls,']),
    )
    expect(search(trace, 'two', []).map(({ what, text, time }) => ({ what, text, time }))).toEqual([
      { what: 'work', text: 'kernel two: ran 2 times, 21 ms in all', time: 10 * ms },
    ])
    expect(search(trace, 'range', []).map(({ text }) => text)).toEqual(['range training'])
    expect(search(trace, 'training', [])[0]).toMatchObject({ what: 'work', text: 'range training', time: 1 * ms })
    // kernels by name, whatever their sizes; calls by what they launch
    const rows = area(trace, {
      from: 0,
      to: 200 * ms,
      lanes: [laneOf(trace, 'stream', 'b').id, laneOf(trace, 'calls').next!.id],
    })
    expect(rows.map(({ name, count, total }) => `${name} ${count} ${total / ms}`).sort()).toEqual([
      'one 1 1',
      'two 2 2',
      'two 2 21',
    ])
    expect(devicesOf(trace)).toMatchObject([
      { name: 'Sim', note: 'simulated', commands: 3, kernels: 3, uncertainty: null },
    ])
    expect(devicesOf(trace)[0]!.sentence).toBe(
      'Sim: simulated, 1 GiB. How far its times may be off is not known. It was given 3 commands, 3 kernels among them.',
    )
  })
})
