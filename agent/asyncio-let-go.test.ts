// What asyncio lets go: tasks of which it complains, coroutines that nobody awaits; and requests to end that are taken back.
import { describe, expect, test } from 'vitest'
import { complaints, eventKinds } from '../wire/kinds.ts'
import { type Python, type Recorded, pythons, record, unrecorded, type Options } from './test/run-python.ts'

/** Recorded, and the program said and did what it does unrecorded. */
function same(python: Python, source: string, options: Options = {}): Recorded {
  const ran = record(python, source, options)
  const plain = unrecorded(python, source, options)
  const words = (text: string) => text.replaceAll(/0x[0-9a-f]+|\/tmp\/[\w-]+/g, '…')
  expect([ran.status, ran.out, words(ran.err)]).toEqual([plain.status, plain.out, words(plain.err)])
  return ran
}
const nameOf = Object.fromEntries(Object.entries(complaints).map(([name, value]) => [value, name]))
/** The function that the task runs. */
const functionOf = (ran: Recorded, task: number): string | undefined =>
  ran.first.sites.get(ran.first.records.find((r) => r.kind === eventKinds.new && r.object === task)!.arg)?.func
/** "exceptionNeverRetrieved: fails", in order of the names */
const complained = (ran: Recorded): string[] =>
  ran.first.records
    .filter((r) => r.kind === eventKinds.complaint)
    .map((r) => `${nameOf[r.flags]}: ${functionOf(ran, r.object)}`)
    .sort()

const letGo = (how: string) => `
import asyncio, gc
gc.disable()

async def fails(): raise ValueError('lost')
async def tied(): raise ValueError('lost in a knot')
async def waits(future): await future
async def alone(future): await future
class Knot: pass

async def main():
    loop = asyncio.get_running_loop()
    ${how}
    failed = asyncio.create_task(fails())
    seen = asyncio.create_task(fails())
    knot = Knot()
    knot.itself = knot
    knot.failed = asyncio.create_task(tied())
    knot.pending = asyncio.create_task(alone(loop.create_future()))
    pending = asyncio.create_task(waits(loop.create_future()))
    await asyncio.sleep(0)
    seen.exception()
    del failed, seen, knot, pending
    future = loop.create_future()
    future.set_exception(KeyError())
    del future
    gc.collect()
    print('done')

asyncio.run(main())
`

describe.each(pythons)('Python 3.$minor', (python) => {
  test.each([
    ['asyncio as it is', 'pass'],
    ['a handler of its own', 'loop.set_exception_handler(lambda loop, context: print(sorted(context)))'],
    [
      'a Task written in Python',
      `loop.set_task_factory(lambda loop, coro, **how: asyncio.tasks._PyTask(coro, loop=loop, **how))`,
    ],
  ])('tasks that are let go: %s', (_, how) => {
    const ran = same(python, letGo(how))
    expect(ran.out).toContain('done')
    expect(complained(ran)).toEqual([
      'destroyedPending: alone',
      'destroyedPending: waits',
      'exceptionNeverRetrieved: fails',
      'exceptionNeverRetrieved: tied',
    ])
  })

  test.each([[[]], [['-W', 'error']], [['-W', 'ignore']]])(
    'a coroutine that nobody awaits: the first line of its function, with %j',
    (flags) => {
      const ran = same(
        python,
        `
import asyncio

async def forgotten():
    pass

class Page:
    async def load(self): pass

async def main():
    forgotten()
    forgotten()
    Page().load()
    asyncio.sleep(1)
    await forgotten()
    begun = forgotten()
    begun.close()
    print('done')
asyncio.run(main())
`,
        { flags },
      )
      const sites = ran.first.records.filter((r) => r.kind === eventKinds.unawaited).map((r) => r.site)
      expect(sites.map((id) => ran.first.sites.get(id)!).map(({ line, func }) => `${func}:${line}`)).toEqual([
        'forgotten:4',
        'forgotten:4',
        'Page.load:8',
        expect.stringContaining('sleep:'),
      ])
    },
  )

  test.runIf(python.minor >= 11)('a request to end is taken back: by the program, by timeout and TaskGroup', () => {
    const ran = same(
      python,
      `
import asyncio

async def stubborn():
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        print(asyncio.current_task().uncancel())
    print(asyncio.current_task().uncancel())

async def late():
    try:
        async with asyncio.timeout(0.001):
            await asyncio.sleep(60)
    except TimeoutError:
        print('late')

async def fails():
    raise ValueError

async def group():
    try:
        async with asyncio.TaskGroup() as children:
            children.create_task(fails())
            await asyncio.sleep(60)
    except* ValueError:
        print('failed')

async def main(make):
    task = make(stubborn())
    await asyncio.sleep(0)
    task.cancel()
    await task
    await make(late())
    await make(group())

asyncio.run(main(asyncio.create_task))
loop = asyncio.new_event_loop()
loop.run_until_complete(main(lambda coro: asyncio.tasks._PyTask(coro, loop=loop)))
`,
    )
    const told = ran.first.records
      .filter((r) => r.kind === eventKinds.uncancel)
      .map((r) => `${functionOf(ran, r.thread)} at ${ran.first.sites.get(r.site)?.line}`)
    const each = ['stubborn at 8', 'late at 13', 'group at 23']
    expect(told).toEqual([...each, ...each])
  })
})
