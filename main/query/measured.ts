// One quantity of which less is better, in earlier runs and later ones: is there a difference, how great, how sure.
//
// With two runs or more on each side a difference is told when its 95 % interval leaves out zero. With one run on a side
// the noise is not known: only what differs by a third and by what the caller calls the least probable is told, not for
// sure. A third, because of five runs of a recipe on a busy machine the longest was up to 15 % longer than the shortest, and
// the waits for one object differed by up to 22 %.
import type { Measured } from '../../wire/comparison.ts'
import { mean, studentQuantile, variance, welch } from './statistics.ts'

export const confidence = 0.95
export const third = 1 / 3
/** ns: no difference in time below it is told, for sure or as probable */
export const leastTime = { sure: 1e6, probable: 10e6 }

export function measured(
  before: number[],
  after: number[],
  least: { sure: number; probable: number },
  certainty: number = confidence,
): Measured {
  const difference = mean(after) - mean(before)
  const known = Math.min(before.length, after.length) > 1
  const interval = known ? welch(before, after, certainty) : oneAgainst(before, after, certainty)
  const larger = Math.max(mean(before), mean(after))
  const shows = interval
    ? (interval.from > 0 || interval.to < 0) && Math.abs(difference) >= Math.max(least.sure, larger / 100)
    : Math.abs(difference) >= Math.max(least.probable, larger * third)
  const change = !shows ? 'same' : difference > 0 ? 'worse' : 'better'
  return { before, after, difference, interval, change, sure: known }
}

/** One run against several: its noise is taken to be theirs. Null: against one, or several that are all the same (nobody
 *  waited at all). */
function oneAgainst(before: readonly number[], after: readonly number[], certainty: number): Measured['interval'] {
  const several = before.length > after.length ? before : after
  if (several.length < 2 || variance(several) === 0) return null
  const half =
    studentQuantile(1 - (1 - certainty) / 2, several.length - 1) *
    Math.sqrt(variance(several) * (1 + 1 / several.length))
  const difference = mean(after) - mean(before)
  return { from: difference - half, to: difference + half }
}
