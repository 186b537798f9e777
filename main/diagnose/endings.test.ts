// foreign-release, never-released, never-joined, died and fork-with-locks on small real programs under the real agent: what
// must be found, said how, and what must not.
import { describe, test } from 'vitest'
import type { Finding } from '../../wire/api.ts'
import { pythonPrograms } from './found-in.ts'

const foundIn = pythonPrograms()
const told = (found: readonly Finding[]) => found.map((f) => `${f.rule}: ${f.sentence}`)

describe.concurrent('told', () => {
  const cases: Record<string, [source: string, expected: RegExp, rows: Record<string, unknown>[]]> = {
    'a lock released by one who does not hold it': [
      `
import threading
lock = threading.Lock()
n = 0
def work():
    global n
    for _ in range(50):
        with lock: n += 1
def hasty():
    lock.acquire()
    inside.set()
    left.wait()
    lock.acquire()
    lock.release()
inside, left = threading.Event(), threading.Event()
for _ in range(2):
    t = threading.Thread(target=work); t.start(); t.join()
t = threading.Thread(target=hasty, name='hasty'); t.start()
inside.wait()
lock.release()
left.set()
t.join()
`,
      /^foreign-release: lock \(program\d+\.py:2\) was released by a thread that did not hold it: by MainThread 1 time\. 3 threads take it in 102 turns, each to be alone with something\.$/,
      [{ what: 'foreignRelease', object: 'lock', who: 'MainThread', times: 1 }],
    ],
    'a lock that its holder takes with it': [
      `
import threading
lock = threading.Lock()
def good():
    with lock: pass
def bad():
    lock.acquire()
for f in (good, bad):
    t = threading.Thread(target=f, name=f.__name__); t.start(); t.join()
`,
      /^never-released: bad took lock \(program\d+\.py:2\) at program\d+\.py:6 and ended .*s later, without releasing it; nobody wanted it after that, but other threads use it too\.$/,
      [{ lane: 'lock', what: 'hold', object: 'bad', line: 'lock.acquire()' }],
    ],
    'locks that many holders take with them, all at one line': [
      `
import threading
locks = [threading.Lock() for _ in range(3)]
def bad(lock): lock.acquire()
for n, lock in enumerate(locks):
    with lock: pass
    t = threading.Thread(target=bad, args=(lock,), name=f'bad-{n}'); t.start(); t.join()
`,
      /^never-released: bad-0 took locks \(program\d+\.py:2\) at program\d+\.py:3 and ended .* later, without releasing it; nobody wanted it after that, but other threads use it too\. The same goes for locks #2 \(program\d+\.py:2\) and locks #3 \(program\d+\.py:2\)\.$/,
      [{ object: 'bad-0' }, { object: 'bad-1' }, { object: 'bad-2' }],
    ],
    'a lock that processes share, of one that was killed': [
      `
import multiprocessing, os, signal
def hold(lock):
    lock.acquire()
    os.kill(os.getpid(), signal.SIGKILL)
if __name__ == '__main__':
    fork = multiprocessing.get_context('fork')
    lock = fork.Lock()
    p = fork.Process(target=hold, args=(lock,), name='victim'); p.start(); p.join()
    print(lock.acquire(timeout=0.3))
`,
      /^never-released: victim took lock \(program\d+\.py:7\) at program\d+\.py:3 and was killed while it held it; .* waited \d+ ms for it at program\d+\.py:9 and gave up\.$/,
      [{ object: 'MainThread' }, { lane: 'MainThread', what: 'lock', object: 'lock' }],
    ],
    'a lock of asyncio that a task takes with it': [
      `
import asyncio
async def bad(lock):
    await lock.acquire()
    raise ValueError('no')
async def main():
    lock = asyncio.Lock()
    async with lock: pass
    first = asyncio.create_task(bad(lock), name='first')
    await asyncio.wait([first])
    print(first.exception())
asyncio.run(main())
`,
      /^never-released: first took lock .* and ended .* later by ValueError: no, without releasing it; nobody wanted it/,
      [{ lane: 'lock', what: 'hold', object: 'first' }],
    ],
    'a daemon thread that holds a lock when the program ends': [
      `
import threading, time
lock = threading.Lock()
inside = threading.Event()
def save():
    with lock:
        inside.set()
        time.sleep(60)  # a slow disk
threading.Thread(target=save, name='saver', daemon=True).start()
inside.wait()
`,
      /^never-joined: saver, a daemon thread, was cut off when its process ended: it held lock \(program\d+\.py:2\) at program\d+\.py:5, since .*s\.$/,
      [{ lane: 'lock', what: 'hold', object: 'saver' }],
    ],
    'a thread that died, and one that then waits for the event that it should have set': [
      `
import threading
done = threading.Event()
def work():
    {}['key']
    done.set()
threading.excepthook = lambda args: None
t = threading.Thread(target=work, name='worker'); t.start(); t.join()
print(done.wait(0.2))
`,
      /^died: worker died .*s after its start by KeyError: 'key', and nobody was told: MainThread waited \d+ ms for done \(program\d+\.py:2\) at program\d+\.py:8 until its timeout\.$/,
      [{ lane: 'MainThread', what: 'event', object: 'done' }],
    ],
    'the only worker died, and its queue is not emptied any more': [
      `
import queue, threading
jobs = queue.Queue()
def work():
    while True: 100 // jobs.get()
worker = threading.Thread(target=work, name='worker'); worker.start()
for n in (5, 0, 2, 1): jobs.put(n)
worker.join()
`,
      /^died: worker died .*s after its start by ZeroDivisionError: [^.]*, and nobody took over: 2 items stayed in jobs \(program\d+\.py:2\)\.$/,
      [{ lane: 'jobs', what: 'depth' }],
    ],
    'one of two workers died, and the queue that only it served is not emptied any more': [
      `
import queue, threading
threading.excepthook = lambda args: None
odd, even, results = queue.Queue(), queue.Queue(2), queue.Queue()
def work(jobs):
    while (job := jobs.get()) is not None: results.put(60 / job)
for name, jobs in (('odd', odd), ('even', even)):
    threading.Thread(target=work, args=(jobs,), name=name).start()
for n in (1, 3, 5): odd.put(n)
for n in (2, 0): even.put(n)
try:
    while True: even.put(4, timeout=0.3)
except queue.Full: pass
for n in range(4): results.get()
odd.put(None)
`,
      /^died: even died .*s after its start by ZeroDivisionError: division by zero, and nobody was told: MainThread waited \d+ ms for even \(program\d+\.py:3\) at program\d+\.py:11 until its timeout\.$/,
      [{ lane: 'MainThread', what: 'queuePut', object: 'even' }],
    ],
    'a fork while another thread holds a lock: a risk, though the child does not ask for it': [
      `
import os, threading
lock = threading.Lock()
inside, over = threading.Event(), threading.Event()
def work():
    with lock:
        inside.set()
        over.wait()
t = threading.Thread(target=work, name='worker'); t.start()
inside.wait()
if (child := os.fork()) == 0:
    with threading.Lock(): os._exit(0)
os.waitpid(child, 0)
over.set()
t.join()
`,
      /^fork-with-locks: worker held lock \(program\d+\.py:2\) at program\d+\.py:5 when program\d+\.py \(process \d+\) was forked by another thread: in the child it is held for ever; this time the child did not ask for it\.$/,
      [{ lane: 'lock', what: 'hold', object: 'worker' }],
    ],
  }
  for (const [name, [source, expected, rows]] of Object.entries(cases))
    test(name, async ({ expect, onTestFinished }) => {
      const found = await foundIn(source, null, onTestFinished)
      expect(found.length, told(found).join('\n')).toBe(1)
      expect(told(found)[0]).toMatch(expected)
      expect(found[0]!.rows).toMatchObject(rows)
    })
  test('a thread that died while the program hangs: live', async ({ expect, onTestFinished }) => {
    const found = await foundIn(
      `
import queue, threading
jobs, results = queue.Queue(), queue.Queue()
def work():
    while True: results.put(1 / jobs.get())
threading.Thread(target=work, name='worker', daemon=True).start()
for n in (2, 1, 0): jobs.put(n)
for n in range(3): print(results.get())
`,
      'died',
      onTestFinished,
    )
    expect(told(found.filter((f) => f.rule === 'died'))[0]).toMatch(
      /^died: worker died .* by ZeroDivisionError: division by zero, and nobody was told: MainThread waited .*s for results \(program\d+\.py:2\) at program\d+\.py:7 without end\.$/,
    )
  })
})

