import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventKinds, flags, objectKinds, reasons } from '../../wire/kinds.ts'
import { drawn, type Drawing } from '../ingest/drawing.ts'
import { Ingest } from '../ingest/ingest.ts'
import { randomNumbers, randomProgram } from '../ingest/random-program.ts'
import { EventWriter } from '../ingest/write-events.ts'
import { createTrace } from '../store/database.ts'
import type { Trace } from '../store/trace.ts'
import { Replay } from './replay.ts'
import { WaitGraph } from './wait-graph.ts'

/** A recording written by hand. */
const written = (write: (w: EventWriter) => void): Trace => {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-replay-'))
  mkdirSync(join(folder, 'run'))
  const w = new EventWriter(join(folder, 'run'))
  write(w)
  w.close()
  const trace = createTrace(join(folder, 'trace.interleave'))
  new Ingest(trace, join(folder, 'run')).finish()
  rmSync(folder, { recursive: true })
  return trace
}
const done = <T>(work: Generator<void, T>): T => {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}
/** When each thread comes to the end without the waits for the object; '' = with all of them. */
const ends = (t: Trace, without: string, area: { from: number; to: number } = { from: 0, to: Infinity }) => {
  const graph = new WaitGraph(t)
  done(graph.build())
  const replay = new Replay(graph)
  done(replay.prepare(t.end))
  const object = t.objects.findIndex((o) => o?.name === without)
  return Object.fromEntries(
    graph.actors.map((a) => [t.objects[a.object]!.name, done(replay.end(a, without ? { object, ...area } : null))]),
  )
}
const endsOf = (drawing: string, without: string, options: Drawing = {}, area?: { from: number; to: number }) => {
  const t = drawn(drawing, options)
  const found = ends(t, without, area)
  t.db.close()
  return found
}
const relay = `
  t1  AAAA.........
  t2  .aaaAAAAbbB..
  t3  ..aaaaaaA....
  t4  BBBBBBBBBB...
`

test('with nothing removed every thread is where it was', () => {
  expect(endsOf(relay, '')).toEqual({ t1: 13, t2: 13, t3: 13, t4: 13 })
})
test('without the waits for a lock its users overlap, and other waits stay', () => {
  // t2 takes A at once and still waits for B until 10; t3 needs not wait 6
  expect(endsOf(relay, 'A')).toMatchObject({ t2: 13, t3: 7 })
  expect(endsOf(relay, 'B')).toMatchObject({ t2: 11, t3: 13 })
})
test('who is let in by another thread is let in as much sooner as that one is', () => {
  const drawing = `
    t1  AAAAAAA......
    t2  BBBBBBBBBBB..
    t2  ....aaaA.....
    t3  ..bbbbbbbbbBB
  `
  expect(endsOf(drawing, '').t3).toBe(13)
  expect(endsOf(drawing, 'A').t3).toBe(10)
})
test('only waits that end in the area are removed', () => {
  expect(endsOf(relay, 'A', {}, { from: 4, to: 7 }).t3).toBe(13)
  expect(endsOf(relay, 'A', {}, { from: 7, to: 9 }).t3).toBe(7)
})
test('a sleep lasts as long as it did, and an item does not come before it was put', () => {
  const drawing = `
    t1  AAAA...........
    t2  .aaaA.zzzz.+...
    t3  ..qqqqqqqqqq-..
  `
  const objects: Drawing['objects'] = { A: { kind: 'lock' }, Q: { kind: 'queue', name: 'jobs' } }
  expect(endsOf(drawing, 'A', { objects })).toEqual({ t1: 15, t2: 12, t3: 12 })
  expect(endsOf(drawing, 'jobs', { objects })).toEqual({ t1: 15, t2: 15, t3: 15 })
})
test('an item that was there already may come too late for who is now earlier', () => {
  const drawing = `
    t1  AAAAAAAA...........
    t2  .......+...........
    t3  .aaaaaaaA..-.......
  `
  const objects: Drawing['objects'] = { A: { kind: 'lock' }, Q: { kind: 'queue', name: 'jobs' } }
  // by itself it would get the item at 4
  expect(endsOf(drawing, 'A', { objects })).toEqual({ t1: 19, t2: 19, t3: 15 })
})

