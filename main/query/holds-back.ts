// Who held what until when, for who goes back in time: the hold of an object that ended at a time, since when and at which
// line it was got. Each block of a lane is read once, as long as the times asked for never grow.
import type { Lane } from '../store/lane.ts'
import { lanesOf } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { columnsIn, type SliceColumns } from './read.ts'

export interface Held {
  object: number
  site: number
  since: number
}

export class HoldsBack {
  private readonly trace: Trace
  /** lane → the columns that were read last */
  private readonly read = new Map<number, SliceColumns>()
  constructor(trace: Trace) {
    this.trace = trace
  }

  /** `by`: the thread or task. */
  endedAt(object: number, by: number, time: number): Held | null {
    for (const lane of lanesOf(this.trace.objects[object]?.lane ?? null)) {
      const columns = this.around(lane, time)
      const i = columns ? endingAt(columns, time) : -1
      if (i >= 0 && columns!.object[i] === by) return { object, site: columns!.site[i]!, since: columns!.start[i]! }
    }
    return null
  }
  private around(lane: Lane, time: number): SliceColumns | undefined {
    let columns = this.read.get(lane.id)
    if (columns && columns.start[0]! < time && columns.start[columns.n - 1]! + columns.dur[columns.n - 1]! >= time)
      return columns
    for ([columns] of columnsIn(this.trace, lane, time, time)) {
      this.read.set(lane.id, columns)
      return columns
    }
    return undefined
  }
}

function endingAt({ start, dur, n }: SliceColumns, time: number): number {
  let low = 0
  let high = n
  while (low < high) {
    const middle = (low + high) >> 1
    if (start[middle]! + dur[middle]! < time) low = middle + 1
    else high = middle
  }
  return low < n && start[low]! + dur[low]! === time ? low : -1
}
