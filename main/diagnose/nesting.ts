// Which lock was taken inside which, by whom: the edges of the lock order.
//
//   thread   A▒▒▒▒▒▒▒▒▒▒▒▒
//              B▒▒▒   C▒▒        edges A → B, A → C, not B → C
//
// In: holds of all locks, a stretch of time at once; a hold that lasts longer comes again. Out: for each pair of locks, up
// to 64 threads that took the second while holding the first, each with its first time and the locks that guarded all of
// its turns. An edge is kept once for each thread: programs repeat themselves millions of times.
import type { SliceColumns } from '../query/read.ts'
import type { Lane } from '../store/lane.ts'
import { openSlice } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { Holds } from './holds.ts'
import type { Tally } from './tally.ts'

export interface Taken {
  thread: number
  /** the hold of the outer lock, and when and where the inner was taken (or waited for) */
  outer: { lane: number; site: number; start: number }
  inner: { lane: number; site: number; start: number }
  /** last time it was seen */
  last: number
  /** other locks that the thread held each time */
  guards: number[]
}
export interface Edge {
  from: number
  to: number
  taken: Taken[]
}

const threadsKept = 64
const edgesKept = 100_000
const takenKept = 400_000

export class Nesting implements Tally {
  readonly edges = new Map<number, Edge>()
  /** edges that were not kept: there were too many */
  dropped = 0
  private kept = 0
  private readonly held = new Map<number, number[]>()
  private readonly trace: Trace
  private holds = new Holds()
  constructor(trace: Trace) {
    this.trace = trace
  }
  reads = (lane: Lane): boolean => lane.kind === 'lock'

  add(lane: Lane, { object, site, start, dur }: SliceColumns, from: number, to: number): void {
    for (let i = from; i < to; i++) this.holds.push(object[i]!, lane, site[i]!, start[i]!, dur[i]!)
  }
  /** Holds that are not over take part in the nesting as they stand; they come again when they are. */
  settle(until: number): void {
    const { trace, holds } = this
    const finished = holds.n
    for (let id = 1; id < trace.lanes.length; id++) {
      const lane = trace.lanes[id]!
      if (lane.kind !== 'lock') continue
      const open = openSlice(trace, lane)
      if (open && open.start < until) holds.push(open.object, lane, open.site, open.start, Infinity)
    }
    this.nest(holds)
    this.holds = until === Infinity ? new Holds() : holds.lastingBeyond(until, finished)
  }

  private nest(holds: Holds): void {
    const { held } = this
    held.clear()
    for (const i of holds.inOrder()) {
      const thread = holds.thread[i]!
      const start = holds.start[i]!
      let stack = held.get(thread)
      if (!stack) held.set(thread, (stack = []))
      let kept = 0
      for (const outer of stack) if (holds.end[outer]! > start) stack[kept++] = outer
      stack.length = kept
      for (const outer of stack) if (holds.lock[outer] !== holds.lock[i]) this.edge(holds, outer, i, stack)
      stack.push(i)
    }
  }

  private edge(holds: Holds, outer: number, inner: number, stack: readonly number[]): void {
    const from = holds.lock[outer]!
    const to = holds.lock[inner]!
    const thread = holds.thread[inner]!
    const taken = this.taken(from, to, thread)
    if (taken) {
      taken.last = Math.max(taken.last, holds.start[inner]!)
      if (taken.guards.length) taken.guards = taken.guards.filter((lock) => stack.some((h) => holds.lock[h] === lock))
      return
    }
    this.keep(from, to, {
      thread,
      outer: { lane: holds.lane[outer]!, site: holds.site[outer]!, start: holds.start[outer]! },
      inner: { lane: holds.lane[inner]!, site: holds.site[inner]!, start: holds.start[inner]! },
      last: holds.start[inner]!,
      guards: stack.map((h) => holds.lock[h]!).filter((lock) => lock !== from && lock !== to),
    })
  }
  private taken(from: number, to: number, thread: number): Taken | undefined {
    return this.edges.get(from * 2 ** 26 + to)?.taken.find((t) => t.thread === thread)
  }
  private keep(from: number, to: number, taken: Taken): void {
    const key = from * 2 ** 26 + to
    let edge = this.edges.get(key)
    if (!edge) {
      if (this.edges.size >= edgesKept) {
        this.dropped++
        return
      }
      this.edges.set(key, (edge = { from, to, taken: [] }))
    }
    if (edge.taken.length === threadsKept) return
    if (this.kept === takenKept) this.dropped++
    else {
      this.kept++
      edge.taken.push(taken)
    }
  }

  /** A thread waits for `to` while it holds `from`: it wants them in this order, whether it gets there or not. */
  want(from: number, to: number, taken: Taken): void {
    if (from === to) return
    const before = this.taken(from, to, taken.thread)
    if (before) before.last = Math.max(before.last, taken.last)
    else this.keep(from, to, taken)
  }
}
