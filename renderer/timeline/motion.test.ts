import { describe, expect, test } from 'vitest'
import { Glide, History, Motion } from './motion.ts'

const at = (from: number, to: number) => ({ view: { from, to }, scroll: 0 })

describe('held keys', () => {
  const travel = (m: Motion, frames: number) => {
    let pan = 0
    let factor = 1
    for (let i = 0; i < frames && m.moving; i++) {
      const step = m.step(16)
      pan += step.pan
      factor *= step.factor
    }
    return { pan, factor }
  }
  test('a tap moves a little and comes to rest', () => {
    const m = new Motion()
    m.press('right')
    m.release('right')
    const { pan } = travel(m, 200)
    expect(pan).toBeGreaterThan(0.04)
    expect(pan).toBeLessThan(0.3)
    expect(m.moving).toBe(false)
  })
  test('held, it goes on until let go; opposite keys hold each other', () => {
    const m = new Motion()
    m.press('in')
    expect(travel(m, 60).factor).toBeLessThan(0.1)
    m.press('out')
    m.step(1000)
    expect(travel(m, 20).factor).toBeCloseTo(1, 1)
    m.releaseAll()
    travel(m, 200)
    expect(m.moving).toBe(false)
  })
})

test('a glide starts here, ends there, and zooms in proportion', () => {
  const g = new Glide({ from: 0, to: 1e9 }, { from: 5e8, to: 5e8 + 1e3 }, 1000)
  expect(g.at(1000).to - g.at(1000).from).toBeCloseTo(1e9, -1)
  expect(g.at(1200)).toEqual({ from: 5e8, to: 5e8 + 1e3 })
  let before = Infinity
  for (let now = 1000; now < 1200; now += 16) {
    const { from, to } = g.at(now)
    expect(to - from).toBeLessThan(before)
    expect(from).toBeLessThanOrEqual(5e8)
    expect(to).toBeGreaterThanOrEqual(5e8)
    before = to - from
  }
})
test('a glide between equal widths moves evenly from one to the other', () => {
  const g = new Glide({ from: 0, to: 10 }, { from: 100, to: 110 }, 0)
  expect(g.at(0).from).toBeCloseTo(0)
  expect(g.at(100).from).toBeGreaterThan(50)
  expect(g.at(200)).toEqual({ from: 100, to: 110 })
})

describe('history', () => {
  test('back and forward again', () => {
    const h = new History()
    h.remember(at(0, 1), 'fit', 0)
    h.remember(at(0, 2), 'jump', 5_000)
    expect(h.undo(at(0, 3))).toEqual(at(0, 2))
    expect(h.undo(at(0, 2))).toEqual(at(0, 1))
    expect(h.undo(at(0, 1))).toBe(null)
    expect(h.redo(at(0, 1))).toEqual(at(0, 2))
    expect(h.redo(at(0, 2))).toEqual(at(0, 3))
    expect(h.redo(at(0, 3))).toBe(null)
  })
  test('one roll of the wheel is one step; a new move forgets what was undone', () => {
    const h = new History()
    for (let i = 0; i < 20; i++) h.remember(at(0, 100 - i), 'wheel', i * 16)
    expect(h.undo(at(0, 1))).toEqual(at(0, 100))
    h.remember(at(0, 100), 'drag', 9_000)
    expect(h.redo(at(0, 5))).toBe(null)
  })
})
