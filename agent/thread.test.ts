// Threads, sleep, sites, processes: who started whom and where, how each ended, what a fork or a spawn leaves.
import { describe, expect, test } from 'vitest'
import { eventKinds } from '../wire/kinds.ts'
import { pythons, record } from './test/run-python.ts'
import { ofGil, story } from './test/story.ts'

describe.each(pythons)('Python 3.$minor', (python) => {
  test('start, first run, end, join', () => {
    const ran = record(
      python,
      `
import threading, until
go = threading.Lock()
go.acquire()
worker = threading.Thread(target=go.acquire, name='worker', daemon=True)
worker.start()
until.waits(1)
release = threading.Timer(0.02, go.release)
release.name = 'releaser'
release.start()
worker.join()
release.join()
worker.join()
`,
    )
    expect(story(ran).of('worker')).toEqual([
      'MainThread starts worker',
      'worker begins',
      'MainThread waits for worker (join)',
      'worker ends',
      'MainThread wakes: threadEnd by worker',
      // it has ended already: the join blocks nobody and is an order all the same
      'MainThread waits for worker (join)',
      'MainThread wakes: threadEnd by worker',
    ])
    expect(story(ran).of('MainThread')).toEqual(['MainThread begins', 'MainThread ends'])
    expect(ran.first.lines).toContainEqual({ k: 'name', object: expect.any(Number), name: 'worker', daemon: true })
    expect(ran.first.ended).toBe(true)
    const timer = story(ran).of('release')
    expect(timer).toContain('releaser waits for release (event)')
    expect(timer).toContain('releaser wakes, timedOut')
  })

  test('an uncaught exception, an exit, a name given later, a name that is no Unicode', () => {
    const ran = record(
      python,
      `
import sys, threading, _thread

def fails(): raise ValueError('no \\u20ac')
def renames(): threading.current_thread().name = 'later'

for target in (fails, sys.exit, renames):
    t = threading.Thread(target=target, name='\\udcff' if target is fails else target.__name__)
    t.start()
    t.join()
`,
      { env: { PYTHONIOENCODING: 'utf-8:backslashreplace' } },
    )
    const names = ran.first.lines.flatMap((line) => (line.k === 'name' ? [line.name] : []))
    expect(names).toEqual(['MainThread', '\ufffd', 'exit', 'renames', 'later'])
    const ends = ran.first.records.filter((r) => r.kind === eventKinds.threadEnd).map((r) => r.flags)
    expect(ends).toEqual([2, 0, 0, 0])
    const errors = ran.first.lines.filter((line) => line.k === 'error')
    expect(errors).toMatchObject([{ type: 'ValueError', text: 'no €' }])
  })

  test('an uncaught exception of the main thread', () => {
    const ran = record(python, `raise KeyError('gone')`)
    expect(ran.status).toBe(1)
    expect(ran.first.lines.filter((line) => line.k === 'error')).toMatchObject([{ thread: 1, type: 'KeyError' }])
    expect(ran.first.records.at(-1)).toMatchObject({ kind: eventKinds.threadEnd, flags: 2 })
  })

  test('a site is the line of the program, with its function', () => {
    const ran = record(
      python,
      `
import threading, time

class Account:
    def __init__(self):
        self.lock = threading.Lock()

    def deposit(self):
        with self.lock:
            time.sleep(0.02)

def main():
    Account().deposit()

main()
`,
    )
    const at = [...ran.first.sites.values()].map((site) => [site.line, site.func])
    expect(at).toEqual([
      [6, 'Account.__init__'],
      [9, 'Account.deposit'],
      [10, 'Account.deposit'],
      [13, 'main'],
      [15, '<module>'],
    ])
  })

  test('a forked child writes its own file, under the serials of its parent', () => {
    const ran = record(
      python,
      `
import os, sys, threading
lock = threading.Lock()
with lock: pass
if os.fork() == 0:
    with lock: pass
    sys.exit(0)
os.wait()
if os.fork() == 0:
    os._exit(0)
os.wait()
with lock: pass
`,
    )
    expect(ran.err.replace(/.*DeprecationWarning[\s\S]*/, '')).toBe('')
    expect(ran.processes).toHaveLength(2)
    const [parent, child] = ran.processes
    expect(child!.about).toMatchObject({ forkOf: parent!.name, ppid: parent!.about.pid, mainThread: 1 })
    expect([parent!.ended, child!.ended]).toEqual([true, true])
    const seqs = (of: typeof parent) => of!.records.filter((r) => r.object === 2 && r.seq).map((r) => r.seq)
    expect(seqs(parent)).toEqual([1, 2, 3, 4, 5])
    expect(seqs(child)).toEqual([4, 5])
  })

  test('children that are spawned are recorded too', () => {
    const ran = record(python, `import subprocess, sys; subprocess.run([sys.executable, '-c', 'import threading'])`)
    expect(ran.processes).toHaveLength(2)
    expect(ran.processes[1]!.about).toMatchObject({ ppid: ran.processes[0]!.about.pid, argv: ['-c'] })
    expect(ran.processes[1]!.about.forkOf).toBeUndefined()
  })

  test('threads that C code starts get a serial when they first do something', () => {
    const ran = record(
      python,
      `
import _thread, ctypes, ctypes.util, threading
lock = threading.Lock()
libc = ctypes.CDLL(None)
entry = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(lambda _: lock.acquire() and None)
thread = ctypes.c_ulong()
libc.pthread_create(ctypes.byref(thread), None, entry, None)
libc.pthread_join(thread, None)
print(lock.locked())
`,
    )
    expect(ran.out).toBe('True\n')
    const acquire = ran.first.records.find((r) => r.kind === eventKinds.acquire)!
    const own = ran.first.records.filter((r) => r.thread === acquire.thread && !ofGil(r)).map((r) => r.kind)
    expect(own).toEqual([eventKinds.threadBegin, eventKinds.acquire, eventKinds.threadEnd])
  })
})
