import { expect, test } from 'vitest'
import type { SavedTrace } from '../wire/api.ts'
import type { ComparedFinding, Measured } from '../wire/comparison.ts'
import {
  axisEnd,
  differenceWords,
  findingsInOrder,
  intervalWords,
  mean,
  noDifference,
  spread,
} from './compare-words.ts'
import { candidates } from './earlier-runs.ts'

const measured = (more: Partial<Measured> = {}): Measured => ({
  before: [2e9, 2.2e9],
  after: [1.5e9, 1.7e9],
  difference: -0.5e9,
  interval: { from: -0.7e9, to: -0.3e9 },
  change: 'better',
  sure: true,
  ...more,
})

test('a difference is said with how sure it is', () => {
  expect(differenceWords(measured())).toBe('500 ms less')
  expect(differenceWords(measured({ sure: false }))).toBe('probably 500 ms less')
  expect(differenceWords(measured({ difference: 2e9, change: 'worse' }))).toBe('2 s more')
})

test('what the runs cannot show is not said in figures', () => {
  expect(differenceWords(measured({ change: 'same', sure: false }))).toBe(noDifference)
})

test('an interval says on which side of zero it lies; where the noise is not known there is none', () => {
  expect(intervalWords(measured())).toBe('between 300 ms and 700 ms less')
  expect(intervalWords(measured({ interval: { from: 0.1e9, to: 0.2e9 } }))).toBe('between 100 ms and 200 ms more')
  expect(intervalWords(measured({ interval: { from: -0.1e9, to: 0.2e9 } }))).toBe('between 100 ms less and 200 ms more')
  expect(intervalWords(measured({ interval: null }))).toBe('')
})

test('bars share one axis; a side without runs has none', () => {
  const end = axisEnd([measured(), measured({ after: [4e9] })])
  expect(end).toBe(4e9)
  const side = spread([1e9, 3e9], end)!
  expect(side).toEqual({ from: 0.25, to: 0.75, mean: 0.5 })
  expect(spread([], end)).toBeNull()
  expect(mean([])).toBeNull()
})

test('what got worse comes first, as before last', () => {
  const finding = (change: ComparedFinding['change'], subject: string) => ({ change, subject }) as ComparedFinding
  const list = [
    finding('same', 'a'),
    finding('gone', 'b'),
    finding('new', 'c'),
    finding('worse', 'd'),
    finding('new', 'e'),
  ]
  expect(findingsInOrder(list).map((f) => f.subject)).toEqual(['c', 'e', 'd', 'b', 'a'])
})

test('a trace is compared with whole ones only, those of the same program first, then its twins, the newest first', () => {
  const saved = (name: string, modified: number, more: Partial<SavedTrace> = {}): SavedTrace => ({
    path: `/t/${name}-${modified}`,
    name,
    bytes: 1,
    modified,
    unfinished: false,
    ...more,
  })
  const traces = [
    saved('other', 9),
    saved('bank', 1),
    saved('bank_fixed', 5),
    saved('bank-2026-11-26', 3),
    saved('bank', 4, { unfinished: true }),
    saved('bank', 6, { recording: true }),
    saved('bank', 7),
  ]
  expect(candidates(traces, '/t/bank-7', 'bank').map((t) => t.path)).toEqual([
    '/t/bank-2026-11-26-3',
    '/t/bank-1',
    '/t/bank_fixed-5',
    '/t/other-9',
  ])
})

test('the runs of a repeated recording are one choice, and none for one of themselves', () => {
  const saved = (name: string, modified: number): SavedTrace => ({
    path: `/t/${name}`,
    name,
    bytes: 5,
    modified,
    unfinished: false,
  })
  const traces = [
    saved('old-2', 3),
    saved('old-1', 2),
    saved('new-1', 8),
    saved('new-2', 9),
    saved('once-2026-11-26-2', 1),
  ]
  expect(candidates(traces, '/t/new-2', 'bank')).toEqual([
    { path: '/t/old-1', name: 'old', runs: 2, modified: 3, bytes: 10 },
    { path: '/t/once-2026-11-26-2', name: 'once-2026-11-26-2', runs: 1, modified: 1, bytes: 5 },
  ])
})
