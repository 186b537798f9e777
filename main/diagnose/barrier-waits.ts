// Waits at barriers, by barrier: who waited how long, and (of the first some thousands) when each wait ended, so that it
// can be said who had made the others wait.
import { sliceKinds } from '../../wire/kinds.ts'
import type { SliceColumns } from '../query/read.ts'
import { isActor, type Lane } from '../store/lane.ts'
import type { Trace } from '../store/trace.ts'
import type { Tally } from './tally.ts'
import { addWait, type Waits } from './waited.ts'

const kept = 20_000

export class BarrierWait {
  readonly waits: Waits = new Map()
  total = 0
  first = Infinity
  last = 0
  /** "lane end" → ns */
  readonly ends = new Map<string, number>()
}
export const endKey = (lane: number, end: number): string => `${lane} ${end}`

export class BarrierWaits implements Tally {
  /** by object */
  readonly all = new Map<number, BarrierWait>()
  constructor(_: Trace) {}
  reads = isActor

  add(lane: Lane, { start, dur, kind, object }: SliceColumns, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      if (kind[i] !== sliceKinds.barrier || object[i] === 0) continue
      let of = this.all.get(object[i]!)
      if (!of) this.all.set(object[i]!, (of = new BarrierWait()))
      addWait(of.waits, lane, start[i]!, dur[i]!)
      of.total += dur[i]!
      of.first = Math.min(of.first, start[i]!)
      of.last = Math.max(of.last, start[i]! + dur[i]!)
      if (of.ends.size < kept) of.ends.set(endKey((lane.parent ?? lane).id, start[i]! + dur[i]!), dur[i]!)
    }
  }
}
