// ThreadPoolExecutor and ProcessPoolExecutor: what becomes of each job, from submit to result, in whichever process, and who
// waits for it.
import { describe, expect, test } from 'vitest'
import { eventKinds, objectKinds, reasons } from '../wire/kinds.ts'
import { jobStory, poolsOf, waitsOf } from './test/jobs.ts'
import { pythons, record } from './test/run-python.ts'
import { story } from './test/story.ts'

describe.each(pythons)('Python 3.$minor', (python) => {
  const run = (source: string) => {
    const ran = record(python, source)
    expect(ran.err).toBe('')
    expect(ran.status).toBe(0)
    return ran
  }

  test('ThreadPoolExecutor: each job begins and ends on a worker; a cancelled one never begins', () => {
    const ran = run(`
import threading
from concurrent.futures import ThreadPoolExecutor
gate = threading.Event()

def work(n):
    gate.wait()
    return 1 / n

with ThreadPoolExecutor(2) as pool:
    jobs = [pool.submit(work, n) for n in (1, 0, 2)]
    print(jobs[2].cancel(), jobs[2].cancel())
    gate.set()
    print(jobs[0].result(), repr(jobs[1].exception()))
    print(list(pool.map(work, [4])), pool.submit(max, 1, 2).result())
`)
    expect(ran.out).toBe(`True True\n1.0 ZeroDivisionError('division by zero')\n[0.25] 2\n`)
    expect(jobStory(ran).of('pool')).toEqual([
      'submit 1; 0.0 begin work:6, 0.0 end done',
      'submit 1; 1.0 begin work:6, 1.0 end raised',
      'submit 1; 2.0 result cancelled',
      'submit 1; 3.0 begin work:6, 3.0 end done',
      'submit 1; 4.0 begin unknown function, 4.0 end done',
    ])
    expect(poolsOf(ran).map((r) => [r.arg, ran.first.sites.get(r.site)?.line])).toEqual([[2, 10]])
    const own = story(ran)
      .of()
      .filter((text) => / (acquires|put|makes) /.test(text) && !/rlock|Lock/.test(text))
    expect(own).toEqual(['MainThread makes event gate', 'MainThread makes pool pool (2)'])
  })

  test('who waits for a result waits for its pool, once, at its own line; idle workers wait for the pool too', () => {
    const ran = run(`
import threading, until
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
gates = [threading.Event() for _ in range(5)]
pool = ThreadPoolExecutor(2)

def opened(gate, ask):
    waits = until.count()
    asker = threading.Thread(target=ask)
    asker.start()
    until.waits(waits + 1)
    gate.set()
    asker.join()

until.waits(0)
jobs = [pool.submit(gate.wait) for gate in gates[:2]]
until.waits(2)
opened(gates[0], lambda: jobs[0].result())
until.waits(5)
opened(gates[1], lambda: jobs[1].exception())
until.waits(8)
jobs = [pool.submit(gate.wait) for gate in gates[2:4]]
until.waits(10)
opened(gates[2], lambda: wait(jobs, return_when='FIRST_COMPLETED'))
until.waits(13)
opened(gates[3], lambda: list(as_completed(jobs)))
until.waits(16)
other = Future()
asker = threading.Thread(target=other.result)
asker.start()
until.waits(17)
other.set_result(1)
asker.join()
pool.shutdown()
`)
    const [pool] = poolsOf(ran).map((r) => r.object)
    expect(waitsOf(ran, reasons.future).map((w) => [w.line, w.object])).toEqual([
      [18, pool],
      [20, pool],
      [24, pool],
      [26, pool],
      [0, 0],
    ])
    expect(waitsOf(ran, reasons.queueGet)).toEqual(Array.from({ length: 4 }, () => ({ line: 0, object: pool })))
    expect(waitsOf(ran, reasons.condition)).toEqual([])
    expect(waitsOf(ran, reasons.event).length).toBe(4)
  })

  test.each(['fork', 'spawn'])('ProcessPoolExecutor, %s: jobs run in workers, their results come back', (how) => {
    const ran = run(`
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

def work(n):
    return 1 / n

def unpicklable(n):
    return lambda: n

if __name__ == '__main__':
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context('${how}')) as pool:
        print(pool.submit(work, 1).result(), repr(pool.submit(work, 0).exception()))
        print(list(pool.map(work, [4, 5, 8], chunksize=2)))
        print(type(pool.submit(unpicklable, 1).exception()) is not None, pool.submit(max, 1, 2).result())
        print(pool.submit(lambda: 1).exception() is not None)
`)
    expect(ran.out).toBe(`1.0 ZeroDivisionError('division by zero')\n[0.25, 0.2, 0.125]\nTrue 2\nTrue\n`)
    const jobs = jobStory(ran)
    expect(jobs.of('pool')).toEqual([
      'submit 1; 0.0 begin work:5, 0.0 end done, 0.0 result done',
      'submit 1; 1.0 begin work:5, 1.0 end raised, 1.0 result raised',
      'submit 1; 2.0 begin work:5, 2.0 end done, 2.0 result done',
      'submit 1; 3.0 begin work:5, 3.0 end done, 3.0 result done',
      'submit 1; 4.0 begin unpicklable:8, 4.0 end done, 4.0 result raised',
      'submit 1; 5.0 begin unknown function, 5.0 end done, 5.0 result done',
      'submit 1; 6.0 result raised',
    ])
    expect(jobs.workers('pool')).not.toContain(ran.first.about.pid)
    expect(poolsOf(ran).map((r) => r.arg)).toEqual([2])
  })

  test('a worker of a ProcessPoolExecutor is killed: its job never ends, all that were pending have their error', () => {
    const ran = run(`
import os, signal, until
from concurrent.futures import ProcessPoolExecutor

def die():
    until.waits(1, os.getppid(), why=14)
    os.kill(os.getpid(), signal.SIGKILL)

if __name__ == '__main__':
    with ProcessPoolExecutor(1) as pool:
        jobs = [pool.submit(die), pool.submit(die)]
        print([type(job.exception()).__name__ for job in jobs])
`)
    expect(ran.out).toBe(`['BrokenProcessPool', 'BrokenProcessPool']\n`)
    expect(jobStory(ran).of('pool')).toEqual([
      'submit 1; 0.0 begin die:5, 0.0 result raised',
      'submit 1; 1.0 result raised',
    ])
  })

  test('what a pool gives up without running it has a result all the same: shut down, or its initializer failed', () => {
    const ran = run(`
import logging, threading
from concurrent.futures import ThreadPoolExecutor
logging.disable()
gate = threading.Event()
begun = threading.Event()

def work():
    begun.set()
    gate.wait()

def fail():
    gate.wait()
    raise ValueError

pool = ThreadPoolExecutor(1)
jobs = [pool.submit(work), pool.submit(work)]
begun.wait()
pool.shutdown(wait=False, cancel_futures=True)
broken = ThreadPoolExecutor(1, initializer=fail)
jobs.append(broken.submit(work))
gate.set()
print(jobs[0].result(), jobs[1].cancelled(), type(jobs[2].exception()).__name__)
`)
    expect(ran.out).toBe('None True BrokenThreadPool\n')
    const jobs = jobStory(ran)
    expect(jobs.of('pool')).toEqual(['submit 1; 0.0 begin work:8, 0.0 end done', 'submit 1; 1.0 result cancelled'])
    expect(jobs.of('broken')).toEqual(['submit 1; 0.0 result raised'])
  })

  test('the function of a job is found through partials, methods, callable objects and asyncio', () => {
    const ran = run(`
import asyncio, functools
from concurrent.futures import ThreadPoolExecutor

class Counter:
    def up(self, n=1): pass
    def __call__(self): pass

async def main():
    with ThreadPoolExecutor(1) as pool:
        loop = asyncio.get_running_loop()
        for f in (Counter().up, functools.partial(Counter().up, 2), Counter(), int):
            await loop.run_in_executor(pool, f)
        loop.set_default_executor(pool)
        await asyncio.to_thread(Counter().up, n=3)

asyncio.run(main())
`)
    expect(
      jobStory(ran)
        .of('pool')
        .map((text) => text.split(/begin |,/)[1]),
    ).toEqual(['Counter.up:6', 'Counter.up:6', 'Counter.__call__:7', 'unknown function', 'Counter.up:6'])
    const of = (kind: number) => ran.first.records.filter((r) => r.kind === kind)
    const tasks = of(eventKinds.new).filter((r) => (r.flags & 0xff) === objectKinds.task)
    expect(of(eventKinds.submit).map((r) => r.thread)).toEqual(Array.from({ length: 5 }, () => tasks[0]!.object))
  })
})
