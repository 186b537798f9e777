// What holders of locks did while others waited for the lock: slept, or waited for something else.
//
//   auditor   A▒▒▒▒▒▒▒▒▒▒▒▒▒         held: the whole of it
//               zzzzzzzz  ····       rests: asleep 8, waited for a message 4
//   teller      aaaaaaaaaaaaa
//
// In: contended holds of locks and the outermost waits of actors, a stretch of time at once. Out: for each line that made
// locks and each line that took them, how long they were held and what the holders did meanwhile, by kind and line. Waits
// for another lock, for the GIL, for a turn on the loop or for a device are not counted: somebody works behind them. Holds
// are nested one by one only from `worthNesting` on, so that millions of short ones cost a sum each.
import { sliceKinds, sliceOutcomes } from '../../wire/kinds.ts'
import type { SliceColumns } from '../query/read.ts'
import { isActor, type Lane } from '../store/lane.ts'
import type { Trace } from '../store/trace.ts'
import { Holds } from './holds.ts'
import { lockLines } from './lock-lines.ts'
import { isLock } from './lock-uses.ts'
import type { Tally } from './tally.ts'

/** ns. Who holds a lock for less than this has hardly slept or asked the outside world for anything. */
const worthNesting = 0.1e6
const longestKept = 8

const isRest = new Uint8Array(256)
for (const kind of [
  sliceKinds.condition,
  sliceKinds.event,
  sliceKinds.barrier,
  sliceKinds.join,
  sliceKinds.queueGet,
  sliceKinds.queuePut,
  sliceKinds.queueJoin,
  sliceKinds.sleep,
  sliceKinds.task,
  sliceKinds.future,
  sliceKinds.io,
  sliceKinds.message,
  sliceKinds.process,
])
  isRest[kind] = 1

/** What holders did at one line while they held. */
export interface Rest {
  kind: number
  site: number
  /** what they waited for, the first time */
  object: number
  dur: number
  longest: { lane: number; time: number; dur: number }
}
/** Holds of the locks of one line, taken at another line, while somebody waited for them. */
export class HeldAt {
  readonly site: number
  readonly locks = new Set<number>()
  /** ns by thread */
  readonly holders = new Map<number, number>()
  readonly rests = new Map<number, Rest>()
  /** the longest holds */
  longest: { lane: number; thread: number; time: number; dur: number }[] = []
  count = 0
  held = 0
  constructor(site: number) {
    this.site = site
  }
  hold(lane: Lane, thread: number, time: number, dur: number): void {
    this.count++
    this.held += dur
    this.locks.add(lane.object)
    this.holders.set(thread, (this.holders.get(thread) ?? 0) + dur)
    if (dur < worthNesting || (this.longest.length === longestKept && dur <= this.longest[longestKept - 1]!.dur)) return
    this.longest.push({ lane: lane.id, thread, time, dur })
    this.longest.sort((a, b) => b.dur - a.dur)
    this.longest.length = Math.min(longestKept, this.longest.length)
  }
  rest(kind: number, site: number, object: number, dur: number, lane: number, time: number): void {
    const key = kind * 2 ** 26 + site
    let rest = this.rests.get(key)
    if (!rest) this.rests.set(key, (rest = { kind, site, object, dur: 0, longest: { lane, time, dur: 0 } }))
    rest.dur += dur
    if (dur > rest.longest.dur) rest.longest = { lane, time, dur }
  }
  /** ns that the holders rested */
  get rested(): number {
    return [...this.rests.values()].reduce((sum, { dur }) => sum + dur, 0)
  }
}

/** Rests of one actor, in order of time. */
interface Rests {
  lane: number
  start: number[]
  end: number[]
  kind: number[]
  site: number[]
  object: number[]
}

export class InsideHolds implements Tally {
  readonly all = new Map<number, HeldAt>()
  private readonly trace: Trace
  private readonly lines: ReturnType<typeof lockLines>
  /** of the stretch, and those that go on from the one before */
  private holds = new Holds()
  private readonly rests = new Map<number, Rests>()
  constructor(trace: Trace) {
    this.trace = trace
    this.lines = lockLines(trace)
  }
  reads = (lane: Lane): boolean => lane.kind === 'lock' || (isActor(lane) && lane.depth === 0)

  add(lane: Lane, columns: SliceColumns, from: number, to: number): void {
    if (isActor(lane)) return this.addRests(lane, columns, from, to)
    const lock = this.trace.objects[lane.object]!
    if (!isLock(lock.kind) || lock.internal) return
    const { start, dur, kind, object, site, outcome } = columns
    const line = this.lines.of(lane.object)
    let at: HeldAt | null = null
    for (let i = from; i < to; i++) {
      if (kind[i] !== sliceKinds.holdContended || outcome[i]! >= sliceOutcomes.cut) continue
      if (at === null || at.site !== site[i]) at = this.heldAt(line, site[i]!)
      at.hold(lane, object[i]!, start[i]!, dur[i]!)
      if (dur[i]! >= worthNesting) this.holds.push(object[i]!, lane, site[i]!, start[i]!, dur[i]!)
    }
  }
  private heldAt(line: number, site: number): HeldAt {
    const key = line * 2 ** 26 + site
    let at = this.all.get(key)
    if (!at) this.all.set(key, (at = new HeldAt(site)))
    return at
  }
  private addRests(lane: Lane, { start, dur, kind, site, object }: SliceColumns, from: number, to: number): void {
    let rests: Rests | undefined
    for (let i = from; i < to; i++) {
      if (isRest[kind[i]!] === 0) continue
      if (!rests) {
        rests = this.rests.get(lane.object) ?? { lane: lane.id, start: [], end: [], kind: [], site: [], object: [] }
        this.rests.set(lane.object, rests)
      }
      rests.start.push(start[i]!)
      rests.end.push(start[i]! + dur[i]!)
      rests.kind.push(kind[i]!)
      rests.site.push(site[i]!)
      rests.object.push(object[i]!)
    }
  }

  settle(until: number): void {
    const { holds, rests } = this
    for (const i of holds.inOrder()) {
      const own = rests.get(holds.thread[i]!)
      if (own) this.nest(holds, i, own)
    }
    rests.clear()
    this.holds = until === Infinity ? new Holds() : holds.lastingBeyond(until, holds.n)
  }
  private nest(holds: Holds, i: number, rests: Rests): void {
    const from = holds.start[i]!
    const to = holds.end[i]!
    let at: HeldAt | null = null
    for (let r = firstEndingAfter(rests.end, from); r < rests.start.length && rests.start[r]! < to; r++) {
      const time = rests.start[r]!
      // it slept before it took the lock: what began outside is not the lock's
      if (time < from) continue
      const dur = Math.min(to, rests.end[r]!) - time
      at ??= this.heldAt(this.lines.of(holds.lock[i]!), holds.site[i]!)
      at.rest(rests.kind[r]!, rests.site[r]!, rests.object[r]!, dur, rests.lane, time)
    }
  }
}
function firstEndingAfter(ends: readonly number[], time: number): number {
  let low = 0
  let high = ends.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ends[middle]! <= time) low = middle + 1
    else high = middle
  }
  return low
}
