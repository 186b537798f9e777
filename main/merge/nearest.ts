// Where moving clocks is not enough (apart.ts) and their drifts must give way too. In: lines, and bounds of pairs of clocks.
// Out: the lines nearest to them by which no receive is before its send.
//
// Each pair of times that a hull keeps is a half-space of offsets and drifts; the nearest point of all of them is found by
// Hildreth's method (1957): one after another is projected on, and takes back what it had moved too far before. (Rejected: to
// place each clock in turn between the others. Two that are tied closely then move by a hair's breadth a turn.)
import type { Pair } from './align.ts'
import { mapped, type Line } from './bounds.ts'

/** ns that a message takes at least, where that can be had */
const least = 250
const mostSweeps = 3000

/** cause and effect on the clocks of two hosts, in proportion to the span: −1 … 1 */
interface Constraint {
  cause: number
  causeAt: number
  effect: number
  effectAt: number
  /** ns by which the effect is after its cause with the lines as given */
  gap: number
  force: number
}

export function nearest(lines: readonly Line[], pairs: readonly Pair[], span: { from: number; to: number }): Line[] {
  const middle = (span.from + span.to) / 2
  const half = Math.max(1, (span.to - span.from) / 2)
  const constraints: Constraint[] = []
  for (const { of, to, bounds } of pairs)
    bounds.each((x, y, notBefore) => {
      const [own, other] = [mapped(lines[of]!, x), mapped(lines[to]!, y)]
      const [at, otherAt] = [own, other].map((time) => (time - middle) / half) as [number, number]
      const force = 0
      if (notBefore)
        constraints.push({ cause: to, causeAt: otherAt, effect: of, effectAt: at, gap: own - other, force })
      else constraints.push({ cause: of, causeAt: at, effect: to, effectAt: otherAt, gap: other - own, force })
    })
  const offset = lines.map(() => 0)
  const tilt = lines.map(() => 0)
  for (let sweep = 0; sweep < mostSweeps; sweep++) {
    let wrong = false
    for (const c of constraints) {
      const { cause, causeAt, effect, effectAt } = c
      const gap = c.gap + offset[effect]! + tilt[effect]! * effectAt - offset[cause]! - tilt[cause]! * causeAt
      if (gap < 0) wrong = true
      // the first clock stands still
      const give = (cause === 0 ? 0 : 1 + causeAt * causeAt) + (effect === 0 ? 0 : 1 + effectAt * effectAt)
      const more = Math.max(-c.force, (least - gap) / give)
      c.force += more
      if (effect !== 0) {
        offset[effect]! += more
        tilt[effect]! += more * effectAt
      }
      if (cause !== 0) {
        offset[cause]! -= more
        tilt[cause]! -= more * causeAt
      }
    }
    if (!wrong && sweep > 0) break
  }
  // offset + tilt · (time − middle) / half, of what the line as given leads to
  return lines.map((line, i) => {
    const by = tilt[i]! / half
    return {
      offset: line.offset * (1 + by) + offset[i]! - by * middle,
      drift: line.drift + by + line.drift * by,
    }
  })
}
