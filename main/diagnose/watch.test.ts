import { expect, test } from 'vitest'
import { drawn } from '../ingest/drawing.ts'
import { examine, readOn } from './diagnose.ts'
import { Watch } from './watch.ts'

// two threads in turns at three locks, B inside A; at the end one of them takes A inside B
const turns = 25_000
const drawing = `
  ada  ${'AAAA....'.repeat(turns)}........
  ada  ${'.BB.....'.repeat(turns)}........
  ada  ${'......C.'.repeat(turns)}........
  ben  ${'....AAA.'.repeat(turns)}BBBB....
  ben  ${'.....B..'.repeat(turns)}.AA.....
`

test('a busy recording is read in portions: nothing twice, nothing left out, nesting seen across their edges', () => {
  const t = drawn(drawing, { live: true })
  const watch = new Watch(t)
  let looks = 0
  do {
    watch.look()
    looks++
    const sums = [...watch.locks.values()].reduce((n, use) => n + use.holds, 0)
    expect(sums + watch.behind).toBe(5 * turns + 2)
  } while (watch.behind > 0)
  expect(looks).toBeGreaterThan(2)
  const uses = [...watch.locks].map(([id, use]) => [t.objects[id]!.name, use.holds, use.held, use.threads.size])
  expect(uses.sort()).toEqual([
    ['A', 2 * turns + 1, 7 * turns + 2, 2],
    ['B', 2 * turns + 1, 3 * turns + 4, 2],
    ['C', turns, turns, 1],
  ])
  const edges = [...watch.nesting.edges.values()].map(
    (e) =>
      `${t.objects[e.from]!.name}>${t.objects[e.to]!.name} by ${e.taken.map((x) => t.objects[x.thread]!.name).sort()}`,
  )
  expect(edges.sort()).toEqual(['A>B by ada,ben', 'B>A by ben'])
  t.db.close()
})

test('until it has caught up lock-order cannot tell, then it finds', () => {
  const t = drawn(drawing, { live: true })
  const answer = () => examine(t).rules.find((r) => r.rule === 'lock-order')!
  expect(answer()).toMatchObject({ answer: 'cannot tell', because: 'not all of the recording has been read yet' })
  for (let i = 0; i < 20 && answer().answer !== 'found'; i++);
  expect(answer().answer).toBe('found')
  t.db.close()
})

test('a finished trace can be read in portions before it is looked at', () => {
  const t = drawn(drawing)
  let portions = 1
  while (!readOn(t)) portions++
  expect(portions).toBeGreaterThan(2)
  expect(examine(t).rules.find((r) => r.rule === 'lock-order')!.answer).toBe('found')
  t.db.close()
})
