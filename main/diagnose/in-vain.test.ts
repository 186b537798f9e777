// missed-wakeup, timeouts and polling against events written one by one, each with its near miss: what is a line too few,
// a wait too short, a loop that does something else.
import { describe, expect, test } from 'vitest'
import { eventKinds, flags, objectKinds, outcomes, reasons, type ObjectKind } from '../../wire/kinds.ts'
import type { EventWriter } from '../ingest/write-events.ts'
import { threads, written } from '../ingest/written.ts'
import { examine } from './diagnose.ts'

const ms = 1e6

/** Findings as "rule: sentence", and the rows of each one's proof. */
function look(source: string, write: (w: EventWriter) => void, ended: number | null = 2000 * ms) {
  const trace = written(source, write, ended)
  const { findings } = examine(trace)
  const rows = findings.map((f) => trace.db.prepare(f.sql).all() as Record<string, unknown>[])
  trace.db.close()
  return { told: findings.map((f) => `${f.rule}: ${f.sentence}`), rules: findings.map((f) => f.rule), rows }
}

interface Repeated {
  line: number
  reason: number
  times: number
  /** ns */
  each: number
  /** ns from one to the next */
  every: number
  kind?: ObjectKind
  /** of the times, the first ones; and the last one */
  got?: number
  comes?: boolean
}
/** A thread `eva` that waits at a line again and again, of a program that does nothing else. */
const repeated =
  ({ line, reason, times, each, every, kind, got = 0, comes = false }: Repeated) =>
  (w: EventWriter) => {
    const [eva] = threads(w, 'eva') as [number]
    const site = w.site('program.py', line, 'work')
    const object = kind ? w.object(kind, eva, 0, w.site('program.py', 1, '<module>')).serial : 0
    for (let i = 0; i < times; i++) {
      const flag = reason | (reason === reasons.sleep ? 0 : flags.timed)
      const ends = reason === reasons.sleep || i < got || (comes && i === times - 1) ? outcomes.done : outcomes.timedOut
      w.add(eva, i * every + ms, eventKinds.wait, { object, site, flags: flag, arg: each / ms })
      w.add(eva, i * every + ms + each, eventKinds.wake, { object, flags: ends })
    }
    w.add(eva, 1999 * ms, eventKinds.threadEnd, { object: eva })
  }

describe('polling by sleeping', () => {
  const nap = { line: 2, reason: reasons.sleep, times: 100, each: 10 * ms, every: 11 * ms }
  const loop = 'import time\nwhile not done: time.sleep(0.01)\n'
  test('a loop that does nothing but sleep and look is told, with the figures of its rows', () => {
    const { told, rows } = look(loop, repeated(nap))
    expect(told).toEqual([
      'polling: eva slept 100 times for 10 ms at program.py:2, in `while not done:`, only to look once more: it woke 91 times a second, during 1.1 s, and that was 50 % of its life.',
    ])
    expect(rows[0]).toEqual([{ thread: 'eva', what: 'sleep', object: null, outcome: 'done', times: 100, ms: 1000 }])
  })
  test.each([
    ['nineteen are no habit', loop, { times: 19, each: 40 * ms, every: 41 * ms }],
    ['fifty milliseconds are not short', loop, { times: 30, each: 50 * ms, every: 51 * ms }],
    ['a tenth of a second in all is too little', loop, { times: 95, each: ms, every: 2 * ms }],
    ['a loop that does something', 'x = 0\nwhile not done: beat(); time.sleep(0.01)\n', {}],
    ['a beat', 'while True:\n    time.sleep(0.01)\n    beat()\n', {}],
    ['a number of turns', 'for _ in range(100):\n    time.sleep(0.01)\n', {}],
    ['until a time', 'while time.monotonic() < end:\n    time.sleep(0.01)\n', {}],
    ['the source is not known', '', {}],
  ])('not told: %s', (_, source, change) => {
    expect(look(source, repeated({ ...nap, ...change })).told).toEqual([])
  })
})

