import { expect, test } from 'vitest'
import { drawn } from '../ingest/drawing.ts'
import { area } from './area.ts'

test.each([{ live: false }, { live: true }])('an area counts, sums and clips per lane, kind and object', ({ live }) => {
  const t = drawn(
    `
    t1  AAAA..AA..BB
    t2  .aaaAA......
  `,
    { live },
  )
  const [t1, t2, a] = ['t1', 't2', 'A'].map((name) => t.objects.find((o) => o?.name === name)!.lane!.id) as [
    number,
    number,
    number,
  ]
  const row = (r: { name: string; lane: number; count: number; total: number; min: number; max: number }) => [
    r.name,
    r.lane,
    r.count,
    r.total,
    r.min,
    r.max,
  ]
  expect(area(t, { from: 2, to: 7, lanes: [t1, t2, a] }).map(row)).toEqual([
    ['A', t2, 1, 2, 2, 2],
    ['t1', a, 1, 2, 2, 2],
    ['t2', a, 1, 2, 2, 2],
    ['t1', a, 1, 1, 1, 1],
  ])
  t.db.close()
})

test('thousands of slices across blocks, the tail and the open one are all counted', () => {
  const t = drawn(`t1  ${'A.'.repeat(4500)}AAA`, { live: true })
  const lane = t.objects.find((o) => o?.name === 'A')!.lane!.id
  const rows = area(t, { from: 0, to: 1e9, lanes: [lane] })
  expect(rows.reduce((n, r) => n + r.count, 0)).toBe(4501)
  expect(rows.reduce((n, r) => n + r.total, 0)).toBe(4503)
  t.db.close()
})
