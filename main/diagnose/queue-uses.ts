// How each queue was used: how long it was full and empty, who waited at it, and how idle its consumers were.
import { outcomes, sliceKinds } from '../../wire/kinds.ts'
import type { SliceColumns } from '../query/read.ts'
import { isActor, type Lane } from '../store/lane.ts'
import type { Trace } from '../store/trace.ts'
import type { Tally } from './tally.ts'
import { addWait, type Waits } from './waited.ts'

/** A consumer, from the first item that it had waited for to the last. */
export interface Consumer {
  from: number
  to: number
  /** ns it waited for items in between, in how many waits */
  idle: number
  waits: number
}

/** How a queue was used. */
export class QueueUse {
  full = 0
  empty = 0
  /** ns from the first item to the last: an empty queue before and after is no sign of anything */
  life = 0
  /** when the first item came, and the last was gone */
  from = Infinity
  to = 0
  /** empty since, and it is not known yet whether an item comes */
  private idle = 0
  puts: Waits = new Map()
  gets: Waits = new Map()
  consumers = new Map<number, Consumer>()

  add(items: number, time: number, dur: number, capacity: number): void {
    if (items === 0) {
      if (this.life > 0) this.idle += dur
      return
    }
    this.empty += this.idle
    this.life += this.idle + dur
    this.idle = 0
    this.from = Math.min(this.from, time)
    this.to = time + dur
    if (capacity > 0 && items >= capacity) this.full += dur
  }
  /** An item came for the thread that had waited for it. */
  got(thread: number, time: number, dur: number): void {
    const consumer = this.consumers.get(thread)
    if (!consumer) return void this.consumers.set(thread, { from: time + dur, to: time + dur, idle: 0, waits: 0 })
    consumer.to = time + dur
    consumer.idle += dur
    consumer.waits++
  }
}

export class QueueUses implements Tally {
  /** by object */
  readonly all = new Map<number, QueueUse>()
  private readonly trace: Trace
  constructor(trace: Trace) {
    this.trace = trace
  }
  reads = (lane: Lane): boolean => lane.kind === 'queue' || isActor(lane)

  add(lane: Lane, columns: SliceColumns, from: number, to: number): void {
    const { start, dur, kind, object, arg, outcome } = columns
    if (lane.kind === 'queue') {
      const { capacity } = this.trace.objects[lane.object]!
      const use = this.use(lane.object)
      for (let i = from; i < to; i++) use.add(arg[i]!, start[i]!, dur[i]!, capacity)
      return
    }
    for (let i = from; i < to; i++) {
      if (kind[i] !== sliceKinds.queuePut && kind[i] !== sliceKinds.queueGet) continue
      const queue = this.trace.objects[object[i]!]
      if (!queue) continue
      const use = this.use(queue.id)
      addWait(kind[i] === sliceKinds.queuePut ? use.puts : use.gets, lane, start[i]!, dur[i]!)
      if (kind[i] === sliceKinds.queueGet && outcome[i] === outcomes.done) use.got(lane.object, start[i]!, dur[i]!)
    }
  }
  private use(id: number): QueueUse {
    let use = this.all.get(id)
    if (!use) this.all.set(id, (use = new QueueUse()))
    return use
  }
}
