import { expect, test } from 'vitest'
import { knots } from './knots.ts'

/** "1>2 2>1": who points at whom */
const tied = (text: string) => {
  const graph = new Map<number, number[]>()
  for (const [from, to] of text.split(' ').map((e) => e.split('>').map(Number) as [number, number])) {
    graph.set(from, [...(graph.get(from) ?? []), to])
    if (!graph.has(to)) graph.set(to, [])
  }
  return knots(graph)
}

test('a chain has no knot, nor who leads into one', () => {
  expect(tied('1>2 2>3 1>3')).toEqual([])
  expect(tied('1>2 2>3 3>2')).toEqual([[2, 3]])
})
test('a circle is told in its order from its smallest on, a node that points at itself alone', () =>
  expect(tied('7>4 4>9 9>7 5>5 8>5')).toEqual([[4, 9, 7], [5]]))
test('circles that share a node are one knot, circles that only lead to another are two', () => {
  expect(tied('1>2 2>1 2>3 3>2')).toEqual([[1, 2, 3]])
  expect(tied('1>2 2>1 2>3 3>4 4>3')).toEqual([
    [1, 2],
    [3, 4],
  ])
})
test('where all wait for all there is one knot, however many circles', () => {
  const all = Array.from({ length: 200 }, (_, i) => i)
  expect(knots(new Map(all.map((i) => [i, all])))).toEqual([all])
})
test('a chain of 100,000 ends, and is one knot when it comes back', () => {
  const long = new Map(Array.from({ length: 100_000 }, (_, i) => [i, [i + 1]]))
  expect(knots(long)).toEqual([])
  expect(knots(long.set(99_999, [0]))[0]!.length).toBe(100_000)
})
