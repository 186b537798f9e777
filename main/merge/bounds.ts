// What messages say of two clocks. In come pairs of times, one on each clock, of which one cannot have been after the other;
// out goes the line that maps one clock to the other so that no receive is before its send, and between which bounds the
// truth lies.
//
//   y − x │  · ˙ · ˙ · ˙     ceiling: x was sent, y was received     the lines that fit pass between the two hulls:
//         │ ══════════════   the line                                a straight line, since two good clocks differ
//         │   . · . · . ·    floor: y was sent, x was received       by an offset and a steady drift
//         └──────────────── x
//
// The convex hulls are those of Duda, Harrus, Haddad and Bernard (Estimating global time in distributed systems, 1987),
// as LTTng's trace synchronisation uses them (Poirier, Roy, Dagenais 2010); Jézéquel (1989) for a tree of pairs (align.ts).
// They walk along the hulls; here the room that a drift leaves, between the ceiling and the floor, is asked as a
// function of the drift: it is concave, so its greatest value and where it gets to 0 are found by halving.
// (Rejected: a regression through the middle. It lets receives be before sends, and says nothing of its error.)

/** y = x + offset + drift · x, ns */
export interface Line {
  offset: number
  drift: number
}
export const same: Line = { offset: 0, drift: 0 }
export const mapped = ({ offset, drift }: Line, x: number): number => x + offset + drift * x
export const inverse = ({ offset, drift }: Line): Line => ({
  offset: -offset / (1 + drift),
  drift: -drift / (1 + drift),
})
/** First `inner`, then `outer`. */
export const after = (outer: Line, inner: Line): Line => ({
  offset: inner.offset + outer.offset + outer.drift * inner.offset,
  drift: inner.drift + outer.drift + inner.drift * outer.drift,
})

/** Of two clocks: a kernel corrects its clock by 500 ppm at most, and crystals are better than that. */
export const mostDrift = 1e-3
/** Two clocks differ by some ten ppm, mostly: a drift of so much more must leave e times the room between floor and ceiling
 *  to be the likelier one. So what few slow messages would allow is not claimed, and what many quick ones show is. */
const usualDrift = 50e-6
const halvings = 80

export interface Fit {
  line: Line
  /** ns between ceiling and floor along the line; below 0: no line fits, this one is wrong by half of it at most */
  room: number
  /** the drifts that fit */
  least: number
  most: number
}

export class Bounds {
  /** pairs of times that were put in */
  count = 0
  private readonly floor = new Hull(1)
  private readonly ceiling = new Hull(-1)

  /** x on the one clock was not before y on the other; or not after it. */
  notBefore(x: number, y: number): void {
    this.count++
    this.floor.add(x, y - x)
  }
  notAfter(x: number, y: number): void {
    this.count++
    this.ceiling.add(x, y - x)
  }

  get bothWays(): boolean {
    return !this.floor.empty && !this.ceiling.empty
  }
  get none(): boolean {
    return this.floor.empty && this.ceiling.empty
  }

  /** The same of the clocks the other way round. */
  turned(): Bounds {
    return this.through(same, same, true)
  }
  /** The same, of the clocks that `fx` and `fy` lead to. */
  through(fx: Line, fy: Line, turned = false): Bounds {
    const made = new Bounds()
    const put = (hull: Hull, into: Hull) =>
      hull.each((x, d) => {
        const [a, b] = [mapped(fx, x), mapped(fy, x + d)]
        if (turned) into.add(b, a - b)
        else into.add(a, b - a)
      })
    put(this.floor, turned ? made.ceiling : made.floor)
    put(this.ceiling, turned ? made.floor : made.ceiling)
    made.count = this.count
    return made
  }
  addAll(other: Bounds): void {
    other.floor.each((x, d) => this.floor.add(x, d))
    other.ceiling.each((x, d) => this.ceiling.add(x, d))
    this.count += other.count
  }

  /** From the first x to the last. */
  get span(): [number, number] {
    let [from, to] = [Infinity, -Infinity]
    this.each((x) => {
      from = Math.min(from, x)
      to = Math.max(to, x)
    })
    return [from, to]
  }
  /** The pairs that a line can touch. */
  each(take: (x: number, y: number, notBefore: boolean) => void): void {
    this.floor.each((x, d) => take(x, x + d, true))
    this.ceiling.each((x, d) => take(x, x + d, false))
  }

  /** y − x at x = 0 is at least, and at most, this, should the drift be `drift`. */
  offsets(drift: number): [least: number, most: number] {
    return [this.floor.reach(drift), this.ceiling.reach(drift)]
  }
  private room(drift: number): number {
    const [least, most] = this.offsets(drift)
    return most - least
  }

