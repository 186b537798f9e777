// What the rules need that no table has, added up from the slices as they come: how each lock was used, which lock was
// taken inside which, how long each bounded queue was full, and who waited at it.
//
//   every lane: rows read so far ─▶ new rows (finished slices), each read once, + holds that are open now
//
// In: a trace, again and again. Out: sums. While it is recorded a look reads at most a budget of slices, so that it can
// be called every 500 ms: it may be behind (`behind`), and catches up when the recording ends.
import { objectKinds, sliceKinds } from '../../wire/kinds.ts'
import { columnsFrom } from '../query/read.ts'
import type { Lane } from '../store/lane.ts'
import { openSlice } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { Holds } from './holds.ts'
import { Nesting } from './nesting.ts'

/** How a lock was used. */
export class LockUse {
  holds = 0
  held = 0
  first = Infinity
  last = 0
  threads = new Set<number>()
  /** ns held by length of the hold, [2^k, 2^(k+1)) ns each; how many. Null for the first few: most locks have no more */
  private lengths: { held: Float64Array; holds: Uint32Array } | null = null

  add(thread: number, start: number, dur: number): void {
    this.holds++
    this.held += dur
    if (start < this.first) this.first = start
    if (start + dur > this.last) this.last = start + dur
    this.threads.add(thread)
    if (this.holds < 20) return
    const { held, holds } = (this.lengths ??= { held: new Float64Array(48), holds: new Uint32Array(48) })
    const k = Math.min(47, Math.floor(Math.log2(dur + 1)))
    held[k]! += dur
    holds[k]! += 1
  }
  /** The part of the time held that holds of at least eight times the median length took. */
  longPart(): number {
    if (!this.lengths) return 1
    const { held, holds } = this.lengths
    const all = held.reduce((a, b) => a + b, 0)
    let half = holds.reduce((a, b) => a + b, 0) / 2
    let k = 0
    while (k < 47 && (half -= holds[k]!) > 0) k++
    return all > 0 ? held.subarray(k + 3).reduce((a, b) => a + b, 0) / all : 0
  }
}
/** How a bounded queue was used. */
export class QueueUse {
  full = 0
  empty = 0
  /** ns from the first item to the last: an empty queue before and after is no sign of anything */
  life = 0
  /** empty since, and it is not known yet whether an item comes */
  private idle = 0
  /** thread → its waits to put, to get */
  puts = new Map<number, Waited>()
  gets = new Map<number, Waited>()

  add(items: number, dur: number, capacity: number): void {
    if (items === 0) {
      if (this.life > 0) this.idle += dur
      return
    }
    this.empty += this.idle
    this.life += this.idle + dur
    this.idle = 0
    if (items >= capacity) this.full += dur
  }
}
export interface Waited {
  total: number
  count: number
  longest: { lane: number; time: number; dur: number }
}

/** slices a look reads while it is recorded: 5 to 20 ms */
const budgetLive = 40_000

export class Watch {
  readonly locks = new Map<number, LockUse>()
  readonly queues = new Map<number, QueueUse>()
  readonly nesting = new Nesting()
  /** slices that were there and not read */
  behind = 0
  private readonly trace: Trace
  /** place = lane id: rows read */
  private readonly read: number[] = []
  private holds = new Holds()
  /** slices that start before it have been read */
  private until = 0

  constructor(trace: Trace) {
    this.trace = trace
  }

  look(): void {
    const { trace } = this
    do this.readSome(trace.live ? budgetLive : 200_000)
    while (!trace.live && this.behind > 0)
  }

  private readSome(budget: number): void {
    const { trace, read } = this
    let fresh = 0
    for (let id = 1; id < trace.lanes.length; id++) fresh += finished(trace.lanes[id]!) - (read[id] ?? 0)
    // every lane gets its part, so that the holds of all locks up to some moment are seen together
    const part = fresh > budget ? budget / fresh : 1
    this.behind = fresh
    const until = this.horizon(part)
    for (let id = 1; id < trace.lanes.length; id++) {
      const lane = trace.lanes[id]!
      if (finished(lane) > (read[id] ?? 0)) this.readLane(lane, until)
    }
    this.nest(until)
  }

