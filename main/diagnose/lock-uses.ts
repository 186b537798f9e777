// How each lock was used: how often and how long it was held, by whom, and who waited for it.
import { objectKinds, sliceKinds } from '../../wire/kinds.ts'
import type { SliceColumns } from '../query/read.ts'
import { isActor, type Lane } from '../store/lane.ts'
import type { ObjectRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import type { Tally } from './tally.ts'
import { addWait, type Waits } from './waited.ts'

export const isLock = (kind: number): boolean => kind === objectKinds.lock || kind === objectKinds.rlock

/** ns of the waits for it in which somebody held it */
export const heldMeanwhile = (object: ObjectRow): number => (object.blame ?? []).reduce((sum, { dur }) => sum + dur, 0)

/** Who held the locks or waited for them. */
export function usersOf(uses: LockUses['all'], locks: readonly ObjectRow[]): Set<number> {
  const users = new Set<number>()
  for (const { id, blame } of locks) {
    const use = uses.get(id)
    for (const thread of use?.threads ?? []) users.add(thread)
    for (const thread of use?.waits?.keys() ?? []) users.add(thread)
    for (const { holder } of blame ?? []) users.add(holder)
  }
  return users
}
/** Summed lifetimes. */
export function livesOf(trace: Trace, actors: Iterable<number>): number {
  let lives = 0
  for (const id of actors) {
    const thread = trace.objects[id]?.thread
    if (thread) lives += (thread.end ?? trace.end) - thread.start
  }
  return Math.max(1, lives)
}

/** What was done under the locks was done once, by the first to come to the line, and found done by the others; and it
 *  did not take most of their lives. */
export const isOnce = (uses: LockUses['all'], locks: readonly ObjectRow[], share: number): boolean =>
  share < 0.5 &&
  locks.every(
    ({ id, total, blame }) =>
      total === 0 || (uses.get(id)?.madeOnce && blame?.every((b) => b.waitSite === b.holderSite)),
  )

/** How a lock was used. */
export class LockUse {
  holds = 0
  held = 0
  first = Infinity
  last = 0
  /** ns of the first hold */
  private firstHeld = 0
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
    if (start < this.first) {
      this.first = start
      this.firstHeld = dur
    }
    if (start + dur > this.last) this.last = start + dur
    this.threads.add(thread)
    if (this.holds < 20) return
    const { held, holds } = (this.lengths ??= { held: new Float64Array(48), holds: new Uint32Array(48) })
    const k = Math.min(47, Math.floor(Math.log2(dur + 1)))
    held[k]! += dur
    holds[k]! += 1
    if (dur > this.longest) this.longest = dur
  }
  /** Nearly all of the time it was held in its first turn: somebody made what the others then found made. */
  get madeOnce(): boolean {
    return this.holds > 1 && this.firstHeld >= 0.8 * this.held
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

export class LockUses implements Tally {
  /** by object */
  readonly all = new Map<number, LockUse>()
  private readonly trace: Trace
  constructor(trace: Trace) {
    this.trace = trace
  }
  reads = (lane: Lane): boolean => lane.kind === 'lock' || isActor(lane)

  add(lane: Lane, columns: SliceColumns, from: number, to: number): void {
    const { start, dur, kind, object } = columns
    if (lane.kind === 'lock') {
      const use = this.use(lane.object)
      for (let i = from; i < to; i++) use.add(object[i]!, start[i]!, dur[i]!)
      return
    }
    for (let i = from; i < to; i++) {
      if (kind[i] !== sliceKinds.lock) continue
      const lock = this.trace.objects[object[i]!]
      if (lock && isLock(lock.kind)) addWait((this.use(lock.id).waits ??= new Map()), lane, start[i]!, dur[i]!)
    }
  }
  private use(id: number): LockUse {
    let use = this.all.get(id)
    if (!use) this.all.set(id, (use = new LockUse()))
    return use
  }
}
