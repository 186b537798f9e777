import { expect, test } from 'vitest'
import { drawn } from '../ingest/drawing.ts'
import { Examination, examine } from './diagnose.ts'
import { LockUses } from './lock-uses.ts'
import { Nesting } from './nesting.ts'
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
  const watch = new Watch(t, [LockUses, Nesting])
  let looks = 0
  do {
    watch.look()
    looks++
    const sums = [...watch.tally(LockUses).all.values()].reduce((n, use) => n + use.holds, 0)
    expect(sums + watch.behind).toBe(5 * turns + 2)
  } while (watch.behind > 0)
  expect(looks).toBeGreaterThan(2)
  const uses = [...watch.tally(LockUses).all].map(([id, use]) => [
    t.objects[id]!.name,
    use.holds,
    use.held,
    use.threads.size,
  ])
  expect(uses.sort()).toEqual([
    ['A', 2 * turns + 1, 7 * turns + 2, 2],
    ['B', 2 * turns + 1, 3 * turns + 4, 2],
    ['C', turns, turns, 1],
  ])
  const edges = [...watch.tally(Nesting).edges.values()].map(
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
  for (let i = 0; i < 1000 && answer().answer !== 'found'; i++);
  expect(answer().answer).toBe('found')
  t.db.close()
})

test('a finished trace is examined in portions, and says how far it is', () => {
  const t = drawn(drawing)
  const examination = new Examination(t)
  const told = [examination.progress]
  while (!examination.step(0)) told.push(examination.progress)
  expect(told.length).toBeGreaterThan(3)
  expect(told).toEqual([...told].sort((a, b) => a - b))
  expect(told[0]).toBe(0)
  expect(examination.progress).toBe(1)
  expect(examination.diagnosis).toEqual(examine(t))
  expect(examination.diagnosis.rules.find((r) => r.rule === 'lock-order')!.answer).toBe('found')
  t.db.close()
})
