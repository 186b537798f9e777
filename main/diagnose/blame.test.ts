// slow-hold, unfair, starvation and locks of one line: each with its near miss, and with the SQL that proves its figures.
import { describe, expect, test } from 'vitest'
import { drawn, type Drawing } from '../ingest/drawing.ts'
import { examine } from './diagnose.ts'

type Row = Record<string, unknown>
/** What the rule found, and the rows of its SQL. */
function look(rule: string, drawing: string, options: Drawing = {}): { sentences: string[]; rows: Row[] } {
  const t = drawn(drawing, { unit: 10e6, ...options })
  const found = examine(t).findings.filter((f) => f.rule === rule)
  const rows = found.flatMap((f) => t.db.prepare(f.sql).all() as Row[])
  t.db.close()
  return { sentences: found.map((f) => f.sentence), rows }
}
const finds = (rule: string, drawing: string, options: Drawing = {}) => look(rule, drawing, options).sentences.length

describe('slow-hold', () => {
  test('a holder that sleeps while others wait', () => {
    const { sentences, rows } = look(
      'slow-hold',
      `
      ada  AAAAAAAAAA........
      ada  .zzzzzzzz.........
      ben  ..aaaaaaaaA.......
      eva  ....aaaaaaaA......
    `,
    )
    expect(sentences).toEqual([
      'ada held A (drawing.py:1) 1 time at drawing.py:2 while others waited for it, 100 ms in all: 80 ms of that asleep at ' +
        'drawing.py:3. Others waited 140 ms meanwhile: 26 % of the lives of the 3 threads that use it.',
    ])
    expect(rows.map(({ holder, did, times, ms }) => [holder, did, times, ms])).toEqual([
      ['ada', 'held', 1, 100],
      ['ada', 'sleep', 1, 80],
    ])
  })
  test('a holder that waits for an item of a queue', () => {
    const { sentences } = look(
      'slow-hold',
      `
      ada  AAAAAAAAAA........
      ada  .qqqqqqqq-........
      ben  ..aaaaaaaaA.......
      eva  ........+.........
    `,
      { objects: { Q: { kind: 'queue', name: 'jobs', capacity: 9 } } },
    )
    expect(sentences[0]).toContain(
      '100 ms in all: 80 ms of that waiting for an item from jobs (drawing.py:2) at drawing.py:4.',
    )
  })
  test('holds of all lengths, in the wholes of a recording that is read in portions', () => {
    const turns = 60_000
    const { rows } = look(
      'slow-hold',
      `
      ada  ${'AAAA....'.repeat(turns)}
      ada  ${'.zz.....'.repeat(turns)}
      ben  ${'..aaAA..'.repeat(turns)}
    `,
      { unit: 0.1e6 },
    )
    expect(rows.map(({ holder, did, times, ms }) => [holder, did, times, Math.round(Number(ms))])).toEqual([
      ['ada', 'held', turns, 0.4 * turns],
      ['ada', 'sleep', turns, 0.2 * turns],
    ])
  })
  test.each([
    ['nobody waited', 'ada  AAAAAAAAAA........\nada  .zzzzzzzz.........\nben  ...........A......'],
    ['most of the hold was work', 'ada  AAAAAAAAAA........\nada  .zzzz.............\nben  ..aaaaaaaaA.......'],
    ['it slept before', 'ada  .........AAAA.....\nada  zzzzzzzzzz........\nben  ..........aaaA....'],
    [
      'it waited for another lock',
      'ada  AAAAAAAAAA........\nada  .bbbbbbbbB........\nben  BBBBBBBBB.........\neva  ..aaaaaaaaA.......',
    ],
    ['the hold never ended', 'ada  AAAAAAAAAA\nada  .zzzzzzzzz\nben  ..aaaaaaaa'],
    ['it costs little', `ada  AAAA${'.'.repeat(80)}\nada  .zzz${'.'.repeat(80)}\nben  ..aaA${'.'.repeat(79)}`],
  ])('not told: %s', (_, drawing) => {
    expect(finds('slow-hold', drawing)).toBe(0)
  })
})

describe('contention of the locks of one line', () => {
  const rows: Drawing = { objects: { A: { kind: 'lock', name: 'Row.lock' }, B: { kind: 'lock', madeWith: 'A' } } }
  const pad = '.'.repeat(80)
  const ada = `ada  AAAAAAA..BBBBBBB.....${pad}`
  const ben = `ben  .aaaaaaA..bbbbbbB....${pad}`
  test('together they cost enough, none of them alone', () => {
    const { sentences, rows: proof } = look('contention', `${ada}\n${ben}`, rows)
    expect(sentences).toEqual([
      'ben waited 120 ms for 2 locks called Row.lock (drawing.py:1) in 2 waits: 120 ms of it held by ada at drawing.py:3. ' +
        'That is 5.9 % of the lives of the 2 threads that use them. None of them alone costs that much: the most waited for ' +
        'is Row.lock, 60 ms. The longest wait was 60 ms, by ben.',
    ])
    expect(proof).toEqual([
      { holder: 'ada', held_at: 'drawing.py:3', waited_at: 'drawing.py:4', waited_ms: 120, times: 2 },
    ])
  })
  test('locks of two lines are two things', () => {
    expect(finds('contention', `${ada}\n${ben}`, { objects: { A: { kind: 'lock' }, B: { kind: 'lock' } } })).toBe(0)
  })
  test('where one of them costs enough it is told alone', () => {
    const { sentences } = look(
      'contention',
      `ada  AAAAAAAAAAAAAAA..BBBBBBB.....${pad}\nben  .aaaaaaaaaaaaaaA..bbbbbbB....${pad}`,
      rows,
    )
    expect(sentences.length).toBe(1)
    expect(sentences[0]).toMatch(/^ben waited 140 ms for Row\.lock \(drawing\.py:1\) in 1 wait: /)
  })
})

