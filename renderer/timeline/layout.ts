// Which lanes are where. In: the lanes as the engine ranks them, what is pinned, folded and unfolded, the room there is.
// Out: rows with y and height in windowPx, pinned ones apart (they do not scroll). Invariant: every lane is in exactly
// one row, or in a folded process, or counted in exactly one "+N" row; rows do not overlap and follow each other without
// a hole. Lanes are as high as lets all be seen at once, in four steps: were it a slide, every new thread would move all
// the others. One process needs no row of its own: its groups name it.
import type { Lane, Process } from '../../wire/api.ts'
import { count } from '../format.ts'
import { processTitle } from '../process-tree.ts'
import { isActor, isCount } from './strip.ts'
import {
  idleKey,
  isBacklog,
  isOfDevice,
  standsOf,
  subsKey,
  tasksKey,
  type Family,
  type Section,
  type SectionId,
  type Stand,
} from './sections.ts'

export const laneHeight = 22
export const queueHeight = 36
/** a lane that says little, and a further lane of a thread or task */
export const thinHeight = 16
export const subHeight = 18
/** ns: a GIL that was waited for less is only held while the one thread runs */
const fewWaits = 2e6
/** added to a lane, twice to a queue, when all lanes can then still be seen; the greatest first */
const growth = [16, 10, 5, 0]
export const groupHeight = 26
export const processHeight = 28
export const pathHeight = 30
/** Idle objects of a group are folded into one row when there are more than this. */
export const idleShown = 4
/** Tasks of a loop likewise: those that live longest stay. */
export const tasksShown = 14
/** Further lanes of one object: permits or workers at once. Of a task they are what else it waits for: a gather's parts. */
const subsShown = { task: 3, other: 12 }
/** Streams of a device likewise: those that ran most stay. */
export const streamsShown = 14
/** Of more processes than this, those that did most are open. */
export const processesOpen = 8

export type Row =
  /** `lane`: what is drawn in it: the life of the process, or of a folded one its first thread */
  | {
      kind: 'process'
      key: string
      title: string
      process: Process | null
      lane: Lane | null
      depth: number
      /** null = there is nothing in it to fold */
      open: boolean | null
      y: number
      height: number
    }
  | {
      kind: 'group'
      key: string
      title: string
      of: string
      count: number
      open: boolean
      indent: number
      y: number
      height: number
    }
  /** `of`: whose it is, where its row stands with what several processes have; else '' */
  | { kind: 'lane'; lane: Lane; sub: number; indent: number; of: string; y: number; height: number }
  | { kind: 'fold'; key: string; text: string; open: boolean; indent: number; y: number; height: number }
  | { kind: 'more'; text: string; y: number; height: number }
  /** the critical path, on top of all */
  | { kind: 'path'; y: number; height: number }

export interface Layout {
  pinned: Row[]
  pinnedHeight: number
  rows: Row[]
  height: number
}

export interface LayoutInput {
  lanes: readonly Lane[]
  processes: readonly Process[]
  pinned: readonly number[]
  /** the critical path is shown */
  path?: boolean
  /** what the person opened (true) and closed (false) by its key; the rest is as it is at first */
  folds: ReadonlyMap<string, boolean>
  /** lanes that the engine has and did not send */
  more: number
  /** windowPx for all rows */
  room: number
  /** while recording nothing is reordered or folded because of what came later */
  recording: boolean
}

const deepest = 5
const titles: Record<SectionId, string> = {
  thread: 'Threads',
  loop: 'Event loops and tasks',
  pool: 'Pools',
  communicator: 'Communicators',
  lock: 'Locks',
  queue: 'Queues',
  semaphore: 'Semaphores',
  memory: 'Shared memory',
  device: 'Devices',
}
const idleNouns: Partial<Record<SectionId, string>> = {
  lock: 'locks that nobody waited for',
  queue: 'queues that nobody waited for',
  semaphore: 'semaphores that nobody waited for',
  memory: 'blocks of shared memory',
}

/** They belong to what is counted in their group. */
const uncounted = new Set<Lane['kind']>(['gil', 'loop', 'calls', 'deviceMemory', 'stream'])

/** The lane that is drawn in a row. */
export const laneOf = (row: Row): Lane | null => (row.kind === 'lane' || row.kind === 'process' ? row.lane : null)

export function layout(input: LayoutInput): Layout {
  let made: Layout | null = null
  const pins = new Set(input.pinned)
  const stands = standsOf(
    input.lanes.filter((l) => !pins.has(l.id) && !(l.parent !== null && pins.has(l.parent))),
    input.processes,
  )
  for (const more of growth) {
    made = placed(input, stands, more)
    if (made.pinnedHeight + made.height <= input.room) break
  }
  return made!
}

