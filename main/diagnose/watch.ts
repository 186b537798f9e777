// Feeds the tallies: every finished slice of the lanes that any of them reads, each once, as they come.
//
//   every lane: rows read so far ─▶ new rows, a stretch of time of all lanes at once ─▶ tallies
//
// In: a trace, again and again. While it is recorded a look reads for some ms at most, so that it takes little from the
// engine's other work: it may be behind (`behind`), and catches up when the recording ends.
import { columnsFrom } from '../query/read.ts'
import type { Lane } from '../store/lane.ts'
import type { Trace } from '../store/trace.ts'
import type { Tally, TallyKind } from './tally.ts'

/** ms that a look reads while it is recorded, and slices at most and at least */
const budgetLiveMs = 4
const mostLive = 40_000
const leastLive = 2_000
/** slices that are put in order at once when all are read */
const budgetWhole = 200_000

export class Watch {
  /** slices that were there and not read */
  behind = 0
  private readonly trace: Trace
  private readonly tallies = new Map<TallyKind, Tally>()
  /** place = lane id: the tallies that read it */
  private readonly readers: Tally[][] = []
  /** place = lane id: rows read */
  private readonly read: number[] = []
  /** slices that start before it have been read */
  private until = 0

  constructor(trace: Trace, kinds: Iterable<TallyKind>) {
    this.trace = trace
    this.behind = trace.slices
    for (const kind of kinds) this.tallies.set(kind, new kind(trace))
  }

  /** It must be among the kinds that this watch was made for. */
  tally<T extends Tally>(kind: TallyKind<T>): T {
    return this.tallies.get(kind) as T
  }

  /** Reads a portion of what is new, or all of it. */
  look(all = !this.trace.live): void {
    if (this.trace.live && !all) return this.lookLive()
    do this.readSome(budgetWhole)
    while (all && this.behind > 0)
  }
  /** As much as the looks before took the time for. */
  private lookLive(): void {
    const began = performance.now()
    const read = this.readSome(this.budgetLive)
    if (read < leastLive) return
    const fits = (read * budgetLiveMs) / Math.max(0.1, performance.now() - began)
    this.budgetLive = Math.max(leastLive, Math.min(mostLive, (this.budgetLive + fits) / 2))
  }
  private budgetLive = leastLive

  /** About so many slices; how many they were. */
  private readSome(budget: number): number {
    const { trace, read } = this
    let fresh = 0
    for (let id = 1; id < trace.lanes.length; id++) {
      const lane = trace.lanes[id]!
      if (this.readersOf(lane).length === 0) read[id] = lane.slices
      else fresh += lane.slices - (read[id] ?? 0)
    }
    // every lane gets its part, so that the slices of all up to some moment are seen together
    const part = fresh > budget ? budget / fresh : 1
    this.behind = fresh
    const until = this.horizon(part)
    for (let id = 1; id < trace.lanes.length; id++) {
      const lane = trace.lanes[id]!
      if (lane.slices > (read[id] ?? 0)) this.readLane(lane, until)
    }
    for (const tally of this.tallies.values()) tally.settle?.(until)
    return fresh - this.behind
  }
  private readersOf(lane: Lane): Tally[] {
    return (this.readers[lane.id] ??= [...this.tallies.values()].filter((tally) => tally.reads(lane)))
  }

  /** The time up to which slices are read this time. */
  private horizon(part: number): number {
    const { trace } = this
    if (part === 1) {
      this.until = trace.end
      return Infinity
    }
    let from = trace.end
    // the start of a lane's next block, of which some may have been read
    for (let id = 1; id < trace.lanes.length; id++) from = Math.min(from, this.nextStart(trace.lanes[id]!))
    from = Math.max(from, this.until)
    return (this.until = from + Math.max(1, (trace.end - from) * part))
  }
  private nextStart(lane: Lane): number {
    const row = this.read[lane.id] ?? 0
    if (row >= lane.slices) return Infinity
    let before = 0
    for (const block of lane.blocks) {
      if (before + block.count > row) return block.start
      before += block.count
    }
    return lane.tail!.floats[0]!
  }

  private readLane(lane: Lane, until: number): void {
    let row = this.read[lane.id] ?? 0
    for (const [columns, first] of columnsFrom(this.trace, lane, row)) {
      let last = first
      while (last < columns.n && columns.start[last]! < until) last++
      if (last > first) for (const tally of this.readersOf(lane)) tally.add(lane, columns, first, last)
      row += last - first
      this.behind -= last - first
      if (last < columns.n) break
    }
    this.read[lane.id] = row
  }
}
