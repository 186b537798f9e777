// Findings that differ only in who it happened to: a hundred tasks of one function, a lock for each account. The worst
// speaks for all of them, the others are named after it.
import { list } from '../query/words.ts'
import { grouped } from './grouped.ts'
import type { Found } from './rule.ts'

export interface Told {
  /** what they have in common: a line, a process */
  key: string | number
  /** whom it happened to, as people call it */
  name: string
  found: Found
}
/** slices that are cited */
const most = 50

/** `sql` of all that is cited; without it the worst one's. */
export function alike(told: readonly Told[], sql?: (evidence: Found['evidence']) => string): Found[] {
  return [...grouped(told, ({ key }) => key).values()].map((group) => {
    group.sort((a, b) => b.found.weight - a.found.weight)
    const [worst, ...others] = group as [Told, ...Told[]]
    if (!others.length) return worst.found
    const evidence = group.flatMap(({ found }) => found.evidence).slice(0, most)
    return {
      ...worst.found,
      subject: list(group.map(({ name }) => name)),
      sentence: `${worst.found.sentence} The same goes for ${list(others.map(({ name }) => name))}.`,
      evidence,
      sql: sql ? sql(evidence) : worst.found.sql,
    }
  })
}
