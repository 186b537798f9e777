import { expect, test } from 'vitest'
import { marginAt, marginBetween, worst } from './margins.ts'
import { HostRow, type HostPlaced, type Margin } from './model.ts'

const host = (id: number, placed: HostPlaced, via: number | null, ...margins: Margin[]): HostRow =>
  Object.assign(new HostRow(id, `node${id}`, `clock ${id}`), { placed, via, margins })
const wide = (late: number): Margin[] => [0, 100].map((time) => ({ time, early: 10, late }))

// 1 ── 2 ── 3, 1 ── 4, and 5 by its wall clock
const hosts = [
  undefined as never,
  host(1, 'first', null),
  host(2, 'messages', 1, { time: 0, early: 10, late: 20 }, { time: 100, early: 40, late: 30 }),
  host(3, 'messages', 2, ...wide(5)),
  host(4, 'messages', 1, ...wide(7)),
  host(5, 'wall clock', null),
]
const [, one, two, three, four, five] = hosts as [never, HostRow, HostRow, HostRow, HostRow, HostRow]

test('between two rows in proportion, beyond them as there, and along the way to the first host', () => {
  expect([-50, 0, 50, 100, 900].map((time) => marginAt(hosts, two, time))).toEqual([20, 20, 25, 40, 40])
  expect(marginAt(hosts, three, 100)).toBe(50)
  expect(worst(hosts, three, [0, 100])).toBe(50)
  expect(worst(hosts, two, [0, 50])).toBe(25)
  expect(worst(hosts, one, [0, 100])).toBe(0)
  expect(worst(hosts, five, [0, 100])).toBe(null)
})

test('two hosts are as far off each other as the way between them', () => {
  expect(marginBetween(hosts, one, one, 0)).toBe(0)
  expect(marginBetween(hosts, three, two, 0)).toBe(10)
  expect(marginBetween(hosts, three, four, 0)).toBe(40)
  expect(marginBetween(hosts, five, one, 0)).toBe(null)
  expect(marginBetween(hosts, three, five, 0)).toBe(null)
})
