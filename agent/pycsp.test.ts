// PyCSP: real programs. Which write was read by whom, with many of both; what poison and retired ends let go; what an
// alternation chose; and all that between processes too. PyCSP 0.9.2 is of 2016: what it needs today is in recipes/pycsp.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventKinds, flags, objectKinds, outcomes, reasons } from '../wire/kinds.ts'
import { closings } from '../wire/operations.ts'
import { pythonFor } from './test/python-with.ts'
import { nameOf } from './test/processes.ts'
import type { EventRecord, RecordedProcess } from './test/read-events.ts'
import { record, unrecorded, type Recorded } from './test/run-python.ts'

const python = await pythonFor('pycsp')
const today = `import sys; sys.path.insert(0, ${JSON.stringify(join(import.meta.dirname, '../recipes/pycsp'))}); import pycsp_today\n`

const run = (source: string): Recorded => {
  const ran = record(python, today + source)
  expect([ran.err, ran.status]).toEqual(['', 0])
  return ran
}

interface Told {
  by: RecordedProcess
  /** the thread's name; of another process, its own */
  who: string
  channel: string
  r: EventRecord
}
/** What happened to channels, in order of time. */
function toldOf(ran: Recorded): Told[] {
  const keys = new Map<string, string>()
  for (const p of ran.processes)
    for (const r of p.records) {
      if (r.kind !== eventKinds.new || (r.flags & 255) !== objectKinds.channel) continue
      const name = p.lines.find((line) => line.k === 'name' && line.object === r.object)
      if (name?.k === 'name') keys.set(keyOf(ran, p, r.object)!, name.name)
    }
  const who = (p: RecordedProcess, thread: number) => {
    const said = p.lines.findLast((line) => line.k === 'name' && line.object === thread)
    return p === ran.first && thread !== p.about.mainThread && said?.k === 'name' ? said.name : nameOf(ran, p)
  }
  return ran.processes
    .flatMap((by) =>
      by.records.map((r) => ({
        by,
        r,
        who: who(by, r.thread),
        channel: keys.get(keyOf(ran, by, r.object) ?? '') ?? '',
      })),
    )
    .filter(
      ({ r, channel }) =>
        channel !== '' || (r.object === 0 && [eventKinds.wait, eventKinds.wake].some((k) => k === r.kind)),
    )
    .sort((a, b) => (a.r.time < b.r.time ? -1 : 1))
}
const keyOf = (ran: Recorded, p: RecordedProcess, serial: number): string | undefined => {
  const said = p.lines.find((line) => line.k === 'shared' && line.object === serial)
  if (said?.k === 'shared') return said.key
  const parent = ran.processes.find((q) => q.name === p.about.forkOf)
  return parent && keyOf(ran, parent, serial)
}

/** From what each wrote and read, in its order: number → what it was. Both sides must agree. */
function paired(told: Told[], channel: string, wrote: Map<string, string[]>, read: Map<string, string[]>): void {
  const numbers = (kind: number, who: string) =>
    told.filter((t) => t.channel === channel && t.who === who && t.r.kind === kind).map((t) => t.r.seq)
  const written = new Map<number, string>()
  for (const [who, items] of wrote) {
    const sent = numbers(eventKinds.send, who)
    expect(sent.length, who).toBe(items.length)
    sent.forEach((number, i) => written.set(number, items[i]!))
  }
  expect(written.size).toBe([...wrote.values()].flat().length)
  for (const [who, items] of read)
    expect(
      numbers(eventKinds.receive, who).map((n) => written.get(n)),
      who,
    ).toEqual(items)
}
const lines = (text: string): Map<string, string[]> => {
  const by = new Map<string, string[]>()
  for (const line of text.trim().split('\n')) {
    const [who, what] = line.split(': ')
    by.set(who!, [...(by.get(who!) ?? []), what!])
  }
  return by
}

const crowd = (make: string) => `
import threading
from pycsp.parallel import *
said, lock = [], threading.Lock()
def say(line):
    with lock: said.append(line)

@process
def write(end, me, n):
    for i in range(n):
        end((me, i))
    retire(end)

@process
def read(end, me):
    while True:
        say(f'{me}: {end()}')

channel = Channel('belt'${make})
writers = [write(channel.writer(), name, 40) for name in ('write', 'write 2', 'write 3')]
readers = [read(channel.reader(), name) for name in ('read', 'read 2')]
for one in writers + readers: one.start()
for one in writers + readers: one.join()
shutdown()
print('\\n'.join(said))
`

