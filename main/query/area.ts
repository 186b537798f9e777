// Statistics of an area: what the lanes did between two times, a row for each lane, kind and object.
//
// Times are clipped to the area; `count` is every slice that meets it. A thread's lane is told by what it waited for, a
// lock's by who held it, a queue's as a whole. Most time first.
import type { AreaRow } from '../../wire/api.ts'
import type { SliceKind } from '../../wire/kinds.ts'
import type { Trace } from '../store/trace.ts'
import { nameOf } from './names.ts'
import { columnsIn } from './read.ts'
import { laneNumber } from './slice.ts'

const most = 5000

export function area(trace: Trace, { from, to, lanes }: { from: number; to: number; lanes: number[] }): AreaRow[] {
  const rows: AreaRow[] = []
  for (const id of lanes) {
    const lane = laneNumber(trace, id)
    const byKind = new Map<number, AreaRow>()
    for (const [columns, first, last] of columnsIn(trace, lane, from, to))
      for (let i = first; i < last; i++) {
        const start = Math.max(from, columns.start[i]!)
        const dur = Math.min(to, columns.start[i]! + columns.dur[i]!) - start
        // what only touches an edge of the area is not in it; a slice of no length inside it is
        if (dur < 0 || (dur === 0 && columns.dur[i]! > 0)) continue
        const key = columns.kind[i]! * 2 ** 32 + columns.object[i]!
        let row = byKind.get(key)
        if (!row) {
          const name = nameOf(trace, columns.object[i]! || lane.object)
          row = {
            name,
            kind: columns.kind[i] as SliceKind,
            lane: id,
            count: 0,
            total: 0,
            min: Infinity,
            mean: 0,
            max: 0,
          }
          byKind.set(key, row)
        }
        row.count++
        row.total += dur
        if (dur < row.min) row.min = dur
        if (dur > row.max) row.max = dur
      }
    for (const row of byKind.values()) rows.push({ ...row, mean: row.total / row.count })
  }
  return rows.sort((a, b) => b.total - a.total).slice(0, most)
}
