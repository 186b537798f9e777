import { expect, test } from 'vitest'
import type { Summary } from '../../wire/api.ts'
import { reportText, type Report } from './report.ts'

const summary: Summary = {
  trace: 1,
  path: 'bank.ilv',
  name: 'bank.py',
  command: ['python3', 'bank.py'],
  startedAt: 0,
  end: 2.13e9,
  state: 'finished',
  exit: 0,
  processes: [
    {
      id: 1,
      pid: 4711,
      name: 'bank.py',
      python: '3.11.7 cpython',
      ended: 'clean',
      parent: null,
      exit: 0,
      start: 0,
      end: null,
      rank: null,
      program: '',
      host: '',
    },
  ],
  devices: [],
  hosts: [],
  events: 12_400,
  slices: 6_000,
  threads: 3,
  tasks: 0,
  objects: 4,
  losses: [],
  cost: { perEvent: 150, total: 1.86e6 },
  notes: [],
  rows: 1,
  diagnosed: 1,
  output: '',
}

const nothing = { from: 0, to: 0, sums: [], whatIf: [], because: '' }
const path: Report['path'] = {
  ...nothing,
  to: 2e9,
  sums: [
    { by: 'actor', name: 'auditor', lane: 3, dur: 1.5e9, share: 0.75 },
    { by: 'actor', name: 'teller-1', lane: 2, dur: 0.5e9, share: 0.25 },
    { by: 'object', name: 'Bank.lock (bank.py:24)', lane: 4, dur: 1.2e9, share: 0.6 },
    { by: 'line', name: 'bank.py:34', lane: null, dur: 1.5e9, share: 0.75 },
  ],
  whatIf: [{ object: 3, name: 'Bank.lock (bank.py:24)', dur: 1e9, share: 0.5 }],
  because: 'Before that nothing was recorded.',
}
const parallelism = { from: 0, to: 2e9, mean: 1.25, spread: [0.2e9, 1.2e9, 0.4e9, 0, 0.1e9, 0.1e9], because: '' }

test('a report reads from the run to its findings to the table of waits', () => {
  const text = reportText({
    summary,
    findings: [
      {
        rule: 'contention',
        subject: 'Bank.lock (bank.py:24)',
        sentence:
          'teller-1 and teller-2 waited 1.3 s for Bank.lock (bank.py:24), 1.2 s of it held by auditor at bank.py:34.',
        why: 'While one thread holds a lock, all others that need it stand still.',
        tryThis: 'Do the slow part outside the lock.',
        weight: 0.3,
        evidence: [{ lane: 2, time: 10, dur: 20 }],
        sql: 'SELECT 1',
        parties: [],
      },
    ],
    rules: [
      { rule: 'contention', answer: 'found', because: '' },
      { rule: 'deadlock', answer: 'clear', because: '' },
      { rule: 'convoy', answer: 'cannot tell', because: 'events were lost' },
    ],
    path,
    parallelism,
    contention: [
      {
        object: 3,
        lane: 4,
        name: 'Bank.lock',
        kind: 'lock',
        site: 'bank.py:24',
        total: 1.3e9,
        count: 40,
        longest: 60e6,
        mean: 32.5e6,
        longestAt: { lane: 2, time: 10 },
        holders: [{ thread: 'auditor', site: 'bank.py:34', dur: 1.2e9 }],
      },
    ],
  })
  expect(text).toBe(`bank.py: 2.1 s, 1 process, 3 threads, 12,400 events
recording it cost 1.9 ms (150 ns an event, under 0.1 % of the run)

1 finding
1. contention: Bank.lock (bank.py:24)
   teller-1 and teller-2 waited 1.3 s for Bank.lock (bank.py:24), 1.2 s of it held by auditor at
   bank.py:34.
   Why: While one thread holds a lock, all others that need it stand still.
   Try: Do the slow part outside the lock.
clear: deadlock
convoy cannot tell: events were lost

What was waited for
  waited  waits  longest   mean  for                     held meanwhile by
   1.3 s     40    60 ms  33 ms  Bank.lock (bank.py:24)  auditor at bank.py:34 92 %

What decided how long it took: the critical path of 2 s
  by actor: auditor 75 %, teller-1 25 %
  through: Bank.lock (bank.py:24) 60 %
  by line: bank.py:34 75 %
  if nobody had to wait for Bank.lock (bank.py:24): at most 1 s (50 %) shorter
The critical path: Before that nothing was recorded.
Running at once: 1.3 on average; nobody 10 %, 1 60 %, 2 20 %, 4 or more 10 % of the time
`)
})

test('a run that was killed, and what it lost, are said before any finding', () => {
  const text = reportText({
    summary: {
      ...summary,
      exit: 'SIGKILL',
      processes: [{ ...summary.processes[0]!, ended: 'cut' }],
      losses: [{ what: 'lost', count: 12, sentence: 'Events that could not be written.' }],
    },
    findings: [],
    rules: [],
    contention: [],
    path: nothing,
    parallelism: { ...parallelism, spread: [0] },
  })
  expect(text).toContain('ended by SIGKILL')
  expect(text).toContain('bank.py (process 4711) was killed or crashed')
  expect(text.indexOf('  - 12: Events that could not be written.')).toBeLessThan(text.indexOf('No findings'))
  expect(text).toContain('No thread or task waited for a lock, a queue, the GIL, an event loop, a pool or a device.')
})
