// Everything at once, with threads switched every 10 µs: whatever happened, the recording must be one that could have
// happened. The seq of each object has no gap and agrees with the clock, waits nest, a cause exists and lies before its
// wake, locks and permits are given as often as they are taken, and no item comes out twice.
import { describe, expect, test } from 'vitest'
import { eventKinds as ev, objectKinds as kinds, outcomes } from '../wire/kinds.ts'
import type { EventRecord } from './test/read-events.ts'
import { pythons, record } from './test/run-python.ts'

const source = `
import queue, random, sys, threading
sys.setswitchinterval(1e-5)
lock, rlock, pool, bounded = threading.Lock(), threading.RLock(), threading.Semaphore(3), threading.BoundedSemaphore(2)
changed, plain = threading.Condition(), threading.Condition(threading.Lock())
gun, phase = threading.Event(), threading.Barrier(4)
lines = queue.Queue(5), queue.LifoQueue(5), queue.PriorityQueue(5), queue.SimpleQueue()

def use_line(r):
    line = r.choice(lines)
    try:
        if r.random() < 0.5: line.put(r.randrange(100), True, 0.0005)
        else: line.get(r.random() < 0.7, 0.0005)
    except (queue.Full, queue.Empty): pass

def meet(r):
    try: phase.wait(0.0005)
    except threading.BrokenBarrierError: phase.reset()

def held(*locks):
    for each in locks: each.acquire()
    for each in reversed(locks): each.release()

def signal(condition, act):
    with condition: act(condition)

def work(seed):
    r = random.Random(seed)
    acts = [
        lambda: held(lock), lambda: held(rlock, rlock), lambda: held(pool), lambda: held(pool, lock),
        lambda: bounded.acquire(timeout=0.0005) and bounded.release(), lambda: lock.acquire(False) and lock.release(),
        lambda: signal(changed, lambda c: c.wait(0.0005)), lambda: signal(changed, lambda c: c.notify(r.randrange(3))),
        lambda: signal(plain, lambda c: c.wait(0.0005)), lambda: signal(plain, lambda c: c.notify_all()),
        gun.set, gun.clear, lambda: gun.wait(0.0005), lambda: meet(r),
        lambda: use_line(r), lambda: use_line(r), lambda: use_line(r),
    ]
    for _ in range(1000): r.choice(acts)()

threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
for t in threads: t.start()
for t in threads: t.join()
`

function byObject(records: EventRecord[]): Map<number, EventRecord[]> {
  const objects = new Map<number, EventRecord[]>()
  for (const r of records) if (r.seq) (objects.get(r.object) ?? objects.set(r.object, []).get(r.object)!).push(r)
  for (const list of objects.values()) list.sort((p, q) => p.seq - q.seq)
  return objects
}

describe.each(pythons)('Python 3.$minor', (python) => {
  test('any interleaving is recorded as one that could have happened', () => {
    const { first, err, status } = record(python, source)
    expect([status, err]).toEqual([0, ''])
    expect(first.lost).toBe(0)
    const objects = byObject(first.records)
    const wrong: string[] = []
    for (const [object, list] of objects) {
      list.forEach((r, i) => {
        if (r.seq !== i + 1) wrong.push(`object ${object}: seq ${r.seq} is number ${i + 1}`)
        if (i && r.time < list[i - 1]!.time) wrong.push(`object ${object}: seq ${r.seq} is earlier than the one before`)
      })
      const puts = new Set(list.filter((r) => r.kind === ev.put).map((r) => r.seq))
      for (const r of list)
        if (r.kind === ev.get && !puts.delete(r.arg)) wrong.push(`item ${r.arg} of ${object} comes out twice`)
      const kind = list[0]!.flags & 0xff
      const count = (event: number) => list.filter((r) => r.kind === event).length
      if ([kinds.lock, kinds.rlock].includes(kind as 2) && count(ev.acquire) !== count(ev.release))
        wrong.push(`lock ${object}: ${count(ev.acquire)} acquires, ${count(ev.release)} releases`)
    }
    const open = new Map<number, EventRecord[]>()
    for (const r of first.records) {
      const mine = open.get(r.thread) ?? open.set(r.thread, []).get(r.thread)!
      if (r.kind === ev.wait) mine.push(r)
      if (r.kind !== ev.wake) continue
      if (mine.pop()?.object !== r.object) wrong.push(`a wake for ${r.object} without its wait`)
      const cause = r.arg ? objects.get(r.object)?.[r.arg - 1] : undefined
      if (r.arg && (!cause || cause.time > r.time))
        wrong.push(`the cause ${r.arg} of a wake on ${r.object} is not before it`)
      if (r.arg && (r.flags & 0xff) !== outcomes.done) wrong.push('a wait that timed out has a cause')
    }
    expect(wrong).toEqual([])
    expect([...open.values()].flat()).toEqual([])
    expect(first.records.length).toBeGreaterThan(6000)
  })
})

/** Finding a line for the first time allocates, so garbage may be collected there, whose __del__ is the program's. */
const reentrant = `
import gc, queue, threading
again, line = threading.RLock(), queue.SimpleQueue()

class Garbage:
    def __init__(self): self.me = self
    def __del__(self):
        with again: line.put(self)

for i in range(1000):
    gc.disable()
    code = compile('with again:\\n  with again: line.put(1)\\n  line.get()', f'new {i}', 'exec')
    Garbage()
    gc.set_threshold(i % 25 + 1)
    gc.enable()
    exec(code)
`

test.each(pythons)('Python 3.$minor: what garbage does in the middle of an event comes before it', (python) => {
  const { first, err, status } = record(python, reentrant)
  expect([status, err]).toEqual([0, ''])
  const wrong: string[] = []
  for (const list of byObject(first.records).values()) {
    let depth = 0
    list.forEach((r, i) => {
      if (r.seq !== i + 1) wrong.push(`seq ${r.seq} is number ${i + 1}`)
      if (i && r.time < list[i - 1]!.time) wrong.push(`seq ${r.seq} is earlier than the one before`)
      if (r.kind === ev.acquire && r.arg !== ++depth) wrong.push(`seq ${r.seq} acquires to ${r.arg}, from ${depth - 1}`)
      if (r.kind === ev.release && r.arg !== --depth) wrong.push(`seq ${r.seq} releases to ${r.arg}, from ${depth + 1}`)
    })
  }
  expect(wrong).toEqual([])
})