  /** The time up to which slices are read this time. */
  private horizon(part: number): number {
    if (part === 1) return Infinity
    const { trace } = this
    let from = trace.end
    // the start of a lane's next block, of which some may have been read
    for (let id = 1; id < trace.lanes.length; id++) from = Math.min(from, this.nextStart(trace.lanes[id]!))
    from = Math.max(from, this.until)
    return (this.until = from + Math.max(1, (trace.end - from) * part))
  }
  private nextStart(lane: Lane): number {
    const row = this.read[lane.id] ?? 0
    if (row >= finished(lane)) return Infinity
    let before = 0
    for (const block of lane.blocks) {
      if (before + block.count > row) return block.start
      before += block.count
    }
    return lane.tail!.floats[0]!
  }

  private readLane(lane: Lane, until: number): void {
    const { trace } = this
    const object = trace.objects[lane.object]!
    let row = this.read[lane.id] ?? 0
    for (const [columns, first] of columnsFrom(trace, lane, row)) {
      let i = first
      for (; i < columns.n && columns.start[i]! < until; i++) {
        const dur = columns.dur[i]!
        const kind = columns.kind[i]!
        if (lane.kind === 'thread') {
          if (kind === sliceKinds.queuePut || kind === sliceKinds.queueGet)
            this.waited(columns.object[i]!, lane, kind, columns.start[i]!, dur)
        } else if (lane.kind === 'queue') {
          if (object.capacity > 0) this.queue(lane.object).add(columns.arg[i]!, dur, object.capacity)
        } else if (lane.kind === 'lock') {
          this.held(lane.object, columns.object[i]!, columns.start[i]!, dur)
          this.holds.push(columns.object[i]!, lane, columns.site[i]!, columns.start[i]!, dur)
        }
      }
      row += i - first
      this.behind -= i - first
      if (i < columns.n) break
    }
    this.read[lane.id] = row
  }

  private held(id: number, thread: number, start: number, dur: number): void {
    let use = this.locks.get(id)
    if (!use) this.locks.set(id, (use = new LockUse()))
    use.add(thread, start, dur)
  }
  private queue(id: number): QueueUse {
    let use = this.queues.get(id)
    if (!use) this.queues.set(id, (use = new QueueUse()))
    return use
  }
  private waited(id: number, lane: Lane, kind: number, time: number, dur: number): void {
    if (!this.trace.objects[id]?.capacity) return
    const use = this.queue(id)
    const by = kind === sliceKinds.queuePut ? use.puts : use.gets
    const waited = by.get(lane.object)
    if (!waited) by.set(lane.object, { total: dur, count: 1, longest: { lane: lane.id, time, dur } })
    else {
      waited.total += dur
      waited.count++
      if (dur > waited.longest.dur) waited.longest = { lane: lane.id, time, dur }
    }
  }

  /** Holds that are not over take part in the nesting as they stand; they come again when they are. */
  private nest(until: number): void {
    const { trace, holds } = this
    const finished = holds.n
    for (let id = 1; id < trace.lanes.length; id++) {
      const lane = trace.lanes[id]!
      if (lane.kind !== 'lock') continue
      const open = openSlice(trace, lane)
      if (open && open.start < until) holds.push(open.object, lane, open.site, open.start, Infinity)
    }
    this.nesting.add(holds)
    this.holds = until === Infinity ? new Holds() : holds.lastingBeyond(until, finished)
  }
}

const finished = (lane: Lane) => lane.slices

const watches = new WeakMap<Trace, Watch>()
/** The trace's watch, brought up to date. */
export function watch(trace: Trace): Watch {
  let made = watches.get(trace)
  if (!made) watches.set(trace, (made = new Watch(trace)))
  made.look()
  return made
}
export const isLock = (kind: number): boolean => kind === objectKinds.lock || kind === objectKinds.rlock
