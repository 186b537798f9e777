// All flows between actors, by the actor at which they arrive and in order of time. In: a trace, and whose lane each is.
// Out: columns; read once, because looking for the arrows of each wait would read the blocks again and again.
import type { FlowColumns } from '../store/flows.ts'
import { loadFlows } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'

export class Arrivals {
  n = 0
  from: Int32Array
  fromTime: Float64Array
  to: Int32Array
  toTime: Float64Array
  kind: Uint8Array
  object: Uint32Array
  private first: Uint32Array = new Uint32Array(0)
  private order: Uint32Array = new Uint32Array(0)

  constructor(room: number) {
    this.from = new Int32Array(room)
    this.fromTime = new Float64Array(room)
    this.to = new Int32Array(room)
    this.toTime = new Float64Array(room)
    this.kind = new Uint8Array(room)
    this.object = new Uint32Array(room)
  }
  add(flows: FlowColumns, actorOf: Int32Array): void {
    for (let i = 0; i < flows.n && this.n < this.from.length; i++) {
      const from = actorOf[flows.fromLane[i]!] ?? -1
      const to = actorOf[flows.toLane[i]!] ?? -1
      if (from < 0 || to < 0 || from === to) continue
      const n = this.n++
      this.from[n] = from
      this.fromTime[n] = flows.fromTime[i]!
      this.to[n] = to
      this.toTime[n] = flows.toTime[i]!
      this.kind[n] = flows.kind[i]!
      this.object[n] = flows.object[i]!
    }
  }
  /** All are there: they are put in order. */
  *sort(actors: number): Generator<void> {
    const first = (this.first = new Uint32Array(actors + 1))
    for (let i = 0; i < this.n; i++) first[this.to[i]! + 1]!++
    for (let a = 0; a < actors; a++) first[a + 1]! += first[a]!
    const next = first.slice()
    const order = (this.order = new Uint32Array(this.n))
    for (let i = 0; i < this.n; i++) order[next[this.to[i]!]!++] = i
    yield
    // they were seen nearly in order of their effect
    for (let a = 0; a < actors; a++) {
      for (let i = first[a]! + 1; i < first[a + 1]!; i++) {
        const flow = order[i]!
        let at = i
        for (; at > first[a]! && this.toTime[order[at - 1]!]! > this.toTime[flow]!; at--) order[at] = order[at - 1]!
        order[at] = flow
      }
      yield
    }
  }
  of(actor: number): Uint32Array {
    return this.order.subarray(this.first[actor], this.first[actor + 1])
  }
}

export function* flowsByActor(trace: Trace, actorOf: Int32Array, actors: number): Generator<void, Arrivals> {
  const arrivals = new Arrivals(trace.flows)
  for (const block of trace.flowBlocks) {
    arrivals.add(block.columns ?? loadFlows(trace, block), actorOf)
    yield
  }
  arrivals.add(trace.flowTail, actorOf)
  yield* arrivals.sort(actors)
  return arrivals
}
