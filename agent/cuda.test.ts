// CUDA: what CUPTI says of calls and of the device becomes commands. There is no GPU here: a stand-in plays calls and records
// into the agent as CUPTI did on an H100, and the records are of cupti-python's own classes, so their layouts are NVIDIA's.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { eventKinds } from '../wire/kinds.ts'
import { commandsOf, devicesOf, madeOf, memoryOf, nameOf } from './test/commands.ts'
import { pythonFor } from './test/python-with.ts'
import { record, type Recorded } from './test/run-python.ts'
import { recordWhole } from './test/whole-trace.ts'

const python = await pythonFor('cupti')
const folder = mkdtempSync(join(tmpdir(), 'interleave-cuda-'))
const [drivers, packages] = [join(folder, 'lib'), join(folder, 'site')]
const cupti = join(packages, 'nvidia', 'cu13', 'lib', 'libcupti.so.13')
for (const file of [join(drivers, 'libcuda.so.1'), cupti]) {
  mkdirSync(join(file, '..'), { recursive: true })
  execFileSync('cc', ['-shared', '-fPIC', '-o', file, join(import.meta.dirname, 'test', 'cuda', 'stand-in.c')])
}
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const prelude = `
import ctypes, os, sys, threading
sys.path.insert(0, ${JSON.stringify(packages)})
open('triton.py', 'w').close()
sys.path.insert(0, '.')
import triton
driver = ctypes.CDLL('libcuda.so.1')
play = ctypes.PyDLL(${JSON.stringify(cupti)})
play.play_now.restype = ctypes.c_uint64
`
const records = `${prelude}
driver.cuInit(0)
from cupti import cupti
Kind = cupti.ActivityKind
LAUNCH, READ, STREAM_WAIT, CONTEXT_WAIT, WRITE, GRAPH = range(1, 7)
now = play.play_now
def call(f, id, result=0):
    play.play_enter(f, id); play.play_exit(f, id, result)
def filled(made, layout, **attributes):
    for name, value in attributes.items(): setattr(made, name, value)
    return ctypes.string_at(made.ptr, getattr(cupti, f'activity_{layout}_dtype').itemsize).ljust(256, b'\\0')
where = dict(device_id=0, context_id=1, stream_id=7)
kept = []
def kernel(id, start, end, name='add', grid=(4, 2, 1), block=(64, 1, 1), **more):
    sizes = {f'{what}_{axis}': n for what, all in (('grid', grid), ('block', block)) for axis, n in zip('xyz', all)}
    made = cupti.ActivityKernel13(); kept.append(made)
    return filled(made, 'kernel13', kind=Kind.CONCURRENT_KERNEL, correlation_id=id, name=name, start=start, end=end, **sizes, **{**where, **more})
def copy(id, start, end, kind, src, dst, bytes=4096):
    of, memory = cupti.ActivityMemcpyKind, cupti.ActivityMemoryKind
    return filled(cupti.ActivityMemcpy7(), 'memcpy7', kind=Kind.MEMCPY, correlation_id=id, start=start, end=end, bytes=bytes,
                  copy_kind=getattr(of, kind), src_kind=getattr(memory, src), dst_kind=getattr(memory, dst), **where)
def fill(id, start, end, bytes):
    return filled(cupti.ActivityMemset5(), 'memset5', kind=Kind.MEMSET, correlation_id=id, start=start, end=end, bytes=bytes, **where)
def memory(operation, bytes, kind='DEVICE'):
    return filled(cupti.ActivityMemory4(), 'memory4', kind=Kind.MEMORY2, memory_operation_type=operation, bytes=bytes, timestamp=now(),
                  memory_kind=getattr(cupti.ActivityMemoryKind, kind), **where)
def sync(id, type, stream=0xFFFFFFFF):
    return filled(cupti.ActivitySynchronization2(), 'synchronization2', kind=Kind.SYNCHRONIZATION, type=type, correlation_id=id, context_id=1, stream_id=stream)
def buffer(*records, lost=0): play.play_records(b''.join(records), 256 * len(records), ctypes.c_size_t(lost))
`
const env = { LD_LIBRARY_PATH: drivers }
const recorded = (source: string): Recorded => {
  const ran = record(python, records + source, { env })
  expect([ran.status, ran.err]).toEqual([0, ''])
  return ran
}
const notesOf = (ran: Recorded) => ran.first.lines.flatMap((line) => (line.k === 'note' ? [line.text] : []))
const lineOf = (ran: Recorded, text: string) => ran.source.split('\n').findIndex((line) => line.includes(text)) + 1

