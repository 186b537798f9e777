// Numbers of a block as bytes: each column is its smallest value and the differences from it in the smallest width.
//
//   0 ┌ u32 rows | u32 columns ┐ 8 ┌ per column: f64 base | u32 width (0 1 2 4 8) | u32 offset ┐ … ┌ differences, 8-aligned ┐
//
// In memory a column is always a Float64Array, so that the loops over it see one type: views of the stored width would
// save 2 µs a column on first touch and cost every later loop its speed.
// Files are not trusted: every number read is checked and a wrong one is a Refusal, never a crash.
import { Refusal } from './refusal.ts'

const maxRows = 1 << 16
let scratch = new ArrayBuffer(1 << 18)

let floats = new Float64Array(scratch)
let words = new Uint32Array(scratch)

/** Where the numbers of a column are: every `stride`th from `offset` on. */
export interface Strided {
  from: Float64Array | Uint32Array
  offset: number
  stride: number
}
export const dense = (from: Float64Array): Strided => ({ from, offset: 0, stride: 1 })

/** the column at work, and its smallest and greatest */
let column = new Float64Array(2048)
const range = new Float64Array(2)
// one function a type of array: a loop over several is several times slower
const gatherFloats = (from: Float64Array, offset: number, stride: number, n: number, out: Float64Array) => {
  let low = from[offset]!
  let high = low
  for (let i = 0, at = offset; i < n; i++, at += stride) {
    const value = (out[i] = from[at]!)
    if (value < low) low = value
    else if (value > high) high = value
  }
  range[0] = low
  range[1] = high
}
const gatherWords = (from: Uint32Array, offset: number, stride: number, n: number, out: Float64Array) => {
  let low = from[offset]!
  let high = low
  for (let i = 0, at = offset; i < n; i++, at += stride) {
    const value = (out[i] = from[at]!)
    if (value < low) low = value
    else if (value > high) high = value
  }
  range[0] = low
  range[1] = high
}
const write1 = (out: Uint8Array, from: Float64Array, n: number, base: number) => {
  for (let i = 0; i < n; i++) out[i] = from[i]! - base
}
const write2 = (out: Uint16Array, from: Float64Array, n: number, base: number) => {
  for (let i = 0; i < n; i++) out[i] = from[i]! - base
}
const write4 = (out: Uint32Array, from: Float64Array, n: number, base: number) => {
  for (let i = 0; i < n; i++) out[i] = from[i]! - base
}
const write8 = (out: Float64Array, from: Float64Array, n: number, base: number) => {
  for (let i = 0; i < n; i++) out[i] = from[i]! - base
}

/** The first n rows of the columns (whole numbers) as bytes. The bytes are valid until the next call. */
export const encodeColumns = (columns: readonly Strided[], n: number): Buffer => {
  const most = 8 + columns.length * (16 + 8 * n + 8)
  if (most > scratch.byteLength) {
    scratch = new ArrayBuffer(most * 2)
    floats = new Float64Array(scratch)
    words = new Uint32Array(scratch)
  }
  if (n > column.length) column = new Float64Array(n * 2)
  words[0] = n
  words[1] = columns.length
  let at = 8 + columns.length * 16
  for (let c = 0; c < columns.length; c++) {
    const { from, offset, stride } = columns[c]!
    if (n === 0) range.fill(0)
    else if (from instanceof Float64Array) gatherFloats(from, offset, stride, n, column)
    else gatherWords(from, offset, stride, n, column)
    const base = range[0]!
    const wide = range[1]! - base
    const width = wide === 0 ? 0 : wide < 256 ? 1 : wide < 65536 ? 2 : wide < 4294967296 ? 4 : 8
    floats[1 + c * 2] = base
    words[4 + c * 4] = width
    words[5 + c * 4] = at
    if (width === 1) write1(new Uint8Array(scratch, at, n), column, n, base)
    else if (width === 2) write2(new Uint16Array(scratch, at, n), column, n, base)
    else if (width === 4) write4(new Uint32Array(scratch, at, n), column, n, base)
    else if (width === 8) write8(new Float64Array(scratch, at, n), column, n, base)
    at += (n * width + 7) & ~7
  }
  return Buffer.from(scratch, 0, at)
}

let read = new Float64Array(2048)

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

  numbers(c: number): Float64Array {
    return this.read(c, new Float64Array(this.n))
  }
  /** Column c into `out`, which has room for n numbers. */
  read<T extends Float64Array | Float32Array | Uint32Array | Uint8Array>(c: number, out: T): T {
    if (out instanceof Float64Array) this.into(c, out)
    else out.set(this.aside(c))
    return out
  }
  /** Column c into every `stride`th place of `out` from `offset` on. */
  spread(c: number, out: Uint16Array, offset: number, stride: number): void {
    const from = this.aside(c)
    for (let i = 0, at = offset; i < from.length; i++, at += stride) out[at] = from[i]!
  }
  /** Column c, valid until the next one. */
  private aside(c: number): Float64Array {
    if (read.length < this.n) read = new Float64Array(this.n * 2)
    const out = read.subarray(0, this.n)
    this.into(c, out)
    return out
  }
  private into(c: number, out: Float64Array): void {
    const { n } = this
    const base = this.head.getFloat64(8 + c * 16, true)
    const width = this.head.getUint32(16 + c * 16, true)
    const offset = this.head.getUint32(20 + c * 16, true)
    if (!Number.isFinite(base)) throw new Refusal('A block of this trace has an impossible base: the file is damaged.')
    if (width === 0) {
      out.fill(base)
      return
    }
    if (![1, 2, 4, 8].includes(width) || offset & 7 || offset + n * width > this.length)
      throw new Refusal('A column of this trace does not fit its block: the file is damaged.')
    const at = this.start + offset
    const bytes = this.bytes as ArrayBuffer
    if (width === 1) read1(new Uint8Array(bytes, at, n), base, out)
    else if (width === 2) read2(new Uint16Array(bytes, at, n), base, out)
    else if (width === 4) read4(new Uint32Array(bytes, at, n), base, out)
    else read8(new Float64Array(bytes, at, n), base, out)
  }
}

const read1 = (from: Uint8Array, base: number, out: Float64Array) => {
  for (let i = 0; i < out.length; i++) out[i] = from[i]! + base
}
const read2 = (from: Uint16Array, base: number, out: Float64Array) => {
  for (let i = 0; i < out.length; i++) out[i] = from[i]! + base
}
const read4 = (from: Uint32Array, base: number, out: Float64Array) => {
  for (let i = 0; i < out.length; i++) out[i] = from[i]! + base
}
const read8 = (from: Float64Array, base: number, out: Float64Array) => {
  for (let i = 0; i < out.length; i++) out[i] = from[i]! + base
}

/** The same numbers, and room for as many again. */
export const longer = <T extends Uint8Array | Int32Array | Uint32Array | Float64Array>(column: T): T => {
  const made = new (column.constructor as new (length: number) => T)(column.length * 2)
  made.set(column)
  return made
}
