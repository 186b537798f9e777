// CUPTI's records become commands: records of cupti-python's own classes, filled by hand as its documentation says what they
// hold, go through the decoder under the real agent. No GPU has been asked: what CUPTI really delivers is not tested here.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { eventKinds } from '../wire/kinds.ts'
import { commandsOf, devicesOf, madeOf, memoryOf, nameOf, type ToldCommand } from './test/commands.ts'
import { pythonFor } from './test/python-with.ts'
import { record, type Recorded } from './test/run-python.ts'
import { recordWhole } from './test/whole-trace.ts'

const python = await pythonFor('cupti')

/** `at(ns)`: CUPTI's time that many ns after the program's beginning; its clock is 10¹⁵ ns ahead of the run's. */
const records = `
import gc, os, sys, threading, _thread
core = next(m for m in gc.get_objects() if type(m) is type(sys) and m.__name__ == 'interleave_core')
from cupti import cupti
from interleave_agent.libraries.cupti_records import Clock, Decoder, Places
Kind, Runtime, Driver = cupti.ActivityKind, cupti.RuntimeApiTraceCbid, cupti.DriverApiTraceCbid
AHEAD = 10 ** 15
begin = core.now()
at = lambda ns: begin + AHEAD + ns
clock = Clock(core, lambda: core.now() + AHEAD)
places = Places()
names = lambda kind, cbid: (Runtime if kind == Kind.RUNTIME else Driver)(cbid).name
me = _thread.get_native_id()
decoder = Decoder(core, cupti, clock, places, names)

def filled(made, **attributes):
    for name, value in attributes.items(): setattr(made, name, value)
    return made
def call(id, start, end, name='cudaLaunchKernel_v7000', kind=Kind.RUNTIME, tid=me, error=0):
    cbid = getattr(Runtime if kind == Kind.RUNTIME else Driver, name)
    return filled(cupti.ActivityAPI(), kind=kind, cbid=cbid, correlation_id=id, start=at(start), end=at(end), thread_id=tid,
                  process_id=os.getpid(), return_value=error)
where = dict(device_id=0, context_id=1, stream_id=7)
def kernel(id, start, end, name='add', grid=(4, 2, 1), block=(64, 1, 1), **more):
    times = dict(start=at(start), end=at(end)) if end else dict(start=0, end=0)
    sizes = {f'{what}_{axis}': n for what, all in (('grid', grid), ('block', block)) for axis, n in zip('xyz', all)}
    return filled(cupti.ActivityKernel13(), kind=Kind.CONCURRENT_KERNEL, correlation_id=id, name=name, **times, **sizes,
                  **{**where, **more})
def copy(id, start, end, kind, src, dst, bytes=4096, **more):
    of, memory = cupti.ActivityMemcpyKind, cupti.ActivityMemoryKind
    return filled(cupti.ActivityMemcpy7(), kind=Kind.MEMCPY, correlation_id=id, start=at(start), end=at(end), bytes=bytes,
                  copy_kind=getattr(of, kind), src_kind=getattr(memory, src), dst_kind=getattr(memory, dst), **{**where, **more})
def device(id=0, name='NVIDIA H100'):
    return filled(cupti.ActivityDevice6(), kind=Kind.DEVICE, id=id, name=name, global_memory_size=80 << 30, num_multiprocessors=132)
def context(id=1, device=0, null=7):
    return filled(cupti.ActivityContext4(), kind=Kind.CONTEXT, context_id=id, device_id=device, null_stream_id=null)
print(begin)
`
const decode = (source: string): Recorded & { begin: bigint } => {
  const ran = record(python, records + source)
  expect([ran.status, ran.err]).toEqual([0, ''])
  return { ...ran, begin: BigInt(ran.out.split('\n')[0]!) }
}
const notesOf = (ran: Recorded) => ran.first.lines.flatMap((line) => (line.k === 'note' ? [line.text] : []))
/** stages as ns after the beginning, where they are right to `by` ns */
const times = (ran: { begin: bigint }, { at }: ToldCommand) =>
  Object.fromEntries(Object.entries(at).map(([stage, time]) => [stage, Number(time - ran.begin)]))
const near = (told: Record<string, number>, meant: Record<string, number>, by: number) => {
  expect(Object.keys(told)).toEqual(Object.keys(meant))
  for (const [stage, time] of Object.entries(meant))
    expect(Math.abs(told[stage]! - time), stage).toBeLessThanOrEqual(by)
}

