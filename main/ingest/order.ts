// Many chunks, each in order of time, become one sequence in order of time, as far as it is certain: up to the watermark.
//
//   chunk 1  ──a──b────────f──      heads are kept in a heap; the earliest chunk gives its records up to the
//   chunk 2  ─────────c─d─────      next chunk's head at once (in Python a thread runs for ms before another does)
//
// Two records of the same object may still come in the wrong order when their clocks were read close together: their
// `seq` settles that (states.ts).
import type { Chunk } from './read-chunks.ts'

export class Order {
  /** heap: time of the first unread record of chunk i */
  private times = new Float64Array(64)
  private chunks: Chunk[] = []
  private n = 0
  private readonly baseLow: number
  private readonly baseHigh: number

  /** Times come out in ns since `base`. */
  constructor(base: bigint) {
    this.baseLow = Number(base & 0xffffffffn)
    this.baseHigh = Number(base >> 32n)
  }
  time(low: number, high: number): number {
    return (high - this.baseHigh) * 4294967296 + (low - this.baseLow)
  }
  get empty(): boolean {
    return this.n === 0
  }
  /** time of the earliest unread record; Infinity when there is none */
  get first(): number {
    return this.n ? this.times[0]! : Infinity
  }

  add(chunk: Chunk): void {
    if (this.n === this.times.length) {
      const times = new Float64Array(this.n * 2)
      times.set(this.times)
      this.times = times
    }
    const w = chunk.next * 8
    let i = this.n++
    const time = this.time(chunk.words[w]!, chunk.words[w + 1]!)
    while (i > 0) {
      const up = (i - 1) >> 1
      if (this.times[up]! <= time) break
      this.times[i] = this.times[up]!
      this.chunks[i] = this.chunks[up]!
      i = up
    }
    this.times[i] = time
    this.chunks[i] = chunk
  }

  /** The chunk with the earliest record, and how far it may be read now: up to the others' first and the watermark. */
  run(watermark: number): { chunk: Chunk; end: number } | null {
    if (this.n === 0 || this.times[0]! > watermark) return null
    let bound = watermark
    if (this.n > 1 && this.times[1]! < bound) bound = this.times[1]!
    if (this.n > 2 && this.times[2]! < bound) bound = this.times[2]!
    const chunk = this.chunks[0]!
    this.found.chunk = chunk
    this.found.end = runEnd(chunk.words, chunk.next + 1, chunk.end, bound, this.baseLow, this.baseHigh)
    return this.found
  }
  private readonly found: { chunk: Chunk; end: number } = { chunk: undefined as never, end: 0 }

  /** The first chunk's records up to `end` were used. True when it has no more. */
  used(end: number): boolean {
    const chunk = this.chunks[0]!
    chunk.next = end
    if (end < chunk.end) {
      this.sink(chunk, this.time(chunk.words[end * 8]!, chunk.words[end * 8 + 1]!))
      return false
    }
    const last = this.chunks[--this.n]!
    this.chunks.length = this.n
    if (this.n > 0) this.sink(last, this.times[this.n]!)
    return true
  }
  private sink(chunk: Chunk, time: number): void {
    const { times, chunks, n } = this
    let i = 0
    for (;;) {
      let down = i * 2 + 1
      if (down >= n) break
      if (down + 1 < n && times[down + 1]! < times[down]!) down++
      if (times[down]! >= time) break
      times[i] = times[down]!
      chunks[i] = chunks[down]!
      i = down
    }
    times[i] = time
    chunks[i] = chunk
  }
}

const runEnd = (words: Uint32Array, from: number, end: number, bound: number, baseLow: number, baseHigh: number) => {
  let i = from
  while (i < end && (words[i * 8 + 1]! - baseHigh) * 4294967296 + (words[i * 8]! - baseLow) <= bound) i++
  return i
}
