// The GIL: who has it is told exactly. The programs say themselves when which thread ran: each such moment must lie in a
// hold of that thread, and no two holds may overlap. That each chunk is in order of time, the reader sees to.
import { describe, expect, test } from 'vitest'
import { eventKinds, flags } from '../wire/kinds.ts'
import { environment } from '../wire/side-file.ts'
import type { EventRecord, RecordedProcess } from './test/read-events.ts'
import { pythons, record } from './test/run-python.ts'
import { kindName, ofGil } from './test/story.ts'

interface Hold {
  thread: number
  from: bigint
  to: bigint
}
const forever = 1n << 63n

/** In order of time. A thread that has it takes it no second time; what is open at the end stays open. */
function holdsIn(process: RecordedProcess): Hold[] {
  const open = new Map<number, Hold>()
  const holds: Hold[] = []
  for (const { kind, thread, time } of process.records) {
    if (kind === eventKinds.gilTake) {
      if (open.has(thread)) throw new Error(`thread ${thread} takes what it has at ${time}`)
      const hold = { thread, from: time, to: forever }
      open.set(thread, hold)
      holds.push(hold)
    } else if (kind === eventKinds.gilDrop) {
      const hold = open.get(thread)
      if (!hold) throw new Error(`thread ${thread} drops what it has not at ${time}`)
      hold.to = time
      open.delete(thread)
    }
  }
  return holds
}
const overlapping = (holds: Hold[]) => holds.filter((hold, i) => i > 0 && holds[i - 1]!.to > hold.from)

/** The clock of the program and that of the agent are read apart: ns by which they may differ. */
const apart = 1000n
const serialOf = (process: RecordedProcess, name: string): number =>
  process.lines.flatMap((line) => (line.k === 'name' && line.name === name ? [line.object] : [])).at(-1)!

/** What the program printed, one `name time` a line: moments at which a thread ran. Those that lie in no hold of it. */
function outside(process: RecordedProcess, printed: string): string[] {
  const holds = holdsIn(process)
  const moments = printed.trim().split('\n')
  expect(moments.length).toBeGreaterThan(1)
  return moments.filter((moment) => {
    const [name, time] = moment.split(' ') as [string, string]
    const thread = serialOf(process, name)
    const at = BigInt(time)
    return !holds.some((h) => h.thread === thread && h.from <= at + apart && at <= h.to + apart)
  })
}
const ofThread = (process: RecordedProcess, thread: number, kind: number): EventRecord[] =>
  process.records.filter((r) => r.thread === thread && r.kind === kind)

const four = `
import sys, threading, time
sys.setswitchinterval(0.0005)
moments = []
def spin():
    name = threading.current_thread().name
    for _ in range(300):
        moments.append((name, time.monotonic_ns()))
        sum(i for i in range(4000))
threads = [threading.Thread(target=spin, name=f'spin-{i}') for i in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print('\\n'.join(f'{name} {at}' for name, at in moments))
`

