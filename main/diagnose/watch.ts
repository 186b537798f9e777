// What the rules need that no table has, added up from the slices as they come: how each lock was used, which lock was
// taken inside which, how long each bounded queue was full, and who waited at it.
//
//   every lane: rows read so far ─▶ new rows (finished slices), each read once, + holds that are open now
//
// In: a trace, again and again. Out: sums. While it is recorded a look reads at most a budget of slices, so that it can
// be called every 500 ms: it may be behind (`behind`), and catches up when the recording ends.
import { objectKinds, sliceKinds } from '../../wire/kinds.ts'
import { columnsFrom } from '../query/read.ts'
import { isActor, type Lane } from '../store/lane.ts'
import { openSlice } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { Holds } from './holds.ts'
import { Nesting } from './nesting.ts'
import { addWait, LockUse, QueueUse } from './uses.ts'

/** slices a look reads while it is recorded: 5 to 20 ms */
const budgetLive = 40_000
/** slices that are put in order at once when all are read */
const budgetWhole = 200_000

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

  /** Reads a portion of what is new, or all of it. */
  look(all = !this.trace.live): void {
    do this.readSome(all ? budgetWhole : budgetLive)
    while (all && this.behind > 0)
  }

  private readSome(budget: number): void {
    const { trace, read } = this
    let fresh = 0
    for (let id = 1; id < trace.lanes.length; id++) {
      const lane = trace.lanes[id]!
      if (!isRead(lane)) read[id] = finished(lane)
      else fresh += finished(lane) - (read[id] ?? 0)
    }
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
        if (isActor(lane)) {
          if (kind === sliceKinds.lock || kind === sliceKinds.queuePut || kind === sliceKinds.queueGet)
            this.waited(columns.object[i]!, lane, kind, columns.start[i]!, dur)
        } else if (lane.kind === 'queue') {
          if (object.capacity > 0) this.queue(lane.object).add(columns.arg[i]!, dur, object.capacity)
        } else if (lane.kind === 'lock') {
          this.lock(lane.object).add(columns.object[i]!, columns.start[i]!, dur)
          this.holds.push(columns.object[i]!, lane, columns.site[i]!, columns.start[i]!, dur)
        }
      }
      row += i - first
      this.behind -= i - first
      if (i < columns.n) break
    }
    this.read[lane.id] = row
  }

  private lock(id: number): LockUse {
    let use = this.locks.get(id)
    if (!use) this.locks.set(id, (use = new LockUse()))
    return use
  }
  private queue(id: number): QueueUse {
    let use = this.queues.get(id)
    if (!use) this.queues.set(id, (use = new QueueUse()))
    return use
  }
  private waited(id: number, lane: Lane, kind: number, time: number, dur: number): void {
    const object = this.trace.objects[id]
    if (!object) return
    if (kind === sliceKinds.lock) {
      if (isLock(object.kind)) addWait((this.lock(id).waits ??= new Map()), lane, time, dur)
    } else if (object.capacity > 0) {
      const { puts, gets } = this.queue(id)
      addWait(kind === sliceKinds.queuePut ? puts : gets, lane, time, dur)
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

/** Of what the rules add up: not the many steps and turns of loops, the GIL and pools. */
const isRead = (lane: Lane) => isActor(lane) || lane.kind === 'lock' || lane.kind === 'queue'
const finished = (lane: Lane) => lane.slices

const watches = new WeakMap<Trace, Watch>()
/** The trace's watch, brought up to date as far as one look goes. */
export function watch(trace: Trace, all = !trace.live): Watch {
  let made = watches.get(trace)
  if (!made) watches.set(trace, (made = new Watch(trace)))
  made.look(all)
  return made
}
export const isLock = (kind: number): boolean => kind === objectKinds.lock || kind === objectKinds.rlock
