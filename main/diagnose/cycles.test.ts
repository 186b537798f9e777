import { expect, test } from 'vitest'
import { findCycles } from './cycles.ts'

const graph = (text: string) => {
  const edges = new Map<number, number[]>()
  for (const [from, to] of text.split(' ').map((e) => e.split('>').map(Number) as [number, number]))
    edges.set(from, [...(edges.get(from) ?? []), to])
  return edges
}

test('a chain has no cycle', () => expect(findCycles(graph('1>2 2>3 1>3'))).toEqual([]))
test('each cycle is told once, the shortest first', () =>
  expect(findCycles(graph('3>1 1>2 2>3 5>4 4>5 6>6'))).toEqual([[6], [4, 5], [1, 2, 3]]))
test('a loop longer than asked for is not told', () => expect(findCycles(graph('1>2 2>3 3>1'), 2)).toEqual([]))
test('a tangle ends', () => {
  const all = new Map(Array.from({ length: 200 }, (_, i) => [i, Array.from({ length: 200 }, (_, j) => j)]))
  expect(findCycles(all).length).toBe(20)
})
