// loky's executor and joblib.Parallel: each job from where it is submitted over the worker that runs it to its result, and who
// waits for it; a worker that is killed; and that the program sees nothing of us.
import { expect, test } from 'vitest'
import { pythonFor } from './test/python-with.ts'
import { record, unrecorded } from './test/run-python.ts'
import { recordWhole } from './test/whole-trace.ts'

const python = await pythonFor('mapreduce')

/** what became of each job, and in which kinds of processes */
const jobs = `
  WITH who AS (SELECT l.id AS lane, t.name AS name, CASE WHEN p.name LIKE 'LokyProcess%' THEN 'worker' ELSE p.name END AS process
    FROM lane l JOIN object t ON t.id = l.object JOIN process p ON p.id = t.process)
  SELECT s.name, f.process, f.name, p.line, w.process, s.outcome, t.process, t.name
  FROM submission s JOIN who f ON f.lane = s.from_lane JOIN site p ON p.id = s.site
  LEFT JOIN who w ON w.lane = s.worker_lane LEFT JOIN who t ON t.lane = s.to_lane
  WHERE s.submitted <= coalesce(s.begun, s.submitted) AND coalesce(s.begun <= s.ended, 1)
  ORDER BY s.number`

const executor = `
from concurrent.futures import wait
from loky import get_reusable_executor

def square(n):
    return n * n

def half(n):
    return 1 / n

if __name__ == '__main__':
    executor = get_reusable_executor(max_workers=2)
    one = executor.submit(square, 3)
    wait([one])
    print(one.result(), list(executor.map(square, range(4), chunksize=2)))
    print(repr(executor.submit(half, 0).exception()))
    executor.shutdown()
`

test('loky: a job is submitted by its line, runs in a worker, and its result comes to the thread that waits for all', async ({
  onTestFinished,
}) => {
  const { code, output, left, rows } = await recordWhole(python, executor, onTestFinished)
  expect([code, output, left]).toEqual([0, "9 [0, 1, 4, 9]\nZeroDivisionError('division by zero')\n", []])
  const ran = (name: string, line: number, outcome: number) => [
    ...[name, 'program.py', 'MainThread', line, 'worker', outcome, 'program.py', 'ExecutorManagerThread'],
  ]
  expect(rows(jobs)).toEqual([ran('square', 13, 0), ran('square', 15, 0), ran('square', 15, 0), ran('half', 16, 2)])
  expect(rows(`SELECT func, line, count(*) FROM job WHERE pool = 'loky' GROUP BY 1, 2 ORDER BY 2`)).toEqual([
    ['square', 5, 3],
    ['half', 8, 1],
  ])
  expect(rows(`SELECT name, capacity, shared FROM object WHERE kind = 'pool' AND NOT internal`)).toEqual([
    ['loky', 2, 1],
  ])
  // whoever waits for a future waits for its pool, also one of the standard library's ways to wait
  const waited = rows(
    `SELECT DISTINCT why, object, line FROM wait WHERE thread = 'MainThread' AND why = 'future' ORDER BY 3`,
  )
  expect(waited.map(([why, object]) => [why, object])).toEqual(waited.map(() => ['future', 'loky']))
  expect(waited.map(([, , line]) => line)).toContain(14)
  const idle = `thread = 'MainThread' AND why = 'queueGet' AND object = 'loky'`
  expect(rows(`SELECT count(*) > 2 FROM wait WHERE ${idle}`)).toEqual([[1]])
})

test('loky: a worker is killed; its job never ends, and all that were left have their error', async ({
  onTestFinished,
}) => {
  const killed = `
import os, signal
from loky import ProcessPoolExecutor

def die():
    os.kill(os.getpid(), signal.SIGKILL)

if __name__ == '__main__':
    executor = ProcessPoolExecutor(max_workers=1)
    jobs = [executor.submit(die), executor.submit(die)]
    print([type(job.exception()).__name__ for job in jobs])
    executor.shutdown()
`
  const { code, output, left, rows } = await recordWhole(python, killed, onTestFinished)
  expect([code, left], output).toEqual([0, []])
  expect(output).toContain("['TerminatedWorkerError', 'TerminatedWorkerError']\n")
  expect(rows('SELECT name, begun IS NOT NULL, ended, to_lane IS NOT NULL FROM submission ORDER BY number')).toEqual([
    ['die', 1, null, 1],
    ['die', 0, null, 1],
  ])
})

const parallel = (how: string) => `
from joblib import Parallel, delayed

def square(n):
    return n * n

if __name__ == '__main__':
    print(Parallel(n_jobs=2, ${how})(delayed(square)(n) for n in range(6)))
`

test('joblib on loky: batches are jobs with the name of their function; who looks for results waits once', async ({
  onTestFinished,
}) => {
  const { code, output, left, rows } = await recordWhole(
    python,
    parallel(`pre_dispatch='all', batch_size=3`),
    onTestFinished,
  )
  expect([code, output, left]).toEqual([0, '[0, 1, 4, 9, 16, 25]\n', []])
  expect(rows(jobs).map((row) => row.slice(0, 6))).toEqual([
    ['square × 3', 'program.py', 'MainThread', 8, 'worker', 0],
    ['square × 3', 'program.py', 'MainThread', 8, 'worker', 0],
  ])
  expect(rows(`SELECT DISTINCT func, line FROM job WHERE pool = 'joblib'`)).toEqual([['square', 4]])
  expect(rows(`SELECT DISTINCT thread, why, object, line FROM wait WHERE why IN ('sleep', 'future')`)).toEqual([
    ['MainThread', 'future', 'joblib', 8],
  ])
})

test('joblib on threads: the jobs are those of the pool of threads, and run the function of the program', async ({
  onTestFinished,
}) => {
  const { code, output, rows } = await recordWhole(
    python,
    parallel(`backend='threading', pre_dispatch='all', batch_size=3`),
    onTestFinished,
  )
  expect([code, output]).toEqual([0, '[0, 1, 4, 9, 16, 25]\n'])
  expect(rows(`SELECT func, line, count(*) FROM job GROUP BY 1, 2`)).toEqual([['square', 4, 2]])
  const waits = rows(`SELECT thread, why, line FROM wait WHERE why IN ('sleep', 'future')`)
  expect(waits).toEqual(waits.map(() => ['MainThread', 'future', 8]))
})

test.each([executor, parallel('batch_size=2'), parallel(`backend='multiprocessing'`)])(
  'the program sees nothing of it',
  (source) => {
    const [ran, plain] = [record(python, source), unrecorded(python, source)]
    expect([ran.status, ran.out, ran.err]).toEqual([0, plain.out, plain.err])
    expect(ran.processes.flatMap(({ lines }) => lines.filter((line) => line.k === 'note'))).toEqual([])
  },
)
