import { expect, test } from 'vitest'
import { Lane } from '../store/lane.ts'
import { Holds } from './holds.ts'

test('holds of many lanes come out in order of start, whatever order they came in', () => {
  const lane = new Lane(1, 'lock', null, 0, 1, 1)
  const holds = new Holds()
  let n = 7
  // pseudo-random, the same each time
  const next = () => (n = (n * 48271) % 2147483647)
  const starts: number[] = []
  for (let run = 0; run < 50; run++)
    for (let i = 0, at = next() % 1000; i < next() % 40; i++, at += next() % 9) {
      starts.push(at)
      holds.push(1, lane, 0, at, 1)
    }
  const order = [...holds.inOrder()]
  expect(order.map((i) => starts[i])).toEqual(starts.toSorted((a, b) => a - b))
  expect(new Set(order).size).toBe(starts.length)
  expect([...new Holds().inOrder()]).toEqual([])
})
