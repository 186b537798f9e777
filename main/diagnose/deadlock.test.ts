import { expect, test } from 'vitest'
import { drawn, type Drawing } from '../ingest/drawing.ts'
import { examine } from './diagnose.ts'

const look = (drawing: string, options: Drawing = {}) => {
  const t = drawn(drawing, { unit: 100e6, ...options })
  const { findings, rules } = examine(t)
  t.db.close()
  return {
    sentences: findings.filter((f) => f.rule === 'deadlock').map((f) => f.sentence),
    findings: findings.filter((f) => f.rule === 'deadlock'),
    answer: rules.find((r) => r.rule === 'deadlock')!.answer,
  }
}
const crossed = `
  ada  AAAAAAAAAAAA
  ada  ..bbbbbbbbbb
  ben  .BBBBBBBBBBB
  ben  ...aaaaaaaaa
`

test('two threads that wait for each other are told, each with what it holds and where', () => {
  const { sentences, findings } = look(crossed, { live: true })
  expect(sentences).toEqual([
    'ada waits for B (drawing.py:2) at drawing.py:4, which ben holds since it got it at drawing.py:5; ' +
      'ben waits for A (drawing.py:1) at drawing.py:6, which ada holds since it got it at drawing.py:3. ' +
      'None of them has moved for 900 ms.',
  ])
  expect(findings[0]).toMatchObject({ subject: 'ada and ben', weight: 1 })
  expect(findings[0]!.evidence.map((e) => e.time / 100e6)).toEqual([2, 1, 3, 0])
})

test('it is told of a finished trace too: what was open was cut', () => {
  const asleep = `${crossed}
  eva  ...........z
  `
  expect(look(asleep, { killed: true }).sentences[0]).toContain('When the recording ended none of them had moved for')
})

test('a circle that is younger than half a second is not told yet', () => {
  expect(look(crossed, { live: true, unit: 40e6 })).toMatchObject({ sentences: [], answer: 'clear' })
})

test('a circle of three is one finding', () => {
  const { sentences } = look(
    `
    ada  AAAAAAAAAAAA
    ada  ..bbbbbbbbbb
    ben  .BBBBBBBBBBB
    ben  ...cccccccccc
    eva  .CCCCCCCCCCC
    eva  ...aaaaaaaaa
  `,
    { live: true },
  )
  expect(sentences.length).toBe(1)
  expect(sentences[0]).toMatch(/^ada waits .*; ben waits .*; eva waits .*\. None of them has moved/)
})

test('a long queue at one lock is no deadlock', () => {
  expect(
    look(
      `
      ada  AAAAAAAAAAAA
      ben  ..aaaaaaaaaa
      eva  ...aaaaaaaaa
    `,
      { live: true },
    ).answer,
  ).toBe('clear')
})

test('a thread that waits for its own lock is told only when nobody is left to release it', () => {
  const alone = `
    ada  AAAAAAAAAAAA
    ada  ..aaaaaaaaaa
  `
  expect(look(alone, { live: true }).sentences[0]).toContain(
    'ada waits for A (drawing.py:1) at drawing.py:3, which ada holds',
  )
  const signalled = `${alone}
    ben  ............
  `
  expect(look(signalled, { live: true }).answer).toBe('clear')
})
