// Queues between processes: the same item from put to get through feeder, pipe and processes, whatever starts these;
// what a queue lets wait, what it refuses, and what never leaves it.
import { describe, expect, test } from 'vitest'
import { eventKinds, objectKinds, reasons } from '../wire/kinds.ts'
import { Messages } from './test/messages.ts'
import { pythons, record, type Recorded } from './test/run-python.ts'

describe.each(pythons)('Python 3.$minor', (python) => {
  const run = (source: string): Recorded => {
    const ran = record(python, source)
    expect({ err: ran.err, status: ran.status }).toEqual({ err: '', status: 0 })
    return ran
  }
  const capacityOf = (ran: Recorded, kind: number) =>
    ran.first.records.filter((r) => r.kind === eventKinds.new && (r.flags & 0xff) === kind).map((r) => r.arg)

  test.each(['fork', 'forkserver', 'spawn'])(
    '%s: an item is followed through two queues and three processes',
    (how) => {
      const ran = run(`
import multiprocessing, sys
def double(numbers, doubled):
    while (n := numbers.get()) is not None: doubled.put(n * 2)
    doubled.put(None)

def add(doubled, result):
    total = 0
    while (n := doubled.get()) is not None: total += n
    result.put(total)

if __name__ == '__main__':
    ctx = multiprocessing.get_context('${how}')
    numbers, doubled = ctx.Queue(5), ctx.Queue()
    result = ctx.SimpleQueue()
    workers = [ctx.Process(target=double, args=(numbers, doubled)), ctx.Process(target=add, args=(doubled, result))]
    for w in workers: w.start()
    for n in (1, 2, 3, None): numbers.put(n)
    print(result.get())
    for w in workers: w.join()
`)
      expect(ran.out).toBe('12\n')
      const told = new Messages(ran)
      expect(told.arrows('numbers')).toEqual(Array(4).fill('<module> → double'))
      expect(told.arrows('doubled')).toEqual(Array(4).fill('double → add'))
      expect(told.arrows('result')).toEqual(['add → <module>'])
      expect(told.of('doubled').map((m) => m.line)).toEqual([4, 4, 4, 5])
      expect(capacityOf(ran, objectKinds.queue)).toEqual([5, 0])
      // made once, whoever else knows them
      const made = ran.processes.flatMap((p) => p.records.filter((r) => r.kind === eventKinds.new && r.flags < 0x800))
      expect(made.filter((r) => (r.flags & 0xff) === objectKinds.queue)).toHaveLength(2)
    },
  )

  test('several producers in processes and threads: each item comes from who put it', () => {
    const ran = run(`
import multiprocessing, threading
ctx = multiprocessing.get_context('fork')
line = ctx.Queue()
def one(q):
    for _ in range(20): q.put('one')

def two(q):
    for _ in range(20): q.put('two')

def three(q):
    for _ in range(20): q.put('three')

def both(q):
    threads = [threading.Thread(target=f, args=(q,)) for f in (two, three)]
    for t in threads: t.start()
    for t in threads: t.join()

workers = [ctx.Process(target=f, args=(line,)) for f in (one, both, two)]
for w in workers: w.start()
items = []
for _ in range(80): items.append(line.get())
print(*items)
for w in workers: w.join()
`)
    const told = new Messages(ran)
    expect(told.of('line').map((m) => m.from)).toEqual(ran.out.trim().split(' '))
    expect(new Set(told.of('line').map((m) => m.to))).toEqual(new Set(['<module>']))
  })

  test('an item that cannot be pickled never leaves, and the next one keeps its own put', () => {
    const ran = record(
      python,
      `
import multiprocessing
line = multiprocessing.get_context('fork').Queue()
line.put('a')
line.put(lambda: 0)
line.put('b')
print(line.get(), line.get())
`,
    )
    expect(ran.out).toBe('a b\n')
    expect(ran.err).toMatch(/PicklingError|AttributeError/)
    const told = new Messages(ran)
    expect(told.of('line').map((m) => m.line)).toEqual([4, 6])
    expect(told.records(eventKinds.post, 'line')).toHaveLength(3)
  })

  test('a consumer that is killed leaves the items of the others right', () => {
    const ran = run(`
import multiprocessing, os, signal
ctx = multiprocessing.get_context('fork')
line = ctx.Queue()
def dies(q):
    q.get()
    os.kill(os.getpid(), signal.SIGKILL)

def lives(q):
    q.get()

for n in range(3): line.put(n)
for target in (dies, lives, dies):
    worker = ctx.Process(target=target, args=(line,))
    worker.start()
    worker.join()
`)
    expect(new Messages(ran).arrows('line')).toEqual(['<module> → dies', '<module> → lives', '<module> → dies'])
  })

  test('get waits for an item, join for the last task_done, which is named', () => {
    const ran = run(`
import multiprocessing, until
ctx = multiprocessing.get_context('fork')
line = ctx.JoinableQueue()
def work(q, go):
    q.get()
    q.get()
    q.task_done()
    go.recv()
    q.task_done()

ours, theirs = ctx.Pipe()
worker = ctx.Process(target=work, args=(line, theirs))
worker.start()
line.put(1)
line.put(2)
import threading
joiner = threading.Thread(target=line.join)
before = until.count()
joiner.start()
until.waits(before + 1)
ours.send('go')
joiner.join()
worker.join()
try: line.task_done()
except ValueError as error: print(error)
`)
    expect(ran.out).toBe('task_done() called too many times\n')
    const told = new Messages(ran)
    expect(told.arrows('line')).toEqual(['<module> → work', '<module> → work'])
    const done = told.records(eventKinds.taskDone, 'line')
    expect(done.map(({ r }) => r.arg)).toEqual([1, 0])
    const waits = told.records(eventKinds.wait, 'line').filter(({ r }) => (r.flags & 0xff) === reasons.queueJoin)
    expect(waits).toHaveLength(1)
    const wake = told
      .records(eventKinds.wake, 'line')
      .find(({ r }) => r.thread === waits[0]!.r.thread && r.time > waits[0]!.r.time)
    expect(wake?.r.arg).toBe(done[1]!.r.seq)
  })

  test('a bounded queue that is full: put waits for room, and lasts out its time', () => {
    const ran = run(`
import multiprocessing, queue, threading, until
line = multiprocessing.get_context('fork').Queue(1)
line.put('a')
def put(): line.put('b')

putter = threading.Thread(target=put)
before = until.count()
putter.start()
until.waits(before + 1)
print(line.get())
putter.join()
try: line.put('c', timeout=0.001)
except queue.Full: print('full')
print(line.get())
`)
    expect(ran.out).toBe('a\nfull\nb\n')
    const told = new Messages(ran)
    const waits = told.records(eventKinds.wait, 'line').filter(({ r }) => (r.flags & 0xff) === reasons.queuePut)
    expect(waits.map((at) => at.func)).toEqual(['put', '<module>'])
    const after = waits.map((w) =>
      told.records(eventKinds.wake, 'line').find(({ r }) => r.thread === w.r.thread && r.time >= w.r.time),
    )
    expect(after.map((at) => at!.r.flags & 0xff)).toEqual([0, 1])
    expect(told.of('line').map((m) => m.line)).toEqual([4, 5])
  })

  test('refused without waiting; timed out after it', () => {
    const ran = run(`
import multiprocessing, queue
line = multiprocessing.get_context('fork').Queue(1)
for attempt in (line.get_nowait, lambda: line.get(False), lambda: line.get(timeout=0.001)):
    try: attempt()
    except queue.Empty: pass
line.put(1)
try: line.put_nowait(2)
except queue.Full: pass
print(line.get())
`)
    const told = new Messages(ran)
    expect(told.records(eventKinds.refused, 'line').map((at) => at.line)).toEqual([5, 4, 8])
    const wakes = told.records(eventKinds.wake, 'line').filter(({ r }) => (r.flags & 0xff) === 1)
    expect(wakes).toHaveLength(1)
  })

  test('nothing of us shows', () => {
    const source = `
import collections, inspect, multiprocessing, pickle
from multiprocessing import queues
line = multiprocessing.get_context('fork').Queue(3)
print(sorted(vars(line)), isinstance(line._buffer, collections.deque), line._buffer)
print([str(inspect.signature(f)) for f in (queues.Queue.put, queues.Queue.get, queues.JoinableQueue.put)])
try: pickle.dumps(line)
except RuntimeError as error: print(error)
try: line.put(1, wrong=2)
except TypeError as error: print(error)
line.put(1)
print(line.get(), line.qsize(), line.empty(), line.full())
line.close()
line.join_thread()
try: line.put(1)
except ValueError as error: print(str(error).split(' <')[0])
`
    const ran = run(source)
    expect(ran.out.split('\n')).toHaveLength(7)
    expect(ran.out).toContain("'_wlock', '_writer'] True deque([])")
  })
})
