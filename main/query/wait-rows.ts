// Waits as columns, a row each, of one actor after the other and in order of time: what the critical path goes back along
// and what a replay adds up. A row of no length is no wait: the first one of an actor is its beginning, others are
// arrivals of what it had not to wait for.
const columnsOf = (n: number) => ({
  start: new Float64Array(n),
  end: new Float64Array(n),
  /** → sliceKinds; 0: no wait */
  kind: new Uint8Array(n),
  outcome: new Uint8Array(n),
  /** what was waited for; 0 = unknown */
  object: new Uint32Array(n),
  site: new Uint32Array(n),
  /** who ended it: the last row that had ended on its side by then (while rows are made: the actor); -1 = nobody known */
  cause: new Int32Array(n),
  /** when it did so */
  causeTime: new Float64Array(n),
  /** how (→ flowKinds) and through which object */
  how: new Uint8Array(n),
  via: new Uint32Array(n),
})
type Columns = ReturnType<typeof columnsOf>

export class WaitRows {
  n = 0
  columns: Columns
  constructor(room = 1024) {
    this.columns = columnsOf(room)
  }

  /** Makes room for one more; its place. Every column but start, end and kind is as if nothing were known. */
  push(start: number, end: number, kind: number): number {
    if (this.n === this.columns.start.length) this.grow()
    const { columns: c, n } = this
    c.start[n] = start
    c.end[n] = end
    c.kind[n] = kind
    c.outcome[n] = c.object[n] = c.site[n] = c.causeTime[n] = c.how[n] = c.via[n] = 0
    c.cause[n] = -1
    return this.n++
  }
  clear(): void {
    this.n = 0
  }
  private grow(): void {
    const more = columnsOf(Math.ceil(this.n * 1.5) + 16)
    for (const name of Object.keys(more) as (keyof Columns)[]) more[name].set(this.columns[name])
    this.columns = more
  }

  /** The last of the rows [first, last) that had ended by then; first - 1: none. */
  endedBy(time: number, first: number, last: number): number {
    const { end } = this.columns
    let low = first
    let high = last
    while (low < high) {
      const middle = (low + high) >> 1
      if (end[middle]! <= time) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}