test('a launch: its line and thread from the call, its times from the record, in whichever order they come', () => {
  const ran = recorded(`
a = now()
call(LAUNCH, 11) # launched here
b = now()
other = threading.Thread(target=lambda: call(LAUNCH, 12), name='other')
other.start(); other.join()
c = now()
buffer(kernel(12, c, c + 5, '_Z3mulPf', (1, 1, 1)), kernel(11, b, b + 9))
play.play_enter(LAUNCH, 13)
buffer(kernel(13, now(), now(), stream_id=9)) # its call is not over
play.play_exit(LAUNCH, 13, 0)
buffer()
print(a, b, c)
`)
  const told = commandsOf(ran.first)
  expect(
    told.map((c) => [nameOf(ran.first, c.stream), c.number, nameOf(ran.first, c.thread), c.work?.name, c.work?.global]),
  ).toEqual([
    ['default stream', 1, 'other', 'mul(float*)', [64]],
    ['default stream', 2, 'MainThread', 'add', [256, 2]],
    ['stream 9', 1, 'MainThread', 'add', [256, 2]],
  ])
  const [a, b] = ran.out.split(' ').map(BigInt) as [bigint, bigint]
  const { at, line } = told[1]!
  expect(line).toBe(lineOf(ran, 'play.play_enter(f, id)'))
  expect(at).toMatchObject({ started: b, ended: b + 9n })
  expect(at.called! >= a && at.called! <= at.returned! && at.returned! <= b).toBe(true)
  expect(devicesOf(ran.first)[0]).toMatchObject({ type: 'gpu', vendor: 'NVIDIA', memory: 80 * 2 ** 30, units: 16 })
  expect(madeOf(ran.first, 'device').map(({ object }) => nameOf(ran.first, object))).toEqual(['First #0'])
  expect(notesOf(ran)).toEqual([])
})

test('copies, fills, graphs and memory', () => {
  const ran = recorded(`
of = cupti.ActivityMemoryOperationType
buffer(memory(of.ALLOCATION, 1 << 10), memory(of.RELEASE, 1 << 10)) # before any call
ends = [('HTOD', 'PAGEABLE', 'DEVICE'), ('DTOH', 'DEVICE', 'PINNED'), ('DTOD', 'DEVICE', 'DEVICE')]
for id, (kind, src, dst) in enumerate(ends, 1):
    call(WRITE, id)
    buffer(copy(id, now(), now(), kind, src, dst, id << 20))
call(GRAPH, 9)
buffer(kernel(9, now(), now(), 'first'), fill(9, now(), now(), 2 ** 33))
buffer(memory(of.ALLOCATION, 5 << 32 | 3), memory(of.ALLOCATION, 64, 'PINNED'), memory(of.RELEASE, 5 << 32 | 3))
`)
  expect(commandsOf(ran.first).map((c) => [c.operation, c.work?.name ?? c.bytes, c.pageable])).toEqual([
    ['write', 1 << 20, true],
    ['read', 2 << 20, false],
    ['copy', 3 << 20, false],
    ['kernel', 'first', false],
    ['fill', 0xffffffff, false],
  ])
  expect(memoryOf(ran.first)).toEqual([1024, -1024, 5 * 2 ** 32 + 3, -(5 * 2 ** 32 + 3)])
  // every object is somebody's
  expect(ran.first.records.filter((r) => r.kind === eventKinds.new && r.thread === 0)).toEqual([])
})

