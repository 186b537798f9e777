import { afterEach, describe, expect, test } from 'vitest'
import { drawn, type Drawing } from '../ingest/drawing.ts'
import type { Trace } from '../store/trace.ts'
import { slice, step } from './slice.ts'

const open: Trace[] = []
const trace = (drawing: string, options: Drawing = {}) => {
  const t = drawn(drawing, { unit: 1e6, ...options })
  open.push(t)
  return t
}
afterEach(() => open.splice(0).forEach((t) => t.db.close()))
const laneOf = (t: Trace, name: string) => t.objects.find((o) => o?.name === name)!.lane!.id
const sentence = (t: Trace, name: string, ms: number) =>
  slice(t, { lane: laneOf(t, name), time: ms * 1e6, slack: 0 })?.sentence

describe.each([{ live: false }, { live: true }])('a wait and a hold, live: $live', ({ live }) => {
  const three = `
    bea  HHHHHHHH........z
    ada  ..wwwwwwHHHH....z
    ben  ...wwwwwwwwwHHHH.
  `
  test('a wait says who held it meanwhile, longest first, each with line and share', () => {
    const t = trace(three, { live, objects: { A: { kind: 'lock', name: 'Account.lock' } } })
    const wait = slice(t, { lane: laneOf(t, 'ben'), time: 4e6, slack: 0 })!
    expect(wait).toMatchObject({ start: 3e6, dur: 9e6, kind: 1, open: false, thread: { name: 'ben' } })
    expect(wait.object).toMatchObject({ name: 'Account.lock', kind: 'lock', lane: laneOf(t, 'Account.lock') })
    expect(wait.others.map((o) => [o.thread, o.dur / 1e6, o.site])).toEqual([
      ['bea', 5, 'drawing.py:2'],
      ['ada', 4, 'drawing.py:3'],
    ])
    expect(wait.sentence).toBe(
      'ben waited 9 ms for Account.lock (drawing.py:1) at drawing.py:4, 5 ms of it held by bea at drawing.py:2, other parts by ada.',
    )
  })
  test('a hold says who waited meanwhile', () => {
    const t = trace(three, { live })
    const hold = slice(t, { lane: laneOf(t, 'A'), time: 1e6, slack: 0 })!
    expect(hold.thread!.name).toBe('bea')
    expect(hold.others.map((o) => [o.thread, o.dur / 1e6])).toEqual([
      ['ada', 6],
      ['ben', 5],
    ])
    expect(hold.sentence).toBe(
      'bea held A (drawing.py:1) for 8 ms at drawing.py:2, while ada and ben waited 11 ms in all.',
    )
  })
  test('a hold that nobody waited for says no more than that', () => {
    const t = trace('t1  .AAAA..', { live })
    expect(sentence(t, 'A', 2)).toBe('t1 held A (drawing.py:1) for 4 ms at drawing.py:2.')
  })
  test('every reason to wait has its words', () => {
    const t = trace(
      `
      get  .qq....zz
      see  .ccc.vv..
      put  .QQ+...ss
      fix  ...!.S.^S
    `,
      {
        live,
        objects: {
          Q: { kind: 'queue', name: 'jobs', capacity: 1 },
          C: { kind: 'condition', name: 'news' },
          V: { kind: 'event', name: 'gun' },
          S: { kind: 'semaphore', name: 'pool', capacity: 1 },
        },
      },
    )
    expect(sentence(t, 'get', 1)).toContain('get waited 2 ms for an item from jobs (drawing.py:')
    expect(sentence(t, 'put', 1)).toContain('put waited 2 ms for room in jobs (drawing.py:')
    expect(sentence(t, 'see', 1)).toContain('see waited 3 ms to be notified by news (drawing.py:')
    expect(sentence(t, 'see', 5)).toContain('for gun (drawing.py:')
    expect(sentence(t, 'put', 7)).toContain('for a permit of pool (drawing.py:')
    expect(sentence(t, 'get', 7)).toContain('slept')
  })
})

