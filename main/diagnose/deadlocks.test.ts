// Deadlocks of every kind on real programs under the real agent: each is told while it lasts and when the program was
// killed in it; and what looks like one, but somebody or something may still end it, is not told at any moment.
import { describe, test } from 'vitest'
import { pythonPrograms } from './found-in.ts'

const foundIn = pythonPrograms()

interface Told {
  source: string
  says: RegExp
  advises?: RegExp
}
const p = String.raw`program\d+\.py`
const told: Record<string, Told> = {
  'a queue that nobody will fill: the sentinel was forgotten': {
    source: `
import queue, threading
jobs = queue.Queue()
def consume():
    while jobs.get() is not None: pass
consumer = threading.Thread(target=consume, name='consumer')
consumer.start()
jobs.put(1)
consumer.join()
`,
    says: new RegExp(
      String.raw`^consumer waits for an item from jobs \(${p}:2\) at ${p}:4, and nobody is left who could put one: MainThread waits for consumer to end at ${p}:8\. Nothing has moved for \d`,
    ),
    advises: /sentinel/,
  },
  'the same, and the program is over': {
    source: `
import queue, threading
jobs = queue.Queue()
threading.Thread(target=jobs.get, name='consumer').start()
`,
    says: /^consumer waits for an item from jobs .* who could put one: MainThread waits for the other threads to end\./,
  },
  'a queue that nobody empties': {
    source: `
import queue, threading
results = queue.Queue(2)
def produce():
    for i in range(5): results.put(i)
producer = threading.Thread(target=produce, name='producer')
producer.start()
producer.join()
while not results.empty(): results.get()
`,
    says: /^producer waits for room in results .*, and nobody is left who could take one out: MainThread waits for producer/,
    advises: /before you wait for the end of who puts them/,
  },
  'task_done that a worker forgot': {
    source: `
import queue, threading
jobs = queue.Queue()
def work():
    while True: jobs.get()
threading.Thread(target=work, name='worker', daemon=True).start()
for i in range(3): jobs.put(i)
jobs.join()
`,
    says: /^MainThread waits for the work of jobs .* to be done at .*, and nobody is left who could do it: worker waits for an item from jobs/,
    advises: /task_done/,
  },
  'a condition that nobody will notify': {
    source: `
import threading
ready = threading.Condition()
def tell():
    with ready: ready.notify()
teller = threading.Thread(target=tell)
teller.start()
teller.join()
with ready: ready.wait()
`,
    says: /^MainThread waits to be notified by ready .* at program\d+\.py:8, and nobody is left who could notify it\. Nothing/,
    advises: /wait_for/,
  },
  'an event whose setter died': {
    source: `
import threading
loaded = threading.Event()
threading.excepthook = lambda _: None
def load():
    int('x')
    loaded.set()
threading.Thread(target=load).start()
loaded.wait()
`,
    says: /^MainThread waits for loaded .* to be set at program\d+\.py:8, and nobody is left who could set it/,
    advises: /finally/,
  },
  'a barrier for one too many': {
    source: `
import threading
start = threading.Barrier(3)
runners = [threading.Thread(target=start.wait, name=f'runner-{i}') for i in range(2)]
for r in runners: r.start()
for r in runners: r.join()
`,
    says: /^runner-0 and runner-1 wait for the others at start .*, and nobody is left who could come to it: MainThread waits for runner-0/,
    advises: /as many parties/,
  },
  'a permit that never comes back': {
    source: `
import threading
seats = threading.Semaphore(1)
guest = threading.Thread(target=seats.acquire)
guest.start()
guest.join()
seats.acquire()
`,
    says: /^MainThread waits for a permit of seats .*, and nobody is left who could release one/,
  },
  'an RLock whose owner has ended, while others go on': {
    source: `
import threading, time
lock = threading.RLock()
threading.Thread(target=lambda: time.sleep(60), daemon=True).start()
owner = threading.Thread(target=lock.acquire, name='owner')
owner.start()
owner.join()
lock.acquire()
`,
    says: /^MainThread waits for lock .* at program\d+\.py:7, which owner still held when it ended\. Nothing/,
    advises: /with lock/,
  },
  'a result that a job of the same full pool is to bring': {
    source: `
from concurrent.futures import ThreadPoolExecutor
import threading
full = threading.Barrier(2)
with ThreadPoolExecutor(2, thread_name_prefix='w') as pool:
    def outer():
        full.wait()
        return pool.submit(int).result()
    print([f.result() for f in [pool.submit(outer), pool.submit(outer)]])
`,
    says: /^w_\d and w_\d wait for a result from pool .* at program\d+\.py:7, whose 2 workers are all busy\. None of them/,
    advises: /inside a job/,
  },
  'a result awaited with the lock that its job needs, while others go on': {
    source: `
from concurrent.futures import ThreadPoolExecutor
import threading, time
lock = threading.Lock()
threading.Thread(target=lambda: time.sleep(60), daemon=True).start()
def work():
    with lock: pass
with ThreadPoolExecutor(3, thread_name_prefix='w') as pool, lock:
    pool.submit(work).result()
`,
    says: /^MainThread waits for a result from pool .* at .*, whose job runs in w_0; w_0 waits for lock .*, which MainThread holds since it got it at/,
    advises: /Release the lock before/,
  },
  'a future that nobody will set': {
    source: `
from concurrent.futures import Future
Future().result()
`,
    says: /^MainThread waits for a result at program\d+\.py:2, and nobody is left who could bring it/,
  },
  'two tasks and two asyncio locks, while a third task ticks': {
    source: `
import asyncio
async def tick():
    while True: await asyncio.sleep(0.01)
async def transfer(source, target):
    async with source:
        await asyncio.sleep(0)
        async with target: pass
async def main():
    a, b = asyncio.Lock(), asyncio.Lock()
    await asyncio.gather(tick(), transfer(a, b), transfer(b, a))
asyncio.run(main())
`,
    says: /^transfer waits for b .* at program\d+\.py:7, which transfer #2 holds since it got it at program\d+\.py:5; transfer #2 waits for a/,
  },
  'a task that awaits itself by another one': {
    source: `
import asyncio
async def wait_for(tasks, other): await tasks[other]
async def main():
    tasks = {}
    for name, other in ('a', 'b'), ('b', 'a'): tasks[name] = asyncio.create_task(wait_for(tasks, other), name=name)
    await asyncio.wait(tasks.values())
asyncio.run(main())
`,
    says: /^a waits for the task b .* to end at program\d+\.py:2, which has not ended; b waits for the task a/,
    advises: /one direction/,
  },
  'an asyncio queue that nobody fills': {
    source: `
import asyncio
async def consume(jobs):
    while await jobs.get() is not None: jobs.task_done()
async def main():
    jobs = asyncio.Queue()
    jobs.put_nowait(1)
    async with asyncio.timeout(None) if hasattr(asyncio, 'timeout') else asyncio.Lock():
        await asyncio.gather(consume(jobs), consume(jobs))
asyncio.run(main())
`,
    says: /^consume and consume #2 wait for an item from jobs .*, and nobody is left who could put one: main waits for the task consume/,
  },
  "waiting in the loop's own thread for what the loop is to run": {
    source: `
import asyncio
async def answer(): return 42
async def main():
    loop = asyncio.get_running_loop()
    print(asyncio.run_coroutine_threadsafe(answer(), loop).result())
asyncio.run(main())
`,
    says: /^MainThread waits for a result at program\d+\.py:5, and nobody is left who could bring it: main is in the middle of a step/,
    advises: /await it/,
  },
  'a lock that a task holds while it blocks for a thread that needs the loop': {
    source: `
import asyncio, threading
async def pong(): pass
async def main():
    loop = asyncio.get_running_loop()
    worker = threading.Thread(target=lambda: asyncio.run_coroutine_threadsafe(pong(), loop).result(), name='worker')
    worker.start()
    worker.join()
asyncio.run(main())
`,
    says: /^worker waits for a result at .*, and nobody is left who could bring it: MainThread waits for worker to end/,
  },
  'two processes and two locks': {
    source: `
import multiprocessing as mp
def work(first, second, both):
    with first:
        both.wait()
        with second: pass
if __name__ == '__main__':
    mp.set_start_method('fork')
    a, b, both = mp.Lock(), mp.Lock(), mp.Barrier(2)
    children = [mp.Process(target=work, args=args, name=name) for name, *args in (('one', a, b, both), ('two', b, a, both))]
    for child in children: child.start()
    for child in children: child.join()
`,
    // which of the two is heard of first is by chance
    says: /^(?=.*one waits for b .*, which two holds)(?=.*two waits for a .*, which one holds)(?:one|two) waits for [ab] .* at program\d+\.py:5, which (?:one|two) holds since it got it at program\d+\.py:3; /,
  },
  'a child that waits for an item which its parent no more puts': {
    source: `
import multiprocessing as mp
def work(jobs):
    while jobs.get() is not None: pass
if __name__ == '__main__':
    mp.set_start_method('spawn')
    jobs = mp.Queue()
    child = mp.Process(target=work, args=(jobs,), name='child')
    child.start()
    jobs.put(1)
    child.join()
`,
    says: /^child waits for an item from jobs .* at program\d+\.py:3, and nobody is left who could put one: MainThread waits for the process child to end/,
  },
  'a child joined before what it sent was read': {
    source: `
import multiprocessing as mp
def work(results):
    for i in range(1000): results.put('x' * 1000)
if __name__ == '__main__':
    mp.set_start_method('fork')
    results = mp.Queue()
    child = mp.Process(target=work, args=(results,), name='child')
    child.start()
    child.join()
    print(results.get())
`,
    says: /^QueueFeederThread of child waits for room in results .*, and nobody is left who could take one out: MainThread waits for the process child to end at .*; child waits for QueueFeederThread of child to end/,
    advises: /first get all, then join/,
  },
  'a message that nobody will send': {
    source: `
import multiprocessing as mp
ours, theirs = mp.Pipe()
ours.recv()
`,
    says: /^MainThread waits for a message in .*, and nobody is left who could send or read one/,
  },
  "a pool's workers need the lock that their caller holds": {
    source: `
import multiprocessing as mp
def start(lock, ready):
    work.lock = lock
    ready.wait()
def work(i):
    with work.lock: return i
if __name__ == '__main__':
    mp.set_start_method('fork')
    lock, ready = mp.Lock(), mp.Barrier(3)
    with mp.Pool(2, start, (lock, ready)) as pool:
        ready.wait()
        with lock: pool.map(work, range(4))
`,
    says: /^MainThread waits for a result from pool .*, whose 2 workers are all busy; ForkPoolWorker-1 and ForkPoolWorker-2 wait for lock .*, which MainThread holds/,
  },
}

