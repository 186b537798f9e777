import { describe, expect, test } from 'vitest'
import type { Party } from '../../wire/api.ts'
import { graphWidth, lines, mostDrawn, nodeHeight, waitGraph, type GraphNode } from './wait-graph.ts'

const party = (name: string, ...needs: number[]): Party => ({
  name,
  lane: 1,
  time: 0,
  waits: 'waits',
  stack: [],
  needs: needs.map((n) => ({ party: n, because: 'holds Account.lock since bank.py:22' })),
})
const ring = (n: number, name = (i: number) => `worker-${i}`) =>
  Array.from({ length: n }, (_, i) => party(name(i), (i + 1) % n))
const apart = (a: GraphNode, b: GraphNode) =>
  Math.abs(a.x - b.x) >= (a.width + b.width) / 2 || Math.abs(a.y - b.y) >= nodeHeight
const numbers = (d: string) => [...d.matchAll(/-?\d+(?:\.\d+)?/g)].map(Number)

describe.each([1, 2, 3, 4, 5, 6, 7, 8])('a ring of %i', (n) => {
  test.each([
    ['short names', (i: number) => `t${i}`],
    ['long names', (i: number) => `a-thread-with-a-very-long-name-${i}`],
  ])('%s: boxes do not touch and lie in the drawing, every need has an arrow', (_, name) => {
    const graph = waitGraph(ring(n, name))!
    expect(graph.nodes).toHaveLength(n)
    for (const a of graph.nodes) {
      for (const b of graph.nodes) if (a !== b) expect(apart(a, b), `${a.name} ${b.name}`).toBe(true)
      expect(a.x - a.width / 2).toBeGreaterThanOrEqual(0)
      expect(a.x + a.width / 2).toBeLessThanOrEqual(graphWidth)
      expect(a.y - nodeHeight / 2).toBeGreaterThanOrEqual(0)
      expect(a.y + nodeHeight / 2).toBeLessThanOrEqual(graph.height)
    }
    expect(graph.edges.map((e) => [e.from, e.to])).toEqual(Array.from({ length: n }, (_, i) => [i, (i + 1) % n]))
    for (const { head, words, x } of graph.edges) {
      expect(numbers(head).every(Number.isFinite)).toBe(true)
      expect(words.length).toBeGreaterThan(0)
      expect(x).toBeGreaterThanOrEqual(0)
      expect(x).toBeLessThanOrEqual(graphWidth)
    }
  })
})

test('the tip of an arrow is at the edge of the box that it leads to', () => {
  const graph = waitGraph(ring(3))!
  for (const e of graph.edges) {
    const [x, y] = numbers(e.head) as [number, number]
    const to = graph.nodes[e.to]!
    const [dx, dy] = [Math.abs(x - to.x) - to.width / 2, Math.abs(y - to.y) - nodeHeight / 2]
    expect(Math.max(dx, dy)).toBeGreaterThan(-0.5)
    expect(Math.max(dx, dy)).toBeLessThan(4)
  }
})

test('who waits for nobody stands alone, and what cannot be drawn is not', () => {
  const graph = waitGraph([party('a', 1), party('b')])!
  expect(graph.edges).toHaveLength(1)
  expect(waitGraph([])).toBeNull()
  expect(waitGraph(ring(mostDrawn + 1))).toBeNull()
  // a file may name a party that is not there
  expect(waitGraph([party('a', 7)])!.edges).toEqual([])
})

test('the words of an arrow are two lines at most, without what the list below says', () => {
  expect(lines('holds A since bank.py:22', 2)).toEqual(['holds A'])
  expect(lines('holds Account.lock #2 since bank.py:22', 4)).toEqual(['holds', 'Account.lock #2'])
  expect(lines('holds Account.lock #2 since bank.py:22', 2)).toEqual(['holds Account.lock #2'])
  expect(lines('holds warehouse.inventory.shelves.lock (x.py:1) since y.py:2', 5)[1]).toHaveLength(20)
})
