// The rules on small real programs under the real agent: what must be found, said how, and what must not.
import { describe, test } from 'vitest'
import type { Finding } from '../../wire/api.ts'
import { pythonPrograms } from './found-in.ts'

const findings = pythonPrograms()
const sentences = (found: Finding[], rule: string) => found.filter((f) => f.rule === rule).map((f) => f.sentence)

const start = (threads: string) => `
threads = [${threads}]
for t in threads: t.start()
for t in threads: t.join()
`

describe.concurrent('deadlocks of every kind are found while they last', () => {
  test('a join inside a lock that the joined thread needs', async ({ expect, onTestFinished }) => {
    const found = await findings(
      `
import threading, time
lock = threading.Lock()
def work():
    time.sleep(0.05)
    with lock: pass
worker = threading.Thread(target=work, name='worker', daemon=True)
worker.start()
with lock:
    worker.join()
`,
      'deadlock',
      onTestFinished,
    )
    expect(sentences(found, 'deadlock')[0]).toMatch(
      /^MainThread waits for worker to end at program\d+\.py:9, which has not ended; worker waits for lock \(program\d+\.py:2\) at program\d+\.py:5, which MainThread holds since it got it at program\d+\.py:8\./,
    )
  })
  test('a plain lock taken twice by the same thread', async ({ expect, onTestFinished }) => {
    const found = await findings(
      `
import threading
lock = threading.Lock()
def inner():
    with lock: pass
def outer():
    with lock: inner()
outer()
`,
      'deadlock',
      onTestFinished,
    )
    expect(sentences(found, 'deadlock')[0]).toMatch(/^MainThread waits for lock .*, which MainThread holds/)
    expect(found[0]!.tryThis).toContain('RLock')
  })
  test('five philosophers with RLocks', async ({ expect, onTestFinished }) => {
    const found = await findings(
      `
import threading
forks = [threading.RLock() for _ in range(5)]
seated = threading.Barrier(5)
def dine(i):
    with forks[i]:
        seated.wait()
        with forks[(i + 1) % 5]: pass
${start("threading.Thread(target=dine, args=(i,), name=f'p{i}', daemon=True) for i in range(5)")}`,
      'deadlock',
      onTestFinished,
    )
    expect(found.map((f) => f.rule).sort()).toEqual(['deadlock', 'lock-order'])
    expect(found[0]!.subject).toBe('p0, p1, p2, p3 and p4')
  })
  test("a Condition's lock and another", async ({ expect, onTestFinished }) => {
    const found = await findings(
      `
import threading
news = threading.Condition()
disk = threading.Lock()
ready = threading.Barrier(2)
def reader():
    with news:
        ready.wait()
        with disk: pass
def writer():
    with disk:
        ready.wait()
        with news: news.notify_all()
${start('threading.Thread(target=f, name=f.__name__, daemon=True) for f in (reader, writer)')}`,
      'deadlock',
      onTestFinished,
    )
    expect(sentences(found, 'deadlock').length).toBe(1)
  })
})

describe.concurrent('no wolf', () => {
  const quiet: Record<string, string> = {
    'a lock as a signal: one takes it, another gives it back': `
import threading, time
baton = threading.Lock()
baton.acquire()
def give():
    time.sleep(0.7)
    baton.release()
threading.Thread(target=give).start()
baton.acquire()
`,
    // fifteen rounds: twenty tries in vain, as threads in step can make, would be polling indeed
    'opposite orders, but the second lock is only tried': `
import threading, time
a = threading.Lock()
b = threading.Lock()
def work(first, second):
    for i in range(15):
        with first:
            time.sleep(0.001)
            if second.acquire(blocking=False):
                second.release()
        time.sleep(0.02)
${start('threading.Thread(target=work, args=p) for p in ((a, b), (b, a))')}`,
    'many threads at one counter': `
import threading
lock = threading.Lock()
n = 0
def count():
    global n
    for i in range(50000):
        with lock: n += 1
${start('threading.Thread(target=count) for _ in range(4)')}`,
    'logging from many threads': `
import logging, os, threading
logging.basicConfig(stream=open(os.devnull, 'w'), level=logging.INFO)
def work():
    for i in range(500): logging.info('%d', i)
${start('threading.Thread(target=work) for _ in range(6)')}`,
    'an executor at work': `
from concurrent.futures import ThreadPoolExecutor
import time
with ThreadPoolExecutor(8) as pool:
    list(pool.map(lambda i: time.sleep(0.002), range(800)))
`,
    'a pipeline whose queues never fill': `
import queue, threading, time
a = queue.Queue(10)
b = queue.Queue(10)
def read():
    for i in range(150):
        time.sleep(0.004)
        a.put(i)
    a.put(None)
def change():
    while (item := a.get()) is not None: b.put(item)
    b.put(None)
def write():
    while b.get() is not None: pass
${start('threading.Thread(target=f) for f in (read, change, write)')}`,
  }
  for (const [name, source] of Object.entries(quiet))
    test(name, async ({ expect, onTestFinished }) => {
      const found = await findings(source, null, onTestFinished)
      expect(found.map((f) => `${f.rule}: ${f.sentence}`)).toEqual([])
    })
  test('a lock that a thread takes twice and another one releases is a signal', async ({ expect, onTestFinished }) => {
    const found = await findings(
      `
import threading, time
work, done = threading.Lock(), threading.Lock()
work.acquire()
def serve():
    while True:
        work.acquire()
        done.release()
done.acquire()
threading.Thread(target=serve, daemon=True).start()
for _ in range(2):
    work.release()
    done.acquire()
time.sleep(0.8)  # longer than a deadlock takes to be told
`,
      null,
      onTestFinished,
    )
    expect(found).toEqual([])
  })
})

describe.concurrent('what is made once, while the others who need it wait, is no finding', () => {
  const lazy = `
import threading, time
made = {}
lock = threading.Lock()
def get(key):
    with lock:
        if key not in made:
            time.sleep(0.1)
            made[key] = 1
        return made[key]
`
  const users = start('*[threading.Thread(target=use) for n in range(4)]')
  test('settings that the first thread loads', async ({ expect, onTestFinished }) => {
    const source = `${lazy}
def use():
    for _ in range(10):
        get('settings')
        time.sleep(0.03)
${users}`
    expect(await findings(source, null, onTestFinished)).toEqual([])
  })
  test('but a line that makes something again and again is one', async ({ expect, onTestFinished }) => {
    const source = `${lazy}
def use():
    for n in range(4): get(n)
    time.sleep(0.5)
${users}`
    const rules = (await findings(source, null, onTestFinished)).map((f) => f.rule)
    expect(rules).toContain('contention')
    expect(rules).toContain('slow-hold')
  })
})
