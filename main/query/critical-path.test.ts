import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { CriticalPath, Parallelism } from '../../wire/api.ts'
import { eventKinds, flags, objectKinds, outcomes, reasons } from '../../wire/kinds.ts'
import { drawn, type Drawing } from '../ingest/drawing.ts'
import { Ingest } from '../ingest/ingest.ts'
import { randomProgram } from '../ingest/random-program.ts'
import { EventWriter } from '../ingest/write-events.ts'
import { createTrace } from '../store/database.ts'
import type { Trace } from '../store/trace.ts'
import { criticalPath, criticalPathInTurns, type Asked } from './critical-path.ts'
import { parallelismInTurns } from './parallelism.ts'

/** The path as lines: who, from when to when, what, and through what the next was set off. */
const lines = (t: Trace, asked: Asked = {}) => {
  const path = criticalPath(t, asked)
  const name = (lane: number) => t.objects[t.lanes[lane]!.object]!.name
  return path.steps.map((s) => `${name(s.lane)} ${s.from}-${s.to} ${s.doing}${s.through && ` > ${s.through}`}`)
}
const pathOf = (drawing: string, options: Drawing = {}, asked: Asked = {}) => {
  const t = drawn(drawing, options)
  const path = lines(t, asked)
  t.db.close()
  return path
}
/** A recording written by hand. */
const written = (write: (w: EventWriter) => void): Trace => {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-path-'))
  mkdirSync(join(folder, 'run'))
  const w = new EventWriter(join(folder, 'run'))
  write(w)
  w.close()
  const trace = createTrace(join(folder, 'trace.interleave'))
  new Ingest(trace, join(folder, 'run')).finish()
  rmSync(folder, { recursive: true })
  return trace
}

test.each([{ live: false }, { live: true }])('it goes to who held the lock, and on there (live: $live)', ({ live }) => {
  const relay = `
    t1  .....aaaaaAA..
    t2  ..aaAAAAAA....
    t3  AAAA..........
  `
  expect(pathOf(relay, { live })).toEqual(['t3 0-4 runs > A', 't2 4-10 runs > A', 't1 10-14 runs'])
})
test('what nobody ended stays where it is, also while a lock is held', () => {
  const drawing = `
    t1  ...aaaaaaAA.
    t2  .AAAAzzAA...
  `
  expect(pathOf(drawing)).toEqual(['t2 0-5 runs', 't2 5-7 6'.replace('6', '10'), 't2 7-9 runs > A', 't1 9-12 runs'])
})
test('an item that was there already held nobody up', () => {
  const objects: Drawing['objects'] = { Q: { kind: 'queue', name: 'jobs' } }
  expect(pathOf('t1  ..qqq-...\nt2  ....+....', { objects })).toEqual([
    't2 0-4 runs > jobs',
    `t1 4-5 ${reasons.queueGet}`,
    't1 5-9 runs',
  ])
  expect(pathOf('t1  .....-...\nt2  ..+......', { objects })).toEqual(['t1 0-9 runs'])
})
test('an area cuts its piece out of the path of the run', () => {
  const drawing = `
    t1  ..aaaaAA..
    t2  AAAAAA....
  `
  expect(pathOf(drawing, {}, { from: 3, to: 8 })).toEqual(['t2 3-6 runs > A', 't1 6-8 runs'])
})
test('the path of another actor', () => {
  const drawing = `
    t1  ..........
    t2  ..aaAA....
    t3  AAAA......
  `
  const t = drawn(drawing)
  const lane = t.objects.find((o) => o?.name === 't2')!.lane!.id
  expect(lines(t, { lane, to: 7 })).toEqual(['t3 0-4 runs > A', 't2 4-7 runs'])
  expect(lines(t)).toEqual(['t1 0-10 runs'])
  t.db.close()
})
test('who waits when a recording ends leads to who has what it waits for, and a ring is left where it began', () => {
  const drawing = `
    t1  AA.bbbbb
    t2  BB.BBBBB
  `
  expect(pathOf(drawing, { live: true })).toEqual(['t2 0-8 runs'])
  const ring = `
    t1  AAAAAAAA
    t1  ...bbbbb
    t2  BBBBBBBB
    t2  ....aaaa
  `
  expect(pathOf(ring, { live: true })).toEqual(['t2 0-4 runs', `t2 4-8 ${reasons.lock}`])
})

