// How a lock and a queue were used, added up slice by slice. In: slices in order of time. Out: sums and spreads; what a
// rule concludes from them stands in the rule.

import type { Lane } from '../store/lane.ts'

/** How a lock was used. */
export class LockUse {
  holds = 0
  held = 0
  first = Infinity
  last = 0
  /** that held it */
  threads = new Set<number>()
  /** null: nobody waited, as for most of 100,000 locks */
  waits: Waits | null = null
  /** ns of the longest hold that is in `lengths` */
  private longest = 0
  /** ns held by length of the hold, [2^k, 2^(k+1)) ns each; how many. Null for the first few: most locks have no more */
  private lengths: { held: Float64Array; holds: Uint32Array } | null = null

  add(thread: number, start: number, dur: number): void {
    this.holds++
    this.held += dur
    if (start < this.first) this.first = start
    if (start + dur > this.last) this.last = start + dur
    this.threads.add(thread)
    if (this.holds < 20) return
    const { held, holds } = (this.lengths ??= { held: new Float64Array(48), holds: new Uint32Array(48) })
    const k = Math.min(47, Math.floor(Math.log2(dur + 1)))
    held[k]! += dur
    holds[k]! += 1
    if (dur > this.longest) this.longest = dur
  }
  /** The part of the time held that holds of at least eight times the median length took. The longest of all is left out:
   *  a machine that stood still once is no habit of the program. */
  longPart(): number {
    if (!this.lengths) return 1
    const { held, holds } = this.lengths
    const all = held.reduce((a, b) => a + b, 0)
    let half = holds.reduce((a, b) => a + b, 0) / 2
    let k = 0
    while (k < 47 && (half -= holds[k]!) > 0) k++
    const long = held.subarray(k + 3).reduce((a, b) => a + b, 0)
    const once = long > 0 ? this.longest : 0
    return all > once ? (long - once) / (all - once) : 0
  }
}
/** How a bounded queue was used. */
export class QueueUse {
  full = 0
  empty = 0
  /** ns from the first item to the last: an empty queue before and after is no sign of anything */
  life = 0
  /** empty since, and it is not known yet whether an item comes */
  private idle = 0
  puts: Waits = new Map()
  gets: Waits = new Map()

  add(items: number, dur: number, capacity: number): void {
    if (items === 0) {
      if (this.life > 0) this.idle += dur
      return
    }
    this.empty += this.idle
    this.life += this.idle + dur
    this.idle = 0
    if (items >= capacity) this.full += dur
  }
}

/** Waits of one thread for one object. */
export interface Waited {
  total: number
  count: number
  longest: { lane: number; time: number; dur: number }
}
/** by thread */
export type Waits = Map<number, Waited>

export function addWait(waits: Waits, lane: Lane, time: number, dur: number): void {
  const waited = waits.get(lane.object)
  if (!waited) waits.set(lane.object, { total: dur, count: 1, longest: { lane: lane.id, time, dur } })
  else {
    waited.total += dur
    waited.count++
    if (dur > waited.longest.dur) waited.longest = { lane: lane.id, time, dur }
  }
}
/** Threads, those that waited most first. */
export const mostFirst = (waits: Waits): [thread: number, waited: Waited][] =>
  [...waits].sort((a, b) => b[1].total - a[1].total)
