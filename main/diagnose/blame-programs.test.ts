// Who made whom wait, in real programs: of threads, processes and tasks.
import { describe, test } from 'vitest'
import type { Finding } from '../../wire/api.ts'
import { duration } from '../query/words.ts'
import { pythonPrograms } from './found-in.ts'

const foundIn = pythonPrograms()
const of = (rule: string, found: readonly Finding[]) => found.filter((f) => f.rule === rule).map((f) => f.sentence)

type Rows = Awaited<ReturnType<typeof foundIn>>[number]['rows']
/** The sum of a column in ms, as a sentence writes it. */
const summed = (rows: Rows, column: string) => duration(rows.reduce((sum, row) => sum + Number(row[column]), 0) * 1e6)

const threads = (made: string) => `
threads = [${made}]
for t in threads: t.start()
for t in threads: t.join()
`

describe.concurrent('slow-hold', () => {
  test('a lock of processes, held while a program runs', async ({ expect, onTestFinished }) => {
    const found = await foundIn(
      `
import multiprocessing, subprocess, time
def convert(disk):
    for _ in range(5):
        with disk:
            subprocess.run(['sleep', '0.03'])
if __name__ == '__main__':
    disk = multiprocessing.Lock()
    workers = [multiprocessing.Process(target=convert, args=(disk,), name=f'w{i}') for i in range(3)]
    for w in workers: w.start()
    for w in workers: w.join()
`,
      null,
      onTestFinished,
    )
    expect(of('slow-hold', found)).toEqual([
      expect.stringMatching(
        /^w\d(?:, w\d)? and w\d held disk \(program\d+\.py:7\) \d+ times at program\d+\.py:4 while others waited for it, .* of that waiting for the process sleep.* to end at /,
      ),
    ])
    const { rows, sentence } = found.find((f) => f.rule === 'slow-hold')!
    const waited = rows.filter((row) => row.did === 'process' && Number(row.ms) > 0)
    expect(sentence).toContain(
      `, ${summed(
        rows.filter((row) => row.did === 'held'),
        'ms',
      )} in all: `,
    )
    expect(sentence).toContain(` ${summed(waited, 'ms')} of that waiting for the process`)
    const contention = found.filter((f) => f.rule === 'contention')
    expect(contention.length).toBe(1)
    expect(contention[0]!.sentence).toContain(`: ${summed(contention[0]!.rows, 'waited_ms')} of it held by `)
  })
  test('a lock of tasks, held while others are awaited', async ({ expect, onTestFinished }) => {
    const found = await foundIn(
      `
import asyncio
async def answer(questions):
    while (question := await questions.get()) is not None:
        await asyncio.sleep(0.02)
        question.set()
async def ask(line, questions):
    for _ in range(4):
        async with line:
            answered = asyncio.Event()
            await questions.put(answered)
            await answered.wait()
async def main():
    line, questions = asyncio.Lock(), asyncio.Queue()
    oracle = asyncio.create_task(answer(questions), name='oracle')
    await asyncio.gather(*(asyncio.create_task(ask(line, questions), name=f'king{i}') for i in range(4)))
    await questions.put(None)
    await oracle
asyncio.run(main())
`,
      null,
      onTestFinished,
    )
    expect(of('slow-hold', found)).toEqual([
      expect.stringMatching(
        /^king\d, king\d, king\d and king\d held line .* of that waiting for answered .* to be set at program\d+\.py:11\. Others waited .* of the lives of the 4 tasks that use it\.$/,
      ),
    ])
  })
  test('a call into C that lets the GIL go, and a computation in Python', async ({ expect, onTestFinished }) => {
    const program = (work: string) => `
import hashlib, threading
lock = threading.Lock()
def work(salt):
    for _ in range(8):
        with lock: ${work}
${threads("threading.Thread(target=work, args=(b'%d' % i,), name=f't{i}') for i in range(3)")}`
    const native = await foundIn(program("hashlib.pbkdf2_hmac('sha256', b'x', salt, 40_000)"), null, onTestFinished)
    expect(of('slow-hold', native)).toEqual([
      expect.stringMatching(/: in the 8 longest holds, .* together, .* went by in calls outside Python/),
    ])
    const { rows, sentence } = native.find((f) => f.rule === 'slow-hold')!
    expect(rows.length).toBe(8)
    expect(sentence).toContain(`in the 8 longest holds, ${summed(rows, 'held_ms')} together, `)
    const outside = rows.map((row) => ({ ms: Number(row.held_ms) - Number(row.gil_ms) - Number(row.waited_ms) }))
    // the wait for the GIL is over a moment after it was got: the two overlap
    const [, figure, unit] = /together, ([\d.]+) (m?s) went by/.exec(sentence) ?? []
    const told = Number(figure) * (unit === 's' ? 1000 : 1)
    expect(Math.abs(told - outside.reduce((sum, { ms }) => sum + ms, 0))).toBeLessThan(0.05 * told + 1)
    const python = await foundIn(program('sum(i * i for i in range(200_000))'), null, onTestFinished)
    expect(of('contention', python).length).toBe(1)
    expect(of('slow-hold', python)).toEqual([])
  })
})

