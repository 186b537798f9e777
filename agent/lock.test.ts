// Lock and RLock: every acquire and release, who was waited for, and what ended each wait.
import { describe, expect, test } from 'vitest'
import { pythons, record } from './test/run-python.ts'
import { story } from './test/story.ts'

describe.each(pythons)('Python 3.$minor', (python) => {
  test('a contended lock: who holds it, who waits, and the release that lets the waiter in', () => {
    const ran = record(
      python,
      `
import threading, until
lock = threading.Lock()

def work():
    with lock:
        pass

worker = threading.Thread(target=work, name='worker')
with lock:
    worker.start()
    until.waits(1)
worker.join()
`,
    )
    expect(ran.err).toBe('')
    expect(story(ran).of('lock')).toEqual([
      'MainThread makes lock lock',
      'MainThread acquires lock',
      'worker waits for lock held by MainThread (lock)',
      'MainThread releases lock',
      'worker wakes: release by MainThread',
      'worker acquires lock, contended',
      'worker releases lock',
    ])
    expect(story(ran).lines('lock')).toEqual([
      '3: new',
      '10: acquire',
      '6: wait',
      '0: release',
      '0: wake',
      '6: acquire',
      '0: release',
    ])
  })

  test('tries, time-outs and a release by another thread', () => {
    const ran = record(
      python,
      `
import threading
lock = threading.Lock()
lock.acquire()
lock.acquire(False)
lock.acquire(blocking=False)
lock.acquire(timeout=0)
lock.acquire(True, 0.001)
other = threading.Thread(target=lock.release, name='other')
other.start()
other.join()
print(lock.locked())
`,
    )
    expect(ran.out).toBe('False\n')
    expect(story(ran).of('lock')).toEqual([
      'MainThread makes lock lock',
      'MainThread acquires lock',
      'MainThread refused lock',
      'MainThread refused lock',
      'MainThread refused lock',
      'MainThread waits for lock held by MainThread (lock)',
      'MainThread wakes, timedOut',
      'other releases lock, foreign',
    ])
  })

  test('a reentrant lock tells its depth', () => {
    const ran = record(
      python,
      `
import threading
lock = threading.RLock()
with lock:
    with lock:
        lock.acquire()
        lock.release()
`,
    )
    expect(story(ran).of('lock')).toEqual([
      'MainThread makes rlock lock',
      'MainThread acquires lock 1',
      'MainThread acquires lock 2',
      'MainThread acquires lock 3',
      'MainThread releases lock 2',
      'MainThread releases lock 1',
      'MainThread releases lock',
    ])
  })

  test('of many threads on one lock every wait names the release that ended it, and seq has no gap', () => {
    const ran = record(
      python,
      `
import threading
lock = threading.Lock()
start = threading.Barrier(8)

def work():
    start.wait()
    for _ in range(200):
        with lock:
            sum(range(50))

threads = [threading.Thread(target=work) for _ in range(8)]
for t in threads: t.start()
for t in threads: t.join()
`,
    )
    const all = story(ran).of('lock')
    expect(all.filter((line) => line.includes(' acquires '))).toHaveLength(1600)
    expect(all.filter((line) => line.includes(' wakes') && !line.includes('wakes: release by '))).toEqual([])
    const lock = ran.first.records.find((r) => r.kind === 1 && (r.flags & 0xff) === 2)!.object
    const seqs = ran.first.records.filter((r) => r.object === lock && r.seq).map((r) => r.seq)
    expect(seqs.sort((p, q) => p - q)).toEqual(seqs.map((_, i) => i + 1))
  })
})
