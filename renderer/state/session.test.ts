// The session against an engine that says what the test wants, in the order the test wants.
import { expect, test } from 'vitest'
import type { Lane, Notices, Summary } from '../../wire/api.ts'
import { createSession, fitView, follow, followView, lagMeter, mergeLanes, type Ask } from './session.ts'

const lane = (id: number, kind: Lane['kind'] = 'thread') => ({ id, kind }) as Lane
const ids = (lanes: readonly Lane[]) => lanes.map((l) => l.id)

type Heard = (n: Notices['changed']) => void
function engine(state: Summary['state'], end: number) {
  let answered = () => {}
  const listeners = new Set<Heard>()
  const asked: string[] = []
  const summary = { trace: 1, state, end } as Summary
  const lanes = [lane(1)]
  const e = {
    summary,
    lanes,
    asked,
    listeners,
    ask: (async (call: string): Promise<unknown> => {
      asked.push(call)
      if (call === 'lanes') queueMicrotask(() => answered())
      return call === 'summary' ? { ...summary } : { lanes: [...lanes], more: 0 }
    }) as unknown as Ask,
    on: ((_: string, f: Heard) => {
      listeners.add(f)
      return () => listeners.delete(f)
    }) as Parameters<typeof follow>[1],
    /** what the engine says while recording; resolves when the session has asked again */
    changed(end: number): Promise<void> {
      summary.end = end
      const again = new Promise<void>((done) => (answered = () => setTimeout(done)))
      const n: Notices['changed'] = { trace: 1, end, state: summary.state, lanes: lanes.length, findings: 0 }
      listeners.forEach((f) => f(n))
      return again
    },
  }
  return e
}
const pace = { changed: 0, anyway: 1e6 }

test('the view is the whole run until 5 s, then its last 5 s', () => {
  expect(followView(2e9, null)).toEqual({ from: 0, to: 2e9 })
  expect(followView(0, null).to).toBeGreaterThan(0)
  expect(followView(12e9, null)).toEqual({ from: 7e9, to: 12e9 })
  expect(followView(12e9, 1e9)).toEqual({ from: 11e9, to: 12e9 })
  expect(followView(1e9, 3e9)).toEqual({ from: 0, to: 3e9 })
})

test('the picture is as far behind as the end falls back against the clock', () => {
  const lag = lagMeter()
  expect(lag(5_000, 100e6)).toBe(0)
  expect(lag(6_000, 1_050e6)).toBe(50e6)
  expect(lag(7_000, 1_100e6)).toBe(1e9)
  expect(lag(7_100, 2_300e6)).toBe(0)
})

test('a finished trace is fitted and does not follow', async () => {
  const e = engine('finished', 8e9)
  const s = createSession(1, e.ask)
  const stop = await follow(s, e.on, pace)
  expect(s.view.value).toEqual(fitView(8e9))
  expect(s.following.value).toBe(false)
  expect(s.end.value).toBe(8e9)
  stop()
  expect(e.listeners.size).toBe(0)
})

test('live: the view moves with the end until it is touched; following again keeps the width', async () => {
  const e = engine('recording', 1e9)
  const s = createSession(1, e.ask)
  const stop = await follow(s, e.on, pace)
  expect(s.view.value).toEqual({ from: 0, to: 1e9 })
  void e.changed(6e9)
  expect(s.view.value).toEqual({ from: 1e9, to: 6e9 })
  s.following.value = false
  s.view.value = { from: 2e9, to: 4e9 }
  void e.changed(9e9)
  expect(s.view.value).toEqual({ from: 2e9, to: 4e9 })
  expect(s.end.value).toBe(9e9)
  s.following.value = true
  expect(s.view.value).toEqual({ from: 7e9, to: 9e9 })
  void e.changed(10e9)
  expect(s.view.value).toEqual({ from: 8e9, to: 10e9 })
  stop()
})

test('lanes are asked again when their number changes, and notices of other traces mean nothing', async () => {
  const e = engine('recording', 1e9)
  const s = createSession(1, e.ask)
  const stop = await follow(s, e.on, pace)
  e.listeners.forEach((f) => f({ trace: 2, end: 99e9, state: 'recording', lanes: 7, findings: 0 }))
  expect(s.end.value).toBe(1e9)
  e.lanes.push(lane(2))
  await e.changed(2e9)
  expect(ids(s.lanes.value)).toEqual([1, 2])
  const before = e.asked.length
  void e.changed(3e9)
  expect(e.asked.length).toBe(before)
  e.summary.state = 'finished'
  await e.changed(4e9)
  expect(s.summary.value?.state).toBe('finished')
  expect(s.following.value).toBe(false)
  stop()
})

test('a short run that was followed is seen whole when it is over; a long one stays where it is', async () => {
  for (const [end, view] of [
    [2e9, fitView(2e9)],
    [20e9, { from: 15e9, to: 20e9 }],
  ] as const) {
    const e = engine('recording', end)
    const s = createSession(1, e.ask)
    const stop = await follow(s, e.on, pace)
    e.summary.state = 'finished'
    await e.changed(end)
    expect(s.view.value).toEqual(view)
    stop()
  }
})

test('lanes take the order of the reopened trace when it is over, unless somebody is at work on them', async () => {
  for (const touched of [false, true]) {
    const e = engine('recording', 2e9)
    e.lanes.push(lane(10, 'lock'), lane(11, 'lock'))
    const s = createSession(1, e.ask)
    const stop = await follow(s, e.on, pace)
    if (touched) s.following.value = false
    e.lanes.splice(1, 2, lane(11, 'lock'), lane(10, 'lock'))
    e.summary.state = 'finished'
    await e.changed(2e9)
    expect(ids(s.lanes.value)).toEqual(touched ? [1, 10, 11] : [1, 11, 10])
    stop()
  }
})

test('an end never goes back while recording; when it is over the last word counts', async () => {
  const e = engine('recording', 5e9)
  const s = createSession(1, e.ask)
  const stop = await follow(s, e.on, pace)
  void e.changed(4e9)
  expect(s.end.value).toBe(5e9)
  e.summary.state = 'finished'
  await e.changed(4.5e9)
  expect(s.end.value).toBe(4.5e9)
  stop()
})

test('a trace that is not there is said, and nothing keeps listening', async () => {
  const e = engine('finished', 0)
  const ask: Ask = () => Promise.reject(new Error('There is no trace 1.'))
  await expect(follow(createSession(1, ask), e.on, pace)).rejects.toThrow('There is no trace 1.')
  expect(e.listeners.size).toBe(0)
})

test('lanes stay in place while recording; threads stay above objects', () => {
  const shown = [lane(1), lane(2), lane(10, 'lock'), lane(11, 'lock')]
  const fresh = [lane(1), lane(2), lane(3), lane(12, 'queue'), lane(11, 'lock'), lane(10, 'lock')]
  expect(ids(mergeLanes(shown, fresh))).toEqual([1, 2, 3, 10, 11, 12])
  expect(ids(mergeLanes([], fresh))).toEqual([1, 2, 3, 12, 11, 10])
})
