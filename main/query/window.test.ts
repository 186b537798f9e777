// A window folds exactly: its counts and times are those of SQL over the rows, whatever the width and wherever it looks.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sliceKinds } from '../../wire/kinds.ts'
import { simulate, writeRun } from '../bench/simulate.ts'
import { drawn } from '../ingest/drawing.ts'
import { Ingest } from '../ingest/ingest.ts'
import { randomNumbers } from '../ingest/random-program.ts'
import { createTrace, openTrace } from '../store/database.ts'
import { makeRows } from '../store/rows.ts'
import type { Trace } from '../store/trace.ts'
import { window } from './window.ts'

let folder: string
let trace: Trace
let live: Trace
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'interleave-window-'))
  mkdirSync(join(folder, 'run'))
  writeRun(join(folder, 'run'), simulate(400_000))
  // the same events twice: finished and reopened, and still recording with everything in tails and blocks
  const made = createTrace(join(folder, 'a.interleave'))
  new Ingest(made, join(folder, 'run')).finish()
  makeRows(made)
  made.settle()
  made.close()
  trace = openTrace(join(folder, 'a.interleave'))
  live = createTrace(join(folder, 'b.interleave'))
  const ingest = new Ingest(live, join(folder, 'run'))
  while (!ingest.step(1000).caughtUp);
  // a finished writer cannot tell: the view of a live trace reaches to now
  live.end = trace.end
})
afterAll(() => {
  trace.close()
  live.close()
  rmSync(folder, { recursive: true })
})

const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0)
const busy = (t: Trace, from: number, to: number, lane: number, width: number) => {
  const w = window(t, { from, to, width, lanes: [lane] })
  let time = 0
  for (let i = 0; i < w.x0.length; i++)
    time += ((w.x1[i]! - w.x0[i]!) * sum(w.share.subarray(i * 6, i * 6 + 6))) / 65535
  return { count: sum(w.count), time: (time * (to - from)) / width, items: w.x0.length, w }
}
const rows = (lane: number, from: number, to: number) =>
  trace.db
    .prepare(
      `SELECT count(*) AS count, coalesce(sum(min(start + dur, :to) - max(start, :from)), 0) AS time FROM slice
       WHERE lane = :lane AND start <= :to AND start + dur >= :from`,
    )
    .get({ lane, from, to }) as { count: number; time: number }

describe.each(['finished', 'live'])('%s', (state) => {
  const subject = () => (state === 'live' ? live : trace)

  test('the whole of each lane has each slice once, and its time', () => {
    for (const lane of subject().lanes.slice(1)) {
      const found = busy(subject(), 0, trace.end + 1, lane.id, 2000)
      const wanted = rows(lane.id, 0, trace.end + 1)
      expect(found.count).toBe(wanted.count)
      expect(found.items).toBeLessThan(2 * 2000)
      expect(Math.abs(found.time - wanted.time)).toBeLessThan(wanted.time * 0.001 + trace.end / 2000)
    }
  })

  test('any window has the slices of its pixels, give or take those at its edges', () => {
    const random = randomNumbers(3)
    for (let i = 0; i < 600; i++) {
      const wide = Math.max(2, trace.end * Math.pow(10, -5 * random()))
      const from = Math.floor(random() * (trace.end - wide))
      const to = Math.floor(from + wide) + 1
      const width = 100 + Math.floor(random() * 3000)
      const lane = 1 + Math.floor(random() * (trace.lanes.length - 1))
      const pixel = (to - from) / width
      const found = busy(subject(), from, to, lane, width)
      const inner = rows(lane, from, to)
      const outer = rows(lane, from - 3 * pixel, to + 3 * pixel)
      expect(found.count).toBeGreaterThanOrEqual(inner.count)
      expect(found.count).toBeLessThanOrEqual(outer.count)
      expect(Math.abs(found.time - inner.time)).toBeLessThan(4 * pixel + inner.time * 0.002)
      const { x0, x1 } = found.w
      for (let k = 0; k < x0.length; k++) {
        expect(x0[k]).toBeGreaterThanOrEqual(-1.001)
        expect(x1[k]).toBeLessThanOrEqual(width + 1.001)
        if (k > 0) expect(x0[k]! - x1[k - 1]!).toBeGreaterThan(-0.01)
      }
    }
  })

  test('a slice wider than a pixel is itself', () => {
    const wide = trace.db
      .prepare('SELECT lane, start, dur, kind FROM slice ORDER BY dur DESC LIMIT 20')
      .all() as Record<string, number>[]
    for (const { lane, start, dur, kind } of wide) {
      const from = start! - dur!
      const w = window(subject(), { from, to: from + 3 * dur!, width: 3000, lanes: [lane!] })
      const at = [...w.x0].findIndex((x, i) => Math.abs(x - 1000) < 0.01 && w.count[i] === 1)
      expect(w.x1[at]).toBeCloseTo(2000, 1)
      expect(w.kind[at]).toBe(kind)
    }
  })
})

test('lanes that are not there are empty', () => {
  const w = window(trace, { from: 0, to: 100, width: 10, lanes: [1, 99999, 2] })
  expect(w.lanes).toEqual([1, 99999, 2])
  expect(w.first[2]! - w.first[1]!).toBe(0)
})

test('a queue shows how full it is', () => {
  const t = drawn(`t1  ..+++.........\nt2  .........---..`, { objects: { Q: { kind: 'queue', capacity: 3 } } })
  const lane = t.lanes.find((l) => l?.kind === 'queue')!
  const w = window(t, { from: 0, to: 14, width: 1400, lanes: [lane.id] })
  expect([...w.value]).toEqual([0, 1, 2, 3, 2, 1, 0])
  expect([...w.kind]).toEqual(Array(7).fill(sliceKinds.depth))
  // empty, up to half full, above half, full
  const classes = [...w.value].map((_, i) => [...w.share.subarray(i * 6, i * 6 + 6)].indexOf(65535))
  expect(classes).toEqual([0, 1, 2, 3, 2, 1, 0])
  t.close()
})

test('what is open now reaches to the end', () => {
  const t = drawn(`t1  AAAAAAAA\nt2  ..aaaaaa`, { live: true })
  const lanes = t.lanes.slice(1).map((l) => l.id)
  const w = window(t, { from: 0, to: 8, width: 800, lanes })
  const items = [...w.x0].map((x, i) => [x, w.x1[i], w.kind[i]])
  expect(items).toEqual([
    [0, 800, sliceKinds.holdContended],
    [200, 800, sliceKinds.lock],
  ])
  t.close()
})
