// The newest slices of one lane, not yet in a block. Starts at 8 rows and grows to a block's 2,048: a program with
// 100,000 locks has 100,000 tails, and eight full columns for each would be gigabytes.
// A row is 40 bytes: f64 start, f64 dur, then u32 kind, object, site, arg, stack, cut.

import { encodeColumns } from './columns.ts'

export const blockSlices = 2048
/** f64 a row */
export const rowFloats = 5
/** u32 a row, and where the fields begin */
export const rowWords = 10
export const word = { kind: 4, object: 5, site: 6, arg: 7, stack: 8, cut: 9 } as const

export class Tail {
  n = 0
  room = 8
  floats = new Float64Array(8 * rowFloats)
  words = new Uint32Array(this.floats.buffer)

  grow(): void {
    const room = Math.min(blockSlices, this.room * 4)
    const floats = new Float64Array(room * rowFloats)
    floats.set(this.floats)
    this.floats = floats
    this.words = new Uint32Array(floats.buffer)
    this.room = room
  }
}

const columns = Array.from({ length: 8 }, () => new Float64Array(blockSlices))
const spread = (tail: Tail, [start, dur, kind, object, site, arg, stack, cut]: Float64Array[]) => {
  const { floats, words, n } = tail
  for (let i = 0; i < n; i++) {
    const f = i * rowFloats
    const w = i * rowWords
    start![i] = floats[f]!
    dur![i] = floats[f + 1]!
    kind![i] = words[w + 4]!
    object![i] = words[w + 5]!
    site![i] = words[w + 6]!
    arg![i] = words[w + 7]!
    stack![i] = words[w + 8]!
    cut![i] = words[w + 9]!
  }
}
/** The columns of a slice_block; valid until the next call. */
export const encodeTail = (tail: Tail): Buffer => {
  spread(tail, columns)
  return encodeColumns(columns, tail.n)
}