describe('waits that give up', () => {
  const idle = 'e = threading.Event()\nwhile not e.wait(0.05):\n    pass\n'
  const beat = 'e = threading.Event()\nwhile not e.wait(0.05):\n    beat()\n'
  const looks = { line: 2, reason: reasons.event, kind: objectKinds.event, times: 30, each: 50 * ms, every: 51 * ms }
  const slow = { ...looks, times: 8, each: 200 * ms, every: 201 * ms }
  test('short ones are polling, long ones are timeouts, never both', () => {
    expect(look(idle, repeated(looks)).told).toEqual([
      'polling: eva waited for e (program.py:1) 30 times at program.py:2, in `while not e.wait(0.05):` and gave up 30 times, after 50 ms each time: it woke 20 times a second, during 1.5 s, and that was 75 % of its life.',
    ])
    const { told, rows } = look(idle, repeated(slow))
    expect(told).toEqual([
      'timeouts: eva waited for e (program.py:1) at program.py:2 and gave up 8 times, after 200 ms each time, 1.6 s in all; no wait there ended otherwise.',
    ])
    expect(rows[0]).toEqual([{ thread: 'eva', what: 'event', object: 'e', outcome: 'timedOut', times: 8, ms: 1600 }])
  })
  test('what comes in the end had only to be waited for', () => {
    expect(look(idle, repeated({ ...slow, comes: true })).told).toEqual([])
    const cond = { ...slow, reason: reasons.condition, kind: objectKinds.condition }
    expect(look(idle, repeated(cond)).rules).toEqual(['timeouts'])
    expect(look(idle, repeated({ ...cond, comes: true })).rules).toEqual([])
  })
  test('an event with a timeout may be a beat', () => {
    expect(look(beat, repeated(looks)).told).toEqual([])
    expect(look(beat, repeated(slow)).told).toEqual([])
  })
  test('four are no habit, nor are those of which one in four got it', () => {
    expect(look(idle, repeated({ ...slow, times: 4 })).told).toEqual([])
    expect(look(idle, repeated({ ...slow, got: 2 })).told).toEqual([])
    expect(look(idle, repeated({ ...looks, got: 8 })).told).toEqual([])
  })
  const queue = 'q = queue.Queue()\nwhile not stop:\n    item = q.get(timeout=0.05)\n    work(item)\n'
  const get = { ...looks, line: 3, reason: reasons.queueGet, kind: objectKinds.queue }
  test('a worker that asks its queue again and again, three tenths of its life', () => {
    expect(look(queue, repeated(get)).rules).toEqual(['polling'])
    expect(look(queue, repeated({ ...get, times: 11 })).rules).toEqual([])
    expect(look(queue, repeated({ ...get, each: 20 * ms, every: 21 * ms })).rules, '600 ms of 2 s').toEqual(['polling'])
    expect(look(queue, repeated({ ...get, each: 19 * ms, every: 20 * ms })).rules, '570 ms of 2 s').toEqual([])
  })
  test('a worker that is idle now and then waits for work', () => {
    expect(look(queue, repeated({ ...get, times: 8, each: 200 * ms, every: 201 * ms })).rules).toEqual([])
  })
  test('a lock that is hardly ever got is told in any loop', () => {
    const source = 'a = Lock()\nfor x in y:\n    if a.acquire(timeout=0.2): work()\n'
    const lock = { ...slow, line: 3, reason: reasons.lock, kind: objectKinds.lock }
    expect(look(source, repeated(lock)).rules).toEqual(['timeouts'])
  })
})

