// Tasks of asyncio: who made them, their steps, what each waits for and who makes it go on, how they end.
import { describe, expect, test } from 'vitest'
import { eventKinds } from '../wire/kinds.ts'
import { pythons, record } from './test/run-python.ts'
import { story } from './test/story.ts'

describe.each(pythons)('Python 3.$minor', (python) => {
  const tell = (source: string, ...actors: string[]) => {
    const ran = record(python, source)
    expect(ran.err).toBe('')
    return story(ran).by(...actors)
  }

  test('two tasks take turns, and the one that waits for the other is made ready by its end', () => {
    const told = tell(
      `
import asyncio

async def turn():
    await asyncio.sleep(0)

async def main():
    a = asyncio.create_task(turn())
    b = asyncio.create_task(turn())
    await a
    await b

asyncio.run(main())
`,
      'main',
      'a',
      'b',
    )
    expect(told).toEqual([
      'main begins',
      'main is ready: by MainThread',
      'main steps',
      'main makes task a',
      'main starts a',
      'a begins',
      'a is ready: by main',
      'main makes task b',
      'main starts b',
      'b begins',
      'b is ready: by main',
      'main waits for a (task)',
      'a steps',
      'a lets others go',
      'b steps',
      'b lets others go',
      'a steps',
      'main is ready: by a',
      'a stops',
      'a ends',
      'b steps',
      'b stops',
      'b ends',
      'main steps',
      'main stops',
      'main ends',
    ])
  })

  test('gather and wait await each task that is not over; what makes them go on is the last of them', () => {
    const told = tell(
      `
import asyncio

async def turns(n):
    for _ in range(n): await asyncio.sleep(0)

async def main():
    over = asyncio.create_task(turns(0))
    await over
    a, b = asyncio.create_task(turns(1), name='a'), asyncio.create_task(turns(2), name='b')
    await asyncio.gather(over, a, b)
    c, d = asyncio.create_task(turns(2), name='c'), asyncio.create_task(turns(1), name='d')
    await asyncio.wait([c, d])

asyncio.run(main())
`,
      'main',
    )
    expect(told.filter((text) => /awaits|something|ready/.test(text))).toEqual([
      'main is ready: by MainThread',
      'main is ready: by over',
      'main waits for something (task)',
      'main awaits a',
      'main awaits b',
      'main is ready: by b',
      'main waits for something (task)',
      expect.stringMatching(/^main awaits [cd]$/),
      expect.stringMatching(/^main awaits [cd]$/),
      'main is ready: by c',
    ])
  })

  test.runIf(python.minor >= 11)('a TaskGroup awaits its tasks; when one fails, the others are cancelled', () => {
    const ran = record(
      python,
      `
import asyncio

async def fails():
    await asyncio.sleep(0)
    raise KeyError('gone')

async def sleeps():
    await asyncio.sleep(60)

async def main():
    try:
        async with asyncio.TaskGroup() as group:
            a = group.create_task(fails())
            b = group.create_task(sleeps())
    except* KeyError: pass

asyncio.run(main())
`,
    )
    expect(ran.err).toBe('')
    const told = story(ran).by('main', 'a', 'b')
    expect(told.filter((text) => text.startsWith('main awaits')).sort()).toEqual(['main awaits a', 'main awaits b'])
    expect(told).toContain('a ends, raised')
    expect(told).toContain('b ends, cancelled')
    expect(told.filter((text) => text.startsWith('b is ready'))).toEqual(['b is ready: by main', 'b is ready: by a'])
    expect(ran.first.lines).toContainEqual(expect.objectContaining({ k: 'error', type: 'KeyError', text: "'gone'" }))
  })

  test('a task waits at the line of the program, however deep its coroutine stands', () => {
    const ran = record(
      python,
      `
import asyncio

async def inner():
    await asyncio.sleep(0.001)

async def outer():
    await inner()

async def main():
    await outer()

asyncio.run(main())
`,
    )
    const sleep = story(ran)
    expect(sleep.by('main')).toContain('main waits for something (sleep)')
    const record_ = ran.first.records.find((r) => r.kind === eventKinds.suspend && r.site)!
    expect(ran.first.sites.get(record_.site)).toMatchObject({ line: 5, func: 'inner' })
    expect(record_.arg).toBe(1)
  })

  test('a timer, a thread and a callback: whose doing it was that a task goes on', () => {
    const told = tell(
      `
import asyncio, threading

async def main():
    loop = asyncio.get_running_loop()
    await asyncio.sleep(0.001)
    future = loop.create_future()
    other = threading.Thread(target=loop.call_soon_threadsafe, args=(future.set_result, 1), name='other')
    other.start()
    await future
    suspended = threading.Event()
    loop.call_soon(suspended.set)
    await loop.run_in_executor(None, suspended.wait)

asyncio.run(main())
`,
      'main',
    )
    expect(told.filter((text) => /ready|waits/.test(text))).toEqual([
      'main is ready: by MainThread',
      'main waits for something (sleep)',
      'main is ready',
      'main waits for something (future)',
      'main is ready: by other',
      'main waits for pool (future)',
      'main is ready: by asyncio_0',
    ])
  })

  test('tasks that are cancelled, that raise, that are never over, and two loops in two threads', () => {
    const ran = record(
      python,
      `
import asyncio, threading

async def forever():
    await asyncio.get_running_loop().create_future()

async def main(name):
    task = asyncio.create_task(forever(), name=name)
    await asyncio.sleep(0)
    task.cancel()
    try: await task
    except asyncio.CancelledError: pass

other = threading.Thread(target=lambda: asyncio.run(main('b')), name='other')
other.start()
asyncio.run(main('a'))
other.join()

async def raises():
    raise ValueError('no')

try: asyncio.run(raises())
except ValueError: pass
`,
    )
    expect(ran.err).toBe('')
    const told = story(ran)
    expect(told.by('a').at(-1)).toBe('a ends, cancelled')
    expect(told.by('b').at(-1)).toBe('b ends, cancelled')
    expect(told.by('raises').at(-1)).toBe('raises ends, raised')
    expect(ran.first.records.filter((r) => r.kind === eventKinds.new && (r.flags & 255) === 15)).toHaveLength(3)
  })

  test.each([
    ['a timer that is seen late says how late: the loop was blocked', 'asyncio.SelectorEventLoop', 98_000],
    ['a loop with a clock of its own knows when its timers are due, we do not', 'Later', 0],
  ])('%s', (_, loop, least) => {
    const ran = record(
      python,
      `
import asyncio, time

class Later(asyncio.SelectorEventLoop):
    def time(self): return super().time() + 1000

async def blocks():
    time.sleep(0.1)

async def main():
    blocking = asyncio.create_task(blocks(), name='blocks')
    await asyncio.sleep(0.001)
    await blocking

loop = ${loop}()
loop.run_until_complete(main())
loop.close()
`,
    )
    const ready = ran.first.records.filter((r) => r.kind === eventKinds.ready)
    const byClock = ready.filter((r) => r.object === 0)
    expect(byClock).toHaveLength(1)
    expect(byClock[0]!.arg).toBeGreaterThanOrEqual(least)
    if (least === 0) expect(byClock[0]!.arg).toBe(0)
    expect(ready.filter((r) => r.object && r.arg)).toEqual([])
  })

  test('a thousand tasks: every step is there, and none is left open', () => {
    const ran = record(
      python,
      `
import asyncio

async def turns():
    for _ in range(10): await asyncio.sleep(0)

async def main():
    await asyncio.gather(*(turns() for _ in range(1000)))

asyncio.run(main())
`,
    )
    const of = (kind: number) => ran.first.records.filter((r) => r.kind === kind)
    const made = new Set(
      of(eventKinds.new)
        .filter((r) => r.arg && ran.first.sites.get(r.arg)?.func === 'turns')
        .map((r) => r.object),
    )
    expect(made.size).toBe(1000)
    expect(of(eventKinds.step).filter((r) => made.has(r.thread))).toHaveLength(11_000)
    expect(of(eventKinds.suspend)).toHaveLength(of(eventKinds.step).length)
    expect(of(eventKinds.threadEnd).filter((r) => made.has(r.thread))).toHaveLength(1000)
    expect(of(eventKinds.awaits)).toHaveLength(1000)
  })
})
