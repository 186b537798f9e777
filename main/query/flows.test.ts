import { expect, test } from 'vitest'
import { flowKinds } from '../../wire/kinds.ts'
import { drawn, type Drawing } from '../ingest/drawing.ts'
import { flows } from './flows.ts'

const arrows = (drawing: string, lane: string, ms: number, depth: number, options: Drawing = {}) => {
  const t = drawn(drawing, { unit: 1e6, ...options })
  const laneOf = (name: string) => t.objects.find((o) => o?.name === name)!.lane!.id
  const nameOf = (id: number) => t.objects[t.lanes[id]!.object]!.name
  const answer = flows(t, { lane: laneOf(lane), time: ms * 1e6, depth }).flows
  t.db.close()
  return answer
    .sort((a, b) => a.step - b.step || a.toTime - b.toTime)
    .map(
      (f) => `${f.step}: ${nameOf(f.fromLane)} ${f.fromTime / 1e6} > ${nameOf(f.toLane)} ${f.toTime / 1e6} ${f.object}`,
    )
}
const relay = `
  t1  AAAA...........
  t2  ..aaAAAA.......
  t3  .....aaaAAAA...
  t4  ........aaaaAA.
`

test.each([{ live: false }, { live: true }])(
  'a wait is ended by an arrow, and its thread sends the next',
  ({ live }) => {
    expect(arrows(relay, 't3', 6, 1, { live })).toEqual(['-1: t2 8 > t3 8 A', '1: t3 12 > t4 12 A'])
  },
)
test('more steps go further into cause and effect', () => {
  expect(arrows(relay, 't3', 6, 3)).toEqual(['-2: t1 4 > t2 4 A', '-1: t2 8 > t3 8 A', '1: t3 12 > t4 12 A'])
})
test('a hold was let in by one arrow and lets in by another', () => {
  expect(arrows(relay, 'A', 5, 1)).toEqual(['-1: t1 4 > t2 4 A', '1: t2 8 > t3 8 A'])
})
test('a notify wakes, an item is handed off', () => {
  const objects: Drawing['objects'] = { C: { kind: 'condition', name: 'news' }, Q: { kind: 'queue', name: 'jobs' } }
  const drawing = `
    t1  .cccc.......
    t2  ....!..+....
    t3  .qqqqqqq-...
  `
  expect(arrows(drawing, 't1', 2, 1, { objects })).toEqual(['-1: t2 4 > t1 5 news'])
  expect(arrows(drawing, 'jobs', 7, 1, { objects })).toContain('1: t2 7 > t3 8 jobs')
})
test('where nothing is selected there are no arrows', () => {
  expect(arrows(relay, 't1', 10, 2)).toEqual([])
})
test('a program of 1,000 arrows gives 200 and says that there are more', () => {
  const turns = 1000
  const t = drawn(
    `
    t1  ${'+.'.repeat(turns)}
    t2  ${'.-'.repeat(turns)}
  `,
    { objects: { Q: { kind: 'queue', name: 'jobs' } } },
  )
  const lane = t.objects.find((o) => o?.name === 'jobs')!.lane!.id
  const one = flows(t, { lane, time: 100, depth: 8 })
  expect(one.flows.length).toBeLessThanOrEqual(200)
  expect(one.flows.every((f) => f.kind === flowKinds.handoff)).toBe(true)
  t.db.close()
})
