import { expect, test } from 'vitest'
import { drawn } from '../ingest/drawing.ts'
import { lanes } from './lanes.ts'

test('threads come first in order of their start, then what was waited for most', () => {
  const t = drawn(
    `
    late     .aaabbAABB.
    early  AAAAAABBB....
  `,
    { unit: 1e6 },
  )
  const answer = lanes(t)
  expect(answer.lanes.map((l) => [l.name, l.kind, l.waited / 1e6])).toEqual([
    ['early', 'thread', 0],
    ['late', 'thread', 5],
    ['A', 'lock', 3],
    ['B', 'lock', 2],
  ])
  expect(answer.more).toBe(0)
  t.db.close()
})

test('a wait that is not over counts while it is recorded', () => {
  const t = drawn(
    `
    t1  AAAAAAAA
    t2  BBaaaaaa
  `,
    { unit: 1e6, live: true },
  )
  expect(lanes(t).lanes.map((l) => [l.name, l.waited / 1e6])).toEqual([
    ['t1', 0],
    ['t2', 6],
    ['A', 6],
    ['B', 0],
  ])
  t.db.close()
})

test('permits held at once are lanes below each other', () => {
  const t = drawn(
    `
    t1  SSSS..
    t2  .SSSS.
    t3  .AA...
  `,
    { objects: { S: { kind: 'semaphore', name: 'pool', capacity: 2 } } },
  )
  const [, , , ...objects] = lanes(t).lanes
  const pool = objects.filter((l) => l.name === 'pool')
  expect(pool.map((l) => [l.kind, l.depth, l.capacity])).toEqual([
    ['semaphore', 0, 2],
    ['semaphore', 1, 2],
  ])
  expect(pool[1]!.parent).toBe(pool[0]!.id)
  expect(objects.indexOf(pool[1]!)).toBe(objects.indexOf(pool[0]!) + 1)
  t.db.close()
})

test('lanes below their threads leave the room of the objects as it is', () => {
  const threads = Array.from({ length: 400 }, (_, i) => `t${i}  ${i === 0 ? 'ABCD' : '....'}`)
  const t = drawn(['t0  aaaa', ...threads.slice(1), threads[0]!].join('\n'))
  expect(lanes(t).lanes.filter((l) => l.kind === 'lock')).toHaveLength(4)
  t.db.close()
})

test('of 500 threads half the picture is left to the locks, and what is left out is counted', () => {
  const threads = Array.from({ length: 500 }, (_, i) => `t${i}  ${i === 0 ? 'ABCDEFGHIJKLMNOPQRSTUV' : '..'}`)
  const t = drawn(threads.join('\n').replaceAll('H', 'X'))
  const answer = lanes(t)
  const kinds = answer.lanes.map((l) => l.kind)
  expect(answer.lanes.length + answer.more).toBe(522)
  expect(kinds.filter((k) => k === 'lock').length).toBe(22)
  expect(kinds.filter((k) => k === 'thread').length).toBe(278)
  expect(answer.lanes[0]!.name).toBe('t0')
  t.db.close()
})
