// What is known of slices between processes, the same while it is recorded and of a trace that was opened.
import { afterEach, describe, expect, test } from 'vitest'
import { drawnRanks, type RanksDrawing } from '../ingest/drawing-ranks.ts'
import type { Trace } from '../store/trace.ts'
import { flows } from './flows.ts'
import { slice } from './slice.ts'

const open: Trace[] = []
afterEach(() => open.splice(0).forEach((t) => t.close()))
const told = (trace: Trace, lane: number, time: number) => {
  const found = slice(trace, { lane, time, slack: 0 })!
  return { called: found.called, facts: found.facts.map(({ name, text }) => `${name}: ${text}`), is: found.sentence }
}
const laneOfRank = (trace: Trace, rank: number) =>
  trace.threads.find((t) => trace.processes[t.object.process]?.rank?.rank === rank)!.object.lane!.id

describe.each(['recorded', 'opened', 'live'])('%s', (how) => {
  const drawn = (drawing: string, options: RanksDrawing = {}) => {
    const made = drawnRanks(drawing, { unit: 1e6, live: how === 'live', ...options })
    open.push(made)
    if (how !== 'opened') return made
    made.messages.n = made.entries.length = made.submissions.length = 0
    return made
  }

  test('a collective says what it is, who was last and by how much', () => {
    const trace = drawn(
      `
      0  ..====...
      1  ...===...
      2  .....=...
    `,
      { collectives: { '=': { operation: 'reduceScatter' } } },
    )
    const facts = [
      'Operation: reduce-scatter, number 1 of its communicator',
      'Bytes: 8 bytes from each rank',
      'Came last: rank 2 at drawing.py:6, 3 ms after the first',
    ]
    const wait = told(trace, laneOfRank(trace, 0), 3e6)
    expect(wait).toMatchObject({ called: 'reduce-scatter', facts })
    expect(wait.is).toMatch(/^rank 0 waited 4 ms in reduce-scatter of .+ at drawing.py:3/)
    const communicator = trace.objects.find((o) => o?.lane?.kind === 'communicator')!
    const band = told(trace, communicator.lane!.id, 3e6)
    expect(band).toMatchObject({ called: 'reduce-scatter', facts })
    expect(band.is).toMatch(
      /^The ranks of .+ were in reduce-scatter for 4 ms; rank 2 entered it last at drawing.py:6\.$/,
    )
  })

  test('a root is named, and so is who has not come', () => {
    const trace = drawn(
      `
      0  ..====
      1  ...===
      2  ......
    `,
      { collectives: { '=': { operation: 'bcast', root: 1 } } },
    )
    expect(told(trace, laneOfRank(trace, 0), 3e6).facts).toEqual([
      'Operation: bcast, number 1 of its communicator',
      'Root: rank 1',
      'Bytes: 8 bytes from each rank',
      'Came last: rank 1 at drawing.py:4, 1 ms after the first',
      'Not come: 1 rank',
    ])
  })

  test('a wait for a message says when it was sent and how long it is; so does a send that waits', () => {
    const trace = drawn(
      `
      0  zzzz1...BBBB...
      1  ..aaa.....aa...
    `,
      { bytes: () => 3_145_728 },
    )
    expect(told(trace, laneOfRank(trace, 1), 3e6).facts).toEqual([
      'Sent by: rank 0, 2 ms after this wait began',
      'Message: 3 MiB',
    ])
    expect(told(trace, laneOfRank(trace, 1), 11e6).facts).toEqual(['Sent by: rank 0, 2 ms before it', 'Message: 3 MiB'])
    expect(told(trace, laneOfRank(trace, 0), 9e6).facts).toEqual(['Received by: rank 1', 'Message: 3 MiB'])
    const arrows = flows(trace, { lane: laneOfRank(trace, 1), time: 3e6, depth: 1 }).flows
    expect(arrows.map(({ kind, bytes, step }) => ({ kind, bytes, step }))).toContainEqual({
      kind: 12,
      bytes: 3_145_728,
      step: -1,
    })
  })
})
