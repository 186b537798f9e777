// What was waited for in earlier runs and later ones, by name and the line that made it.
//
// The intervals are 95 % sure of all objects together (each of m at 1 − 0.05 / m): with twenty objects, one would seem to
// differ by chance otherwise. What nobody waited half a percent of the run for is left out, so that m stays small.
import type { Contention } from '../../wire/api.ts'
import type { ComparedWaits } from '../../wire/comparison.ts'
import type { Run } from './compared-run.ts'
import { keysOf } from './match.ts'
import { confidence, leastTime, measured } from './measured.ts'
import { mean } from './statistics.ts'
import { named } from './words.ts'

/** of the run */
const least = 0.005
const most = 50

interface Waits {
  total: number
  count: number
  worst: Contention
}

export function comparedWaits(before: readonly Run[], after: readonly Run[]): ComparedWaits[] {
  const runs = [...before, ...after]
  const waits = runs.map(waitsByName)
  const keys = keysOf(runs.map(({ name }, i) => ({ program: name, names: [...waits[i]!.keys()] })))
  const worthIt = least * mean(runs.map((run) => run.dur))
  const rows = [...new Set(keys.flatMap((key) => [...key.values()]))].flatMap((key) => {
    const inRun = waits.map((all, i) => [...all].find(([name]) => keys[i]!.get(name) === key)?.[1])
    const totals = inRun.map((w) => w?.total ?? 0)
    const [a, b] = [totals.slice(0, before.length), totals.slice(before.length)]
    return Math.max(mean(a), mean(b)) < worthIt ? [] : [{ inRun, a, b }]
  })
  const certainty = 1 - (1 - confidence) / Math.max(1, rows.length)
  return rows
    .map(({ inRun, a, b }) => {
      const of = (from: number, to?: number) => inRun.slice(from, to).map((w) => w?.count ?? 0)
      const { name, kind, site } = inRun.findLast((w) => w)!.worst
      const now = inRun[before.length]?.worst
      return {
        name,
        kind,
        site,
        object: now?.object ?? null,
        lane: now?.lane ?? null,
        total: measured(a, b, leastTime, certainty),
        count: { before: mean(of(0, before.length)), after: mean(of(before.length)) },
      }
    })
    .sort((x, y) => rank(y) - rank(x))
    .slice(0, most)
}
/** What differs before what does not, most first. */
const rank = ({ total }: ComparedWaits): number =>
  total.change === 'same' ? -1 / (1 + Math.max(mean(total.before), mean(total.after))) : Math.abs(total.difference)

/** Objects that one line made ("Account.lock", "Account.lock #2", …) are one; so are those of which no line is known. */
function waitsByName({ contention }: Run): Map<string, Waits> {
  const all = new Map<string, Waits>()
  for (const c of contention) {
    const name = c.name.replace(/ #\d+$/, '')
    const key = `${c.kind} ${named(name, c.site)}`
    const same = all.get(key)
    if (same) {
      same.total += c.total
      same.count += c.count
    } else all.set(key, { total: c.total, count: c.count, worst: { ...c, name } })
  }
  return all
}
