// Levels of detail: slices merged into runs, so that a window costs what it has pixels, not what it has slices.
// Level k puts neighbours that start in the same bucket of 4^k ns, and are each shorter than it, into one item with
// start, length, count, the longest slice's length, kind and value, and the ns of six classes (wire/kinds.ts).
// A level is kept only where it has at most half the items of the level kept before it.
// Shares are u16 of the item's length: u8 lost 40 % of the waits at full zoom. Starts are exact: f32 was off by
// hundreds of pixels in a block that spans an hour.
import { Columns, dense, encodeColumns } from './columns.ts'
import { Refusal } from './refusal.ts'
import { blockSlices, rowFloats, rowWords, word, type Tail } from './tail.ts'
import { sliceKinds } from '../../wire/kinds.ts'
import { actorClasses, holdClasses, meaningOf } from '../../wire/meanings.ts'

export const firstLevel = 4
export const lastLevel = 26
/** levels with at most so many items are packed together */
export const coarseItems = 64
/** blocks of fewer slices have no levels: they are drawn as they are */
export const fewSlices = 64
export const blocksOfSuper = 32

/** classes of an item */
export const classes = 6
/** slice kind → class, for lanes other than queues; what is neither waited nor held (a life) is class 0 */
export const classOf = new Uint8Array(256)
for (const kind of Object.values(sliceKinds))
  classOf[kind] = Math.max(0, (kind < sliceKinds.hold ? actorClasses : holdClasses).indexOf(meaningOf[kind]))

/** in a block's list of levels: this one has a row of its own, it is not packed with the coarse ones */
export const ownRow = 32

/** One level, as loaded: columns as narrow as they can be, since a wide window reads a hundred thousand items. */
export class Detail {
  n: number
  start: Float64Array
  dur: Float64Array
  longest: Float32Array
  count: Uint32Array
  value: Uint32Array
  /** shares of time of the six classes of item i, from 6i on; 65535 = all */
  share: Uint16Array
  kind: Uint8Array
  /** some item has time in the last two classes, which only threads and tasks have */
  late = false
  constructor(n: number) {
    const all = new ArrayBuffer(n * itemBytes)
    this.n = n
    this.start = new Float64Array(all, 0, n)
    this.dur = new Float64Array(all, n * 8, n)
    this.longest = new Float32Array(all, n * 16, n)
    this.count = new Uint32Array(all, n * 20, n)
    this.value = new Uint32Array(all, n * 24, n)
    this.share = new Uint16Array(all, n * 28, n * classes)
    this.kind = new Uint8Array(all, n * 40, n)
  }
}
export const itemBytes = 41

/** A level while it is made; shares are still ns. */
class Level {
  start: Float64Array
  dur: Float64Array
  count: Float64Array
  longest: Float64Array
  kind: Float64Array
  value: Float64Array
  ns0: Float64Array
  ns1: Float64Array
  ns2: Float64Array
  ns3: Float64Array
  ns4: Float64Array
  ns5: Float64Array
  constructor(n: number) {
    this.start = new Float64Array(n)
    this.dur = new Float64Array(n)
    this.count = new Float64Array(n)
    this.longest = new Float64Array(n)
    this.kind = new Float64Array(n)
    this.value = new Float64Array(n)
    this.ns0 = new Float64Array(n)
    this.ns1 = new Float64Array(n)
    this.ns2 = new Float64Array(n)
    this.ns3 = new Float64Array(n)
    this.ns4 = new Float64Array(n)
    this.ns5 = new Float64Array(n)
  }
}
const room = Math.max(blockSlices, blocksOfSuper * coarseItems) + 8
const items = new Level(room)
const packed = new Level(room)
const packedColumns = [items.start, items.dur, items.count, items.longest, items.kind, items.value]
  .concat([packed.ns0, packed.ns1, packed.ns2, packed.ns3, packed.ns4, packed.ns5])
  .map(dense)
/** item → the first level that puts it into one item with its left neighbour; 31 = none */
const joins = new Uint8Array(room)
/** level → neighbours that it is the first to join */
const joined = new Uint32Array(32)

/** Bits of a whole number below 2^53. */
const bits = (x: number): number => (x < 4294967296 ? 32 - Math.clz32(x) : 64 - Math.clz32(Math.floor(x / 4294967296)))

/** For each of n intervals the first level, from `from` on, that joins it with the one before: all levels follow from it. */
const join = (
  starts: Float64Array,
  durs: Float64Array,
  offset: number,
  stride: number,
  n: number,
  from: number,
): void => {
  joined.fill(0)
  const first = starts[0]!
  let before = bits(durs[offset]!)
  let low = 0
  let high = 0
  for (let i = 1, at = stride; i < n; i++, at += stride) {
    const x = starts[at]! - first
    const h = Math.floor(x / 4294967296)
    const l = x - h * 4294967296
    const own = bits(durs[at + offset]!)
    // shorter than the bucket, both, and in the same bucket: 2 bits a level
    let most = h === high ? 32 - Math.clz32(l ^ low) : 64 - Math.clz32(h ^ high)
    if (own > most) most = own
    if (before > most) most = before
    let level = (most + 1) >> 1
    if (level < from) level = from
    else if (level > lastLevel) level = 31
    joins[i] = level
    joined[level]!++
    before = own
    low = l
    high = h
  }
}

