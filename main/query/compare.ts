// Earlier runs of a program and later ones: what is new, gone, better or worse, and what these runs cannot show.
//
//   runs before ─┐ match.ts: the same things    ─▶ values of each run ─▶ measured.ts ─▶ better, worse, same
//   runs after ──┘ under the same keys
//
// In: what each run is known by (its findings, its waits, how long it took). Out: a Comparison, with all that makes it
// doubtful. Nothing here opens a trace.
import type { Contention, Finding, RuleAnswer } from '../../wire/api.ts'
import type { Comparison } from '../../wire/comparison.ts'
import { comparedFindings } from './compare-findings.ts'
import { comparedWaits } from './compare-waits.ts'
import { comparisonSentence } from './compare-words.ts'
import { leastTime, measured, third } from './measured.ts'

import { duration, list, many, percent } from './words.ts'

/** What is compared of a run. */
export interface Run {
  path: string
  /** of the program: "bank" */
  name: string
  machine: string
  exit: number | string | null
  /** ns */
  dur: number
  /** events that the trace does not have */
  lost: number
  findings: readonly Finding[]
  rules: readonly RuleAnswer[]
  contention: readonly Contention[]
}

export function compare(before: readonly Run[], after: readonly Run[]): Comparison {
  const length = measured(before.map(dur), after.map(dur), leastTime)
  const findings = comparedFindings(before, after)
  const told = {
    before: { name: before[0]!.name, runs: before.map(({ path, dur }) => ({ path, dur })) },
    after: { name: after[0]!.name, runs: after.map(({ path, dur }) => ({ path, dur })) },
    duration: length,
    findings,
    waits: comparedWaits(before, after),
    notes: notes(before, after),
  }
  return { ...told, sentence: comparisonSentence(told) }
}
const dur = (run: Run) => run.dur

function notes(before: readonly Run[], after: readonly Run[]): string[] {
  const runs = [...before, ...after]
  const said: string[] = []
  const differ = (of: (run: Run) => string) => {
    const names = [before, after].map((side) => list([...new Set(side.map(of))]))
    return names[0] === names[1] ? null : names
  }
  const programs = differ((run) => run.name)
  if (programs) said.push(`The programs have different names: ${programs[0]} before, ${programs[1]} after.`)
  const machines = differ((run) => run.machine || 'an unknown one')
  if (machines) said.push(`The machines differ: ${machines[0]} before, ${machines[1]} after.`)
  const failed = runs.filter(({ exit }) => exit !== 0 && exit !== null)
  if (failed.length > 0)
    said.push(
      `${list(failed.map(({ path, exit }) => `${fileOf(path)} (${exit})`))} ended with an error: a run that fails may be a shorter one.`,
    )
  const lossy = runs.filter(({ lost }) => lost > 0)
  if (lossy.length > 0)
    said.push(
      `${list(lossy.map(({ path, lost }) => `${fileOf(path)} (${many(lost, 'event')})`))} lost events: the waits are at least what is said.`,
    )
  if (Math.min(before.length, after.length) === 1) said.push(oneRun(before.length, after.length))
  return said
}
const fileOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)

function oneRun(before: number, after: number): string {
  const side = before === after ? 'each side' : before === 1 ? 'the side before' : 'the side after'
  const told =
    before === after
      ? `only what differs by ${percent(third)} and ${duration(leastTime.probable)} or more is told, as probable`
      : 'its noise is taken to be that of the other side, and what is told is probable'
  return `There is one run on ${side}, so how much runs differ by themselves is not known: ${told}. \`interleave record --repeat 5\` makes it known.`
}