test('who waited for what: a blocking copy for itself, a stream for its last command, a context for the last of all', async () => {
  const source = `${records}
call(LAUNCH, 1); call(LAUNCH, 2); call(LAUNCH, 3)
play.play_enter(STREAM_WAIT, 4)
a = now()
play.play_exit(STREAM_WAIT, 4, 0)
play.play_enter(CONTEXT_WAIT, 5)
b = now()
play.play_exit(CONTEXT_WAIT, 5, 0)
play.play_enter(READ, 6)
c = now()
play.play_exit(READ, 6, 0)
Sync = cupti.ActivitySynchronizationType
buffer(sync(4, Sync.STREAM_SYNCHRONIZE, 7), sync(5, Sync.CONTEXT_SYNCHRONIZE), kernel(1, a - 9, a, 'one'), kernel(2, a - 5, a - 1, 'two', stream_id=9),
       kernel(3, b - 2, b, 'three', stream_id=9), copy(6, c - 1, c, 'DTOH', 'DEVICE', 'PAGEABLE'))
`
  const whole = await recordWhole({ ...python, env: { ...python.env, ...env } }, source, onTestFinished)
  expect(whole.code, whole.output).toBe(0)
  const arrows = `SELECT e.kernel, e.operation FROM flow f JOIN kind k ON k.what = 'flow' AND k.id = f.kind JOIN lane l ON l.id = f.from_lane
    JOIN object o ON o.id = l.object JOIN execution e ON e.stream = o.name AND e.start + e.dur = f.from_time WHERE k.name = 'finished' ORDER BY f.to_time`
  expect(whole.rows(arrows)).toEqual([
    ['one', 'kernel'],
    ['three', 'kernel'],
    [null, 'read'],
  ])
})

test('what is missing is counted and said; a call that fails is no command; who profiles itself gets CUPTI', () => {
  const ran = recorded(`
call(LAUNCH, 1, 719)
buffer(kernel(1, now(), now()), kernel(2, now(), now()), lost=5)
import gc
core = next(m for m in gc.get_objects() if type(m) is type(sys) and m.__name__ == 'interleave_core')
print(play.play_listens())
core.cuda_leave('torch.profiler')
print(play.play_listens())
`)
  expect(commandsOf(ran.first)).toEqual([])
  expect(ran.out).toBe('1\n0\n')
  expect(ran.first.records.filter((r) => r.kind === eventKinds.lost).map((r) => r.arg)).toEqual([5])
  expect(notesOf(ran)).toEqual([
    'CUPTI dropped 5 records: commands of the device are missing.',
    'Of 2 commands of the device the call is missing that launched them: they are not shown.',
    'From here on what CUDA does on the device is not recorded: CUPTI serves one listener, and torch.profiler wants to be it.',
  ])
})

test('CUPTI is begun when the driver is, and the program does not see how; a forked child begins its own', () => {
  const ran = record(
    python,
    `${prelude}
print(play.play_listens(), 'CUDA_INJECTION64_PATH' in os.environ, flush=True)
child = os.fork()
if child: os.waitpid(child, 0)
driver.cuInit(0)
print(play.play_listens(), flush=True)
`,
    { env },
  )
  expect([ran.status, ran.err]).toEqual([0, ''])
  expect(ran.out).toBe('0 False\n1\n1\n')
})

test('without CUPTI, with another tool, or with one that listens already, one sentence says so', async () => {
  const notes = (source: string, more = {}) => notesOf(record(python, source, { env: { ...env, ...more } }))
  const without = "open('triton.py', 'w').close()\nimport sys\nsys.path.insert(0, '.')\nimport triton\nprint(triton)\n"
  expect(notesOf(record(await pythonFor('gpu'), without))).toEqual([])
  expect(notesOf(record(await pythonFor('gpu'), without, { env }))).toEqual([
    'What CUDA does on the device is not recorded: CUPTI is not there: install the package nvidia-cuda-cupti (CUDA 12: nvidia-cuda-cupti-cu12).',
  ])
  expect(notes(`${prelude}\ndriver.cuInit(0)`, { TAKEN: '1' })).toEqual([
    'What CUDA does on the device is not recorded: CUPTI says somebody else listens.',
  ])
  expect(notes(prelude, { CUDA_INJECTION64_PATH: '/other/tool.so' })).toEqual([
    'What CUDA does on the device is not recorded: another tool watches it: /other/tool.so.',
  ])
})
