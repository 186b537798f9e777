// asyncio's own Lock, Semaphore, Event, Condition, Barrier and Queue: what tasks do with them, and who waits for what.
import { describe, expect, test } from 'vitest'
import { pythons, record } from './test/run-python.ts'
import { story } from './test/story.ts'

describe.each(pythons)('Python 3.$minor', (python) => {
  /** What happens to the object, and what the tasks a, b … wait for and by whose doing they go on. */
  const tell = (source: string, object: string) => {
    const ran = record(python, source)
    expect(ran.err).toBe('')
    return story(ran)
      .all()
      .filter((text) => new RegExp(`\\b${object}\\b|^[a-e] is ready|^[a-e] waits`).test(text))
      .filter((text) => !/ready: by main$/.test(text) || text.includes(object))
  }

  test('Lock: the second waits, its release lets it in, and its acquire says so', () => {
    const told = tell(
      `
import asyncio

async def hold(lock):
    async with lock:
        await asyncio.sleep(0)

async def main():
    lock = asyncio.Lock()
    a = asyncio.create_task(hold(lock))
    b = asyncio.create_task(hold(lock))
    await a
    await b
    print(lock.locked(), vars(lock)['_locked'], repr(lock)[-10:])

asyncio.run(main())
`,
      'lock',
    )
    expect(told).toEqual([
      'main makes lock lock',
      'a acquires lock',
      'b waits for lock (lock)',
      'a releases lock',
      'b is ready: by a',
      'b acquires lock, contended',
      'b releases lock',
    ])
  })

  test('Semaphore: a permit goes from one task to the next', () => {
    const told = tell(
      `
import asyncio

async def hold(permits):
    async with permits:
        await asyncio.sleep(0)

async def main():
    permits = asyncio.BoundedSemaphore(2)
    a = asyncio.create_task(hold(permits))
    b = asyncio.create_task(hold(permits))
    c = asyncio.create_task(hold(permits))
    await asyncio.gather(a, b, c)
    try: permits.release()
    except ValueError: pass

asyncio.run(main())
`,
      'permits',
    )
    expect(told).toEqual([
      'main makes boundedSemaphore permits (2)',
      'a acquires permits',
      'b acquires permits',
      'c waits for permits (semaphore)',
      'a releases permits 1',
      'c acquires permits, contended',
      'c is ready: by a',
      'b releases permits 1',
      'c releases permits 1',
    ])
  })

  test('a task that is cancelled while it waits for a lock does not get it', () => {
    const told = tell(
      `
import asyncio

async def hold(lock):
    async with lock:
        pass

async def main():
    lock = asyncio.Lock()
    await lock.acquire()
    a = asyncio.create_task(hold(lock))
    await asyncio.sleep(0)
    a.cancel()
    await asyncio.wait([a])
    lock.release()
    await lock.acquire()

asyncio.run(main())
`,
      'lock',
    )
    expect(told).toEqual([
      'main makes lock lock',
      'main acquires lock',
      'a waits for lock (lock)',
      'main releases lock',
      'main acquires lock',
    ])
  })

  test('Event and Condition: who sets or notifies, and how many that lets go', () => {
    const source = `
import asyncio

async def waits(event, condition):
    await event.wait()
    async with condition:
        await condition.wait()

async def main():
    event = asyncio.Event()
    condition = asyncio.Condition()
    a = asyncio.create_task(waits(event, condition))
    b = asyncio.create_task(waits(event, condition))
    await asyncio.sleep(0)
    event.set()
    for _ in range(3): await asyncio.sleep(0)
    async with condition:
        condition.notify(1)
    await a
    async with condition:
        condition.notify_all()
    await b
    event.clear()

asyncio.run(main())
`
    const ran = record(python, source)
    expect(ran.err).toBe('')
    const told = story(ran)
    expect(told.of('event')).toEqual([
      'main makes event event',
      'a waits for event (event)',
      'b waits for event (event)',
      'main set event',
      'main clear event',
    ])
    expect(told.by('a').filter((text) => text.includes('ready'))).toEqual(Array(3).fill('a is ready: by main'))
    expect(told.of('condition').filter((text) => /waits|notify/.test(text))).toEqual([
      'a waits for condition (condition)',
      'b waits for condition (condition)',
      'main notify condition 1',
      'main notify condition 1',
    ])
  })

  test.runIf(python.minor >= 11)('Barrier: the last to arrive lets the others go; an abort breaks it', () => {
    const told = tell(
      `
import asyncio

async def arrives(barrier):
    try: await barrier.wait()
    except asyncio.BrokenBarrierError: pass

async def main():
    barrier = asyncio.Barrier(2)
    a = asyncio.create_task(arrives(barrier))
    b = asyncio.create_task(arrives(barrier))
    await asyncio.gather(a, b)
    c = asyncio.create_task(arrives(barrier))
    await asyncio.sleep(0)
    await barrier.abort()
    await c

asyncio.run(main())
`,
      'barrier',
    )
    expect(told).toEqual([
      'main makes barrier barrier (2)',
      'a arrive barrier 1',
      'a waits for barrier (barrier)',
      'b arrive barrier 2',
      'a is ready: by b',
      'c arrive barrier 1',
      'c waits for barrier (barrier)',
      'main broken barrier',
    ])
  })

  test('Queue: waiting for room, for items and for the end of all tasks', () => {
    const told = tell(
      `
import asyncio

async def put(line):
    for item in 'xy':
        await line.put(item)
    await line.join()

async def get(line):
    for _ in range(3):
        await line.get()
        line.task_done()

async def main():
    line = asyncio.Queue(1)
    a = asyncio.create_task(put(line))
    b = asyncio.create_task(get(line))
    await a
    try: line.get_nowait()
    except asyncio.QueueEmpty: pass
    line.put_nowait('z')
    try: line.put_nowait('w')
    except asyncio.QueueFull: pass
    await b

asyncio.run(main())
`,
      'line',
    )
    expect(told).toEqual([
      'main makes queue line (1)',
      'a put line 1',
      'a waits for line (queuePut)',
      'b gets from line what a put at 6',
      'a is ready: by b',
      'b taskDone line',
      'b waits for line (queueGet)',
      'a put line 1',
      'b is ready: by a',
      'a waits for line (queueJoin)',
      'b gets from line what a put at 6',
      'b taskDone line',
      'a is ready: by b',
      'b waits for line (queueGet)',
      'main refused line',
      'main put line 1',
      'main refused line',
      'b gets from line what main put at 21',
      'b taskDone line',
    ])
  })

  test('the item got is the item put, in every kind of queue, and in one with an order of its own', () => {
    const order = (make: string) =>
      tell(
        `
import asyncio
class Front(asyncio.Queue):
    def _put(self, item): self._queue.appendleft(item)

async def main():
    line = asyncio.${make}()
    line.put_nowait(2)
    line.put_nowait(1)
    line.put_nowait(3)
    print([await line.get() for _ in range(3)])

asyncio.run(main())
`.replace('asyncio.Front', 'Front'),
        'line',
      ).flatMap((text) => (text.includes('gets') ? [text.split('put at ')[1]] : []))
    expect(order('Queue')).toEqual(['8', '9', '10'])
    expect(order('LifoQueue')).toEqual(['10', '9', '8'])
    expect(order('PriorityQueue')).toEqual(['9', '8', '10'])
    expect(order('Front')).toEqual(['10', '9', '8'])
  })

  test('as_completed waits for tasks, not for the queue that it has for itself', () => {
    const ran = record(
      python,
      `
import asyncio

async def main():
    a = asyncio.create_task(asyncio.sleep(0))
    for first in asyncio.as_completed([a]):
        await first

asyncio.run(main())
`,
    )
    expect(ran.err).toBe('')
    const told = story(ran).by('main')
    expect(told).toContain('main waits for something (task)')
    if (python.minor >= 13) expect(told).toContain('main awaits a')
    expect(told).toContain('main is ready: by a')
    expect(told.join()).not.toContain('queue')
  })
})
