/** Slices to draw, of a block, a tail, or the open one. */
export class Slices {
  n: number
  start: Float64Array
  dur: Float64Array
  kind: Uint8Array
  arg: Uint32Array
  constructor(n: number) {
    const all = new ArrayBuffer(n * sliceBytes)
    this.n = n
    this.start = new Float64Array(all, 0, n)
    this.dur = new Float64Array(all, n * 8, n)
    this.arg = new Uint32Array(all, n * 16, n)
    this.kind = new Uint8Array(all, n * 20, n)
  }
}
export const sliceBytes = 21