function placed(input: LayoutInput, stands: readonly Stand[], growth: number): Layout {
  const { lanes, pinned, folds, more } = input
  const ownerOf = ownersOf(input)
  const top = new Column(growth, ownerOf)
  if (input.path) top.path()
  for (const id of pinned) {
    const family = lanes.filter((l) => l.id === id || l.parent === id).sort((a, b) => a.depth - b.depth)
    for (const [i, lane] of family.entries()) top.lane(lane, i, 0)
  }
  const column = new Column(growth, ownerOf)
  const shown = stands.filter((s) => s.sections.length > 0 || s.process !== null)
  const single = shown.length < 2
  const busy = busiest(shown, input.recording)
  for (const stand of shown) {
    const folding = stand.sections.length > 0
    const open = folds.get(stand.key) ?? busy.has(stand)
    if (!single) {
      const title =
        stand.id === 0 ? 'Between processes' : stand.process ? processTitle(stand.process) : `process ${stand.id}`
      const first = stand.sections[0]?.families.find((f) => f[0]!.kind === 'thread')?.[0]
      const lane = (folding && !open && first) || stand.life
      column.process({
        key: stand.key,
        title,
        process: stand.process,
        lane,
        depth: Math.min(stand.depth, deepest),
        open: folding ? open : null,
      })
      if (!open) continue
    }
    const indent = single ? 0 : Math.min(stand.depth, deepest)
    const owner = stand.process ? `${stand.process.name} (${stand.process.pid})` : `process ${stand.id}`
    for (const section of stand.sections) {
      const open = folds.get(section.key) ?? true
      // the threads of a process stand right below its row
      const titled = single || section.id !== 'thread'
      if (titled) {
        const members = section.families.filter(([f]) => !isBacklog(f!) && !uncounted.has(f!.kind))
        const of = section.id === 'thread' ? owner : ''
        const loops = section.families.filter(([f]) => f!.kind === 'loop').length
        const title = loops === 1 ? 'Event loop and tasks' : titles[section.id]
        column.group(section.key, title, of, members.length, open, indent)
      }
      if (open || !titled) placeSection(column, section, stand.id, folds, indent)
    }
  }
  if (more > 0) column.more(`+${count(more)} lanes not shown`)
  return { pinned: top.rows, pinnedHeight: top.y, rows: column.rows, height: column.y }
}

/** Of streams and memory of a device that several processes have: the process. */
function ownersOf({ lanes, processes }: LayoutInput): (lane: Lane) => string {
  const shared = new Set(lanes.filter((l) => l.kind === 'device' && l.process === 0).map((l) => l.object))
  const names = new Map(processes.map((p) => [p.id, processTitle(p)]))
  return (lane) => (isOfDevice(lane) && shared.has(lane.belongs) ? (names.get(lane.process) ?? '') : '')
}

function placeSection(
  column: Column,
  section: Section,
  process: number,
  folds: ReadonlyMap<string, boolean>,
  left: number,
) {
  const place = (family: Family, indent: number) => {
    const most = family[0]!.kind === 'task' ? subsShown.task : subsShown.other
    const key = subsKey(family[0]!.id)
    const over = family.length - 1 > most
    const open = folds.get(key) ?? false
    for (const [i, lane] of (over && !open ? family.slice(0, 1) : family).entries()) column.lane(lane, i, left + indent)
    if (over) column.fold(key, `${count(family.length - 1)} ${furtherLanes(family[0]!)}`, open, left + indent + 1)
  }
  if (section.id === 'device') return placeDevices(column, section, process, folds, left, place)
  if (section.id === 'loop') return placeLoops(column, section, process, folds, left, place)
  const noun = idleNouns[section.id]
  const quiet = noun ? section.families.filter((members) => members.every((l) => l.waited === 0)) : []
  const folding = quiet.length > idleShown
  const key = idleKey(process, section.id)
  const open = folds.get(key) ?? false
  const hidden = folding && !open ? new Set(quiet) : new Set<Family>()
  const indentOf = (lane: Lane) => (isBacklog(lane) || lane.kind === 'calls' ? 1 : 0)
  for (const family of section.families) if (!hidden.has(family)) place(family, indentOf(family[0]!))
  if (folding) column.fold(key, `${count(quiet.length)} ${noun}`, open, left)
}

/** Each device, and below it its memory and its streams: of many those that ran most, the others one key away. */
function placeDevices(
  column: Column,
  section: Section,
  process: number,
  folds: ReadonlyMap<string, boolean>,
  left: number,
  place: (family: Family, indent: number) => void,
) {
  const did = (family: Family) => family.reduce((sum, lane) => sum + lane.slices, 0)
  const streams = section.families.filter(([f]) => f!.kind === 'stream')
  const folding = streams.length > streamsShown
  const key = idleKey(process, section.id)
  const open = folds.get(key) ?? false
  const most = new Set(streams.toSorted((a, b) => did(b) - did(a)).slice(0, folding ? streamsShown - 2 : Infinity))
  for (const family of section.families) {
    const { kind } = family[0]!
    if (kind !== 'stream' || open || most.has(family)) place(family, kind === 'device' ? 0 : 1)
  }
  if (folding) column.fold(key, `${count(streams.length - most.size)} streams that ran less`, open, left + 1)
}

