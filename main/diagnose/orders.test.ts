// Lock orders of real programs: which can meet in another run, and which never can.
import { describe, test } from 'vitest'
import { pythonPrograms } from './found-in.ts'

const foundIn = pythonPrograms()
const crossed = `
import threading
a = threading.Lock()
b = threading.Lock()
def there():
    with a:
        with b: pass
def back():
    with b:
        with a: pass
t1 = threading.Thread(target=there)
t2 = threading.Thread(target=back)
`
const crossedTasks = `
import asyncio
async def there():
    async with a:
        async with b: pass
async def back():
    async with b:
        async with a: pass
async def main():
    global a, b
    a = asyncio.Lock()
    b = asyncio.Lock()
`
const crossedProcesses = `
import multiprocessing
context = multiprocessing.get_context('fork')
a = context.Lock()
b = context.Lock()
def there():
    with a:
        with b: pass
def back():
    with b:
        with a: pass
p1 = context.Process(target=there)
p2 = context.Process(target=back)
`

describe.concurrent('orders that can meet', () => {
  const programs = {
    'two threads, one of which happens to be over before the other begins': `${crossed}
t1.start()
while t1.is_alive(): pass
t2.start()
t1.join(); t2.join()`,
    'two tasks that take turns': `${crossedTasks}
    await asyncio.gather(there(), back())
asyncio.run(main())`,
    'two processes, one of which happens to be done before the other begins': `${crossedProcesses}
import os
done, tell = os.pipe()
def first():
    there()
    os.write(tell, b'.')
p1 = context.Process(target=first)
p1.start()
os.read(done, 1)
p2.start()
p1.join(); p2.join()`,
  }
  for (const [name, source] of Object.entries(programs))
    test(name, async ({ expect, onTestFinished }) => {
      const found = await foundIn(source, null, onTestFinished)
      expect(found.map((f) => f.rule)).toContain('lock-order')
      expect(found.find((f) => f.rule === 'lock-order')!.sentence).toContain('These are opposite orders')
    })
})

describe.concurrent('orders that never can', () => {
  const programs = {
    'joined before started': `${crossed}
t1.start()
t1.join()
t2.start()
t2.join()`,
    'joined by a thread that another one joined': `${crossed}
def first():
    t1.start()
    t1.join()
helper = threading.Thread(target=first)
helper.start()
helper.join()
t2.start()
t2.join()`,
    'taken by the thread that starts the other, before it does': `${crossed}
there()
t2.start()
t2.join()`,
    'taken by the thread that joined the other': `${crossed}
t2.start()
t2.join()
there()`,
    'handed over by a queue': `${crossed}
import queue
done = queue.Queue()
def first():
    there()
    done.put(None)
helper = threading.Thread(target=first)
helper.start()
done.get()
t2.start()
t2.join(); helper.join()`,
    'two processes, one after the other': `${crossedProcesses}
p1.start()
p1.join()
p2.start()
p2.join()`,
    'two tasks, one awaited before the other is made': `${crossedTasks}
    await asyncio.create_task(there())
    await asyncio.create_task(back())
asyncio.run(main())`,
  }
  for (const [name, source] of Object.entries(programs))
    test(name, async ({ expect, onTestFinished }) => {
      const found = await foundIn(source, null, onTestFinished)
      expect(found.map((f) => `${f.rule}: ${f.sentence}`)).toEqual([])
    })
})
