// The six meanings of a folded item: each gets the time that its slices have, at every level of detail.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventKinds as ev, reasons } from '../../wire/kinds.ts'
import { Ingest } from '../ingest/ingest.ts'
import { EventWriter } from '../ingest/write-events.ts'
import { createTrace, openTrace } from '../store/database.ts'
import { window } from './window.ts'

/** one of each class, in the order of the classes */
const waits = [reasons.lock, reasons.future, reasons.queueGet, reasons.sleep, reasons.loop, reasons.message]

test.each([1, 7, 300, 5_000])('%d rounds of all six waits', (rounds) => {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-classes-'))
  mkdirSync(join(folder, 'run'))
  const w = new EventWriter(join(folder, 'run'))
  const thread = w.thread('main')
  let time = 10
  for (let round = 0; round < rounds; round++)
    for (const [i, reason] of waits.entries()) {
      w.add(thread, time, ev.wait, { flags: reason })
      w.add(thread, (time += 100 * (i + 1)), ev.wake)
      time += 100
    }
  w.end(time)
  w.close()
  const path = join(folder, 'trace.sqlite')
  const made = createTrace(path)
  new Ingest(made, join(folder, 'run')).finish()
  made.settle()
  made.close()
  const trace = openTrace(path)
  const lane = trace.threads[0]!.object.lane!.id
  for (const width of [10, 100, 2_000]) {
    const answer = window(trace, { from: 0, to: time, width, lanes: [lane] })
    const ns = new Float64Array(6)
    for (let i = 0; i < answer.count.length; i++)
      for (let c = 0; c < 6; c++)
        ns[c]! += ((answer.x1[i]! - answer.x0[i]!) * (time / width) * answer.share[i * 6 + c]!) / 65535
    for (let c = 0; c < 6; c++) {
      const expected = 100 * (c + 1) * rounds
      expect(Math.abs(ns[c]! - expected) / expected, `class ${c} at ${width} px`).toBeLessThan(0.01)
    }
  }
  trace.close()
  rmSync(folder, { recursive: true })
})
