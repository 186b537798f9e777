// PyOpenCL on PoCL, for real: what is told of commands, waits, memory and the device's clock.
import { describe, expect, onTestFinished, test } from 'vitest'
import { eventKinds, objectKinds, outcomes, reasons } from '../wire/kinds.ts'
import { bytesLeft, commandsOf, disorder, streamsOf } from './test/device-commands.ts'
import { pythonFor } from './test/python-with.ts'
import type { RecordedProcess } from './test/read-events.ts'
import { record, type Options } from './test/run-python.ts'
import { recordWhole } from './test/whole-trace.ts'

const python = await pythonFor('gpu')
const patient: Options = { timeout: 120_000 }
const lineOf = (source: string, text: string) => source.split('\n').findIndex((line) => line.includes(text)) + 1

const begin = `
import warnings
warnings.simplefilter('ignore')
import numpy as np
import pyopencl as cl
context = cl.create_some_context(interactive=False)
source = '''
__kernel void twice(__global float *a) { a[get_global_id(0)] *= 2; }
__kernel void slow(__global float *a) { for (int i = 0; i < 10000; i++) a[get_global_id(0)] = a[get_global_id(0)] * 1.0001f; }
'''
program = cl.Program(context, source).build()
twice, slow = cl.Kernel(program, 'twice'), cl.Kernel(program, 'slow')
numbers = np.ones(4096, np.float32)
def buffer():
    return cl.Buffer(context, cl.mem_flags.READ_WRITE, numbers.nbytes)
`
const run = (source: string, options: Options = {}) => {
  const ran = record(python, begin + source, { ...patient, ...options })
  expect(ran.err).toBe('')
  return { ...ran, all: commandsOf(ran.first), streams: streamsOf(ran.first) }
}
/** Of the main thread, for commands. */
const waitsOf = (p: RecordedProcess) => {
  const told = p.records.filter(
    (r) => r.thread === p.about.mainThread && (r.kind === eventKinds.wait || r.kind === eventKinds.wake),
  )
  return told.flatMap((r, i) =>
    r.kind === eventKinds.wait && (r.flags & 255) === reasons.device
      ? [{ line: p.sites.get(r.site)?.line ?? 0, object: r.object, woken: told[i + 1]! }]
      : [],
  )
}
const inWords = (p: RecordedProcess) =>
  waitsOf(p).map(({ line, object, woken }) => [line, object, woken.object, woken.arg])

/** An event of the program's own that completes when so many waits for commands have begun. */
const letGo = `
import threading, until
def after_wait(n):
    go = cl.UserEvent(context)
    def let_go():
        until.waits(n, why=${reasons.device})
        go.set_status(cl.command_execution_status.COMPLETE)
    threading.Thread(target=let_go).start()
    return go
`