test('of many locks of one line the one that costs enough is told alone', async ({ expect, onTestFinished }) => {
  const found = await foundIn(
    `
import threading, time
locks = [threading.Lock() for _ in range(6)]
def work(i):
    for k in range(12):
        with locks[0]: time.sleep(0.005)
        with locks[1 + (i + k) % 5]: time.sleep(0.001)
${threads("threading.Thread(target=work, args=(i,), name=f't{i}') for i in range(4)")}`,
    null,
    onTestFinished,
  )
  expect(of('contention', found)).toEqual([
    expect.stringMatching(/ waited .* for locks \(program\d+\.py:2\) in \d+ waits: /),
  ])
})

describe('the room that back-pressure says is enough is enough', () => {
  // the next burst comes when the one before has been worked off, and a while after
  const programs: Record<string, (room: number) => string> = {
    threads: (room) => `
import queue, threading, time
jobs, done = queue.Queue(${room}), threading.Semaphore(0)
def consume():
    while jobs.get() is not None:
        time.sleep(0.005)
        done.release()
def produce():
    for _ in range(4):
        for _ in range(20): jobs.put(1)
        for _ in range(20): done.acquire()
        time.sleep(0.03)
    jobs.put(None)
${threads('threading.Thread(target=f) for f in (consume, produce)')}`,
    processes: (room) => `
import multiprocessing, time
def consume(jobs, done):
    while jobs.get() is not None:
        time.sleep(0.005)
        done.release()
if __name__ == '__main__':
    jobs, done = multiprocessing.Queue(${room}), multiprocessing.Semaphore(0)
    consumer = multiprocessing.Process(target=consume, args=(jobs, done))
    consumer.start()
    for _ in range(4):
        for _ in range(20): jobs.put(1)
        for _ in range(20): done.acquire()
        time.sleep(0.03)
    jobs.put(None)
    consumer.join()
`,
    tasks: (room) => `
import asyncio
async def consume(jobs, done):
    while await jobs.get() is not None:
        await asyncio.sleep(0.005)
        done.release()
async def main():
    jobs, done = asyncio.Queue(${room}), asyncio.Semaphore(0)
    consumer = asyncio.create_task(consume(jobs, done))
    for _ in range(4):
        for _ in range(20): await jobs.put(1)
        for _ in range(20): await done.acquire()
        await asyncio.sleep(0.03)
    await jobs.put(None)
    await consumer
asyncio.run(main())
`,
  }
  for (const [name, program] of Object.entries(programs))
    test(name, async ({ expect, onTestFinished }) => {
      const [sentence] = of('back-pressure', await foundIn(program(2), null, onTestFinished))
      const room = Number(/room for (\d+) items would have been enough/.exec(sentence ?? '')?.[1])
      expect(room, sentence).toBeGreaterThanOrEqual(15)
      expect(room, sentence).toBeLessThanOrEqual(20)
      expect(of('back-pressure', await foundIn(program(room), null, onTestFinished))).toEqual([])
    })
})

test('processes that starve behind one that is at work', async ({ expect, onTestFinished }) => {
  const found = await foundIn(
    `
import hashlib, multiprocessing, time
def store(pages):
    while pages.get() is not None: time.sleep(0.001)
if __name__ == '__main__':
    pages = multiprocessing.Queue()
    stores = [multiprocessing.Process(target=store, args=(pages,), name=f's{i}') for i in range(3)]
    for s in stores: s.start()
    for i in range(60):
        pages.put(hashlib.pbkdf2_hmac('sha256', b'x', b'y', 40_000))
    for _ in stores: pages.put(None)
    for s in stores: s.join()
`,
    null,
    onTestFinished,
  )
  expect(of('starvation', found)).toEqual([
    expect.stringMatching(/^s\d, s\d and s\d waited .* for items from pages .* although MainThread was at work/),
  ])
})
