// Stretches of time as sorted lists that do not touch, for rules that ask what happened at the same time. In: stretches, or the
// commands that a stream ran. Out: lists, and ns of them.
import { firstWhere } from '../query/first-where.ts'
import type { Commands } from '../store/commands.ts'
import type { Runs } from './device-uses.ts'

/** [from, to), in order and apart from each other */
export type Spans = [from: number, to: number][]

/** When any of the commands ran. */
export const spansOf = ({ started, ended }: Commands, { rows }: Runs): Spans =>
  union(Array.from(rows, (row) => [started[row]!, ended[row]!]))

/** The spans must be in order of their beginnings. */
export function union(spans: Spans): Spans {
  const all: Spans = []
  for (const [from, to] of spans) {
    const last = all.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else all.push([from, to])
  }
  return all
}
export const total = (spans: Spans): number => spans.reduce((sum, [from, to]) => sum + to - from, 0)

/** ns that lie in both. */
export function common(a: Spans, b: Spans): number {
  let sum = 0
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    sum += Math.max(0, Math.min(a[i]![1], b[j]![1]) - Math.max(a[i]![0], b[j]![0]))
    if (a[i]![1] < b[j]![1]) i++
    else j++
  }
  return sum
}
/** ns of [from, to) that lie in the spans. */
export function covered(spans: Spans, from: number, to: number): number {
  let sum = 0
  for (let i = firstWhere(spans.length, (i) => spans[i]![1] > from); i < spans.length && spans[i]![0] < to; i++)
    sum += Math.min(spans[i]![1], to) - Math.max(spans[i]![0], from)
  return sum
}
