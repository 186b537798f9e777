// Comparisons of runs whose difference is known: generated ones, and drawings that went through the whole engine.
import { describe, expect, test } from 'vitest'
import type { Contention, Finding } from '../../wire/api.ts'
import { drawn, type Drawing } from '../ingest/drawing.ts'
import { readRun } from '../engine/compare.ts'
import { comparisonText } from './compare-words.ts'
import { compare } from './compare.ts'
import type { Run } from './compared-run.ts'

const run = (dur: number, more: Partial<Run> = {}): Run => ({
  path: '/traces/bank-1.sqlite',
  name: 'bank',
  machine: 'vm',
  others: 0.1,
  exit: 0,
  dur,
  lost: 0,
  findings: [],
  rules: [],
  contention: [],
  ...more,
})
const finding = (rule: string, subject: string, weight = 0.5): Finding => ({
  rule,
  subject,
  weight,
  sentence: 'Somebody waited.',
  why: '',
  tryThis: '',
  evidence: [],
  sql: '',
  parties: [],
})
const waited = (name: string, site: string, total: number, count = 10): Contention => ({
  object: 1,
  lane: 1,
  name,
  kind: 'lock',
  site,
  total,
  count,
  longest: total,
  mean: total / count,
  longestAt: { lane: 1, time: 0 },
  holders: [],
})
const noisy = (ns: number, spread: number[]) => spread.map((percent) => run(ns * (1 + percent / 100)))
const some = [-2, 1, 3, -1, -1]

