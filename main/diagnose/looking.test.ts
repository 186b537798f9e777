// polling, timeouts and missed-wakeup on small real programs: what must be found, and the idioms that look like it.
import { describe, test } from 'vitest'
import type { Finding } from '../../wire/api.ts'
import { pythonPrograms } from './found-in.ts'

const foundIn = pythonPrograms()
const told = (found: readonly Finding[]) => found.map((f) => `${f.rule}: ${f.sentence}`)

describe.concurrent('told', () => {
  const cases: Record<string, [source: string, expected: RegExp]> = {
    'a task that lets others go first, over and over': [
      `
import asyncio
async def work(state):
    await asyncio.sleep(0.3)
    state['done'] = True
async def main():
    state = {}
    task = asyncio.create_task(work(state))
    while 'done' not in state:
        await asyncio.sleep(0)
    await task
asyncio.run(main())
`,
      /^polling: main gave its turn away [\d,]+ times at program\d+\.py:9, in `while 'done' not in state:`, only to look once more: it woke [\d,]+ times a second, during \d+ ms, and that was (?:over )?\d+ % of its life\.$/,
    ],
    'a task that sleeps a little, over and over': [
      `
import asyncio
async def work(state):
    await asyncio.sleep(0.5)
    state['done'] = True
async def main():
    state = {}
    task = asyncio.create_task(work(state))
    while 'done' not in state:
        await asyncio.sleep(0.01)
asyncio.run(main())
`,
      /^polling: main slept \d+ times for \d+ ms at program\d+\.py:9, in `while 'done' not in state:`/,
    ],
    'a thread that joins a little, over and over': [
      `
import threading, time
t = threading.Thread(target=time.sleep, args=(0.6,), name='worker'); t.start()
while t.is_alive():
    t.join(0.01)
`,
      /^polling: MainThread waited for worker \d+ times at program\d+\.py:4, in `while t\.is_alive\(\):` and gave up \d+ times, after \d+ ms each time/,
    ],
    'a lock that is only tried, without a pause': [
      `
import threading, time
lock = threading.Lock()
lock.acquire()
def spin():
    while not lock.acquire(blocking=False): pass
    lock.release()
t = threading.Thread(target=spin, name='spinner'); t.start()
time.sleep(0.3)
lock.release()
t.join()
`,
      /^polling: spinner tried lock \(program\d+\.py:2\) [\d,]+ times in vain at program\d+\.py:5/,
    ],
    'a condition whose timeout does the work of a notify': [
      `
import threading, time
ready = threading.Condition()
state = []
def work():
    for n in range(15):
        time.sleep(0.1)
        state.append(n)  # and no notify
def use():
    for n in range(15):
        with ready:
            while len(state) <= n:
                ready.wait(0.15)
ts = [threading.Thread(target=f, name=f.__name__) for f in (work, use)]
for t in ts: t.start()
for t in ts: t.join()
`,
      /^timeouts: use waited for ready \(program\d+\.py:2\) at program\d+\.py:12 and gave up \d+ times, after \d+ ms each time, .* in all; no wait there ended otherwise\.$/,
    ],
  }
  for (const [name, [source, expected]] of Object.entries(cases))
    test(name, async ({ expect, onTestFinished }) => {
      const found = told(await foundIn(source, null, onTestFinished))
      expect(found.length, found.join('\n')).toBe(1)
      expect(found[0]).toMatch(expected)
    })
  test('a wait for what was notified before, that never ends', async ({ expect, onTestFinished }) => {
    const source = `
import os, signal, threading, time
bell = threading.Condition()
def ring():
    with bell: bell.notify()
def end():
    time.sleep(0.6)
    os.kill(os.getpid(), signal.SIGKILL)
threading.Thread(target=end, name='end').start()
t = threading.Thread(target=ring, name='cook'); t.start(); t.join()
with bell: bell.wait()
`
    const found = told(await foundIn(source, null, onTestFinished))
    expect(found.find((f) => f.startsWith('missed-wakeup'))).toMatch(
      /^missed-wakeup: cook notified bell \(program\d+\.py:2\) at program\d+\.py:4 when nobody waited for it; MainThread began to wait .*s later at program\d+\.py:10 and waited .*s, as long as there was a recording: nobody notified it again\.$/,
    )
  })
})

describe.concurrent('not told', () => {
  const quiet: Record<string, string> = {
    'a beat, by sleep and by an event with a timeout, until it is stopped': `
import threading, time
stop = threading.Event()
beats = []
def beat():
    while not stop.wait(0.01): beats.append(time.monotonic())
def tick():
    while not stop.is_set():
        beats.append(time.monotonic())
        time.sleep(0.01)
ts = [threading.Thread(target=f) for f in (beat, tick)]
for t in ts: t.start()
time.sleep(0.6)
stop.set()
for t in ts: t.join()
`,
    'a writer that writes what has come, or every so often': `
import queue, threading, time
lines = queue.Queue()
written = []
def write():
    batch = []
    while True:
        try: line = lines.get(timeout=0.05)
        except queue.Empty:
            written.append(batch)
            batch = []
        else:
            if line is None: return
            batch.append(line)
t = threading.Thread(target=write); t.start()
for n in range(60):
    time.sleep(0.01)
    lines.put(n)
lines.put(None)
t.join()
`,
    'a producer and a consumer with a condition, in step and not': `
import threading, time
changed = threading.Condition()
items = []
def put():
    for n in range(30):
        time.sleep(0.003)
        with changed:
            items.append(n)
            changed.notify()
def get():
    for n in range(30):
        with changed:
            while not items: changed.wait(1)
            items.pop()
        time.sleep(0.003)
ts = [threading.Thread(target=f) for f in (put, get)]
for t in ts: t.start()
for t in ts: t.join()
with changed:
    changed.notify()
    changed.wait_for(lambda: items, 0.3)
`,
    'work in a loop that waits for the disk now and then': `
import time
deadline = time.monotonic() + 0.5
while time.monotonic() < deadline:
    time.sleep(0.005)
for _ in range(50): time.sleep(0.005)
`,
    'a lock that is tried now and then, and mostly got': `
import threading, time
lock = threading.Lock()
def work():
    for _ in range(150):
        if lock.acquire(blocking=False):
            time.sleep(0.0005)
            lock.release()
        time.sleep(0.002)
ts = [threading.Thread(target=work) for _ in range(2)]
for t in ts: t.start()
for t in ts: t.join()
`,
  }
  for (const [name, source] of Object.entries(quiet))
    test(name, async ({ expect, onTestFinished }) => {
      expect(told(await foundIn(source, null, onTestFinished))).toEqual([])
    })
})
