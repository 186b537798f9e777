import { describe, expect, test } from 'vitest'
import { around, asOf, inBounds, shortestView, timeOfX, timeScale, xOfTime, zoomAt } from './viewport.ts'

const at = (from: number, to: number) => ({
  from,
  to,
  width: 1200,
  height: 600,
  names: 200,
  top: 60,
  scroll: 0,
  ratio: 1,
})

describe('zoom', () => {
  test.each([0.5, 0.9, 1.1, 2])('by %f keeps the time under the cursor', (factor) => {
    const before = at(10e9, 12e9)
    for (const x of [200, 512, 1200]) {
      const time = timeOfX(before, x)
      const after = { ...before, ...zoomAt(before, time, factor, 60e9) }
      expect(xOfTime(after, time)).toBeCloseTo(x, 6)
    }
  })
  test('goes no deeper than the shortest view and no wider than the run', () => {
    let view = { from: 0, to: 1e9 }
    for (let i = 0; i < 100; i++) view = zoomAt(view, 5e8, 0.5, 1e9)
    expect(view.to - view.from).toBeCloseTo(shortestView)
    expect((view.from + view.to) / 2).toBeCloseTo(5e8, -1)
    for (let i = 0; i < 100; i++) view = zoomAt(view, 5e8, 2, 1e9)
    expect(view.to - view.from).toBeCloseTo(1.2e9)
  })
})

test('the scale, its inverse and the two functions say the same', () => {
  const v = at(5e8, 7e8)
  for (const t of [5e8, 5.5e8, 7e8]) {
    expect(timeScale(v)(t)).toBeCloseTo(xOfTime(v, t))
    expect(timeOfX(v, xOfTime(v, t))).toBeCloseTo(t)
  }
})

test('a view never leaves the run out of sight', () => {
  for (const view of [
    { from: -9e9, to: -8e9 },
    { from: 50e9, to: 51e9 },
    { from: 0, to: 1e15 },
  ]) {
    const shown = inBounds(view, 10e9)
    expect(shown.from).toBeLessThan(10e9)
    expect(shown.to).toBeGreaterThan(0)
  }
})

test('going to a slice keeps the zoom when the slice is readable in it, and finds one when it is not', () => {
  const view = { from: 0, to: 1e9 }
  expect(around(view, 4e9, 4.1e9, 10e9)).toEqual({ from: 3.55e9, to: 4.55e9 })
  const tiny = around(view, 4e9, 4e9 + 1_000, 10e9)
  expect(tiny.to - tiny.from).toBeCloseTo(20_000, -2)
  const wide = around(view, 2e9, 6e9, 20e9)
  expect(wide.to - wide.from).toBeCloseTo(5e9)
})

test('a live picture is as old as what is known: it slides back, and does not grow before the run began', () => {
  expect(asOf({ from: 4e9, to: 9e9 }, 9e9, 8.97e9)).toEqual({ from: 3.97e9, to: 8.97e9 })
  expect(asOf({ from: 0, to: 2e9 }, 2e9, 1.9e9)).toEqual({ from: 0, to: 1.9e9 })
})