test.each(Array.from({ length: 15 }, (_, i) => i + 1))(
  'random programs: the same again with nothing removed, never longer without something (%i)',
  (seed) => {
    const t = written((w) => {
      let last = 0
      for (const { thread, time, kind, rest, on } of randomProgram(w, seed, 2 + (seed % 5), 700)) {
        if (on) w.on(on, thread, time, kind, rest)
        else w.add(thread, time, kind, rest)
        last = time
      }
      w.end(last + 100)
    })
    expect(new Set(Object.values(ends(t, '')))).toEqual(new Set([t.end]))
    let sooner = 0
    for (const object of t.objects.filter((o) => o && !o.thread)) {
      const without = Object.values(ends(t, object.name))
      for (const end of without) expect(end).toBeLessThanOrEqual(t.end)
      if (without.some((end) => end < t.end)) sooner++
    }
    expect(sooner).toBeGreaterThan(0)
    t.db.close()
  },
)

interface Worker {
  serial: number
  /** ns it runs, and then holds the lock, again and again */
  work: { runs: number; holds: number }[]
  tail: number
  end: number
}
/** Threads with one lock, in which who comes first is let in first; written as they would be. */
function oneLock(w: EventWriter, seed: number): Worker[] {
  const random = randomNumbers(seed)
  const between = (low: number, high: number) => low + Math.floor(random() * (high - low))
  const workers: Worker[] = Array.from({ length: between(2, 7) }, (_, i) => ({
    serial: w.thread(`t${i}`),
    work: Array.from({ length: between(1, 12) }, () => ({ runs: between(1, 90), holds: between(1, 60) })),
    tail: between(1, 50),
    end: 0,
  }))
  for (const { serial } of workers) w.add(serial, 0, eventKinds.threadBegin, { object: serial })
  const lock = w.object(objectKinds.lock, workers[0]!.serial, 0)
  const events: { time: number; write: () => void }[] = []
  const left = workers.map((worker) => ({ worker, work: [...worker.work], came: worker.work[0]!.runs }))
  for (let free = 0; left.length > 0;) {
    const first = left.reduce((a, b) => (b.came < a.came ? b : a))
    const { worker, work, came } = first
    const { serial } = worker
    const got = Math.max(came, free)
    if (got > came) {
      const wait = { object: lock.serial, flags: reasons.lock }
      events.push({ time: came, write: () => w.add(serial, came, eventKinds.wait, wait) })
      events.push({ time: got, write: () => w.add(serial, got, eventKinds.wake, { object: lock.serial }) })
    }
    const how = { arg: 1, flags: got > came ? flags.contended : 0 }
    const end = got + work.shift()!.holds
    events.push({ time: got, write: () => w.on(lock, serial, got, eventKinds.acquire, how) })
    events.push({ time: end, write: () => w.on(lock, serial, end, eventKinds.release) })
    free = end
    if (work[0]) first.came = end + work[0].runs
    else left.splice(left.indexOf(first), 1)
    worker.end = end + worker.tail
  }
  for (const { write } of events.sort((a, b) => a.time - b.time)) write()
  w.end(Math.max(...workers.map((worker) => worker.end)))
  return workers
}
test.each(Array.from({ length: 25 }, (_, i) => i + 1))(
  'programs with one lock: without it each thread takes what it takes alone, to the ns (%i)',
  (seed) => {
    let workers: Worker[] = []
    const trace = written((w) => (workers = oneLock(w, seed)))
    expect([...trace.losses.keys()]).toEqual([])
    const without = ends(trace, trace.objects.find((o) => o?.kind === objectKinds.lock)!.name)
    workers.forEach(({ work, tail, end }, i) => {
      const alone = work.reduce((sum, { runs, holds }) => sum + runs + holds, tail)
      expect(without[`t${i}`]! - (trace.end - end)).toBe(alone)
    })
    trace.db.close()
  },
)
