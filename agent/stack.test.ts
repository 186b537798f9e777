// The stack of a wait is there when the wait begins, also of one that never ends.
import { describe, expect, test } from 'vitest'
import { eventKinds, reasons } from '../wire/kinds.ts'
import { environment } from '../wire/side-file.ts'
import type { EventRecord, RecordedProcess } from './test/read-events.ts'
import { type Recorded, pythons, record } from './test/run-python.ts'

/** "function:line", innermost first */
const placesOf = (ran: Recorded, p: RecordedProcess, r: EventRecord): string[] =>
  (r.stack ?? []).map((id) => {
    const parent = ran.processes.find((q) => q.name === p.about.forkOf)
    const site = p.sites.get(id) ?? parent?.sites.get(id)
    return `${site?.func}:${site?.line}`
  })
const stacks = (ran: Recorded, reason: number): string[] =>
  ran.processes.flatMap((p) =>
    p.records
      .filter((r) => [eventKinds.wait, eventKinds.suspend].some((kind) => r.kind === kind))
      .filter((r) => (r.flags & 0xff) === reason)
      .map((r) => placesOf(ran, p, r).join(' ')),
  )

describe.each(pythons)('Python 3.$minor', (python) => {
  test('threads in a deadlock: each one has its stack, whoever ends the process', () => {
    const ran = record(
      python,
      `
import os, threading, until
left, right = threading.Lock(), threading.RLock()
both = threading.Barrier(2)

def take(first, second):
    with first:
        both.wait()
        grab(second)

def grab(lock):
    with lock:
        pass

def main():
    threads = [threading.Thread(target=take, args=pair, daemon=True) for pair in [(left, right), (right, left)]]
    for thread in threads: thread.start()
    until.waits(3)
    os._exit(7)
main()
`,
    )
    expect(ran.status).toBe(7)
    expect(stacks(ran, reasons.lock)).toEqual(['grab:12 take:9', 'grab:12 take:9'])
    expect(stacks(ran, reasons.barrier)).toEqual(['take:8'])
  })

  test('through the library: the lines of the program alone, of every kind of wait', () => {
    const ran = record(
      python,
      `
import queue, threading, time
from concurrent.futures import ThreadPoolExecutor
import until

class Work:
    def all(self):
        self.get()
        self.join()
        self.result()
        self.sleep()
    def get(self):
        try: queue.Queue().get(timeout=0.001)
        except queue.Empty: pass
    def join(self):
        thread = threading.Thread(target=until.waits, args=(until.count() + 1,))
        thread.start()
        thread.join()
    def result(self):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(until.waits, until.count(why=14) + 1, None, 14).result()
    def sleep(self):
        time.sleep(0.001)

Work().all()
`,
    )
    expect(ran.err).toBe('')
    expect(stacks(ran, reasons.queueGet)).toContain('Work.get:13 Work.all:8 <module>:25')
    expect(stacks(ran, reasons.join)).toContain('Work.join:18 Work.all:9 <module>:25')
    expect(stacks(ran, reasons.future)).toEqual(['Work.result:21 Work.all:10 <module>:25'])
    expect(stacks(ran, reasons.sleep)).toEqual(['Work.sleep:23 Work.all:11 <module>:25'])
  })

  test('tasks: down the chain of awaits', () => {
    const ran = record(
      python,
      `
import asyncio, os

async def take(first, second):
    async with first:
        await asyncio.sleep(0)
        await grab(second)

async def grab(lock):
    async with lock:
        pass

async def main():
    left, right = asyncio.Lock(), asyncio.Lock()
    asyncio.get_running_loop().call_later(0.01, os._exit, 7)
    await asyncio.gather(take(left, right), take(right, left))
asyncio.run(main())
`,
    )
    expect(ran.status).toBe(7)
    expect(stacks(ran, reasons.lock)).toEqual(['grab:10 take:7', 'grab:10 take:7'])
    expect(stacks(ran, reasons.task)).toEqual(['main:16'])
  })

  const recursive = `
import os, sys, threading, time
def down(n):
    return down(n - 1) if n else time.sleep(0.001)
down(3)
down(99)
if os.fork() == 0:
    down(99)
    sys.exit()
os.wait()
down(3)
`
  test('so deep as asked for, the innermost; a forked child need not say its own again', () => {
    const ran = record(python, recursive, { flags: ['-W', 'ignore'] })
    expect(ran.err).toBe('')
    const lines = stacks(ran, reasons.sleep).map((stack) => stack.split(' '))
    const down = (n: number) => Array.from({ length: n }, () => 'down:4')
    expect(lines).toEqual([[...down(4), '<module>:5'], down(16), [...down(4), '<module>:11'], down(16)])
    const [parent, child] = ran.processes
    const said = (p: RecordedProcess) => p.lines.filter((line) => line.k === 'stack').length
    expect([said(parent!), said(child!)]).toEqual([4, 0]) // the fourth: os.wait
    for (const [depth, most] of [
      ['1', 1],
      ['200', 64],
    ] as const) {
      const other = record(python, recursive, { flags: ['-W', 'ignore'], env: { [environment.stackDepth]: depth } })
      expect(stacks(other, reasons.sleep)[1]!.split(' ')).toEqual(down(most))
    }
    const none = record(python, recursive, { flags: ['-W', 'ignore'], env: { [environment.stackDepth]: '0' } })
    expect(none.first.lines.filter((line) => line.k === 'stack')).toEqual([])
    const slept = none.first.records.filter((r) => r.kind === eventKinds.wait && (r.flags & 0xff) === reasons.sleep)
    expect(slept.map((r) => none.first.sites.get(r.site)?.line)).toEqual([4, 4, 4])
  })
})
