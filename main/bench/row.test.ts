import { expect, test } from 'vitest'
import { broken, enough, errorOfMedian, plusMinus, quantile, table, verdict } from './row.ts'

const row = { name: 'loop', bar: 1.1, aim: 1, unit: '×' }
test.each([
  [1.004, 'aim reached'],
  [1.05, 'bar reached'],
  [1.104, 'bar reached'],
  [1.106, 'missed'],
  [Number.NaN, 'broken'],
])('%d is judged as it is printed', (value, said) => expect(verdict({ ...row, value })).toBe(said))

test('a rate must be at least its bar', () => {
  expect(verdict({ name: 'ingest', bar: 2, aim: 5, value: 1.9, unit: 'M events/s', more: true })).toBe('missed')
  expect(verdict({ name: 'ingest', bar: 2, aim: 5, value: 5.1, unit: 'M events/s', more: true })).toBe('aim reached')
})

test('a broken figure prints why instead of a number', () => {
  expect(table([broken('pixel', new Error('no /usr/bin/chromium\nat x'))])).toContain(
    '| pixel  | –   | –   | –       | broken  | no chromium |',
  )
})

test('quantiles lie between the values', () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5)
  expect(quantile([5], 0.99)).toBe(5)
})

test('the error of a median shrinks with the root of how many there are, whatever one of them does', () => {
  const values = [0, 1, 2, 3, 4]
  expect(errorOfMedian(values)).toBeCloseTo((1.253 * (2 / 1.349)) / Math.sqrt(5), 6)
  expect(errorOfMedian([0, 1, 2, 3, 400])).toBe(errorOfMedian(values))
  expect(plusMinus(values.map((value) => value / 100))).toBe('±0.008')
})

test.each([
  [0.95, 9, true, 'far below the bar'],
  [0.95, 8, false, 'fewer than planned'],
  [1.09, 9, false, 'near the bar'],
  [1.11, 26, false, 'near it from above'],
  [1.09, 27, true, 'three times as many as planned'],
])('about %d, measured %d times: enough is %s, for it is %s', (about, times, answer) => {
  const values = Array.from({ length: times }, (_, i) => about + ((i % 3) - 1) * 0.05)
  expect(enough(values, 9, 1.1)).toBe(answer)
})
