import { describe, expect, test } from 'vitest'
import { drawn, type Drawing } from '../ingest/drawing.ts'
import { DeviceRun } from '../ingest/device-run.ts'
import { contention } from './contention.ts'

const rows = (drawing: string, options: Drawing = {}, area = {}) => {
  const t = drawn(drawing, { unit: 1e6, ...options })
  const answer = contention(t, area).map((c) => ({
    name: c.name,
    total: c.total / 1e6,
    count: c.count,
    longest: c.longest / 1e6,
    holders: Object.fromEntries(c.holders.map((h) => [h.thread, h.dur / 1e6])),
  }))
  t.db.close()
  return answer
}
const three = `
  t1  AAAAAAAA.........
  t2  ..aaaaaaAAAA.....
  t3  ...aaaaaaaaaAAAA.
`

describe.each([{ live: false }, { live: true }])('live: $live', ({ live }) => {
  test('waits for an object are added up, and shared among who held it meanwhile', () => {
    const all = [{ name: 'A', total: 15, count: 2, longest: 9, holders: { t1: 11, t2: 4 } }]
    expect(rows(three, { live })).toEqual(all)
    expect(rows(three, { live }, { from: 1, to: 20e6 })).toEqual(all)
  })
  test('in an area only what lies in it counts', () => {
    expect(rows(three, { live }, { from: 4e6, to: 9e6 })).toEqual([
      { name: 'A', total: 9, count: 2, longest: 5, holders: { t1: 8, t2: 1 } },
    ])
    expect(rows(three, { live }, { from: 13e6, to: 15e6 })).toEqual([])
  })
  test('holders at the same time share what was waited', () => {
    const pool: Drawing = { live, objects: { S: { kind: 'semaphore', name: 'pool', capacity: 2 } } }
    const drawing = `
      t1  SSSSSS....
      t2  SSSSSSSS..
      t3  ..ssssSS..
    `
    const expected = [{ name: 'pool', total: 4, count: 1, longest: 4, holders: { t1: 2, t2: 2 } }]
    expect(rows(drawing, pool)).toEqual(expected)
    expect(rows(drawing, pool, { from: 1, to: 10e6 })).toEqual(expected)
  })
  test('a wait for a signal is no contention, a wait at a queue is', () => {
    const drawing = `
      t1  .cccc.qqq..
      t2  ....!...+..
      t3  ........-..
    `
    const objects: Drawing['objects'] = { C: { kind: 'condition' }, Q: { kind: 'queue', name: 'jobs' } }
    expect(rows(drawing, { live, objects }).map((r) => [r.name, r.total])).toEqual([['jobs', 3]])
  })
})

test('a wait that is not over counts up to now, and so does who holds', () => {
  const drawing = `
    t1  AAAAAAAAAA
    t2  ..aaaaaaaa
    t3  ......aaaa
  `
  const expected = [{ name: 'A', total: 12, count: 2, longest: 8, holders: { t1: 12 } }]
  expect(rows(drawing, { live: true })).toEqual(expected)
  expect(rows(drawing, { live: true }, { from: 1, to: 10e6 })).toEqual(expected)
})

test('the longest wait is where a click goes', () => {
  const t = drawn(three, { unit: 1e6 })
  expect(contention(t)[0]!.longestAt).toEqual({ lane: t.objects.find((o) => o?.name === 't3')!.lane!.id, time: 3e6 })
  t.db.close()
})

test('waits for a device, and what its stream ran meanwhile', () => {
  const run = new DeviceRun()
  const gpu = run.device('GPU')
  const queue = run.stream('queue', gpu)
  queue.command('write', { called: 10, returned: 11, started: 20, ended: 100 }, { bytes: 4096, line: 7 })
  queue.kernel('add', { called: 20, returned: 21, started: 100, ended: 300 }, { line: 8 })
  run.waits(queue, 2, 50, 310)
  queue.kernel('add', { called: 400, returned: 410, started: 420, ended: 500 }, { line: 8 })
  const trace = run.trace(1000)
  const told = (area = {}) =>
    contention(trace, area).map(({ name, kind, total, holders }) => [
      ...[name, kind, total],
      holders.map(({ thread, site, dur }) => `${thread} ${site} ${dur}`),
    ])
  expect(told()).toEqual([
    ['queue', 'stream', 260, ['kernel add drawing.py:8 200', 'copies to the device drawing.py:7 50']],
  ])
  expect(told({ from: 60, to: 120 })).toEqual([
    ['queue', 'stream', 60, ['copies to the device drawing.py:7 40', 'kernel add drawing.py:8 20']],
  ])
  run.close()
})
