// Steps that blocked an event loop (kind stall), by the task and the line at which it had gone on.
import { sliceKinds } from '../../wire/kinds.ts'
import type { SliceColumns } from '../query/read.ts'
import type { Lane } from '../store/lane.ts'
import type { Trace } from '../store/trace.ts'
import type { Tally } from './tally.ts'

export interface Stalled {
  loop: number
  actor: number
  site: number
  count: number
  total: number
  /** the longest first found: they are looked into and cited */
  longest: { lane: number; time: number; dur: number }[]
}
const kept = 20

export class Stalls implements Tally {
  readonly all = new Map<string, Stalled>()
  constructor(_trace: Trace) {}
  reads = (lane: Lane): boolean => lane.kind === 'loop'

  add(lane: Lane, { kind, object, site, start, dur }: SliceColumns, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      if (kind[i] !== sliceKinds.stall) continue
      const key = `${lane.object} ${object[i]} ${site[i]}`
      let stalled = this.all.get(key)
      if (!stalled)
        this.all.set(
          key,
          (stalled = { loop: lane.object, actor: object[i]!, site: site[i]!, count: 0, total: 0, longest: [] }),
        )
      stalled.count++
      stalled.total += dur[i]!
      stalled.longest.push({ lane: lane.id, time: start[i]!, dur: dur[i]! })
      if (stalled.longest.length < 2 * kept && to - i > 1) continue
      stalled.longest.sort((a, b) => b.dur - a.dur)
      stalled.longest.length = Math.min(stalled.longest.length, kept)
    }
  }
}
