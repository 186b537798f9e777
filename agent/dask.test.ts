// Dask: real clusters. What becomes of each key of a graph, who waits for it, what goes from worker to worker; a worker that is
// killed in a task; and that the program sees nothing of us.
import { expect, test } from 'vitest'
import { pythonFor } from './test/python-with.ts'
import { record, unrecorded } from './test/run-python.ts'
import { recordWhole } from './test/whole-trace.ts'

const python = await pythonFor('mapreduce')

/** who did what to each job: "who of which process" */
const jobs = `
  WITH who AS (SELECT l.id AS lane, t.name AS name, p.name AS process
    FROM lane l JOIN object t ON t.id = l.object JOIN process p ON p.id = t.process)
  SELECT s.name AS job, s.retries, f.name AS submitter, f.process AS submitted_in, a.process AS accepted_by,
    w.name AS thread, w.process AS worker, s.outcome, t.name AS fetcher, t.process AS fetched_in,
    s.submitted <= s.accepted AND s.accepted <= s.begun AND s.begun <= s.ended AS in_order, s.id
  FROM submission s JOIN object o ON o.id = s.pool AND o.name = 'Dask cluster'
  LEFT JOIN who f ON f.lane = s.from_lane LEFT JOIN who a ON a.lane = s.accept_lane
  LEFT JOIN who w ON w.lane = s.worker_lane LEFT JOIN who t ON t.lane = s.to_lane`

const two = `
from dask.distributed import Client, LocalCluster

def double(n):
    return 2 * n

def add(a, b):
    return a + b

def fail(total):
    raise ValueError(total)

if __name__ == '__main__':
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster, Client(cluster) as client:
        first, second = [worker.worker_address for worker in cluster.workers.values()]
        one = client.submit(double, 1, workers=first)
        two = client.submit(double, 2, workers=second)
        total = client.submit(add, one, two, workers=first)
        print(total.result())
        print(client.gather([one, two]), repr(client.submit(fail, total, workers=second).exception()))
`

test('worker processes: a job is submitted by its line, runs on a worker and comes back; data goes from worker to worker', async ({
  onTestFinished,
}) => {
  const { code, output, left, rows } = await recordWhole(python, two, onTestFinished)
  expect([code, left], output).toEqual([0, []])
  expect(output).toContain('[2, 4] ValueError(6)\n')
  const main = ['MainThread', 'program.py']
  const ran = (job: string, worker: number, outcome: number) => [
    ...[job, 0, ...main, `worker ${worker}`, 'thread 0', `worker ${worker}`, outcome, ...main, 1],
  ]
  expect(rows(`SELECT * FROM (${jobs}) ORDER BY job, worker`).map((row) => row.slice(0, -1))).toEqual([
    ran('add', 0, 0),
    ran('double', 0, 0),
    ran('double', 1, 0),
    ran('fail', 1, 2),
  ])
  // the lines that submitted, waited, and are what ran
  expect(rows(`SELECT DISTINCT func, line FROM job WHERE pool = 'Dask cluster' ORDER BY 2`)).toEqual([
    ['double', 4],
    ['add', 7],
    ['fail', 10],
  ])
  const waits = `thread = 'MainThread' AND why = 'future' AND object = 'Dask cluster'`
  expect(rows(`SELECT DISTINCT line FROM wait WHERE ${waits} ORDER BY 1`)).toEqual([[19], [20]])
  expect(rows(`SELECT DISTINCT object FROM wait WHERE thread = 'thread 0' AND why = 'queueGet'`)).toEqual([
    ['Dask cluster'],
  ])
  expect(rows(`SELECT name, capacity, shared FROM object WHERE kind = 'pool' AND NOT internal`)).toEqual([
    ['Dask cluster', 2, 1],
  ])
  // of the two arguments of add one was there, the other came; what fail needs came too
  expect(rows("SELECT count(*) FROM flow JOIN kind ON id = kind WHERE what = 'flow' AND name = 'needs'")).toEqual([[3]])
  expect(
    rows(`SELECT f.name, t.name, m.bytes > 0, c.name FROM message m JOIN object c ON c.id = m.channel AND c.kind = 'channel'
      JOIN lane a ON a.id = m.from_lane JOIN object ao ON ao.id = a.object JOIN process f ON f.id = ao.process
      JOIN lane b ON b.id = m.to_lane JOIN object bo ON bo.id = b.object JOIN process t ON t.id = bo.process
      WHERE m.from_time <= m.to_time ORDER BY 1`),
  ).toEqual([
    ['worker 0', 'worker 1', 1, 'from worker 0'],
    ['worker 1', 'worker 0', 1, 'from worker 1'],
  ])
})