/** Each loop, and below it its tasks: of many those that live longest, the others one key away. */
function placeLoops(
  column: Column,
  section: Section,
  process: number,
  folds: ReadonlyMap<string, boolean>,
  left: number,
  place: (family: Family, indent: number) => void,
) {
  let tasks: Family[] = []
  const flush = () => {
    const key = tasksKey(process, tasks[0]?.[0]!.on ?? null)
    const folding = tasks.length > tasksShown
    const open = folds.get(key) ?? false
    const life = ([l]: Family) => (l!.end ?? Infinity) - l!.start
    const longest = new Set(
      tasks.toSorted((a, b) => (life(a) === life(b) ? 0 : life(b) - life(a))).slice(0, tasksShown - 2),
    )
    for (const task of tasks) if (!folding || open || longest.has(task)) place(task, 1)
    if (folding) column.fold(key, `${count(tasks.length - longest.size)} tasks that live shorter`, open, left + 1)
    tasks = []
  }
  for (const family of section.families) {
    if (family[0]!.kind === 'task') tasks.push(family)
    else {
      flush()
      place(family, 0)
    }
  }
  flush()
}

const furtherLanes = (lane: Lane) =>
  lane.kind === 'task'
    ? 'more that it waits for at once'
    : lane.kind === 'pool'
      ? 'more workers'
      : lane.kind === 'memory'
        ? 'more that have it'
        : lane.kind === 'calls'
          ? 'more inside each other'
          : 'more at once'

/** Of a few processes all; of many those that did most: while recording, those that came first. */
function busiest(stands: readonly Stand[], recording: boolean): Set<Stand> {
  const own = stands.filter((s) => s.id !== 0 && s.sections.length > 0)
  if (own.length <= processesOpen) return new Set(stands)
  const ranked = recording ? own : own.toSorted((a, b) => b.busy - a.busy)
  return new Set([...stands.filter((s) => s.id === 0 || s.depth === 0), ...ranked.slice(0, processesOpen)])
}

function fixedHeight(lane: Lane, sub: number): number {
  if (lane.kind === 'calls' || (sub > 0 && (isActor(lane) || lane.kind === 'stream'))) return subHeight
  return lane.kind === 'gil' && lane.waited < fewWaits ? thinHeight : 0
}

type Placed<R> = R extends unknown ? Omit<R, 'kind' | 'y' | 'height'> : never
class Column {
  rows: Row[] = []
  y = 0
  private readonly growth: number
  private readonly ownerOf: (lane: Lane) => string
  constructor(growth: number, ownerOf: (lane: Lane) => string) {
    this.growth = growth
    this.ownerOf = ownerOf
  }
  process(row: Placed<Row & { kind: 'process' }>) {
    this.rows.push({ kind: 'process', ...row, y: this.y, height: processHeight })
    this.y += processHeight
  }
  lane(lane: Lane, sub: number, indent: number) {
    const height = fixedHeight(lane, sub) || (isCount(lane) ? queueHeight + 2 * this.growth : laneHeight + this.growth)
    this.rows.push({ kind: 'lane', lane, sub, indent, of: this.ownerOf(lane), y: this.y, height })
    this.y += height
  }
  group(key: string, title: string, of: string, count: number, open: boolean, indent: number) {
    this.rows.push({ kind: 'group', key, title, of, count, open, indent, y: this.y, height: groupHeight })
    this.y += groupHeight
  }
  fold(key: string, what: string, open: boolean, indent: number) {
    const text = open ? `fold ${what}` : `+${what}`
    this.rows.push({ kind: 'fold', key, text, open, indent, y: this.y, height: laneHeight })
    this.y += laneHeight
  }
  path() {
    this.rows.push({ kind: 'path', y: this.y, height: pathHeight })
    this.y += pathHeight
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
  const is = (r: Row) => laneOf(r)?.id === lane
  const pinned = l.pinned.find(is)
  if (pinned) return { row: pinned, pinned: true }
  const row = l.rows.find(is)
  return row ? { row, pinned: false } : null
}

/** Where the lane is, or the folded process that it is in: arrows end there all the same. */
export const rowOver = (l: Layout, lane: Lane): { row: Row; pinned: boolean } | null => {
  const row = l.rows.find((r) => r.kind === 'process' && r.key === `${lane.process}` && r.open !== true)
  return rowOfLane(l, lane.id) ?? (row ? { row, pinned: false } : null)
}
