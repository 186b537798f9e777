// Queues: which put an item came from, who waits for room, items or the end of all tasks, and what is refused.
import { describe, expect, test } from 'vitest'
import { pythons, record } from './test/run-python.ts'
import { story } from './test/story.ts'

describe.each(pythons)('Python 3.$minor', (python) => {
  const tell = (source: string, ...objects: string[]) => {
    const ran = record(python, source)
    expect(ran.err).toBe('')
    return story(ran).of(...objects)
  }

  test('a full queue, an empty queue, a join: each wake names the get, put or task_done that ended it', () => {
    const told = tell(
      `
import queue, threading, until
line = queue.Queue(1)

def consume():
    for _ in range(3):
        line.get()
        line.task_done()

consumer = threading.Thread(target=consume, name='consumer')
line.put('a')

def produce():
    line.put('b')

producer = threading.Thread(target=produce, name='producer')
producer.start()
until.waits(1)
print(line.get())
producer.join()
line.task_done()
before = until.count()
consumer.start()
until.waits(before + 1)
line.put('c')
line.put('d')
consumer.join()
`,
      'line',
    )
    expect(told.slice(0, 9)).toEqual([
      'MainThread makes queue line (1)',
      'MainThread put line 1',
      'producer waits for line (queuePut)',
      'MainThread gets from line what MainThread put at 11',
      'producer wakes: get by MainThread',
      'producer put line 1',
      'MainThread taskDone line 1',
      'consumer gets from line what producer put at 14',
      'consumer taskDone line',
    ])
    expect(told).toContain('consumer waits for line (queueGet)')
    expect(told).toContain('consumer wakes: put by MainThread')
    expect(told.filter((text) => text.startsWith('consumer gets')).slice(1)).toEqual([
      'consumer gets from line what MainThread put at 25',
      'consumer gets from line what MainThread put at 26',
    ])
  })

  test('join waits for the last task_done', () => {
    const told = tell(
      `
import queue, threading, until
line = queue.Queue()
line.put(1)
waiter = threading.Thread(target=line.join, name='waiter')
waiter.start()
until.waits(1)
line.get()
line.task_done()
waiter.join()
`,
      'line',
    )
    expect(told.slice(2)).toEqual([
      'waiter waits for line (queueJoin)',
      'MainThread gets from line what MainThread put at 4',
      'MainThread taskDone line',
      'waiter wakes: taskDone by MainThread',
    ])
  })

  test('refused without waiting, timed out after waiting', () => {
    const told = tell(
      `
import queue
line = queue.Queue(1)
for attempt in (line.get_nowait, lambda: line.get(False), lambda: line.get(timeout=0.001)):
    try: attempt()
    except queue.Empty: pass
line.put(1)
for attempt in (lambda: line.put_nowait(2), lambda: line.put(2, timeout=0.001)):
    try: attempt()
    except queue.Full: pass
`,
      'line',
    )
    expect(told).toEqual([
      'MainThread makes queue line (1)',
      'MainThread refused line',
      'MainThread refused line',
      'MainThread waits for line (queueGet)',
      'MainThread wakes, timedOut',
      'MainThread put line 1',
      'MainThread refused line',
      'MainThread waits for line (queuePut)',
      'MainThread wakes, timedOut',
    ])
  })

  const order = (source: string) =>
    tell(source, 'line').flatMap((text) => (text.includes('gets') ? [text.split('put at ')[1] ?? 'unknown'] : []))

  test('the item got is the item put: last in first out, by priority, duplicates, a cleared queue', () => {
    const put = `
line.put(2)
line.put(1)
line.put(1)
line.put(3)
for _ in range(4): line.get()
`
    expect(order(`import queue\nline = queue.Queue()${put}`)).toEqual(['3', '4', '5', '6'])
    const lifo = order(`import queue\nline = queue.LifoQueue()${put}`)
    expect(lifo).toEqual(['6', '5', '4', '3'])
    const priority = order(`import queue\nline = queue.PriorityQueue()${put}`)
    expect([priority.slice(0, 2).sort(), ...priority.slice(2)]).toEqual([['4', '5'], '3', '6'])
    const cleared = `import queue\nline = queue.Queue()\nline.put(7)\nline.queue.clear()\nline.put(8)\nline.get()\n`
    expect(order(cleared)).toEqual(['5'])
  })

  test('a subclass with an order of its own is followed, and sees nothing of us', () => {
    const source = `
import queue
class Front(queue.Queue):
    def _put(self, item): self.queue.appendleft(item)

line = Front(5)
line.put('a')
line.put('b')
print(line.get(), line.get(), sorted(vars(line)), Front._put.__name__)
`
    expect(order(source)).toEqual(['8', '7'])
  })

  test('SimpleQueue', () => {
    const told = tell(
      `
import queue, threading, until
line = queue.SimpleQueue()
taker = threading.Thread(target=line.get, name='taker')
taker.start()
until.waits(1)
line.put('x')
taker.join()
line.put('y')
line.get()
try: line.get_nowait()
except queue.Empty: pass
try: line.get(timeout=0.001)
except queue.Empty: pass
try: line.put(1, True, None, 'too many')
except TypeError: pass
line.put(item='z')
line.get(block=False)
`,
      'line',
    )
    expect(told).toEqual([
      'MainThread makes simpleQueue line',
      'taker waits for line (queueGet)',
      'MainThread put line 1',
      'taker wakes: put by MainThread',
      'taker gets from line what MainThread put at 7',
      'MainThread put line 1',
      'MainThread gets from line what MainThread put at 9',
      'MainThread refused line',
      'MainThread waits for line (queueGet)',
      'MainThread wakes, timedOut',
      'MainThread put line 1',
      'MainThread gets from line what MainThread put at 17',
    ])
  })
})
