// Tasks, event loops and the GIL, from records to slices and arrows. Each test is a story of a few records.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventKinds as ev, flags, objectKinds, outcomes, reasons } from '../../wire/kinds.ts'
import { collectives } from '../../wire/operations.ts'
import { createTrace } from '../store/database.ts'
import { makeRows } from '../store/rows.ts'
import type { Trace } from '../store/trace.ts'
import { Ingest } from './ingest.ts'
import { EventWriter } from './write-events.ts'

let folder: string
const open: Trace[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interleave-actors-'))
  mkdirSync(join(folder, 'run'))
})
afterEach(() => {
  for (const trace of open.splice(0)) trace.close()
  rmSync(folder, { recursive: true })
})
const ingested = (script: (w: EventWriter, main: number) => void, end = 1000): Trace => {
  const writer = new EventWriter(join(folder, 'run'))
  script(writer, writer.thread('main'))
  writer.end(end)
  writer.close()
  const trace = createTrace(join(folder, 'trace.sqlite'))
  open.push(trace)
  new Ingest(trace, join(folder, 'run')).finish()
  makeRows(trace)
  return trace
}
const all = (trace: Trace, sql: string) => trace.db.prepare(sql).raw().all()
/** lane's kind and name, what, with whom, from, how long */
const slices = (trace: Trace, kind: string) =>
  all(
    trace,
    `SELECT t.name, k.name, o.name, s.start, s.dur FROM slice s JOIN lane l ON l.id = s.lane JOIN object t ON t.id = l.object
     JOIN kind k ON k.what = 'slice' AND k.id = s.kind LEFT JOIN object o ON o.id = s.object
     WHERE l.kind = '${kind}' ORDER BY s.start, t.name`,
  )
const flows = (trace: Trace) =>
  all(
    trace,
    `SELECT k.name, a.name, f.from_time, b.name, f.to_time FROM flow f JOIN kind k ON k.what = 'flow' AND k.id = f.kind
     JOIN lane la ON la.id = f.from_lane JOIN object a ON a.id = la.object
     JOIN lane lb ON lb.id = f.to_lane JOIN object b ON b.id = lb.object ORDER BY f.to_time`,
  )
const losses = (trace: Trace) => all(trace, 'SELECT what FROM loss')

describe('the GIL', () => {
  test('is given and taken by the records of a call that does nothing else with it', () => {
    const trace = ingested((w, main) => {
      const [to, from] = [0, 1].map(() => w.object(objectKinds.channel, main, 0).serial) as [number, number]
      w.add(main, 0, ev.gilTake)
      w.add(main, 10, ev.send, { object: to, seq: 1, flags: flags.blocks | flags.gil })
      w.add(main, 30, ev.wake, { object: to, flags: outcomes.done | flags.gil })
      w.add(main, 40, ev.wait, { object: from, flags: reasons.message | flags.gil })
      w.add(main, 90, ev.receive, { object: from, seq: 1, flags: flags.ends | flags.gil })
      const world = w.object(objectKinds.communicator, main, 92, 0, 1).serial
      w.add(main, 95, ev.enter, { object: world, seq: 1, flags: collectives.barrier | flags.gil })
      w.add(main, 99, ev.leave, { object: world, seq: 1, flags: outcomes.done | flags.gil })
      w.add(main, 102, ev.gilDrop)
    })
    expect(slices(trace, 'gil')).toEqual([
      ['GIL', 'hold', 'main', 0, 10],
      ['GIL', 'hold', 'main', 30, 10],
      ['GIL', 'hold', 'main', 90, 5],
      ['GIL', 'hold', 'main', 99, 3],
    ])
    expect(slices(trace, 'thread').map((s) => (s as unknown[]).filter((_, i) => i !== 0 && i !== 2))).toEqual([
      ['send', 10, 20],
      ['message', 40, 50],
      ['collective', 95, 4],
    ])
    expect(losses(trace)).toEqual([])
  })
  test('is held by one thread at a time, and waited for', () => {
    const trace = ingested((w, main) => {
      const other = w.thread('other')
      w.add(main, 0, ev.gilTake)
      w.add(other, 10, ev.gilWait)
      w.add(main, 50, ev.gilDrop)
      w.add(other, 52, ev.gilTake, { flags: flags.contended | flags.forced })
      w.add(other, 90, ev.gilDrop)
    })
    expect(slices(trace, 'gil')).toEqual([
      ['GIL', 'holdContended', 'main', 0, 50],
      ['GIL', 'hold', 'other', 52, 38],
    ])
    expect(slices(trace, 'thread')).toEqual([['other', 'gil', 'GIL', 10, 42]])
    expect(flows(trace)).toEqual([['release', 'main', 50, 'other', 52]])
    expect(
      all(
        trace,
        'SELECT o.name, h.name, b.dur FROM blame b JOIN object o ON o.id = object JOIN object h ON h.id = holder',
      ),
    ).toEqual([['GIL', 'main', 40]])
    expect(losses(trace)).toEqual([])
  })
  test('a sleeper that has to wait for it has slept until then', () => {
    const trace = ingested((w, main) => {
      w.add(main, 5, ev.wait, { flags: reasons.sleep, arg: 1 })
      w.add(main, 6, ev.gilDrop)
      w.add(main, 50, ev.gilWait)
      w.add(main, 70, ev.gilTake, { flags: flags.contended })
      w.add(main, 71, ev.wake)
    })
    expect(slices(trace, 'thread')).toEqual([
      ['main', 'sleep', null, 5, 45],
      ['main', 'gil', 'GIL', 50, 20],
    ])
    expect(all(trace, 'SELECT waited FROM thread')).toEqual([[20]])
  })
  test('a wait that goes on after a signal has the wait for the GIL inside', () => {
    const trace = ingested((w, main) => {
      const lock = w.object(objectKinds.lock, main, 1)
      w.add(main, 5, ev.wait, { flags: reasons.lock, object: lock.serial })
      w.add(main, 6, ev.gilDrop)
      w.add(main, 50, ev.gilWait)
      w.add(main, 70, ev.gilTake, { flags: flags.contended })
      w.add(main, 75, ev.gilDrop)
      w.add(main, 90, ev.gilTake)
      w.add(main, 91, ev.wake, { object: lock.serial })
    })
    expect(slices(trace, 'thread')).toEqual([
      ['main', 'lock', 'Lock #2', 5, 86],
      ['main', 'gil', 'GIL', 50, 20],
    ])
  })
})

