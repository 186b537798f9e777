// What is on the screen, as plain values: scene builds it, paint draws it, hit-testing and tests read it. Nothing else.
// All coordinates are windowPx. Parts are painted in order, each clipped to its box; in a part, items in order.
// Slices of one lane are one `strip` (columns, not an object a slice: a screen can have 100,000 of them).
import type { View } from '../state/session.ts'

export interface Box {
  x: number
  y: number
  width: number
  height: number
}

/** What a pixel stands for. */
export type Target =
  | { what: 'lane'; lane: number }
  | { what: 'slice'; lane: number; item: Item }
  /** the ground of a life, where no slice is */
  | { what: 'running'; lane: number }
  /** opens (or closes) what has the key */
  | { what: 'fold'; key: string; opens: boolean }
  /** the row of a process, by its number */
  | { what: 'process'; process: number; key: string; opens: boolean | null }
  | { what: 'pin'; lane: number }
  | { what: 'flow'; index: number; end: 'from' | 'to' }
  | { what: 'mark'; index: number }
  | { what: 'overview'; grip: 'window' | 'from' | 'to' | 'outside' }
  | { what: 'axis' }
  /** the lane of the critical path */
  | { what: 'path' }
  | { what: 'divider' }
  | { what: 'scrollbar' }

/** One slice, or several folded into one. */
export interface Item extends View {
  x0: number
  x1: number
  /** 1 and `exact`: one slice, its times exact to a pixel of the answer */
  count: number
  exact: boolean
  /** it goes on beyond what was asked for: it is longer than from … to */
  clipped: boolean
  kind: number
  /** share of [x0, x1) that each class takes, 0…1 */
  share: [number, number, number, number, number, number]
  value: number
}

export interface Strip extends Box {
  shape: 'strip'
  lane: number
  /** slices with edges of their own */
  slices: { fill: string; x: number; width: number }[]
  /** folded ones: for each colour and each devicePx column from the box's left, how many dots, stacked from the bottom */
  columns: { fills: string[]; width: number; tall: number; dots: Uint8Array }
  /** items in order of x, for hits and for those who read the picture */
  items: { length: number; at(i: number): Item }
}
export type FontName = 'name' | 'nameSub' | 'small' | 'label' | 'tick' | 'group'
export type Shape =
  | Strip
  | ({ shape: 'rect'; fill?: string; stroke?: string; lineWidth?: number; radius?: number; target?: Target } & Box)
  /** `maxWidth`: what does not fit ends in "…" */
  | {
      shape: 'text'
      x: number
      y: number
      text: string
      fill: string
      font: FontName
      align?: 'left' | 'right' | 'center'
      maxWidth?: number
      lane?: number
    }
  | {
      shape: 'line'
      x0: number
      y0: number
      x1: number
      y1: number
      stroke: string
      lineWidth?: number
      dash?: number[]
    }
  /** diagonal lines: open, cut or unknown */
  | ({ shape: 'hatch'; stroke: string; what: string } & Box)
  /** an SVG path: depth of a queue, an arrow */
  | {
      shape: 'path'
      d: string
      fill?: string
      stroke?: string
      lineWidth?: number
      alpha?: number
      halo?: string
    }

export interface Part {
  name: 'overview' | 'axis' | 'names' | 'pinnedNames' | 'plot' | 'pinnedPlot' | 'frame' | 'arrows'
  clip: Box
  shapes: Shape[]
}
export type DisplayList = Part[]

export const contains = (b: Box, x: number, y: number) =>
  x >= b.x && x < b.x + b.width && y >= b.y && y < b.y + b.height

/** The topmost thing at a point, or the slice nearest to it within `slack` windowPx. */
export function hit(list: DisplayList, x: number, y: number, slack = 0): Target | null {
  for (let p = list.length - 1; p >= 0; p--) {
    const part = list[p]!
    if (!contains(part.clip, x, y)) continue
    for (let s = part.shapes.length - 1; s >= 0; s--) {
      const found = hitShape(part.shapes[s]!, x, y, slack)
      if (found) return found
    }
  }
  return null
}

function hitShape(shape: Shape, x: number, y: number, slack: number): Target | null {
  if (shape.shape === 'strip') {
    if (y < shape.y || y >= shape.y + shape.height) return null
    const item = itemAt(shape.items, x, slack)
    return item ? { what: 'slice', lane: shape.lane, item } : null
  }
  if (shape.shape === 'rect' && shape.target && contains(shape, x, y)) return shape.target
  return null
}

/** Between which two slices of a lane a point lies; null where there is none. */
export function gapAt(list: DisplayList, lane: number, x: number): { before: Item | null; after: Item | null } | null {
  for (const part of list)
    for (const shape of part.shapes) {
      if (shape.shape !== 'strip' || shape.lane !== lane) continue
      const { items } = shape
      let next = 0
      while (next < items.length && items.at(next).x0 <= x) next++
      return { before: next > 0 ? items.at(next - 1) : null, after: next < items.length ? items.at(next) : null }
    }
  return null
}

function itemAt(items: Strip['items'], x: number, slack: number): Item | null {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (items.at(middle).x1 <= x) low = middle + 1
    else high = middle
  }
  const next = low < items.length ? items.at(low) : null
  if (next && next.x0 <= x) return next
  const before = low > 0 ? items.at(low - 1) : null
  const toNext = next ? next.x0 - x : Infinity
  const toBefore = before ? x - before.x1 : Infinity
  const nearest = toNext < toBefore ? next : before
  return Math.min(toNext, toBefore) < slack ? nearest : null
}