test('what is not over is said so: so far while it is recorded, when the recording ended afterwards', () => {
  const drawing = `
    t1  AAAAAAAA
    t2  ..aaaaaa
    t3  .......z
  `
  const live = trace(drawing, { live: true })
  expect(sentence(live, 't2', 3)).toBe(
    't2 has waited 6 ms for A (drawing.py:1) at drawing.py:3 so far, all of it held by t1 at drawing.py:2.',
  )
  expect(sentence(live, 'A', 3)).toBe(
    't1 has held A (drawing.py:1) for 8 ms at drawing.py:2 so far, while t2 waited 6 ms.',
  )
  const killed = trace(drawing, { killed: true })
  const wait = slice(killed, { lane: laneOf(killed, 't2'), time: 3e6, slack: 0 })!
  expect(wait.open).toBe(true)
  expect(wait.sentence).toContain('t2 had waited')
  expect(wait.sentence).toContain('when the recording ended')
})

test('a wait that ends without what it waited for says how', () => {
  const t = trace(`
    bea  AAAAAAAAAAAA..
    ada  ..aaaa~.......
    eve  ...aaa%.......
    tom  ...zzz#.aaaaAA
  `)
  const at = (name: string, ms: number) => slice(t, { lane: laneOf(t, name), time: ms * 1e6, slack: 0 })!
  expect(at('ada', 3)).toMatchObject({ outcome: 'timedOut', open: false })
  expect(at('ada', 3).sentence).toBe(
    'ada waited 4 ms for A (drawing.py:1) at drawing.py:3, all of it held by bea at drawing.py:2, and gave up.',
  )
  expect(at('eve', 4)).toMatchObject({ outcome: 'raised' })
  expect(at('eve', 4).sentence).toMatch(/, until an exception ended the wait\.$/)
  expect(at('tom', 4)).toMatchObject({ outcome: 'cancelled' })
  expect(at('tom', 4).sentence).toBe('tom slept 3 ms at drawing.py:5, until it was cancelled.')
  expect(at('tom', 9)).toMatchObject({ outcome: 'done' })
  expect(at('tom', 9).sentence).toMatch(/held by bea at drawing.py:2\.$/)
})

test('a queue says how many items there were', () => {
  const t = trace(
    `
    put  .+.+QQ+..
    get  ......-..
  `,
    { live: true, objects: { Q: { kind: 'queue', name: 'jobs', capacity: 2 } } },
  )
  expect(sentence(t, 'jobs', 2)).toBe('There was 1 item in jobs (drawing.py:1) for 2 ms.')
  expect(sentence(t, 'jobs', 4)).toBe(
    'There were 2 items, which is all it takes, in jobs (drawing.py:1) for 3 ms, while put waited 2 ms.',
  )
})

test('where a thread runs there is no slice, but one nearby is found within the slack', () => {
  const t = trace('t1  ..AA......AA')
  const at = (ms: number, slack: number) =>
    slice(t, { lane: laneOf(t, 'A'), time: ms * 1e6, slack: slack * 1e6 })?.start
  expect(at(6, 0)).toBeUndefined()
  expect(at(6, 1)).toBeUndefined()
  expect(at(6, 2)).toBe(2e6)
  expect(at(8, 2)).toBe(10e6)
  expect(at(1.5, 1)).toBe(2e6)
})

test('stepping goes from slice to slice, across blocks and into the tail, and ends at both ends', () => {
  const turns = 5000
  const t = trace(`t1  ${'A.'.repeat(turns)}`, { live: true })
  const lane = laneOf(t, 'A')
  expect(t.lanes[lane]!.blocks.length).toBe(2)
  let n = 1
  for (let at = slice(t, { lane, time: 0, slack: 0 }); ; n++) {
    const next = step(t, { lane, time: at!.start, direction: 'next' })
    if (!next) break
    expect(next.start).toBe(at!.start + 2e6)
    at = next
  }
  expect(n).toBe(turns)
  const middle = 2048 * 2e6
  expect(step(t, { lane, time: middle, direction: 'previous' })!.start).toBe(middle - 2e6)
  expect(step(t, { lane, time: 0, direction: 'previous' })).toBeNull()
})

test('a lane that is not there is named in one sentence', () => {
  expect(() => slice(trace('t1  .A'), { lane: 99, time: 0, slack: 0 })).toThrow('This trace has no lane 99')
})
