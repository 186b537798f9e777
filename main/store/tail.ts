// The newest slices of one lane, not yet in a block. Starts at 8 rows and grows to a block's 2,048: a program with
// 100,000 locks has 100,000 tails, and eight full columns for each would be gigabytes.
// A row is 40 bytes: f64 start, f64 dur, then u32 kind, object, site, arg, stack, outcome.

import { encodeColumns } from './columns.ts'
import { Slices } from './slices.ts'

export const blockSlices = 2048
/** f64 a row */
export const rowFloats = 5
/** u32 a row, and where the fields begin */
export const rowWords = 10
export const word = { kind: 4, object: 5, site: 6, arg: 7, stack: 8, outcome: 9 } as const

export class Tail {
  n = 0
  room = 8
  floats = new Float64Array(8 * rowFloats)
  words = new Uint32Array(this.floats.buffer)
  /** the same to draw, as far as a window has asked for them */
  slices: Slices | null = null

  /** Its rows are in a block now. */
  clear(): void {
    this.n = 0
    if (this.slices) this.slices.n = 0
  }

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
      ...[word.kind, word.object, word.site, word.arg, word.stack, word.outcome].map((offset) => ({
        from: words,
        offset,
        stride: rowWords,
      })),
    ],
    n,
  )

/** The rows of a tail to draw; only those that are new since the last call are looked at. */
export const slicesOfTail = (tail: Tail): Slices => {
  if (tail.slices === null || tail.slices.start.length < tail.room) {
    tail.slices = new Slices(tail.room)
    tail.slices.n = 0
  }
  addNew(tail, tail.slices)
  return tail.slices
}
const addNew = ({ floats, words, n }: Tail, to: Slices) => {
  const { start, dur, kind, arg } = to
  for (let i = to.n; i < n; i++) {
    start[i] = floats[i * rowFloats]!
    dur[i] = floats[i * rowFloats + 1]!
    kind[i] = words[i * rowWords + word.kind]!
    arg[i] = words[i * rowWords + word.arg]!
  }
  to.n = n
}