test('both halves of a command make it, in whichever order and buffer they come', () => {
  const ran = decode(`
decoder.read([kernel(2, 500, 900), context(), device(), call(1, 100, 200), kernel(1, 300, 500, grid=(1, 1, 1))])
decoder.read([call(2, 210, 290, 'cuLaunchKernel', Kind.DRIVER)])
decoder.read([call(4, 400, 450), call(3, 300, 350), kernel(3, 900, 950, 'b', stream_id=9), kernel(4, 950, 990, 'c', stream_id=9)])
decoder.finish()
`)
  const p = ran.first
  const told = commandsOf(p)
  expect(told.map((c) => [nameOf(p, c.stream), c.number, c.operation, c.work])).toEqual([
    ['default stream', 1, 'kernel', { k: 'work', id: 2, name: 'add', global: [64], local: [64] }],
    ['default stream', 2, 'kernel', { k: 'work', id: 1, name: 'add', global: [256, 2], local: [64] }],
    ['stream 9', 1, 'kernel', { k: 'work', id: 3, name: 'b', global: [256, 2], local: [64] }],
    ['stream 9', 2, 'kernel', { k: 'work', id: 4, name: 'c', global: [256, 2], local: [64] }],
  ])
  const [device] = devicesOf(p)
  const { uncertainty } = device!
  expect(uncertainty).toBeGreaterThan(0)
  near(times(ran, told[0]!), { called: 100, returned: 200, started: 300, ended: 500 }, uncertainty!)
  near(times(ran, told[1]!), { called: 210, returned: 290, started: 500, ended: 900 }, uncertainty!)
  for (const { thread, line, failed } of told)
    expect([thread, line, failed]).toEqual([p.about.mainThread, 0, undefined])
  expect(device).toMatchObject({ type: 'gpu', vendor: 'NVIDIA' })
  expect(device!.clock).toContain(`at most ${uncertainty! * 2} ns apart`)
  expect(devicesOf(p)[1]).toMatchObject({ memory: 80 * 2 ** 30, units: 132 })
  expect(nameOf(p, device!.object)).toBe('NVIDIA H100 #0')
  expect(p.lines).toContainEqual({ k: 'shared', object: device!.object, key: 'device cuda NVIDIA H100 0' })
  for (const made of [...madeOf(p, 'stream'), ...madeOf(p, 'context')]) expect(made.arg).toBe(device!.object)
  expect(notesOf(ran)).toEqual([])
})

test('a graph is one call and many commands; a copy may be known by the call of the runtime', () => {
  const ran = decode(`
decoder.read([call(5, 10, 20, 'cudaGraphLaunch_v10000'), kernel(5, 60, 90, 'second'), kernel(5, 30, 60, 'first')])
decoder.read([kernel(5, 90, 99, 'third')])
decoder.read([call(6, 100, 110, 'cudaMemcpy_v3020'), copy(7, 120, 130, 'DTOH', 'DEVICE', 'PINNED', runtime_correlation_id=6)])
decoder.finish()
`)
  const told = commandsOf(ran.first)
  expect(told.map((c) => [c.number, c.work?.name ?? c.operation])).toEqual([
    [1, 'first'],
    [2, 'second'],
    [3, 'third'],
    [4, 'read'],
  ])
  expect(notesOf(ran)).toEqual([])
})

test('copies in all directions, fills, memory, devices and contexts', () => {
  const ran = decode(`
Memory = cupti.ActivityMemoryOperationType
def memory(operation, bytes, kind='DEVICE', **more):
    return filled(cupti.ActivityMemory4(), kind=Kind.MEMORY2, memory_operation_type=operation, bytes=bytes, timestamp=at(1),
                  memory_kind=getattr(cupti.ActivityMemoryKind, kind), **{**where, **more})
copies = [('HTOD', 'PAGEABLE', 'DEVICE'), ('HTOD', 'PINNED', 'DEVICE'), ('DTOH', 'DEVICE', 'PAGEABLE'), ('ATOH', 'ARRAY', 'PINNED'),
          ('DTOD', 'DEVICE', 'DEVICE'), ('PTOP', 'DEVICE', 'DEVICE'), ('HTOH', 'PINNED', 'PINNED'), ('UNKNOWN', 'UNKNOWN', 'UNKNOWN')]
for n, ends in enumerate(copies, 1):
    decoder.read([call(n, n * 100, n * 100 + 50, 'cudaMemcpyAsync_v3020'), copy(n, n * 100 + 60, n * 100 + 90, *ends, bytes=n << 20)])
fill = filled(cupti.ActivityMemset5(), kind=Kind.MEMSET, correlation_id=90, start=at(2000), end=at(2100), bytes=2 ** 33, **where)
decoder.read([fill, call(90, 1900, 1950, 'cudaMemset_v3020')])
decoder.read([memory(Memory.ALLOCATION, 5 << 32 | 3), memory(Memory.RELEASE, 5 << 32 | 3), memory(Memory.ALLOCATION, 64, 'PINNED'),
              memory(Memory.ALLOCATION, 16, 'MANAGED', device_id=1, context_id=2), memory(Memory.INVALID, 9)])
decoder.read([call(91, 2200, 2210), kernel(91, 2300, 2400, device_id=1, context_id=2)])
decoder.finish()
`)
  const told = commandsOf(ran.first)
  expect(told.map((c) => [c.operation, c.bytes, c.pageable])).toEqual([
    ['write', 1 << 20, true],
    ['write', 2 << 20, false],
    ['read', 3 << 20, true],
    ['read', 4 << 20, false],
    ['copy', 5 << 20, false],
    ['copy', 6 << 20, false],
    ['copy', 7 << 20, false],
    ['copy', 8 << 20, false],
    ['fill', 0xffffffff, false],
    ['kernel', 0, false],
  ])
  expect(memoryOf(ran.first)).toEqual([5 * 2 ** 32 + 3, -(5 * 2 ** 32 + 3), 16])
  // nothing was said of these devices: they have a number
  const devices = madeOf(ran.first, 'device').map((r) => nameOf(ran.first, r.object))
  expect(devices).toEqual(['NVIDIA GPU #0', 'NVIDIA GPU #1'])
  expect(madeOf(ran.first, 'context').length).toBe(2)
  expect(new Set(told.map(({ stream }) => stream)).size).toBe(2)
})