describe.each(pythons)('Python 3.$minor', (python) => {
  const run = (source: string) => {
    const ran = record(python, source)
    expect({ err: ran.err, status: ran.status }).toEqual({ err: '', status: 0 })
    for (const process of ran.processes) {
      expect(process.lines.filter((line) => line.k === 'gil')).toEqual([{ k: 'gil', exact: true }])
      expect(process.lost).toBe(0)
      expect(overlapping(holdsIn(process))).toEqual([])
    }
    return ran
  }

  test('four threads that compute: whoever runs has it, and nobody else', () => {
    const ran = run(four)
    expect(outside(ran.first, ran.out)).toEqual([])
    expect(new Set(holdsIn(ran.first).map((hold) => hold.thread)).size).toBe(5)
    const forced = ran.first.records.filter((r) => r.kind === eventKinds.gilTake && r.flags & flags.forced)
    expect(forced.length).toBeGreaterThan(0)
    expect(forced.every((r) => r.flags & flags.contended)).toBe(true)
  })

  test('of a program that computes the holds cover 99 % of the time', () => {
    // its own time, by the processor: in the other time a busy machine lets nobody run. Whoever waits looks after each
    // switch interval whether it may, which is time of its own too: so that is long
    const { first, out } = run(`
import sys, threading, time
sys.setswitchinterval(0.1)
spent = {}
def spin():
    for _ in range(800): sum(i for i in range(4000))
    spent[threading.current_thread().name] = time.thread_time_ns()
threads = [threading.Thread(target=spin, name=f'spin-{i}') for i in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print('\\n'.join(f'{name} {ns}' for name, ns in spent.items()))
`)
    const holds = holdsIn(first)
    for (const line of out.trim().split('\n')) {
      const [name, spent] = line.split(' ') as [string, string]
      const held = holds.filter((hold) => hold.thread === serialOf(first, name))
      const sum = held.reduce((total, hold) => total + Number(hold.to - hold.from), 0)
      expect(sum / Number(spent)).toBeGreaterThanOrEqual(0.99)
    }
  })

  test('a call that releases it leaves a gap, one that keeps it does not', () => {
    const ran = run(`
import ctypes, time
free, keeping = ctypes.CDLL(None).usleep, ctypes.PyDLL(None).usleep
free(0), keeping(0)
times = [time.monotonic_ns()]
free(3000)
times.append(time.monotonic_ns())
keeping(3000)
times.append(time.monotonic_ns())
print(*times)
`)
    const [before, between, after] = ran.out.split(' ').map(BigInt) as [bigint, bigint, bigint]
    const during = (from: bigint, to: bigint) =>
      ran.first.records.filter((r) => ofGil(r) && r.time > from - apart && r.time < to + apart)
    const gap = during(before, between)
    expect(gap.map(kindName)).toEqual(['gilDrop', 'gilTake'])
    expect(gap[1]!.time - gap[0]!.time).toBeGreaterThanOrEqual(3_000_000n - apart)
    expect(gap[1]!.flags).toBe(0)
    // it may have come back less than that before the clock was read
    expect(during(between, after).filter((r) => !gap.includes(r))).toEqual([])
  })

  test('who waits for a lock gets it before the GIL, for which it has to ask', () => {
    const { first } = run(`
import threading, until
door, came = threading.Lock(), False
def wait():
    global came
    with door: came = True
door.acquire()
waiter = threading.Thread(target=wait, name='waiter')
waiter.start()
until.waits(1)
door.release()
while not came: pass
waiter.join()
`)
    const waiter = serialOf(first, 'waiter')
    const told = first.records.filter((r) => r.thread === waiter && r.kind !== eventKinds.new)
    const from = told.findIndex((r) => r.kind === eventKinds.wait)
    expect(told.slice(from).map((r) => [kindName(r), r.flags & ~0xff & ~flags.hasStack])).toEqual([
      ['wait', 0],
      ['gilDrop', 0],
      ['wake', 0],
      ['acquire', flags.contended],
      ['gilWait', 0],
      ['gilTake', flags.contended | flags.forced],
      ['release', 0],
      ['threadEnd', 0],
      ['gilDrop', 0],
    ])
  })

  test('a new thread begins when it asks for the GIL; one of C code is told though it does nothing else', () => {
    const { first } = run(`
import ctypes, threading
entry = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(lambda _: None)
libc, thread = ctypes.CDLL(None), ctypes.c_ulong()
libc.pthread_create(ctypes.byref(thread), None, entry, None)
libc.pthread_join(thread, None)
python = threading.Thread(target=len, args=('',), name='python')
python.start()
python.join()
`)
    const kindsOf = (thread: number) =>
      first.records
        .filter((r) => r.thread === thread && r.kind !== eventKinds.gilWait)
        .map((r) => (expect(r.flags & 0xff).toBe(0), kindName(r)))
    const begun = first.records.filter((r) => r.kind === eventKinds.threadBegin).map((r) => r.thread)
    const python = serialOf(first, 'python')
    const foreign = begun.find((thread) => thread !== python && thread !== first.about.mainThread)!
    expect(kindsOf(foreign)).toEqual(['threadBegin', 'gilTake', 'gilDrop', 'threadEnd'])
    expect(kindsOf(python).slice(0, 2)).toEqual(['threadBegin', 'gilTake'])
    expect(kindsOf(python).slice(-2)).toEqual(['threadEnd', 'gilDrop'])
    const [start] = first.records.filter((r) => r.kind === eventKinds.threadStart && r.object === python)
    expect(ofThread(first, python, eventKinds.threadBegin)[0]!.time).toBeGreaterThanOrEqual(start!.time)
  })

  test('a forked child begins with the GIL', () => {
    const ran = run(`
import os, threading, time, warnings
warnings.simplefilter('ignore') # of fork where there are threads
stop = False
def spin():
    while not stop: pass
other = threading.Thread(target=spin, name='other')
other.start()
child = os.fork()
at = [time.monotonic_ns() for _ in range(3) if [0 for _ in range(20000)]]
if not child:
    threading.Thread(target=at.append, args=(time.monotonic_ns(),)).start()
    os.write(1, ('\\n'.join(f'MainThread {t}' for t in at) + '\\n').encode())
    os._exit(0)
os.waitpid(child, 0)
stop = True
other.join()
`)
    const [parent, child] = ran.processes
    expect(ran.processes).toHaveLength(2)
    const main = parent!.about.mainThread
    const first = child!.records.filter((r) => r.thread === main)
    expect(first.slice(0, 2).map(kindName)).toEqual(['threadBegin', 'gilTake'])
    expect(ofThread(child!, serialOf(parent!, 'other'), eventKinds.gilTake)).toEqual([])
    const holds = holdsIn(child!).filter((hold) => hold.thread === main)
    for (const line of ran.out.trim().split('\n')) {
      const at = BigInt(line.split(' ')[1]!)
      expect(holds.some((hold) => hold.from <= at + apart && at <= hold.to + apart)).toBe(true)
    }
  })

  test('a thread that dies, threads that the end of the program stops, a handler of a signal in a wait', () => {
    const ran = run(`
import signal, sys, threading, time
threading.excepthook = lambda args: None
def dies(): raise ValueError
def spins():
    while True: sum(range(1000))
def sleeps():
    while True: time.sleep(0.0001)
dead = threading.Thread(target=dies)
dead.start()
dead.join()
for work in spins, spins, sleeps: threading.Thread(target=work, daemon=True).start()
lock, handled = threading.Lock(), []
def handle(number, frame):
    handled.append(time.monotonic_ns())
    if len(handled) == 3: lock.release()
signal.signal(signal.SIGALRM, handle)
lock.acquire()
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
lock.acquire()
signal.setitimer(signal.ITIMER_REAL, 0)
print('\\n'.join(f'MainThread {at}' for at in handled))
`)
    expect(outside(ran.first, ran.out)).toEqual([])
    expect(ran.first.ended).toBe(true)
  })

  test.runIf(python.minor >= 12)(
    'an interpreter with a GIL of its own is not mistaken for this one, and is noted',
    () => {
      const { first } = run(`
import time
try: import _interpreters
except ImportError: import _xxsubinterpreters as _interpreters
other = _interpreters.create()
_interpreters.run_string(other, 'import time; time.sleep(0.001)')
_interpreters.destroy(other)
`)
      const notes = first.lines.flatMap((line) => (line.k === 'note' ? [line.text] : []))
      expect(notes).toEqual(['An interpreter with a GIL of its own runs in this process: that GIL is not shown.'])
    },
  )

  test('it is left out when the recording is asked to', () => {
    const { first } = record(python, 'import time; time.sleep(0)', { env: { [environment.gil]: '0' } })
    expect(first.records.filter(ofGil)).toEqual([])
    expect(first.lines).toContainEqual({ k: 'gil', exact: false, why: expect.stringContaining('asked') as string })
  })
})