describe('polling by trying', () => {
  const tries =
    (times: number, every: number, got = 0) =>
    (w: EventWriter) => {
      const [eva] = threads(w, 'eva') as [number]
      const lock = w.object(objectKinds.lock, eva, 0, w.site('program.py', 1, '<module>'))
      const site = w.site('program.py', 2, 'work')
      for (let i = 0; i < times; i++) {
        w.add(eva, i * every + ms, eventKinds.refused, { object: lock.serial, site })
        if (i >= got) continue
        w.on(lock, eva, i * every + ms + 10, eventKinds.acquire, { site, arg: 1 })
        w.on(lock, eva, i * every + ms + 20, eventKinds.release, {})
      }
      w.add(eva, 1999 * ms, eventKinds.threadEnd, { object: eva })
    }
  const source = 'a = Lock()\nwhile not a.acquire(False): work()\n'
  test('a hundred in vain are told, with the figure of its rows', () => {
    const { told, rows } = look(source, tries(100, 15 * ms, 25))
    expect(told).toEqual([
      'polling: eva tried a (program.py:1) 100 times in vain at program.py:2, 67 times a second during 1.5 s, 74 % of its life.',
    ])
    expect(rows[0]).toMatchObject([{ what: 'refused', object: 'a', who: 'eva', times: 100 }])
  })
  test.each([
    ['one in four succeeds', tries(100, 15 * ms, 26)],
    ['under a hundred, now and then', tries(30, 60 * ms)],
    ['too few', tries(19, 15 * ms)],
    ['for too short a time', tries(99, ms)],
  ])('not told: %s', (_, write) => expect(look(source, write).told).toEqual([]))
})

describe('missed wake-ups', () => {
  const source = 'c = threading.Condition()\nc.notify()\nc.wait(0.3)\nwhile not x: c.wait(0.3)\nc.wait_for(f, 0.3)\n'
  interface Missed {
    /** 0 = nobody hears it */
    heard?: number
    outcome?: number
    line?: number
    /** somebody takes the lock in between */
    between?: boolean
  }
  const missed =
    ({ heard = 0, outcome = outcomes.timedOut, line = 3, between = false }: Missed) =>
    (w: EventWriter) => {
      const [pia, eva] = threads(w, 'pia', 'eva') as [number, number]
      const lock = w.object(objectKinds.rlock, pia, 0, w.site('program.py', 1, '<module>'))
      const condition = w.object(objectKinds.condition, pia, 0, w.site('program.py', 1, '<module>'), lock.serial)
      const turn = (thread: number, at: number, inside: () => void) => {
        w.on(lock, thread, at, eventKinds.acquire, { arg: 1 })
        inside()
        w.on(lock, thread, at + ms, eventKinds.release, {})
      }
      const at = w.site('program.py', 2, 'tell')
      turn(pia, 10 * ms, () => w.on(condition, pia, 10 * ms + 1, eventKinds.notify, { site: at, arg: heard }))
      if (between) turn(pia, 30 * ms, () => {})
      turn(eva, 49 * ms, () => {})
      const site = w.site('program.py', line, 'listen')
      const { serial } = condition
      w.add(eva, 50 * ms, eventKinds.wait, { object: serial, site, flags: reasons.condition | flags.timed })
      w.add(eva, 350 * ms, eventKinds.wake, { object: serial, flags: outcome })
      w.add(eva, 1999 * ms, eventKinds.threadEnd, { object: eva })
    }
  test('who comes next and waits until its timeout has missed it', () => {
    const { told, rows } = look(source, missed({}))
    expect(told).toEqual([
      'missed-wakeup: pia notified c (program.py:1) at program.py:2 when nobody waited for it; eva began to wait 40 ms later at program.py:3 and waited 300 ms, until its timeout.',
    ])
    expect(rows[0]).toMatchObject([{ lane: 'eva', what: 'condition', object: 'c', start_ms: 50, ms: 300 }])
  })
  test.each([
    ['somebody heard it', { heard: 1 }],
    ['the wait was ended', { outcome: outcomes.done }],
    ['what the lock guards may have changed since', { between: true }],
    ['it had looked at the state', { line: 4 }],
    ['wait_for has looked at the state', { line: 5 }],
  ])('not told: %s', (_, change) => expect(look(source, missed(change)).told).toEqual([]))
})