test('a thread is followed to who started it, a join to the end of the thread', () => {
  const t = written((w) => {
    const [main, child] = [w.thread('main'), w.thread('child')]
    w.add(main, 0, eventKinds.threadBegin, { object: main })
    w.add(main, 5, eventKinds.threadStart, { object: child })
    w.add(child, 9, eventKinds.threadBegin, { object: child })
    w.add(main, 12, eventKinds.wait, { object: child, flags: reasons.join })
    w.add(child, 20, eventKinds.threadEnd, { object: child })
    w.add(main, 22, eventKinds.wake, { object: child, flags: outcomes.done })
    w.end(30)
  })
  expect(lines(t)).toEqual([
    'main 0-5 runs > the start of child',
    'child 5-20 runs > the end of child',
    `main 20-22 ${reasons.join}`,
    'main 22-30 runs',
  ])
  t.db.close()
})
test('the GIL leads to who had it', () => {
  const t = written((w) => {
    const [t1, t2] = [w.thread('t1'), w.thread('t2')]
    w.add(t1, 0, eventKinds.threadBegin, { object: t1 })
    w.add(t2, 0, eventKinds.gilTake)
    w.add(t1, 5, eventKinds.gilWait)
    w.add(t2, 20, eventKinds.gilDrop)
    w.add(t1, 21, eventKinds.gilTake, { flags: 0x100 })
    w.end(30)
  })
  expect(lines(t)).toEqual(['t2 0-20 runs > GIL', `t1 20-21 ${reasons.gil}`, 't1 21-30 runs'])
  const { sums, whatIf } = criticalPath(t)
  expect(sums.filter((s) => s.by === 'object').map((s) => [s.name, s.dur])).toEqual([['GIL', 21]])
  expect(whatIf).toMatchObject([{ name: 'GIL', dur: 16 }])
  t.db.close()
})

