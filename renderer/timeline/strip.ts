// Slices of one lane → a strip of coloured rectangles. In: a window answer, the lane, the viewport. Out: quads a colour
// and the items for hits. Invariants: an exact slice three dots wide or more keeps its own edges; everything narrower is
// added up by dot column, so that no slice paints over another; a class with any time in a column gets at least a dot.
//
//   one dot column of a thread's lane:   ▒ the lane's ground: running     (what is left)
//                                        ▓ waiting for a queue  20 %
//                                        █ waiting for a lock   40 %      classes are stacked from the bottom
import type { Lane, Window } from '../../wire/api.ts'
import { holdClasses, meaningOf, threadClasses, type Meaning, type SliceKind } from '../../wire/kinds.ts'
import type { Theme } from '../theme.ts'
import type { Box, Item, Strip } from './display-list.ts'
import { nsPerPx, type Viewport } from './viewport.ts'

/** An answer and where in it the lane is. */
export interface LaneAnswer {
  window: Window
  index: number
}

/** Items of a lane in windowPx; reading one makes it, so that a dense lane costs nothing until asked. */
export class Items {
  readonly length: number
  private readonly first: number
  private readonly w: Window
  private readonly origin: number
  private readonly perPx: number
  private readonly nsPerAskedPx: number
  constructor(answer: LaneAnswer, v: Viewport) {
    const w = answer.window
    this.w = w
    this.nsPerAskedPx = (w.to - w.from) / w.width
    this.perPx = this.nsPerAskedPx / nsPerPx(v)
    this.origin = v.names + (w.from - v.from) / nsPerPx(v)
    let low = w.first[answer.index]!
    let end = w.first[answer.index + 1]!
    const stop = end
    while (low < end) {
      const middle = (low + end) >> 1
      if (this.origin + this.perPx * w.x1[middle]! <= v.names - 1) low = middle + 1
      else end = middle
    }
    this.first = low
    let last = stop
    while (low < last) {
      const middle = (low + last) >> 1
      if (this.origin + this.perPx * w.x0[middle]! < v.width + 1) low = middle + 1
      else last = middle
    }
    this.length = low - this.first
  }
  x0(i: number) {
    return this.origin + this.perPx * this.w.x0[this.first + i]!
  }
  x1(i: number) {
    return this.origin + this.perPx * this.w.x1[this.first + i]!
  }
  kind(i: number) {
    return this.w.kind[this.first + i]! as SliceKind
  }
  count(i: number) {
    return this.w.count[this.first + i]!
  }
  value(i: number) {
    return this.w.value[this.first + i]!
  }
  /** one slice whose own edges are known */
  exact(i: number) {
    const k = this.first + i
    return this.w.count[k] === 1 && this.w.x1[k]! - this.w.x0[k]! > 1
  }
  share(i: number, c: number) {
    return this.w.share[(this.first + i) * 4 + c]! / 65535
  }
  at(i: number): Item {
    const k = this.first + i
    return {
      from: this.w.from + this.w.x0[k]! * this.nsPerAskedPx,
      to: this.w.from + this.w.x1[k]! * this.nsPerAskedPx,
      x0: this.x0(i),
      x1: this.x1(i),
      count: this.count(i),
      exact: this.exact(i),
      kind: this.kind(i),
      share: [this.share(i, 0), this.share(i, 1), this.share(i, 2), this.share(i, 3)],
      value: this.value(i),
    }
  }
}

/** bottom first */
export const classesOf = (lane: Lane): readonly { meaning: Meaning; share: number }[] =>
  lane.kind === 'thread'
    ? threadClasses.map((meaning, share) => ({ meaning, share }))
    : lane.kind === 'queue'
      ? []
      : [
          { meaning: holdClasses[1]!, share: 1 },
          { meaning: holdClasses[0]!, share: 0 },
        ]

export function strip(lane: Lane, answer: LaneAnswer, box: Box, v: Viewport, theme: Theme): Strip {
  const items = new Items(answer, v)
  const brush = new Brush(box, v.ratio)
  const classes = classesOf(lane)
  const colours = classes.map((c) => theme.meaning[c.meaning])
  if (classes.length > 0)
    for (let i = 0; i < items.length; i++) {
      const x0 = Math.max(items.x0(i), v.names - 1)
      const x1 = Math.min(items.x1(i), v.width + 1)
      const exact = items.exact(i)
      if (exact && (x1 - x0) * v.ratio >= 3) brush.slice(x0, x1, theme.meaning[meaningOf[items.kind(i)] ?? 'running'])
      else brush.shares(x0, x1, items, i, classes, colours)
    }
  brush.flush(colours)
  return { shape: 'strip', lane: lane.id, ...box, fills: brush.fills(), items }
}

class Brush {
  private readonly quads = new Map<string, number[]>()
  private readonly sum = [0, 0, 0, 0]
  private column = -1
  private colours: string[] = []
  private readonly box: Box
  private readonly ratio: number
  constructor(box: Box, ratio: number) {
    this.box = box
    this.ratio = ratio
  }

  slice(x0: number, x1: number, fill: string) {
    this.flush(this.colours)
    const left = Math.round(x0 * this.ratio)
    // a dot of ground between neighbours, so that two waits do not read as one
    const right = Math.max(left + 2, Math.round(x1 * this.ratio)) - 1
    this.quad(fill, left / this.ratio, this.box.y, (right - left) / this.ratio, this.box.height)
  }

  shares(x0: number, x1: number, items: Items, i: number, classes: readonly { share: number }[], colours: string[]) {
    this.colours = colours
    const [from, to] = [x0 * this.ratio, x1 * this.ratio]
    const [first, last] = [Math.floor(from), Math.floor(to)]
    if (first === last) return this.add(first, to - from, items, i, classes)
    this.add(first, first + 1 - from, items, i, classes)
    if (last > first + 1) {
      this.flush(colours)
      this.stack(
        first + 1,
        last - first - 1,
        classes.map((c) => items.share(i, c.share)),
        colours,
      )
    }
    if (to > last) this.add(last, to - last, items, i, classes)
  }

  private add(column: number, width: number, items: Items, i: number, classes: readonly { share: number }[]) {
    if (column !== this.column) this.flush(this.colours)
    this.column = column
    for (let c = 0; c < classes.length; c++) this.sum[c]! += width * items.share(i, classes[c]!.share)
  }

  flush(colours: string[]) {
    if (this.column < 0) return
    this.stack(this.column, 1, this.sum, colours)
    this.column = -1
    this.sum.fill(0)
  }

  /** devicePx columns [column, column + width), classes from the bottom */
  private stack(column: number, width: number, shares: readonly number[], colours: string[]) {
    const { y, height } = this.box
    const dots = Math.round(height * this.ratio)
    let left = dots
    for (let c = 0; c < colours.length && left > 0; c++) {
      const share = shares[c]!
      if (share <= 0) continue
      const tall = Math.min(left, Math.max(1, Math.round(share * dots)))
      left -= tall
      this.quad(colours[c]!, column / this.ratio, y + left / this.ratio, width / this.ratio, tall / this.ratio)
    }
  }

  private quad(fill: string, x: number, y: number, w: number, h: number) {
    let list = this.quads.get(fill)
    if (!list) this.quads.set(fill, (list = []))
    list.push(x, y, w, h)
  }

  fills() {
    return [...this.quads].map(([fill, quads]) => ({ fill, quads }))
  }
}
