// Who got a lock while others went on waiting for it.
//
//   importer  A▒▒A▒▒A▒▒A▒▒A▒▒         five turns, of which four were taken by somebody who had had one since the reader came
//   reader     aaaaaaaaaaaaaaA        passed over four times
//
// In: holds of locks and waits for them, a stretch of time at once; a wait that goes on is carried to the next. Out: for
// each lock and each actor its waits in which it was passed over `passedOver` times or more and the lock was held nearly
// all the time. In a queue nobody gets a second turn before those who came earlier have had one: so a turn counts whose
// thread had one of the last three too, which costs a sum for each hold and not a search for each wait.
import { sliceKinds, sliceOutcomes } from '../../wire/kinds.ts'
import type { SliceColumns } from '../query/read.ts'
import { isActor, type Lane } from '../store/lane.ts'
import type { Trace } from '../store/trace.ts'
import { isLock } from './lock-uses.ts'
import type { Tally } from './tally.ts'
import { addWait, type Waits } from './waited.ts'

/** times, in one wait: below it is bad luck, and a spell of the machine's */
export const passedOver = 10
/** the part of the wait in which the lock was held: one that is free is not kept from anybody */
const heldNearly = 0.8
/** ns: shorter waits starve nobody */
const worthAsking = 1e6
const recent = 3

interface Wait {
  lane: Lane
  start: number
  end: number
  /** turns of others that began in it so far, how many of them passed it over, ns held */
  turns: number
  passed: number
  held: number
}
/** Waits of one lock in which somebody was passed over. */
export class Starved {
  readonly waits: Waits = new Map()
  turns = 0
  passed = 0
}
interface Stretch {
  holds: [columns: SliceColumns, from: number, to: number][]
  waits: Wait[]
}

export class Turns implements Tally {
  /** by lock */
  readonly starved = new Map<number, Starved>()
  private readonly trace: Trace
  private locks = new Map<number, Stretch>()
  constructor(trace: Trace) {
    this.trace = trace
  }
  reads = (lane: Lane): boolean => lane.depth === 0 && (lane.kind === 'lock' || isActor(lane))

  add(lane: Lane, columns: SliceColumns, from: number, to: number): void {
    if (lane.kind === 'lock') {
      if (isLock(this.trace.objects[lane.object]!.kind)) this.of(lane.object).holds.push([columns, from, to])
      return
    }
    const { start, dur, kind, object, outcome } = columns
    for (let i = from; i < to; i++)
      if (kind[i] === sliceKinds.lock && dur[i]! >= worthAsking && outcome[i]! < sliceOutcomes.cut && object[i]! > 0)
        this.of(object[i]!).waits.push({
          lane,
          start: start[i]!,
          end: start[i]! + dur[i]!,
          turns: 0,
          passed: 0,
          held: 0,
        })
  }
  private of(lock: number): Stretch {
    let stretch = this.locks.get(lock)
    if (!stretch) this.locks.set(lock, (stretch = { holds: [], waits: [] }))
    return stretch
  }

  settle(until: number): void {
    const before = this.locks
    this.locks = new Map()
    for (const [lock, { holds, waits }] of before) {
      if (waits.length === 0) continue
      if (holds.length > 0) {
        const turns = new TurnSums(holds)
        for (const wait of waits) turns.count(wait)
      }
      for (const wait of waits)
        if (wait.end > until) this.of(lock).waits.push(wait)
        else this.judge(lock, wait)
    }
  }
  private judge(lock: number, { lane, start, end, turns, passed, held }: Wait): void {
    if (passed < passedOver || held < heldNearly * (end - start)) return
    let starved = this.starved.get(lock)
    if (!starved) this.starved.set(lock, (starved = new Starved()))
    addWait(starved.waits, lane, start, end - start)
    starved.turns += turns
    starved.passed += passed
  }
}

/** The holds of one lock in a stretch of time, in order, with running sums. */
class TurnSums {
  private readonly start: Float64Array
  private readonly thread: Uint32Array
  /** place i: of the holds before i, ns held and how many were of a thread that had one of the last few */
  private readonly held: Float64Array
  private readonly again: Uint32Array

  constructor(parts: Stretch['holds']) {
    const n = parts.reduce((sum, [, from, to]) => sum + to - from, 0)
    this.start = new Float64Array(n)
    this.thread = new Uint32Array(n)
    this.held = new Float64Array(n + 1)
    this.again = new Uint32Array(n + 1)
    let i = 0
    for (const [{ start, dur, object }, from, to] of parts)
      for (let row = from; row < to; row++, i++) {
        this.start[i] = start[row]!
        this.thread[i] = object[row]!
        this.held[i + 1] = this.held[i]! + dur[row]!
        let known = 0
        for (let back = 1; back <= recent && back <= i; back++) if (this.thread[i - back] === object[row]) known = 1
        this.again[i + 1] = this.again[i]! + known
      }
  }
  count(wait: Wait): void {
    const from = this.firstAt(wait.start)
    let to = this.firstAt(wait.end)
    // its own turn may be stamped before the end of its wait
    if (to > from && this.thread[to - 1] === wait.lane.object) to--
    if (to <= from) return
    wait.turns += to - from
    wait.held += this.held[to]! - this.held[from]!
    // the first few may be of threads that had their turn before it came
    if (to > from + recent) wait.passed += this.again[to]! - this.again[from + recent]!
  }
  /** The first that starts at the time or later. */
  private firstAt(time: number): number {
    let low = 0
    let high = this.start.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.start[middle]! < time) low = middle + 1
      else high = middle
    }
    return low
  }
}
