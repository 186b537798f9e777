// Slices of one lane → a strip. In: a window answer, the lane, the viewport. Out: rectangles of wide slices, dot columns
// of all others, and the items for hits. Invariants: an exact slice three dots wide or more keeps its own edges;
// everything narrower is added up by dot column, so that no slice paints over another; a class with any time in a column
// gets at least a dot. (Rectangles for the columns too would be simpler, but 150,000 of them take 100 ms to paint.)
//
//   one dot column of a thread's lane:   ▒ the lane's ground: running     (what is left)
//                                        ▓ waiting for a queue  20 %
//                                        █ waiting for a lock   40 %      classes are stacked from the bottom
import type { Lane, Window } from '../../wire/api.ts'
import { type SliceKind } from '../../wire/kinds.ts'
import { holdClasses, meaningOf, actorClasses, type Meaning } from '../../wire/meanings.ts'
import type { Theme } from '../theme.ts'
import type { Box, Item, Strip } from './display-list.ts'
import { nsPerPx, type Viewport } from './viewport.ts'

/** shares of an item (wire/kinds.ts) */
const classes = 6
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
  /** Add the time of item i, between two dots, to the columns that it touches. */
  addTo(sums: Float32Array, width: number, i: number, from: number, to: number, drawn: readonly Class[]) {
    const first = Math.max(0, Math.floor(from))
    const last = Math.min(width - 1, Math.ceil(to) - 1)
    const base = (this.first + i) * classes
    const { share } = this.w
    for (let c = 0; c < drawn.length; c++) {
      const part = share[base + drawn[c]!.share]! / 65535
      if (part === 0) continue
      const row = c * width
      for (let column = first; column <= last; column++)
        sums[row + column]! += part * (Math.min(to, column + 1) - Math.max(from, column))
    }
  }
  share(i: number, c: number) {
    return this.w.share[(this.first + i) * classes + c]! / 65535
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
      clipped: this.w.x0[k]! <= -1 || this.w.x1[k]! >= this.w.width + 1,
      kind: this.kind(i),
      share: [0, 1, 2, 3, 4, 5].map((c) => this.share(i, c)) as Item['share'],
      value: this.value(i),
    }
  }
}

export interface Class {
  meaning: Meaning
  /** its place among the shares of an item */
  share: number
}
const actors = actorClasses.map((meaning, share): Class => ({ meaning, share }))
/** the worst first */
const holds = holdClasses.map((meaning, share): Class => ({ meaning, share })).reverse()
const ofKind: Partial<Record<Lane['kind'], Class[]>> = {
  process: [{ meaning: 'running', share: 0 }],
  communicator: [{ meaning: 'waitMessage', share: 0 }],
  calls: [{ meaning: 'running', share: 0 }],
}
/** Threads and tasks: what they do themselves. All others are what is done with them. */
export const isActor = (lane: Pick<Lane, 'kind'>): boolean => lane.kind === 'thread' || lane.kind === 'task'
/** A line that goes up and down: items of a queue, commands that a device runs at once, memory. */
export const isCount = ({ kind }: Pick<Lane, 'kind'>): boolean =>
  kind === 'queue' || kind === 'device' || kind === 'deviceMemory'
/** bottom first */
export const classesOf = (lane: Lane): readonly Class[] =>
  isActor(lane) ? actors : isCount(lane) ? [] : (ofKind[lane.kind] ?? holds)

export function strip(lane: Lane, answer: LaneAnswer, box: Box, v: Viewport, theme: Theme): Strip {
  const items = new Items(answer, v)
  const drawn = classesOf(lane)
  const width = Math.ceil(box.width * v.ratio)
  const sums = new Float32Array(drawn.length * width)
  const slices: Strip['slices'] = []
  const left = box.x * v.ratio
  if (drawn.length > 0)
    for (let i = 0; i < items.length; i++) {
      const from = items.x0(i) * v.ratio - left
      const to = items.x1(i) * v.ratio - left
      if (items.exact(i) && to - from >= 3) slices.push(slice(items, i, box, v, theme))
      else items.addTo(sums, width, i, from, to, drawn)
    }
  const fills = drawn.map((c) => theme.meaning[c.meaning])
  const tall = Math.round(box.height * v.ratio)
  return {
    shape: 'strip',
    lane: lane.id,
    ...box,
    slices,
    columns: { fills, width, tall, dots: dots(sums, width, tall) },
    items,
  }
}

/** A dot of ground stays between neighbours, so that two waits do not read as one. */
function slice(items: Items, i: number, box: Box, v: Viewport, theme: Theme) {
  const x0 = Math.max(items.x0(i), box.x - 1)
  const x1 = Math.min(items.x1(i), box.x + box.width + 2)
  const left = Math.round(x0 * v.ratio)
  const right = Math.max(left + 2, Math.round(x1 * v.ratio)) - 1
  const fill = theme.meaning[meaningOf[items.kind(i)] ?? 'running']
  return { fill, x: left / v.ratio, width: (right - left) / v.ratio }
}

/** time by class and column → how many dots of the column each class takes, never none when it has any time */
function dots(sums: Float32Array, width: number, tall: number): Uint8Array {
  const out = new Uint8Array(sums.length)
  for (let column = 0; column < width; column++) {
    let left = tall
    for (let at = column; at < sums.length; at += width) {
      const sum = sums[at]!
      if (sum <= 0) continue
      const n = Math.min(left, Math.max(1, Math.round(sum * tall)))
      out[at] = n
      left -= n
    }
  }
  return out
}
