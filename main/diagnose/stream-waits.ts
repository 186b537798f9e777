// Waits of threads for what devices run: by the thread's lane, in order of time, and by the stream (0 = several).
import { reasons } from '../../wire/kinds.ts'
import { firstWhere } from '../query/first-where.ts'
import type { SliceColumns } from '../query/read.ts'
import { isActor, type Lane } from '../store/lane.ts'
import type { Tally } from './tally.ts'

export interface StreamWait {
  lane: number
  /** 0 = several */
  stream: number
  start: number
  end: number
  site: number
}

export class StreamWaits implements Tally {
  readonly byLane = new Map<number, StreamWait[]>()
  reads(lane: Lane): boolean {
    return isActor(lane)
  }
  add(lane: Lane, { start, dur, kind, object, site }: SliceColumns, from: number, to: number): void {
    const own = (lane.parent ?? lane).id
    for (let i = from; i < to; i++) {
      if (kind[i] !== reasons.device) continue
      const end = start[i]! + dur[i]!
      const wait = { lane: lane.id, stream: object[i]!, start: start[i]!, end, site: site[i]! }
      const waits = this.byLane.get(own)
      if (waits) inOrder(waits, wait)
      else this.byLane.set(own, [wait])
    }
  }
  /** Those for the stream, or for several at once. */
  of(stream: number): StreamWait[] {
    return [...this.byLane.values()].flatMap((waits) => waits.filter((w) => w.stream === stream || w.stream === 0))
  }
  /** The last wait of the thread that was over by then. */
  before(lane: number, time: number): StreamWait | undefined {
    const waits = this.byLane.get(lane) ?? []
    return waits[firstWhere(waits.length, (i) => waits[i]!.end > time) - 1]
  }
}

/** By their ends: a wait inside another one is on a lane of its own and comes later. */
function inOrder(waits: StreamWait[], wait: StreamWait): void {
  let at = waits.length
  while (at > 0 && waits[at - 1]!.end > wait.end) at--
  waits.splice(at, 0, wait)
}
