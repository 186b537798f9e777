// blocked-loop, unawaited and swallowed-cancel on small real programs: what must be found, said how, and what must not.
import { describe, test } from 'vitest'
import type { Finding } from '../../wire/api.ts'
import { pythonPrograms } from './found-in.ts'

const foundIn = pythonPrograms()
const told = (found: readonly Finding[]) => found.map((f) => `${f.rule}: ${f.sentence}`)

describe.concurrent('told', () => {
  const cases: Record<string, [source: string, expected: RegExp, rows: Record<string, unknown>[]]> = {
    'a step that sleeps, and who waits for it': [
      `
import asyncio, time
async def tick():
    while True: await asyncio.sleep(0.01)
def block():
    time.sleep(0.08)
async def main():
    ticks = [asyncio.create_task(tick(), name=f'tick-{n}') for n in range(3)]
    for _ in range(3):
        await asyncio.sleep(0.02)
        block()
asyncio.run(main())
`,
      /^blocked-loop: main blocked the event loop \(program\d+\.py:11\) 3 times for \d+ ms, \d+ ms in all, in steps that went on at program\d+\.py:9; \d+ ms of it asleep at program\d+\.py:5 \(block\)\. Meanwhile tick-0, tick-1 and tick-2 waited \d+ ms for their turn\.$/,
      [{ task: 'main', times: 3 }],
    ],
    'steps that each run a program of their own': [
      `
import asyncio, subprocess
async def tick():
    while True: await asyncio.sleep(0.01)
async def main():
    ticks = [asyncio.create_task(tick(), name=f'tick-{n}') for n in range(3)]
    for _ in range(3):
        await asyncio.sleep(0.02)
        subprocess.run(['sleep', '0.2'])
asyncio.run(main())
`,
      /^blocked-loop: main blocked the event loop .* 3 times .*; (?:[3-9]\d\d ms|[\d.]+ s) of it waiting for \S*sleep 0\.2 and others at program\d+\.py:8 \(main\)/,
      [{ task: 'main', times: 3 }],
    ],
    'a coroutine that nobody awaits': [
      `
import asyncio
async def work(): pass
async def main():
    for _ in range(3): work()
asyncio.run(main())
`,
      /^unawaited: work at program\d+\.py:2 was called 3 times by main, but the coroutines were thrown away without being awaited: nothing of them was done\.$/,
      [{ what: 'unawaited', object: 'main', times: 3 }],
    ],
    'a task whose exception nobody looks at': [
      `
import asyncio
async def fail(): raise ValueError('no')
async def main():
    asyncio.create_task(fail(), name='gone')
    kept = asyncio.create_task(fail(), name='kept')
    await asyncio.sleep(0.01)
asyncio.run(main())
`,
      /^unawaited: 2 tasks failed and nobody looked at the result: gone \(program\d+\.py:4\) by (?:ValueError: no|an exception) and kept \(program\d+\.py:5\) by ValueError: no\.$/,
      [{ object: 'gone' }, { object: 'kept' }],
    ],
    'a task that fails without a message': [
      `
import asyncio
async def fail(): raise ValueError
async def main():
    asyncio.create_task(fail(), name='gone')
    await asyncio.sleep(0.01)
asyncio.run(main())
`,
      /^unawaited: 1 task failed and nobody looked at the result: gone \(program\d+\.py:4\) by (?:ValueError|an exception)\.$/,
      [{ object: 'gone' }],
    ],
    'a task that goes on after it was asked to end, again and again': [
      `
import asyncio
async def stubborn():
    for _ in range(6):
        try: await asyncio.sleep(0.02)
        except asyncio.CancelledError: pass
async def main():
    task = asyncio.create_task(stubborn(), name='mule')
    for _ in range(2):
        await asyncio.sleep(0.005)
        task.cancel()
    await task
asyncio.run(main())
`,
      /^swallowed-cancel: mule \(program\d+\.py:7\) was asked to end by main at program\d+\.py:10 2 times, but went on: it waited for 4 other things and ended as if nothing had been \d+ ms later\. It was told at its await at program\d+\.py:4\.$/,
      [{ what: 'cancelled', object: 'mule', who: 'main', times: 2 }],
    ],
  }
  for (const [name, [source, expected, rows]] of Object.entries(cases))
    test(name, async ({ expect, onTestFinished }) => {
      const found = await foundIn(source, null, onTestFinished)
      expect(found.length, told(found).join('\n')).toBe(1)
      expect(told(found)[0]).toMatch(expected)
      expect(found[0]!.rows).toMatchObject(rows)
    })
})

describe.concurrent('not told', () => {
  const quiet: Record<string, string> = {
    'timeouts, gather, and tasks that are cancelled and clean up': `
import asyncio
async def work(cleaned):
    try: await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0.001)
        await asyncio.sleep(0.001)
        cleaned.append(1)
async def within():
    try: await asyncio.wait_for(asyncio.sleep(60), 0.01)
    except asyncio.TimeoutError: pass
    for _ in range(5): await asyncio.sleep(0.002)
async def main():
    cleaned = []
    tasks = [asyncio.create_task(work(cleaned)) for _ in range(3)]
    await within()
    for task in tasks: task.cancel()
    print(await asyncio.gather(*tasks, return_exceptions=True), cleaned)
asyncio.run(main())
`,
    'asyncio.timeout and TaskGroup take their requests back': `
import asyncio, sys
async def fail():
    await asyncio.sleep(0.01)
    raise ValueError
async def main():
    try:
        async with asyncio.timeout(0.01): await asyncio.sleep(60)
    except TimeoutError: pass
    for _ in range(5): await asyncio.sleep(0.002)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
            await asyncio.sleep(60)
    except BaseException as error: print(type(error))
    for _ in range(5): await asyncio.sleep(0.002)
if sys.version_info >= (3, 11): asyncio.run(main())
`,
    'a TaskGroup that waits at the end of its block when one of its tasks fails': `
import asyncio, sys
async def fail():
    await asyncio.sleep(0.01)
    raise ValueError
async def main():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
            group.create_task(asyncio.sleep(60))
    except BaseException as error: print(type(error))
    for _ in range(5): await asyncio.sleep(0.002)
if sys.version_info >= (3, 11): asyncio.run(main())
`,
    'a task that ends normally as soon as it is asked to': `
import asyncio
async def serve():
    try: await asyncio.sleep(60)
    except asyncio.CancelledError: print('stopped')
async def main():
    task = asyncio.create_task(serve())
    await asyncio.sleep(0.01)
    task.cancel()
    await task
asyncio.run(main())
`,
    'a long step while nobody else has anything to do': `
import asyncio, time
async def main():
    for _ in range(3):
        await asyncio.sleep(0.01)
        time.sleep(0.08)
asyncio.run(main())
`,
    'a background task that keeps its exception until it is looked at, and a coroutine that is closed': `
import asyncio
async def fail(): raise ValueError('no')
async def never(): pass
async def main():
    task = asyncio.create_task(fail())
    await asyncio.sleep(0.01)
    print(task.exception())
    never().close()
asyncio.run(main())
`,
  }
  for (const [name, source] of Object.entries(quiet))
    test(name, async ({ expect, onTestFinished }) => {
      expect(told(await foundIn(source, null, onTestFinished))).toEqual([])
    })
})
