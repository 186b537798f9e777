// Tries that fail at once. Every line of the programs here that says so by its comment must have one refusal and no wait;
// no other line may have one.
import { describe, expect, test } from 'vitest'
import { eventKinds, objectKinds } from '../wire/kinds.ts'
import { lineOf } from './test/processes.ts'
import { type Recorded, pythons, record } from './test/run-python.ts'

function check(ran: Recorded): void {
  expect(ran.err).toBe('')
  const made = new Map(
    ran.first.records.filter((r) => r.kind === eventKinds.new).map((r) => [r.object, r.flags & 0xff]),
  )
  const kindOf = (object: number) => Object.entries(objectKinds).find(([, kind]) => kind === made.get(object))?.[0]
  const at = (kind: number) =>
    ran.first.records
      .filter((r) => r.kind === kind)
      .map((r): [number, string | undefined] => [lineOf(ran, ran.first, r), kindOf(r.object)])
  const expected = ran.source
    .split('\n')
    .flatMap((text, i): [number, string][] => (text.includes('  # ') ? [[i + 1, text.split('  # ')[1]!]] : []))
  expect(at(eventKinds.refused)).toEqual(expected)
  const lines = new Set(expected.map(([line]) => line))
  expect(at(eventKinds.wait).filter(([line]) => lines.has(line))).toEqual([])
}

const trying = `
import contextlib
failing = contextlib.suppress(queue.Empty, queue.Full)
`

describe.each(pythons)('Python 3.$minor', (python) => {
  test('of threads', () => {
    check(
      record(
        python,
        `
import queue, threading
${trying}
lock = threading.Lock()
with lock:
    lock.acquire(False)  # lock
    lock.acquire(blocking=False)  # lock
    lock.acquire(timeout=0)  # lock
lock.acquire(False)
rlock = threading.RLock()
def other():
    rlock.acquire(False)  # rlock
with rlock:
    rlock.acquire(False)
    rlock.release()
    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
semaphore, bounded = threading.Semaphore(1), threading.BoundedSemaphore(1)
semaphore.acquire(False)
semaphore.acquire(False)  # semaphore
semaphore.acquire(timeout=0)  # semaphore
bounded.acquire()
bounded.acquire(blocking=False)  # boundedSemaphore
condition, event = threading.Condition(), threading.Event()
with condition: condition.wait(0)  # condition
event.wait(0)  # event
event.wait(timeout=0)  # event
event.set()
event.wait(0)
for kind in queue.Queue, queue.LifoQueue, queue.PriorityQueue: kind().qsize()
plain, last = queue.Queue(1), queue.LifoQueue(1)
first = queue.PriorityQueue(1)
plain.put_nowait(1)
with failing: plain.put_nowait(2)  # queue
with failing: plain.put(2, False)  # queue
with failing: plain.put(2, timeout=0)  # queue
plain.get_nowait()
with failing: plain.get_nowait()  # queue
with failing: plain.get(False)  # queue
with failing: plain.get(timeout=0)  # queue
with failing: last.get_nowait()  # lifoQueue
with failing: first.get_nowait()  # priorityQueue
simple = queue.SimpleQueue()
with failing: simple.get_nowait()  # simpleQueue
with failing: simple.get(block=False)  # simpleQueue
with failing: simple.get(timeout=0)  # simpleQueue
simple.put_nowait(1)
simple.get_nowait()
`,
      ),
    )
  })

  test('of tasks', () => {
    check(
      record(
        python,
        `
import asyncio
async def main():
    line = asyncio.Queue(1)
    try: line.get_nowait()  # queue
    except asyncio.QueueEmpty: pass
    line.put_nowait(1)
    try: line.put_nowait(1)  # queue
    except asyncio.QueueFull: pass
    await line.get()
asyncio.run(main())
`,
      ),
    )
  })

  test('of processes', () => {
    check(
      record(
        python,
        `
import queue
import multiprocessing as mp
${trying}
mp = mp.get_context('fork')
lock, rlock, semaphore = mp.Lock(), mp.RLock(), mp.Semaphore(1)
with lock:
    lock.acquire(False)  # lock
    lock.acquire(True, 0)  # lock
with rlock: rlock.acquire(False), rlock.release()
semaphore.acquire(False)
semaphore.acquire(block=False)  # semaphore
condition, event = mp.Condition(), mp.Event()
with condition: condition.wait(0)  # condition
event.wait(0)  # event
event.set()
event.wait(0)
line, joined = mp.Queue(1), mp.JoinableQueue(1)
with failing: line.get_nowait()  # queue
with failing: line.get(True, 0)  # queue
with failing: line.get(timeout=0)  # queue
line.put(1)
with failing: line.put_nowait(2)  # queue
with failing: line.put(2, timeout=0)  # queue
line.get()
with failing: joined.get_nowait()  # queue
joined.put(1)
with failing: joined.put(2, False)  # queue
joined.get()
joined.task_done()
`,
      ),
    )
  })
})
