// multiprocessing.Pool and ThreadPool, pools within pools, and many jobs: what becomes of each part of each job, from submit to
// result; and that a program with pools sees nothing of us.
import { describe, expect, test } from 'vitest'
import { reasons } from '../wire/kinds.ts'
import { jobStory, poolsOf, waitsOf } from './test/jobs.ts'
import { pythons, record, unrecorded } from './test/run-python.ts'

describe.each(pythons)('Python 3.$minor', (python) => {
  const run = (source: string) => {
    const ran = record(python, source)
    expect(ran.err).toBe('')
    expect(ran.status).toBe(0)
    return ran
  }

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
    const all = [
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
    ]
    // of threads the end is the result
    const told = name === 'ThreadPool' ? all.map((text) => text.replace(/, [\d.]+ result \w+/g, '')) : all
    expect(jobs.of('pool')).toEqual(told)
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
