import { expect, test } from 'vitest'
import { broken, quantile, table, verdict } from './row.ts'

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
