// How each bounded queue was used: how long it was full and empty, and who waited at it.
import { sliceKinds } from '../../wire/kinds.ts'
import type { SliceColumns } from '../query/read.ts'
import { isActor, type Lane } from '../store/lane.ts'
import type { Trace } from '../store/trace.ts'
import type { Tally } from './tally.ts'
import { addWait, type Waits } from './waited.ts'

/** How a bounded queue was used. */
export class QueueUse {
  full = 0
  empty = 0
  /** ns from the first item to the last: an empty queue before and after is no sign of anything */
  life = 0
  /** empty since, and it is not known yet whether an item comes */
  private idle = 0
  puts: Waits = new Map()
  gets: Waits = new Map()

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

export class QueueUses implements Tally {
  /** by object */
  readonly all = new Map<number, QueueUse>()
  private readonly trace: Trace
  constructor(trace: Trace) {
    this.trace = trace
  }
  reads = (lane: Lane): boolean => lane.kind === 'queue' || isActor(lane)

  add(lane: Lane, columns: SliceColumns, from: number, to: number): void {
    const { start, dur, kind, object, arg } = columns
    if (lane.kind === 'queue') {
      const { capacity } = this.trace.objects[lane.object]!
      if (capacity === 0) return
      const use = this.use(lane.object)
      for (let i = from; i < to; i++) use.add(arg[i]!, dur[i]!, capacity)
      return
    }
    for (let i = from; i < to; i++) {
      if (kind[i] !== sliceKinds.queuePut && kind[i] !== sliceKinds.queueGet) continue
      const queue = this.trace.objects[object[i]!]
      if (!queue || queue.capacity === 0) continue
      const { puts, gets } = this.use(queue.id)
      addWait(kind[i] === sliceKinds.queuePut ? puts : gets, lane, start[i]!, dur[i]!)
    }
  }
  private use(id: number): QueueUse {
    let use = this.all.get(id)
    if (!use) this.all.set(id, (use = new QueueUse()))
    return use
  }
}
