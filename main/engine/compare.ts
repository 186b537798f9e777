// Traces read for a comparison, one after the other, in turns, and closed again. A run of a repeated recording (`record
// --repeat`) stands for all of them: they lie beside it, and know each other by the fact `repetition`, so that what a
// longer repetition left under the same name does not get among them.
import { existsSync } from 'node:fs'
import type { Comparison } from '../../wire/comparison.ts'
import { Examination, type Diagnosis } from '../diagnose/diagnose.ts'
import { compare } from '../query/compare.ts'
import type { Run } from '../query/compared-run.ts'
import { contention } from '../query/contention.ts'
import { repeatedName, repeatedTraces, stateOf } from '../run/traces.ts'
import { openTrace, type Trace } from '../store/database.ts'
import type { OpenTrace } from './shelf.ts'
import { summary } from './summary.ts'

/** ms */
const turn = 4
export type OnProgress = (share: number) => void

export function* examineInTurns(trace: Trace, onProgress: OnProgress): Generator<void, Diagnosis> {
  const examination = new Examination(trace)
  while (!examination.step(turn)) {
    onProgress(examination.progress)
    yield
  }
  return examination.diagnosis
}

export function* readRun(trace: Trace, onProgress: OnProgress): Generator<void, Run> {
  const diagnosis = yield* examineInTurns(trace, onProgress)
  const { name, exit, end, path, losses } = summary(unshelved(trace))
  return {
    path,
    name,
    machine: trace.facts.get('machine') ?? '',
    others: trace.facts.has('others') ? Number(trace.facts.get('others')) : null,
    exit,
    dur: end,
    lost: losses.reduce((n, { what, count }) => n + (what === 'lost' || what === 'gap' ? count : 0), 0),
    ...diagnosis,
    contention: contention(trace),
  }
}
/** As an open trace is, without a shelf. */
export const unshelved = (trace: Trace): OpenTrace => ({
  number: 0,
  path: trace.path,
  trace,
  recording: null,
  findings: [],
  recorded: null,
  failed: null,
  file: '',
})

/** The runs of the trace's repetition, itself first; of another trace it is the only one. */
export function* readRuns(trace: Trace, onProgress: OnProgress = () => {}): Generator<void, Run[]> {
  const runs = [yield* readRun(trace, onProgress)]
  const repetition = trace.facts.get('repetition')
  const name = repetition === undefined ? null : repeatedName(trace.path)
  if (name === null) return runs
  for (const path of repeatedTraces(name)) {
    if (path === trace.path || stateOf(path) !== 'whole') continue
    const other = openTrace(path)
    try {
      if (other.facts.get('repetition') === repetition) runs.push(yield* readRun(other, onProgress))
    } finally {
      other.db.close()
    }
  }
  return runs
}

/** The open trace as the later run. */
export function* compareInTurns(
  { trace, recording }: OpenTrace,
  earlier: readonly string[],
): Generator<void, Comparison> {
  if (recording && recording.state !== 'finished')
    throw new Error('It is still being recorded: compare it when it is done.')
  const before = new Map<string, Run>()
  for (const path of earlier) {
    if (before.has(path)) continue
    if (!existsSync(path)) throw new Error(`There is no file ${path}.`)
    if (stateOf(path) !== 'whole') throw new Error(`${path} is an unfinished recording: open it first, then compare.`)
    const other = openTrace(path)
    try {
      for (const run of yield* readRuns(other)) before.set(run.path, run)
    } finally {
      other.db.close()
    }
  }
  const after = yield* readRuns(trace)
  return compare([...before.values()], apart(before, after))
}
function apart(before: ReadonlyMap<string, Run>, after: Run[]): Run[] {
  if (after.some((run) => before.has(run.path)))
    throw new Error('A run cannot be compared with itself: choose another trace.')
  return after
}
