// asyncio and what is around it: streams, subprocesses, pools, other threads, debug mode, the Task written in Python.
import { describe, expect, test } from 'vitest'
import { eventKinds, flags, objectKinds, reasons } from '../wire/kinds.ts'
import { pythons, record, unrecorded } from './test/run-python.ts'
import { story } from './test/story.ts'

describe.each(pythons)('Python 3.$minor', (python) => {
  const clean = (source: string, env: Record<string, string> = {}) => {
    const ran = record(python, source, { env })
    expect(ran.err).toBe('')
    return ran
  }

  test('streams over loopback and a subprocess: every wait is I/O, at the line of the program', () => {
    const source = `
import asyncio, sys

async def answer(reader, writer):
    writer.write(await reader.readline())
    await writer.drain()
    writer.close()

async def main():
    server = await asyncio.start_server(answer, '127.0.0.1', 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b'hello\\n')
    print(await reader.readline())
    writer.close()
    server.close()
    child = await asyncio.create_subprocess_exec(sys.executable, '-SIc', 'pass')
    print(await child.wait())

asyncio.run(main())
`
    const ran = clean(source)
    expect(ran.out).toBe(unrecorded(python, source).out)
    const io = ran.first.records.filter((r) => r.kind === eventKinds.suspend && (r.flags & 255) === reasons.io)
    const lines = new Set(io.map((r) => ran.first.sites.get(r.site)?.line))
    for (const line of [5, 11, 13, 16, 17]) expect(lines).toContain(line)
    expect(story(ran).by('main')).not.toContain('main waits for something (future)')
  })

  test('cancel names the task and who asked; a task that is over is not asked', () => {
    const ran = clean(`
import asyncio

async def main():
    a = asyncio.create_task(asyncio.sleep(60))
    await asyncio.sleep(0)
    print(a.cancel('enough'))
    try: await a
    except asyncio.CancelledError as error: print(error.args)
    print(a.cancel())

asyncio.run(main())
`)
    expect(ran.out).toBe(`True\n${python.minor === 10 ? '()' : "('enough',)"}\nFalse\n`)
    expect(story(ran).by('main', 'a')).toEqual(expect.arrayContaining(['main cancel a', 'a ends, cancelled']))
    expect(ran.first.records.filter((r) => r.kind === eventKinds.cancel)).toHaveLength(1)
  })

  test('a shielded task is what is waited for, and the step of a callback stands at its function', () => {
    const ran = clean(`
import asyncio

async def turn():
    await asyncio.sleep(0)

def called():
    pass

async def main():
    a = asyncio.create_task(turn())
    asyncio.get_running_loop().call_soon(called)
    await asyncio.shield(a)

asyncio.run(main())
`)
    expect(story(ran).by('main')).toContain('main waits for a (task)')
    const { mainThread } = ran.first.about
    const step = ran.first.records.find((r) => r.kind === eventKinds.step && r.thread === mainThread && r.site)!
    expect(ran.first.sites.get(step.site)).toMatchObject({ line: 7, func: 'called' })
  })

  test('a step that blocks the loop is as long as it blocks: the others go on after it', () => {
    const ran = clean(`
import asyncio, time

async def blocks():
    time.sleep(0.06)

async def main():
    a = asyncio.create_task(blocks())
    b = asyncio.create_task(asyncio.sleep(0))
    await a
    await b

asyncio.run(main())
`)
    expect(
      story(ran)
        .by('a', 'b', 'MainThread')
        .filter((text) => /^[ab] st|sleeps/.test(text)),
    ).toEqual(['a steps', 'MainThread sleeps 60 ms', 'a stops', 'b steps', 'b steps', 'b stops'])
  })

  test('a coroutine sent from another thread, and a future that nobody knows', () => {
    const ran = clean(`
import asyncio, threading

async def answer():
    return 42

def ask(loop):
    print(asyncio.run_coroutine_threadsafe(answer(), loop).result())
    loop.call_soon_threadsafe(done.set_result, None)

async def main():
    global done
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    asker = threading.Thread(target=ask, args=(loop,), name='asker')
    asker.start()
    await done
    asker.join()

asyncio.run(main())
`)
    expect(ran.out).toBe('42\n')
    const told = story(ran)
    expect(told.by('answer')).toEqual([
      'answer begins',
      'answer is ready: by asker',
      'answer steps',
      'answer stops',
      'answer ends',
    ])
    expect(told.by('main').filter((text) => /waits|ready/.test(text))).toEqual([
      'main is ready: by MainThread',
      'main waits for something (future)',
      'main is ready: by asker',
    ])
  })

  const turns = `
import asyncio

async def turn():
    await asyncio.sleep(0)
    await asyncio.sleep(0.001)

async def main():
    a = asyncio.get_running_loop().create_task(turn())
    await a

for _ in range(2): asyncio.run(main())
`
  test('the same in debug mode, with the Task written in Python, and in a second loop', () => {
    const events = (source: string, env: Record<string, string> = {}) => story(clean(source, env)).by('main', 'a')
    const plain = events(turns)
    expect(plain.filter((text) => text === 'a waits for something (sleep)')).toHaveLength(2)
    expect(plain.filter((text) => text === 'main is ready: by a')).toHaveLength(2)
    expect(events(turns, { PYTHONASYNCIODEBUG: '1' })).toEqual(plain)
    const python_ = 'import asyncio\nasyncio.Task = asyncio.tasks.Task = asyncio.tasks._PyTask\n'
    expect(events(python_ + turns)).toEqual(plain)
  })

  test.runIf(python.minor >= 12)('an eager task runs within the step of the task that makes it', () => {
    const told = story(
      clean(`
import asyncio

async def at_once():
    return 1

async def later():
    await asyncio.sleep(0)

async def main():
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    a = asyncio.create_task(at_once())
    b = asyncio.create_task(later(), name='b')
    await b

asyncio.run(main())
`),
    ).by('main', 'a', 'b')
    expect(told).toEqual([
      'main begins',
      'main is ready: by MainThread',
      'main steps',
      'main makes task a',
      'main starts a',
      'a begins',
      'main lets others go',
      'a steps',
      'a stops',
      'a ends',
      'main steps',
      'main makes task b',
      'main starts b',
      'b begins',
      'main lets others go',
      'b steps',
      'b lets others go',
      'main steps',
      'main waits for b (task)',
      'b steps',
      'main is ready: by b',
      'b stops',
      'b ends',
      'main steps',
      'main stops',
      'main ends',
    ])
  })

  test('a task that is destroyed while it waits ends there', () => {
    const ran = record(
      python,
      `
import asyncio, gc

async def waits():
    await asyncio.get_running_loop().create_future()

async def main():
    a = asyncio.create_task(waits())
    await asyncio.sleep(0)

loop = asyncio.new_event_loop()
loop.run_until_complete(main())
loop.close()
gc.collect()
print('after')
`,
    )
    expect(ran.err).toContain('Task was destroyed but it is pending')
    expect(story(ran).by('a').at(-1)).toBe('a ends, cancelled')
  })

  test('what asyncio.run makes for itself is internal; loops, handles and types are what they were', () => {
    const source = `
import asyncio, collections, inspect
loop = asyncio.new_event_loop()
print(isinstance(loop._ready, collections.deque), loop._ready, asyncio.Task.cancel, asyncio.sleep)
print(inspect.iscoroutinefunction(asyncio.Lock().acquire), sorted(vars(asyncio.Lock())), asyncio.Queue(2))
loop.call_soon(print, 'called')
loop.call_soon(print, 'not called').cancel()
loop.run_until_complete(asyncio.sleep(0))
loop.close()
asyncio.run(asyncio.sleep(0))
`
    const ran = clean(source)
    const hide = (text: string) => text.replaceAll(/0x[0-9a-f]+/g, '0x')
    expect(hide(ran.out)).toBe(hide(unrecorded(python, source).out))
    const tasks = ran.first.records.filter((r) => r.kind === eventKinds.new && (r.flags & 255) === objectKinds.task)
    expect(tasks.filter((r) => !(r.flags & flags.internal))).toHaveLength(2)
    const steps = ran.first.records.filter((r) => r.kind === eventKinds.step)
    expect(steps).toHaveLength(ran.first.records.filter((r) => r.kind === eventKinds.suspend).length)
  })
})