/** The items of the tail's slices at the level; how many there are. */
const mergeTail = (tail: Tail, level: number, low: number, half: number, full: number, out: Level): number => {
  const { floats, words, n } = tail
  const { start, dur, count, longest, kind, value, ns0, ns1, ns2, ns3, ns4, ns5 } = out
  let j = -1
  for (let i = 0; i < n; i++) {
    const s = floats[i * rowFloats]!
    const d = floats[i * rowFloats + 1]!
    const k = words[i * rowWords + word.kind]!
    const v = full > 0 ? words[i * rowWords + word.arg]! : 0
    if (i > 0 && joins[i]! <= level) {
      dur[j] = s + d - start[j]!
      count[j]!++
      if (d > longest[j]!) {
        longest[j] = d
        kind[j] = k
        value[j] = v
      }
    } else {
      j++
      joins[j] = joins[i]!
      start[j] = s
      dur[j] = longest[j] = d
      count[j] = 1
      kind[j] = k
      value[j] = v
      ns0[j] = ns1[j] = ns2[j] = ns3[j] = ns4[j] = ns5[j] = 0
    }
    const c = full > 0 ? (v < low ? 0 : v < half ? 1 : v < full ? 2 : 3) : classOf[k]!
    if (c === 0) ns0[j]! += d
    else if (c === 1) ns1[j]! += d
    else if (c === 2) ns2[j]! += d
    else if (c === 3) ns3[j]! += d
    else if (c === 4) ns4[j]! += d
    else ns5[j]! += d
  }
  return j + 1
}

/** Joins, in place, what the level joins; how many items there are then. */
const merge = (a: Level, n: number, level: number): number => {
  const { start, dur, count, longest, kind, value, ns0, ns1, ns2, ns3, ns4, ns5 } = a
  let j = 0
  for (let i = 1; i < n; i++) {
    if (joins[i]! <= level) {
      dur[j] = start[i]! + dur[i]! - start[j]!
      count[j]! += count[i]!
      if (longest[i]! > longest[j]!) {
        longest[j] = longest[i]!
        kind[j] = kind[i]!
        value[j] = value[i]!
      }
      ns0[j]! += ns0[i]!
      ns1[j]! += ns1[i]!
      ns2[j]! += ns2[i]!
      ns3[j]! += ns3[i]!
      ns4[j]! += ns4[i]!
      ns5[j]! += ns5[i]!
      continue
    }
    j++
    joins[j] = joins[i]!
    start[j] = start[i]!
    dur[j] = dur[i]!
    count[j] = count[i]!
    longest[j] = longest[i]!
    kind[j] = kind[i]!
    value[j] = value[i]!
    ns0[j] = ns0[i]!
    ns1[j] = ns1[i]!
    ns2[j] = ns2[i]!
    ns3[j] = ns3[i]!
    ns4[j] = ns4[i]!
    ns5[j] = ns5[i]!
  }
  return j + 1
}

const shares = (a: Level, n: number, out: Level) => {
  for (let i = 0; i < n; i++) {
    const d = a.dur[i]!
    const q = d > 0 ? 65535 / d : 0
    out.ns0[i] = Math.round(Math.min(65535, a.ns0[i]! * q))
    out.ns1[i] = Math.round(Math.min(65535, a.ns1[i]! * q))
    out.ns2[i] = Math.round(Math.min(65535, a.ns2[i]! * q))
    out.ns3[i] = Math.round(Math.min(65535, a.ns3[i]! * q))
    out.ns4[i] = Math.round(Math.min(65535, a.ns4[i]! * q))
    out.ns5[i] = Math.round(Math.min(65535, a.ns5[i]! * q))
  }
}
const pack = (n: number): Buffer => {
  shares(items, n, packed)
  return Buffer.from(encodeColumns(packedColumns, n))
}

const hasLate = (share: Uint16Array): boolean => {
  for (let i = 0; i < share.length; i += classes) if (share[i + 4]! + share[i + 5]! > 0) return true
  return false
}

export const unpack = (bytes: Uint8Array): Detail => {
  const columns = new Columns(bytes, 6 + classes)
  const d = new Detail(columns.n)
  columns.read(0, d.start)
  columns.read(1, d.dur)
  columns.read(2, d.count)
  columns.read(3, d.longest)
  columns.read(4, d.kind)
  columns.read(5, d.value)
  for (let c = 0; c < classes; c++) columns.spread(6 + c, d.share, c, classes)
  d.late = hasLate(d.share)
  return d
}

