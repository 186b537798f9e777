// What a rule needs that no table has is added up from the slices as they come, by a tally: one class a subject, shared
// by the rules that name it, fed by watch.ts.
//
// In: the finished slices of the lanes it reads, each once, as columns; on one lane in order of time, over all lanes a
// stretch of time at once. Out: sums; what is concluded from them stands in the rule.
import type { SliceColumns } from '../query/read.ts'
import type { Lane } from '../store/lane.ts'
import type { Trace } from '../store/trace.ts'

export interface Tally {
  reads(lane: Lane): boolean
  /** Rows [from, to) of the lane. */
  add(lane: Lane, columns: SliceColumns, from: number, to: number): void
  /** Every slice that starts before the time has come (Infinity: all there are); the open ones can be looked at. */
  settle?(until: number): void
}
export type TallyKind<T extends Tally = Tally> = new (trace: Trace) => T