test.each([
  ['unbuffered', ''],
  ['buffered', ', buffer=3'],
])('any to any, %s: who wrote what was read', (_, make) => {
  const source = crowd(make)
  const ran = run(source)
  const read = lines(ran.out)
  expect([...read.values()].flat().length).toBe(120)
  const names = ['write', 'write 2', 'write 3']
  const wrote = new Map(names.map((name) => [name, Array.from({ length: 40 }, (_, i) => `('${name}', ${i})`)]))
  const told = toldOf(ran)
  paired(told, 'belt', wrote, read)
  const made = told.find(({ r }) => r.kind === eventKinds.new)!.r
  expect(made.arg).toBe(make ? 3 : 0)
  const sends = told.filter(({ r }) => r.kind === eventKinds.send)
  expect(sends.every(({ r }) => (r.flags & flags.blocks) !== 0)).toBe(true)
  // each waits until it is taken, and for a message; and nothing is left open
  for (const who of [...names, 'read', 'read 2']) {
    let open = 0
    for (const { r } of told.filter((t) => t.who === who && t.channel === 'belt')) {
      if (r.kind === eventKinds.send || r.kind === eventKinds.wait) expect(open++).toBe(0)
      if (r.kind === eventKinds.receive || r.kind === eventKinds.wake) expect(--open).toBe(0)
    }
    expect(open).toBe(0)
  }
  // three ends are retired, and the last one lets the readers go
  const closed = told.filter(({ r }) => r.kind === eventKinds.broken)
  expect(closed.map(({ r }) => [r.seq, r.flags])).toEqual([1, 2, 3].map((seq) => [seq, closings.retired]))
  const letGo = told.filter(({ r }) => r.kind === eventKinds.wake && (r.flags & 255) === outcomes.raised)
  expect(letGo.length).toBeGreaterThan(0)
  for (const { r } of letGo) expect(r.arg).toBe(3)
})

test('poison lets go who waits, wherever', () => {
  const source = `
import time
from pycsp.parallel import *
said = []

@process
def wait_for(end):
    try: end()
    except ChannelPoisonException: said.append('poisoned')

@process
def give_up(end, ready):
    ready()
    poison(end)

never, ready = Channel('never'), Channel('ready')
waiting = [wait_for(never.reader()) for _ in range(2)]
gives = give_up(never.writer(), ready.reader())
for one in waiting + [gives]: one.start()
while sum(len(home.channel.readqueue) for home in [never._channelhomethread]) < 2: time.sleep(0.001)
ready.writer()(None)
for one in waiting + [gives]: one.join()
shutdown()
print(said)
`
  const ran = run(source)
  expect(ran.out).toBe("['poisoned', 'poisoned']\n")
  const told = toldOf(ran).filter(({ channel }) => channel === 'never')
  const poisoned = told.filter(({ r }) => r.kind === eventKinds.broken)
  expect(poisoned.map(({ who, r }) => [who, r.flags, r.seq])).toEqual([['give_up', closings.poisoned, 1]])
  const woken = told.filter(({ r }) => r.kind === eventKinds.wake)
  expect(woken.map(({ who, r }) => [who, r.flags & 255, r.arg]).sort()).toEqual([
    ['wait_for 2', outcomes.raised, 1],
    ['wait_for', outcomes.raised, 1],
  ])
})

