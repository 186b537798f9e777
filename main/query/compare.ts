// Earlier runs of a program and later ones: what is new, gone, better or worse, and what these runs cannot show.
//
//   runs before ─┐ match.ts: the same things    ─▶ values of each run ─▶ measured.ts ─▶ better, worse, same
//   runs after ──┘ under the same keys
//
// In: what each run is known by (its findings, its waits, how long it took). Out: a Comparison, with all that makes it
// doubtful. Nothing here opens a trace.
import type { Comparison, Measured } from '../../wire/comparison.ts'
import { comparedFindings } from './compare-findings.ts'
import { comparedWaits } from './compare-waits.ts'
import { comparisonSentence } from './compare-words.ts'
import type { Run } from './compared-run.ts'
import { doubts } from './doubts.ts'
import { leastTime, measured } from './measured.ts'

export function compare(before: readonly Run[], after: readonly Run[]): Comparison {
  const { notes, alike } = doubts(before, after)
  /** what other circumstances may have made is not sure */
  const weighed = (m: Measured): Measured => ({ ...m, sure: m.sure && alike })
  const told = {
    before: { name: before[0]!.name, runs: before.map(({ path, dur }) => ({ path, dur })) },
    after: { name: after[0]!.name, runs: after.map(({ path, dur }) => ({ path, dur })) },
    duration: weighed(measured(before.map(dur), after.map(dur), leastTime)),
    findings: comparedFindings(before, after),
    waits: comparedWaits(before, after).map((w) => ({ ...w, total: weighed(w.total) })),
    notes,
  }
  return { ...told, sentence: comparisonSentence(told) }
}
const dur = (run: Run) => run.dur
