import { expect, test } from 'vitest'
import { timeLabel, timeTicks } from './ticks.ts'

const labels = (from: number, to: number, count = 4) => timeTicks({ from, to }, count).ticks.map((t) => t.label)

test('units follow the zoom', () => {
  expect(labels(0, 2e9)).toEqual(['0', '0.5 s', '1.0 s', '1.5 s', '2.0 s'])
  expect(labels(0, 40e6)).toEqual(['0', '10 ms', '20 ms', '30 ms', '40 ms'])
  expect(labels(0, 4_000)).toEqual(['0', '1 µs', '2 µs', '3 µs', '4 µs'])
  expect(labels(0, 400)).toEqual(['0', '100 ns', '200 ns', '300 ns', '400 ns'])
  expect(labels(12e9, 12.04e9)).toEqual(['12.00 s', '12.01 s', '12.02 s', '12.03 s', '12.04 s'])
})

test('minutes and hours step by 15 and 30, not by 20 and 50', () => {
  expect(labels(0, 120e9)).toEqual(['0', '30 s', '1:00 min', '1:30 min', '2:00 min'])
  expect(labels(0, 7200e9)).toEqual(['0', '30:00 min', '1:00:00 h', '1:30:00 h', '2:00:00 h'])
})

test('deep inside a long run the ticks count from a base', () => {
  const { base, ticks } = timeTicks({ from: 12.345_6e9, to: 12.345_6e9 + 400_000 }, 4)
  expect(base).toBe('12.345 s')
  expect(ticks.map((t) => t.label)).toEqual(['+600 µs', '+700 µs', '+800 µs', '+900 µs', '+1000 µs'])
})

test('at every zoom and place the ticks are inside, in order, and read differently', () => {
  for (let span = 200; span < 1e14; span *= 3.7)
    for (const from of [0, span * 0.3, 1e9, 3.6e12, 1e13 + 7]) {
      const { ticks, base } = timeTicks({ from, to: from + span }, 8)
      const text = ticks.map((t) => t.label)
      expect(new Set(text).size, `${span} at ${from}: ${base} ${text}`).toBe(text.length)
      expect(ticks.length).toBeGreaterThan(2)
      expect(ticks.length).toBeLessThan(25)
      for (const [i, t] of ticks.entries()) {
        expect(t.time).toBeGreaterThanOrEqual(from)
        expect(t.time).toBeLessThanOrEqual(from + span)
        if (i > 0) expect(t.time).toBeGreaterThan(ticks[i - 1]!.time)
        expect(t.label.length).toBeLessThan(15)
      }
    }
})

test('a moment is as exact as the pixel it was read from', () => {
  expect(timeLabel(1_234_567_890, 1e6)).toBe('1.235 s')
  expect(timeLabel(1_234_567_890, 10)).toBe('1.23456789 s')
  expect(timeLabel(412_345, 1e3)).toBe('412 µs')
  expect(timeLabel(-5, 1e3)).toBe('0 ns')
})
