// How far clocks may be moved against each other. In come bounds of pairs of clocks that are on one time already; out goes
// by how much each is moved so that no receive is before its send, and as little as that takes.
//
// With the drifts settled these are difference constraints: limit[a][b] is the most that a may be moved beyond b, and the
// shortest paths (Floyd and Warshall) say what follows through the others, so that a ring of one-way messages binds too. A
// cycle of less than 0 says that there is no way. Once the paths are there, clocks may be placed one after another, each
// anywhere between what those before it allow: the rest can then always be placed.
import type { Pair } from './align.ts'

/** Null: however they are moved, some receive is before its send. */
export function apart(clocks: number, pairs: readonly Pair[]): Float64Array[] | null {
  const limit = Array.from({ length: clocks }, (_, a) => new Float64Array(clocks).fill(Infinity).fill(0, a, a + 1))
  for (const { of, to, bounds } of pairs) {
    const [least, most] = bounds.offsets(0)
    limit[of]![to] = Math.min(limit[of]![to]!, most)
    limit[to]![of] = Math.min(limit[to]![of]!, -least)
  }
  for (const via of limit.keys())
    for (const row of limit) for (let b = 0; b < clocks; b++) row[b] = Math.min(row[b]!, row[via]! + limit[via]![b]!)
  return limit.every((row, a) => row[a]! >= 0) ? limit : null
}

/** The first tree stays where it is, the others are moved whole, as far as the limits let them. */
export function shifts(limit: readonly Float64Array[], trees: readonly number[][]): number[] {
  const by: number[] = []
  const done: number[] = []
  for (const members of trees)
    for (const [i, clock] of members.entries()) {
      const least = Math.max(...done.map((other) => by[other]! - limit[other]![clock]!), -Infinity)
      const most = Math.min(...done.map((other) => by[other]! + limit[clock]![other]!), Infinity)
      const wish = i === 0 ? 0 : by[members[0]!]!
      const inside = least <= wish && wish <= most
      // between two limits in the middle: at either of them some message would take no time
      by[clock] = inside ? wish : Number.isFinite(most - least) ? (least + most) / 2 : wish < least ? least : most
      done.push(clock)
    }
  return by
}
