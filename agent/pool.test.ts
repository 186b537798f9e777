// Pools of threads and of processes: what becomes of each job, from submit to result, in whichever process; who waits for a
// result; and that a program with pools sees nothing of us.
import { describe, expect, test } from 'vitest'
import { eventKinds, objectKinds, reasons } from '../wire/kinds.ts'
import { jobStory } from './test/jobs.ts'
import { type Recorded, pythons, record, unrecorded } from './test/run-python.ts'
import { story } from './test/story.ts'

const waitsOf = (ran: Recorded, reason: number) =>
  ran.first.records
    .filter((r) => r.kind === eventKinds.wait && (r.flags & 0xff) === reason)
    .map((r) => ({ line: ran.first.sites.get(r.site)?.line ?? 0, object: r.object }))
const poolsOf = (ran: Recorded) =>
  ran.first.records.filter((r) => r.kind === eventKinds.new && (r.flags & 0xff) === objectKinds.pool)

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

  const forms = (make: string) => `
import multiprocessing
from multiprocessing.pool import ThreadPool

def work(n):
    return 1 / n

def pair(a, b):
    return a + b

if __name__ == '__main__':
    pool = ${make}
    with pool:
        print(pool.apply(work, (1,)), pool.apply_async(pair, (1,), {'b': 2}).get())
        try: pool.apply(work, (0,))
        except ZeroDivisionError as error: print(error)
        print(pool.map(work, [1, 2, 4], 2), pool.map(work, []), pool.map_async(work, [1]).get())
        print(pool.starmap(pair, [(1, 2)]), pool.starmap_async(pair, [(3, 4)]).get())
        print(list(pool.imap(work, [1, 2])), sorted(pool.imap_unordered(work, [1, 2, 4], 2)))
        try: print(pool.map(work, [0, 1], 1))
        except ZeroDivisionError as error: print(error)
    pool.join()
`
  const done = (name: string, ...parts: string[]) =>
    parts.map((part) => `${part} begin ${name}, ${part} end done, ${part} result done`).join('; ')
  test.each([
    ['Pool, fork', `multiprocessing.get_context('fork').Pool(2)`],
    ['Pool, spawn', `multiprocessing.get_context('spawn').Pool(2)`],
    ['ThreadPool', 'ThreadPool(2)'],
  ])('%s: every form, a part each', (name, make) => {
    const ran = run(forms(make))
    expect(ran.out).toBe(
      '1.0 3\ndivision by zero\n[1.0, 0.5, 0.25] [] [1.0]\n[3] [7]\n[1.0, 0.5] [0.25, 0.5, 1.0]\ndivision by zero\n',
    )
    const jobs = jobStory(ran)
    const raised = (part: string) => `${part} begin work:5, ${part} end raised, ${part} result raised`
    expect(jobs.of('pool')).toEqual([
      `submit 1; ${done('work:5', '0.0')}`,
      `submit 1; ${done('pair:8', '1.0')}`,
      `submit 1; ${raised('2.0')}`,
      `submit 2; ${done('work:5', '3.0', '3.1')}`,
      `submit 1; ${done('work:5', '5.0')}`,
      `submit 1; ${done('pair:8', '6.0')}`,
      `submit 1; ${done('pair:8', '7.0')}`,
      `submit 0; ${done('work:5', '8.0', '8.1')}`,
      `submit 0; ${done('work:5', '9.0', '9.1')}`,
      `submit 2; ${raised('10.0')}; ${done('work:5', '10.1')}`,
    ])
    expect(jobs.workers('pool').includes(ran.first.about.pid)).toBe(name === 'ThreadPool')
    const [pool] = poolsOf(ran)
    expect(pool!.arg).toBe(2)
    for (const w of waitsOf(ran, reasons.future)) expect(w.object).toBe(pool!.object)
    const handlers = ran.first.lines.flatMap((l) => (l.k === 'name' && / \(_handle/.test(l.name) ? [l.name] : []))
    expect(handlers).toEqual(
      ['_handle_workers', '_handle_tasks', '_handle_results'].map((h, i) =>
        expect.stringContaining(name === 'ThreadPool' ? h : `Thread-${i + 1} (${h})`),
      ),
    )
  })

  test('a worker of a ProcessPoolExecutor is killed: its job never ends, all that were pending have their error', () => {
    const ran = run(`
import os, signal
from concurrent.futures import ProcessPoolExecutor

def die():
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

  test('a worker of a Pool is killed: its job has no end and no result; the next one runs in another process', () => {
    const ran = run(`
import multiprocessing, os, signal

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def live():
    return 'lives'

if __name__ == '__main__':
    with multiprocessing.get_context('fork').Pool(1) as pool:
        lost = pool.apply_async(die)
        print(pool.apply(live), lost.ready())
`)
    expect(ran.out).toBe('lives False\n')
    const jobs = jobStory(ran)
    expect(jobs.of('pool')).toEqual(['submit 1; 0.0 begin die:4', `submit 1; ${done('live:7', '1.0')}`])
    expect(new Set(jobs.workers('pool')).size).toBe(2)
  })

  test('maxtasksperchild: a new process for each job, of the same pool', () => {
    const ran = run(`
import multiprocessing
if __name__ == '__main__':
    with multiprocessing.get_context('fork').Pool(1, maxtasksperchild=1) as pool:
        print(pool.map(abs, [-1, -2, -3], 1))
        pool.close()
        pool.join()
`)
    expect(ran.out).toBe('[1, 2, 3]\n')
    const jobs = jobStory(ran)
    expect(jobs.of('pool')).toEqual([`submit 3; ${done('unknown function', '0.0', '0.1', '0.2')}`])
    expect(new Set(jobs.workers('pool')).size).toBe(3)
  })

  test('pools within pools: each job is of its own pool', () => {
    const ran = run(`
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
import multiprocessing

def leaf(n):
    return n + 1

def middle(n):
    with ThreadPoolExecutor(1) as inner:
        return inner.submit(leaf, n).result()

if __name__ == '__main__':
    outer = ThreadPoolExecutor(1)
    pool = ProcessPoolExecutor(1, multiprocessing.get_context('fork'))
    with outer, pool:
        print(outer.submit(lambda: pool.submit(middle, 1).result()).result())
`)
    expect(ran.out).toBe('2\n')
    const jobs = jobStory(ran)
    expect(jobs.of('outer')).toEqual(['submit 1; 0.0 begin <lambda>:16, 0.0 end done'])
    expect(jobs.of('pool')).toEqual([`submit 1; ${done('middle:8', '0.0')}`])
    expect(jobs.of('inner')).toEqual(['submit 1; 0.0 begin leaf:5, 0.0 end done'])
  })

  test('2,000 tiny jobs are all there', () => {
    const ran = run(`
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

def tiny(n):
    return n

if __name__ == '__main__':
    fork = multiprocessing.get_context('fork')
    with ThreadPoolExecutor(2) as threads:
        print(sum(threads.map(tiny, range(2000))))
    with ProcessPoolExecutor(2, fork) as processes:
        print(sum(processes.map(tiny, range(2000))))
    with fork.Pool(2) as pool:
        print(sum(pool.map(tiny, range(2000), 1)))
`)
    expect(ran.out).toBe('1999000\n1999000\n1999000\n')
    const jobs = jobStory(ran)
    for (const pool of ['threads', 'processes', 'pool']) {
      expect([pool, jobs.count('submit', pool)]).toEqual([pool, pool === 'pool' ? 1 : 2000])
      expect([pool, jobs.count('jobBegin', pool)]).toEqual([pool, 2000])
      expect([pool, jobs.count('jobEnd', pool)]).toEqual([pool, 2000])
      expect([pool, jobs.count('result', pool)]).toEqual([pool, pool === 'threads' ? 0 : 2000])
    }
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
  })

  test('a program with pools prints what it prints without us', () => {
    const source = `
import gc, multiprocessing, os, pickle, re, traceback, weakref
from concurrent import futures
from multiprocessing import pool as pools
from concurrent.futures import process, thread

def fail(n):
    raise ValueError(n)

class Own(futures.ThreadPoolExecutor):
    def submit(self, fn, *args, **kwargs):
        return super().submit(fn, *args, **kwargs)

def said(text): print(re.sub(r'0x[0-9a-f]+', '0x', text.replace(os.getcwd(), '')))

if __name__ == '__main__':
    for f in (futures.Future.set_result, futures.ThreadPoolExecutor.submit, futures.Future.cancel, process._process_worker):
        print(f.__name__, f.__doc__)
    print(pickle.dumps(pools.worker, 0), pickle.loads(pickle.dumps(process._process_worker)) is process._process_worker)
    with Own(1) as pool:
        job = pool.submit(fail, 1)
        futures.wait([job])
        try: job.result()
        except ValueError: said(traceback.format_exc())
        said(repr(job)), print(sorted(vars(job)), sorted(vars(pool)))
        for wrong in (lambda: pool.submit(), lambda: job.set_result(), lambda: futures.Future().set_result(1) or job.set_result(2)):
            try: wrong()
            except Exception as error: print(type(error).__name__)
    gone = weakref.ref(job)
    del job
    gc.collect()
    print(gone())
    try: pool.submit(fail, 2)
    except RuntimeError as error: print(error)
    try: futures.ThreadPoolExecutor(0)
    except ValueError as error: print(error)
    with futures.ProcessPoolExecutor(1) as pool:
        job = pool.submit(fail, 1)
        futures.wait([job])
        try: job.result()
        except ValueError: said(traceback.format_exc())
    for pool in (multiprocessing.Pool(1), pools.ThreadPool(1)):
        with pool:
            said(repr(pool)), print(sorted(vars(pool)), sorted(vars(pool.apply_async(max, (1, 2)))))
            try: pool.map(fail, [1])
            except ValueError: said(traceback.format_exc())
            pool.close(), pool.join()
`
    const plain = unrecorded(python, source)
    const traced = record(python, source)
    expect(traced).toMatchObject(plain)
  })
})