const bag = `
import dask.bag
from dask.distributed import Client, LocalCluster, as_completed

def pages(book):
    return [book * 10, book + 1]

async def later(n):
    return n

if __name__ == '__main__':
    with LocalCluster(n_workers=2, threads_per_worker=2, processes=False, dashboard_address=":0") as cluster:
        with Client(cluster) as client:
            print(dask.bag.from_sequence(range(4), npartitions=4).map(pages).flatten().sum(split_every=2).compute())
            print(sorted(future.result() for future in as_completed(client.map(later, [5, 6]))))
`

test('workers as threads: the keys inside a graph are submitted by the scheduler, each with what it needs', async ({
  onTestFinished,
}) => {
  const { code, output, left, rows } = await recordWhole(python, bag, onTestFinished)
  expect([code, left], output).toEqual([0, []])
  expect(output).toBe('70\n[5, 6]\n')
  const all = rows(jobs)
  for (const [job, retries, submitter, , , , , outcome, fetcher, , inOrder] of all) {
    expect([job, retries, outcome, inOrder]).toEqual([job, 0, 0, 1])
    // who asked for it has it; what is inside the graph goes from worker to worker
    expect([submitter, fetcher]).toEqual(fetcher ? ['MainThread', 'MainThread'] : ['IO loop', null])
  }
  const ofMain = all.filter(([, , submitter]) => submitter === 'MainThread').map(([job]) => job)
  expect(ofMain.sort()).toEqual([ofMain[0], 'later', 'later'].sort())
  expect(all.length).toBeGreaterThan(6)
  const threads = new Set(all.filter(([job]) => job !== 'later').map((row) => row[5]))
  for (const thread of threads) expect(thread).toMatch(/^worker [01] thread [01]$/)
  expect(rows('SELECT DISTINCT name FROM process WHERE parent IS NULL')).toEqual([['program.py']])
  // a job begins when all that it needs is over, and an arrow says so
  const [[needs], [arrows]] = [
    rows('SELECT count(*) FROM need')[0]!,
    rows(`SELECT count(*) FROM flow JOIN kind ON id = kind WHERE what = 'flow' AND name = 'needs'`)[0]!,
  ].map((row) => [row]) as [unknown[], unknown[]]
  expect(arrows).toEqual(needs)
})

const killed = `
import os, signal
from dask.distributed import Client, LocalCluster

def die_once(path):
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return os.getpid()
    os.kill(os.getpid(), signal.SIGKILL)

if __name__ == '__main__':
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster, Client(cluster) as client:
        print(client.submit(die_once, os.path.abspath('died')).result() > 0, client.submit(abs, -1).result())
        client.wait_for_workers(2)
`

