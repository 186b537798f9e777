// The critical path goes from rank to rank: along messages, sends that waited to be taken, and collectives.
import { expect, test } from 'vitest'
import { drawnRanks } from '../ingest/drawing-ranks.ts'
import { criticalPath } from './critical-path.ts'
import { nameOf } from './names.ts'

const pathOf = (drawing: string) => {
  const trace = drawnRanks(drawing)
  const { steps, because } = criticalPath(trace)
  expect(because).toBe('')
  trace.db.close()
  return steps.map((s) => `${nameOf(trace, trace.lanes[s.lane]!.object)} ${s.from}-${s.to} ${s.doing}`)
}

test('to who sent the message', () => {
  expect(pathOf('0  zzzz1....\n1  aaaaa..........')).toEqual(['rank 0 0-4 10', 'rank 1 4-5 16', 'rank 1 5-15 runs'])
})
test('not to who had sent it long before', () => {
  expect(pathOf('0  ..bb...........\n1  0........')).toEqual(['rank 0 0-2 runs', 'rank 0 2-4 16', 'rank 0 4-15 runs'])
})
test('to who received so late', () => {
  expect(pathOf('0  BBBBBB.........\n1  zzzzaa')).toEqual(['rank 1 0-4 10', 'rank 0 4-6 19', 'rank 0 6-15 runs'])
})
test('to who came last', () => {
  expect(pathOf('0  .=====.........\n1  zzz===..\n2  zzzzz=..')).toEqual([
    'rank 2 0-5 10',
    'rank 0 5-6 18',
    'rank 0 6-15 runs',
  ])
})
