import { beforeEach, expect, test } from 'vitest'
import type { Finding } from '../../wire/api.ts'
import { createSession, type Session } from '../state/session.ts'
import { actions } from './actions.ts'
import { deskOf } from './desk.ts'
import { aLane, cell } from './drawing.fixture.ts'
import { rowOfLane } from './layout.ts'
import { light, litView, relight } from './light.ts'

const finding = (rows: [lane: number, from: number, to: number][], more: Partial<Finding> = {}): Finding => ({
  rule: 'contention',
  subject: 'A',
  sentence: '',
  why: '',
  tryThis: '',
  weight: 0.5,
  evidence: rows.map(([lane, from, to]) => ({ lane, time: from * cell, dur: (to - from) * cell })),
  sql: '',
  parties: [],
  ...more,
})

let s: Session
beforeEach(() => {
  s = createSession(1, (async () => null) as unknown as Session['ask'])
  s.lanes.value = Array.from({ length: 60 }, (_, i) => aLane(i + 1, `t${i + 1}`))
  s.end.value = 1000 * cell
  s.view.value = { from: 0, to: 1000 * cell }
  deskOf(s).size.value = { width: 1000, height: 400, ratio: 1 }
})
const arrive = () => {
  const { glide } = deskOf(s)
  if (glide.value) s.view.value = glide.value.to
  glide.value = null
}
const seen = (lane: number) => {
  const { layout, viewport } = deskOf(s)
  const found = rowOfLane(layout.value, lane)!
  const v = viewport.value
  if (found.pinned) return true
  const room = v.height - v.top - layout.value.pinnedHeight
  return found.row.y >= v.scroll && found.row.y + found.row.height <= v.scroll + room
}

test('a view of all rows has air on both sides; of one moment it has what is around it', () => {
  const rows = finding([
    [1, 100, 110],
    [2, 300, 310],
  ]).evidence
  const view = litView(rows, 1000 * cell)!
  expect(view.from).toBeLessThan(90 * cell)
  expect(view.to).toBeGreaterThan(320 * cell)
  expect(view.to - view.from).toBeLessThan(400 * cell)
  const one = litView(rows.slice(0, 1), 1000 * cell)!
  expect(one.to - one.from).toBe(25 * cell)
  expect(litView([], 1000 * cell)).toBeNull()
})

test('all rows are lit at once, seen, and following ends; Escape puts the light out', () => {
  s.following.value = true
  light(
    s,
    finding([
      [40, 500, 520],
      [42, 500, 520],
    ]),
  )
  arrive()
  expect(s.lit.value).toMatchObject({ at: -1, pins: [] })
  expect(s.following.value).toBe(false)
  expect([seen(40), seen(42)]).toEqual([true, true])
  expect(s.view.value.from).toBeLessThanOrEqual(500 * cell)
  expect(s.view.value.to).toBeGreaterThanOrEqual(520 * cell)
  actions.clear(s)
  expect(s.lit.value).toBeNull()
})

test('lanes too far apart come to the top while they are lit, beside what the person pinned', () => {
  s.pinned.value = [3]
  light(
    s,
    finding([
      [1, 500, 520],
      [60, 500, 520],
    ]),
  )
  expect([seen(1), seen(60), seen(3)]).toEqual([true, true, true])
  actions.clear(s)
  expect(deskOf(s).layout.value.pinned).toHaveLength(1)
})

test('while it is recorded the rows that are lit grow with the finding, and only its own', () => {
  light(s, finding([[1, 500, 520]]))
  relight(s, [finding([[2, 0, 9]], { subject: 'B' }), finding([[1, 500, 900]])])
  expect(s.lit.value!.rows).toEqual([{ lane: 1, time: 500 * cell, dur: 400 * cell }])
  relight(s, [])
  expect(s.lit.value!.rows).toHaveLength(1)
})
