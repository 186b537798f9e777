// How each pool was used: its jobs, who ran them, and how much of its workers stood idle while a batch came to its end.
//
//   busy  3 ┤ ▟████████▙
//         2 ┤▟██████████▖         a batch: from a job until nobody works, when all were at work in between;
//         1 ┤████████████████▙     its tail begins when somebody finds nothing to do for the last time
//             batch      ↑ tail
import type { SliceColumns } from '../query/read.ts'
import type { Lane } from '../store/lane.ts'
import type { Trace } from '../store/trace.ts'
import type { Tally } from './tally.ts'

/** jobs of a pool whose times are kept: the sums know all */
const kept = 1 << 20

export interface Job {
  lane: number
  time: number
  dur: number
}
export interface Work {
  jobs: number
  busy: number
  longest: Job
}
/** What the batches of a pool took, and what was idle in their tails, in ns of all workers together. */
export interface Batches {
  capacity: number
  idle: number
  /** of the worst tail */
  worst: { from: number; to: number; idle: number }
}

export class PoolUse {
  jobs = 0
  busy = 0
  first = Infinity
  last = 0
  /** at once */
  most = 0
  /** by worker */
  readonly workers = new Map<number, Work>()
  readonly start: number[] = []
  readonly end: number[] = []

  add(worker: number, lane: Lane, time: number, dur: number): void {
    this.jobs++
    this.busy += dur
    this.first = Math.min(this.first, time)
    this.last = Math.max(this.last, time + dur)
    this.most = Math.max(this.most, lane.depth + 1)
    const work = this.workers.get(worker)
    const job = { lane: lane.id, time, dur }
    if (!work) this.workers.set(worker, { jobs: 1, busy: dur, longest: job })
    else {
      work.jobs++
      work.busy += dur
      if (dur > work.longest.dur) work.longest = job
    }
    if (this.start.length === kept) return
    this.start.push(time)
    this.end.push(time + dur)
  }

  /** Null: it has more jobs than were kept. */
  batches(): Batches | null {
    if (this.jobs > this.start.length) return null
    const starts = Float64Array.from(this.start).sort()
    const ends = Float64Array.from(this.end).sort()
    const all = this.workers.size
    const told: Batches = { capacity: 0, idle: 0, worst: { from: 0, to: 0, idle: 0 } }
    let [begun, full, busy, most] = [0, 0, 0, 0]
    for (let s = 0, e = 0; e < ends.length;) {
      if (s < starts.length && starts[s]! < ends[e]!) {
        if (busy === 0) [begun, most] = [starts[s]!, 0]
        most = Math.max(most, ++busy)
        s++
        continue
      }
      const time = ends[e++]!
      if (busy-- === all) full = time
      // a worker that ends one job and begins the next has a moment between them: a batch ends when nobody comes back
      if (busy > 0 || (s < starts.length && starts[s]! - time < moment)) continue
      if (most < all || all < 2) continue
      told.capacity += (time - begun) * all
      const idle = (time - full) * all - this.busyIn(full, time)
      told.idle += idle
      if (idle > told.worst.idle) told.worst = { from: full, to: time, idle }
    }
    return told
  }
  private busyIn(from: number, to: number): number {
    let sum = 0
    for (let i = 0; i < this.start.length; i++)
      sum += Math.max(0, Math.min(to, this.end[i]!) - Math.max(from, this.start[i]!))
    return sum
  }
}
const moment = 1e6

export class PoolUses implements Tally {
  /** by object */
  readonly all = new Map<number, PoolUse>()
  constructor(_: Trace) {}
  reads = (lane: Lane): boolean => lane.kind === 'pool'

  add(lane: Lane, { start, dur, object }: SliceColumns, from: number, to: number): void {
    let use = this.all.get(lane.object)
    if (!use) this.all.set(lane.object, (use = new PoolUse()))
    for (let i = from; i < to; i++) use.add(object[i]!, lane, start[i]!, dur[i]!)
  }
}