test('the line and the thread of a launch: by the call that it lies in, and none where two may be meant', () => {
  const ran = decode(`
clock.uncertainty = 20_000
us = 1000
def launches(site, tid, *intervals):
    for start, end in intervals: places.add(tid, begin + start * us, begin + end * us, site)
launches(core.site(), me, (1000, 2000), (5000, 6000)) # first line
other = []
thread = threading.Thread(target=lambda: other.append(_thread.get_native_id()), name='other')
thread.start(); thread.join()
launches(core.site(), other[0], (1000, 9000)) # second line
launches(core.site(), me, (6010, 6300)) # third line
called = [(1100, 1200, me), (1150, 1250, other[0]), (3000, 3100, me), (5995, 6012, me), (6012, 6014, me), (6100, 6280, me)]
decoder.read([call(n, start * us, end * us, tid=tid) for n, (start, end, tid) in enumerate(called, 1)])
decoder.read([kernel(n, (10000 + n) * us, (10000 + n) * us) for n in range(1, 7)] + [call(7, 1, 2, tid=4000000)])
decoder.finish()
`)
  const lines = ran.source.split('\n')
  const line = (text: string) => lines.findIndex((l) => l.includes(text)) + 1
  const told = commandsOf(ran.first).sort((a, b) => (a.at.started! < b.at.started! ? -1 : 1))
  expect(told.map((c) => [c.line, nameOf(ran.first, c.thread)])).toEqual([
    [line('first line'), 'MainThread'],
    [line('second line'), 'other'],
    [0, 'MainThread'],
    [0, 'MainThread'],
    [0, 'MainThread'],
    [line('third line'), 'MainThread'],
  ])
  expect(notesOf(ran)).toEqual(['Of 1 calls that launch something no record says what the device did.'])
})

test('what is missing is counted and said: halves, dropped and unknown records, times; a failed call is no command', () => {
  const ran = decode(`
failed = call(1, 10, 20, error=719)
other = call(2, 10, 20, 'cudaGetDevice_v3020')
unknown = filled(cupti.ActivityMarker2(), kind=Kind.MARKER)
stream = filled(cupti.ActivityStream(), kind=Kind.STREAM)
overhead = filled(cupti.ActivityOverhead3(), kind=Kind.OVERHEAD)
decoder.read([failed, other, unknown, unknown, stream, overhead, kernel(8, 30, 40), call(9, 50, 60)])
decoder.read([call(10, 70, 80), kernel(10, 0, 0), call(11, 90, 95), kernel(11, 100, 110, queued=at(96), submitted=at(98))])
decoder.drop(0)
decoder.drop(5)
decoder.finish()
`)
  const told = commandsOf(ran.first)
  expect(told.map((c) => c.reached)).toEqual([
    ['called', 'returned'],
    ['called', 'returned', 'queued', 'submitted', 'started', 'ended'],
  ])
  expect(notesOf(ran)).toEqual([
    'CUPTI dropped 5 records: commands of the device are missing.',
    'Of 1 commands of the device the call is missing that launched them: they are not shown.',
    'Of 1 calls that launch something no record says what the device did.',
    '2 records of CUPTI of the kind 12 are not understood.',
  ])
  const lost = ran.first.records.filter((r) => r.kind === eventKinds.lost)
  expect(lost.map((r) => r.arg)).toEqual([5])
})