describe('commands', () => {
  test('each is told at the line of the program, with its stages in order and one after the other', () => {
    const { all, streams, first, source } = run(`
queue = cl.CommandQueue(context)
a, b = buffer(), buffer()
cl.enqueue_copy(queue, a, numbers, is_blocking=False)  # write
twice(queue, (4096,), (64,), a)  # twice
twice(queue, (64, 64), None, a)  # again
cl.enqueue_copy(queue, b, a)  # copy
cl.enqueue_fill_buffer(queue, b, np.float32(1), 0, 1024)  # fill
cl.enqueue_marker(queue)  # marker
cl.enqueue_barrier(queue)  # barrier
cl.enqueue_migrate_mem_objects(queue, [b])  # migrate
mapped, _ = cl.enqueue_map_buffer(queue, a, cl.map_flags.READ, 0, (4096,), np.float32)  # map
mapped.base.release(queue)  # unmap
cl.enqueue_copy(queue, numbers, a)  # read
print(numbers[0])
`)
    const lines = source.split('\n')
    expect(all.map(({ operation, line }) => [operation, lines[line - 1]!.split('# ')[1]])).toEqual([
      ['write', 'write'],
      ['kernel', 'twice'],
      ['kernel', 'again'],
      ['copy', 'copy'],
      ['fill', 'fill'],
      ['marker', 'marker'],
      ['barrier', 'barrier'],
      ['migrate', 'migrate'],
      ['map', 'map'],
      ['unmap', 'unmap'],
      ['read', 'read'],
    ])
    expect(all.map(disorder).filter(Boolean)).toEqual([])
    for (const [i, { at }] of all.entries())
      if (i > 0) expect(at.started! >= all[i - 1]!.at.ended!, `${i} begins when the one before is over`).toBe(true)
    expect(all.map(({ number, stream }) => [stream, number])).toEqual(all.map((_, i) => [streams[0], i + 1]))
    const bytes = all.filter(({ operation }) => operation !== 'kernel').map(({ arg }) => arg)
    expect(bytes).toEqual([16384, 16384, 1024, 0, 0, 16384, 16384, 0, 16384])
    expect(all.filter(({ pageable, failed }) => pageable || failed)).toEqual([])
    const works = first.lines.filter((line) => line.k === 'work')
    expect(works).toEqual([
      { k: 'work', id: all[1]!.arg, name: 'twice', global: [4096], local: [64] },
      { k: 'work', id: all[2]!.arg, name: 'twice', global: [64, 64] },
    ])
  })

  test('the device, its context and its queues are said, each where the program made it', () => {
    const { first, source, streams } = run(`
one = cl.CommandQueue(context)  # one
other = cl.CommandQueue(context, properties=cl.command_queue_properties.OUT_OF_ORDER_EXEC_MODE_ENABLE)  # other
twice(one, (1,), None, buffer())
one.finish()
`)
    const made = first.records.filter((r) => r.kind === eventKinds.new && (r.flags & 255) >= objectKinds.device)
    expect(made.map((r) => r.flags & 255)).toEqual([
      objectKinds.device,
      objectKinds.context,
      objectKinds.stream,
      objectKinds.stream,
    ])
    const [device, context] = made.map((r) => r.object)
    expect(made.slice(1).map((r) => [first.sites.get(r.site)?.line, r.arg])).toEqual([
      [lineOf(source, 'create_some_context'), device],
      [lineOf(source, '# one'), device],
      [lineOf(source, '# other'), device],
    ])
    expect(first.lines.filter((line) => line.k === 'stream')).toEqual([
      { k: 'stream', object: streams[0], context, inOrder: true },
      { k: 'stream', object: streams[1], context, inOrder: false },
    ])
    expect(first.lines.find((line) => line.k === 'shared')).toMatchObject({
      object: device,
      key: expect.stringMatching(/^device OpenCL Portable Computing Language, .+ 0$/),
    })
    expect(first.lines.find((line) => line.k === 'device')).toMatchObject({
      object: device,
      type: 'cpu',
      driver: expect.stringMatching(/^Portable Computing Language, OpenCL 3\.0 PoCL/),
      units: expect.any(Number),
      memory: expect.any(Number),
    })
  })

  test('a call that fails has enqueued nothing, and the program has its exception', () => {
    const { all, out } = run(`
queue = cl.CommandQueue(context)
a = buffer()
try:
    twice(queue, (4096,), (4096 * 1024,), a)
except cl.Error as error:
    print(error)
twice(queue, (4096,), None, a)
queue.finish()
`)
    expect(out).toMatch(/INVALID_WORK_GROUP_SIZE|INVALID_WORK_ITEM_SIZE/)
    expect(all.map(({ failed, at }) => [failed, at.started !== undefined])).toEqual([
      [true, false],
      [false, true],
    ])
    expect(Object.keys(all[0]!.at)).toEqual(['returned'])
  })

  test('a command that fails later is over, and failed, and so is the wait for it', () => {
    const { all, first, out } = run(`
queue = cl.CommandQueue(context)
go = cl.UserEvent(context)
event = twice(queue, (4096,), None, buffer(), wait_for=[go])
go.set_status(-5)
try:
    queue.finish()
    event.wait()
except cl.Error as error:
    print(error)
`)
    expect(out).toContain('EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST')
    expect(all.map(({ failed, at }) => [failed, at.started, at.ended !== undefined])).toEqual([[true, undefined, true]])
    expect(first.lost).toBe(0)
  })

  test('threads feed a queue each', () => {
    const { all, streams, first } = run(`
import threading
def feed(queue):
    a = buffer()
    for _ in range(50):
        cl.enqueue_copy(queue, a, numbers)
        twice(queue, (4096,), None, a)
    queue.finish()
queues = [cl.CommandQueue(context) for _ in range(2)]
threads = [threading.Thread(target=feed, args=(queue,)) for queue in queues]
for thread in threads: thread.start()
for thread in threads: thread.join()
`)
    expect(streams.length).toBe(2)
    const feeders = streams.map((stream) => {
      const its = all.filter((command) => command.stream === stream)
      expect(its.map(({ number }) => number)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
      expect(its.map(disorder).filter(Boolean)).toEqual([])
      return [...new Set(its.map(({ thread }) => thread))]
    })
    expect(feeders.map((who) => who.length)).toEqual([1, 1])
    expect(new Set(feeders.flat()).size).toBe(2)
    expect(first.lost).toBe(0)
  })
})

describe('waits', () => {
  test('a finish, an event, a blocking read: for which command of which queue', () => {
    const { all, streams, first, source } = run(`${letGo}
queue = cl.CommandQueue(context)
a = buffer()
twice(queue, (4096,), None, a)
twice(queue, (4096,), None, a, wait_for=[after_wait(1)])
queue.finish()  # finish
event = twice(queue, (4096,), None, a, wait_for=[after_wait(2)])
event.wait()  # event
event.wait()  # it is over already
twice(queue, (4096,), None, a, wait_for=[after_wait(3)])
cl.enqueue_copy(queue, numbers, a)  # read
`)
    const [queue] = streams
    expect(inWords(first)).toEqual([
      [lineOf(source, '# finish'), queue, queue, 2],
      [lineOf(source, '# event'), queue, queue, 3],
      [lineOf(source, '# read'), queue, queue, 5],
    ])
    const read = all.find(({ operation }) => operation === 'read')!
    const { woken } = waitsOf(first)[2]!
    expect(woken.flags & 255).toBe(outcomes.done)
    expect(woken.time >= read.at.ended!).toBe(true)
    expect(read.at.returned! >= woken.time).toBe(true)
  })

  test('what is held back by an event of the program, what depends on what, and which of several was the last', () => {
    const { all, streams, first, source } = run(`${letGo}
out_of_order = cl.CommandQueue(context, properties=cl.command_queue_properties.OUT_OF_ORDER_EXEC_MODE_ENABLE)
other = cl.CommandQueue(context)
a, b = buffer(), buffer()
held = twice(out_of_order, (4096,), None, a, wait_for=[after_wait(2)])
free = twice(out_of_order, (4096,), None, b, wait_for=[after_wait(1)])
free.wait()  # free
after = twice(other, (4096,), None, a, wait_for=[held, free])
assert after.command_execution_status != cl.command_execution_status.COMPLETE
last = twice(other, (4096,), None, a, wait_for=[held])
cl.wait_for_events([free, last, held])  # several
go = after_wait(3)
cl.wait_for_events([go, twice(other, (4096,), None, a, wait_for=[go])])  # its own
`)
    const [queue, other] = streams as [number, number]
    const [held, free, after, last] = all.map((command) => command)
    expect(all.map(disorder).filter(Boolean)).toEqual([])
    expect(free!.at.ended! < held!.at.started!).toBe(true)
    expect(held!.at.ended! <= after!.at.started!).toBe(true)
    const [one, two] = [
      [queue, 1],
      [queue, 2],
    ]
    expect([held, free, after, last].map((command) => command!.after)).toEqual([[], [], [one, two], [one]])
    expect(inWords(first)).toEqual([
      [lineOf(source, '# free'), queue, queue, 2],
      [lineOf(source, '# several'), 0, other, 2],
      [lineOf(source, '# its own'), 0, 0, 0],
    ])
  })
})

describe('memory', () => {
  test('buffers, images and shared virtual memory are counted back to nothing', () => {
    const { first } = run(`
import gc
queue = cl.CommandQueue(context)
flags = cl.mem_flags
a = buffer()
part = a.get_sub_region(0, 1024)
own = cl.Buffer(context, flags.READ_WRITE | flags.USE_HOST_PTR, hostbuf=numbers)
copied = cl.Buffer(context, flags.READ_ONLY | flags.COPY_HOST_PTR, hostbuf=numbers)
image = cl.Image(context, flags.READ_WRITE, cl.ImageFormat(cl.channel_order.RGBA, cl.channel_type.UNORM_INT8), shape=(64, 32))
shared = cl.SVMAllocation(context, 4096, 0, cl.svm_mem_flags.READ_WRITE)
queued = cl.SVMAllocation(context, 8192, 0, cl.svm_mem_flags.READ_WRITE, queue=queue)
twice(queue, (4096,), None, a)
queue.finish()
shared.release()
queued.enqueue_release()
queue.finish()
del part, a, own, copied, image, shared, queued
gc.collect()
`)
    expect(bytesLeft(first)).toEqual({ taken: BigInt(2 * 16384 + 64 * 32 * 4 + 4096 + 8192), left: 0n })
  })
})

describe('processes', () => {
  test('what was enqueued before a process leaves in a hurry, and was over, is told as over', () => {
    const { all, first } = run(`
import os
queue = cl.CommandQueue(context)
a = buffer()
for _ in range(100):
    twice(queue, (4096,), None, a)
queue.finish()
os._exit(0)
`)
    expect(all.map(disorder).filter(Boolean)).toEqual([])
    expect([all.length, first.ended]).toEqual([100, true])
  })

  test('a process that is killed while a command is out leaves what is known by then', () => {
    const ran = record(
      python,
      `${begin}
import os, signal
queue = cl.CommandQueue(context)
a = buffer()
go = cl.UserEvent(context)
twice(queue, (4096,), None, a).wait()
twice(queue, (4096,), None, a, wait_for=[go])
os.kill(os.getpid(), signal.SIGKILL)
`,
      patient,
    )
    expect(ran.signal).toBe('SIGKILL')
    const [first, second] = commandsOf(ran.first)
    expect(first!.at.returned).toBeDefined()
    expect([second!.operation, second!.at.returned !== undefined, second!.at.ended]).toEqual([
      'kernel',
      true,
      undefined,
    ])
  })

  test('a forked child leaves the devices of its parent alone; one that uses its own tells of them', () => {
    const { processes, out } = run(`
import os, sys
queue = cl.CommandQueue(context)
a = buffer()
twice(queue, (4096,), None, a).wait()
sys.stdout.flush()
child = os.fork()
if child == 0:
    print('child', len(numbers), flush=True)
    os._exit(3)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
twice(queue, (4096,), None, a).wait()
`)
    expect(out).toBe('child 4096\n3\n')
    const [parent, child] = processes
    expect(commandsOf(parent!).map(disorder)).toEqual(['', ''])
    expect(child === undefined ? [] : commandsOf(child)).toEqual([])

    const late = record(
      python,
      `
import os
import pyopencl
def use(program):
    exec(program, {'__name__': 'used'})
program = '''${begin}
queue = cl.CommandQueue(context)
twice(queue, (4096,), None, buffer()).wait()
'''
child = os.fork()
use(program)
if child:
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
`
        .replace("source = '''", 'source = """')
        .replace("}\n'''\nprogram", '}\n"""\nprogram'),
      patient,
    )
    expect(late.err).toBe('')
    expect(late.out).toBe('0\n')
    expect(late.processes.map((p) => commandsOf(p).map(disorder))).toEqual([[''], ['']])
    const keys = late.processes.map((p) => p.lines.find((line) => line.k === 'shared'))
    expect(keys[0]).toMatchObject({ key: (keys[1] as { key: string }).key })
  })
})

describe('the clock of the device', () => {
  test('its times are the device’s own, off by no more than is said', () => {
    const { all, first, out } = run(`
import time
def apart():
    best = None
    for _ in range(200):
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        raw = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        if best is None or after - before < best[1] - best[0]:
            best = before, after, raw
    return best[0] - best[2], best[1] - best[2]
queue = cl.CommandQueue(context, properties=cl.command_queue_properties.PROFILING_ENABLE)
a = buffer()
events = []
before = apart()
for _ in range(20):
    events.append(slow(queue, (256,), None, a))
    events[-1].wait()
after = apart()
print(*before, *after)
for event in events:
    print(event.profile.queued, event.profile.submit, event.profile.start, event.profile.end)
`)
    const [bounds, ...times] = out
      .trim()
      .split('\n')
      .map((line) => line.split(' ').map(BigInt))
    const apart = bounds!.map(Number)
    const said = first.lines.filter((line) => line.k === 'device')
    const uncertainty = Math.max(...said.map((line) => line.uncertainty ?? 0))
    expect(said.at(-1)!.clock).toContain('CLOCK_MONOTONIC')
    expect(uncertainty).toBeGreaterThan(0)
    // soon after a machine has started its two clocks are so near to each other that the first commands fit both
    const tellable = Math.abs(apart[0]!) > 5_000_000 || Math.abs(apart[0]!) < 10_000
    expect(uncertainty).toBeLessThan(tellable ? 20_000 : 1_000_000)
    for (const [i, { at }] of all.entries()) {
      const told = [at.queued!, at.submitted!, at.started!, at.ended!]
      for (const [stage, time] of told.entries()) {
        const distance = Number(time - times[i]![stage]!)
        expect(distance).toBeGreaterThanOrEqual(Math.min(...apart) - uncertainty)
        expect(distance).toBeLessThanOrEqual(Math.max(...apart) + uncertainty)
      }
    }
  })
})

test('a trace of a process that is killed while a command is out opens, with arrows to and from those that ran', async () => {
  const source = `${begin}
import os, signal
queue = cl.CommandQueue(context)
a = buffer()
for _ in range(3):
    twice(queue, (4096,), None, a)
cl.enqueue_copy(queue, numbers, a)
queue.reference_count  # before this is answered, what is over is told
twice(queue, (4096,), None, a, wait_for=[cl.UserEvent(context)])
os.kill(os.getpid(), signal.SIGKILL)
`
  const trace = await recordWhole(python, source, onTestFinished)
  expect(trace.left).toEqual([])
  expect(trace.rows('SELECT operation, kernel, outcome FROM execution ORDER BY number')).toEqual([
    ['kernel', 'twice', 'done'],
    ['kernel', 'twice', 'done'],
    ['kernel', 'twice', 'done'],
    ['read', null, 'done'],
    ['kernel', 'twice', 'cut'],
  ])
  const arrows = trace.rows(
    "SELECT name, count(*) FROM flow JOIN kind ON id = flow.kind AND what = 'flow' WHERE name IN ('launch', 'finished') GROUP BY 1",
  )
  expect(arrows).toEqual([
    ['finished', 1],
    ['launch', 4],
  ])
  expect(trace.rows('SELECT what, count FROM loss')).toEqual(expect.arrayContaining([['unfinished-command', 1]]))
})