describe('tasks', () => {
  /** A thread with a loop and two tasks, both made at 1 and able to go on at once; the thread waits in select from 10 on. */
  const loop = (
    write: (w: EventWriter, on: { main: number; loop: number; a: number; b: number }) => void,
    until = 100,
  ) =>
    written((w) => {
      const main = w.thread('MainThread')
      const loop = w.object(objectKinds.loop, main, 0).serial
      w.add(main, 0, eventKinds.threadBegin, { object: main })
      const [a, b] = ['a', 'b'].map((name) => {
        const { serial } = w.object(objectKinds.task, main, 1)
        w.line({ k: 'name', object: serial, name })
        w.add(main, 1, eventKinds.threadStart, { object: serial })
        w.add(serial, 1, eventKinds.threadBegin, { object: serial })
        w.add(serial, 1, eventKinds.ready)
        return serial
      }) as [number, number]
      w.add(a, 2, eventKinds.step, { object: loop })
      w.add(a, 4, eventKinds.suspend, { flags: reasons.sleep })
      w.add(b, 6, eventKinds.step, { object: loop })
      w.add(b, 8, eventKinds.suspend, { flags: reasons.io })
      w.add(main, 10, eventKinds.wait, { flags: reasons.io })
      write(w, { main, loop, a, b })
      w.end(until)
    })
  const end = (t: Trace) => {
    const path = lines(t)
    touch(criticalPath(t).steps)
    t.db.close()
    return path
  }
  test('a step that held the loop when a timer was due held it up', () => {
    const t = loop((w, { main, loop, a, b }) => {
      w.add(main, 20, eventKinds.wake)
      w.add(b, 21, eventKinds.ready)
      w.add(b, 22, eventKinds.step, { object: loop })
      w.add(b, 2070, eventKinds.suspend, { flags: reasons.io })
      // due 2 µs ago: while b had the loop
      w.add(a, 2080, eventKinds.ready, { arg: 2 })
      w.add(a, 2081, eventKinds.step, { object: loop })
      w.add(a, 2089, eventKinds.threadEnd, { object: a })
      w.add(a, 2090, eventKinds.suspend)
    }, 2100)
    expect(end(t).slice(-5)).toEqual([
      `b 21-22 ${reasons.loop}`,
      'b 22-2070 runs > event loop',
      `a 2070-2081 ${reasons.loop}`,
      'a 2081-2090 runs',
      'MainThread 2090-2100 runs',
    ])
  })
  test('where the loop was idle the task itself was late: it slept', () => {
    const t = loop((w, { main, loop, a }) => {
      w.add(main, 60, eventKinds.wake)
      w.add(a, 61, eventKinds.ready)
      w.add(a, 65, eventKinds.step, { object: loop })
      w.add(a, 90, eventKinds.suspend)
    })
    expect(end(t).slice(-4)).toEqual([
      `a 4-61 ${reasons.sleep}`,
      `a 61-65 ${reasons.loop}`,
      'a 65-90 runs',
      'MainThread 90-100 runs',
    ])
  })
  test('a result from another thread leads there, and not to the callback that brought it', () => {
    const t = loop((w, { main, loop, b }) => {
      const other = w.thread('other')
      w.add(other, 5, eventKinds.threadBegin, { object: other })
      w.add(other, 50, eventKinds.wait, { flags: reasons.sleep })
      w.add(main, 60, eventKinds.wake)
      w.add(main, 62, eventKinds.step, { object: loop })
      w.add(b, 63, eventKinds.ready, { object: other })
      w.add(main, 64, eventKinds.suspend, { object: loop })
      w.add(b, 65, eventKinds.step, { object: loop })
      w.add(b, 90, eventKinds.suspend)
    })
    expect(end(t)).toEqual([
      'other 5-50 runs',
      `b 50-63 ${reasons.io}`,
      `b 63-65 ${reasons.loop}`,
      'b 65-90 runs',
      'MainThread 90-100 runs',
    ])
  })
  test('its thread may wait for the GIL in its turn', () => {
    const t = loop((w, { main, loop, a }) => {
      const other = w.thread('other')
      w.add(main, 30, eventKinds.wake)
      w.add(a, 31, eventKinds.ready)
      w.add(a, 32, eventKinds.step, { object: loop })
      w.add(other, 35, eventKinds.threadBegin, { object: other })
      w.add(other, 40, eventKinds.gilTake)
      w.add(main, 45, eventKinds.gilWait)
      w.add(other, 70, eventKinds.gilDrop)
      w.add(main, 72, eventKinds.gilTake, { flags: flags.contended })
      w.add(a, 90, eventKinds.suspend)
    })
    expect(end(t).slice(-4)).toEqual([
      'other 35-70 runs > GIL',
      `a 70-72 ${reasons.gil}`,
      'a 72-90 runs',
      'MainThread 90-100 runs',
    ])
  })
  test('one that sets another one going and runs on keeps it waiting', () => {
    const t = loop((w, { main, loop, a, b }) => {
      w.add(main, 20, eventKinds.wake)
      w.add(b, 21, eventKinds.ready)
      w.add(b, 22, eventKinds.step, { object: loop })
      w.add(a, 30, eventKinds.ready, { object: b })
      w.add(b, 70, eventKinds.suspend, { flags: reasons.io })
      w.add(a, 75, eventKinds.step, { object: loop })
      w.add(a, 90, eventKinds.suspend)
    })
    expect(end(t).slice(-4)).toEqual([
      'b 22-70 runs > event loop',
      `a 70-75 ${reasons.loop}`,
      'a 75-90 runs',
      'MainThread 90-100 runs',
    ])
  })
})

