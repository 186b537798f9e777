import { describe, expect, test } from 'vitest'
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

test('the parties of a circle: who waits since when, and what the other one has', () => {
  const { findings } = look(crossed, { live: true })
  const [ada, ben] = findings[0]!.parties
  expect(ada).toMatchObject({ name: 'ada', waits: 'waits for B (drawing.py:2) at drawing.py:4', time: 200e6 })
  expect(ada!.needs).toEqual([{ party: 1, because: 'holds B (drawing.py:2) since drawing.py:5' }])
  expect(ben!.needs).toEqual([{ party: 0, because: 'holds A (drawing.py:1) since drawing.py:3' }])
})

test('two circles are two findings, and who only waits for one of them is no party', () => {
  const { findings } = look(
    `
    ada  AAAAAAAAAAAA
    ada  ..bbbbbbbbbb
    ben  .BBBBBBBBBBB
    ben  ...aaaaaaaaa
    eva  CCCCCCCCCCCC
    eva  ..dddddddddd
    fay  .DDDDDDDDDDD
    fay  ...ccccccccc
    gil  ....aaaaaaaa
  `,
    { live: true },
  )
  expect(findings.map((f) => f.subject.split(' and ').sort().join())).toEqual(['ada,ben', 'eva,fay'])
})

describe('nobody is left: an event that all wait for', () => {
  const objects: Drawing['objects'] = { E: { kind: 'event', name: 'Race.start' } }
  const waiting = `
    ada  ..eeeeeeeeee
    ben  ....eeeeeeee
  `
  test('is told when nobody else is there, with words of its own', () => {
    const { findings } = look(waiting, { objects, live: true })
    expect(findings.map((f) => f.sentence)).toEqual([
      'ada waits for Race.start (drawing.py:1) to be set at drawing.py:2; ben waits for Race.start (drawing.py:1) to be set at drawing.py:3, ' +
        'and nobody is left who could set it. Nothing has moved for 800 ms.',
    ])
    expect(findings[0]!.tryThis).toContain('finally')
    expect(findings[0]!.parties.map((p) => p.needs)).toEqual([[], []])
  })
  test('is not told when the program said good-bye', () => expect(look(waiting, { objects }).answer).toBe('clear'))
  for (const [who, row] of Object.entries({
    runs: '............',
    sleeps: '.zzzzzzzzzzz',
    'has just ended': '.........   ',
  }))
    test(`is not told while somebody ${who}`, () =>
      expect(look(`${waiting}    eva  ${row}\n`, { objects, live: true }).answer).toBe('clear'))
  test('is told when somebody else ended long ago', () =>
    expect(look(`${waiting}    eva  ...         \n`, { objects, live: true }).sentences.length).toBe(1))
  test('a circle is told instead of those who may only wait because of it', () => {
    const { sentences } = look(`${crossed}  eva  ..eeeeeeeeee\n`, {
      objects: { A: { kind: 'lock' }, B: { kind: 'lock' }, ...objects },
      live: true,
    })
    expect(sentences.length).toBe(1)
    expect(sentences[0]).not.toContain('Race')
  })
})

test('a permit is anybody’s: two semaphores crossed are told only where nobody else is left', () => {
  const objects: Drawing['objects'] = { S: { kind: 'semaphore', capacity: 1 }, T: { kind: 'semaphore', capacity: 1 } }
  const alone = `
    ada  SSSSSSSSSSSS
    ada  ..tttttttttt
    ben  .TTTTTTTTTTT
    ben  ...sssssssss
  `
  expect(look(alone, { objects, live: true }).sentences[0]).toMatch(
    /^ada waits for a permit of T .*; ben waits for a permit/,
  )
  expect(look(`${alone}    eva  ............\n`, { objects, live: true }).answer).toBe('clear')
})
