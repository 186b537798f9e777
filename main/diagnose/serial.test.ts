import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { eventKinds, objectKinds, reasons } from '../../wire/kinds.ts'
import { Ingest } from '../ingest/ingest.ts'
import { randomNumbers } from '../ingest/random-program.ts'
import { EventWriter } from '../ingest/write-events.ts'
import { createTrace } from '../store/database.ts'
import { makeRows } from '../store/rows.ts'
import type { Trace } from '../store/trace.ts'
import { duration } from '../query/words.ts'
import { serial } from './serial.ts'
import { unfinished } from './unfinished.ts'
import { Watch } from './watch.ts'

const what: Record<string, number> = {
  ...{ l: reasons.lock, q: reasons.queueGet, z: reasons.sleep, j: reasons.join, d: reasons.device },
}

/**
 * A process a row (or with `threads` a thread of one, without a GIL when `free`): # runs, l waits for a lock, q at a
 * queue, j for an end, d for a device, z sleeps. 20 ms a column.
 */
const drawn = (rows: string[], { threads = false, free = false, unit = 20e6 } = {}): Trace => {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-serial-'))
  mkdirSync(join(folder, 'run'))
  const build = free ? 'cpython free-threaded' : 'cpython'
  const writers: EventWriter[] = []
  rows.forEach((row, i) => {
    const w = threads && writers[0] ? writers[0] : new EventWriter(join(folder, 'run'), { pid: 100 + i, build })
    if (w !== writers[0]) writers.push(w)
    const thread = w.thread(`p${i + 1}`)
    w.add(thread, 0, eventKinds.threadBegin, { object: thread })
    const lock = w.object(objectKinds.lock, thread, 0).serial
    const cells = [...row, '#']
    let since = 0
    for (let at = 1; at < cells.length; at++) {
      if (cells[at] === cells[since]) continue
      const flags = what[cells[since]!]
      const object = flags === reasons.lock || flags === reasons.queueGet ? lock : 0
      if (flags) {
        w.add(thread, since * unit, eventKinds.wait, { flags, object })
        w.add(thread, at * unit, eventKinds.wake, { object })
      }
      since = at
    }
  })
  for (const w of writers) {
    w.end(rows[0]!.length * unit)
    w.close()
  }
  const trace = createTrace(join(folder, 'trace.interleave'))
  new Ingest(trace, join(folder, 'run')).finish()
  makeRows(trace)
  rmSync(folder, { recursive: true })
  return trace
}
const found = (trace: Trace) => {
  const watch = new Watch(trace, serial.tallies!)
  watch.look()
  const answer = serial.look({ trace, unfinished: unfinished(trace), behind: 0, tally: (kind) => watch.tally(kind) })
  if ('cannotTell' in answer) throw new Error(answer.cannotTell)
  return answer
}
const sentences = (rows: string[], options = {}) => {
  const t = drawn(rows, options)
  const told = found(t).map((f) => f.sentence)
  t.db.close()
  return told
}
/** Three take turns of 80 ms; all run in the first and the last column. */
const turns = ['#####llllllll#', '#llll####llll#', '#llllllll#####']

describe('told', () => {
  test('three processes of which nearly always one runs', () => {
    const [told] = sentences(turns)
    expect(told).toMatch(/^3 workers had work for 280 ms, and in 240 ms of it exactly one ran \(p1 80 ms, /)
    expect(told).toContain('on average 1.3 of 3')
    // 240 of 240 + 2 × 60 ms of work
    expect(told).toContain('with 67 % of the work done alone, no number of workers does it more than 1.5 times as fast')
    // 240 of 280 ms: 3 - 0.857 × 2
    expect(told).toContain('by Gustafson, 3 do 1.3 times as much')
  })
  test('threads without a GIL, too', () => {
    expect(sentences(turns, { threads: true, free: true })).toHaveLength(1)
  })
  test('workers that have nothing to do while another one prepares it', () => {
    const rows = ['########z########z', 'qqqqqqqq##qqqqqqq##', 'qqqqqqqq##qqqqqqq##'].map((r) => r.slice(0, 18))
    expect(sentences(rows.map((r) => `#${r}#`))).toHaveLength(1)
  })
  test('its SQL gives the time in which one ran', () => {
    const t = drawn(turns)
    const [f] = found(t)
    const rows = t.db.prepare(f!.sql).raw().all() as [number, number][]
    expect(rows).toEqual([
      [1, 240],
      [3, 40],
    ])
    t.db.close()
  })
})

describe('not told', () => {
  test.each<[string, string[], object]>([
    ['two that take turns', turns.slice(0, 2), {}],
    ['threads of a process that has a GIL', turns, { threads: true }],
    ['all run at once', turns.map((row) => '#'.repeat(row.length)), {}],
    ['one runs for less than half of the run', turns.map((row) => '#'.repeat(16) + row), {}],
    ['a short run', turns, { unit: 8e6 }],
    ['the others sleep', turns.map((row) => row.replaceAll('l', 'z')), {}],
    ['the others wait for its end', ['#################', '#jjjjjjjjjjjjjjj#', '#jjjjjjjjjjjjjjj#'], {}],
    ['a device works for another one', [...turns.slice(0, 2), '#dddddddd#####'], {}],
    ['only at the start there is work for one', ['##########', 'qqqqqqqqq#', 'qqqqqqqqq#'], {}],
    ['and at the end', ['##########', '#qqqqqqqqq', '#qqqqqqqqq'], {}],
    ['two of the three hardly do anything', ['#'.repeat(60), `#${'l'.repeat(58)}#`, `#${'l'.repeat(58)}#`], {}],
  ])('%s', (_, rows, options) => {
    expect(sentences(rows, options)).toEqual([])
  })
})

test.each([1, 2, 3, 4])('random processes: the figures are those of looking at each column (%i)', (seed) => {
  const random = randomNumbers(seed)
  const rows = ['#', '#', '#', '#']
  for (let column = 1; column < 119; column++) {
    const turn = Math.floor(random() * 4)
    const alone = random() < 0.7
    for (let i = 0; i < 4; i++) rows[i] += i === turn || (!alone && random() < 0.5) ? '#' : 'l'
  }
  for (let i = 0; i < 4; i++) rows[i] += '#'
  const t = drawn(rows)
  const alone = Array.from({ length: 120 }, (_, i) => rows.filter((row) => row[i] === '#').length).filter(
    (n) => n === 1,
  )
  const [told] = found(t)
  const [one] = (t.db.prepare(told!.sql).raw().all() as [number, number][]).filter(([ran]) => ran === 1)
  expect(one![1]).toBeCloseTo(alone.length * 20)
  expect(told!.sentence).toContain(
    `4 workers had work for 2.4 s, and in ${duration(alone.length * 20e6)} of it exactly one`,
  )
  t.db.close()
})
