import { expect, test } from 'vitest'
import { drawn, type Drawing } from '../ingest/drawing.ts'
import { examine } from './diagnose.ts'

const look = (drawing: string, options: Drawing = {}) => {
  const t = drawn(drawing, { unit: 1e6, ...options })
  const { findings } = examine(t)
  t.db.close()
  return findings.filter((f) => f.rule === 'lock-order').map((f) => f.sentence)
}
const opposite = `
  ada  AAAAAA...............
  ada  ..BBB................
  ben  ..........BBBBBBBBB..
  ben  ............AAAA.....
`

test.each([{ live: false }, { live: true }])('opposite orders are found though nothing went wrong', ({ live }) => {
  expect(look(opposite, { live })).toEqual([
    'ada took A (drawing.py:1) at drawing.py:3 and then B (drawing.py:2) at drawing.py:4; ' +
      'ben took B (drawing.py:2) at drawing.py:5 and then A (drawing.py:1) at drawing.py:6. ' +
      'These are opposite orders: at an unlucky moment none of them can go on.',
  ])
})
test('the proof is the four holds, each whole', () => {
  const t = drawn(opposite, { unit: 1e6 })
  const { evidence } = examine(t).findings.find((f) => f.rule === 'lock-order')!
  expect(evidence.map((e) => [e.time / 1e6, e.dur / 1e6])).toEqual([
    [0, 6],
    [2, 3],
    [10, 9],
    [12, 4],
  ])
  t.db.close()
})
test('one thread alone cannot meet itself', () => {
  expect(
    look(`
      ada  AAAAAA....BBBBBBBBB..
      ada  ..BBB.......AAAA.....
      ben  .....................
    `),
  ).toEqual([])
})
test('one order everywhere is clear', () => {
  expect(
    look(opposite.replace('BBBBBBBBB', 'AAAAAAAAA').replace('  AAAA', '  BBBB').replace('..AAAA..', '..BBBB..')),
  ).toEqual([])
})
test('orders that one lock guards are excused', () => {
  expect(
    look(`
      ada  GGGGGGGG.............
      ada  .AAAAAA..............
      ada  ..BBB................
      ben  .........GGGGGGGGGGG.
      ben  ..........BBBBBBBBB..
      ben  ............AAAA.....
    `),
  ).toEqual([])
})
test('an order that was over before the other thread began is excused', () => {
  expect(
    look(`
      ada  AAAAAA...............
      ada  ..BBB................
      ben            BBBBBBBBB..
      ben            ..AAAA.....
    `),
  ).toEqual([])
})
test('taking the second after giving the first back is no order', () => {
  expect(
    look(`
      ada  AAAABBBB.............
      ben  ..........BBBBAAAA...
    `),
  ).toEqual([])
})
test('a circle over three locks by three threads is found', () => {
  const sentences = look(`
    ada  AAAAAA...............
    ada  ..BBB................
    ben  .......BBBBBB........
    ben  ........CCC..........
    eva  ..............CCCCC..
    eva  ...............AAA...
  `)
  expect(sentences.length).toBe(1)
  expect(sentences[0]).toContain('Together these go round in a circle')
})
test('locks of different lines are compared by their lines: the next run may meet on the same two', () => {
  const objects: Drawing['objects'] = {
    A: { kind: 'lock', name: 'Bank.lock' },
    B: { kind: 'lock', name: 'Vault.lock' },
  }
  expect(look(opposite, { objects })[0]).toContain('ada took Bank.lock (drawing.py:1)')
})
test('a wait that never ended counts as the second lock', () => {
  expect(
    look(
      `
      ada  AAAAAAAA
      ada  ..bbbbbb
      ben  .BBBBBBB
      ben  ...aaaaa
    `,
      { live: true },
    ).length,
  ).toBe(1)
})
test('thousands of turns cost one finding', () => {
  const turns = 3000
  expect(
    look(
      `
      ada  ${'AAAA....'.repeat(turns)}
      ada  ${'.BB.....'.repeat(turns)}
      ben  ${'....BBBB'.repeat(turns)}
      ben  ${'.....AA.'.repeat(turns)}
    `,
    ).length,
  ).toBe(1)
})
test('an order seen early and wanted again later is as new as the last time', () => {
  expect(
    look(
      `
      ada  AAA......AAAAAAA
      ada  .BB.......bbbbbb
      ben      ....BBBBBBBB
      ben      .......aaaaa
    `,
      { live: true },
    ).length,
  ).toBe(1)
})
