// Who held an object while somebody waited, and who waited while somebody held it: two views of the same slices.
//
//   lock's lane   ▒▒▒▒▒ audit ▒▒▒▒▒
//   teller-1            ░░ waits ░░      → others of the wait: audit; others of the hold: teller-1
//
// In: an object and an interval. Out: a share for each thread and line, longest first, times clipped to the interval.
import { sliceKinds } from '../../wire/kinds.ts'
import { lanesOf } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { columnsIn } from './read.ts'

export interface Share {
  /** object id of the thread */
  thread: number
  site: number
  /** ns within the interval */
  dur: number
  /** where the longest of its slices is */
  lane: number
  time: number
  longest: number
}

export function holdersOf(trace: Trace, object: number, from: number, to: number): Share[] {
  const shares = new Map<string, Share>()
  for (const lane of lanesOf(trace.objects[object]?.lane ?? null))
    for (const [columns, first, last] of columnsIn(trace, lane, from, to))
      for (let i = first; i < last; i++) {
        const kind = columns.kind[i]!
        if (kind < sliceKinds.hold || kind > sliceKinds.job) continue
        const start = columns.start[i]!
        add(shares, columns.object[i]!, columns.site[i]!, lane.id, start, start + columns.dur[i]!, from, to)
      }
  return ranked(shares)
}

export function waitersOf(trace: Trace, object: number, from: number, to: number): Share[] {
  const shares = new Map<string, Share>()
  const { process, shared } = trace.objects[object]!
  for (const thread of trace.threads) {
    if ((!shared && thread.object.process !== process) || thread.start > to) continue
    if (thread.end !== null && thread.end < from) continue
    for (const lane of lanesOf(thread.object.lane))
      for (const [columns, first, last] of columnsIn(trace, lane, from, to))
        for (let i = first; i < last; i++) {
          if (columns.object[i] !== object || !isWait(columns.kind[i]!)) continue
          const start = columns.start[i]!
          add(shares, thread.object.id, columns.site[i]!, lane.id, start, start + columns.dur[i]!, from, to)
        }
  }
  return ranked(shares)
}

/** A wait for an object, not for a moment or the outside world. */
export const isWait = (kind: number): boolean =>
  kind < sliceKinds.hold && kind !== sliceKinds.sleep && kind !== sliceKinds.io

function add(
  shares: Map<string, Share>,
  thread: number,
  site: number,
  lane: number,
  start: number,
  end: number,
  from: number,
  to: number,
) {
  const dur = Math.min(end, to) - Math.max(start, from)
  if (dur <= 0) return
  const key = `${thread} ${site}`
  let share = shares.get(key)
  if (!share) shares.set(key, (share = { thread, site, dur: 0, lane, time: start, longest: 0 }))
  share.dur += dur
  if (dur > share.longest) {
    share.longest = dur
    share.lane = lane
    share.time = start
  }
}
const ranked = (shares: Map<string, Share>) => [...shares.values()].sort((a, b) => b.dur - a.dur || a.time - b.time)
