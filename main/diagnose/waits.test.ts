// contention, convoy and back-pressure against drawings: each with its near miss.
import { describe, expect, test } from 'vitest'
import { drawn, type Drawing } from '../ingest/drawing.ts'
import { examine } from './diagnose.ts'

const look = (drawing: string, options: Drawing = {}) => {
  const t = drawn(drawing, { unit: 1e6, ...options })
  const { findings } = examine(t)
  t.db.close()
  return findings.map((f) => `${f.rule}: ${f.sentence}`)
}
const rules = (drawing: string, options: Drawing = {}) => look(drawing, options).map((f) => f.split(':')[0])

describe.each([{ live: false }, { live: true }])('live: $live', ({ live }) => {
  test('contention: one slow holder makes the others wait', () => {
    const found = look(
      `
      ada  AAAAAAAA..........z
      ben  ..aaaaaaA.........z
      eva  ....aaaaaA........z
    `,
      { live, unit: 10e6 },
    )
    expect(found).toEqual([
      'contention: ben and eva waited 110 ms for A (drawing.py:1) in 2 waits: 100 ms of it held by ada at drawing.py:2 and ' +
        '10 ms by ben at drawing.py:3. That is 19 % of the lives of the 3 threads that use it. The longest wait was 60 ms, by ben.',
    ])
  })
  test('contention: waits that cost little of the lives are not told', () => {
    expect(
      rules(
        `
        ada  AAAA.................................................................................z
        ben  ..aaA................................................................................z
      `,
        { live, unit: 10e6 },
      ),
    ).toEqual([])
  })
  test('contention: a lock that was free does not cost, its next holder just did not run', () => {
    expect(
      rules(
        `
        ada  AA................z
        ben  .aaaaaaaaaaaA.....z
      `,
        { live, unit: 10e6 },
      ),
    ).toEqual([])
  })
  test('contention: a lock that one thread takes and another gives back is a signal', () => {
    expect(
      rules(
        `
        ada  AAAAAAAAAAAAAAAA
        ada  ....aaaaaaaa....
        ben  ................
      `,
        { live, unit: 10e6 },
      ),
    ).toEqual([])
  })
  test('contention: a semaphore is a limit that somebody chose', () => {
    const objects: Drawing['objects'] = { A: { kind: 'semaphore', capacity: 1 } }
    expect(
      rules(
        `
        ada  AAAAAAAA..........
        ben  ..aaaaaaA.........
      `,
        { live, unit: 10e6, objects },
      ),
    ).toEqual([])
  })

  const turns = 60
  test('convoy: short turns, and everybody is back before the queue has drained', () => {
    const found = look(
      `
      t1  ${'AAaaaaaa'.repeat(turns)}
      t2  ${'aaAAaaaa'.repeat(turns)}
      t3  ${'aaaaAAaa'.repeat(turns)}
      t4  ${'aaaaaaAA'.repeat(turns)}
    `,
      { live },
    )
    expect(found.map((f) => f.split(':')[0])).toEqual(['convoy', 'contention'])
    expect(found[0]).toMatch(
      /^convoy: 4 threads took 2\d\d turns of 2 ms at A \(drawing\.py:1\) and waited before \d+ % of them, 6 ms each time: on average 3\.0 of them stood in the queue\.$/,
    )
  })
  test('convoy: a slow holder now and then is contention only', () => {
    expect(
      rules(
        `
        t1  ${'AAAAAAAA........'.repeat(turns)}
        t2  ${'aaaaaaaaA..A..A.'.repeat(turns)}
        t3  ${'.aaaaaaaaA..A...'.repeat(turns)}
        t4  ${'..aaaaaaaaA..A..'.repeat(turns)}
      `,
        { live },
      ),
    ).toEqual(['contention'])
  })
  test('convoy: two threads in turns are contention only', () => {
    expect(
      rules(
        `
        t1  ${'AAaa'.repeat(turns)}
        t2  ${'aaAA'.repeat(turns)}
      `,
        { live },
      ),
    ).toEqual(['contention'])
  })

  const jobs = (capacity: number): Drawing => ({
    live,
    unit: 10e6,
    objects: { Q: { kind: 'queue', name: 'jobs', capacity } },
  })
  test('back-pressure: a full queue, and consumers that never wait are the slow side', () => {
    const found = look(
      `
      put  .+${'QQQQ+'.repeat(8)}
      get  ......${'-....'.repeat(7)}
    `,
      jobs(1),
    )
    expect(found.length).toBe(1)
    expect(found[0]).toContain('back-pressure: put waited')
    expect(found[0]).toContain('to put into jobs (drawing.py:1), which takes 1 item and was full')
    expect(found[0]).toMatch(
      /it was hardly ever empty: the consumers are the slow side, and would have to be about (4\.6|5) times as fast, or as many, to keep pace\.$/,
    )
  })
  test('back-pressure: consumers that wait too keep up on average, the queue is too small for the bursts', () => {
    const found = look(
      `
      put  ${'+QQ+QQ+QQ+....'.repeat(6)}
      get  ${'..-..-..-..-qq'.repeat(6)}
    `,
      jobs(1),
    )
    expect(found.length).toBe(1)
    expect(found[0]).toContain('of its life, when get waited for items')
    expect(found[0]).toContain(
      `on average the consumers keep up, and the queue is too small for the bursts${live ? '' : ': room for 3 items would have been enough for those that came'}.`,
    )
  })
  test('back-pressure: a queue that is full once in a while is not told', () => {
    expect(
      rules(
        `
        put  ${'+QQ+..............'.repeat(6)}
        get  ${'..-.-qqqqqqqqqqqqq'.repeat(6)}
      `,
        jobs(1),
      ),
    ).toEqual([])
  })
  test('back-pressure: a queue without a bound is never full', () => {
    expect(
      rules(
        `
        put  ${'+.'.repeat(50)}
        get  ${'.-'.repeat(50)}
      `,
        jobs(0),
      ),
    ).toEqual([])
  })
})

test('a recording that lost events cannot say that nothing was wrong', () => {
  const t = drawn('t1  AA..')
  t.lose('lost', 1, 12, 'Events that the program could not write.')
  const { rules } = examine(t)
  expect(new Set(rules.map((r) => r.answer))).toEqual(new Set(['cannot tell']))
  // gil-bound has a reason of its own: a drawing has no GIL
  expect(new Set(rules.filter((r) => r.rule !== 'gil-bound').map((r) => r.because))).toEqual(
    new Set(['12 events were lost']),
  )
  t.db.close()
})