  /** Null unless they bound each other. */
  fit(): Fit | null {
    if (!this.bothWays) return null
    const room = (drift: number) => this.room(drift)
    const best = highest(room, -mostDrift, mostDrift)
    const most = room(best)
    if (most < 0) return { line: this.middle(best), room: most, least: best, most: best }
    const [lowest, greatest] = [edge(room, best, -mostDrift, 0), edge(room, best, mostDrift, 0)]
    const likely = (at: number) => Math.log(Math.max(room(at), 1e-3)) - Math.abs(at) / usualDrift
    const found = highest(likely, lowest, greatest)
    const drift = lowest <= 0 && greatest >= 0 && likely(0) >= likely(found) - 1e-9 ? 0 : found
    return { line: this.middle(drift), room: room(drift), least: lowest, most: greatest }
  }
  private middle(drift: number): Line {
    const [least, most] = this.offsets(drift)
    return { offset: (least + most) / 2, drift }
  }

  /** Between which times the truth lies at x: what any line that fits says. */
  band({ least, most }: Fit, x: number): [earliest: number, latest: number] {
    const high = (drift: number) => this.offsets(drift)[1] + drift * x
    const low = (drift: number) => -(this.offsets(drift)[0] + drift * x)
    return [x - low(highest(low, least, most)), x + high(highest(high, least, most))]
  }

  /** ns by which the line is on the wrong side of a pair, at worst; 0 = of none. */
  wrong(line: Line): number {
    const [least, most] = this.offsets(line.drift)
    return Math.max(0, least - line.offset, line.offset - most)
  }
}

/** Points (x, d), of which those count that a line from above (side 1) or from below (−1) can touch. */
class Hull {
  private x: number[] = []
  private d: number[] = []
  private readonly side: 1 | -1
  private sorted = true
  constructor(side: 1 | -1) {
    this.side = side
  }
  get empty(): boolean {
    return this.x.length === 0
  }
  add(x: number, d: number): void {
    this.x.push(x)
    this.d.push(d)
    this.sorted = false
    if (this.x.length >= 4096 && this.x.length >= this.kept * 2) this.settle()
  }
  private kept = 0
  each(take: (x: number, d: number) => void): void {
    this.settle()
    for (let i = 0; i < this.x.length; i++) take(this.x[i]!, this.d[i]!)
  }
  /** The greatest d − drift · x, or the least. */
  reach(drift: number): number {
    this.settle()
    const { x, d, side } = this
    let found = -Infinity
    for (let i = 0; i < x.length; i++) {
      const here = side * (d[i]! - drift * x[i]!)
      if (here > found) found = here
    }
    return side * found
  }
  private settle(): void {
    if (this.sorted) return
    this.sorted = true
    const { x, d, side } = this
    const order = x.map((_, i) => i).sort((a, b) => x[a]! - x[b]! || side * (d[b]! - d[a]!))
    const hx: number[] = []
    const hd: number[] = []
    for (const i of order) {
      if (hx.length > 0 && hx.at(-1) === x[i]) continue
      while (hx.length > 1 && under(hx, hd, x[i]!, d[i]!, side)) {
        hx.pop()
        hd.pop()
      }
      hx.push(x[i]!)
      hd.push(d[i]!)
    }
    this.x = hx
    this.d = hd
    this.kept = hx.length
  }
}
/** The last point of the hull is not outside the line from the one before it to (x, d). */
const under = (hx: number[], hd: number[], x: number, d: number, side: number): boolean => {
  const n = hx.length
  const [x0, d0, x1, d1] = [hx[n - 2]!, hd[n - 2]!, hx[n - 1]!, hd[n - 1]!]
  return side * ((d1 - d0) * (x - x0) - (d - d0) * (x1 - x0)) <= 0
}

/** Where a concave function is greatest. */
const highest = (f: (x: number) => number, from: number, to: number): number => {
  let [a, b] = [from, to]
  for (let i = 0; i < halvings; i++) {
    const [left, right] = [a + (b - a) / 3, b - (b - a) / 3]
    if (f(left) < f(right)) a = left
    else b = right
  }
  // a function that only rises is greatest at its end
  return [from, to].reduce((best, x) => (f(x) > f(best) ? x : best), (a + b) / 2)
}
/** From `inside`, where a concave function is at least `value`, towards `outside`: the last place where it still is. */
const edge = (f: (x: number) => number, inside: number, outside: number, value: number): number => {
  if (f(outside) >= value) return outside
  let [a, b] = [inside, outside]
  for (let i = 0; i < halvings; i++) {
    const middle = (a + b) / 2
    if (f(middle) >= value) a = middle
    else b = middle
  }
  return a
}
