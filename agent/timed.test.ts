// Which waits give up by themselves: `timed` on wait and suspend. Every line of the programs here that waits says by its
// comment what is expected of it, and each must have waited.
import { describe, expect, test } from 'vitest'
import { eventKinds, flags, reasons } from '../wire/kinds.ts'
import { type Recorded, pythons, record } from './test/run-python.ts'
import { lineOf } from './test/processes.ts'

/** What is said of each line, and what was recorded there; lines that say nothing may do anything. */
function check(ran: Recorded): void {
  const told = new Map<number, Set<string>>()
  for (const process of ran.processes)
    for (const r of process.records) {
      if (r.kind !== eventKinds.wait && r.kind !== eventKinds.suspend) continue
      if (r.kind === eventKinds.suspend && [0, reasons.loop].includes(r.flags & 0xff)) continue
      const line = lineOf(ran, process, r)
      told.set(line, (told.get(line) ?? new Set()).add(r.flags & flags.timed ? 'timed' : 'for ever'))
    }
  const expected = ran.source.split('\n').flatMap((text, i): [string, string][] => {
    const [code, comment] = text.split('  # ')
    return comment ? [[`${i + 1}: ${code!.trim()}`, comment]] : []
  })
  expect(expected.map(([line]) => [line, [...(told.get(Number.parseInt(line)) ?? [])].join()])).toEqual(expected)
}

const helping = `
import os, threading, until
PUT, FUTURE, MESSAGE, PROCESS = 8, 14, 16, 17
def after_wait(act, why=None):
    "A thread that acts once whoever starts it has begun its next wait."
    n = until.count(why=why) + 1
    def work():
        until.waits(n, why=why)
        act()
    thread = threading.Thread(target=work)
    thread.start()
    return thread
`

const threads = `${helping}
import queue, time
from concurrent.futures import ThreadPoolExecutor, as_completed, wait

lock = threading.Lock()
lock.acquire()
lock.acquire(timeout=0.001)  # timed
lock.acquire(True, 0.001)  # timed
after_wait(lock.release)
lock.acquire(timeout=-1)  # for ever
after_wait(lock.release)
lock.acquire()  # for ever
after_wait(lock.release)
with lock: pass  # for ever

rlock, taken = threading.RLock(), threading.Event()
def hold(n):
    with rlock:
        taken.set()
        until.waits(n)
def held(waits):
    taken.clear()
    threading.Thread(target=hold, args=(until.count() + waits,)).start()
    while not taken.is_set(): pass
held(2)
rlock.acquire(timeout=0.001)  # timed
with rlock: pass  # for ever

semaphore = threading.Semaphore(0)
semaphore.acquire(timeout=0.001)  # timed
after_wait(semaphore.release)
semaphore.acquire()  # for ever

condition = threading.Condition()
def notify():
    with condition: condition.notify()
with condition: condition.wait(0.001)  # timed
with condition: condition.wait_for(lambda: False, timeout=0.001)  # timed
after_wait(notify)
with condition: condition.wait()  # for ever

event = threading.Event()
event.wait(0.001)  # timed
after_wait(event.set)
event.wait()  # for ever

barrier = threading.Barrier(2)
late = threading.Barrier(2, timeout=0.001)
try: barrier.wait(0.001)  # timed
except threading.BrokenBarrierError: barrier.reset()
try: late.wait()  # timed
except threading.BrokenBarrierError: pass
after_wait(barrier.wait)
barrier.wait()  # for ever

items, room, simple = queue.Queue(), queue.Queue(1), queue.SimpleQueue()
room.put(1)
try: items.get(timeout=0.001)  # timed
except queue.Empty: pass
try: room.put(2, True, 0.001)  # timed
except queue.Full: pass
try: simple.get(timeout=0.001)  # timed
except queue.Empty: pass
try: simple.get(True, 0.001)  # timed
except queue.Empty: pass
after_wait(lambda: items.put(1))
items.get()  # for ever
after_wait(room.get_nowait)
room.put(2)  # for ever
after_wait(lambda: simple.put(1))
simple.get()  # for ever
items.put(1)
after_wait(lambda: (items.get_nowait(), items.task_done(), items.task_done()))
items.join()  # for ever

sleeper = after_wait(int)
sleeper.join(timeout=0.001)  # timed
after_wait(int).join()  # for ever
after_wait(int).join(timeout=None)  # for ever

with ThreadPoolExecutor(1) as pool:
    job = pool.submit(until.waits, until.count(why=FUTURE) + 4, None, FUTURE)
    try: job.result(0.001)  # timed
    except Exception: pass
    wait([job], timeout=0.001)  # timed
    try: list(as_completed([job], timeout=0.001))  # timed
    except Exception: pass
    job.result()  # for ever
    job = pool.submit(until.waits, until.count(why=FUTURE) + 1, None, FUTURE)
    wait([job])  # for ever
time.sleep(0.001)  # for ever
`

