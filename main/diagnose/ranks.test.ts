// The rules of ranks, on drawings: what is told of whom, that its rows say the same, and near misses.
import { describe, expect, test } from 'vitest'
import { drawnRanks, type RanksDrawing } from '../ingest/drawing-ranks.ts'
import { examine } from './diagnose.ts'

const ofRanks = /^(late-|mismatched-|message-imbalance)/
const look = (drawing: string, options: RanksDrawing = {}) => {
  const trace = drawnRanks(drawing, { unit: 10e6, ...options })
  const findings = examine(trace).findings.filter((f) => ofRanks.test(f.rule))
  const told = findings.map((f) => ({
    ...f,
    rows: options.live ? [] : (trace.db.prepare(f.sql).all() as Record<string, number | string | null>[]),
  }))
  trace.db.close()
  return told
}
/** Each row so many times. */
const rounds = (times: number, ...rows: string[]) =>
  rows.map((row, rank) => `  ${rank}  ${row.repeat(times)}`).join('\n')

describe('late senders', () => {
  const archive = ['zzzzzz123.....', 'aaaaaaa.......', 'aaaaaaaa......', 'aaaaaaaaa.....']
  test('one that does something else first is told with whom it kept waiting, where and how long', () => {
    const [found, ...others] = look(rounds(6, ...archive))
    expect(others).toEqual([])
    expect(found).toMatchObject({ rule: 'late-sender', subject: 'rank 0' })
    // 6 rounds of 6 + 7 + 8 columns
    expect(found!.sentence).toBe(
      'rank 1, rank 2 and rank 3 waited 1.3 s for messages that rank 0 had not sent yet at drawing.py:1 (18 waits, the longest 90 ms, 54 % of the time from their first message to their last). Meanwhile it slept at drawing.py:1 (1.1 s) and ran, after drawing.py:1 (180 ms).',
    )
    expect(found!.rows.map((r) => [r['process'], r['waits'], r['late_ms']])).toEqual([
      ['rank 3', 6, 480],
      ['rank 2', 6, 420],
      ['rank 1', 6, 360],
    ])
  })
  test('three times it may be by chance, and so it may when each is late in turn', () => {
    expect(look(rounds(3, ...archive))).toEqual([])
    const turns = ['zz1ddddddddd', 'aaazz2aaaaaa', 'bbbbbbzz3bbb', 'cccccccczzz0']
    expect(look(rounds(8, ...turns))).toEqual([])
  })
  test('in a pipeline the slow stage is to blame, not who waits for it', () => {
    const [found] = look(rounds(8, 'zzzzzzz1......', 'aaaaaaaa2.....', 'bbbbbbbbb3....', 'cccccccccc....'))
    expect(found).toMatchObject({ rule: 'late-sender', subject: 'rank 0' })
    expect(found!.sentence).toMatch(
      /^rank 1, rank 2 and rank 3 waited 1\.7 s .* of it for others that waited for it themselves\)/,
    )
    expect(found!.rows.map((r) => [r['process'], r['waits']])).toEqual([['rank 1', 8]])
  })
  test('who waits for the results of its workers is kept waiting by nobody', () => {
    const rows = ['123bbbbbbbcd', 'a.zzzzzzz0..', 'aa.zzzzzz0..', 'aaa.zzzzz0..']
    expect(look(rounds(8, ...rows))).toEqual([])
    expect(look(rounds(8, '123???????cd', ...rows.slice(1)))).toEqual([])
  })
})

