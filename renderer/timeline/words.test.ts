import { describe, expect, test } from 'vitest'
import type { Flow, Slice } from '../../wire/api.ts'
import { flowKinds, sliceKinds } from '../../wire/kinds.ts'
import type { Item } from './display-list.ts'
import { aLane } from './drawing.fixture.ts'
import { flowFacts, itemFacts, sliceLabel, spoken } from './words.ts'

const thread = aLane(1, 'worker-3')
const item = (more: Partial<Item> = {}): Item => ({
  from: 0,
  to: 2e6,
  x0: 0,
  x1: 10,
  count: 1,
  exact: true,
  clipped: false,
  kind: sliceKinds.lock,
  share: [1, 0, 0, 0, 0, 0],
  value: 0,
  ...more,
})
const slice = (more: Partial<Slice> = {}): Slice => ({
  lane: 1,
  start: 0,
  dur: 3e6,
  kind: sliceKinds.lock,
  open: false,
  outcome: 'done',
  thread: { lane: 1, name: 'audit' },
  object: { id: 2, lane: 2, name: 'Account.lock', kind: 'lock' },
  site: null,
  stack: [],
  others: [],
  value: 0,
  called: '',
  facts: [],
  sentence: '',
  ...more,
})
const known = (more: Partial<Slice> = {}) => ({ slice: slice(more), label: sliceLabel(slice(more)) })

describe('labels', () => {
  const text = (more: Partial<Slice>) => sliceLabel(slice(more)).text
  test('say who is waited for, or who holds it', () => {
    expect(text({})).toBe('waits for Account.lock')
    expect(text({ kind: sliceKinds.holdContended })).toBe('held by audit')
    expect(text({ kind: sliceKinds.sleep })).toBe('sleeps')
    expect(text({ kind: sliceKinds.depth, value: 1 })).toBe('1 item')
  })
  test('of loops, pools and processes', () => {
    const loop = { id: 3, lane: 3, name: 'loop', kind: 'loop' } as const
    expect(text({ kind: sliceKinds.stall, object: loop, dur: 83e6 })).toBe('audit blocked the loop for 83 ms')
    expect(text({ kind: sliceKinds.stall, object: loop, thread: null, dur: 83e6 })).toBe('blocked the loop for 83 ms')
    expect(text({ kind: sliceKinds.hold, object: loop })).toBe('a step of audit')
    const site = { file: 'a.py', line: 3, func: 'resize', text: '' }
    expect(text({ kind: sliceKinds.job, site })).toBe('resize on audit')
    expect(text({ kind: sliceKinds.job })).toBe('a job on audit')
    expect(text({ kind: sliceKinds.task, object: { ...loop, name: 'fetch-1', kind: 'task' } })).toBe('awaits fetch-1')
    expect(text({ kind: sliceKinds.loop, object: loop })).toBe('waits for its turn')
    expect(text({ kind: sliceKinds.gil })).toBe('waits for the GIL')
  })
  test('say no name where there is none', () => {
    expect(text({ object: null })).toBe('waits for a lock')
    expect(text({ kind: sliceKinds.hold, thread: null })).toBe('held')
  })
})

describe('facts', () => {
  test('of one slice: what and how long, as the engine knows it', () => {
    expect(itemFacts(thread, item(), known())).toEqual({
      title: 'waits for Account.lock',
      from: 0,
      lines: ['for 3 ms'],
    })
  })
  test('of a slice that reaches out of the answer: no duration that is too short', () => {
    expect(itemFacts(thread, item({ clipped: true }), null).lines).toEqual(['for at least 2 ms'])
    expect(itemFacts(thread, item({ clipped: true }), known()).lines).toEqual(['for 3 ms'])
  })
  test('of a slice that is not over', () => {
    expect(itemFacts(thread, item(), known({ open: true })).lines).toEqual(['3 ms so far'])
  })
  test('of folded ones: how many, and what share of the time', () => {
    const folded = item({ exact: false, count: 37, share: [0.62, 0, 0.08, 0, 0, 0] })
    expect(itemFacts(thread, folded, null)).toMatchObject({
      title: '37 waits in 2 ms',
      lines: ['62 % waiting for a lock', '8 % waiting for a queue', '30 % running'],
    })
  })
  test('of folded holds: what is left is free', () => {
    const folded = item({ exact: false, count: 2, share: [0.25, 0.25, 0, 0, 0, 0], kind: sliceKinds.hold })
    expect(itemFacts(aLane(2, 'A', { kind: 'lock' }), folded, null).lines).toEqual([
      '25 % held while others wait',
      '25 % held, nobody waits',
      '50 % free',
    ])
  })
  test('of folded steps: which of them block the loop', () => {
    const folded = item({ exact: false, count: 9, share: [0.1, 0.5, 0.4, 0, 0, 0], kind: sliceKinds.hold })
    expect(itemFacts(aLane(2, 'loop', { kind: 'loop' }), folded, null)).toMatchObject({
      title: '9 steps in 2 ms',
      lines: ['50 % steps while others wait for their turn', '40 % steps that block the loop', '10 % steps'],
    })
  })
  test('of jobs that wait for a pool', () => {
    const backlog = aLane(3, 'pool: jobs waiting', { kind: 'queue', objectKind: 'queue' })
    expect(itemFacts(backlog, item({ kind: sliceKinds.depth, value: 3 }), null).title).toBe('3 jobs wait for a worker')
  })
  test('of a bounded queue: how full', () => {
    const q = aLane(3, 'jobs', { kind: 'queue', capacity: 8 })
    expect(itemFacts(q, item({ kind: sliceKinds.depth, value: 3 }), null).title).toBe('3 of 8 items')
  })
})

test('the selection is spoken as its sentence', () => {
  expect(spoken(slice({ sentence: 'worker-3 waited 3 ms.' }), thread)).toBe('worker-3 waited 3 ms.')
  expect(spoken(slice(), thread)).toBe('worker-3: waits for Account.lock for 3 ms')
  expect(spoken(null, undefined)).toBe('Nothing is selected.')
})

test.each([
  [0, []],
  [12_000, ['± 12 µs, by the clocks of two hosts']],
  [90_000, ['± 90 µs, by the clocks of two hosts: less well known than it is long']],
  [null, ['between two hosts whose clocks nobody has compared: how long it took is not known']],
])('an arrow between hosts says how well its length is known: %s', (margin, said) => {
  const arrow = { kind: flowKinds.message, fromLane: 1, fromTime: 0, toLane: 2, toTime: 80_000 }
  const flow: Flow = { ...arrow, object: 'world', bytes: 0, margin, step: 1 }
  expect(flowFacts(flow, (lane) => `rank ${lane}`).lines).toEqual(['rank 1 → rank 2, 80 µs later', ...said])
})
