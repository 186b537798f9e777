// What a measured difference says, for people. In: values of the runs of both sides (wire/comparison.ts). Out: short words
// and places on an axis. Invariant: a difference is said with how sure it is; where the runs cannot show one, that is said
// and nothing else.
import type { ComparedFinding, Measured } from '../wire/comparison.ts'
import { duration } from './format.ts'

export const noDifference = 'no difference that these runs can show'

/** "0.4 s less", "probably 0.4 s more"; a difference of no more than its noise is none */
export function differenceWords({ change, difference, sure }: Measured): string {
  if (change === 'same') return noDifference
  const words = `${duration(Math.abs(difference))} ${difference < 0 ? 'less' : 'more'}`
  return sure ? words : `probably ${words}`
}

/** "between 0.3 and 0.5 s less", with a sign where zero lies in it; '' when the noise is not known */
export function intervalWords({ interval }: Measured): string {
  if (!interval) return ''
  const { from, to } = interval
  if (from < 0 && to > 0) return `between ${duration(-from)} less and ${duration(to)} more`
  const [least, most] = [Math.min(Math.abs(from), Math.abs(to)), Math.max(Math.abs(from), Math.abs(to))]
  return `between ${duration(least)} and ${duration(most)} ${to <= 0 ? 'less' : 'more'}`
}

export const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, v) => sum + v, 0) / values.length

/** Of several quantities on one axis: its end. */
export const axisEnd = (all: readonly Measured[]): number =>
  Math.max(1, ...all.flatMap((m) => [...m.before, ...m.after]))

/** The span of the values of a side and their mean, 0…1 of the axis; null: that side has none. */
export function spread(values: readonly number[], end: number): { from: number; to: number; mean: number } | null {
  const middle = mean(values)
  if (middle === null) return null
  return { from: Math.min(...values) / end, to: Math.max(...values) / end, mean: middle / end }
}

const order: ComparedFinding['change'][] = ['new', 'worse', 'gone', 'better', 'cannot tell', 'same']
/** What got worse first, then what got better; in each the engine's order. */
export const findingsInOrder = (findings: readonly ComparedFinding[]): ComparedFinding[] =>
  findings.toSorted((a, b) => order.indexOf(a.change) - order.indexOf(b.change))