describe.concurrent('told while it lasts, and when the program was killed in it', () => {
  for (const [name, { source, says, advises }] of Object.entries(told))
    test(name, async ({ expect, onTestFinished }) => {
      const live: string[] = []
      const found = await foundIn(
        source,
        (now) => {
          live.push(...now.filter((f) => f.rule === 'deadlock').map((f) => f.sentence))
          return live.length > 0
        },
        onTestFinished,
      )
      expect(live.length).toBe(1)
      expect(live[0]).toMatch(says)
      const after = found.filter((f) => f.rule === 'deadlock')
      expect(after.map((f) => f.sentence.replace(/ When .*/, ''))).toEqual([
        live[0]!.replace(/ (\S+|None of them) has (not )?moved.*/, ''),
      ])
      if (advises) expect(after[0]!.tryThis).toMatch(advises)
      expect(after[0]!.parties.length).toBeGreaterThan(0)
      // who is said to wait at a line came there somehow
      for (const { waits, stack } of after[0]!.parties) if (/ at program\d/.test(waits)) expect(stack).not.toEqual([])
      for (const [i, { needs }] of after[0]!.parties.entries())
        for (const { party } of needs) if (after[0]!.parties.length > 1) expect([party, i]).not.toContain(-1)
    })
})

describe.concurrent('told also of a program that somebody had enough of and interrupted', () => {
  for (const name of [
    'a queue that nobody will fill: the sentinel was forgotten',
    'the same, and the program is over',
    'an event whose setter died',
    'two tasks and two asyncio locks, while a third task ticks',
    'a result awaited with the lock that its job needs, while others go on',
  ])
    test(name, async ({ expect, onTestFinished }) => {
      const { source, says } = told[name]!
      const found = await foundIn(source, 'deadlock', onTestFinished, 'interrupt')
      const sentences = found.filter((f) => f.rule === 'deadlock').map((f) => f.sentence)
      expect(sentences.length).toBe(1)
      expect(sentences[0]!.replace(/When .* ended nothing/, 'Nothing').replace('had moved', 'has moved')).toMatch(says)
      expect(sentences[0]).toMatch(/ had moved for \S+ \S+( when it was broken off)?\.$/)
    })
  const unwatched: Record<string, [source: string, says: RegExp]> = {
    'a circle, though nobody watched': [
      `
lock = threading.Lock()
def work():
    with lock: pass
worker = threading.Thread(target=work, name='worker', daemon=True)
with lock:
    worker.start()
    worker.join()
`,
      /^MainThread waits for worker to end .*; worker waits for lock .*\. None of them had moved for \S+ \S+ when it was broken off\.$/,
    ],
    'an event, though nobody watched': [
      'threading.Event().wait()',
      /^MainThread waits for .* to be set .*, and nobody is left who could set it\. Nothing had moved for \S+ \S+ when it was broken off\.$/,
    ],
    'two tasks, though nobody watched': [
      `
import asyncio
async def wait_for(tasks, other): await tasks[other]
async def main():
    tasks = {}
    for name, other in ('a', 'b'), ('b', 'a'): tasks[name] = asyncio.create_task(wait_for(tasks, other), name=name)
    await asyncio.wait(tasks.values())
asyncio.run(main())
`,
      /^a waits for the task b .*; b waits for the task a .*\. None of them had moved for \S+ \S+ when it was broken off\.$/,
    ],
  }
  for (const [name, [source, says]] of Object.entries(unwatched))
    test(name, async ({ expect, onTestFinished }) => {
      const interrupt = `
import os, subprocess, threading
subprocess.Popen(['sh', '-c', f'sleep 1; kill -INT {os.getpid()}'])
`
      const found = await foundIn(interrupt + source, null, onTestFinished)
      const sentences = found.filter((f) => f.rule === 'deadlock').map((f) => f.sentence)
      expect(sentences.length).toBe(1)
      expect(sentences[0]).toMatch(says)
    })
})

