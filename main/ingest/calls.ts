// What threads say that they do: ranges that the program names, and calls that enqueue commands of devices. A thread that
// says such things has lanes for it beside its own, which has its waits: one inside another is one lane further down.
import { objectKinds, sliceKinds } from '../../wire/kinds.ts'
import type { Lane } from '../store/lane.ts'
import type { Trace } from '../store/trace.ts'
import { firstLane } from './holds.ts'
import { ObjectState, type ThreadState } from './object-state.ts'

/** Of one process. */
export class Calls {
  private readonly trace: Trace
  private readonly byThread = new Map<number, ObjectState>()
  /** number of a range → its lane */
  private readonly ranges = new Map<number, Lane>()
  constructor(trace: Trace) {
    this.trace = trace
  }
  of(thread: ThreadState): ObjectState {
    let calls = this.byThread.get(thread.id)
    if (!calls) {
      const { process, name, internal } = thread.row.object
      const row = this.trace.addObject(process, objectKinds.calls, `${name}: calls`)
      row.belongs = thread.id
      row.created = thread.row.start
      row.internal = internal
      this.byThread.set(thread.id, (calls = new ObjectState(row)))
    }
    return calls
  }
  begin(thread: ThreadState, time: number, range: number, site: number, work: number): void {
    const calls = this.of(thread)
    let lane = calls.lane ?? firstLane(this.trace, calls)
    for (let at: Lane | null = lane; at !== null; at = at.next)
      if (at.openKind >= 0) lane = this.trace.laneAt(calls.lane!, at.depth + 1)
    lane.open(sliceKinds.range, Math.max(time, lane.lastEnd, lane.lastStart + 1), 0, site, work)
    this.ranges.set(range, lane)
  }
  /** By whichever thread. False: its beginning was not seen. */
  end(time: number, range: number): boolean {
    const lane = this.ranges.get(range)
    if (!lane) return false
    this.ranges.delete(range)
    this.trace.closeSlice(lane, time, 0, 0)
    return true
  }
  get all(): Iterable<ObjectState> {
    return this.byThread.values()
  }
}
