// What libraries that are hooked in Python tell through the core: each call becomes the record or the side line that it says,
// about who acts there and at the program's line; none ever raises.
import { describe, expect, test } from 'vitest'
import { eventKinds, flags, objectKinds, outcomes, reasons } from '../wire/kinds.ts'
import { commands, stages } from '../wire/operations.ts'
import { jobKey } from './test/calls.ts'
import type { EventRecord, RecordedProcess } from './test/read-events.ts'
import { pythons, record } from './test/run-python.ts'

const core = `
import gc, sys
core = next(m for m in gc.get_objects() if type(m) is type(sys) and m.__name__ == 'interleave_core')
`
const lineOf = (p: RecordedProcess, r: EventRecord) => p.sites.get(r.site)?.line ?? 0
const keyNumber = (r: EventRecord) => BigInt(`0x${jobKey(r)}`)

describe.each(pythons)('Python 3.$minor', (python) => {
  const run = (source: string) => {
    const ran = record(python, core + source)
    expect(ran.err).toBe('')
    expect(ran.status).toBe(0)
    const of = (kind: number) => ran.first.records.filter((r) => r.kind === kind)
    const at = (text: string) => (core + source).split('\n').findIndex((line) => line.includes(text)) + 1
    const said = (k: string) =>
      ran.processes
        .flatMap(({ lines }) => lines as unknown as Record<string, unknown>[])
        .filter((line) => line['k'] === k)
    return { ...ran, of, at, said }
  }

  test('objects: a serial each, a key, a name, a capacity that saturates', () => {
    const ran = run(`
plain = core.make(${objectKinds.channel})
shared = core.make(kind=${objectKinds.pool}, key='queue', capacity=2 ** 40, name='jobs')
placed = core.make(${objectKinds.pool}, site=0)
print(plain, shared, placed)
`)
    const [plain, shared, placed] = ran.out.split(' ').map(Number)
    const made = ran.of(eventKinds.new).filter((r) => [plain, shared, placed].includes(r.object))
    expect(made.map((r) => [r.object, r.flags & 0xff, r.arg, lineOf(ran.first, r)])).toEqual([
      [plain, objectKinds.channel, 0, ran.at('plain = ')],
      [shared, objectKinds.pool, 0xffffffff, ran.at('shared = ')],
      [placed, objectKinds.pool, 0, 0],
    ])
    expect(ran.said('shared')).toContainEqual({ k: 'shared', object: shared, key: 'queue' })
    expect(ran.said('name')).toContainEqual({ k: 'name', object: shared, name: 'jobs' })
  })

  test('jobs by their keys of 64 bits, of the actor that is meant, at the line that is meant', () => {
    const ran = run(`
import threading
def work(): pass
pool = core.make(${objectKinds.pool})
key = core.key('id of a job')
core.job(${eventKinds.submit}, pool, key)
other = threading.Thread(target=lambda: core.job(${eventKinds.jobBegin}, pool, key, 0, core.site_of(work)), name='other')
other.start()
other.join()
core.job(${eventKinds.jobEnd}, pool, key, ${outcomes.raised}, 0)
core.job(${eventKinds.result}, pool, 2 ** 64 - 1, actor=core.thread())
print(key, core.key('another'), core.key('id of a job') == key, core.actor() == core.thread())
`)
    const [key, another] = ran.out.split(' ')
    expect(ran.out).toMatch(/True True\n$/)
    expect(another).not.toBe(key)
    const [submit] = ran.of(eventKinds.submit)
    const [begin] = ran.of(eventKinds.jobBegin)
    const [end] = ran.of(eventKinds.jobEnd)
    const [result] = ran.of(eventKinds.result)
    for (const r of [submit, begin, end])
      expect([keyNumber(r!), r!.flags & flags.keyed]).toEqual([BigInt(key!), flags.keyed])
    expect(keyNumber(result!)).toBe(2n ** 64n - 1n)
    expect(lineOf(ran.first, submit!)).toBe(ran.at('core.job(80'))
    expect(lineOf(ran.first, begin!)).toBe(ran.at('def work'))
    expect([lineOf(ran.first, end!), end!.flags & 0xff]).toEqual([0, outcomes.raised])
    expect(begin!.thread).not.toBe(submit!.thread)
    expect([end!.thread, result!.thread]).toEqual([submit!.thread, submit!.thread])
  })

  test('waits with their stack; what the library sleeps and waits for inside belongs to them, what the program does not', () => {
    const ran = run(`
import os, threading, time
os.makedirs('library')
with open('library/lib.py', 'w') as file:
    file.write('''
import time
def call(back):
    time.sleep(0.001)
    back()
''')
core.library(os.path.abspath('library'))
sys.path.insert(0, 'library')
import lib
def back(): time.sleep(0.002)
def ask():
    core.wait(${reasons.future}, 7, True)
    lib.call(back)
    core.wake(7, ${outcomes.timedOut}, 3)
ask()
core.wake(9)
time.sleep(0.003)
`)
    const waits = ran.of(eventKinds.wait)
    expect(waits.map((r) => [r.flags & 0xff, r.object, r.arg])).toEqual([
      [reasons.future, 7, 0],
      [reasons.sleep, 0, 2],
      [reasons.sleep, 0, 3],
    ])
    expect(waits[0]!.flags & flags.timed).toBe(flags.timed)
    expect(waits[0]!.stack!.map((site) => ran.first.sites.get(site)!.line)).toEqual([
      ran.at('core.wait('),
      ran.at('core.wake(9)') - 1,
    ])
    const wakes = ran.of(eventKinds.wake)
    expect(wakes.map((r) => [r.object, r.flags & 0xff, r.arg])).toEqual([
      [0, outcomes.done, 0],
      [7, outcomes.timedOut, 3],
      [9, outcomes.done, 0],
      [0, outcomes.done, 0],
    ])
  })

  test('other records; side lines of text, numbers, lists and nothing', () => {
    const ran = run(`
import enum
class Rank(enum.IntEnum): FIRST = 1
core.tell(${eventKinds.send}, 5, 2 ** 31, 2 ** 50, ${flags.blocks})
core.tell(event=${eventKinds.access}, object=6, number=1, arg=2, flags=3, site=0)
core.say('test', {'text': 'a "b" \\\\ \\ud800', 'n': -5, 'yes': True, 'none': None, 'list': ['x', 2 ** 70, Rank.FIRST, 1.5],
                  'huge': 2 ** 64, 'real': 1.5, 'ü': 1, '\\ud800': 1, 3: 4, 'rank': Rank.FIRST, 'empty': []})
print(core.count('c', 'sent'), core.count('c', 'sent'), core.count('c', 'received'), core.count('d', 'sent'))
`)
    expect(ran.out).toBe('1 2 1 1\n')
    const [send] = ran.of(eventKinds.send)
    expect([send!.object, send!.seq, send!.arg, send!.flags, lineOf(ran.first, send!)]).toEqual([
      5,
      2 ** 31,
      0xffffffff,
      flags.blocks,
      ran.at('core.tell(100'),
    ])
    const [access] = ran.of(eventKinds.access)
    expect([access!.object, access!.seq, access!.arg, access!.flags, access!.site]).toEqual([6, 1, 2, 3, 0])
    expect(ran.said('test')).toEqual([
      { k: 'test', text: 'a "b" \\ \ufffd', n: -5, yes: true, list: ['x', 2 ** 70, 1, null], ü: 1, rank: 1, empty: [] },
    ])
  })

  test('side lines of all lengths, from a process and its fork, come whole and in their order', () => {
    const { said } = run(`
import os
def say(who):
    for n in range(3000):
        core.say('test', {'who': who, 'n': n, 'text': 'x' * (400_000 if n == 1500 else n)})
say('parent')
child = os.fork()
say('parent again' if child else 'child')
if not child: os._exit(0)
os.waitpid(child, 0)
`)
    const numbers = Array.from({ length: 3000 }, (_, n) => n)
    for (const who of ['parent', 'parent again', 'child']) {
      const lines = said('test').filter((line) => line['who'] === who)
      expect(lines.map((line) => line['n'])).toEqual(numbers)
      expect(lines.map((line) => String(line['text']).length)).toEqual(numbers.map((n) => (n === 1500 ? 400_000 : n)))
    }
  })

  test('where and who, for what is told later; threads of a class that are a library’s own', () => {
    const ran = run(`
import _thread, threading
class Own(threading.Thread): pass
class Other(threading.Thread): pass
core.own_threads(Own)
core.own_threads(type('Never', (), {}))
core.own_threads(3)
for made in Own, Other, type('Heir', (Own,), {}):
    one = made(); one.start(); one.join()
place = core.site()
core.tell(${eventKinds.set}, 5, site=place)
print(core.thread_of(_thread.get_native_id()) == core.thread(), core.thread_of(4000001), core.thread_of('x'), core.thread_of(-1))
`)
    expect(ran.out).toBe('True 0 0 0\n')
    expect(ran.of(eventKinds.threadStart).map((r) => (r.flags & flags.internal) !== 0)).toEqual([true, false, true])
    const [set] = ran.of(eventKinds.set).filter((r) => r.object === 5)
    expect(lineOf(ran.first, set!)).toBe(ran.at('place = '))
    expect(ran.said('note').length).toBe(1)
  })

  test('of devices: what a command does is said once, how far it got is said later', () => {
    const ran = run(`
add = core.work('add', (1024, 4), (64, 1))
print(add, core.work('add', (1024, 4), (64, 1)), core.work('add'), core.work('phase'), core.work(3), core.work('x', [1]))
then = core.now()
core.tell(${eventKinds.enqueue}, 5, 7, add, ${commands.kernel})
core.reached(5, 7, ${stages.started}, then)
core.reached(5, 7, ${stages.ended}, core.now() + 10 ** 9, True)
core.reached(number=2 ** 31, stream=5, stage=${stages.submitted}, since=then - 2 ** 40)
core.reached(5, 8, ${stages.returned})
print(then)
`)
    const [ids, then] = ran.out.split('\n')
    expect(ids).toBe('1 1 2 3 0 0')
    expect(ran.said('work')).toEqual([
      { k: 'work', id: 1, name: 'add', global: [1024, 4], local: [64, 1] },
      { k: 'work', id: 2, name: 'add' },
      { k: 'work', id: 3, name: 'phase' },
    ])
    const [enqueue] = ran.of(eventKinds.enqueue)
    expect([enqueue!.object, enqueue!.seq, enqueue!.arg, enqueue!.flags]).toEqual([5, 7, 1, commands.kernel])
    const reached = ran.of(eventKinds.reach)
    expect(reached.map((r) => [r.object, r.seq, r.flags])).toEqual([
      [5, 7, stages.started],
      [5, 7, stages.ended | flags.failed],
      [5, 2 ** 31, stages.submitted],
      [5, 8, stages.returned],
    ])
    const since = reached.map((r) => r.time - ((BigInt(r.site) << 32n) | BigInt(r.arg)))
    expect([since[0], since[2]]).toEqual([BigInt(then!), BigInt(then!) - 2n ** 40n])
    // what will be has not been yet
    expect([reached[1]!.site, reached[1]!.arg, reached[3]!.site, reached[3]!.arg]).toEqual([0, 0, 0, 0])
  })

  test('nothing raises: what cannot be told is a note, and a hundred of them are enough', () => {
    const ran = run(`
class Odd:
    def __str__(self): raise ValueError
answers = [core.make('x'), core.job(1), core.key(3), core.wait(), core.wake('x'), core.say('x', 1), core.count(1, 2),
           core.tell(), core.library(3), core.site_of(3), core.make(1, key=3)]
print(answers)
for _ in range(200): core.key(Odd())
def call(): raise Worse
class Worse(Exception):
    def __str__(self): raise ValueError
core.around(sys.modules['__main__'], 'call', lambda: [][0])
try: call()
except Worse: print('as before')
`)
    expect(ran.out).toBe('[0, None, 0, None, None, None, None, None, None, 0, 0]\nas before\n')
    const notes = ran.said('note').map((line) => String(line.text))
    expect(notes.length).toBe(101)
    expect(
      notes.filter((text) => text === 'Something of a library was not recorded: a key is made of text').length,
    ).toBe(91)
    expect(notes.at(-1)).toBe('More of libraries was not recorded; it is not listed.')
  })

  test('what listening takes is in the header: no less than it took, no more than the thread had', () => {
    const ran = run(`
import time
def busy(*_):
    until = time.thread_time() + 0.02
    while time.thread_time() < until: pass
    return True
def call(): pass
core.around(sys.modules['__main__'], 'call', busy, busy)
for _ in range(2): call()
print(time.thread_time())
`)
    expect(ran.first.listened).toBeGreaterThanOrEqual(80e6)
    expect(ran.first.listened).toBeLessThanOrEqual(Number(ran.out) * 1e9)
  })
})
