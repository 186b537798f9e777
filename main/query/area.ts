// Statistics of an area: what the lanes did between two times, a row for each lane, kind and object.
//
// A command of a device is told by its kernel or its direction, a call by its command, a range by its name.
//
// Times are clipped to the area; `count` is every slice that meets it. A thread's lane is told by what it waited for, a
// lock's by who held it, a queue's as a whole. Most time first.
import type { AreaRow } from '../../wire/api.ts'
import { sliceKinds, type SliceKind } from '../../wire/kinds.ts'
import { commands } from '../../wire/operations.ts'
import type { Lane } from '../store/lane.ts'
import type { Trace } from '../store/trace.ts'
import { onDevices } from './commands.ts'
import { nameOf } from './names.ts'
import { columnsIn, type SliceColumns } from './read.ts'
import { laneNumber } from './slice.ts'

const most = 5000

/** What a slice of the lane is called, where that is not its object's name. */
function namesOn(trace: Trace, lane: Lane): (columns: SliceColumns, i: number) => string | null {
  if (lane.kind !== 'stream' && lane.kind !== 'calls') return () => null
  const { commands: c, works } = onDevices(trace)
  const rows = new Map<string, number>()
  if (lane.kind === 'calls') for (let at = 0; at < c.n; at++) rows.set(`${c.stream[at]} ${c.number[at]}`, at)
  const work = (id: number, kind: number) => works[id]?.name || kindOf(kind)
  return ({ kind, object, arg }, i) => {
    if (kind[i] !== sliceKinds.launch)
      return kind[i] === sliceKinds.kernel || kind[i] === sliceKinds.range ? work(arg[i]!, kind[i]!) : kindOf(kind[i]!)
    const at = rows.get(`${object[i]} ${arg[i]}`)
    const of = at === undefined ? 0 : c.work[at]!
    return of > 0 ? work(of, sliceKinds.kernel) : at === undefined ? kindOf(kind[i]!) : operationOf(c.operation[at]!)
  }
}
const named = <T extends number>(table: Record<string, T>) => {
  const names = new Map<number, string>(Object.entries(table).map(([name, id]) => [id, name]))
  return (id: number) => names.get(id) ?? 'command'
}
const kindOf = named(sliceKinds)
const operationOf = named(commands)

export function area(trace: Trace, { from, to, lanes }: { from: number; to: number; lanes: number[] }): AreaRow[] {
  const rows: AreaRow[] = []
  for (const id of lanes) {
    const lane = laneNumber(trace, id)
    const byKind = new Map<string, AreaRow>()
    const nameOn = namesOn(trace, lane)
    for (const [columns, first, last] of columnsIn(trace, lane, from, to))
      for (let i = first; i < last; i++) {
        const start = Math.max(from, columns.start[i]!)
        const dur = Math.min(to, columns.start[i]! + columns.dur[i]!) - start
        // what only touches an edge of the area is not in it; a slice of no length inside it is
        if (dur < 0 || (dur === 0 && columns.dur[i]! > 0)) continue
        const said = nameOn(columns, i)
        const key = `${columns.kind[i]} ${said ?? columns.object[i]}`
        let row = byKind.get(key)
        if (!row) {
          const name = said ?? nameOf(trace, columns.object[i]! || lane.object)
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
