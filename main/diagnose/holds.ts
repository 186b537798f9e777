// Holds of locks as columns: many at a time, in any order, for the search for locks taken inside others.
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
  /**
   * Their places in order of start. Each lane came in order, so what is here are runs: they are merged, two by two. A
   * sort that compares through a function was eight times slower, and this is done with every hold of a program.
   */
  inOrder(): Uint32Array {
    let from: Uint32Array = new Uint32Array(this.n)
    const ends: number[] = []
    for (let i = 0; i < this.n; i++) {
      from[i] = i
      if (i + 1 === this.n || this.start[i + 1]! < this.start[i]!) ends.push(i + 1)
    }
    let into: Uint32Array = new Uint32Array(this.n)
    for (let runs = ends; runs.length > 1;) {
      const merged: number[] = []
      for (let r = 0; r < runs.length; r += 2) {
        const low = r === 0 ? 0 : runs[r - 1]!
        const end = runs[r + 1] ?? runs[r]!
        merge(this.start, from, into, low, runs[r]!, end)
        merged.push(end)
      }
      runs = merged
      ;[from, into] = [into, from]
    }
    return from
  }
}
/** Two neighbouring runs of places, [low, middle) and [middle, end), into one. */
function merge(
  start: Float64Array,
  from: Uint32Array,
  into: Uint32Array,
  low: number,
  middle: number,
  end: number,
): void {
  let a = low
  let b = middle
  for (let i = low; i < end; i++)
    into[i] = a < middle && (b >= end || start[from[a]!]! <= start[from[b]!]!) ? from[a++]! : from[b++]!
}
const moved = <T extends Uint32Array | Float64Array>(from: T, to: T): T => {
  to.set(from)
  return to
}
