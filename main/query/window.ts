// Any window of a trace as what a screen can show: for each lane items in pixels, folded where they are narrower than
// one. Work follows the pixels, not the slices: wide windows walk supers (32 blocks merged), then blocks at the level of
// detail whose bucket is half to two pixels, narrow ones the slices themselves, then the unsealed tail and the open one.
//
//   lane   [super][super][block][block][block][ tail ][open
//   window            └────────── from … to ──────────┘
//
// Counts are exact for what begins and ends inside; an item at the edge may reach up to two pixels out of the window.
// Loops are leaf functions over columns of one type each, what they fold in locals, and between calls in one array:
// anything smarter made V8 throw its code away at random (20–50 ms for the same query).
import type { Window } from '../../wire/api.ts'
import { blocksOfSuper, classes, classOf, ownRow, type Detail } from '../store/detail.ts'
import type { Block, Lane } from '../store/lane.ts'
import { firstBlock, firstEnding, loadDetail, loadRaw } from '../store/read.ts'
import { Slices } from '../store/slices.ts'
import { slicesOfTail } from '../store/tail.ts'
import type { Trace } from '../store/trace.ts'

/** Items as they are made; grows, is used again by the next window. */
class Items {
  n = 0
  room = 0
  x0 = new Float32Array(0)
  x1 = new Float32Array(0)
  count = new Uint32Array(0)
  kind = new Uint8Array(0)
  value = new Uint32Array(0)
  share = new Uint16Array(0)
  /** Room for one more lane: its items lie side by side and are each a pixel wide or alone in one. */
  reserve(width: number): void {
    const wanted = this.n + 2 * width + 16
    if (wanted <= this.room) return
    this.room = Math.max(wanted, this.room * 2)
    this.x0 = copy(this.x0, new Float32Array(this.room))
    this.x1 = copy(this.x1, new Float32Array(this.room))
    this.count = copy(this.count, new Uint32Array(this.room))
    this.kind = copy(this.kind, new Uint8Array(this.room))
    this.value = copy(this.value, new Uint32Array(this.room))
    this.share = copy(this.share, new Uint16Array(this.room * classes))
  }
}
const copy = <T extends Float32Array | Uint32Array | Uint16Array | Uint8Array>(from: T, to: T): T => {
  to.set(from)
  return to
}
const items = new Items()

/** The item being folded, between calls: is there one, its last pixel's end, x0, x1, count, longest, kind, value, pixels
 *  of the six classes. */
const fold = new Float64Array(14)

const put = (
  out: Items,
  n: number,
  x0: number,
  x1: number,
  count: number,
  kind: number,
  value: number,
  w0: number,
  w1: number,
  w2: number,
  w3: number,
  w4: number,
  w5: number,
): void => {
  const q = x1 > x0 ? 65535 / (x1 - x0) : 0
  const at = n * classes
  out.x0[n] = x0 < -1 ? -1 : x0
  out.x1[n] = x1
  out.count[n] = count
  out.kind[n] = kind
  out.value[n] = value
  out.share[at] = Math.min(65535, w0 * q + 0.5)
  out.share[at + 1] = Math.min(65535, w1 * q + 0.5)
  out.share[at + 2] = Math.min(65535, w2 * q + 0.5)
  out.share[at + 3] = Math.min(65535, w3 * q + 0.5)
  out.share[at + 4] = Math.min(65535, w4 * q + 0.5)
  out.share[at + 5] = Math.min(65535, w5 * q + 0.5)
}
const flush = (out: Items): void => {
  if (fold[0] === 0) return
  fold[0] = 0
  const [, , x0, x1, count, , kind, value, w0, w1, w2, w3, w4, w5] = fold
  put(out, out.n++, x0!, x1!, count!, kind!, value!, w0!, w1!, w2!, w3!, w4!, w5!)
}