describe('unfair', () => {
  const hog = (turns: number) => 'AAAAAAAAA.'.repeat(turns)
  test('one has it again and again while another waits', () => {
    const { sentences, rows } = look(
      'unfair',
      `
      ada  ${hog(15)}...........
      ben  ..${'a'.repeat(148)}A..........
    `,
    )
    expect(sentences).toEqual([
      'ben waited 1.5 s for A (drawing.py:1) in 1 wait, passed over 11 times by threads that had had it since: 92 % of its life. ' +
        'During the longest, 1.5 s of ben, it was taken 14 times by ada at drawing.py:2.',
    ])
    expect(rows).toEqual([{ thread: 'ada', place: 'drawing.py:2', turns: 14, held_ms: 14 * 90 }])
  })
  test('two have it in turns while a third waits', () => {
    expect(
      finds(
        'unfair',
        `
        ada  ${'AAAAAAAA.aaaaaaa....'.repeat(10)}..........
        eva  ${'aaaaaaaaaAAAAAAA....'.repeat(10)}..........
        ben  ..${'a'.repeat(198)}A.........
      `,
      ),
    ).toBe(0)
    const { sentences } = look(
      'unfair',
      `
      ada  ${'AAAAAAAA.aaaaaaaaaaa'.repeat(10)}..........
      eva  ${'aaaaaaaaaAAAAAAAAAA.'.repeat(10)}..........
      ben  ..${'a'.repeat(198)}A.........
    `,
    )
    expect(sentences.length).toBe(1)
    expect(sentences[0]).toMatch(/^ben waited 2 s for A .*, passed over 16 times/)
  })
  test.each([
    ['passed over nine times', `ada  ${hog(13)}...........\nben  ..${'a'.repeat(128)}A..........`],
    [
      'the lock was free half of the time',
      `ada  ${'AAAAA.....'.repeat(15)}..........\nben  ..${'a'.repeat(148)}A.........`,
    ],
    [
      'a fair queue of four',
      ['AAaaaaaa', 'aaAAaaaa', 'aaaaAAaa', 'aaaaaaAA'].map((turn, i) => `t${i}  ${turn.repeat(60)}`).join('\n'),
    ],
    [
      'it costs little of a long life',
      `ada  ${hog(15)}${'.'.repeat(3000)}\nben  ..${'a'.repeat(148)}A${'.'.repeat(2999)}`,
    ],
    ['a wait that never ended is no turn', `ada  ${hog(15)}\nben  ..${'a'.repeat(148)}`],
  ])('not told: %s', (_, drawing) => {
    expect(finds('unfair', drawing)).toBe(0)
  })
})

describe('starvation', () => {
  const unbounded: Drawing = { objects: { Q: { kind: 'queue', name: 'jobs', capacity: 0 } } }
  const starved = (producer: string, consumers = 2, work = 2) =>
    [
      `put  ${producer.repeat(16 * consumers)}..`,
      ...Array.from({ length: consumers }, (_, i) => {
        const round = 10 * consumers
        return `c${i}  ${'q'.repeat(10 * (i + 1))}${`-${'.'.repeat(work - 1)}${'q'.repeat(round - work)}`.repeat(15)}-`
      }),
    ].join('\n')
  test('two consumers of one who is always at work', () => {
    const { sentences, rows } = look('starvation', starved('.........+'), unbounded)
    expect(sentences).toEqual([
      'c0 and c1 waited 5.4 s for items from jobs (drawing.py:1), 90 % of the time between their first item and their last: ' +
        'it was empty 90 % of its life, although put was at work for 100 % of it. The producer is the slow side; the work of ' +
        'the 2 consumers, 600 ms, would not fill the time of one.',
    ])
    expect(rows.map(({ waits, waited_ms }) => [waits, waited_ms])).toEqual([
      [15, 2700],
      [15, 2700],
    ])
  })
  test.each([
    ['the producer sleeps', starved('zzzzzzzzz+')],
    ['the producer waits half of the time', starved('zzzzz....+')],
    ['one consumer', starved('.........+', 1)],
    ['the consumers have enough to do', starved('.........+', 2, 11)],
  ])('not told: %s', (_, drawing) => {
    expect(finds('starvation', drawing, unbounded)).toBe(0)
  })
})
