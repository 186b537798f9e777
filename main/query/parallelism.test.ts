import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventKinds, objectKinds, reasons } from '../../wire/kinds.ts'
import { drawn, type Drawing } from '../ingest/drawing.ts'
import { Ingest } from '../ingest/ingest.ts'
import { randomNumbers, randomProgram } from '../ingest/random-program.ts'
import { EventWriter } from '../ingest/write-events.ts'
import { createTrace } from '../store/database.ts'
import { makeRows } from '../store/rows.ts'
import type { Trace } from '../store/trace.ts'
import { parallelism } from './parallelism.ts'

const asked = (drawing: string, { from = 0, to = Infinity, width = 1, ...options }: Drawing & Asked = {}) => {
  const t = drawn(drawing, { unit: 10, ...options })
  const { running, spread, mean, because } = parallelism(t, { from, to: Math.min(to, t.end), width })
  t.db.close()
  return { running: [...running], spread, mean, because }
}
interface Asked {
  from?: number
  to?: number
  width?: number
}
const waitsOn = (trace: Trace, lane: number) =>
  trace.db.prepare('SELECT start, start + dur FROM slice WHERE lane = ?').raw().all(lane) as [number, number][]
/** A recording written by hand. */
const written = (write: (w: EventWriter) => void): Trace => {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-parallelism-'))
  mkdirSync(join(folder, 'run'))
  const w = new EventWriter(join(folder, 'run'))
  write(w)
  w.close()
  const trace = createTrace(join(folder, 'trace.interleave'))
  new Ingest(trace, join(folder, 'run')).finish()
  makeRows(trace)
  rmSync(folder, { recursive: true })
  return trace
}

const two = `
  t1  AAAA....
  t2  ..aaAAzz
`
test.each([{ live: false }, { live: true }])('a thread runs when it does not wait (live: $live)', ({ live }) => {
  const { running, spread, mean } = asked(two, { live, width: 8 })
  expect(running).toEqual([2, 2, 1, 1, 2, 2, 1, 1])
  expect(spread).toEqual([0, 40, 40])
  expect(mean).toBe(1.5)
})
test('only the area counts, and a pixel has the mean of what is in it', () => {
  expect(asked(two, { from: 10, to: 40, width: 1 })).toMatchObject({
    spread: [0, 20, 10],
    running: [expect.closeTo(4 / 3, 5)],
  })
})
test('nobody runs before the start and after the end of a thread', () => {
  const drawing = `
    t1  ..zz....
    t2  .....   
  `
  expect(asked(drawing, { width: 8 }).running).toEqual([2, 2, 1, 1, 2, 1, 1, 1])
})
test('a thread that waits for the GIL does not run', () => {
  const t = written((w) => {
    const [t1, t2] = [w.thread('t1'), w.thread('t2')]
    w.add(t1, 0, eventKinds.gilTake)
    w.add(t2, 10, eventKinds.gilWait)
    w.add(t1, 40, eventKinds.gilDrop)
    w.add(t2, 45, eventKinds.gilTake)
    w.end(60)
  })
  expect(parallelism(t, { from: 0, to: 60, width: 1 })).toMatchObject({ spread: [0, 45, 15], because: '' })
  t.db.close()
})
test('where the GIL was not seen it is said', () => {
  expect(asked(two).because).toMatch(/GIL of drawing.py was not seen/)
  expect(asked('t1  ....').because).toBe('')
})

test("a task runs only while it has the loop, with the loop's thread as one, and not while it waits inside its step", () => {
  const t = written((w) => {
    const main = w.thread('MainThread')
    const loop = w.object(objectKinds.loop, main, 0)
    const task = w.object(objectKinds.task, main, 0)
    w.add(main, 0, eventKinds.threadBegin, { object: main })
    w.add(main, 10, eventKinds.wait, { flags: reasons.io })
    w.add(task.serial, 10, eventKinds.suspend, { flags: reasons.sleep })
    w.add(main, 40, eventKinds.wake)
    w.add(task.serial, 40, eventKinds.ready)
    w.add(task.serial, 45, eventKinds.step, { object: loop.serial })
    w.add(task.serial, 50, eventKinds.wait, { flags: reasons.sleep, arg: 1 })
    w.add(task.serial, 70, eventKinds.wake)
    w.add(task.serial, 80, eventKinds.suspend, { flags: reasons.sleep })
    w.end(100)
  })
  const { running, spread } = parallelism(t, { from: 0, to: 100, width: 10 })
  expect([...running]).toEqual([1, 0, 0, 0, 1, 0, 0, 1, 1, 1])
  expect(spread).toEqual([50, 50])
  t.db.close()
})

test.each([1, 2, 3])('random programs: as if each ns were looked at (%i)', (seed) => {
  const t = written((w) => {
    let last = 0
    for (const { thread, time, kind, rest, on } of randomProgram(w, seed, 5, 600)) {
      if (on) w.on(on, thread, time, kind, rest)
      else w.add(thread, time, kind, rest)
      last = time
    }
    w.end(last + 100)
  })
  const random = randomNumbers(seed)
  const from = Math.floor(random() * t.end * 0.5)
  const to = from + Math.floor(random() * (t.end - from))
  const threads = t.threads.map(({ object, start }) => ({ start, waits: waitsOn(t, object.lane!.id) }))
  const runs = (time: number) =>
    threads.filter((of) => of.start <= time && !of.waits.some(([start, end]) => start <= time && time < end)).length
  const spread: number[] = []
  for (let time = from; time < to; time++) spread[runs(time)] = (spread[runs(time)] ?? 0) + 1
  const answer = parallelism(t, { from, to, width: 7 })
  expect(answer.spread).toEqual(Array.from(spread, (n) => n ?? 0))
  expect(answer.running.reduce((a, b) => a + b, 0) / 7).toBeCloseTo(answer.mean, 3)
  t.db.close()
})
