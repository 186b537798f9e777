// How the threads of each process shared its GIL: how long each had it, how long each waited for it, and for all else.
import { sliceKinds } from '../../wire/kinds.ts'
import type { SliceColumns } from '../query/read.ts'
import type { Lane } from '../store/lane.ts'
import type { Trace } from '../store/trace.ts'
import type { Tally } from './tally.ts'

export interface Turns {
  /** ns, and how often */
  held: number
  turns: number
  /** ns it waited for the GIL; for anything else but sleep and I/O */
  waited: number
  other: number
  /** its longest wait for the GIL */
  longest: { lane: number; time: number; dur: number }
}

export class GilTurns implements Tally {
  /** by thread */
  readonly all = new Map<number, Turns>()
  private readonly trace: Trace
  constructor(trace: Trace) {
    this.trace = trace
  }
  reads = (lane: Lane): boolean => lane.kind === 'gil' || lane.kind === 'thread'

  add(lane: Lane, { start, dur, kind, object }: SliceColumns, from: number, to: number): void {
    if (lane.kind === 'gil') {
      for (let i = from; i < to; i++) {
        const of = this.of(object[i]!)
        of.held += dur[i]!
        of.turns++
      }
      return
    }
    const of = this.of(lane.object)
    for (let i = from; i < to; i++) {
      if (kind[i] === sliceKinds.gil) {
        of.waited += dur[i]!
        if (dur[i]! > of.longest.dur) of.longest = { lane: lane.id, time: start[i]!, dur: dur[i]! }
        // what it waited for inside another wait is part of that one
      } else if (lane.depth === 0 && kind[i] !== sliceKinds.sleep && kind[i] !== sliceKinds.io) of.other += dur[i]!
    }
  }
  private of(thread: number): Turns {
    let of = this.all.get(thread)
    if (!of) {
      const { lane } = this.trace.objects[thread]!
      this.all.set(
        thread,
        (of = { held: 0, turns: 0, waited: 0, other: 0, longest: { lane: lane!.id, time: 0, dur: 0 } }),
      )
    }
    return of
  }
}