test('programs of thousands of turns are told by some thousands of steps, and by sums that lose nothing', () => {
  const turns = 20_000
  const t = written((w) => {
    const threads = [w.thread('t1'), w.thread('t2')]
    const lock = w.object(objectKinds.lock, threads[0]!, 0)
    w.add(threads[1]!, 0, eventKinds.threadBegin, { object: threads[1]! })
    w.on(lock, threads[0]!, 1, eventKinds.acquire, { arg: 1 })
    for (let i = 1; i < turns; i++) {
      const [last, next] = [threads[(i - 1) % 2]!, threads[i % 2]!]
      w.add(next, i * 10 - 5, eventKinds.wait, { object: lock.serial, flags: reasons.lock })
      const seq = w.on(lock, last, i * 10, eventKinds.release)
      w.add(next, i * 10 + 2, eventKinds.wake, { object: lock.serial, arg: seq })
      w.on(lock, next, i * 10 + 3, eventKinds.acquire, { arg: 1, flags: 0x100 })
    }
    w.end(turns * 10)
  })
  const path = criticalPath(t)
  expect(path.more).toBe(true)
  expect(path.steps.length).toBeGreaterThan(2000)
  expect(path.steps.length).toBeLessThanOrEqual(8192)
  const total = (by: string) => path.sums.filter((s) => s.by === by).reduce((sum, s) => sum + s.dur, 0)
  expect(total('actor')).toBe(path.to - path.from)
  // 7 ns of each turn it is held, and 2 on its way to the next
  expect(total('object')).toBeGreaterThan(0.899 * (path.to - path.from))
  touch(path.steps)
  t.db.close()
})

const touch = (steps: { from: number; to: number }[]) => {
  for (let i = 1; i < steps.length; i++) expect(steps[i]!.from).toBe(steps[i - 1]!.to)
  for (const { from, to } of steps) expect(to).toBeGreaterThan(from)
}

test.each(Array.from({ length: 12 }, (_, i) => i + 1))('random programs have a path without a gap (%i)', (seed) => {
  const t = written((w) => {
    let last = 0
    for (const { thread, time, kind, rest, on } of randomProgram(w, seed, 5, 800)) {
      if (on) w.on(on, thread, time, kind, rest)
      else w.add(thread, time, kind, rest)
      last = time
    }
    w.end(last + 100)
  })
  const path = criticalPath(t)
  touch(path.steps)
  expect(path.steps[0]!.from).toBe(path.from)
  expect(path.steps.at(-1)!.to).toBe(t.end)
  // nobody is seen to start these threads: it ends where the one that it led to begins
  expect(path.because).toMatch(/^(worker-\d had not stopped waiting when the recording ended\.)? ?(Who started .*)?$/)
  expect(path.because.includes('Who started')).toBe(path.from > 0)
  expect(path.from === 0 || t.threads.some((thread) => thread.start === path.from)).toBe(true)
  const spent = path.sums.filter((s) => s.by === 'actor').reduce((sum, s) => sum + s.dur, 0)
  expect(spent).toBe(t.end - path.from)
  for (const { dur } of path.whatIf) expect(dur).toBeGreaterThan(0)
  t.db.close()
})

test('while more is recorded the answer is about what was there when it was asked', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-path-'))
  mkdirSync(join(folder, 'run'))
  const w = new EventWriter(join(folder, 'run'))
  const events = randomProgram(w, 5, 4, 12_000)
  const trace = createTrace(join(folder, 'trace.interleave'))
  const ingest = new Ingest(trace, join(folder, 'run'))
  let written = 0
  const more = (n: number) => {
    for (const { thread, time, kind, rest, on } of events.slice(written, written + n)) {
      if (on) w.on(on, thread, time, kind, rest)
      else w.add(thread, time, kind, rest)
    }
    written += n
    w.flush()
    while (!ingest.step(10).caughtUp);
  }
  more(8000)
  const { end } = trace
  expect(end).toBeGreaterThan(0)
  const answers = [
    (t: Trace) => criticalPathInTurns(t, {}),
    (t: Trace) => parallelismInTurns(t, { from: 0, to: end, width: 10 }),
  ].map((ask) => {
    const work = ask(trace)
    for (;;) {
      const { done, value } = work.next()
      if (done) return value
      more(40)
    }
  }) as [CriticalPath, Parallelism]
  expect(trace.end).toBeGreaterThan(end)
  touch(answers[0].steps)
  expect(answers[0].to).toBe(end)
  expect(answers[0].because).toContain('The program still runs')
  expect(answers[1].spread.reduce((sum, ns) => sum + ns, 0)).toBe(end)
  rmSync(folder, { recursive: true })
  trace.db.close()
})
