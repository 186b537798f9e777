// The run again, without the waits for one object: how much sooner would it have been over?
//
//   waiter  ▓▓░░░░░▓▓▓       without them  ▓▓▓▓▓       each actor runs as long as it did; a wait ends when its cause has
//   holder  ▓▓▓▓▓▓▓┘                       ▓▓▓▓▓▓▓     come and been handed over as fast as before, or lasts as long as it
//                                                      did (sleep, I/O); waits for the object take no time
//
// In: the graph of waits. Out: the time at which an actor comes to where it was; with nothing removed to the ns that of
// the recording, never later. It is a bound and not a promise: there is a core for whoever runs. Who waits for another
// object is let in by whom it was let in by. Waits for the GIL and for a loop last as long as they were measured, because
// who else wants it then is not known; but no run is shorter than one GIL or one loop was busy, unless that is what is
// removed. What a task lost to the GIL within its steps stays with it. An arrival (an item, a message, a job) does not come
// before it was sent. One pass over the rows in order of their ends, so causes come first.
import { objectKinds, reasons } from '../../wire/kinds.ts'
import { lanesOf } from '../store/read.ts'
import { inOrderInTurns } from './in-order.ts'
import { columnsIn } from './read.ts'
import type { Actor, WaitGraph } from './wait-graph.ts'

/** rows between which others get their turn */
const portion = 200_000

export interface Removed {
  object: number
  /** only waits that ended in here */
  from: number
  to: number
}

export class Replay {
  private readonly graph: WaitGraph
  private order: Uint32Array = new Uint32Array(0)
  private again: Float64Array = new Float64Array(0)
  /** rows that are the beginning of an actor */
  private begins: Uint8Array = new Uint8Array(0)
  /** object → ns it was busy, of those that only one can have at a time */
  private readonly busy = new Map<number, number>()
  private until = 0

  constructor(graph: WaitGraph) {
    this.graph = graph
  }
  /** `until`: when what is asked for was over. */
  *prepare(until: number): Generator<void> {
    const { rows, actors, trace } = this.graph
    this.until = until
    this.again = new Float64Array(rows.n)
    this.begins = new Uint8Array(rows.n)
    for (const { first, last } of actors) if (first < last) this.begins[first] = 1
    this.order = yield* inOrderInTurns(
      rows.columns.end,
      actors.map((a) => a.last),
    )
    for (const object of trace.objects) {
      if (object?.kind !== objectKinds.gil && object?.kind !== objectKinds.loop) continue
      let busy = 0
      for (const lane of lanesOf(object.lane))
        for (const [{ start, dur }, first, last] of columnsIn(trace, lane, 0, until)) {
          for (let i = first; i < last; i++) busy += Math.min(dur[i]!, until - start[i]!)
          yield
        }
      this.busy.set(object.id, busy)
    }
  }

  /** When the actor has come to where it was; `removed` null: nothing is. */
  *end(actor: Actor, removed: Removed | null): Generator<void, number> {
    const { rows } = this.graph
    const { order, again, begins } = this
    const { start, end, kind, cause, causeTime } = rows.columns
    // what comes at the same ns may be asked for before it was added up: then it has its time of the recording
    again.set(end.subarray(0, rows.n))
    for (let k = 0; k < rows.n; k++) {
      if (k % portion === portion - 1) yield
      const row = order[k]!
      const by = cause[row]!
      const what = kind[row]!
      const came = by < 0 ? 0 : again[by]! + (causeTime[row]! - end[by]!)
      if (begins[row]) {
        if (by >= 0) again[row] = came + (end[row]! - causeTime[row]!)
        continue
      }
      const arrival = again[row - 1]! + (start[row]! - end[row - 1]!)
      if (removed && this.isGone(row, removed)) again[row] = arrival
      else if (by < 0 || what === reasons.gil || what === reasons.loop) again[row] = arrival + (end[row]! - start[row]!)
      else if (what === 0) again[row] = Math.max(arrival, came)
      else again[row] = Math.max(arrival, came + (end[row]! - causeTime[row]!))
    }
    const last = rows.endedBy(this.until, actor.first, actor.last)
    const over = last < actor.first ? this.until : again[last]! + (this.until - end[last]!)
    return Math.max(over, this.bound(removed))
  }

  /** A wait for it, or for the GIL or the loop after such a wait: who had not to wait never gave them away. */
  private isGone(row: number, removed: Removed): boolean {
    const { start, end, kind } = this.graph.rows.columns
    if (this.isFor(row, removed)) return true
    const after = kind[row] === reasons.gil || kind[row] === reasons.loop
    return after && start[row] === end[row - 1] && this.isFor(row - 1, removed)
  }
  private isFor(row: number, { object, from, to }: Removed): boolean {
    const { end, object: objects, kind } = this.graph.rows.columns
    // items must be made before they are got: of a queue only room is to be had for nothing
    return objects[row] === object && kind[row] !== reasons.queueGet && end[row]! > from && end[row]! <= to
  }
  private bound(removed: Removed | null): number {
    let bound = 0
    for (const [object, busy] of this.busy) if (object !== removed?.object) bound = Math.max(bound, busy)
    return bound
  }
}
