// Traces of several hosts into one file, complete with rows and findings: what `interleave merge` does, and a recording
// at its end whose processes were on several hosts. In: paths of traces. Out: the merged trace; a Refusal in one sentence
// where it cannot be made.
import { existsSync, realpathSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import { Examination } from './diagnose/diagnose.ts'
import { storeFindings } from './engine/stored-findings.ts'
import { mergeInto } from './merge/merge.ts'
import { stateOf } from './run/traces.ts'
import { createTrace, openTrace, Refusal, type Trace } from './store/database.ts'
import { RowMaker } from './store/rows.ts'

/** ms between which others get their turn */
const step = 4

/** Facts of a recording that are those of the whole. */
const ofAll = ['command', 'cwd', 'name', 'machine', 'exit', 'output', 'others', 'repetition']

/** The merged trace stays open; those it was made of are closed. `facts`: of the recording that all of them belong to. */
export function* mergeTraces(
  paths: readonly string[],
  output: string,
  facts: ReadonlyMap<string, string> = new Map(),
): Generator<void, Trace> {
  const traces: Trace[] = []
  let merged: Trace | null = null
  let whole = false
  try {
    for (const path of paths) traces.push(finished(path))
    distinct(paths)
    merged = createTrace(output)
    merged.setFact('name', basename(output, '.sqlite'))
    merged.setFact('state', 'finishing')
    yield* mergeInto(merged, traces)
    for (const key of ofAll) if (facts.has(key)) merged.setFact(key, facts.get(key)!)
    yield* complete(merged)
    whole = true
    return merged
  } finally {
    for (const trace of traces) trace.db.close()
    // refused, or given up by who had asked for it
    if (merged && !whole) {
      merged.db.close()
      for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(output + suffix, { force: true })
    }
  }
}

/** Rows, findings, and one file again. */
function* complete(trace: Trace): Generator<void> {
  const rows = new RowMaker(trace)
  while (!rows.step(step)) yield
  const examination = new Examination(trace)
  while (!examination.step(step)) yield
  storeFindings(trace, examination.diagnosis)
  trace.setFact('state', 'finished')
  trace.commit(Infinity)
  trace.settle()
}

function finished(path: string): Trace {
  if (!existsSync(path)) throw new Refusal(`There is no trace ${path}.`)
  const state = stateOf(path)
  if (state === 'recording') throw new Refusal(`${path} is being recorded: merge it when it is done.`)
  if (state === 'unfinished') throw new Refusal(`${path} is an unfinished recording: open it first, which recovers it.`)
  const trace = openTrace(path)
  const hosts = trace.hosts.filter(Boolean)
  const refused = (why: string) => {
    trace.db.close()
    return new Refusal(why)
  }
  if (hosts.length === 0) throw refused(`${path} has no processes: there is nothing to merge in it.`)
  if (new Set(hosts.map(({ clock }) => clock)).size > 1)
    throw refused(`${path} has several hosts already: merge the traces that it was made of.`)
  return trace
}

/** The same file under two names is the same trace, and so is a copy of it. */
function distinct(paths: readonly string[]): void {
  const seen = new Set<string>()
  for (const path of paths) {
    const real = realpathSync(path)
    if (seen.has(real)) throw new Refusal(`${path} was given twice.`)
    seen.add(real)
  }
}