describe.concurrent('not told', () => {
  const quiet: Record<string, string> = {
    'one of two workers died, and the other does all the work': `
import queue, threading
threading.excepthook = lambda args: None
jobs, results = queue.Queue(), queue.Queue()
def work():
    while (job := jobs.get()) is not None: results.put(60 / job)
ts = [threading.Thread(target=work) for _ in range(2)]
for t in ts: t.start()
for n in (1, 0, 2, 3): jobs.put(n)
got = 0
while got < 3:
    results.get()
    got += 1
try: results.get(timeout=0.2)
except queue.Empty: pass
jobs.put(4)
results.get()
jobs.put(None)
`,
    'a baton: two locks that are passed on, turn after turn': `
import threading
a, b = threading.Lock(), threading.Lock()
b.acquire()
def ping():
    for _ in range(30): a.acquire(); b.release()
def pong():
    for _ in range(30): b.acquire(); a.release()
ts = [threading.Thread(target=f) for f in (ping, pong)]
for t in ts: t.start()
for t in ts: t.join()
`,
    'a lock that one thread takes for itself, and keeps': `
import threading
lock = threading.Lock()
t = threading.Thread(target=lock.acquire); t.start(); t.join()
`,
    'a lock that the main thread keeps until the end': `
import threading
lock = threading.Lock()
def work():
    with lock: pass
t = threading.Thread(target=work); t.start(); t.join()
lock.acquire()
`,
    'daemon threads that wait for work, sleep, or beat when the program ends': `
import queue, threading, time
jobs = queue.Queue()
done = threading.Semaphore(0)
def work():
    while True:
        jobs.get()
        done.release()
def beat():
    while True: time.sleep(0.01)
for f in (work, work, beat, threading.Event().wait): threading.Thread(target=f, daemon=True).start()
for n in range(20): jobs.put(n)
for n in range(20): done.acquire()
`,
    'a daemon thread that looks into its queue on every round': `
import queue, threading, time
jobs = queue.Queue()
done = threading.Semaphore(0)
def work():
    while True:
        try:
            while True:
                jobs.get_nowait()
                done.release()
        except queue.Empty: pass
        time.sleep(0.005)
        seen.set()
seen = threading.Event()
threading.Thread(target=work, daemon=True).start()
for n in range(20): jobs.put(n)
for n in range(20): done.acquire()
seen.clear()
seen.wait()
`,
    'an exception in a thread for which nobody waits in vain': `
import queue, threading
threading.excepthook = lambda args: None
done = queue.Queue()
def work():
    try: 1 / 0
    finally: done.put(None)
t = threading.Thread(target=work); t.start()
done.get()
t.join()
`,
    'forks while the lock is held by the thread that forks, by nobody, or is made new in the child': `
import os, threading
lock = threading.Lock()
other = threading.Lock()
os.register_at_fork(after_in_child=lambda: globals().update(other=threading.Lock()))
def work():
    with other: pass
t = threading.Thread(target=work); t.start(); t.join()
with lock:
    if (child := os.fork()) == 0:
        with other: os._exit(0)
os.waitpid(child, 0)
`,
    'logging, executors, pools and queues of multiprocessing': `
import logging, logging.handlers, multiprocessing, os, queue, threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
log = queue.Queue()
listener = logging.handlers.QueueListener(log, logging.StreamHandler(open(os.devnull, 'w')))
def work(n):
    logging.info('%d', n)
    return n
if __name__ == '__main__':
    multiprocessing.set_start_method('fork')
    logging.basicConfig(handlers=[logging.handlers.QueueHandler(log)], level=logging.INFO)
    listener.start()
    with ThreadPoolExecutor(4) as pool: list(pool.map(work, range(50)))
    with multiprocessing.Pool(2) as pool: pool.map(abs, range(50))
    with ProcessPoolExecutor(2) as pool: list(pool.map(abs, range(20)))
    listener.stop()
`,
  }
  for (const [name, source] of Object.entries(quiet))
    test(name, async ({ expect, onTestFinished }) => {
      expect(told(await foundIn(source, null, onTestFinished))).toEqual([])
    })
})