describe('the length of the runs', () => {
  test('a difference beyond the noise is told with its interval', () => {
    const { duration, sentence } = compare(noisy(2e9, some), noisy(1.5e9, some))
    expect(duration).toMatchObject({ change: 'better', sure: true })
    expect(duration.interval!.from).toBeLessThan(-0.5e9)
    expect(duration.interval!.to).toBeGreaterThan(-0.5e9)
    expect(duration.interval!.to).toBeLessThan(-0.4e9)
    expect(sentence).toMatch(
      /^A run takes 1\.5 s instead of 2 s: 500 ms less \(25 %, between 4\d\d ms and 5\d\d ms\)\. No finding has changed\.$/,
    )
    expect(compare(noisy(1.5e9, some), noisy(2e9, some)).duration).toMatchObject({ change: 'worse', sure: true })
  })
  test('one within the noise is no difference that these runs can show', () => {
    const { duration, sentence } = compare(noisy(2e9, [-9, 5, 8, -4, 0]), noisy(1.9e9, [4, -6, 7, -5, 0]))
    expect(duration.change).toBe('same')
    expect(sentence).toMatch(/^A run takes 1\.9 s, before 2 s: no difference that these runs can show \(between −/)
  })
  test('what is sure and does not matter is not told', () => {
    expect(compare([run(2e9), run(2e9)], [run(2.01e9), run(2.01e9)]).duration.change).toBe('same')
    expect(compare([run(100e3), run(101e3)], [run(400e3), run(401e3)]).duration.change).toBe('same')
  })
  test('one run a side: only a third is told, and only as probable', () => {
    const told = compare([run(2e9)], [run(1.2e9)])
    expect(told.duration).toMatchObject({ change: 'better', sure: false, interval: null })
    expect(told.sentence).toMatch(/^Probably: a run takes 1\.2 s instead of 2 s/)
    expect(told.notes.join()).toContain('how much runs differ by themselves is not known')
    expect(compare([run(2e9)], [run(1.5e9)]).duration.change).toBe('same')
    expect(compare([run(9e6)], [run(3e6)]).duration.change).toBe('same')
  })
  test('one run against several has their noise, and is not sure', () => {
    expect(compare(noisy(2e9, some), [run(2.4e9)]).duration).toMatchObject({ change: 'worse', sure: false })
    expect(compare(noisy(2e9, some), [run(2.1e9)]).duration).toMatchObject({ change: 'same' })
  })
})

test('where others kept the machine busier on one side, or the machines differ, a difference is only probable', () => {
  const beside = (others: number | null, machine = 'vm') => noisy(2e9, some).map((r) => ({ ...r, others, machine }))
  const faster = noisy(1.5e9, some)
  const told = compare(beside(0.7), faster)
  expect(told.duration).toMatchObject({ change: 'better', sure: false })
  expect(told.notes.join()).toContain('Other programs used 70 % of the machine before and 10 % after')
  expect(compare(beside(0.2), faster)).toMatchObject({ notes: [], duration: { sure: true } })
  expect(compare(beside(null), faster)).toMatchObject({ notes: [], duration: { sure: true } })
  expect(compare(beside(0.1, 'laptop'), faster).duration).toMatchObject({ change: 'better', sure: false })
})

describe('findings', () => {
  const clear = { rule: 'lock-order', answer: 'clear', because: '' } as const
  const found = { rule: 'lock-order', answer: 'found', because: '' } as const
  const untold = { rule: 'lock-order', answer: 'cannot tell', because: '3 events were lost' } as const
  const having = (subject: string, weight?: number) =>
    run(1e9, { findings: [finding('lock-order', subject, weight)], rules: [found] })
  const without = run(1e9, { rules: [clear] })
  const changes = (before: Run[], after: Run[]) =>
    compare(before, after).findings.map((f) => `${f.sure ? '' : 'perhaps '}${f.change}: ${f.because}`)

  test('in all of three and none of three is surely new or gone; fewer, or now and then, is not', () => {
    const three = <T>(one: T) => [one, one, one]
    expect(changes(three(without), three(having('A and B')))).toEqual(['new: in 3 of 3 runs, in none of 3 before'])
    expect(changes(three(having('A and B')), three(without))).toEqual(['gone: in none of 3, in 3 of 3 runs before'])
    expect(changes([without, without], [having('A'), having('A')])).toEqual([
      'perhaps new: in 2 of 2 runs, in none of 2 before',
    ])
    expect(changes(three(without), [having('A'), without, without])).toEqual([
      'perhaps new: in 1 of 3 runs, in none of 3 before',
    ])
    expect(changes([without], [having('A')])).toEqual(['perhaps new: in the one run, not in the one run before'])
  })
  test('it is the same one when lines have moved and threads have other numbers', () => {
    expect(
      compare(
        [having('Bank.a (bank.py:12) and Bank.b (bank.py:13)')],
        [having('Bank.a (bank.py:20) and Bank.b (bank.py:21)')],
      ).findings,
    ).toMatchObject([{ change: 'same' }])
    expect(changes([having('Thread-1 and Thread-2')], [having('Thread-3 and Thread-9')])[0]).toMatch(/same/)
  })
  test('of two that are called alike the first is the first; where their number differs only the line tells', () => {
    const two = (...lines: number[]) =>
      run(1e9, {
        findings: lines.map((line) => finding('lock-order', `lock (a.py:${line})`, line / 100)),
        rules: [found],
      })
    const moved = compare([two(10, 20)], [two(15, 25)]).findings
    expect(moved.map((f) => [f.change, f.before.weight, f.after.weight])).toEqual([
      ['same', 0.2, 0.25],
      ['same', 0.1, 0.15],
    ])
    const fewer = compare([two(10, 20)], [two(20)]).findings
    expect(fewer.map((f) => [f.change, f.subject])).toEqual([
      ['gone', 'lock (a.py:10)'],
      ['same', 'lock (a.py:20)'],
    ])
  })
  test('the program may be called otherwise on each side', () => {
    const named = (name: string) => run(1e9, { name, findings: [finding('contention', `lock (${name}.py:3)`)] })
    expect(compare([named('bank')], [named('bank_fixed')]).findings).toMatchObject([{ change: 'same' }])
  })
  test('better and worse go by the weights and their noise', () => {
    const weights = (...of: number[]) => of.map((weight) => having('A', weight))
    expect(changes(weights(0.4, 0.42, 0.39), weights(0.1, 0.12, 0.11))).toEqual([
      'better: weighs 11 % in 3 of 3 runs, 40 % in 3 of 3 runs before',
    ])
    expect(changes(weights(0.4, 0.1, 0.3), weights(0.5, 0.1, 0.4))[0]).toMatch(/same/)
    expect(
      changes([without, without, without, without, having('A', 0.3)], weights(0.3, 0.3, 0.3, 0.3, 0.3))[0],
    ).toMatch(/^worse/)
  })
  test('a rule that could not tell makes nothing gone', () => {
    const lossy = run(1e9, { rules: [untold], lost: 3 })
    expect(changes([having('A'), having('A')], [lossy, lossy])).toEqual([
      'perhaps cannot tell: after the rule could not tell, before it was found in 2 of 2 runs',
    ])
    const told = compare([having('A'), having('A'), having('A')], [without, without, without, lossy])
    expect(told.findings).toMatchObject([{ change: 'gone', sure: true, after: { found: 0, of: 3 } }])
    expect(told.notes.join()).toContain('(3 events) lost events')
  })
})

describe('waits', () => {
  const waits = (...totals: number[]) =>
    totals.map((total) => run(1e9, { contention: [waited('Bank.lock', 'bank.py:12', total)] }))
  test('an object is matched by name and file, and its waits by their noise', () => {
    const [lock] = compare(
      waits(400e6, 420e6, 390e6),
      [100e6, 120e6, 110e6].map((total) => run(1e9, { contention: [waited('Bank.lock', 'bank.py:19', total, 4)] })),
    ).waits
    expect(lock).toMatchObject({ name: 'Bank.lock', site: 'bank.py:19', count: { before: 10, after: 4 } })
    expect(lock!.total).toMatchObject({ change: 'better', sure: true })
    expect(compare(waits(400e6, 120e6), waits(420e6, 200e6)).waits[0]!.total.change).toBe('same')
  })
  test('objects that one line made are one', () => {
    const bank = (each: number) =>
      run(1e9, { contention: ['', ' #2', ' #17'].map((n) => waited(`Account.lock${n}`, 'bank.py:3', each)) })
    expect(compare([bank(10e6)], [bank(20e6)]).waits).toMatchObject([
      { name: 'Account.lock', total: { before: [30e6], after: [60e6] } },
    ])
  })
  test('what nobody waited long for is left out', () =>
    expect(compare(waits(1e6, 2e6), waits(3e6, 4e6)).waits).toEqual([]))
  test('with many objects, chance alone hardly ever shows a difference in any of them', () => {
    let seed = 7
    const next = () => (seed = (seed * 48271) % 2147483647) / 2147483647
    const one = () =>
      run(1e9, {
        contention: Array.from({ length: 20 }, (_, i) =>
          waited(`lock${'abcdefghijklmnopqrst'[i]}`, 'a.py:1', 50e6 * (1 + 0.2 * (next() + next() + next() - 1.5))),
        ),
      })
    let wolves = 0
    for (let i = 0; i < 200; i++) {
      const { waits } = compare([one(), one(), one()], [one(), one(), one()])
      expect(waits.length).toBe(20)
      if (waits.some(({ total }) => total.change !== 'same')) wolves++
    }
    expect(wolves).toBeLessThan(20)
  })
})

describe('drawings', () => {
  const contention = (found: readonly { rule: string }[]) => found.find(({ rule }) => rule === 'contention')
  const read = (drawing: string, options: Drawing = {}): Run => {
    const trace = drawn(drawing, { unit: 1e6, ...options })
    const reading = readRun(trace, () => {})
    for (;;) {
      const { done, value } = reading.next()
      if (!done) continue
      trace.close()
      return value
    }
  }
  test('a lock that is held shorter: the run is shorter, the finding gone, the wait less', () => {
    const long = (n: number) => read(`t1  ${'A'.repeat(80 + n)}....\nt2  .${'a'.repeat(79 + n)}AAAA`)
    const short = (n: number) =>
      read(`t1  ${'A'.repeat(10 + n)}${'.'.repeat(40)}\nt2  ${'.'.repeat(10 + n)}AAAA${'.'.repeat(36)}`)
    const told = compare([long(0), long(2), long(1)], [short(1), short(0), short(2)])
    expect(told.duration).toMatchObject({ change: 'better', sure: true })
    expect(contention(told.findings)).toMatchObject({ change: 'gone', sure: true })
    expect(told.waits).toMatchObject([{ name: 'A', total: { change: 'better', after: [0, 0, 0] } }])
    const text = comparisonText(told)
    expect(text).toContain('gone: contention: A')
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })
  test('runs that do the same have no difference to show', () => {
    const same = (n: number) => read(`t1  ${'A'.repeat(60 + n)}....\nt2  .${'a'.repeat(59 + n)}AAAA`)
    const told = compare([same(0), same(3), same(1)], [same(2), same(0), same(3)])
    expect(told.duration.change).toBe('same')
    expect(contention(told.findings)).toMatchObject({ change: 'same' })
    expect(told.waits.map(({ total }) => total.change)).toEqual(['same'])
    expect(comparisonText(told)).toContain('No difference in the waits that these runs can show.')
  })
})
