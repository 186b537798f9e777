import { expect, test } from 'vitest'
import { count, duration, list, many, named, percent, place } from './words.ts'

test.each([
  [0, '0 s'],
  [1, '1 ns'],
  [950, '950 ns'],
  [1_500, '1.5 µs'],
  [35_000, '35 µs'],
  [412_000_000, '412 ms'],
  [999_960_000, '1 s'],
  [1_340_000_000, '1.3 s'],
  [9_960_000_000, '10 s'],
  [42_000_000_000, '42 s'],
  [59_960_000_000, '1 min 0 s'],
  [125_000_000_000, '2 min 5 s'],
  [3_725_000_000_000, '1 h 2 min'],
])('%d ns is written %s', (ns, text) => expect(duration(ns)).toBe(text))

test.each([
  [0, '0 %'],
  [0.0004, 'under 0.1 %'],
  [0.004, '0.4 %'],
  [0.05, '5 %'],
  [0.804, '80 %'],
  [1, '100 %'],
  [0.998, 'over 99 %'],
])('a share of %d is written %s', (share, text) => expect(percent(share)).toBe(text))

test('counts and lists read as a person writes them', () => {
  expect(count(12_400)).toBe('12,400')
  expect([many(1, 'wait'), many(2, 'wait'), many(2, 'process', 'processes')]).toEqual([
    '1 wait',
    '2 waits',
    '2 processes',
  ])
  expect(list(['a'])).toBe('a')
  expect(list(['a', 'b'])).toBe('a and b')
  expect(list(['a', 'b', 'c'])).toBe('a, b and c')
  expect(list(['a', 'b', 'c', 'd', 'e', 'f'])).toBe('a, b, c and 3 others')
})

test('a place is the file without its folders', () => {
  expect(place('/home/ada/bank.py', 12)).toBe('bank.py:12')
  expect(place('', 0)).toBe('')
  expect(named('Account.lock', 'bank.py:12')).toBe('Account.lock (bank.py:12)')
  expect(named('Lock at bank.py:12', 'bank.py:12')).toBe('Lock at bank.py:12')
})
