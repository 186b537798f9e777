// Several clocks onto one, the first. In come the bounds of pairs of clocks, and what each clock's own wall clock says; out
// go a line for each clock, by which other clock it was placed, and how far off the truth may be.
//
//   1 ══ 2        a forest over the pairs that bound each other most tightly, the first clock's tree first (Jézéquel 1989):
//   ║             it tells the drifts, and the margins. Then they are moved so that no receive is before its send in any
//   3 ── 4        pair, branch of the tree or not: offsets alone (apart.ts), drifts only where that must be (nearest.ts)
//
// A tree that no messages bind to the first one both ways stands where its wall clock says, moved as far as one-way
// messages demand; its error is unknown, and said to be. (Rejected: a number for it. Wall clocks are ms apart where NTP
// runs, and hours where it does not.)
import type { HostPlaced, Margin } from '../store/model.ts'
import { apart, shifts } from './apart.ts'
import { after, type Bounds, inverse, mapped, same, type Fit, type Line } from './bounds.ts'
import { nearest } from './nearest.ts'

export interface Clock {
  /** ns on it between which something was recorded */
  from: number
  to: number
  /** ns to add to it, as the wall clocks say */
  wall: number
}
export interface Placed {
  line: Line
  how: HostPlaced
  /** the clock it was placed by; −1 = none */
  via: number
  /** pairs of times that bound it against `via` */
  used: number
  /** in order of time, against the clock `via`, on the first clock; null = nobody knows */
  margins: Margin[] | null
  /** on the first clock: between the first and the last of these pairs */
  span: [number, number] | null
}
/** Bounds of the clock `of` against the clock `to`: x is on `of`, y on `to`. */
export interface Pair {
  of: number
  to: number
  bounds: Bounds
}
interface Branch extends Pair {
  fit: Fit
}

/** in how many steps a margin is told */
const steps = 16

export function align(clocks: readonly Clock[], given: readonly Pair[]): Placed[] {
  const pairs = given.flatMap(({ of, to, bounds }) => [
    { of, to, bounds },
    { of: to, to: of, bounds: bounds.turned() },
  ])
  const { roots, branches } = forest(clocks, pairs)
  const first: Line[] = []
  for (const of of [...roots.keys()].sort((a, b) => a - b))
    for (const member of roots.get(of)!) {
      const branch = branches.get(member)
      const own = branch ? after(first[branch.to]!, branch.fit.line) : { offset: clocks[of]!.wall, drift: 0 }
      first[member] = member === 0 ? same : own
    }
  const lines = settled(first, pairs, [...roots.values()], clocks)
  return lines.map((line, of) => {
    const branch = branches.get(of)
    if (of === 0) return { line, how: 'first', via: -1, used: 0, margins: null, span: null }
    if (branch)
      return {
        line,
        how: 'messages',
        via: branch.to,
        used: branch.bounds.count,
        margins: marginsOf(lines, branch, clocks[of]!),
        span: branch.bounds.span.map((x) => mapped(line, x)) as [number, number],
      }
    const one = pairs.find((pair) => pair.of === of && !pair.bounds.none)
    if (!one) return { line, how: 'wall clock', via: -1, used: 0, margins: null, span: null }
    return { line, how: 'one way', via: one.to, used: one.bounds.count, margins: null, span: null }
  })
}

/** Trees over the pairs that are bound both ways, the tightest first: root → its members, it first, each after what it
 *  hangs on. */
function forest(clocks: readonly Clock[], pairs: readonly Pair[]) {
  const fitted = pairs.flatMap((pair) => {
    const fit = pair.bounds.fit()
    return fit ? [{ ...pair, fit, loose: loose(pair.bounds, fit) }] : []
  })
  const roots = new Map<number, number[]>()
  const branches = new Map<number, Branch>()
  const placed = new Set<number>()
  for (let root = 0; root < clocks.length; root++) {
    if (placed.has(root)) continue
    const members = [root]
    placed.add(root)
    for (;;) {
      const open = fitted.filter(({ of, to }) => members.includes(to) && !placed.has(of))
      if (open.length === 0) break
      const branch = open.reduce((best, next) => (next.loose < best.loose ? next : best))
      branches.set(branch.of, branch)
      members.push(branch.of)
      placed.add(branch.of)
    }
    roots.set(root, members)
  }
  return { roots, branches }
}
const loose = (bounds: Bounds, fit: Fit): number =>
  Math.max(...bounds.span.map((x) => bounds.band(fit, x)).map(([earliest, latest]) => latest - earliest))

/** Moves the lines so that no pair is wrong: offsets alone where that goes, with the drifts that the trees tell or with none,
 *  else drifts too. */
function settled(lines: readonly Line[], pairs: readonly Pair[], trees: readonly number[][], clocks: readonly Clock[]) {
  for (const tried of [lines, lines.map(({ offset }) => ({ offset, drift: 0 }))]) {
    const limits = apart(
      tried.length,
      pairs.map((pair) => ({ ...pair, bounds: inOneTime(tried, pair) })),
    )
    if (limits) return shifts(limits, trees).map((by, i): Line => ({ ...tried[i]!, offset: tried[i]!.offset + by }))
  }
  const ends = clocks.flatMap(({ from, to }, i) => [from, to].map((x) => mapped(lines[i]!, x)))
  return nearest(lines, pairs, { from: Math.min(...ends), to: Math.max(...ends) })
}
const inOneTime = (lines: readonly Line[], { of, to, bounds }: Pair): Bounds => bounds.through(lines[of]!, lines[to]!)
/** ns by which some receive of the pair would be before its send; 0 = none. */
export const wrong = (lines: readonly Line[], pair: Pair): number => inOneTime(lines, pair).wrong(same)

function marginsOf(lines: readonly Line[], { of, to, bounds, fit }: Branch, { from, to: until }: Clock): Margin[] {
  const even = Array.from({ length: steps + 1 }, (_, i) => from + ((until - from) * i) / steps)
  return [...even, ...bounds.span]
    .sort((a, b) => a - b)
    .map((x) => {
      const time = mapped(lines[of]!, x)
      const there = mapped(inverse(lines[to]!), time)
      const [earliest, latest] = bounds.band(fit, x)
      // what is between two of these is on a chord, and the true margin is under it: a band of lines is narrowest inside
      return { time, early: Math.max(0, there - earliest), late: Math.max(0, latest - there) }
    })
}
