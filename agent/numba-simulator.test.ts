// Numba's CUDA simulator: real kernels in the simulator. Each copy and kernel is told once, with the program's line, its bytes or
// sizes, and times that the host could measure; memory is taken and given back; CUDA's threads are nobody else's.
import { expect, test } from 'vitest'
import { eventKinds, flags } from '../wire/kinds.ts'
import { commandsOf, devicesOf, madeOf, memoryOf, nameOf } from './test/commands.ts'
import { pythonFor } from './test/python-with.ts'
import { record, unrecorded } from './test/run-python.ts'

const python = await pythonFor('gpu')
const simulated = { env: { NUMBA_ENABLE_CUDASIM: '1' }, timeout: 60_000 }
const lineIn = (source: string, text: string) => source.split('\n').findIndex((line) => line.includes(text)) + 1

const adds = `
import numpy as np
from numba import cuda

@cuda.jit(device=True)
def twice(x):
    return 2 * x

@cuda.jit
def add(a, b, out):
    i = cuda.grid(1)
    if i < out.size:
        out[i] = twice(a[i]) + b[i]

@cuda.jit
def mark(out):
    x, y = cuda.grid(2)
    cuda.syncthreads()
    out[x, y] = 1
`

test('a kernel, its implicit and explicit copies, streams and memory', () => {
  const source = `${adds}
host = np.arange(16, dtype=np.float32)
device = cuda.to_device(host)
out = cuda.device_array(16, np.float32)
stream = cuda.stream()
add[4, 4](host, device, out)
add[2, 8, stream](device, device, out)
cuda.synchronize()
print(out.copy_to_host(stream=stream)[:3])
device.copy_to_device(host, stream)
device.copy_to_device(out)
cuda.to_device(host, to=device)
mark[(1, 2), (2, 1)](cuda.device_array((2, 2)))
add.forall(16)(device, device, out)
del device
print(isinstance(stream, cuda.stream), add, type(out).__name__)
`
  const ran = record(python, source, simulated)
  const plain = unrecorded(python, source, simulated)
  const words = (text: string) => text.replaceAll(/0x[0-9a-f]+/g, '')
  expect([ran.status, words(ran.out), ran.err]).toEqual([0, words(plain.out), ''])
  const p = ran.first
  const told = commandsOf(p)
  const [unnamed, own] = madeOf(p, 'stream').map((r) => r.object)
  const name = (stream: number) => (stream === own ? 'own' : nameOf(p, stream))
  const at = (text: string) => lineIn(source, text)
  const sizes = ({ work }: (typeof told)[number]) => work && [work.name, work.global, work.local]
  expect(told.map((c) => [name(c.stream), c.number, c.operation, sizes(c) ?? c.bytes, c.line])).toEqual([
    ['default stream', 1, 'write', 64, at('device = cuda')],
    ['default stream', 2, 'write', 64, at('add[4, 4]')],
    ['default stream', 3, 'kernel', ['add', [16], [4]], at('add[4, 4]')],
    ['default stream', 4, 'read', 64, at('add[4, 4]')],
    ['own', 1, 'kernel', ['add', [16], [8]], at('add[2, 8')],
    ['own', 2, 'read', 64, at('print(out')],
    ['own', 3, 'write', 64, at('device.copy_to_device(host')],
    ['default stream', 5, 'copy', 64, at('device.copy_to_device(out')],
    ['default stream', 6, 'write', 64, at('to=device')],
    ['default stream', 7, 'kernel', ['mark', [2, 2], [2]], at('mark[')],
    ['default stream', 8, 'kernel', ['add', [16], [1]], at('forall')],
  ])
  expect(unnamed).not.toBe(own)
  // one after the other, within the call
  let before = 0n
  for (const command of told) {
    const { started, ended, returned } = command.at
    expect([command.failed, command.reached]).toEqual([undefined, ['started', 'ended', 'returned']])
    expect(command.thread).toBe(p.about.mainThread)
    for (const time of [command.told, started!, ended!]) {
      expect(time).toBeGreaterThanOrEqual(before)
      before = time
    }
    expect(returned).toBe(ended)
  }
  // device, the host array while add[4, 4] runs (given back after it), out, and what only mark has
  const taken = memoryOf(p)
  expect(taken.filter((bytes) => bytes > 0)).toEqual([64, 64, 64, 32])
  expect(taken.filter((bytes) => bytes < 0).length).toBeGreaterThanOrEqual(3)
  const [device] = devicesOf(p)
  expect(device).toMatchObject({ type: 'simulator', vendor: 'Numba', uncertainty: 0 })
  expect(device!.clock).toContain('say nothing about a GPU')
  expect(nameOf(p, device!.object)).toBe('CUDA simulator of Numba')
  for (const r of [...madeOf(p, 'stream'), ...madeOf(p, 'context')]) expect(r.arg).toBe(device!.object)
  // CUDA's threads are the simulator's own, and so is what it makes for each
  const starts = p.records.filter((r) => r.kind === eventKinds.threadStart)
  expect(starts.length).toBe(16 + 16 + 4 + 16)
  for (const r of [...starts, ...madeOf(p, 'event')]) expect(r.flags & flags.internal).toBe(flags.internal)
})

