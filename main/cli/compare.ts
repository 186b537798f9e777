// `interleave compare BEFORE AFTER`: what is new, gone, better or worse, and what these runs cannot show.
//
// A side is a trace, or several: the name that `record --repeat` was given stands for the runs it made (X.sqlite for
// X-1.sqlite, X-2.sqlite, …), and a folder for the traces in it. So what is typed to record is what is typed to compare;
// lists of files after --with would be one more thing to learn, and a shell's glob does not say where a side ends.
import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { readRun, type OnProgress } from '../engine/compare.ts'
import { compareJson, compareJsonSchema } from '../exchange/compare-json.ts'
import { comparisonText } from '../query/compare-words.ts'
import { compare as compareRuns } from '../query/compare.ts'
import type { Run } from '../query/compared-run.ts'
import type { Comparison } from '../../wire/comparison.ts'
import { list, many } from '../query/words.ts'
import { listTraces, repeatedTraces } from '../run/traces.ts'
import { openTrace } from '../store/database.ts'
import { Failure, print, tell } from './output.ts'
import { reading } from './reading.ts'
import { traceAt } from './trace.ts'

export interface CompareOptions {
  json?: boolean
  schema?: boolean
  failOn?: string[]
}
export const changes = ['new', 'worse'] as const

export async function compare(sides: string[], { json, schema, failOn = [] }: CompareOptions): Promise<number> {
  if (schema) {
    print(compareJsonSchema())
    return 0
  }
  if (sides.length !== 2) throw new Failure('compare takes two sides: interleave compare BEFORE AFTER', 2)
  const unknown = failOn.filter((name) => !(changes as readonly string[]).includes(name))
  if (unknown.length > 0) throw new Failure(`--fail-on takes ${list(changes)}, not ${list(unknown)}`, 2)
  const [before, after] = [await readSide(sides[0]!), await readSide(sides[1]!)]
  if (failOn.includes('worse') && Math.min(before.length, after.length) < 2)
    throw new Failure('--fail-on worse needs two runs or more on each side: record them with --repeat 5', 2)
  const told = compareRuns(before, after)
  print(json ? compareJson(told) : comparisonText(told))
  const failed = failOn.flatMap((change) => failures(told, change))
  for (const sentence of failed) tell(`interleave: failed: ${sentence}, exit code 3`)
  return failed.length > 0 ? 3 : 0
}

/** new: every later run has it and no earlier one. worse: beyond the noise of the runs. */
function failures({ findings, duration }: Comparison, change: string): string[] {
  if (change === 'new') {
    const found = findings.filter((f) => f.change === 'new' && f.after.found === f.after.of)
    return found.length > 0 ? [`${many(found.length, 'finding')} new`] : []
  }
  const worse = findings.filter((f) => f.change === 'worse' && f.sure)
  return [
    ...(duration.change === 'worse' && duration.sure ? ['a run takes longer'] : []),
    ...(worse.length > 0 ? [`${many(worse.length, 'finding')} worse`] : []),
  ]
}

async function readSide(name: string): Promise<Run[]> {
  const runs: Run[] = []
  for (const path of tracesOf(name)) {
    const trace = await traceAt(path)
    try {
      runs.push(await reading(`reading ${path}`, (onProgress: OnProgress) => readRun(trace, onProgress)))
    } finally {
      trace.db.close()
    }
  }
  return runs
}

function tracesOf(name: string): string[] {
  const path = resolve(name)
  if (existsSync(path) && statSync(path).isDirectory()) {
    const paths = listTraces(path).map((trace) => trace.path)
    if (paths.length === 0) throw new Failure(`there is no trace in the folder ${name}`)
    return paths.reverse()
  }
  if (existsSync(path)) return [path]
  const repeated = repeatedTraces(path)
  if (repeated.length === 0) throw new Failure(`there is no trace ${name}, and no ${name.replace(/(\.\w+)?$/, '-1$1')}`)
  return ofOneRepetition(repeated)
}

/** Those that were recorded together with the first: a longer repetition may have left others. */
function ofOneRepetition(paths: string[]): string[] {
  const repetitions = paths.map((path) => {
    const trace = openTrace(path)
    trace.db.close()
    return trace.facts.get('repetition')
  })
  return paths.filter((_, i) => repetitions[i] === repetitions[0])
}
