// Waits of each thread for one object, added up.
import type { Lane } from '../store/lane.ts'

/** Waits of one thread for one object. */
export interface Waited {
  total: number
  count: number
  longest: { lane: number; time: number; dur: number }
}
/** by thread */
export type Waits = Map<number, Waited>

export function addWait(waits: Waits, lane: Lane, time: number, dur: number): void {
  const waited = waits.get(lane.object)
  if (!waited) waits.set(lane.object, { total: dur, count: 1, longest: { lane: lane.id, time, dur } })
  else {
    waited.total += dur
    waited.count++
    if (dur > waited.longest.dur) waited.longest = { lane: lane.id, time, dur }
  }
}
/** Threads, those that waited most first. */
export const mostFirst = (waits: Waits): [thread: number, waited: Waited][] =>
  [...waits].sort((a, b) => b[1].total - a[1].total)