const processes = `${helping}
import multiprocessing as mp
from multiprocessing.pool import ThreadPool
import queue
mp = mp.get_context('fork')

lock = mp.Lock()
lock.acquire()
lock.acquire(True, 0.001)  # timed
after_wait(lock.release)
lock.acquire()  # for ever

condition, event = mp.Condition(), mp.Event()
def notify():
    with condition: condition.notify()
with condition: condition.wait(0.001)  # timed
after_wait(notify)
with condition: condition.wait()  # for ever
event.wait(0.001)  # timed
after_wait(event.set)
event.wait()  # for ever

items, room = mp.Queue(), mp.Queue(1)
try: items.get(timeout=0.001)  # timed
except queue.Empty: pass
after_wait(lambda: items.put(1))
items.get()  # for ever
room.put(1)
try: room.put(2, True, 0.001)  # timed
except queue.Full: pass
after_wait(room.get, PUT)
room.put(2)  # for ever
room.get()

a, b = mp.Pipe()
b.poll(0.001)  # timed
after_wait(lambda: a.send(1), MESSAGE)
b.poll(None)  # for ever
b.recv()
after_wait(lambda: a.send(1), MESSAGE)
b.recv()  # for ever

child = mp.Process(target=until.waits, args=(until.count(why=PROCESS) + 3, os.getpid(), PROCESS))
child.start()
child.join(0.001)  # timed
child.join(timeout=0.001)  # timed
child.join()  # for ever

with ThreadPool(1) as pool:
    job = pool.apply_async(until.waits, (until.count(why=FUTURE) + 3, None, FUTURE))
    try: job.get(0.001)  # timed
    except Exception: pass
    job.wait(0.001)  # timed
    job.get()  # for ever
`

const tasks = (minor: number) => `
import asyncio

async def main():
    lock, event, items, loop = asyncio.Lock(), asyncio.Event(), asyncio.Queue(), asyncio.get_running_loop()
    future = loop.create_future()
    await lock.acquire()
    async def wait_slowly():
        await event.wait()  # for ever
    slow = asyncio.create_task(wait_slowly())
    later(lambda: future.set_result(1))
    await asyncio.wait_for(future, 60)  # timed
    await asyncio.wait([slow], timeout=0.001)  # timed
    later(lock.release)
    await lock.acquire()  # for ever
    later(lambda: items.put_nowait(1))
    await items.get()  # for ever
    later(event.set)
    await asyncio.wait([slow])  # for ever
    later(lambda: lock.release())
    await asyncio.wait_for(lock.acquire(), None)  # for ever
${
  minor < 11
    ? ''
    : `
    event.clear()
    try:
        async with asyncio.timeout(0.001) as outer:
            async with asyncio.timeout(None):
                await event.wait()  # timed
    except TimeoutError: pass
    async with asyncio.timeout(60) as limit:
        later(event.set)
        await event.wait()  # timed
        limit.reschedule(None)
        event.clear()
        later(event.set)
        await event.wait()  # for ever
    event.clear()
    later(event.set)
    await event.wait()  # for ever
    async with asyncio.timeout(60): await asyncio.sleep(0.001)  # for ever
`
}${
  minor < 12
    ? ''
    : `
    event.clear()
    try: await asyncio.wait_for(event.wait(), 0.001)  # timed
    except TimeoutError: pass
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    async def eager():
        async with asyncio.timeout(60):
            await event.wait()  # timed
        event.clear()
        await event.wait()  # for ever
    task = asyncio.create_task(eager())
    await asyncio.sleep(0)
    event.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    event.set()
    await task
`
}
def later(act):
    asyncio.get_running_loop().call_soon(lambda: asyncio.get_running_loop().call_soon(act))

asyncio.run(main())
`

describe.each(pythons)('Python 3.$minor', (python) => {
  test('of threads', () => {
    const ran = record(python, threads)
    expect(ran.err).toBe('')
    check(ran)
  })

  test('of processes', () => {
    const ran = record(python, processes)
    expect(ran.err).toBe('')
    check(ran)
  })

  test('of tasks', () => {
    const ran = record(python, tasks(python.minor))
    expect(ran.err).toBe('')
    check(ran)
  })
})
