// Slices out of a trace, finished or live: what a block has, loaded when it is asked for and dropped when it is too
// much; one lane's slices in an interval, in order, wherever they are (block, tail, open).
import { sliceOutcomes } from '../../wire/kinds.ts'
import { Columns } from './columns.ts'
import { itemBytes, ownRow, unpack, unpackCoarse, type Detail } from './detail.ts'
import { decodeFlows, type FlowBlock, type FlowColumns, type FlowRow } from './flows.ts'
import type { Block, Lane } from './lane.ts'
import { Refusal } from './refusal.ts'
import { sliceBytes, Slices } from './slices.ts'
import { rowFloats, rowWords, word } from './tail.ts'
import type { Trace } from './trace.ts'

/** bytes of loaded blocks and details that may stay in memory */
const cacheBytes = 256e6

const blob = (trace: Trace, sql: string, id: number): Uint8Array => {
  const bytes: unknown = trace.statement(sql).pluck().get(id)
  if (!(bytes instanceof Uint8Array)) throw new Refusal('A block of this trace is missing: the file is damaged.')
  return bytes
}
const keep = (trace: Trace, block: Block, level: number, bytes: number) => {
  trace.loaded.push({ block, level, bytes })
  trace.loadedBytes += bytes
  if (trace.loadedBytes < cacheBytes) return
  let drop = 0
  while (trace.loadedBytes > cacheBytes * 0.75) {
    const { block, level, bytes } = trace.loaded[drop++]!
    if (level < 0) block.raw = null
    else block.details[level] = null
    trace.loadedBytes -= bytes
  }
  trace.loaded.splice(0, drop)
}

/** A level of a block. Levels with few items stay in memory. */
export const loadDetail = (trace: Trace, block: Block, level: number): Detail => {
  if (block.details.length === 0) block.details = new Array<Detail | null>(32).fill(null)
  let detail: Detail | null
  if (block.levels.includes(level + ownRow)) {
    detail = unpack(blob(trace, 'SELECT items FROM detail WHERE id = ?', block.id * 32 + level))
    keep(trace, block, level, detail.n * itemBytes)
  } else {
    block.coarse ??= block.isSuper
      ? blob(trace, 'SELECT coarse FROM super WHERE id = ?', block.id)
      : blob(trace, 'SELECT items FROM detail WHERE id = ?', block.id * 32)
    detail = unpackCoarse(block.coarse, level)
    if (!detail) throw new Refusal('A block of this trace lacks a level: the file is damaged.')
  }
  return (block.details[level] = detail)
}

/**
 * Loads what windows may need before they ask, widest first, as far as half of what may stay in memory: `next()` loads a
 * little. The first touch of a block costs ten times as much as the second.
 */
export function* loadAhead(trace: Trace): Generator<void> {
  const lanes = trace.lanes.filter((lane) => lane !== undefined)
  const levelsOf = (block: Block) => [...block.levels].map((level) => level % ownRow)
  for (const kind of ['supers', 'blocks'] as const)
    for (const lane of lanes)
      for (const block of lane[kind])
        for (const level of levelsOf(block)) {
          if (trace.loadedBytes > cacheBytes / 2) return
          if (!block.details[level]) loadDetail(trace, block, level)
          yield
        }
  for (const lane of lanes)
    for (const block of lane.blocks) {
      if (trace.loadedBytes > cacheBytes / 2) return
      if (!block.raw) loadRaw(trace, block)
      yield
    }
}

/** The slices of a block to draw. */
export const loadRaw = (trace: Trace, block: Block): Slices => {
  const c = loadColumns(trace, block)
  const raw = new Slices(c.n)
  c.read(0, raw.start)
  c.read(1, raw.dur)
  c.read(2, raw.kind)
  c.read(5, raw.arg)
  keep(trace, block, -1, c.n * sliceBytes)
  return (block.raw = raw)
}

/** All columns of a block: start, dur, kind, object, site, arg, stack, outcome. */
export const loadColumns = (trace: Trace, block: Block): Columns => {
  const columns = new Columns(blob(trace, 'SELECT columns FROM slice_block WHERE block = ?', block.id), 8)
  if (columns.n !== block.count) throw new Refusal('A block of this trace has lost slices: the file is damaged.')
  return columns
}

/** One slice, as stored. */
export interface SliceRow {
  lane: number
  start: number
  dur: number
  kind: number
  /** thread's lane: what it waited for; lock's lane: who held it; 0 = none */
  object: number
  site: number
  arg: number
  stack: number
  /** → sliceOutcomes; of one that is open now what it would be if the trace ended now */
  outcome: number
  /** still open: when the trace ended, or now */
  cut: boolean
}

export const isCut = (outcome: number): boolean => outcome >= sliceOutcomes.cut

