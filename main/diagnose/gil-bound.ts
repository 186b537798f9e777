// GIL-bound: threads that could compute side by side and only take turns.
//
//   till-1   ███░░░░░░███░░░░░░      █ has the GIL   ░ waits for it
//   till-2   ░░░███░░░░░░███░░░      the more threads, the longer each waits: together they are no faster than one
//   till-3   ░░░░░░███░░░░░░███
//
// Told of the threads of a process that each had the GIL for a tenth of a second or more and waited for it at least half
// as long as they had it, when there are two or more of them, their waits are 200 ms or more and a fifth of their lives,
// and the GIL was what they waited for most: threads that wait for each other by a lock or a queue are told by the rules
// for those. Half: two threads that take turns wait as long as they have it, and a thread that mostly does I/O waits
// little. What processes or a free-threaded build could win at most: this computation would take as long as the largest
// part of one thread, or its sum shared by the cores; starting processes and sending results is not counted.
import { objectKinds } from '../../wire/kinds.ts'
import { nameOf } from '../query/names.ts'
import { duration, list, many, percent } from '../query/words.ts'
import type { ProcessRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { GilTurns, type Turns } from './gil-turns.ts'
import { livesOf } from './lock-uses.ts'
import { coresOf } from './machine.ts'
import { gilSql } from './proof.ts'
import type { Found, Rule } from './rule.ts'

const leastHeld = 100e6
const leastWaited = 200e6

export const gilBound: Rule = {
  name: 'gil-bound',
  why: 'Only the thread that has the GIL can run Python code: threads that compute take turns, however many cores the machine has.',
  tryThis:
    'Give the computation to processes (ProcessPoolExecutor, multiprocessing), to a library that lets the GIL go while it computes (NumPy, hashlib, zlib), or run it on a free-threaded build of Python.',
  tallies: [GilTurns],
  live: false,
  look({ trace, tally }) {
    const found: Found[] = []
    let seen = false
    for (const process of trace.processes) {
      if (!process?.python) continue
      const gil = trace.objects.find((o) => o?.kind === objectKinds.gil && o.process === process.id)
      if (!gil) continue
      seen = true
      const bound = [...tally(GilTurns).all]
        .filter(([id]) => trace.objects[id]!.process === process.id)
        .filter(([, { held, waited, other }]) => held >= leastHeld && waited >= held / 2 && waited > other)
        .sort((a, b) => b[1].waited - a[1].waited)
      const waited = sum(bound, ({ waited }) => waited)
      const lives = livesOf(
        trace,
        bound.map(([id]) => id),
      )
      if (bound.length < 2 || waited < leastWaited || waited < lives / 5) continue
      found.push(tell(trace, process, bound, waited / lives))
    }
    return found.length || seen ? found : { cannotTell: 'the GIL of this Python could not be recorded' }
  },
}
const sum = (bound: readonly [number, Turns][], of: (turns: Turns) => number) =>
  bound.reduce((all, [, turns]) => all + of(turns), 0)

function tell(trace: Trace, process: ProcessRow, bound: readonly [number, Turns][], share: number): Found {
  const held = sum(bound, ({ held }) => held)
  const waited = sum(bound, ({ waited }) => waited)
  const other = sum(bound, ({ other }) => other)
  const cores = coresOf(trace)
  const best = Math.max(...bound.map(([, turns]) => turns.held), cores > 0 ? held / cores : 0)
  const on = cores > 0 ? ` on the ${many(cores, 'core')} of this machine` : ''
  const win =
    best < 0.9 * held
      ? `In processes, or without the GIL, the same could take ${duration(best)}${on}.`
      : `Processes would win nothing${on}.`
  return {
    subject: `${process.name} (process ${process.pid})`,
    sentence: `${list(bound.map(([id]) => nameOf(trace, id)))} only took turns: together they had the GIL for ${duration(held)}, and waited ${duration(waited)} for it, ${percent(waited / Math.max(1, waited + other))} of all that they waited and ${percent(share)} of their lives. ${win}`,
    weight: Math.min(0.99, share),
    evidence: bound.slice(0, 8).map(([, { longest }]) => longest),
    sql: gilSql(process.id),
  }
}
