// The findings of earlier runs and later ones: which are new, gone, better or worse.
//
// A finding is in a run, or it is not, or the rule could not tell: then the run does not count. New (or gone) is sure when
// that many runs with it and without it would come about by chance less than once in twenty (three against three suffice);
// better and worse go by the weights, of which a run without the finding has none.
import type { Finding } from '../../wire/api.ts'
import type { ComparedFinding } from '../../wire/comparison.ts'
import type { Run } from './compared-run.ts'
import { keysOf } from './match.ts'
import { confidence, measured } from './measured.ts'
import { barnard, mean } from './statistics.ts'
import { percent } from './words.ts'

/** weights are shares of the run */
const least = { sure: 0.01, probable: 0.05 }

const nameOf = ({ rule, subject }: Finding) => `${rule}: ${subject}`
const order = ['new', 'worse', 'gone', 'better', 'cannot tell', 'same'] as const

export function comparedFindings(before: readonly Run[], after: readonly Run[]): ComparedFinding[] {
  const runs = [...before, ...after]
  const keys = keysOf(runs.map(({ name, findings }) => ({ program: name, names: findings.map(nameOf) })))
  const all = [...new Set(keys.flatMap((key) => [...key.values()]))]
  const found = all.map((key) => {
    const inRun = runs.map((run, i) => run.findings.find((f) => keys[i]!.get(nameOf(f)) === key) ?? null)
    const latest = inRun.findLast((f) => f !== null)!
    const of = (side: readonly Run[], from: number) =>
      side.flatMap((run, i) => {
        const finding = inRun[from + i]!
        const tells = finding ?? run.rules.find((r) => r.rule === latest.rule)?.answer !== 'cannot tell'
        return tells ? [finding?.weight ?? 0] : []
      })
    return comparedFinding(latest, of(before, 0), of(after, before.length))
  })
  return found.sort((a, b) => order.indexOf(a.change) - order.indexOf(b.change) || heavier(b) - heavier(a))
}
const heavier = ({ before, after }: ComparedFinding) => Math.max(before.weight, after.weight)

/** Weights in the runs whose rule could tell; 0 = it found nothing. */
function comparedFinding(finding: Finding, before: number[], after: number[]): ComparedFinding {
  const side = (weights: number[]) => {
    const found = weights.filter((weight) => weight > 0)
    return { found: found.length, of: weights.length, weight: found.length > 0 ? mean(found) : 0 }
  }
  const [a, b] = [side(before), side(after)]
  const { rule, subject, sentence, why, tryThis } = finding
  return { rule, subject, ...changeOf(before, after, a, b), before: a, after: b, sentence, why, tryThis }
}
type Side = ComparedFinding['before']
function changeOf(
  before: number[],
  after: number[],
  a: Side,
  b: Side,
): Pick<ComparedFinding, 'change' | 'sure' | 'because'> {
  if (a.of === 0 || b.of === 0)
    return {
      change: 'cannot tell',
      sure: false,
      because: `${a.of === 0 ? 'before' : 'after'} the rule could not tell, ${a.of === 0 ? 'after' : 'before'} it was found in ${inRuns(a.of === 0 ? b : a)}`,
    }
  if (a.found === 0 || b.found === 0) {
    const because = a.found === 0 ? `in ${inRuns(b)}, ${notIn(a)} before` : `${notIn(b)}, in ${inRuns(a)} before`
    const chance = barnard(a.found, a.of, b.found, b.of)
    return { change: a.found === 0 ? 'new' : 'gone', sure: chance <= 1 - confidence, because }
  }
  const { change, sure } = measured(before, after, least)
  const because = `weighs ${percent(b.weight)} in ${inRuns(b)}, ${percent(a.weight)} in ${inRuns(a)} before`
  return { change, sure, because }
}
const inRuns = ({ found, of }: Side) => (of === 1 ? 'the one run' : `${found} of ${of} runs`)
const notIn = ({ of }: Side) => (of === 1 ? 'not in the one run' : `in none of ${of}`)
