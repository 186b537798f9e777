// Levels of detail: slices merged into runs, so that a window costs what it has pixels, not what it has slices.
// Level k puts neighbours that start in the same bucket of 4^k ns, and are each shorter than it, into one item with
// start, length, count, the longest slice's length, kind and value, and the ns of four classes (wire/kinds.ts).
// A level is kept only where it has at most half the items of the level kept before it.
// Shares are u16 of the item's length: u8 lost 40 % of the waits at full zoom. Starts are exact: f32 was off by
// hundreds of pixels in a block that spans an hour.
import { Columns, encodeColumns } from './columns.ts'
import { Refusal } from './refusal.ts'
import { blockSlices, rowFloats, rowWords, word, type Tail } from './tail.ts'
import { threadClasses, meaningOf, sliceKinds, type SliceKind } from '../../wire/kinds.ts'

export const firstLevel = 4
export const lastLevel = 26
/** levels with at most so many items are packed together */
export const coarseItems = 64
/** blocks of fewer slices have no levels: they are drawn as they are */
export const fewSlices = 64
export const blocksOfSuper = 32

/** slice kind → class, for lanes other than queues */
export const classOf = new Uint8Array(256)
for (const kind of Object.values(sliceKinds))
  classOf[kind] = Math.max(0, threadClasses.indexOf(meaningOf[kind as SliceKind]))
classOf[sliceKinds.holdContended] = 1

/** One level, as loaded. */
export class Detail {
  n: number
  start: Float64Array
  dur: Float64Array
  count: Uint32Array
  longest: Float64Array
  kind: Uint8Array
  value: Uint32Array
  /** 4 an item */
  share: Uint16Array
  constructor(n: number) {
    this.n = n
    this.start = new Float64Array(n)
    this.dur = new Float64Array(n)
    this.count = new Uint32Array(n)
    this.longest = new Float64Array(n)
    this.kind = new Uint8Array(n)
    this.value = new Uint32Array(n)
    this.share = new Uint16Array(n * 4)
  }
}

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
  }
}
const room = Math.max(blockSlices, blocksOfSuper * coarseItems) + 8
let source = new Level(room)
let target = new Level(room)
const packed = new Level(room)

const fromTail = (tail: Tail, low: number, half: number, full: number, out: Level) => {
  const { floats, words, n } = tail
  const { start, dur, count, longest, kind, value, ns0, ns1, ns2, ns3 } = out
  for (let i = 0; i < n; i++) {
    const d = floats[i * rowFloats + 1]!
    const k = words[i * rowWords + word.kind]!
    const v = words[i * rowWords + word.arg]!
    start[i] = floats[i * rowFloats]!
    dur[i] = longest[i] = d
    count[i] = 1
    kind[i] = k
    value[i] = full > 0 ? v : 0
    const c = full > 0 ? (v < low ? 0 : v < half ? 1 : v < full ? 2 : 3) : classOf[k]!
    ns0[i] = c === 0 ? d : 0
    ns1[i] = c === 1 ? d : 0
    ns2[i] = c === 2 ? d : 0
    ns3[i] = c === 3 ? d : 0
  }
}

/** Items of `a` (n of them) merged at `width` ns into `b`; how many there are then. */
const merge = (a: Level, n: number, width: number, b: Level): number => {
  let j = -1
  let current = -1
  for (let i = 0; i < n; i++) {
    const d = a.dur[i]!
    const s = a.start[i]!
    if (d < width) {
      const bucket = Math.floor(s / width)
      if (bucket === current) {
        b.dur[j] = s + d - b.start[j]!
        b.count[j] = b.count[j]! + a.count[i]!
        if (a.longest[i]! > b.longest[j]!) {
          b.longest[j] = a.longest[i]!
          b.kind[j] = a.kind[i]!
          b.value[j] = a.value[i]!
        }
        b.ns0[j] = b.ns0[j]! + a.ns0[i]!
        b.ns1[j] = b.ns1[j]! + a.ns1[i]!
        b.ns2[j] = b.ns2[j]! + a.ns2[i]!
        b.ns3[j] = b.ns3[j]! + a.ns3[i]!
        continue
      }
      current = bucket
    } else current = -1
    j++
    b.start[j] = s
    b.dur[j] = d
    b.count[j] = a.count[i]!
    b.longest[j] = a.longest[i]!
    b.kind[j] = a.kind[i]!
    b.value[j] = a.value[i]!
    b.ns0[j] = a.ns0[i]!
    b.ns1[j] = a.ns1[i]!
    b.ns2[j] = a.ns2[i]!
    b.ns3[j] = a.ns3[i]!
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
  }
}
const packedColumns = [packed.ns0, packed.ns1, packed.ns2, packed.ns3] as const
const pack = (a: Level, n: number): Buffer => {
  shares(a, n, packed)
  return encodeColumns([a.start, a.dur, a.count, a.longest, a.kind, a.value, ...packedColumns], n)
}

export const unpack = (bytes: Uint8Array): Detail => {
  const columns = new Columns(bytes, 10)
  const n = columns.n
  const detail = new Detail(n)
  columns.read(0, detail.start)
  columns.read(1, detail.dur)
  columns.read(2, detail.count)
  columns.read(3, detail.longest)
  columns.read(4, detail.kind)
  columns.read(5, detail.value)
  for (let c = 0; c < 4; c++) {
    const share = columns.read(6 + c, new Uint16Array(n))
    for (let i = 0; i < n; i++) detail.share[i * 4 + c] = share[i]!
  }
  return detail
}

/** The levels of a block or super: which, those of few items packed together, and the finer ones by themselves. */
export interface Levels {
  levels: Uint8Array
  coarse: Buffer
  fine: { level: number; items: Buffer }[]
  /** the finest of the packed ones, for the super */
  finestCoarse: { level: number; detail: Detail } | null
}

/** Levels of the slices of a tail. `low`, `half`, `full` are the lane's: 0 where it is not a queue's. */
export const levelsOfTail = (tail: Tail, low: number, half: number, full: number): Levels => {
  fromTail(tail, low, half, full, source)
  return build(tail.n, tail.n, firstLevel)
}

/** Levels of blocks merged again, from the finest packed level of each. */
export const levelsOfBlocks = (members: readonly { level: number; detail: Detail }[]): Levels => {
  let n = 0
  let from = firstLevel
  for (const { level, detail } of members) {
    if (level > from) from = level
    n = append(detail, n, source)
  }
  return build(n, Math.min(n * 2, 1024), from)
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
    to.ns0[n] = from.share[i * 4]! * ns
    to.ns1[n] = from.share[i * 4 + 1]! * ns
    to.ns2[n] = from.share[i * 4 + 2]! * ns
    to.ns3[n] = from.share[i * 4 + 3]! * ns
  }
  return n
}

const build = (rows: number, kept: number, from: number): Levels => {
  const levels: number[] = []
  const coarse: { level: number; items: Buffer }[] = []
  const fine: { level: number; items: Buffer }[] = []
  let n = rows
  let width = 4 ** from
  for (let level = from; level <= lastLevel; level++, width *= 4) {
    n = merge(source, n, width, target)
    const swap = source
    source = target
    target = swap
    if (n * 2 <= kept) {
      kept = n
      levels.push(level)
      const items = Buffer.from(pack(source, n))
      ;(n <= coarseItems ? coarse : fine).push({ level, items })
    }
    if (n <= 2) break
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