describe('late receivers', () => {
  test('one that has its hands full is told with those who stand in their sends', () => {
    const [found, ...others] = look(rounds(8, 'zzzzzzbcd...', 'AAAAAAA.....', 'AAAAAAAA....', 'AAAAAAAAA...'))
    expect(others).toEqual([])
    expect(found).toMatchObject({ rule: 'late-receiver', subject: 'rank 0' })
    expect(found!.sentence).toMatch(
      /^rank 1, rank 2 and rank 3 stood in their sends for 1\.4 s because rank 0 did not receive yet at drawing\.py:1 \(24 waits, .* Meanwhile it slept at drawing\.py:1/,
    )
    expect(found!.rows.map((r) => [r['process'], r['waits']])).toEqual([
      ['rank 3', 8],
      ['rank 2', 8],
      ['rank 1', 8],
    ])
  })
  test('a receiver that waits already makes nobody wait', () => {
    expect(look(rounds(8, 'bbbbbbb.....', '....AAA.....', '............', '............'))).toEqual([])
  })
})

describe('late at a collective', () => {
  test('who comes last round after round is told, with what it did', () => {
    const [found, ...others] = look(rounds(8, 'zz=======..', 'zzz======..', 'zz=======..', 'zzzzzzzz=..'))
    expect(others).toEqual([])
    expect(found).toMatchObject({ rule: 'late-at-collective', subject: 'rank 3 in all' })
    expect(found!.sentence).toMatch(
      /^rank 3 was the last at collectives of .* in 8 rounds of 8 in which somebody waited: rank 0, rank 1 and rank 2 waited 1\.4 s for it at drawing\.py:3 and drawing\.py:4 \(24 waits, the longest 70 ms, 54 % of the time from their first message to their last\)\. Meanwhile it slept at drawing\.py:1 \(1\.4 s\)\.$/,
    )
    expect(found!.rows.reduce((sum, r) => sum + Number(r['late_ms']), 0)).toBe(1360)
  })
  test('not when another one is last each time', () => {
    const turns = [
      'zz=======..zz=======..zz=======..zzzzzzzz=..',
      'zz=======..zz=======..zzzzzzzz=..zz=======..',
      'zz=======..zzzzzzzz=..zz=======..zz=======..',
      'zzzzzzzz=..zz=======..zz=======..zz=======..',
    ]
    expect(look(rounds(3, ...turns))).toEqual([])
  })
  test('once, while the others come up, is no habit', () => {
    expect(look(rounds(1, 'zz=======..', 'zz=======..', 'zz=======..', 'zzzzzzzz=..'), { unit: 50e6 })).toEqual([])
  })
  test('who waited for a message before is not to blame, but who sent it so late', () => {
    const [found] = look(rounds(8, 'zzzzzzz3.=..', 'zz========..', 'zz========..', 'aaaaaaaa.=..'))
    expect(found).toMatchObject({ rule: 'late-at-collective', subject: 'rank 0 in all' })
  })
})

describe('mismatched collectives', () => {
  const collectives = {
    '^': { operation: 'bcast', root: 0 },
    '%': { operation: 'bcast', root: 2 },
  } as const
  test('a reduce against a barrier is told at once', () => {
    const [found, ...others] = look(rounds(1, '.==..=====', '..=..=====', '.==..|||||'), { live: true })
    expect(others).toEqual([])
    expect(found!.rule).toBe('mismatched-collectives')
    expect(found!.sentence).toBe(
      'Collective 2 of all was an allreduce for rank 0 (at drawing.py:2) and rank 1 (at drawing.py:3) and a barrier for rank 2 (at drawing.py:6).',
    )
  })
  test('two roots, and none', () => {
    const [two] = look(rounds(1, '.^^.......', '.^^.......', '.%%.......'), { collectives })
    expect(two!.sentence).toBe(
      'Collective 1 of all, a bcast, was entered by rank 0 and rank 2 (at drawing.py:2), each as its root.',
    )
    expect(two!.rows.map((r) => [r['process'], r['operation'], r['root']])).toEqual([
      ['rank 0', 'bcast', 1],
      ['rank 1', 'bcast', 0],
      ['rank 2', 'bcast', 1],
    ])
    const [none] = look(rounds(1, '.%%.......', '.%%.......', '.^^.......'), { collectives })
    expect(none!.sentence).toBe('Collective 1 of all, a bcast, was entered by all ranks and by none as its root.')
  })
  test('a rank that ended without it', () => {
    const [found] = look(rounds(1, '.||.||||||', '.||.||||||', '.||.'), { live: true })
    expect(found!.sentence).toBe(
      'rank 0 and rank 1 (at drawing.py:2) entered collective 2 of all, a barrier; rank 2 ended without it.',
    )
  })
  test('nothing is told of one to which some have yet to come', () => {
    expect(look(rounds(1, '.||.||||||', '.||.||||||', '.||.zzzzzz'), { live: true })).toEqual([])
  })
})

describe('message imbalance', () => {
  const large = { bytes: () => 4 << 20 }
  const relay = ['bb.1cc.2dd.3', 'AA.a........', 'AAAAAA.a....', 'AAAAAAAAAA.a']
  test('one that all messages go through is told with those that wait for their turn', () => {
    const [found, ...others] = look(rounds(8, ...relay).replaceAll(/$/gm, '.'), large)
    expect(others).toEqual([])
    expect(found).toMatchObject({ rule: 'message-imbalance', subject: 'rank 0' })
    expect(found!.sentence).toBe(
      'rank 0 sent and received 48 messages of 192 MiB, 3 times as many bytes as each of the other 3 ranks on average; rank 1, rank 2 and rank 3 waited 1.3 s for their turn at it, 46 % of the time from their first message to their last.',
    )
    expect(found!.rows.map((r) => [r['process'], r['sent'], r['received'], r['bytes']])).toEqual([
      ['rank 0', 24, 24, 192 << 20],
      ['rank 1', 8, 8, 64 << 20],
      ['rank 2', 8, 8, 64 << 20],
      ['rank 3', 8, 8, 64 << 20],
    ])
  })
  test('not of one that only deals out work and waits for what comes back', () => {
    const rows = ['123???????cd', 'a.zzzzzzz0..', 'aa.zzzzzz0..', 'aaa.zzzzz0..']
    expect(look(rounds(8, ...rows), large)).toEqual([])
  })
  test('not when what it carries could not take that long', () => {
    expect(look(rounds(8, ...relay))).toEqual([])
  })
  test('not where neighbours talk to each other, nor of three ranks', () => {
    expect(look(rounds(8, '1dddd.', '2aaaa.', '3bbbb.', '0cccc.'), large)).toEqual([])
    expect(look(rounds(8, 'bb.1cc.2', 'AA.a....', 'AAAAAA.a'), large)).toEqual([])
  })
})