/** Items of a level that meet the window: what is narrower than a pixel becomes one item for each, across calls too. */
const drawDetail = (d: Detail, from: number, to: number, perNs: number, out: Items): void => {
  const { start, dur, count, longest, kind, value, share: shares, late } = d
  const edge = (to - from) * perNs + 1
  const { x0, x1, count: counts, kind: kinds, value: values, share } = out
  const end = d.n
  let n = out.n
  let open = fold[0] !== 0
  let next = fold[1]!
  let left = fold[2]!
  let right = fold[3]!
  let sum = fold[4]!
  let most = fold[5]!
  let mostKind = fold[6]!
  let mostValue = fold[7]!
  let w0 = fold[8]!
  let w1 = fold[9]!
  let w2 = fold[10]!
  let w3 = fold[11]!
  let w4 = fold[12]!
  let w5 = fold[13]!
  for (let i = firstEnding(start, dur, end, from); i < end && start[i]! <= to; i++) {
    const x = (start[i]! - from) * perNs
    const wide = dur[i]! * perNs
    if (open && (wide >= 1 || x >= next)) {
      put(out, n++, left, right, sum, mostKind, mostValue, w0, w1, w2, w3, w4, w5)
      open = false
    }
    if (wide >= 1) {
      const at = n * classes
      x0[n] = x < -1 ? -1 : x
      x1[n] = x + wide > edge ? edge : x + wide
      counts[n] = count[i]!
      kinds[n] = kind[i]!
      values[n] = value[i]!
      share[at] = shares[i * classes]!
      share[at + 1] = shares[i * classes + 1]!
      share[at + 2] = shares[i * classes + 2]!
      share[at + 3] = shares[i * classes + 3]!
      share[at + 4] = late ? shares[i * classes + 4]! : 0
      share[at + 5] = late ? shares[i * classes + 5]! : 0
      n++
      continue
    }
    if (!open) {
      open = true
      next = Math.floor(x) + 1
      left = x
      sum = w0 = w1 = w2 = w3 = w4 = w5 = 0
      most = -1
    }
    right = x + wide
    sum += count[i]!
    if (longest[i]! > most) {
      most = longest[i]!
      mostKind = kind[i]!
      mostValue = value[i]!
    }
    const w = wide / 65535
    w0 += shares[i * classes]! * w
    w1 += shares[i * classes + 1]! * w
    w2 += shares[i * classes + 2]! * w
    w3 += shares[i * classes + 3]! * w
    if (late) {
      w4 += shares[i * classes + 4]! * w
      w5 += shares[i * classes + 5]! * w
    }
  }
  out.n = n
  fold[0] = open ? 1 : 0
  fold[1] = next
  fold[2] = left
  fold[3] = right
  fold[4] = sum
  fold[5] = most
  fold[6] = mostKind
  fold[7] = mostValue
  fold[8] = w0
  fold[9] = w1
  fold[10] = w2
  fold[11] = w3
  fold[12] = w4
  fold[13] = w5
}

/** The same for slices. `full` is 0 where the lane is no queue's. */
const drawSlices = (
  s: Slices,
  low: number,
  half: number,
  full: number,
  from: number,
  to: number,
  perNs: number,
  out: Items,
): void => {
  const { start, dur, kind, arg } = s
  const edge = (to - from) * perNs + 1
  const { x0, x1, count: counts, kind: kinds, value: values, share } = out
  const end = s.n
  let n = out.n
  let open = fold[0] !== 0
  let next = fold[1]!
  let left = fold[2]!
  let right = fold[3]!
  let sum = fold[4]!
  let most = fold[5]!
  let mostKind = fold[6]!
  let mostValue = fold[7]!
  let w0 = fold[8]!
  let w1 = fold[9]!
  let w2 = fold[10]!
  let w3 = fold[11]!
  let w4 = fold[12]!
  let w5 = fold[13]!
  for (let i = firstEnding(start, dur, end, from); i < end && start[i]! <= to; i++) {
    const x = (start[i]! - from) * perNs
    const wide = dur[i]! * perNs
    const v = full > 0 ? arg[i]! : 0
    const c = full > 0 ? (v < low ? 0 : v < half ? 1 : v < full ? 2 : 3) : classOf[kind[i]!]!
    if (open && (wide >= 1 || x >= next)) {
      put(out, n++, left, right, sum, mostKind, mostValue, w0, w1, w2, w3, w4, w5)
      open = false
    }
    if (wide >= 1) {
      const at = n * classes
      x0[n] = x < -1 ? -1 : x
      x1[n] = x + wide > edge ? edge : x + wide
      counts[n] = 1
      kinds[n] = kind[i]!
      values[n] = v
      share[at] = share[at + 1] = share[at + 2] = share[at + 3] = share[at + 4] = share[at + 5] = 0
      share[at + c] = 65535
      n++
      continue
    }
    if (!open) {
      open = true
      next = Math.floor(x) + 1
      left = x
      sum = w0 = w1 = w2 = w3 = w4 = w5 = 0
      most = -1
    }
    right = x + wide
    sum++
    if (dur[i]! > most) {
      most = dur[i]!
      mostKind = kind[i]!
      mostValue = v
    }
    if (c === 0) w0 += wide
    else if (c === 1) w1 += wide
    else if (c === 2) w2 += wide
    else if (c === 3) w3 += wide
    else if (c === 4) w4 += wide
    else w5 += wide
  }
  out.n = n
  fold[0] = open ? 1 : 0
  fold[1] = next
  fold[2] = left
  fold[3] = right
  fold[4] = sum
  fold[5] = most
  fold[6] = mostKind
  fold[7] = mostValue
  fold[8] = w0
  fold[9] = w1
  fold[10] = w2
  fold[11] = w3
  fold[12] = w4
  fold[13] = w5
}

