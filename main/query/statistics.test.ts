import { describe, expect, test } from 'vitest'
import { barnard, studentQuantile, variance, welch } from './statistics.ts'

test.each([
  [0.975, 1, 12.7062],
  [0.975, 2, 4.30265],
  [0.975, 3.5, 2.9401],
  [0.975, 8, 2.306],
  [0.975, 1000, 1.96234],
  [0.995, 4, 4.60409],
  [0.9, 5, 1.47588],
])('Student: below which t lies %d with %d degrees of freedom', (p, freedom, t) =>
  expect(studentQuantile(p, freedom)).toBeCloseTo(t, 3),
)

test('Welch: the interval of a known example', () => {
  const before = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4]
  const after = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4]
  const { from, to } = welch(before, after, 0.95)
  // scipy.stats.ttest_ind(after, before, equal_var=False), 24.989 degrees of freedom
  expect(from).toBeCloseTo(0.349237, 5)
  expect(to).toBeCloseTo(3.984096, 5)
  expect(welch([3, 3], [5, 5], 0.95)).toEqual({ from: 2, to: 2 })
  expect(variance([1, 2, 3])).toBe(1)
})

test.each([
  [0, 3, 3, 3, 0.03125],
  [0, 2, 2, 2, 0.125],
  [0, 1, 1, 1, 0.5],
  [0, 5, 5, 5, 0.00195],
  [2, 5, 2, 5, 1],
  [7, 15, 12, 15, 0.06815],
  [1, 5, 4, 5, 0.10937],
])('Barnard: %d of %d and %d of %d', (x, n, y, m, p) =>
  // scipy.stats.barnard_exact
  expect(barnard(x, n, y, m)).toBeCloseTo(p, 3),
)

/** Random numbers that are the same each time (mulberry32). */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
const normal = (next: () => number) => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())

describe('over thousands of comparisons', () => {
  const noises: Record<string, (next: () => number) => number> = {
    'evenly spread times': (next) => 1 + 0.05 * normal(next),
    'times with a long tail': (next) => 1 + 0.05 * Math.exp(normal(next)),
    'times with a mishap in ten': (next) => 1 + 0.02 * normal(next) + (next() < 0.1 ? 0.5 : 0),
  }
  const rate = (noise: (next: () => number) => number, n: number, m: number, factor: number) => {
    const next = random(n * 100 + m)
    const draw = (of: number, by: number) => Array.from({ length: of }, () => by * noise(next))
    let apart = 0
    for (let i = 0; i < 4000; i++) {
      const { from, to } = welch(draw(n, 1), draw(m, factor), 0.95)
      if (from > 0 || to < 0) apart++
    }
    return apart / 4000
  }
  for (const [name, noise] of Object.entries(noises))
    test.each([
      [2, 2],
      [3, 3],
      [5, 5],
      [3, 10],
      [10, 10],
    ])(`${name}: %d runs and %d that do not differ are hardly ever told apart`, (n, m) =>
      expect(rate(noise, n, m, 1)).toBeLessThan(0.07),
    )
  test('a third less is seen by three runs a side', () => {
    expect(rate(noises['evenly spread times']!, 3, 3, 0.67)).toBeGreaterThan(0.9)
    expect(rate(noises['evenly spread times']!, 5, 5, 0.85)).toBeGreaterThan(0.9)
  })
})
