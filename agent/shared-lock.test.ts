// multiprocessing's Lock, RLock, Semaphore, Condition, Event, Barrier and the locks of Value and Array: one order over all
// processes, the event that ended each wait wherever it was done, and what the library does inside stays silent.
import { describe, expect, test } from 'vitest'
import { eventKinds } from '../wire/kinds.ts'
import { SharedStory, tree } from './test/processes.ts'
import { pythons, record, unrecorded, type Options } from './test/run-python.ts'

const methods = ['fork', 'spawn', 'forkserver']

/** A program whose child runs `child` and whose parent runs `parent`, with the objects that `made` makes. */
const program = (made: string, child: string, parent: string) => {
  const names = made.match(/^\w+/gm)!.join(', ')
  const indent = (text: string, by: number) => text.trim().replace(/^/gm, ' '.repeat(by))
  return `
import multiprocessing, os, signal, sys, threading, time, until
def work(${names}):
${indent(child, 4)}

if __name__ == '__main__':
    context = multiprocessing.get_context(sys.argv[1])
${indent(made, 4)}
    child = context.Process(target=work, args=(${names},), name='child')
${indent(parent, 4)}
`
}

describe.each(pythons)('Python 3.$minor', (python) => {
  const run = (source: string, options: Options = {}) => {
    const ran = record(python, source, options)
    expect(ran.err).toBe('')
    expect(ran.status).toBe(0)
    return ran
  }

  describe.each(methods)('%s', (method) => {
    const share = (made: string, child: string, parent: string) => run(program(made, child, parent), { args: [method] })

    test('a lock that another process holds: who waits, and the release that lets it in', () => {
      const ran = share(
        'lock = context.Lock()',
        `
with lock: pass
lock.acquire(False)
`,
        `
lock.acquire()
child.start()
until.waits(1, child.pid)
lock.release()
child.join()
print(lock.acquire(timeout=0.001), lock.acquire(False))
lock.release()
`,
      )
      expect(ran.out).toBe('False False\n')
      const lock = new SharedStory(ran, 'lock')
      expect(lock.kind).toBe('lock')
      expect(lock.events).toEqual([
        'main new',
        'main acquire',
        'main release',
        'child acquire, contended',
        'child release',
        'child acquire',
        'main release, foreign',
      ])
      expect(lock.waits('child')).toEqual(['release by main'])
      expect(lock.waits('main')).toEqual(['timedOut', 'refused'])
    })

    test('a reentrant lock has its depth; a semaphore its permits', () => {
      const ran = share(
        `
rlock = context.RLock()
pool = context.BoundedSemaphore(2)
`,
        `
with rlock: pass
with pool: pass
`,
        `
pool.acquire()
pool.acquire()
with rlock:
    with rlock:
        child.start()
        until.waits(1, child.pid)
until.waits(2, child.pid)
pool.release()
child.join()
pool.release()
`,
      )
      expect(new SharedStory(ran, 'rlock').events).toEqual([
        'main new',
        'main acquire 1',
        'main acquire 2',
        'main release 1',
        'main release',
        'child acquire 1, contended',
        'child release',
      ])
      expect(new SharedStory(ran, 'rlock').waits('child')).toEqual(['release by main'])
      const pool = new SharedStory(ran, 'pool')
      expect(pool.kind).toBe('boundedSemaphore')
      expect(pool.events).toEqual([
        'main new',
        'main acquire',
        'main acquire',
        'main release 1',
        'child acquire, contended',
        'child release 1',
        'main release 1',
      ])
      expect(pool.waits('child')).toEqual(['release by main'])
    })

    test('a condition: its notify in one process ends the wait in another', () => {
      const ran = share(
        'changed = context.Condition()',
        `
with changed:
    changed.wait()
    changed.wait(0.001)
`,
        `
child.start()
until.waits(1, child.pid)
with changed: changed.notify_all()
child.join()
with changed: changed.notify()
`,
      )
      const changed = new SharedStory(ran, 'changed')
      expect(changed.kind).toBe('condition')
      expect(changed.events).toEqual(['main new', 'main notify 1', 'main notify'])
      expect(changed.waits('child')).toEqual(['notify by main', 'timedOut'])
    })

    test('an event: set and clear, and who waits for it', () => {
      const ran = share(
        'gun = context.Event()',
        `
gun.wait()
gun.wait()
gun.clear()
gun.is_set()
`,
        `
child.start()
until.waits(1, child.pid)
gun.set()
child.join()
print(gun.is_set(), gun.wait(0.001))
`,
      )
      expect(ran.out).toBe('False False\n')
      const gun = new SharedStory(ran, 'gun')
      expect(gun.kind).toBe('event')
      expect(gun.events).toEqual(['main new', 'main set', 'child clear'])
      expect(gun.waits('child').filter((w) => w !== 'unknown cause')).toEqual(['set by main'])
      expect(gun.waits('main').filter((w) => w !== 'unknown cause')).toEqual(['timedOut'])
    })

    test('a barrier: the last to arrive lets the others go; abort breaks it', () => {
      const ran = share(
        'line = context.Barrier(2)',
        `
line.wait()
try: line.wait()
except threading.BrokenBarrierError: pass
`,
        `
child.start()
until.waits(1, child.pid)
line.wait()
while line.n_waiting < 1: until.select.select([], [], [], 0.0005)
line.abort()
child.join()
`,
      )
      const line = new SharedStory(ran, 'line')
      expect(line.kind).toBe('barrier')
      expect(line.events).toEqual(['main new', 'child arrive 1', 'main arrive 2', 'child arrive 1', 'main broken'])
      expect(line.waits('child').filter((w) => w !== 'unknown cause')).toEqual(['arrive by main', 'broken by main'])
    })

    test('Value and Array have a reentrant lock of the program', () => {
      const ran = share(
        `
count = context.Value('i', 0)
`,
        'with count.get_lock(): count.value += 1',
        `
child.start()
child.join()
print(count.value)
`,
      )
      expect(ran.out).toBe('1\n')
      const count = new SharedStory(ran, 'count')
      expect(count.kind).toBe('rlock')
      expect(count.events).toEqual([
        'main new',
        'child acquire 1',
        'child acquire 2',
        'child release 1',
        'child acquire 2',
        'child release 1',
        'child release',
        'main acquire 1',
        'main release',
      ])
    })

    test('a process that is killed while it holds a lock leaves it held', () => {
      const ran = share(
        'lock = context.Lock()',
        `
lock.acquire()
os.kill(os.getpid(), signal.SIGKILL)
`,
        `
child.start()
child.join()
print(lock.acquire(timeout=0.001))
`,
      )
      expect(ran.out).toBe('False\n')
      expect(new SharedStory(ran, 'lock').events).toEqual(['main new', 'child acquire'])
      expect(new SharedStory(ran, 'lock').waits('main')).toEqual(['timedOut'])
      expect(tree(ran).at(-1)).toMatch(/child: signal 9$/)
    })

    test('four processes fight for a lock: one order, whatever their clocks say', () => {
      const ran = run(
        `
import multiprocessing, sys
def work(lock, rounds):
    for _ in range(rounds):
        with lock: pass

if __name__ == '__main__':
    context = multiprocessing.get_context(sys.argv[1])
    lock = context.Lock()
    children = [context.Process(target=work, args=(lock, 200), name=name) for name in 'abcd']
    for child in children: child.start()
    for child in children: child.join()
`,
        { args: [method] },
      )
      const events = new SharedStory(ran, 'lock').events.slice(1)
      expect(events.length).toBe(4 * 200 * 2)
      for (let i = 0; i < events.length; i += 2) {
        expect(events[i]!).toMatch(/^[abcd] acquire/)
        expect(events[i + 1]).toBe(`${events[i]![0]} release`)
      }
    })
  })

  test('locks that the library makes for itself say nothing', () => {
    const ran = run(`
import multiprocessing
context = multiprocessing.get_context('fork')
queue = context.Queue()
simple = context.SimpleQueue()
with context.Pool(1) as pool: pool.map(int, [1])
event = context.Event()
`)
    const kinds = ran.first.records
      .filter((r) => r.kind === eventKinds.new)
      .filter((r) => ran.first.sites.get(r.site)?.file.endsWith('program.py'))
      .map((r) => r.flags & 0xff)
    expect(kinds).not.toContain(2)
    expect(kinds).not.toContain(3)
    expect(kinds).not.toContain(5)
    expect(kinds).not.toContain(6)
  })

  test('what a program sees of these locks is what it sees without us', () => {
    const source = `
import _multiprocessing, inspect, multiprocessing, multiprocessing.synchronize, pickle, threading
context = multiprocessing.get_context('spawn')
lock, rlock, pool, condition = context.Lock(), context.RLock(), context.BoundedSemaphore(2), context.Condition()
print(lock, rlock, pool, condition)
with lock, rlock, condition: print(lock, rlock, condition)
thread = threading.Thread(target=lambda: (rlock.acquire(), print(rlock)))
thread.start()
thread.join()
print(rlock)
semlock = lock._semlock
print(type(semlock), semlock.kind, semlock.maxvalue, semlock._count(), semlock._is_zero(), semlock._is_mine())
print(_multiprocessing.SemLock.SEM_VALUE_MAX, _multiprocessing.SemLock.__name__, _multiprocessing.SemLock.__module__)
def attempt(work):
    try: print(work())
    except BaseException as error: print(type(error).__name__, error)
for work in [lambda: lock.release(), lambda: context.RLock().release(), lambda: lock.acquire('x'),
             lambda: lock.acquire(1, 'x'), lambda: lock.acquire(True, 0.001, 3), lambda: lock.acquire(blocking=True),
             lambda: pickle.dumps(lock), lambda: pickle.dumps(semlock), lambda: lock.acquire(timeout=-1),
             lambda: lock.acquire(True, 0), lambda: lock.acquire(False), lambda: lock.acquire(None),
             lambda: (pool.release(), pool.acquire(), pool.release(), pool.release()), lambda: pool.get_value(),
             lambda: condition.wait(), lambda: condition.notify(), lambda: _multiprocessing.SemLock(),
             lambda: _multiprocessing.SemLock(7, 1, 1, '/x', 1), lambda: semlock._rebuild(0, 0, 1, '/none'),
             lambda: setattr(semlock, 'mine', 1)]:
    attempt(work)
`
    const plain = unrecorded(python, source)
    const ran = record(python, source)
    const addresses = /0x[0-9a-f]+|mp-\w+/g
    expect(ran.err.replace(addresses, '')).toBe(plain.err.replace(addresses, ''))
    expect(ran.out.replace(addresses, '')).toBe(plain.out.replace(addresses, ''))
    expect(plain.out).toContain('released too many times')
  })
})
