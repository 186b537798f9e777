// Actions against a session whose engine answers from a drawing.
import { beforeEach, expect, test } from 'vitest'
import type { Flow, Slice } from '../../wire/api.ts'
import { createSession, type Session } from '../state/session.ts'
import { actions } from './actions.ts'
import { deskOf } from './desk.ts'
import { aLane, cell, drawnTrace, type Sample } from './drawing.fixture.ts'

const trace = drawnTrace(`
  main    RRRRssssssssRRRRRRRR
  worker  RRwwwwRRcccRqqRRRRRR
  A       hhHHHH....hh........
`)
const full = (s: Sample | undefined): Slice | null =>
  s
    ? {
        ...s,
        open: false,
        outcome: 'done',
        thread: null,
        object: null,
        site: null,
        stack: [],
        others: s.kind === 1 ? [{ thread: 'main', lane: 3, time: 0, dur: 9, site: '' }] : [],
        called: '',
        facts: [],
        sentence: '',
      }
    : null
const flows: Flow[] = [
  { kind: 1, fromLane: 3, fromTime: 5 * cell, toLane: 2, toTime: 6 * cell, object: 'A', bytes: 0, margin: 0, step: -1 },
  { kind: 2, fromLane: 2, fromTime: 6 * cell, toLane: 1, toTime: 6 * cell, object: 'Q', bytes: 0, margin: 0, step: 1 },
  { kind: 2, fromLane: 2, fromTime: 6 * cell, toLane: 1, toTime: 99 * cell, object: 'Q', bytes: 0, margin: 0, step: 2 },
]

let s: Session
let late: Promise<void>
beforeEach(() => {
  late = Promise.resolve()
  const ask = async (call: string, a: { lane: number; time: number; slack: number; direction: string }) => {
    await late
    const on = trace.slices.filter((x) => x.lane === a.lane)
    const off = (x: Sample) => Math.max(0, x.start - a.time, a.time - (x.start + x.dur - 1))
    if (call === 'slice') return full(on.filter((x) => off(x) <= a.slack).sort((x, y) => off(x) - off(y))[0])
    if (call === 'step')
      return full(a.direction === 'next' ? on.find((x) => x.start > a.time) : on.findLast((x) => x.start < a.time))
    return { flows, more: false }
  }
  s = createSession(1, ask as Session['ask'])
  s.lanes.value = trace.lanes
  s.end.value = trace.end
  s.view.value = { from: 0, to: trace.end }
  deskOf(s).size.value = { width: 1000, height: 400, ratio: 1 }
})
const chosen = () => s.selection.value && [s.selection.value.lane, s.selection.value.start / cell]
const arrive = () => {
  const glide = deskOf(s).glide.value
  if (glide) s.view.value = glide.to
  deskOf(s).glide.value = null
}

test('a click selects the slice and shows its arrows; a click beside everything clears', async () => {
  await actions.select(s, 2, 3 * cell, 10)
  expect(chosen()).toEqual([2, 2])
  expect(s.flows.value).toEqual(flows)
  await actions.select(s, 2, 17 * cell, 10)
  expect(chosen()).toBe(null)
  expect(s.flows.value).toEqual([])
})

test('next and previous step along the lane, and stop at its ends', async () => {
  await actions.select(s, 2, 3 * cell, 10)
  await actions.next(s)
  expect(chosen()).toEqual([2, 8])
  await actions.next(s)
  await actions.next(s)
  expect(chosen()).toEqual([2, 12])
  await actions.previous(s)
  expect(chosen()).toEqual([2, 8])
})

test('without a selection, next takes the first slice in view of the first lane', async () => {
  await actions.next(s)
  expect(chosen()).toEqual([1, 4])
})

test('along an arrow to the nearest effect, back to the cause; b goes to the hold that held it up', async () => {
  await actions.select(s, 2, 3 * cell, 10)
  await actions.followFlow(s, 'effect')
  expect(chosen()).toEqual([1, 4])
  await actions.select(s, 2, 3 * cell, 10)
  await actions.followFlow(s, 'cause')
  expect(chosen()).toEqual([3, 2])
  await actions.select(s, 2, 3 * cell, 10)
  await actions.blocker(s)
  expect(chosen()).toEqual([3, 0])
})

test('a cause that a running thread was leads to what it had done, not to what it did next', async () => {
  await actions.select(s, 1, 5 * cell, 10)
  s.flows.value = [{ ...flows[0]!, fromLane: 2, fromTime: 7 * cell }]
  await actions.followTo(s, 0, 'from')
  expect(chosen()).toEqual([2, 2])
})

