// Which lanes are where. In: the lanes as the engine ranks them, what is pinned, folded and unfolded, the room there is.
// Out: rows with y and height in windowPx, pinned ones apart (they do not scroll). Invariant: every lane is in exactly
// one row or counted in exactly one "+N" row; rows do not overlap and follow each other without a hole. Lanes are as
// high as lets all be seen at once, in four steps: were it a slide, every new thread would move all the others.
import type { Lane, Summary } from '../../wire/api.ts'
import { count } from '../format.ts'

export const laneHeight = 22
export const queueHeight = 36
/** added to a lane, twice to a queue, when all lanes can then still be seen; the greatest first */
const growth = [16, 10, 5, 0]
export const groupHeight = 26
/** Idle objects of a group are folded into one row when there are more than this. */
export const idleShown = 4

export type Row =
  | { kind: 'group'; key: string; title: string; of: string; count: number; open: boolean; y: number; height: number }
  | { kind: 'lane'; lane: Lane; sub: number; y: number; height: number }
  | { kind: 'idle'; key: string; text: string; open: boolean; y: number; height: number }
  | { kind: 'more'; text: string; y: number; height: number }

export interface Layout {
  pinned: Row[]
  pinnedHeight: number
  rows: Row[]
  height: number
}

export interface LayoutInput {
  lanes: readonly Lane[]
  processes: Summary['processes']
  pinned: readonly number[]
  /** group keys that the person closed */
  closed: ReadonlySet<string>
  /** group keys whose idle objects the person asked for */
  idleOpen: ReadonlySet<string>
  /** lanes that the engine has and did not send */
  more: number
  /** windowPx for all rows */
  room: number
}

const kinds = [
  { kind: 'thread', title: 'Threads', idle: '' },
  { kind: 'lock', title: 'Locks', idle: 'locks that nobody waited for' },
  { kind: 'queue', title: 'Queues', idle: 'queues that nobody waited for' },
  { kind: 'semaphore', title: 'Semaphores', idle: 'semaphores that nobody waited for' },
] as const

export const groupKey = (lane: Lane) => `${lane.process}:${lane.kind}`

export function layout(input: LayoutInput): Layout {
  let made: Layout | null = null
  for (const more of growth) {
    made = placed(input, more)
    if (made.pinnedHeight + made.height <= input.room) break
  }
  return made!
}

function placed({ lanes, processes, pinned, closed, idleOpen, more }: LayoutInput, growth: number): Layout {
  const family = families(lanes)
  const pins = new Set(pinned)
  const top = new Column(growth)
  for (const id of pinned) for (const [i, lane] of (family.get(id) ?? []).entries()) top.lane(lane, i)

  const groups = new Map<string, Lane[][]>()
  for (const [id, members] of family) {
    if (pins.has(id)) continue
    const key = groupKey(members[0]!)
    if (!groups.has(key)) groups.set(key, [])
    groups.get(key)!.push(members)
  }

  const order = [...new Set([...processes.map((p) => p.id), ...lanes.map((l) => l.process)])]
  const column = new Column(growth)
  for (const process of order) {
    const p = processes.find((x) => x.id === process)
    const owner = p ? `${p.name} (${p.pid})` : `process ${process}`
    for (const { kind, title, idle } of kinds) {
      const key = `${process}:${kind}`
      const all = groups.get(key)
      if (!all) continue
      const open = !closed.has(key)
      column.group(key, title, kind === 'thread' || order.length > 1 ? owner : '', all.length, open)
      if (!open) continue
      const quiet = kind === 'thread' ? [] : all.filter((members) => members.every((l) => l.waited === 0))
      const folded = quiet.length > idleShown && !idleOpen.has(key) ? new Set(quiet) : new Set<Lane[]>()
      for (const members of all)
        if (!folded.has(members)) for (const [i, lane] of members.entries()) column.lane(lane, i)
      if (quiet.length > idleShown)
        column.idle(key, folded.size ? `+${folded.size} ${idle}` : `fold ${quiet.length} ${idle}`, !folded.size)
    }
  }
  if (more > 0) column.more(`+${count(more)} lanes not shown`)
  return { pinned: top.rows, pinnedHeight: top.y, rows: column.rows, height: column.y }
}

/** first lane of an object → it and its sub-lanes by depth, in the engine's order */
function families(lanes: readonly Lane[]): Map<number, Lane[]> {
  const known = new Set(lanes.map((l) => l.id))
  const family = new Map<number, Lane[]>()
  for (const lane of lanes) if (lane.parent === null || !known.has(lane.parent)) family.set(lane.id, [lane])
  for (const lane of lanes) if (lane.parent !== null && known.has(lane.parent)) family.get(lane.parent)?.push(lane)
  for (const members of family.values()) members.sort((a, b) => a.depth - b.depth)
  return family
}

class Column {
  rows: Row[] = []
  y = 0
  private readonly growth: number
  constructor(growth: number) {
    this.growth = growth
  }
  lane(lane: Lane, sub: number) {
    const height = lane.kind === 'queue' ? queueHeight + 2 * this.growth : laneHeight + this.growth
    this.rows.push({ kind: 'lane', lane, sub, y: this.y, height })
    this.y += height
  }
  group(key: string, title: string, of: string, count: number, open: boolean) {
    this.rows.push({ kind: 'group', key, title, of, count, open, y: this.y, height: groupHeight })
    this.y += groupHeight
  }
  idle(key: string, text: string, open: boolean) {
    this.rows.push({ kind: 'idle', key, text, open, y: this.y, height: laneHeight })
    this.y += laneHeight
  }
  more(text: string) {
    this.rows.push({ kind: 'more', text, y: this.y, height: laneHeight })
    this.y += laneHeight
  }
}

/** Rows that touch [top, bottom), by halving: a run may have 10,000 threads. */
export function rowsBetween(rows: readonly Row[], top: number, bottom: number): Row[] {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (rows[middle]!.y + rows[middle]!.height <= top) low = middle + 1
    else high = middle
  }
  let end = low
  while (end < rows.length && rows[end]!.y < bottom) end++
  return rows.slice(low, end)
}

export const rowOfLane = (l: Layout, lane: number): { row: Row; pinned: boolean } | null => {
  const is = (r: Row) => r.kind === 'lane' && r.lane.id === lane
  const pinned = l.pinned.find(is)
  if (pinned) return { row: pinned, pinned: true }
  const row = l.rows.find(is)
  return row ? { row, pinned: false } : null
}
