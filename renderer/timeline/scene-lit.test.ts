// What is lit and what is under the veil, read off the display list of a drawn trace.
import { group } from 'd3'
import { describe, expect, test } from 'vitest'
import type { Party } from '../../wire/api.ts'
import type { Lit } from '../state/session.ts'
import { cell, drawnScene, drawnTrace } from './drawing.fixture.ts'
import type { Shape } from './display-list.ts'
import { scene } from './scene.ts'
import type { SceneInput } from './scene-input.ts'

const trace = drawnTrace(`
  ada  RRwwwwwwRRRRRRRRRRRR
  bea  RRRRRRRRRRRRRRRRRRRR
  A    ..HHHHHH............
`)
const row = (lane: number, from: number, to: number) => ({ lane, time: from * cell, dur: (to - from) * cell })
const lit = (rows: Lit['rows'], more: Partial<Lit> = {}): Lit => ({
  key: 'contention A',
  rows,
  parties: [],
  at: -1,
  pins: [],
  ...more,
})
type Rect = Shape & { shape: 'rect' }
const rects = (input: SceneInput, part: string): Rect[] =>
  scene(input)
    .find((p) => p.name === part)!
    .shapes.filter((s): s is Rect => s.shape === 'rect')
/** x of the edges of the veil over the lane that starts at y, in cells */
const veils = (input: SceneInput) =>
  rects(input, 'plot')
    .filter((s) => s.fill === input.theme.page.veil)
    .map((s) => ({ y: s.y, from: (s.x - 100) / 10, to: (s.x + s.width - 100) / 10 }))
const frames = (input: SceneInput) => rects(input, 'plot').filter((s) => s.stroke === input.theme.page.ink)

test('nothing is lit: nothing is veiled', () => {
  expect(veils(drawnScene(trace))).toEqual([])
  expect(frames(drawnScene(trace))).toEqual([])
})

test('what is lit is not under the veil, all else is', () => {
  const input = drawnScene(trace, { lit: lit([row(1, 2, 8), row(3, 2, 8)]) })
  const byRow = group(veils(input), (v) => v.y)
  expect([...byRow.values()].map((v) => v.map(({ from, to }) => [from, to]))).toEqual([
    [
      [0, 2],
      [8, 20],
    ],
    [[0, 20]],
    [
      [0, 2],
      [8, 20],
    ],
  ])
  expect(frames(input)).toHaveLength(2)
  expect(rects(input, 'names').filter((s) => s.fill === input.theme.page.accent)).toHaveLength(2)
})

test('rows are numbered as in the list of evidence, whatever lane they are on; the one looked at stands out', () => {
  const input = drawnScene(trace, { lit: lit([row(3, 2, 8), row(1, 2, 8)], { at: 1 }) })
  const numbers = scene(input)
    .find((p) => p.name === 'plot')!
    .shapes.flatMap((s) => (s.shape === 'text' && /^\d$/.test(s.text) ? [[s.text, s.fill]] : []))
  // from above: the second row of the evidence is on the first lane
  expect(numbers).toEqual([
    ['2', input.theme.page.onAccent],
    ['1', input.theme.page.surface],
  ])
})

test('a row narrower than a pixel is seen all the same', () => {
  const input = drawnScene(trace, { lit: lit([{ lane: 1, time: 5 * cell, dur: 10 }]) })
  const [first, second] = veils(input)
  expect(second!.from - first!.to).toBeGreaterThanOrEqual(0.5)
})

describe('arrows of who waits for whom', () => {
  const party = (lane: number, needs: number[]): Party => ({
    name: `p${lane}`,
    lane,
    time: 2 * cell,
    waits: 'waits',
    stack: [],
    needs: needs.map((n) => ({ party: n, because: 'holds A' })),
  })
  const arrows = (parties: Party[]) => {
    const input = drawnScene(trace, { lit: lit([row(1, 2, 20), row(2, 2, 20)], { parties }) })
    const shapes = scene(input).find((p) => p.name === 'arrows')!.shapes
    return shapes.flatMap((s) => (s.shape === 'path' && s.stroke ? [s.d] : []))
  }
  const startOf = (d: string) => /^M([\d.]+),([\d.]+)/.exec(d)!.slice(1).map(Number) as [number, number]
  test('one for each need, side by side in the time in which all wait', () => {
    const [one, two] = arrows([party(1, [1]), party(2, [0])]).map(startOf)
    expect(one![0]).toBeCloseTo(100 + 20 + 60, 0)
    expect(two![0]).toBeCloseTo(100 + 20 + 120, 0)
    expect(one![1]).not.toBe(two![1])
  })
  test('none where the other has no lane here, and none to itself', () => {
    expect(arrows([party(1, [1]), party(99, [0])])).toEqual([])
    expect(arrows([party(1, [0])])).toEqual([])
  })
})
