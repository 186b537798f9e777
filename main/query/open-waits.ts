// The waits that are not over: of a live recording, at this moment.
//
// In: a trace. Out: each open wait with its thread. The totals that ingest keeps are of finished waits only, so whoever
// ranks what threads wait for right now adds these. A finished trace has none: what was open then is a cut slice.
import type { Lane } from '../store/lane.ts'
import type { ThreadRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'

export interface OpenWait {
  thread: ThreadRow
  lane: Lane
  kind: number
  object: number
  site: number
  /** the thread that held it when the wait began, 0 = unknown */
  owner: number
  start: number
  /** ns until the end of what is known */
  dur: number
  /** inside another wait of the same thread */
  nested: boolean
}

export function openWaits(trace: Trace): OpenWait[] {
  const waits: OpenWait[] = []
  for (const thread of trace.threads) {
    let nested = false
    for (let lane = thread.object.lane; lane !== null; lane = lane.next) {
      if (lane.openKind < 0) continue
      waits.push({
        thread,
        lane,
        kind: lane.openKind,
        object: lane.openObject,
        site: lane.openSite,
        owner: lane.openArg,
        start: lane.openStart,
        dur: Math.max(0, trace.end - lane.openStart),
        nested,
      })
      nested = true
    }
  }
  return waits
}

/** object → ns that was waited for it in all, for the objects that somebody waits for now */
export function waitedFor(trace: Trace, waits: readonly OpenWait[]): Map<number, number> {
  const totals = new Map<number, number>()
  for (const wait of waits)
    if (wait.object)
      totals.set(wait.object, (totals.get(wait.object) ?? trace.objects[wait.object]?.total ?? 0) + wait.dur)
  return totals
}