/** The levels of a block or super, those of few items packed together, and the finer ones by themselves. */
export interface Levels {
  /** which there are, finest first; + ownRow where it is by itself */
  levels: Uint8Array
  coarse: Buffer
  fine: { level: number; items: Buffer }[]
  /** the finest of the packed ones, for the super */
  finestCoarse: { level: number; detail: Detail } | null
}

/** Levels of the slices of a tail. `low`, `half`, `full` are the lane's: 0 where it is not a queue's. */
export const levelsOfTail = (tail: Tail, low: number, half: number, full: number): Levels => {
  const { n, floats } = tail
  join(floats, floats, 1, rowFloats, n, firstLevel)
  return build(n, n, firstLevel, coarseItems, (level) => mergeTail(tail, level, low, half, full, items))
}

/** Levels of blocks merged again, from the finest packed level of each; all of them packed: a super has no other place. */
export const levelsOfBlocks = (members: readonly { level: number; detail: Detail }[]): Levels => {
  let n = 0
  let from = firstLevel
  for (const { level, detail } of members) {
    if (level > from) from = level
    n = append(detail, n, items)
  }
  join(items.start, items.dur, 0, 1, n, from)
  return build(n, Math.min(n * 2, 1024), from, Infinity, (level) => merge(items, n, level))
}
const append = (from: Detail, n: number, to: Level): number => {
  for (let i = 0; i < from.n; i++, n++) {
    const ns = from.dur[i]! / 65535
    to.start[n] = from.start[i]!
    to.dur[n] = from.dur[i]!
    to.count[n] = from.count[i]!
    to.longest[n] = from.longest[i]!
    to.kind[n] = from.kind[i]!
    to.value[n] = from.value[i]!
    to.ns0[n] = from.share[i * classes]! * ns
    to.ns1[n] = from.share[i * classes + 1]! * ns
    to.ns2[n] = from.share[i * classes + 2]! * ns
    to.ns3[n] = from.share[i * classes + 3]! * ns
    to.ns4[n] = from.share[i * classes + 4]! * ns
    to.ns5[n] = from.share[i * classes + 5]! * ns
  }
  return n
}

/** Levels that have at most half of the one before; those of up to `most` items are packed together. */
const build = (
  rows: number,
  kept: number,
  from: number,
  most: number,
  firstMerge: (level: number) => number,
): Levels => {
  const levels: number[] = []
  const coarse: { level: number; items: Buffer }[] = []
  const fine: { level: number; items: Buffer }[] = []
  let n = 0
  for (let level = from, left = rows; level <= lastLevel && left > 2; level++) {
    left -= joined[level]!
    if (left * 2 > kept) continue
    kept = left
    n = levels.length === 0 ? firstMerge(level) : merge(items, n, level)
    levels.push(n <= most ? level : level + ownRow)
    ;(n <= most ? coarse : fine).push({ level, items: pack(n) })
  }
  const first = coarse[0]
  return {
    levels: Uint8Array.from(levels),
    coarse: together(coarse),
    fine,
    finestCoarse: first ? { level: first.level, detail: unpack(first.items) } : null,
  }
}

//   packed levels   ┌ u32 how many | u32 0 ┐ 8 ┌ per level: u32 level | u32 bytes ┐ … ┌ items, 8-aligned ┐
const together = (parts: { level: number; items: Buffer }[]): Buffer => {
  const at = 8 + parts.length * 8
  const out = Buffer.alloc(parts.reduce((sum, p) => sum + ((p.items.length + 7) & ~7), at))
  out.writeUInt32LE(parts.length, 0)
  let offset = at
  parts.forEach(({ level, items }, i) => {
    out.writeUInt32LE(level, 8 + i * 8)
    out.writeUInt32LE(items.length, 12 + i * 8)
    items.copy(out, offset)
    offset += (items.length + 7) & ~7
  })
  return out
}

/** One level out of those packed together; null when it is not among them. */
export const unpackCoarse = (coarse: Uint8Array, level: number): Detail | null => {
  const view = new DataView(coarse.buffer, coarse.byteOffset, coarse.length)
  const parts = coarse.length >= 8 ? view.getUint32(0, true) : 99
  if (parts > 32 || coarse.length < 8 + parts * 8) throw new Refusal('The detail of a block of this trace is damaged.')
  let offset = 8 + parts * 8
  for (let i = 0; i < parts; i++) {
    const bytes = view.getUint32(12 + i * 8, true)
    if (offset + bytes > coarse.length) throw new Refusal('The detail of a block of this trace is damaged.')
    if (view.getUint32(8 + i * 8, true) === level) return unpack(coarse.subarray(offset, offset + bytes))
    offset += (bytes + 7) & ~7
  }
  return null
}