test('what fails: a kernel that raises, a grid that cannot be, copies that do not fit', () => {
  const source = `${adds}
@cuda.jit
def wrong(out):
    if cuda.grid(1) == 3:
        raise ValueError('three')

def attempt(call):
    try: call()
    except Exception as error: print(type(error).__name__, error)

host = np.zeros(8, np.float32)
device = cuda.to_device(host)
attempt(lambda: wrong[2, 2](host))
attempt(lambda: add[2](host, host, host))
attempt(lambda: add(host, host, host))
attempt(lambda: device.copy_to_host(np.zeros(3)))
attempt(lambda: device.copy_to_device(np.zeros(3, np.float32)))
attempt(lambda: cuda.device_array(-1))
add[1, 8](device, device, host)
print(host.sum())
`
  const ran = record(python, source, simulated)
  const plain = unrecorded(python, source, simulated)
  expect([ran.status, ran.out, ran.err]).toEqual([plain.status, plain.out, plain.err])
  expect(ran.out).toContain('ValueError')
  const told = commandsOf(ran.first).map((c) => [c.operation, c.line, c.failed])
  const at = (text: string) => lineIn(source, text)
  expect(told).toEqual([
    ['write', at('device = cuda'), undefined],
    ['write', at('wrong[2'), undefined],
    ['kernel', at('wrong[2'), 'ended'],
    ['read', at('device.copy_to_host'), 'ended'],
    ['write', at('device.copy_to_device'), 'ended'],
    ['write', at('add[1, 8]'), undefined],
    ['kernel', at('add[1, 8]'), undefined],
    ['read', at('add[1, 8]'), undefined],
  ])
  expect(ran.first.lines.filter((line) => line.k === 'note')).toEqual([])
})

test('threads of the program that use it, and arrays that outlive everything', () => {
  const source = `${adds}
import threading
kept = []
def work():
    with lock:  # while a kernel runs, the name cuda is the simulator's
        array = cuda.to_device(np.ones(4, np.float32))
        kept.append(array)
        add[1, 4](array, array, array)
        array.copy_to_host()
lock = threading.Lock()
threads = [threading.Thread(target=work, name=f'worker {n}') for n in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
`
  const ran = record(python, source, simulated)
  expect([ran.status, ran.out, ran.err]).toEqual([0, '', ''])
  const told = commandsOf(ran.first)
  const workers = new Set(told.map(({ thread }) => nameOf(ran.first, thread)))
  expect([...workers].sort()).toEqual(['worker 0', 'worker 1', 'worker 2'])
  for (const worker of workers)
    expect(told.filter((c) => nameOf(ran.first, c.thread) === worker).map((c) => c.operation)).toEqual([
      'write',
      'kernel',
      'read',
    ])
  expect(new Set(told.map(({ number }) => number)).size).toBe(9)
  const starts = ran.first.records.filter((r) => r.kind === eventKinds.threadStart)
  expect(starts.filter((r) => !(r.flags & flags.internal)).length).toBe(3)
})
