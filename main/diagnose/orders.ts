// Which commands of devices the program itself had put in order: by `depends` and by the streams' own orders, over any number
// of steps. In: the commands of a trace, and the streams that are asked about. Out: whether one had to come after another.
// What the host waited for in between is no order here: who asks sets that beside it.
import type { Commands, OnDevices } from '../store/commands.ts'

/** For each command up to which number those of each stream had to be over. Of a stream without an order, what comes after one of its commands counts as after all before it: rather too
 *  much is taken as ordered than too little. */
export class Orders {
  private readonly c: Commands
  private readonly places = new Map<number, number>()
  private readonly upTo: Uint32Array

  constructor(on: OnDevices, streams: readonly number[]) {
    const c = (this.c = on.commands)
    for (const stream of streams) this.places.set(stream, this.places.size)
    const width = this.places.size
    const upTo = (this.upTo = new Uint32Array(c.n * width))
    const last = new Map<number, number>()
    const after = (row: number, before: number) => {
      for (let i = 0; i < width; i++)
        upTo[row * width + i] = Math.max(upTo[row * width + i]!, upTo[before * width + i]!)
      const place = this.places.get(c.stream[before]!)
      if (place !== undefined) upTo[row * width + place] = Math.max(upTo[row * width + place]!, c.number[before]!)
    }
    for (let row = 0; row < c.n; row++) {
      const stream = c.stream[row]!
      const before = last.get(stream)
      if (before !== undefined && on.streams.get(stream)?.inOrder) after(row, before)
      for (const needed of c.needs.get(row) ?? []) after(row, needed)
      last.set(stream, row)
    }
  }
  isAfter(row: number, before: number): boolean {
    const { c, places, upTo } = this
    const place = places.get(c.stream[before]!)
    return place !== undefined && upTo[row * places.size + place]! >= c.number[before]!
  }
}
