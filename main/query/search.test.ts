import { expect, test } from 'vitest'
import type { Finding } from '../../wire/api.ts'
import { drawn } from '../ingest/drawing.ts'
import { search } from './search.ts'

const finding: Finding = {
  rule: 'deadlock',
  subject: 'ada and ben',
  sentence: 'ada waits for Account.lock.',
  why: '',
  tryThis: '',
  weight: 1,
  evidence: [{ lane: 1, time: 5, dur: 2 }],
  sql: 'SELECT 1',
  parties: [],
}
const found = (text: string) => {
  const t = drawn(
    `
    ada  ..AAAA..
    ben  .aaaaa..
  `,
    { objects: { A: { kind: 'lock', name: 'Account.lock' } } },
  )
  const hits = search(t, text, [finding]).map((h) => `${h.what}: ${h.text}${h.time === null ? '' : ` @${h.time}`}`)
  t.db.close()
  return hits
}

test('lanes are found by any part of their name, in any case', () => {
  expect(found('ACCOUNT')).toContain('lane: Account.lock (drawing.py:1)')
  expect(found('be')).toContain('lane: ben @0')
})
test('places are found by file, line, function or source, and lead to the first slice there', () => {
  expect(found('drawing.py:2')).toEqual(['site: drawing.py:2 ada: ada() @2'])
  expect(found('lock()')).toEqual(['site: drawing.py:1 Account.__init__: self.lock = Lock()'])
})
test('findings are found by their words, and lead to their proof', () => {
  expect(found('deadlock')).toEqual(['finding: deadlock: ada waits for Account.lock. @5'])
})
test('every word must occur; no word finds nothing', () => {
  expect(found('account carl')).toEqual([])
  expect(found('  ')).toEqual([])
})
