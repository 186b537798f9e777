// Deadlocks between ranks, on drawings: who waits for whom is known from the ends of channels and from who has come.
import { expect, test } from 'vitest'
import { drawnRanks, type RanksDrawing } from '../ingest/drawing-ranks.ts'
import { examine } from './diagnose.ts'

const look = (drawing: string, options: RanksDrawing = {}) => {
  const trace = drawnRanks(drawing, { unit: 100e6, live: true, ...options })
  const findings = examine(trace).findings.filter((f) => f.rule === 'deadlock')
  trace.db.close()
  return findings
}
const sentences = (drawing: string, options?: RanksDrawing) => look(drawing, options).map((f) => f.sentence)

test('both send first', () => {
  const [found, ...others] = look(`
    0  ..BBBBBBBB
    1  ...AAAAAAA
  `)
  expect(others).toEqual([])
  expect(found!.sentence).toBe(
    'rank 0 waits for rank 1 to receive at drawing.py:3; rank 1 waits for rank 0 to receive at drawing.py:4. None of them has moved for 700 ms.',
  )
  expect(found!.parties.map(({ name, needs }) => [name, needs.map((n) => n.party)])).toEqual([
    ['rank 0', [1]],
    ['rank 1', [0]],
  ])
  expect(found!.tryThis).toContain('Sendrecv')
})

test('both receive first, in a ring of three, beside one that is done', () => {
  const [found] = look(`
    0  .ccccccccc
    1  .aaaaaaaaa
    2  .bbbbbbbbb
    3  ..zz
  `)
  expect(found!.subject).toBe('rank 0, rank 2 and rank 1')
})

test('a barrier against a receive', () => {
  expect(
    sentences(`
    0  ..||||||||
    1  ..||||||||
    2  ...aaaaaaa
  `)[0],
  ).toContain('rank 2')
})

test('a receive from a rank that is over', () => {
  expect(
    sentences(`
    0  ....
    1  ..aaaaaaaa
  `)[0],
  ).toContain('rank 1 waits')
})

test('who waits for a message of anybody, where all others wait for it', () => {
  const [found] = look(`
    0  ..????????
    1  .aaaaaaaaa
    2  ...aaaaaaa
  `)
  expect(found!.sentence).toMatch(
    /^rank 0 waits for a message at drawing.py:3, and nobody is left who could send or read one: rank 1 /,
  )
})

test.each([
  ['the other side runs', '0  ..BBBBBBBB', '1  ..........'],
  ['the other side sleeps', '0  ..bbbbbbbb', '1  .zzzzzzzzz'],
  ['somebody else could send', '0  ..??????????', '1  .aaaaaaaaaaa', '2  ............'],
  ['it has just begun', '0  .......BBB', '1  .......AAA'],
  ['all have come to the barrier', '0  ..||||||||', '1  ...|||||||'],
])('no deadlock: %s', (_, ...rows) => {
  expect(sentences(rows.map((row) => `    ${row}`).join('\n'))).toEqual([])
})

test('who has come late to a broadcast does not need those who come later still', () => {
  const collectives = { '^': { operation: 'bcast', root: 0 } } as const
  expect(
    sentences(
      `
    0  .^zzzzzzzz
    1  ..^^^^^^^^
    2  ..bbbbbbbb
    `,
      { collectives },
    ),
  ).toEqual([])
})

test('it is told of a trace that is over, too', () => {
  const both = `
    0  ..BBBBBBBB
    1  ...AAAAAAA
  `
  expect(sentences(both, { live: false })[0]).toMatch(/When the recording ended none of them had moved for 700 ms/)
})