/** Slices of the lane that meet [from, to], in order, the open one included, as long as `each` does not say false. */
export const eachSlice = (
  trace: Trace,
  lane: Lane,
  from: number,
  to: number,
  each: (s: SliceRow) => boolean | void,
) => {
  const { blocks } = lane
  for (let b = firstBlock(blocks, from); b < blocks.length && blocks[b]!.start <= to; b++) {
    const c = loadColumns(trace, blocks[b]!)
    const start = c.numbers(0)
    const dur = c.numbers(1)
    let i = firstEnding(start, dur, c.n, from)
    if (i === c.n || start[i]! > to) continue
    const [kind, object, site, arg, stack, outcome] = [2, 3, 4, 5, 6, 7].map((k) => c.numbers(k)) as Float64Array[]
    for (; i < c.n && start[i]! <= to; i++) {
      const more = each({
        lane: lane.id,
        start: start[i]!,
        dur: dur[i]!,
        kind: kind![i]!,
        object: object![i]!,
        site: site![i]!,
        arg: arg![i]!,
        stack: stack![i]!,
        outcome: outcome![i]!,
        cut: isCut(outcome![i]!),
      })
      if (more === false) return
    }
  }
  const tail = lane.tail
  for (let i = 0; tail && i < tail.n; i++) {
    const start = tail.floats[i * rowFloats]!
    const dur = tail.floats[i * rowFloats + 1]!
    if (start + dur < from) continue
    if (start > to) return
    const w = i * rowWords
    const more = each({
      lane: lane.id,
      start,
      dur,
      kind: tail.words[w + word.kind]!,
      object: tail.words[w + word.object]!,
      site: tail.words[w + word.site]!,
      arg: tail.words[w + word.arg]!,
      stack: tail.words[w + word.stack]!,
      outcome: tail.words[w + word.outcome]!,
      cut: isCut(tail.words[w + word.outcome]!),
    })
    if (more === false) return
  }
  const open = openSlice(trace, lane)
  if (open && open.start <= to && open.start + open.dur >= from) each(open)
}

/** The slice that is open on the lane now, up to the end of what is known. */
export const openSlice = (trace: Trace, lane: Lane): SliceRow | null =>
  lane.openKind < 0
    ? null
    : {
        lane: lane.id,
        start: lane.openStart,
        dur: Math.max(0, trace.end - lane.openStart),
        kind: lane.openKind,
        object: lane.openObject,
        site: lane.openSite,
        arg: lane.openArg,
        stack: lane.openStack,
        outcome: lane.openTimed ? sliceOutcomes.cutTimed : sliceOutcomes.cut,
        cut: true,
      }

/** First of n rows that ends at or after `time`. */
export const firstEnding = (start: Float64Array, dur: Float64Array, n: number, time: number): number => {
  let low = 0
  let high = n
  while (low < high) {
    const middle = (low + high) >> 1
    if (start[middle]! + dur[middle]! < time) low = middle + 1
    else high = middle
  }
  return low
}
/** First block that ends at or after `time`. */
export const firstBlock = (blocks: readonly Block[], time: number): number => {
  let low = 0
  let high = blocks.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (blocks[middle]!.end < time) low = middle + 1
    else high = middle
  }
  return low
}

/** The last slice that starts before `time`, and the first that starts at or after it. */
export const sliceBefore = (trace: Trace, lane: Lane, time: number): SliceRow | null => {
  let last: SliceRow | null = null
  // the block before the one that holds `time` may hold the slice: start from its last row
  const { blocks } = lane
  let from = -Infinity
  for (let i = blocks.length - 1; i >= 0; i--)
    if (blocks[i]!.start < time) {
      from = blocks[i]!.start
      break
    }
  eachSlice(trace, lane, from, time, (s) => {
    if (s.start >= time) return false
    last = s
  })
  return last
}
export const sliceFrom = (trace: Trace, lane: Lane, time: number): SliceRow | null => {
  let found: SliceRow | null = null
  eachSlice(trace, lane, time, Infinity, (s) => {
    if (s.start < time) return
    found = s
    return false
  })
  return found
}

/** All lanes of an object, the first one first. */
export const lanesOf = (first: Lane | null): Lane[] => {
  const lanes: Lane[] = []
  for (let lane = first; lane; lane = lane.next) lanes.push(lane)
  return lanes
}

export const loadFlows = (trace: Trace, block: FlowBlock): FlowColumns => {
  const flows = decodeFlows(blob(trace, 'SELECT columns FROM flow_block WHERE id = ?', block.id))
  if (flows.n !== block.count) throw new Refusal('A block of flows has lost some: the file is damaged.')
  return flows
}

/** Flows into a lane whose effect is in [from, to], or out of it whose cause is; at most `limit`. */
export const flowsTo = (trace: Trace, lane: number, from: number, to: number, limit: number): FlowRow[] =>
  flows(trace, from, to, limit, (f, i) => f.toLane[i] === lane && f.toTime[i]! >= from && f.toTime[i]! <= to, false)
export const flowsFrom = (trace: Trace, lane: number, from: number, to: number, limit: number): FlowRow[] =>
  flows(
    trace,
    from,
    to,
    limit,
    (f, i) => f.fromLane[i] === lane && f.fromTime[i]! >= from && f.fromTime[i]! <= to,
    true,
  )

const flows = (
  trace: Trace,
  from: number,
  to: number,
  limit: number,
  wanted: (f: FlowColumns, i: number) => boolean,
  byCause: boolean,
): FlowRow[] => {
  const out: FlowRow[] = []
  const scan = (f: FlowColumns) => {
    for (let i = 0; i < f.n && out.length < limit; i++) if (wanted(f, i)) out.push(f.row(i))
  }
  for (const block of trace.flowBlocks) {
    if (block.end < from || (byCause ? block.minFrom : block.start) > to) continue
    scan((block.columns ??= loadFlows(trace, block)))
    if (out.length >= limit) return out
  }
  scan(trace.flowTail)
  return out
}
