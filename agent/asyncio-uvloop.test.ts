// Tasks on the event loop of uvloop: told as on asyncio's own, but for what is inside libuv.
import { beforeAll, expect, test } from 'vitest'
import { complaints, eventKinds, flags, objectKinds } from '../wire/kinds.ts'
import { type Python, record, unrecorded } from './test/run-python.ts'
import { story } from './test/story.ts'
import { pythonFor } from './test/python-with.ts'

let python: Python
beforeAll(async () => {
  python = await pythonFor('uvloop')
}, 300_000)

/** The same on both loops. uvloop.run would put a coroutine of its own around main. */
const tell = (source: string, ...actors: string[]) => {
  const [own, uvloop] = ['asyncio', 'uvloop'].map((library) => {
    const ran = record(
      python,
      `import asyncio, uvloop\n${source}\n${library}.new_event_loop().run_until_complete(main())\n`,
    )
    expect(ran.err).toBe('')
    expect(ran.status).toBe(0)
    return story(ran)
      .by(...actors)
      .map((text) => text.replace(`${library}_0`, 'the worker'))
  })
  expect(uvloop).toEqual(own)
  return uvloop!
}

test('two tasks take turns, and the one that waits for the other is made ready by its end', () => {
  const told = tell(
    `
async def inner(): await asyncio.sleep(0)
async def turn(): await inner()
async def main():
    a = asyncio.create_task(turn())
    b = asyncio.create_task(turn())
    await a
    await b
`,
    'main',
    'a',
    'b',
  )
  expect(told.slice(told.indexOf('main waits for a (task)'))).toEqual([
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

test('what is put into a queue makes the task ready that waits for it, by the doing of who put it', () => {
  const told = tell(
    `
async def take(queue):
    for _ in range(2): await queue.get()
async def main():
    queue = asyncio.Queue()
    taker = asyncio.create_task(take(queue))
    await asyncio.sleep(0)
    await queue.put(1)
    await asyncio.sleep(0)
    await queue.put(2)
    await taker
`,
    'main',
    'taker',
  )
  expect(told.filter((text) => text.startsWith('taker '))).toEqual([
    'taker begins',
    'taker is ready: by main',
    'taker steps',
    'taker waits for queue (queueGet)',
    'taker is ready: by main',
    'taker steps',
    expect.stringMatching(/^taker gets from queue what main put at /),
    'taker waits for queue (queueGet)',
    'taker is ready: by main',
    'taker steps',
    expect.stringMatching(/^taker gets from queue what main put at /),
    'taker stops',
    'taker ends',
  ])
})

test('gather awaits its tasks; the clock makes a sleeper ready, a thread who waits for its job', () => {
  const told = tell(
    `
import threading
async def sleeps(): await asyncio.sleep(0.01)
async def main():
    a, b = asyncio.create_task(sleeps(), name='a'), asyncio.create_task(asyncio.sleep(0), name='b')
    await asyncio.gather(a, b)
    seen = threading.Event()
    asyncio.get_running_loop().call_soon(seen.set)
    await asyncio.to_thread(seen.wait)
`,
    'main',
    'a',
  )
  expect(told.filter((text) => text.startsWith('a '))).toEqual([
    'a begins',
    'a is ready: by main',
    'a steps',
    'a waits for something (sleep)',
    'a is ready',
    'a steps',
    'a stops',
    'a ends',
  ])
  expect(told).toContain('main awaits a')
  expect(told.filter((text) => text.startsWith('main is ready'))).toEqual([
    'main is ready: by MainThread',
    'main is ready: by a',
    'main is ready: by the worker',
  ])
})

test('one loop, whose own tasks are internal; what is not seen of it is said', () => {
  const { first } = record(python, 'import uvloop\nasync def main(): pass\nuvloop.run(main())\n')
  const made = first.records.filter((r) => r.kind === eventKinds.new)
  const loops = made.filter((r) => (r.flags & 0xff) === objectKinds.loop)
  expect(loops).toHaveLength(1)
  const steps = first.records.filter((r) => r.kind === eventKinds.step)
  expect(new Set(steps.map((r) => r.object))).toEqual(new Set([loops[0]!.object]))
  const tasks = made.filter((r) => (r.flags & 0xff) === objectKinds.task)
  expect(tasks.map((r) => (r.flags & flags.internal) !== 0)).toEqual([false, ...tasks.slice(1).map(() => true)])
  expect(first.lines.filter((line) => line.k === 'note')).toEqual([
    expect.objectContaining({ text: expect.stringContaining('uvloop does inside libuv') }),
  ])
})

test('callbacks behave as before: cancelled, raising, with many arguments, in a cycle, shown', () => {
  const source = `
import asyncio, gc, sys, uvloop, weakref

class Callback:
    def __call__(self, *args, **kwargs): raise KeyError(len(args))
    def __repr__(self): return 'Callback'

async def main():
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: print(context['message'], repr(context['exception'])))
    callback = Callback()
    callback.handle = loop.call_later(60, callback)
    gone = weakref.ref(callback)
    callback.handle.cancel()
    loop.call_soon(callback, *range(12))
    loop.call_soon(callback, 1).cancel()
    loop.call_soon_threadsafe(callback)
    loop.call_later(0, print, 'later')
    for wrong in (), (1,), (1, None):
        try: print(loop.call_later(*wrong, context=3))
        except Exception as error: print(type(error), error)
    await asyncio.sleep(0.001)
    del callback
    gc.collect()
    print(gone())
    callback = Callback()
    callback.handle = loop.call_soon(callback)
    gone = weakref.ref(callback)
    await asyncio.sleep(0.001)
    del callback
    gc.collect()
    print(gone())

loop = uvloop.new_event_loop()
loop.set_debug(True)
loop.run_until_complete(main())
print(loop.call_soon.__name__, loop.call_soon(print))
loop.close()
try: loop.call_soon(print)
except RuntimeError as error: print(error)
`
  const plain = unrecorded(python, source)
  const ran = record(python, source)
  const still = (text: string) => text.replaceAll(/0x[0-9a-f]+|agent-\w+/g, '')
  expect(plain.out).toContain('KeyError(12)')
  expect([ran.status, still(ran.out), still(ran.err)]).toEqual([plain.status, still(plain.out), still(plain.err)])
})

test('of a task that is let go it complains as asyncio does', () => {
  const ran = record(
    python,
    `
import asyncio, uvloop
async def fails(): raise ValueError
async def main():
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: print(context['message']))
    asyncio.create_task(fails())
    await asyncio.sleep(0.001)
uvloop.new_event_loop().run_until_complete(main())
`,
  )
  expect(ran.err).toBe('')
  expect(ran.out).toBe('Task exception was never retrieved\n')
  const [failed] = ran.first.records.filter((r) => r.kind === eventKinds.threadEnd && r.flags === 2)
  expect(ran.first.records.filter((r) => r.kind === eventKinds.complaint)).toMatchObject([
    { object: failed!.object, flags: complaints.exceptionNeverRetrieved },
  ])
})
