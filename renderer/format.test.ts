import { expect, test } from 'vitest'
import { ago, baseName, bytes, clock, compact, count, duration, moment, percent, plural } from './format.ts'

test.each([
  [0, '0 ns'],
  [7, '7 ns'],
  [412, '412 ns'],
  [999.6, '1 µs'],
  [12_345, '12.3 µs'],
  [412e6, '412 ms'],
  [999.6e6, '1 s'],
  [1.234e9, '1.23 s'],
  [59.96e9, '1 min 00 s'],
  [125e9, '2 min 05 s'],
  [3_725e9, '1 h 02 min'],
  [-5e6, '−5 ms'],
  [NaN, '–'],
  [Infinity, '–'],
])('duration %d is %s', (ns, text) => expect(duration(ns)).toBe(text))

test.each([
  [0, '0.0 s'],
  [7.39e9, '7.3 s'],
  [62.4e9, '1:02.4'],
  [3_753e9, '1:02:33'],
])('clock %d is %s', (ns, text) => expect(clock(ns)).toBe(text))

test('a moment has microseconds', () => expect(moment(2_113_402_118)).toBe('2.113402 s'))

test.each([
  [0, '0 B'],
  [812, '812 B'],
  [1_230_000, '1.23 MB'],
  [999_900, '1 MB'],
  [4.56e9, '4.56 GB'],
])('bytes %d are %s', (n, text) => expect(bytes(n)).toBe(text))

test.each([
  [0, '0 %'],
  [0.0004, '< 0.1 %'],
  [0.004, '0.4 %'],
  [0.0996, '10 %'],
  [0.123, '12 %'],
  [0.996, '> 99 %'],
  [1, '100 %'],
  [NaN, '–'],
])('percent %d is %s', (share, text) => expect(percent(share)).toBe(text))

test('counts', () => {
  expect(count(1_234_567)).toBe('1,234,567')
  expect([812, 12_345, 1_234_567, 2.5e9].map(compact)).toEqual(['812', '12.3 k', '1.23 M', '2.5 G'])
  expect([plural(1, 'lock'), plural(2, 'lock'), plural(0, 'process', 'processes')]).toEqual([
    '1 lock',
    '2 locks',
    '0 processes',
  ])
})

test('when a trace was made', () => {
  const now = new Date(2026, 2, 10, 15, 0).getTime()
  const at = (d: number, h: number, m = 0, s = 0) => new Date(2026, 2, d, h, m, s).getTime()
  expect(ago(at(10, 14, 59, 50), now)).toBe('just now')
  expect(ago(at(10, 14, 48), now)).toBe('12 min ago')
  expect(ago(at(10, 9, 5), now)).toBe('09:05')
  expect(ago(at(9, 23, 59), now)).toBe('yesterday 23:59')
  expect(ago(at(3, 12), now)).toBe('3 Mar 2026')
})

test('the last part of a path', () => {
  expect(['/a/b.py', 'C:\\x\\y.py', '/a/b/', 'z'].map(baseName)).toEqual(['b.py', 'y.py', 'b', 'z'])
})