describe('tasks on a loop', () => {
  /** a loop, and a task whose coroutine is the function of that name */
  const task = (w: EventWriter, by: number, at: number, func: string) => {
    const site = w.site('app.py', 10 + func.length, func)
    const { serial } = w.object(objectKinds.task, by, at, w.site('app.py', 3, 'main'), site)
    w.add(by, at, ev.threadStart, { object: serial })
    w.add(serial, at, ev.threadBegin, { object: serial })
    w.add(serial, at, ev.ready, { object: by })
    return serial
  }

  test('step, wait, be ready, wait for the turn', () => {
    const trace = ingested((w, main) => {
      const loop = w.object(objectKinds.loop, main, 0)
      const a = task(w, main, 1, 'fetch')
      const b = task(w, main, 2, 'store')
      w.add(a, 10, ev.step, { object: loop.serial })
      w.add(a, 20, ev.suspend, { flags: reasons.task, object: b, site: w.site('app.py', 12, 'fetch') })
      w.add(b, 21, ev.step, { object: loop.serial })
      w.add(b, 30, ev.threadEnd, { object: b, flags: outcomes.done })
      w.add(b, 31, ev.suspend)
      w.add(a, 32, ev.ready, { object: b })
      w.add(a, 40, ev.step, { object: loop.serial })
      w.add(a, 44, ev.threadEnd, { object: a, flags: outcomes.cancelled })
      w.add(a, 45, ev.suspend)
    })
    expect(slices(trace, 'task')).toEqual([
      ['fetch', 'loop', null, 1, 9],
      ['store', 'loop', null, 2, 19],
      ['fetch', 'task', 'store', 20, 12],
      ['fetch', 'loop', 'event loop', 32, 8],
    ])
    expect(slices(trace, 'loop')).toEqual([
      ['event loop', 'hold', 'fetch', 10, 10],
      ['event loop', 'hold', 'store', 21, 10],
      ['event loop', 'hold', 'fetch', 40, 5],
    ])
    expect(flows(trace)).toEqual([
      ['start', 'main', 1, 'fetch', 1],
      ['start', 'main', 2, 'store', 2],
      ['join', 'store', 32, 'fetch', 32],
    ])
    expect(
      all(trace, 'SELECT t.name, t."end", t.error, o.line FROM task t JOIN object o ON o.id = t.id ORDER BY t.id'),
    ).toEqual([
      ['fetch', 44, 'cancelled', 3],
      ['store', 30, null, 3],
    ])
    expect(losses(trace)).toEqual([])
  })
  test('a step of 50 ms stalls the loop, and who was ready waited for whoever made it', () => {
    const trace = ingested((w, main) => {
      const loop = w.object(objectKinds.loop, main, 0)
      const a = task(w, main, 1, 'compute')
      w.add(main, 5e6, ev.step, { object: loop.serial })
      w.add(main, 6e6, ev.suspend)
      w.add(a, 10e6, ev.step, { object: loop.serial })
      w.add(a, 60e6, ev.suspend, { flags: reasons.loop })
      w.add(a, 61e6, ev.step, { object: loop.serial })
    }, 70e6)
    expect(slices(trace, 'loop').map((s) => (s as unknown[]).slice(1))).toEqual([
      ['hold', 'main', 5e6, 1e6],
      ['stall', 'compute', 10e6, 50e6],
      ['hold', 'compute', 61e6, 9e6],
    ])
  })
  test('a timer that is seen late: the sleep ended when it was due, from then on the loop was waited for', () => {
    const trace = ingested((w, main) => {
      const loop = w.object(objectKinds.loop, main, 0)
      const [a, b] = [task(w, main, 1, 'guest'), task(w, main, 1, 'cook')]
      w.add(a, 10e6, ev.step, { object: loop.serial })
      w.add(a, 11e6, ev.suspend, { flags: reasons.sleep })
      w.add(b, 12e6, ev.step, { object: loop.serial })
      w.add(b, 72e6, ev.suspend)
      w.add(a, 73e6, ev.ready, { arg: 40_000 })
      w.add(a, 74e6, ev.step, { object: loop.serial })
    }, 80e6)
    expect(
      slices(trace, 'task')
        .filter((s) => (s as unknown[])[0] === 'guest')
        .slice(1),
    ).toEqual([
      ['guest', 'sleep', null, 11e6, 22e6],
      ['guest', 'loop', expect.stringContaining('event loop'), 33e6, 41e6],
    ])
    const sql =
      "SELECT h.name, b.dur FROM blame b JOIN object o ON o.id = object JOIN object h ON h.id = holder WHERE o.kind = 'loop' AND b.dur > 1e6"
    expect(all(trace, sql)).toEqual([['cook', 39e6]])
  })
  test("an error that is told before the task has its turn is the task's", () => {
    const trace = ingested((w, main) => {
      w.line({ k: 'error', thread: 2, type: 'ValueError', text: 'no' })
      const a = task(w, main, 1, 'fails')
      w.add(a, 5, ev.threadEnd, { object: a, flags: outcomes.raised })
    })
    expect(all(trace, 'SELECT name, error FROM task')).toEqual([['fails', 'ValueError: no']])
    expect(all(trace, 'SELECT name FROM thread')).toEqual([['main']])
  })
  test('gather waits for several tasks at once', () => {
    const trace = ingested((w, main) => {
      const loop = w.object(objectKinds.loop, main, 0)
      const [a, b, c] = [task(w, main, 1, 'all'), task(w, main, 1, 'one'), task(w, main, 1, 'two')]
      w.add(a, 10, ev.step, { object: loop.serial })
      w.add(a, 20, ev.suspend, { flags: reasons.task })
      w.add(a, 20, ev.awaits, { object: b })
      w.add(a, 20, ev.awaits, { object: c })
      w.add(b, 50, ev.threadEnd, { object: b })
      w.add(a, 90, ev.ready, { object: c })
    })
    expect(slices(trace, 'task').filter((s) => (s as string[])[1] === 'task')).toEqual([
      ['all', 'task', null, 20, 70],
      ['all', 'task', 'one', 20, 30],
      ['all', 'task', 'two', 20, 70],
    ])
    expect(flows(trace).at(-1)).toEqual(['join', 'two', 90, 'all', 90])
  })
  test('a lock between tasks is held and waited for as between threads', () => {
    const trace = ingested((w, main) => {
      const loop = w.object(objectKinds.loop, main, 0)
      const lock = w.object(objectKinds.lock, main, 0)
      const [a, b] = [task(w, main, 1, 'first'), task(w, main, 1, 'second')]
      w.add(a, 10, ev.step, { object: loop.serial })
      w.on(lock, a, 11, ev.acquire)
      w.add(a, 12, ev.suspend, { flags: reasons.sleep })
      w.add(b, 13, ev.step, { object: loop.serial })
      w.add(b, 15, ev.suspend, { flags: reasons.lock, object: lock.serial })
      w.add(a, 40, ev.ready)
      w.add(a, 41, ev.step, { object: loop.serial })
      w.on(lock, a, 45, ev.release)
      w.add(b, 45, ev.ready, { object: a })
      w.add(a, 46, ev.suspend)
      w.add(b, 47, ev.step, { object: loop.serial })
      w.on(lock, b, 48, ev.acquire, { flags: flags.contended })
      w.on(lock, b, 49, ev.release)
      w.add(b, 50, ev.suspend)
    })
    expect(slices(trace, 'lock')).toEqual([
      ['Lock #3', 'holdContended', 'first', 11, 34],
      ['Lock #3', 'hold', 'second', 48, 1],
    ])
    expect(flows(trace).filter((f) => (f as string[])[0] === 'release')).toEqual([
      ['release', 'first', 45, 'second', 45],
    ])
  })
})