test('a clock that goes its own way: what lies between two readings lies between their offsets, and the worst is said', () => {
  const ran = decode(`
ahead = 10 ** 9
own = Clock(core, lambda: core.now() + ahead)
(first,) = own.points
ahead += 50_000
own.again()
last = own.points[-1]
between = [own.here(first[0] + (last[0] - first[0]) * n // 4) - (first[0] + first[1]) for n in range(5)]
whole = last[0] + last[1] - first[0] - first[1]
print(between == [whole * n // 4 for n in range(5)] or [(a, whole * n // 4) for n, a in enumerate(between)])
print(own.uncertainty >= 40_000, own.here(first[0] - 1000) == first[0] + first[1] - 1000)
print(own.here(last[0] + 1000) == last[0] + last[1] + 1000)
`)
  const [, between, ...rest] = ran.out.trimEnd().split('\n')
  // whole ns are rounded twice
  if (between !== 'True')
    for (const [told, meant] of JSON.parse(between!.replaceAll('(', '[').replaceAll(')', ']')) as [number, number][])
      expect(Math.abs(told - meant)).toBeLessThanOrEqual(1)
  expect(rest).toEqual(['True True', 'True'])
})

test('threads of C++ that Python never saw: the whole trace has them, and the commands that they launched', async () => {
  const source = `${records}
decoder.read([call(1, 100, 200, tid=4000000), kernel(1, 300, 400), call(2, 250, 260, tid=4000000), kernel(2, 400, 500)])
decoder.read([call(3, 270, 280), kernel(3, 500, 600)])
decoder.drop(4)
`
  const whole = await recordWhole(python, source, onTestFinished)
  expect(whole.code, whole.output).toBe(0)
  expect(
    whole.rows('SELECT thread, number, kernel, global, local, dur, outcome FROM execution ORDER BY number'),
  ).toEqual([
    ['thread 4000000 of C++', 1, 'add', '256×2', '64', 100, 'done'],
    ['thread 4000000 of C++', 2, 'add', '256×2', '64', 100, 'done'],
    ['MainThread', 3, 'add', '256×2', '64', 100, 'done'],
  ])
  expect(whole.rows("SELECT tid FROM thread WHERE name LIKE '%C++'")).toEqual([[4000000]])
  expect(whole.rows('SELECT what, count FROM loss')).toEqual([['lost', 4]])
})

test('what was waited for: the command that ended last, of the stream that was meant', () => {
  const ran = decode(`
Sync = cupti.ActivitySynchronizationType
def sync(stream, type=Sync.STREAM_SYNCHRONIZE):
    return filled(cupti.ActivitySynchronization2(), kind=Kind.SYNCHRONIZATION, type=type, context_id=1, stream_id=stream)
print(decoder.latest())
decoder.read([call(n, n, n + 1) for n in range(1, 5)] + [kernel(1, 10, 90), kernel(2, 90, 95), kernel(3, 20, 99, stream_id=9)])
print(decoder.latest())
decoder.read([sync(7)])
print(decoder.latest(), decoder.latest())
decoder.read([sync(0xFFFFFFFF, Sync.CONTEXT_SYNCHRONIZE)])
print(decoder.latest())
decoder.read([sync(7)])
print(decoder.latest(core.now()), decoder.latest(core.now()), decoder.latest(begin - 10 ** 9))
`)
  const [seven, nine] = madeOf(ran.first, 'stream').map((r) => r.object)
  expect(ran.out.trimEnd().split('\n').slice(1)).toEqual([
    '(0, 0)',
    `(${nine}, 1)`,
    `(${seven}, 2) (${nine}, 1)`,
    `(${nine}, 1)`,
    `(${seven}, 0) (0, 0) (${nine}, 1)`,
  ])
})

/** A driver that is there and can do nothing. */
function emptyDriver(): string {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-driver-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  execFileSync('cc', ['-shared', '-o', join(folder, 'libcuda.so.1'), '-x', 'c', '/dev/null'])
  return folder
}

test('without a driver nothing is said; with one but without CUPTI, or with one that CUPTI cannot use, one sentence', async () => {
  const gpu = await pythonFor('gpu')
  const source = `
import numba.cuda.cudadrv.driver
print('imported')
`
  const none = record(gpu, source)
  expect([none.status, none.out, none.err, notesOf(none)]).toEqual([0, 'imported\n', '', []])
  const driver = { env: { LD_LIBRARY_PATH: emptyDriver() } }
  const without = record(gpu, source, driver)
  expect([without.status, without.out, without.err]).toEqual([0, 'imported\n', ''])
  expect(notesOf(without)).toEqual([
    'What CUDA does on the device is not recorded: the package cupti-python is not installed.',
  ])
  // any of the modules that are listened to: this one is the program's own
  const unusable = record(python, `open('jax.py', 'w').close()\nimport jax\nprint(jax.__name__)\n`, driver)
  expect([unusable.status, unusable.out, unusable.err]).toEqual([0, 'jax\n', ''])
  expect(notesOf(unusable)).toEqual([
    expect.stringMatching(/^What CUDA does on the device is not recorded: CUPTI says: ./),
  ])
})
