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

/** The columns of a slice_block; valid until the next call. */
export const encodeTail = ({ floats, words, n }: Tail): Buffer =>
  encodeColumns(
    [
      { from: floats, offset: 0, stride: rowFloats },
      { from: floats, offset: 1, stride: rowFloats },
      ...[word.kind, word.object, word.site, word.arg, word.stack, word.cut].map((offset) => ({
        from: words,
        offset,
        stride: rowWords,
      })),
    ],
    n,
  )
