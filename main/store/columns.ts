// Numbers of a block as bytes: each column is its smallest value and the differences from it in the smallest width.
//
//   0 ┌ u32 rows | u32 columns ┐ 8 ┌ per column: f64 base | u32 width (0 1 2 4 8) | u32 offset ┐ … ┌ differences, 8-aligned ┐
//
// In memory a column is always a Float64Array (or what the reader asks for), so that the loops over it see one type:
// views of the stored width would save 4 µs a column on first touch and cost every later loop its speed.
// Files are not trusted: every number read is checked and a wrong one is a Refusal, never a crash.
import { Refusal } from './refusal.ts'

const widths = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: Float64Array } as const
const maxRows = 1 << 16
let scratch = new ArrayBuffer(1 << 18)

const smallest = (column: Float64Array, n: number): number => {
  let low = column[0]!
  for (let i = 1; i < n; i++) if (column[i]! < low) low = column[i]!
  return low
}
const greatest = (column: Float64Array, n: number): number => {
  let high = column[0]!
  for (let i = 1; i < n; i++) if (column[i]! > high) high = column[i]!
  return high
}
const write1 = (out: Uint8Array, column: Float64Array, n: number, base: number) => {
  for (let i = 0; i < n; i++) out[i] = column[i]! - base
}
const write2 = (out: Uint16Array, column: Float64Array, n: number, base: number) => {
  for (let i = 0; i < n; i++) out[i] = column[i]! - base
}
const write4 = (out: Uint32Array, column: Float64Array, n: number, base: number) => {
  for (let i = 0; i < n; i++) out[i] = column[i]! - base
}
const write8 = (out: Float64Array, column: Float64Array, n: number, base: number) => {
  for (let i = 0; i < n; i++) out[i] = column[i]! - base
}

/** The first n rows of the columns (whole numbers) as bytes. The bytes are valid until the next call. */
export const encodeColumns = (columns: readonly Float64Array[], n: number): Buffer => {
  const most = 8 + columns.length * (16 + 8 * n + 8)
  if (most > scratch.byteLength) scratch = new ArrayBuffer(most * 2)
  const head = new DataView(scratch)
  head.setUint32(0, n, true)
  head.setUint32(4, columns.length, true)
  let offset = 8 + columns.length * 16
  for (let c = 0; c < columns.length; c++) {
    const column = columns[c]!
    const base = n ? smallest(column, n) : 0
    const range = n ? greatest(column, n) - base : 0
    const width = range === 0 ? 0 : range < 256 ? 1 : range < 65536 ? 2 : range < 4294967296 ? 4 : 8
    head.setFloat64(8 + c * 16, base, true)
    head.setUint32(16 + c * 16, width, true)
    head.setUint32(20 + c * 16, offset, true)
    if (width === 1) write1(new Uint8Array(scratch, offset, n), column, n, base)
    else if (width === 2) write2(new Uint16Array(scratch, offset, n), column, n, base)
    else if (width === 4) write4(new Uint32Array(scratch, offset, n), column, n, base)
    else if (width === 8) write8(new Float64Array(scratch, offset, n), column, n, base)
    offset += (n * width + 7) & ~7
  }
  return Buffer.from(scratch, 0, offset)
}

/** A reader of encoded columns. `count` is how many columns there must be. */
export class Columns {
  readonly n: number
  private readonly bytes: ArrayBufferLike
  private readonly start: number
  private readonly length: number
  private readonly head: DataView

  constructor(buffer: Uint8Array, count: number) {
    let { buffer: bytes, byteOffset: start } = buffer
    if (start & 7) {
      bytes = bytes.slice(start, start + buffer.length)
      start = 0
    }
    this.bytes = bytes
    this.start = start
    this.length = buffer.length
    if (this.length < 8 + count * 16) throw new Refusal('A block of this trace is too short: the file is damaged.')
    this.head = new DataView(bytes, start, this.length)
    this.n = this.head.getUint32(0, true)
    if (this.n > maxRows || this.head.getUint32(4, true) !== count)
      throw new Refusal('A block of this trace has an impossible size: the file is damaged.')
  }

  /** Column c into `out`, which has room for n numbers. */
  read<T extends Float64Array | Uint32Array | Uint16Array | Uint8Array>(c: number, out: T): T {
    const n = this.n
    const base = this.head.getFloat64(8 + c * 16, true)
    const width = this.head.getUint32(16 + c * 16, true)
    const offset = this.head.getUint32(20 + c * 16, true)
    if (!Number.isFinite(base)) throw new Refusal('A block of this trace has an impossible base: the file is damaged.')
    if (width === 0) return out.fill(base) as T
    const view = widths[width as 1 | 2 | 4 | 8]
    if (!view || offset & 7 || offset + n * width > this.length)
      throw new Refusal('A column of this trace does not fit its block: the file is damaged.')
    add(new view(this.bytes as ArrayBuffer, this.start + offset, n), base, n, out)
    return out
  }
  numbers(c: number): Float64Array {
    return this.read(c, new Float64Array(this.n))
  }
}

type Numbers = Float64Array | Uint32Array | Uint16Array | Uint8Array
const add = (from: Numbers, base: number, n: number, to: Numbers) => {
  for (let i = 0; i < n; i++) to[i] = from[i]! + base
}
