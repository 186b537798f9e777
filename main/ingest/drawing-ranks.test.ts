// The vocabulary of drawings of ranks, a sign a test.
import { expect, test } from 'vitest'
import type { Trace } from '../store/trace.ts'
import { drawnRanks } from './drawing-ranks.ts'

const all = (trace: Trace, sql: string) => trace.db.prepare(sql).raw().all()
const waits = (trace: Trace) =>
  all(
    trace,
    `SELECT p.name, k.name, s.start, s.start + s.dur FROM slice s JOIN lane l ON l.id = s.lane JOIN object t ON t.id = l.object
     JOIN process p ON p.id = t.process JOIN kind k ON k.what = 'slice' AND k.id = s.kind WHERE l.kind = 'thread'
     ORDER BY s.start, 1`,
  )
const flows = (trace: Trace) =>
  all(
    trace,
    `SELECT k.name, pa.name, f.from_time, pb.name, f.to_time FROM flow f JOIN kind k ON k.what = 'flow' AND k.id = f.kind
     JOIN lane la ON la.id = from_lane JOIN object a ON a.id = la.object JOIN process pa ON pa.id = a.process
     JOIN lane lb ON lb.id = to_lane JOIN object b ON b.id = lb.object JOIN process pb ON pb.id = b.process ORDER BY f.to_time, 1`,
  )
const losses = (trace: Trace) => all(trace, 'SELECT what FROM loss')

test('a message that was waited for, and one that was there already', () => {
  const trace = drawnRanks(`
    0  zzzz1..1....
    1  ..aaa.....a.
  `)
  expect(waits(trace)).toEqual([
    ['rank 0', 'sleep', 0, 4],
    ['rank 1', 'message', 2, 5],
    ['rank 1', 'message', 10, 11],
  ])
  expect(flows(trace)).toEqual([
    ['message', 'rank 0', 4, 'rank 1', 5],
    ['message', 'rank 0', 7, 'rank 1', 11],
  ])
  expect(losses(trace)).toEqual([])
})

test('a send that is taken late, and a receive from whoever sends', () => {
  const trace = drawnRanks(`
    0  BBBBBB......
    1  ....aa......
    2  ......???...
    3  .......2....
  `)
  expect(flows(trace)).toEqual([
    ['message', 'rank 0', 0, 'rank 1', 6],
    ['taken', 'rank 1', 4, 'rank 0', 6],
    ['message', 'rank 3', 7, 'rank 2', 9],
  ])
  expect(losses(trace)).toEqual([])
})

test('collectives of all, with a root or without', () => {
  const trace = drawnRanks(
    `
    0  ==..^.....
    1  .=.^^.....
    `,
    { collectives: { '^': { operation: 'bcast', root: 0 } } },
  )
  expect(all(trace, 'SELECT number, operation, entered, left, root FROM entry ORDER BY number, entered')).toEqual([
    [1, 'allreduce', 0, 2, 0],
    [1, 'allreduce', 1, 2, 0],
    [2, 'bcast', 3, 5, 0],
    [2, 'bcast', 4, 5, 1],
  ])
  expect(flows(trace)).toEqual([
    ['collective', 'rank 1', 1, 'rank 0', 2],
    ['collective', 'rank 0', 4, 'rank 1', 5],
  ])
  expect(losses(trace)).toEqual([])
})