/** Programs that end by themselves, after more than a deadlock takes to be told. */
const quiet: Record<string, string> = {
  'a wait with a timeout': `
import threading
threading.Event().wait(1.2)
`,
  'two locks crossed, one of them with a timeout': `
import threading
a, b, both = threading.Lock(), threading.Lock(), threading.Barrier(2)
def one():
    with a:
        both.wait()
        if b.acquire(timeout=1.2): b.release()
thread = threading.Thread(target=one)
thread.start()
with b:
    both.wait()
    with a: pass
`,
  'somebody who sleeps before it sets the event': `
import threading, time
ready = threading.Event()
def work():
    time.sleep(1.2)
    ready.set()
threading.Thread(target=work).start()
ready.wait()
`,
  'somebody who reads from another program before it sets the event': `
import subprocess, threading
ready = threading.Event()
def work():
    subprocess.Popen(['sleep', '1.2'], stdout=subprocess.PIPE).stdout.read()
    ready.set()
threading.Thread(target=work).start()
ready.wait()
`,
  'a timer that will set the event': `
import threading
ready = threading.Event()
threading.Timer(1.2, ready.set).start()
ready.wait()
`,
  "a signal's handler that will set the event": `
import signal, threading
ready = threading.Event()
signal.signal(signal.SIGALRM, lambda *_: ready.set())
signal.setitimer(signal.ITIMER_REAL, 1.2)
ready.wait()
`,
  'sigwait and pause in the main thread, consumers that have nothing to do': `
import queue, signal, threading
jobs = queue.Queue()
for _ in range(2): threading.Thread(target=jobs.get, daemon=True).start()
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
signal.setitimer(signal.ITIMER_REAL, 1.2)
signal.sigwait([signal.SIGALRM])
`,
  'idle workers of an executor': `
from concurrent.futures import ThreadPoolExecutor
import select
with ThreadPoolExecutor(3) as pool:
    list(pool.map(int, range(9)))
    select.select([], [], [], 1.2)
`,
  'idle workers of a pool of processes': `
import multiprocessing as mp, select
if __name__ == '__main__':
    mp.set_start_method('fork')
    with mp.Pool(2) as pool:
        pool.map(int, range(9))
        select.select([], [], [], 1.2)
`,
  'a lock that is a signal from the beginning': `
import threading, time
baton = threading.Lock()
baton.acquire()
def give():
    time.sleep(1.2)
    baton.release()
threading.Thread(target=give).start()
baton.acquire()
`,
  'a process that is another program': `
import subprocess, threading
done = threading.Event()
threading.Thread(target=done.wait).start()
subprocess.run(['sleep', '1.2'])
done.set()
`,
  'a queue that a thread fills from a pipe of another program': `
import queue, subprocess, threading
lines = queue.Queue()
def read():
    for line in subprocess.Popen('sleep 1.2; echo one', shell=True, stdout=subprocess.PIPE).stdout: lines.put(line)
threading.Thread(target=read).start()
lines.get()
`,
  'an asyncio server that waits for clients': `
import asyncio
async def main():
    never = asyncio.Event()
    async def serve(reader, writer):
        writer.close()
        never.set()
    server = await asyncio.start_server(serve, '127.0.0.1', 0)
    port = server.sockets[0].getsockname()[1]
    client = await asyncio.create_subprocess_shell(f"sleep 1.2; bash -c 'echo > /dev/tcp/127.0.0.1/{port}'")
    await never.wait()
    await client.wait()
asyncio.run(main())
`,
  'an asyncio event that a signal sets': `
import asyncio, signal
async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGALRM, stop.set)
    signal.setitimer(signal.ITIMER_REAL, 1.2)
    await stop.wait()
asyncio.run(main())
`,
  'a task whose wait somebody will give up': `
import asyncio
async def inner(lock):
    await lock.acquire()
async def main():
    lock = asyncio.Lock()
    await lock.acquire()
    try: await asyncio.wait_for(asyncio.gather(inner(lock), inner(lock)), 1.2)
    except asyncio.TimeoutError: pass
asyncio.run(main())
`,
  'a task that waits for a thread of the default executor': `
import asyncio, select
async def main(): await asyncio.to_thread(select.select, [], [], [], 1.2)
asyncio.run(main())
`,
  'a parent that reads what a child computes for long': `
import multiprocessing as mp, select
def work(results):
    select.select([], [], [], 1.2)
    results.put(1)
if __name__ == '__main__':
    mp.set_start_method('fork')
    results = mp.Queue()
    child = mp.Process(target=work, args=(results,))
    child.start()
    results.get()
    child.join()
`,
  'a manager that serves': `
import multiprocessing as mp, select
def work(go, done):
    go.wait()
    done.set()
if __name__ == '__main__':
    mp.set_start_method('fork')
    with mp.Manager() as manager:
        go, done = manager.Event(), mp.Event()
        child = mp.Process(target=work, args=(go, done))
        child.start()
        select.select([], [], [], 1.2)
        go.set()
        done.wait()
        child.join()
`,
  'a logging listener that has nothing to write': `
import logging.handlers, queue, subprocess
listener = logging.handlers.QueueListener(queue.Queue(), logging.NullHandler())
listener.start()
subprocess.run(['sleep', '1.2'])
listener.stop()
`,
  'a thread of C that will call back': `
import ctypes, threading
done = threading.Event()
libc = ctypes.CDLL(None)
@ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
def run(_):
    libc.usleep(1200000)
    done.set()
thread = ctypes.c_ulong()
libc.pthread_create(ctypes.byref(thread), None, run, None)
done.wait()
`,
  'a listener that waits for a client from elsewhere': `
import subprocess, threading
from multiprocessing.connection import Listener
listener = Listener(('127.0.0.1', 0))
done = threading.Event()
def serve():
    try: listener.accept().recv()
    except EOFError: done.set()
threading.Thread(target=serve).start()
subprocess.Popen(['bash', '-c', f"exec 3<>/dev/tcp/127.0.0.1/{listener.address[1]}; sleep 1.2"])
done.wait()
`,
  'a fork server that waits for orders': `
import multiprocessing as mp, select
def work(go, results):
    go.wait()
    results.put(1)
if __name__ == '__main__':
    mp.set_start_method('forkserver')
    go, results = mp.Event(), mp.Queue()
    child = mp.Process(target=work, args=(go, results))
    child.start()
    select.select([], [], [], 1.2)
    go.set()
    results.get()
    child.join()
`,
  'daemons that wait for work when the program is over': `
import queue, select, threading
jobs = queue.Queue()
for _ in range(3): threading.Thread(target=jobs.get, daemon=True).start()
select.select([], [], [], 1.2)
`,
  'children that are ended while they wait for work': `
import multiprocessing as mp, select
def work(jobs):
    while True: jobs.get()
if __name__ == '__main__':
    mp.set_start_method('fork')
    jobs = mp.Queue()
    children = [mp.Process(target=work, args=(jobs,)) for _ in range(2)]
    for child in children: child.start()
    select.select([], [], [], 1.2)
    for child in children: child.terminate()
    for child in children: child.join()
`,
}

describe.concurrent('no wolf: somebody or something may still end it', () => {
  for (const [name, source] of Object.entries(quiet))
    test(name, async ({ expect, onTestFinished }) => {
      const seen = new Set<string>()
      const found = await foundIn(
        source,
        (now) => (now.forEach((f) => f.rule === 'deadlock' && seen.add(f.sentence)), false),
        onTestFinished,
      )
      for (const f of found) if (f.rule === 'deadlock') seen.add(f.sentence)
      expect([...seen]).toEqual([])
    })
})