/** The coarsest level of the block that is not coarser than asked; 0 = none. */
const levelOf = (levels: Uint8Array, asked: number): number => {
  for (let i = levels.length - 1; i >= 0; i--) if (levels[i]! % ownRow <= asked) return levels[i]! % ownRow
  return 0
}

const drawBlock = (
  trace: Trace,
  lane: Lane,
  block: Block,
  asked: number,
  from: number,
  to: number,
  perNs: number,
  out: Items,
) => {
  const level = levelOf(block.levels, asked)
  if (level > 0) {
    const detail = block.details[level]
    drawDetail(detail ?? loadDetail(reading(trace), block, level), from, to, perNs, out)
  } else drawSlices(block.raw ?? loadRaw(reading(trace), block), lane.low, lane.half, lane.full, from, to, perNs, out)
}
/** From the first block that is not in memory on, one read of the file: locking it for each took twice the time. */
const reading = (trace: Trace): Trace => {
  if (!trace.db.inTransaction) {
    trace.db.exec('BEGIN')
    began = true
  }
  return trace
}
let began = false

const drawLane = (trace: Trace, lane: Lane, asked: number, from: number, to: number, perNs: number, out: Items) => {
  const { blocks, supers, tail, low, half, full } = lane
  for (let b = firstBlock(blocks, from); b < blocks.length && blocks[b]!.start <= to;) {
    const s = (b / blocksOfSuper) | 0
    if (s < supers.length && supers[s]!.levels.length > 0 && supers[s]!.levels[0]! % ownRow <= asked) {
      drawBlock(trace, lane, supers[s]!, asked, from, to, perNs, out)
      b = (s + 1) * blocksOfSuper
    } else drawBlock(trace, lane, blocks[b++]!, asked, from, to, perNs, out)
  }
  if (tail !== null && tail.n > 0) drawSlices(slicesOfTail(tail), low, half, full, from, to, perNs, out)
  if (lane.openKind >= 0) {
    open.start[0] = lane.openStart
    open.dur[0] = Math.max(0, trace.end - lane.openStart)
    open.kind[0] = lane.openKind
    open.arg[0] = lane.openArg
    drawSlices(open, low, half, full, from, to, perNs, out)
  }
  flush(out)
}
/** the open slice of the lane at work */
const open = new Slices(1)

/** What the lanes show from `from` to `to` on `width` pixels. Lanes that the trace does not have are empty. */
export const window = (
  trace: Trace,
  asked: { from: number; to: number; width: number; lanes: readonly number[] },
): Window => {
  const asking = performance.now()
  const { from, width, lanes } = asked
  const to = Math.max(asked.to, from + 1)
  const perNs = width / (to - from)
  // the level whose bucket 4^k is in (p/2, 2p] for pixels of p ns
  const level = Math.floor((Math.log2(1 / perNs) + 1) / 2)
  const first = new Uint32Array(lanes.length + 1)
  items.n = 0
  fold[0] = 0
  try {
    for (let i = 0; i < lanes.length; i++) {
      first[i] = items.n
      const lane = trace.lanes[lanes[i]!]
      if (!lane) continue
      items.reserve(width)
      drawLane(trace, lane, level, from, to, perNs, items)
      // blocks of a damaged file may overlap: what does not fit is not there
      items.n = Math.min(items.n, items.room)
    }
  } finally {
    if (began) trace.db.exec('COMMIT')
    began = false
  }
  const n = (first[lanes.length] = items.n)
  return {
    from,
    to,
    width,
    end: trace.end,
    lanes: [...lanes],
    first,
    x0: items.x0.slice(0, n),
    x1: items.x1.slice(0, n),
    count: items.count.slice(0, n),
    kind: items.kind.slice(0, n),
    share: items.share.slice(0, n * classes),
    value: items.value.slice(0, n),
    took: performance.now() - asking,
  }
}