test('alternations: which guard it was', () => {
  const source = `
from pycsp.parallel import *

@process
def feed(end, what):
    for word in what.split(): end(word)

@process
def eat(end, n):
    for _ in range(n): print('out', end())

left, right, out = Channel('left'), Channel('right'), Channel('out')
feeders = [feed(left.writer(), 'a b c'), feed(right.writer(), 'x y z'), eat(out.reader(), 2)]
ends = left.reader(), right.reader()
sink = out.writer()
print(AltSelect(InputGuard(ends[0]), TimeoutGuard(seconds=0.01))[1])
print(PriSelect(InputGuard(ends[0]), SkipGuard())[1])
for one in feeders: one.start()
got = {end: [] for end in ends}
for _ in range(6):
    end, word = FairSelect(*(InputGuard(end) for end in ends))
    got[end].append(word)
for n in range(2):
    AltSelect(InputGuard(ends[0]), OutputGuard(sink, msg=n))
for one in feeders: one.join()
print(*got.values())
shutdown()
`
  const ran = run(source)
  expect(ran.out).toMatch(/^None\nNone\n/)
  expect(ran.out).toContain("['a', 'b', 'c'] ['x', 'y', 'z']")
  expect(ran.out).toContain('out 0\nout 1\n')
  const told = toldOf(ran)
  const main = told.filter(({ who, r }) => who === 'main' && r.kind !== eventKinds.new && r.kind !== eventKinds.broken)
  // in the end it waits for the threads of PyCSP
  const last = main.findIndex(({ r }) => r.kind === eventKinds.wait && (r.flags & 255) !== reasons.message)
  if (last >= 0) main.splice(last)
  const words = main.map(({ channel, r }) => {
    if (r.kind === eventKinds.wait) return `waits${r.flags & flags.timed ? ' timed' : ''}`
    if (r.kind === eventKinds.wake) return `wakes ${r.flags & 255}`
    if (r.kind === eventKinds.refused) return `refused ${channel}`
    if (r.kind === eventKinds.send) return `sends ${channel} ${r.flags & flags.blocks}`
    return `receives ${channel} ${r.flags & flags.ends}`
  })
  expect(words.slice(0, 3)).toEqual(['waits timed', `wakes ${outcomes.timedOut}`, 'refused left'])
  expect(words.slice(-6)).toEqual(['waits', 'sends out 0', 'wakes 0', 'waits', 'sends out 0', 'wakes 0'])
  const chosen = words.slice(3, -6)
  expect(chosen.filter((_, i) => i % 2 === 0)).toEqual(Array.from({ length: 6 }, () => 'waits'))
  expect(chosen.filter((_, i) => i % 2 === 1).sort()).toEqual(
    ['left', 'right'].flatMap((name) => Array.from({ length: 3 }, () => `receives ${name} ${flags.ends}`)),
  )
  paired(told, 'left', new Map([['feed', ['a', 'b', 'c']]]), new Map([['main', ['a', 'b', 'c']]]))
  paired(told, 'right', new Map([['feed 2', ['x', 'y', 'z']]]), new Map([['main', ['x', 'y', 'z']]]))
  paired(told, 'out', new Map([['main', ['0', '1']]]), new Map([['eat', ['0', '1']]]))
})

test('between processes', () => {
  const source = `
from pycsp.parallel import *

@multiprocess
def double(inward, outward):
    while True:
        outward(inward() * 2)

@process
def count(end, n):
    for i in range(n): end(i)
    retire(end)

@process
def show(end):
    while True:
        print(end())

if __name__ == '__main__':
    there, back = Channel('there'), Channel('back')
    Parallel(count(there.writer(), 5), double(there.reader(), back.writer()), show(back.reader()))
    shutdown()
`
  const ran = run(source)
  expect(ran.out).toBe('0\n2\n4\n6\n8\n')
  const told = toldOf(ran)
  const items = ['0', '1', '2', '3', '4']
  paired(told, 'there', new Map([['count', items]]), new Map([['double', items]]))
  paired(told, 'back', new Map([['double', items]]), new Map([['show', items]]))
  expect(ran.processes.map((p) => nameOf(ran, p))).toEqual(['main', 'double'])
})

test('a program behaves as before, and is told where nothing can be seen', () => {
  const source = `
import traceback
from pycsp.parallel import *

@process
def wrong(end):
    end()
    raise ValueError('wrong')

channel = Channel('c')
print(repr(channel.reader()), Channel._read.__qualname__, isinstance(channel, Channel), channel.name)
channel.reader().poison()
try: channel.writer()(1)
except ChannelPoisonException: print(traceback.format_exc())
shutdown()
`
  const ran = run(source)
  const words = (text: string) => text.replaceAll(/interleave-agent-\w+/g, '…')
  expect(words(ran.out)).toBe(words(unrecorded(python, today + source).out))
  const green = run('from pycsp.greenlets import *\n')
  expect(green.first.lines.some((line) => line.k === 'note' && /greenlets/.test(line.text))).toBe(true)
})
