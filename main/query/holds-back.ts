// Who held what until when, for who goes back in time: the hold of an object that ended at a time or just before (a task
// is told that it can go on a moment after the lock was free), since when and at which line it was got. Each block of a lane is read once, as long as the times asked for never grow.
import type { Lane } from '../store/lane.ts'
import { lanesOf } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { columnsIn, type SliceColumns } from './read.ts'

/** ns */
const moment = 200_000

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
      const found = endedBy(this.around(lane, time), time) ?? endedBy(this.before(lane, time), time)
      if (!found) continue
      const [{ start, dur, object: holder, site }, i] = found
      if (holder[i] === by && time - start[i]! - dur[i]! < moment) return { object, site: site[i]!, since: start[i]! }
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
  /** Where the time is the first of a block, or lies between two. */
  private before(lane: Lane, time: number): SliceColumns | undefined {
    let last: SliceColumns | undefined
    for (const [columns] of columnsIn(this.trace, lane, Math.max(0, time - moment), time))
      if (columns.start[0]! < time) last = columns
    return last
  }
}

/** The last that had ended by then. */
function endedBy(columns: SliceColumns | undefined, time: number): [columns: SliceColumns, row: number] | null {
  if (!columns) return null
  const { start, dur, n } = columns
  let low = 0
  let high = n
  while (low < high) {
    const middle = (low + high) >> 1
    if (start[middle]! + dur[middle]! <= time) low = middle + 1
    else high = middle
  }
  return low > 0 ? [columns, low - 1] : null
}
