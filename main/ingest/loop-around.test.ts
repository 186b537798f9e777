import { expect, test } from 'vitest'
import { loopAround } from './loop-around.ts'

/** of the line that ends in "# here" */
const around = (source: string) => {
  const lines = source.split('\n')
  return loopAround(lines, lines.findIndex((line) => line.includes('# here')) + 1)
}

test.each([
  ['nothing but the line', 'while not done:\n    sleep(0.01)  # here\nprint()', 'while not done:'],
  ['both on one line', 'while not done: sleep(0.01)  # here', 'while not done:'],
  ['the wait is the head', 'while not done.wait(0.01):  # here\n    pass\nprint()', 'while not done.wait(0.01):'],
  [
    'the wait is in the head, and its line does nothing',
    'while not done.wait(1): pass  # here',
    'while not done.wait(1):',
  ],
  ['a process is asked', 'while p.poll() is None:\n    sleep(0.01)  # here', 'while p.poll() is None:'],
  ['a look beside it', 'while True:\n    if done: break\n    sleep(0.01)  # here', 'while True:'],
  [
    'a try beside it',
    'while True:\n    try:\n        return x\n    except E:\n        sleep(1)  # here',
    'while True:',
  ],
  [
    'a deadline beside it',
    'while not done and time() < end:\n    sleep(0.01)  # here',
    'while not done and time() < end:',
  ],
  ['comments and space', 'while not done:\n    # wait\n\n    sleep(0.01)  # here\n\n# over', 'while not done:'],
  ['a look with a lock', 'while x:\n    with a:\n        if b: break\n    sleep(1)  # here', 'while x:'],
  ['inside a with', 'with a:\n    while not b:\n        a.wait(1)  # here\n    b = 0', 'while not b:'],
])('idle: %s', (_, source, head) => expect(around(source)).toEqual({ head, idle: true }))

test.each([
  ['something is done', 'while not done:\n    beat()\n    sleep(0.01)  # here', 'while not done:'],
  ['two statements on its line', 'while not done: beat(); sleep(0.01)  # here', 'while not done:'],
  [
    'the wait is in the head, and its line does work',
    'while not stop.wait(1): beat()  # here',
    'while not stop.wait(1):',
  ],
  ['another statement on the line', 'while not done:\n    sleep(0.01); beat()  # here', 'while not done:'],
  [
    'the head brings work',
    'while (x := q.get()) is not None:\n    sleep(0.01)  # here',
    'while (x := q.get()) is not None:',
  ],
  ['the head waits', 'while not stop.wait(1):\n    sleep(0.01)  # here', 'while not stop.wait(1):'],
  ['for a number of turns', 'for i in range(9):\n    sleep(0.01)  # here', 'for i in range(9):'],
  ['until a time has come', 'while time.monotonic() < end:\n    sleep(0.01)  # here', 'while time.monotonic() < end:'],
  ['it sleeps inside a with', 'while not done:\n    with a: sleep(0.01)  # here', 'while not done:'],
  ['it sleeps in the block of a with', 'while x:\n    with a:\n        sleep(0.01)  # here', 'while x:'],
  ['for ever', 'while True:\n    sleep(0.01)  # here', 'while True:'],
  ['the wait is the head of work', 'while not stop.wait(1):  # here\n    beat()', 'while not stop.wait(1):'],
])('not idle: %s', (_, source, head) => expect(around(source)).toEqual({ head, idle: false }))

test.each([
  ['no loop', 'def f():\n    sleep(0.01)  # here'],
  ['the loop is not of this function', 'while x:\n    def f():\n        sleep(0.01)  # here'],
  ['a loop that is over', 'def f():\n    while x:\n        y()\n    sleep(0.01)  # here'],
  ['no such line', 'x'],
])('none: %s', (_, source) => expect(around(source)).toEqual({ head: '', idle: false }))
