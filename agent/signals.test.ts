// Condition, Event, Semaphore and Barrier: what is waited for, and the exact event that ends each wait.
import { describe, expect, test } from 'vitest'
import { pythons, record } from './test/run-python.ts'
import { story } from './test/story.ts'

describe.each(pythons)('Python 3.$minor', (python) => {
  const tell = (source: string, ...objects: string[]) => {
    const ran = record(python, source)
    expect(ran.err).toBe('')
    return story(ran).of(...objects)
  }

  test('a notify names the waiters it lets go, and each wake names its notify', () => {
    const told = tell(
      `
import threading, until
ready = threading.Condition()
turn = 0

def work(mine):
    with ready:
        while turn != mine: ready.wait()

a = threading.Thread(target=work, args=(1,), name='a')
b = threading.Thread(target=work, args=(2,), name='b')
a.start()
until.waits(1)
b.start()
until.waits(2)
with ready:
    turn = 1
    ready.notify()
a.join()
with ready:
    turn = 2
    ready.notify_all()
b.join()
with ready:
    ready.notify()
    ready.wait(0.001)
`,
      'ready',
    )
    expect(told.filter((line) => !line.includes('rlock') && !/acquires|releases/.test(line))).toEqual([
      'MainThread makes condition ready (2)',
      'a waits for ready (condition)',
      'b waits for ready (condition)',
      'MainThread notify ready 1',
      'a wakes: notify by MainThread',
      'MainThread notify ready 1',
      'b wakes: notify by MainThread',
      'MainThread notify ready',
      'MainThread waits for ready (condition)',
      'MainThread wakes, timedOut',
    ])
  })

  test('the lock under a condition is given up before the wait and taken again after it', () => {
    const told = tell(
      `
import threading, until
lock = threading.Lock()
changed = threading.Condition(lock)

def work():
    with changed:
        changed.wait()

worker = threading.Thread(target=work, name='worker')
worker.start()
until.waits(1)
with changed:
    changed.notify()
worker.join()
`,
      'lock',
      'changed',
    )
    const of = (who: string) => told.filter((line) => line.startsWith(who))
    expect(of('MainThread')).toEqual([
      'MainThread makes lock lock',
      'MainThread makes condition changed (2)',
      'MainThread acquires lock',
      'MainThread notify changed 1',
      'MainThread releases lock',
    ])
    const worker = of('worker').filter((line) => !/lock held|release by/.test(line))
    expect(worker.map((line) => line.replace(', contended', ''))).toEqual([
      'worker acquires lock',
      'worker releases lock',
      'worker waits for changed (condition)',
      'worker wakes: notify by MainThread',
      'worker acquires lock',
      'worker releases lock',
    ])
  })

  test('an event: set wakes all who wait, later waits do not wait', () => {
    const told = tell(
      `
import threading, until
gun = threading.Event()
runners = [threading.Thread(target=gun.wait, name=name) for name in 'ab']
runners[0].start()
until.waits(1)
runners[1].start()
until.waits(2)
gun.set()
for t in runners: t.join()
gun.wait()
gun.clear()
gun.wait(0.001)
gun.wait(0)
`,
      'gun',
    )
    expect(told.filter((line) => line.startsWith('MainThread'))).toEqual([
      'MainThread makes event gun',
      'MainThread set gun',
      'MainThread clear gun',
      'MainThread waits for gun (event)',
      'MainThread wakes, timedOut',
      'MainThread refused gun',
    ])
    for (const name of ['a', 'b'])
      expect(told.filter((line) => line.startsWith(name))).toEqual([
        `${name} waits for gun (event)`,
        `${name} wakes: set by MainThread`,
      ])
  })

  test('a semaphore: permits, refusals, and the release that lets the waiter in', () => {
    const told = tell(
      `
import threading, until
pool = threading.BoundedSemaphore(2)

def work():
    with pool:
        pass

worker = threading.Thread(target=work, name='worker')
pool.acquire()
with pool:
    pool.acquire(blocking=False)
    pool.acquire(timeout=0.001)
    worker.start()
    until.waits(2)
worker.join()
pool.release()
`,
      'pool',
    )
    expect(told).toEqual([
      'MainThread makes boundedSemaphore pool (2)',
      'MainThread acquires pool',
      'MainThread acquires pool',
      'MainThread refused pool',
      'MainThread waits for pool (semaphore)',
      'MainThread wakes, timedOut',
      'worker waits for pool (semaphore)',
      'MainThread releases pool 1',
      'worker wakes: release by MainThread',
      'worker acquires pool, contended',
      'worker releases pool 1',
      'MainThread releases pool 1',
    ])
  })

  test('several permits released by one call are all told', () => {
    const told = tell(
      `
import threading
pool = threading.Semaphore(0)
pool.release(3)
pool.acquire(); pool.acquire(); pool.acquire()
`,
      'pool',
    )
    const released = told.flatMap((line) => (line.includes('releases') ? [Number(line.split(' ').at(-1))] : []))
    expect(released.reduce((sum, n) => sum + n)).toBe(3)
    expect(told.filter((line) => line.includes('acquires'))).toHaveLength(3)
  })

  test('a barrier: the last arrival wakes the others; a broken one says so', () => {
    const told = tell(
      `
import threading, until
phase = threading.Barrier(3)

def work():
    try: phase.wait()
    except threading.BrokenBarrierError: pass

def crowd(*names):
    threads = [threading.Thread(target=work, name=name) for name in names]
    for i, t in enumerate(threads):
        waited = until.count()
        t.start()
        until.waits(waited + 1)
    return threads

two = crowd('a', 'b')
phase.wait()
for t in two: t.join()
one = crowd('c')
phase.reset()
one[0].join()
one = crowd('d')
phase.abort()
one[0].join()
`,
      'phase',
    )
    expect(told.filter((line) => !/^[abcd] wakes/.test(line))).toEqual([
      'MainThread makes barrier phase (3)',
      'a arrive phase 1',
      'a waits for phase (barrier)',
      'b arrive phase 2',
      'b waits for phase (barrier)',
      'MainThread arrive phase 3',
      'c arrive phase 1',
      'c waits for phase (barrier)',
      'MainThread broken phase',
      'd arrive phase 1',
      'd waits for phase (barrier)',
      'MainThread broken phase',
    ])
    expect(told.filter((line) => /^[abcd] wakes/.test(line)).sort()).toEqual([
      'a wakes: arrive by MainThread',
      'b wakes: arrive by MainThread',
      'c wakes: broken by MainThread',
      'd wakes: broken by MainThread',
    ])
  })

  test('what the library makes for itself stays silent', () => {
    const told = tell(
      `
import threading, queue, logging
t = threading.Thread(target=print)
t.start()
t.join()
event, pool, line = threading.Event(), threading.Semaphore(), queue.Queue()
`,
    )
    expect(told.filter((line) => line.includes(' makes ') && !line.includes('rlock'))).toEqual([
      'MainThread makes event event',
      'MainThread makes semaphore pool (1)',
      'MainThread makes queue line',
    ])
  })
})
