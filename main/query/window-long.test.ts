// A lane so long that its blocks are merged into a super: at every width its windows are those of SQL over the rows.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventKinds, objectKinds } from '../../wire/kinds.ts'
import { Ingest } from '../ingest/ingest.ts'
import { randomNumbers } from '../ingest/random-program.ts'
import { EventWriter } from '../ingest/write-events.ts'
import { createTrace, openTrace } from '../store/database.ts'
import { blocksOfSuper } from '../store/detail.ts'
import { loadAhead } from '../store/read.ts'
import { makeRows } from '../store/rows.ts'
import { blockSlices } from '../store/tail.ts'
import type { Trace } from '../store/trace.ts'
import { window } from './window.ts'

/** a super, a block by itself and a tail */
const holds = (blocksOfSuper + 1) * blockSlices + 700
/** from the level that a super begins with to the coarsest */
const widths = [1000, 300, 100, 30]

let folder: string
let finished: Trace
let live: Trace
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'interleave-long-'))
  mkdirSync(join(folder, 'run'))
  const writer = new EventWriter(join(folder, 'run'))
  const thread = writer.thread('MainThread')
  const lock = writer.object(objectKinds.lock, thread, 0)
  const random = randomNumbers(11)
  let time = 0
  for (let i = 0; i < holds; i++) {
    time += 1 + Math.floor(Math.pow(10, 4 * random()))
    writer.on(lock, thread, time, eventKinds.acquire, { arg: 1 })
    // one in a thousand is a thousand times longer
    time += Math.floor(Math.pow(10, 3 * random()) * (i % 1000 === 500 ? 1000 : 1))
    writer.on(lock, thread, time, eventKinds.release)
  }
  writer.end(time)
  writer.close()
  const made = createTrace(join(folder, 'a.interleave'))
  new Ingest(made, join(folder, 'run')).finish()
  makeRows(made)
  made.settle()
  made.close()
  finished = openTrace(join(folder, 'a.interleave'))
  live = createTrace(join(folder, 'b.interleave'))
  const ingest = new Ingest(live, join(folder, 'run'))
  while (!ingest.step(1000).caughtUp);
})
afterAll(() => {
  finished.close()
  live.close()
  rmSync(folder, { recursive: true })
})

const rows = (lane: number, from: number, to: number) =>
  finished.db
    .prepare(
      `SELECT count(*) AS count, coalesce(sum(min(start + dur, :to) - max(start, :from)), 0) AS time FROM slice
       WHERE lane = :lane AND start <= :to AND start + dur >= :from`,
    )
    .get({ lane, from, to }) as { count: number; time: number }

describe.each(['finished', 'live'])('%s', (state) => {
  test('from the whole to a single slice', () => {
    const trace = state === 'live' ? live : finished
    const lane = trace.lanes.find((l) => l?.kind === 'lock')!
    expect(lane.supers.length).toBe(1)
    expect(lane.blocks.length).toBeGreaterThan(blocksOfSuper)
    const random = randomNumbers(5)
    const { end } = finished
    for (let wide = end; wide > 100; wide /= 2.3) {
      for (const width of widths) {
        const from = Math.floor(random() * (end - wide))
        const to = from + wide
        const w = window(trace, { from, to, width, lanes: [lane.id] })
        const pixel = wide / width
        const inner = rows(lane.id, from, to)
        const outer = rows(lane.id, from - 3 * pixel, to + 3 * pixel)
        let count = 0
        let time = 0
        for (let i = 0; i < w.x0.length; i++) {
          count += w.count[i]!
          for (let c = 0; c < 6; c++) time += ((w.x1[i]! - w.x0[i]!) * pixel * w.share[i * 6 + c]!) / 65535
        }
        expect(count).toBeGreaterThanOrEqual(inner.count)
        expect(count).toBeLessThanOrEqual(outer.count)
        expect(Math.abs(time - inner.time)).toBeLessThan(4 * pixel + inner.time * 0.002)
        expect(w.x0.length).toBeLessThan(2 * width)
      }
    }
  })
})

test('a trace that was loaded ahead answers without its file', () => {
  const path = join(folder, 'a.interleave')
  const ahead = openTrace(path)
  for (const _ of loadAhead(ahead));
  ahead.close()
  const lanes = [finished.lanes.find((l) => l?.kind === 'lock')!.id]
  for (let wide = finished.end; wide > 100; wide /= 2.3) {
    const asked = { from: finished.end - wide, to: finished.end, width: 1000, lanes }
    const answer = { ...window(ahead, asked), took: 0 }
    expect(answer).toEqual({ ...window(finished, asked), took: 0 })
  }
})
