import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { drawn } from '../ingest/drawing.ts'
import { RowMaker } from './rows.ts'

const folder = mkdtempSync(join(tmpdir(), 'interleave-rows-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('made in the smallest steps, the rows are the same: none is left out when time is up before the last block', () => {
  const row = 'AAAA..bbBBcc'.repeat(60)
  const trace = drawn(`t1  ${row}\nt2  ${row.slice(4)}....`, { path: join(folder, 'a.interleave') })
  const rows = () => ['slice', 'flow'].map((table) => trace.db.prepare(`SELECT * FROM ${table}`).raw().all())
  const atOnce = rows()
  trace.facts.delete('rows')
  const maker = new RowMaker(trace)
  let steps = 0
  while (!maker.step(0)) expect(++steps).toBeLessThan(1000)
  expect(rows()).toEqual(atOnce)
  expect(atOnce.map((r) => r.length)).toEqual([trace.slices, trace.flows])
  trace.close()
})
