// How often a try succeeded: of the locks, semaphores and queues that were tried in vain a hundred times or so.
//
// In: their lanes, when all incidents are known (`live: false`). Out: turns by who had them; items in and out.
import { sliceKinds } from '../../wire/kinds.ts'
import type { SliceColumns } from '../query/read.ts'
import type { Lane } from '../store/lane.ts'
import type { Trace } from '../store/trace.ts'
import type { Tally } from './tally.ts'

/** fewer tries in vain at a line are no habit */
export const fewTries = 20

export class Tries implements Tally {
  /** object → actor → turns it had */
  readonly turns = new Map<number, Map<number, number>>()
  /** queue → items put into it, got from it, by anybody */
  readonly items = new Map<number, { puts: number; gets: number; depth: number }>()
  private readonly trace: Trace
  constructor(trace: Trace) {
    this.trace = trace
  }
  reads = (lane: Lane): boolean =>
    (lane.kind === 'lock' || lane.kind === 'semaphore' || lane.kind === 'queue') &&
    (this.trace.objects[lane.object]!.incidents ?? []).some((i) => i.what === 'refused' && i.count >= fewTries)

  add(lane: Lane, { object, kind, arg }: SliceColumns, from: number, to: number): void {
    if (lane.kind === 'queue') {
      let items = this.items.get(lane.object)
      if (!items) this.items.set(lane.object, (items = { puts: 0, gets: 0, depth: 0 }))
      for (let i = from; i < to; i++) {
        items.puts += Math.max(0, arg[i]! - items.depth)
        items.gets += Math.max(0, items.depth - arg[i]!)
        items.depth = arg[i]!
      }
      return
    }
    let turns = this.turns.get(lane.object)
    if (!turns) this.turns.set(lane.object, (turns = new Map()))
    for (let i = from; i < to; i++)
      if (kind[i] === sliceKinds.hold || kind[i] === sliceKinds.holdContended)
        turns.set(object[i]!, (turns.get(object[i]!) ?? 0) + 1)
  }
}
