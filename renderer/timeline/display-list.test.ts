import { expect, test } from 'vitest'
import { gapAt, hit, type DisplayList, type Item, type Strip } from './display-list.ts'

const item = (x0: number, x1: number): Item => ({
  x0,
  x1,
  from: x0,
  to: x1,
  count: 1,
  exact: true,
  clipped: false,
  kind: 1,
  share: [1, 0, 0, 0, 0, 0],
  value: 0,
})
function strip(lane: number, y: number, items: Item[]): Strip {
  return {
    shape: 'strip',
    lane,
    x: 0,
    y,
    width: 100,
    height: 10,
    slices: [],
    columns: { fills: [], width: 0, tall: 0, dots: new Uint8Array() },
    items: { length: items.length, at: (i) => items[i]! },
  }
}
const clip = { x: 0, y: 0, width: 100, height: 100 }
const list: DisplayList = [
  { name: 'plot', clip, shapes: [strip(1, 0, [item(10, 20), item(30, 40), item(43, 60)]), strip(2, 20, [])] },
  {
    name: 'frame',
    clip: { ...clip, width: 5 },
    shapes: [{ shape: 'rect', x: 0, y: 0, width: 100, height: 100, target: { what: 'axis' } }],
  },
]
const at = (x: number, y: number, slack = 0) => {
  const t = hit(list, x, y, slack)
  return t?.what === 'slice' ? `${t.lane}:${t.item.x0}` : (t?.what ?? null)
}

test('the slice under the point; its right edge belongs to what follows', () => {
  expect(at(10, 5)).toBe('1:10')
  expect(at(19.9, 5)).toBe('1:10')
  expect(at(20, 5)).toBe(null)
  expect(at(59, 5)).toBe('1:43')
})
test('beside a slice: the nearest within the slack', () => {
  expect(at(24, 5, 5)).toBe('1:10')
  expect(at(26, 5, 5)).toBe('1:30')
  expect(at(25, 5, 3)).toBe(null)
  expect(at(41, 5, 5)).toBe('1:30')
  expect(at(62, 5, 5)).toBe('1:43')
})
test('an empty lane and the space between lanes are nothing', () => {
  expect(at(50, 25, 50)).toBe(null)
  expect(at(15, 15, 50)).toBe(null)
})
test('what is painted later is on top, but only inside its clip', () => {
  expect(at(3, 5)).toBe('axis')
  expect(at(12, 5)).toBe('1:10')
})
test('between two slices of a lane', () => {
  expect(gapAt(list, 1, 25)).toMatchObject({ before: { x0: 10 }, after: { x0: 30 } })
  expect(gapAt(list, 1, 5)).toMatchObject({ before: null, after: { x0: 10 } })
  expect(gapAt(list, 1, 80)).toMatchObject({ before: { x0: 43 }, after: null })
  expect(gapAt(list, 99, 5)).toBe(null)
})
