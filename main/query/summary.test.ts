import { expect, test } from 'vitest'
import { drawn } from '../ingest/drawing.ts'
import { summary } from './summary.ts'

const drawing = `
  t1  AAAA..
  t2  ..aaAA
`

test('a finished trace at a glance', () => {
  const t = drawn(drawing, { unit: 1e6 })
  t.setFact('exit', '3')
  t.setFact('notes', '["asyncio is not watched yet."]')
  expect(summary(t, { trace: 7, name: 'bank' })).toMatchObject({
    trace: 7,
    name: 'bank',
    command: ['python3', 'drawing.py'],
    end: 6e6,
    state: 'finished',
    exit: 3,
    processes: [{ pid: 100, ended: 'clean' }],
    threads: 2,
    objects: 1,
    losses: [],
    notes: ['asyncio is not watched yet.'],
    rows: 1,
  })
  t.db.close()
})

test('a recording that goes on has no exit; a killed one says how, and what was open', () => {
  const live = drawn(drawing, { live: true })
  expect(summary(live, { trace: 1, name: '' })).toMatchObject({ state: 'recording', exit: null, rows: 0 })
  live.db.close()
  const killed = drawn('t1  AAAA', { killed: true })
  killed.setFact('exit', 'SIGKILL')
  const { exit, losses, processes } = summary(killed, { trace: 1, name: '' })
  expect(exit).toBe('SIGKILL')
  expect(processes[0]!.ended).toBe('cut')
  expect(losses).toEqual([expect.objectContaining({ what: 'cut', count: 1 })])
  expect(losses[0]!.sentence).toMatch(/^1: Waits and holds that were still open/)
  killed.db.close()
})
