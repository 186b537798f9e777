import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { drawn, type Drawing } from '../ingest/drawing.ts'
import { Ingest } from '../ingest/ingest.ts'
import { randomProgram } from '../ingest/random-program.ts'
import { EventWriter } from '../ingest/write-events.ts'
import { createTrace } from '../store/database.ts'
import type { Trace } from '../store/trace.ts'
import { Replay } from './replay.ts'
import { WaitGraph } from './wait-graph.ts'

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
    const folder = mkdtempSync(join(tmpdir(), 'interleave-replay-'))
    mkdirSync(join(folder, 'run'))
    const w = new EventWriter(join(folder, 'run'))
    let last = 0
    for (const { thread, time, kind, rest, on } of randomProgram(w, seed, 2 + (seed % 5), 700)) {
      if (on) w.on(on, thread, time, kind, rest)
      else w.add(thread, time, kind, rest)
      last = time
    }
    w.end(last + 100)
    w.close()
    const t = createTrace(join(folder, 'trace.interleave'))
    new Ingest(t, join(folder, 'run')).finish()
    rmSync(folder, { recursive: true })
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
