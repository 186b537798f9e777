// With which traces of the list one is best compared. In: the list, and the trace that is shown. Out: whole traces but
// this one, those of the same program first, then those whose names begin alike; in each the newest first. The runs of a
// repeated recording (bank-1, bank-2, …) are one choice: any of them stands for all.
import { group } from 'd3'
import type { SavedTrace } from '../wire/api.ts'

export interface EarlierRuns {
  /** of the first run */
  path: string
  name: string
  runs: number
  modified: number
  bytes: number
}

export function candidates(traces: readonly SavedTrace[], path: string, name: string): EarlierRuns[] {
  const whole = traces.filter((t) => !t.unfinished && !t.recording)
  // a file of the list is named after its program and when it was recorded
  const alike = (t: EarlierRuns) =>
    t.name === name || t.name.startsWith(`${name}-`) ? 0 : t.name.startsWith(name) ? 1 : 2
  return [...group(whole, (t) => repeated(t, whole) ?? t.path)]
    .filter(([, runs]) => !runs.some((t) => t.path === path))
    .map(([called, runs]) => ({
      path: runs.find((t) => t.name === `${called}-1`)?.path ?? runs[0]!.path,
      name: runs.length > 1 ? called : runs[0]!.name,
      runs: runs.length,
      modified: Math.max(...runs.map((t) => t.modified)),
      bytes: runs.reduce((sum, t) => sum + t.bytes, 0),
    }))
    .toSorted((a, b) => alike(a) - alike(b) || b.modified - a.modified)
}

/** What the runs of a repetition are called without their numbers, which begin with 1; null: it is none of them. */
function repeated({ name }: SavedTrace, all: readonly SavedTrace[]): string | null {
  const [, base, number] = /^(.+)-(\d{1,3})$/.exec(name) ?? []
  const both = base !== undefined && [1, 2].every((n) => all.some((t) => t.name === `${base}-${n}`))
  return both && Number(number) > 0 ? base : null
}
