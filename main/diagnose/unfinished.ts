// Waits and holds that are not over: of a live recording at this moment, of a finished one when it ended (cut slices).
//
// In: a trace. Out: who waits for what since when, and who holds it. (Who can never go on is found from a
// moment of the trace: stuck.ts.)
import type { Lane } from '../store/lane.ts'
import { lanesOf, openSlice, sliceBefore, type SliceRow } from '../store/read.ts'
import type { ThreadRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'

export interface OpenWait {
  /** object id of the thread */
  thread: number
  slice: SliceRow
}
export interface OpenHold {
  /** object id of the thread that holds, and of what it holds */
  thread: number
  object: number
  slice: SliceRow
}
export interface Unfinished {
  /** the innermost wait of each thread that waits */
  waits: Map<number, OpenWait>
  /** object → those who hold it */
  holds: Map<number, OpenHold[]>
  /** thread → what it holds */
  heldBy: Map<number, OpenHold[]>
}

export function unfinished(trace: Trace): Unfinished {
  const waits = new Map<number, OpenWait>()
  const holds = new Map<number, OpenHold[]>()
  const heldBy = new Map<number, OpenHold[]>()
  for (const { object } of trace.threads)
    // the lanes of a thread follow the nesting of its waits: the last that is open is the innermost
    for (const lane of lanesOf(object.lane)) {
      const slice = last(trace, lane)
      if (slice) waits.set(object.id, { thread: object.id, slice })
    }
  for (const lane of trace.lanes) {
    if (lane?.kind !== 'lock') continue
    const slice = last(trace, lane)
    if (!slice) continue
    const hold = { thread: slice.object, object: lane.object, slice }
    holds.set(hold.object, [...(holds.get(hold.object) ?? []), hold])
    heldBy.set(hold.thread, [...(heldBy.get(hold.thread) ?? []), hold])
  }
  return { waits, holds, heldBy }
}

/** It ends with its process. */
export function isMain(trace: Trace, thread: number): boolean {
  const { process } = trace.objects[thread]!
  return trace.threads.find((t) => t.object.process === process)?.object.id === thread
}

/** Whoever holds it has ended before its process: nobody will release it. */
export const isAbandoned = (trace: Trace, { holds }: Unfinished, object: number): boolean =>
  (holds.get(object) ?? []).some(({ thread }) => {
    const row = trace.objects[thread]?.thread
    return row && row.end !== null && !isMain(trace, thread) && !isCutOff(trace, row)
  })

/** A daemon thread that the interpreter's end stopped where it was; some still get to say so, in the middle of a wait. */
export function isCutOff(trace: Trace, { daemon, end, object }: ThreadRow): boolean {
  if (!daemon || !object.lane || trace.processes[object.process]!.ended !== 'clean') return false
  return end === null || (sliceBefore(trace, object.lane, Infinity)?.cut ?? false)
}

function last(trace: Trace, lane: Lane): SliceRow | null {
  if (trace.live) return openSlice(trace, lane)
  // what was cut ends with its process: most lanes need no reading
  const end = Math.max(lane.lastEnd, lane.blocks.at(-1)?.end ?? -Infinity)
  // of what processes share it ends with the holder's own, and is held for ever
  const shared = trace.objects[lane.object]!.shared
  if (!shared && end < (trace.processes[lane.process]!.end ?? trace.end)) return null
  const slice = sliceBefore(trace, lane, Infinity)
  return slice?.cut ? slice : null
}