test('the lane above and below at the same time', async () => {
  await actions.select(s, 2, 3 * cell, 10)
  await actions.neighbour(s, 1)
  expect(chosen()).toEqual([3, 2])
  await actions.neighbour(s, -1)
  expect(chosen()).toEqual([2, 2])
})

test('a jump brings the slice into view, ends following, and undo goes back', async () => {
  s.following.value = true
  s.view.value = { from: 0, to: 2 * cell }
  await actions.jumpTo(s, 2, 9 * cell)
  arrive()
  expect(chosen()).toEqual([2, 8])
  expect(s.following.value).toBe(false)
  expect(s.view.value.from).toBeLessThan(8 * cell)
  expect(s.view.value.to).toBeGreaterThan(11 * cell)
  actions.undo(s)
  arrive()
  expect(s.view.value).toEqual({ from: 0, to: 2 * cell })
  actions.redo(s)
  arrive()
  expect(s.view.value.to).toBeGreaterThan(11 * cell)
})

test('a close jump shows what was around the slice, and stays where it is near already', async () => {
  s.view.value = { from: 0, to: 1_000 * cell }
  await actions.jumpTo(s, 2, 9 * cell, 'closely')
  arrive()
  const { from, to } = s.view.value
  const { start, dur } = s.selection.value!
  expect(dur / (to - from)).toBeCloseTo(1 / 6)
  expect(from).toBeLessThan(start)
  await actions.jumpTo(s, 2, 9 * cell, 'closely')
  arrive()
  expect(s.view.value).toEqual({ from, to })
  actions.undo(s)
  arrive()
  expect(s.view.value.to).toBe(1_000 * cell)
})

test('an answer that comes after the person went on is dropped', async () => {
  let arrives!: () => void
  late = new Promise((done) => (arrives = done))
  const first = actions.select(s, 2, 3 * cell, 10)
  actions.clear(s)
  arrives()
  await first
  expect(chosen()).toBe(null)
})

test('a second click before the first is answered selects the second', async () => {
  let arrives!: () => void
  late = new Promise((done) => (arrives = done))
  const clicks = [actions.select(s, 2, 17 * cell, 10), actions.select(s, 2, 9 * cell, 10)]
  arrives()
  await Promise.all(clicks)
  expect(chosen()).toEqual([2, 8])
})

test('a selected slice that goes on is looked at again, and has its arrows when it is over', async () => {
  await actions.select(s, 2, 3 * cell, 10)
  s.flows.value = []
  s.selection.value = { ...s.selection.value!, dur: 1, open: true }
  await actions.refresh(s)
  expect(s.selection.value).toMatchObject({ dur: 4 * cell, open: false })
  expect(s.flows.value).toEqual(flows)
})

test('what the engine cannot answer is said', async () => {
  const broken = createSession(2, () => Promise.reject(new Error('The trace was closed.')))
  await actions.select(broken, 1, 0, 0)
  expect(deskOf(broken).problem.value).toBe('The trace was closed.')
})

test('touching the view ends following; L follows again', () => {
  s.following.value = true
  actions.zoom(s, 0.5)
  expect(s.following.value).toBe(false)
  actions.follow(s)
  expect(s.following.value).toBe(true)
})

test('a lane in a closed group, or among the idle ones, is brought to light by a jump', async () => {
  s.lanes.value = [
    ...trace.lanes,
    ...Array.from({ length: 9 }, (_, i) => aLane(10 + i, `idle-${i}`, { kind: 'lock', objectKind: 'lock' })),
  ]
  actions.fold(s, '1:lock', false)
  await actions.jumpTo(s, 12, 5 * cell)
  const names = deskOf(s).layout.value.rows.flatMap((r) => (r.kind === 'lane' ? [r.lane.name] : []))
  expect(names).toContain('idle-2')
})

test('a mark is set where the mouse is, and taken away there', () => {
  deskOf(s).cursor.value = { x: 642, y: 100 }
  actions.mark(s)
  expect(s.marks.value).toHaveLength(1)
  expect(s.marks.value[0]).toBeCloseTo(trace.end / 2, -2)
  actions.mark(s)
  expect(s.marks.value).toEqual([])
})

test('pinning a lane of permits pins the whole semaphore', () => {
  s.lanes.value = [
    aLane(5, 'pool', { kind: 'semaphore' }),
    aLane(6, 'pool', { kind: 'semaphore', parent: 5, depth: 1 }),
  ]
  actions.pin(s, 6)
  expect(s.pinned.value).toEqual([5])
  actions.pin(s, 5)
  expect(s.pinned.value).toEqual([])
})
