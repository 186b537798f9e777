// Blame for waits is shared among the holders during them, by time.
//
// In: the intervals in which threads waited for one object. Out: for each hold of it that met one of them, the ns that
// were waited meanwhile: two waiters at once count twice, two holders at once (a semaphore) share. One sweep over both,
// in order of time, so that 100,000 waits and holds cost a sort and not a join.
import { sliceKinds } from '../../wire/kinds.ts'
import type { ObjectRow } from '../store/model.ts'
import { lanesOf } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { columnsIn } from './read.ts'
import { workOf } from './stream-rows.ts'

/** Intervals as two columns. */
export class Spans {
  n = 0
  start = new Float64Array(16)
  end = new Float64Array(16)
  push(start: number, end: number): void {
    if (this.n === this.start.length) {
      this.start = grown(this.start)
      this.end = grown(this.end)
    }
    this.start[this.n] = start
    this.end[this.n++] = end
  }
}
const grown = (column: Float64Array) => {
  const more = new Float64Array(column.length * 2)
  more.set(column)
  return more
}

export interface Blamed {
  /** of a stream: what it ran (workOf) */
  thread: number
  site: number
  dur: number
}

export function blameOf(trace: Trace, object: ObjectRow, waits: Spans, from: number, to: number): Blamed[] {
  const starts = waits.start.slice(0, waits.n).sort()
  const ends = waits.end.slice(0, waits.n).sort()
  const holds = new Spans()
  const holders: Blamed[] = []
  for (const lane of lanesOf(object.lane))
    for (const [columns, first, last] of columnsIn(trace, lane, Math.max(from, starts[0]!), Math.min(to, ends.at(-1)!)))
      for (let i = first; i < last; i++) {
        const kind = columns.kind[i]!
        const runs = kind >= sliceKinds.kernel && kind <= sliceKinds.command
        if (!runs && (kind < sliceKinds.hold || kind > sliceKinds.job)) continue
        const start = Math.max(from, columns.start[i]!)
        const end = Math.min(to, columns.start[i]! + columns.dur[i]!)
        // most holds meet no wait: as many have ended by their start as begin before their end
        if (end <= start || before(starts, end) === notAfter(ends, start)) continue
        holds.push(start, end)
        const thread = runs ? workOf(kind, columns.arg[i]!) : columns.object[i]!
        holders.push({ thread, site: columns.site[i]!, dur: 0 })
      }
  sweep(starts, ends, holds, holders)
  return holders.filter((h) => h.dur > 0)
}

/** How many of the sorted times lie before the time; how many not after it. */
function before(times: Float64Array, time: number): number {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (times[middle]! < time) low = middle + 1
    else high = middle
  }
  return low
}
const notAfter = (times: Float64Array, time: number): number => before(times, time + 0.5)

/** Adds to each holder what was waited while it held. */
function sweep(waitStarts: Float64Array, waitEnds: Float64Array, holds: Spans, holders: Blamed[]): void {
  const waits = waitStarts.length
  const holdStarts = order(holds.start, holds.n)
  const holdEnds = order(holds.end, holds.n)
  const holding = new Set<number>()
  let waiting = 0
  let time = 0
  let [ws, we, hs, he] = [0, 0, 0, 0]
  while (he < holds.n) {
    const next = Math.min(
      ws < waits ? waitStarts[ws]! : Infinity,
      we < waits ? waitEnds[we]! : Infinity,
      hs < holds.n ? holds.start[holdStarts[hs]!]! : Infinity,
      holds.end[holdEnds[he]!]!,
    )
    if (waiting > 0 && holding.size > 0) {
      const share = ((next - time) * waiting) / holding.size
      for (const h of holding) holders[h]!.dur += share
    }
    time = next
    for (; ws < waits && waitStarts[ws]! <= next; ws++) waiting++
    for (; we < waits && waitEnds[we]! <= next; we++) waiting--
    for (; hs < holds.n && holds.start[holdStarts[hs]!]! <= next; hs++) holding.add(holdStarts[hs]!)
    for (; he < holds.n && holds.end[holdEnds[he]!]! <= next; he++) holding.delete(holdEnds[he]!)
  }
}
const order = (column: Float64Array, n: number) =>
  Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => column[a]! - column[b]!)