test('a worker is killed in a task: the first try never ends, another worker does it, all others are whole', async ({
  onTestFinished,
}) => {
  const { code, output, left, rows } = await recordWhole(python, killed, onTestFinished)
  expect([code, left], output).toEqual([0, []])
  expect(output).toContain('True 1\n')
  const tries = rows(`SELECT retries, outcome, worker, fetcher FROM (${jobs}) WHERE job = 'die_once' ORDER BY 1`)
  expect(tries.map(([retries, outcome, , fetcher]) => [retries, outcome, fetcher])).toEqual([
    [0, null, null],
    [1, 0, 'MainThread'],
  ])
  expect(
    rows(`SELECT count(*) FROM submission s JOIN object o ON o.id = s.pool AND o.name = 'Dask cluster'
    WHERE s.name = 'die_once' AND s.begun IS NOT NULL AND s.ended IS NULL`),
  ).toEqual([[1]])
  // (at the end the cluster kills those that are too slow to stop)
  const [[cut]] = rows(
    `SELECT count(*) FROM process WHERE name LIKE 'worker%' AND ended = 'cut' AND exit = 'SIGKILL'`,
  ) as [[number]]
  expect(cut).toBeGreaterThan(0)
  expect(rows(`SELECT count(*) FROM process WHERE name LIKE 'worker%'`)).toEqual([[3]])
})

const elsewhere = `
import asyncio, os, subprocess, sys
from dask.distributed import Client

def shout(word):
    return word.upper()

async def main(address):
    async with Client(address, asynchronous=True) as client:
        print(await client.submit(shout, 'a'), await client.gather(client.map(shout, ['b', 'c'])))

if __name__ == '__main__':
    dask = [sys.executable, '-m', 'dask']
    place = os.path.abspath('scheduler.json')
    quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    flags = ['--host', '127.0.0.1', '--dashboard-address', ':0', '--scheduler-file', place]
    scheduler = subprocess.Popen([*dask, 'scheduler', '--port', '0', *flags], **quiet)
    worker = subprocess.Popen([*dask, 'worker', '--name', 'far', '--no-nanny', *flags], **quiet)
    with Client(scheduler_file=place, timeout='60s') as client:
        client.wait_for_workers(1)
        asyncio.run(main(client.scheduler.address))
        client.shutdown()
    print(scheduler.wait(60), worker.wait(60))
`

test('a cluster elsewhere: scheduler and worker are programs of their own, an asynchronous client waits as tasks do', async ({
  onTestFinished,
}) => {
  const { code, output, left, rows } = await recordWhole(python, elsewhere, onTestFinished)
  expect([code, left], output).toEqual([0, []])
  expect(output).toContain("A ['B', 'C']\n0 0\n")
  expect(
    rows(`SELECT DISTINCT submitter, fetcher, worker, outcome, in_order, retries FROM (${jobs}) WHERE job = 'shout'`),
  ).toEqual([['main', 'main', 'worker far', 0, 1, 0]])
})

test('the program sees nothing of it', () => {
  const source = `
import inspect, traceback
from dask.distributed import Client, LocalCluster, Worker, as_completed
import distributed

def fail(n):
    raise ValueError(n)

if __name__ == '__main__':
    for f in (Client.submit, Client.gather, Client.sync, Worker.get_data, Worker.gather_dep, distributed.utils.sync):
        print(f.__qualname__, f.__module__, inspect.signature(f), inspect.iscoroutinefunction(f))
    with LocalCluster(n_workers=1, processes=False, dashboard_address=":0") as cluster, Client(cluster) as client:
        future = client.submit(fail, 3)
        try:
            future.result()
        except ValueError:
            print([frame.name for frame in traceback.extract_tb(__import__('sys').exc_info()[2])])
        print(future.status, next(as_completed([future])) is future, client.submit(len, 'four').result())
        print(client.run(lambda dask_worker: sorted(dask_worker.state.tasks.values(), key=str)[0].state).values())
`
  const python311 = { file: python.file, minor: python.minor }
  const [ran, plain] = [record(python311, source), unrecorded(python311, source)]
  expect(ran.status).toBe(0)
  expect(ran.out).toBe(plain.out)
  // but for the time, and a key that is made of the program's path too
  const lasting = (text: string) => text.replace(/^\d.*$/gm, '').replace(/\b[0-9a-f]{32}\b/g, '')
  expect(lasting(ran.err)).toBe(lasting(plain.err))
  expect(ran.processes.flatMap(({ lines }) => lines.filter((line) => line.k === 'note'))).toEqual([])
})
