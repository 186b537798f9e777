// Holds of locks as columns: many at a time, in any order, for the search for locks taken inside others.
import { inOrder } from '../query/in-order.ts'
import type { Lane } from '../store/lane.ts'

export class Holds {
  n = 0
  thread = new Uint32Array(64)
  lock = new Uint32Array(64)
  lane = new Uint32Array(64)
  site = new Uint32Array(64)
  start = new Float64Array(64)
  end = new Float64Array(64)

  push(thread: number, lane: Lane, site: number, start: number, dur: number): void {
    this.add(thread, lane.object, lane.id, site, start, start + dur)
  }
  private add(thread: number, lock: number, lane: number, site: number, start: number, end: number): void {
    if (this.n === this.start.length) this.grow()
    const i = this.n++
    this.thread[i] = thread
    this.lock[i] = lock
    this.lane[i] = lane
    this.site[i] = site
    this.start[i] = start
    this.end[i] = end
  }
  private grow(): void {
    const size = this.start.length * 2
    this.thread = moved(this.thread, new Uint32Array(size))
    this.lock = moved(this.lock, new Uint32Array(size))
    this.lane = moved(this.lane, new Uint32Array(size))
    this.site = moved(this.site, new Uint32Array(size))
    this.start = moved(this.start, new Float64Array(size))
    this.end = moved(this.end, new Float64Array(size))
  }
  /** Of the first `n`, those that go on after the time. */
  lastingBeyond(time: number, n: number): Holds {
    const lasting = new Holds()
    for (let i = 0; i < n; i++)
      if (this.end[i]! > time)
        lasting.add(this.thread[i]!, this.lock[i]!, this.lane[i]!, this.site[i]!, this.start[i]!, this.end[i]!)
    return lasting
  }
  /** Their places in order of start. Each lane came in order, so what is here are runs. */
  inOrder(): Uint32Array {
    const ends: number[] = []
    for (let i = 1; i <= this.n; i++) if (i === this.n || this.start[i]! < this.start[i - 1]!) ends.push(i)
    return inOrder(this.start, ends)
  }
}
const moved = <T extends Uint32Array | Float64Array>(from: T, to: T): T => {
  to.set(from)
  return to
}
