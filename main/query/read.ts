// Slices of one lane for who looks at many of them: as columns, a segment at a time, and not a row object each.
//
//   blocks … blocks   tail   open        sealed (from the file) | unsealed | lasts until the end of what is known
//
// In: a trace, finished or live. Out: columns and the rows of them that matter. Slices of a lane never overlap, so starts
// and ends both rise. What a read gives is true until the next event is added. Rows one by one: store/read.ts.
import type { Block, Lane } from '../store/lane.ts'
import { firstBlock, loadColumns, openSlice, sliceBefore, sliceFrom, type SliceRow } from '../store/read.ts'
import { rowFloats, rowWords, word, type Tail } from '../store/tail.ts'
import type { Trace } from '../store/trace.ts'

export class SliceColumns {
  n: number
  start: Float64Array
  dur: Float64Array
  kind: Uint8Array
  object: Uint32Array
  site: Uint32Array
  arg: Uint32Array
  outcome: Uint8Array
  constructor(n: number) {
    this.n = n
    this.start = new Float64Array(n)
    this.dur = new Float64Array(n)
    this.kind = new Uint8Array(n)
    this.object = new Uint32Array(n)
    this.site = new Uint32Array(n)
    this.arg = new Uint32Array(n)
    this.outcome = new Uint8Array(n)
  }
}

function blockColumns(trace: Trace, block: Block): SliceColumns {
  const from = loadColumns(trace, block)
  const columns = new SliceColumns(from.n)
  from.read(0, columns.start)
  from.read(1, columns.dur)
  from.read(2, columns.kind)
  from.read(3, columns.object)
  from.read(4, columns.site)
  from.read(5, columns.arg)
  from.read(7, columns.outcome)
  return columns
}

function tailColumns(tail: Tail, from: number): SliceColumns {
  const columns = new SliceColumns(tail.n - from)
  const { floats, words } = tail
  for (let i = 0; i < columns.n; i++) {
    const f = (from + i) * rowFloats
    const w = (from + i) * rowWords
    columns.start[i] = floats[f]!
    columns.dur[i] = floats[f + 1]!
    columns.kind[i] = words[w + word.kind]!
    columns.object[i] = words[w + word.object]!
    columns.site[i] = words[w + word.site]!
    columns.arg[i] = words[w + word.arg]!
    columns.outcome[i] = words[w + word.outcome]!
  }
  return columns
}

function openColumns(open: SliceRow): SliceColumns {
  const columns = new SliceColumns(1)
  columns.start[0] = open.start
  columns.dur[0] = open.dur
  columns.kind[0] = open.kind
  columns.object[0] = open.object
  columns.site[0] = open.site
  columns.arg[0] = open.arg
  columns.outcome[0] = open.outcome
  return columns
}

/** First row of the columns that starts after the time. */
function firstAfter(columns: SliceColumns, time: number): number {
  let low = 0
  let high = columns.n
  while (low < high) {
    const middle = (low + high) >> 1
    if (columns.start[middle]! <= time) low = middle + 1
    else high = middle
  }
  return low
}

/** Columns in which the rows [first, last) meet [from, to], the open slice included. */
export function* columnsIn(
  trace: Trace,
  lane: Lane,
  from: number,
  to: number,
): Generator<[columns: SliceColumns, first: number, last: number]> {
  for (const columns of segmentsIn(trace, lane, from, to)) {
    let first = Math.max(0, firstAfter(columns, from) - 1)
    if (first < columns.n && columns.start[first]! + columns.dur[first]! < from) first++
    const last = firstAfter(columns, to)
    if (first < last) yield [columns, first, last]
  }
}

function* segmentsIn(trace: Trace, lane: Lane, from: number, to: number): Generator<SliceColumns> {
  const { blocks } = lane
  for (let b = firstBlock(blocks, from); b < blocks.length && blocks[b]!.start <= to; b++)
    yield blockColumns(trace, blocks[b]!)
  // who reads in turns may come back when more has been added: what is open now is not among the finished ones then
  const { tail } = lane
  const open = openSlice(trace, lane)
  if (tail && tail.n > 0 && tail.floats[0]! <= to && lane.lastEnd >= from) yield tailColumns(tail, 0)
  if (open) yield openColumns(open)
}

/** Finished slices from the lane's row number `from` on (0 = its first): for who reads all, in turns. */
export function* columnsFrom(
  trace: Trace,
  lane: Lane,
  from: number,
): Generator<[columns: SliceColumns, first: number]> {
  let before = 0
  for (const block of lane.blocks) {
    if (before + block.count > from) yield [blockColumns(trace, block), Math.max(0, from - before)]
    before += block.count
  }
  if (lane.tail && before + lane.tail.n > from) yield [tailColumns(lane.tail, Math.max(0, from - before)), 0]
}

/** The slice that covers the time, or the nearest within `slack` ns. */
export function sliceAt(trace: Trace, lane: Lane, time: number, slack: number): SliceRow | null {
  // starts are whole ns: the last that starts at or before the time starts before the next whole one
  const before = sliceBefore(trace, lane, Math.floor(time) + 1)
  if (before && (time < before.start + before.dur || time === before.start)) return before
  const after = sliceFrom(trace, lane, Math.floor(time) + 1)
  const past = before ? time - (before.start + before.dur) : Infinity
  const ahead = after ? after.start - time : Infinity
  if (Math.min(past, ahead) > slack) return null
  return past <= ahead ? before : after
}
