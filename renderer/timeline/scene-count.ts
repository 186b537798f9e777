// What goes up and down over time, as an area in steps: items of a queue, commands that a device runs at once, memory of a
// context. In: items of its lane. Out: shapes. Of a bounded queue the dashed line is the bound, and the band under it is
// where the queue was full; of memory it is a round number of bytes, which it names. Invariants: the height is the number of
// the longest slice that a pixel has, of a device the mean of what it ran at once, a dot at least: a thousand short kernels in
// a pixel do not look like one that never ends. "most", below the name, is the greatest number on the screen.
import { area as areaShape } from 'd3'
import type { Lane } from '../../wire/api.ts'
import type { Meaning } from '../../wire/meanings.ts'
import { kibibytes } from '../format.ts'
import type { Theme } from '../theme.ts'
import type { Box, Shape } from './display-list.ts'
import type { SceneInput } from './scene-input.ts'
import type { Items } from './strip.ts'
import { snap, type Viewport } from './viewport.ts'

type Point = [x: number, count: number]
const colours: Partial<Record<Lane['kind'], Meaning>> = { device: 'kernel', deviceMemory: 'copy' }
const headroom = 5
/** class of `share` that means full */
const fullClass = 3

export function countShapes(lane: Lane, items: Items, box: Box, { viewport: v, theme }: SceneInput) {
  const names: Shape[] = []
  if (items.length === 0) return { names, plot: [] }
  const bottom = box.y + box.height
  const means = lane.kind === 'device'
  const points: Point[] = means ? meanPoints(items, v) : []
  const full: Point[] = []
  let most = 0
  let last = NaN
  for (let i = 0; i < items.length; i++) {
    const [x0, x1] = [Math.max(v.names - 2, items.x0(i)), Math.min(v.width + 2, items.x1(i))]
    const depth = items.value(i)
    most = Math.max(most, depth)
    if (means) continue
    if (!(x0 - last < 0.5)) points.push([Number.isNaN(last) ? x0 : last, 0], [x0, 0])
    points.push([x0, depth], [x1, depth])
    if (lane.capacity > 0 && items.share(i, fullClass) > 0) full.push([x0, Math.max(1 / v.ratio, x1 - x0)])
    last = x1
  }
  if (!means) points.push([last, 0])

  const bounded = lane.capacity > 0 && most * 8 >= lane.capacity
  const scale = Math.max(1, bounded ? Math.max(lane.capacity, most) : most)
  const least = means ? 1 : 0
  const yOf = (depth: number) => bottom - (depth > 0 ? Math.max(least, (depth / scale) * (box.height - headroom)) : 0)
  const colour = theme.meaning[colours[lane.kind] ?? 'waitQueue']
  const d =
    areaShape<Point>(
      (p) => round(p[0]),
      bottom,
      (p) => round(yOf(p[1])),
    )(points) ?? ''
  const edge = points.map(([x, depth], i) => `${i ? 'L' : 'M'}${round(x)},${round(yOf(depth))}`).join('')
  const shapes: Shape[] = [
    { shape: 'path', d, fill: colour, alpha: 0.28 },
    { shape: 'path', d: edge, stroke: colour, lineWidth: 1.2 },
  ]
  if (bounded) {
    const y = snap(yOf(lane.capacity), v.ratio)
    if (full.length)
      shapes.push({
        shape: 'path',
        d: full.map(([x, w]) => `M${round(x)},${y}h${round(w)}v4h${-round(w)}z`).join(''),
        fill: theme.meaning.holdContended,
      })
    shapes.push({
      shape: 'line',
      x0: v.names,
      x1: v.width,
      y0: y + 0.5 / v.ratio,
      y1: y + 0.5 / v.ratio,
      stroke: theme.page.inkFaint,
      dash: [3, 3],
    })
  }
  if (lane.kind === 'deviceMemory') shapes.push(...scaleShapes(most, yOf, box, v, theme))
  const text = mostText(lane, most)
  const y = box.y + box.height / 2 + 8
  names.push({ shape: 'text', x: v.names - 10, y, text, fill: theme.page.inkQuiet, font: 'small', align: 'right' })
  return { names, plot: shapes }
}
/** shares of the class that means nothing at all */
const emptyClass = 0
/** The mean by dot column, as steps. What is folded has the number of its longest slice, and how long there was none. */
function meanPoints(items: Items, v: Viewport): Point[] {
  const sums = new Float32Array(Math.max(1, Math.ceil((v.width - v.names) * v.ratio)))
  for (let i = 0; i < items.length; i++) {
    const [from, to] = [(items.x0(i) - v.names) * v.ratio, (items.x1(i) - v.names) * v.ratio]
    const mean = items.exact(i) ? items.value(i) : (1 - items.share(i, emptyClass)) * Math.max(1, items.value(i))
    if (mean === 0) continue
    const last = Math.min(sums.length, Math.ceil(to))
    for (let column = Math.max(0, Math.floor(from)); column < last; column++)
      sums[column]! += mean * (Math.min(to, column + 1) - Math.max(from, column))
  }
  const [left, right] = [Math.max(v.names, items.x0(0)), Math.min(v.width, items.x1(items.length - 1))]
  const xOf = (column: number) => Math.min(right, Math.max(left, v.names + column / v.ratio))
  const points: Point[] = [[left, 0]]
  for (let from = 0, to = 0; from < sums.length; from = to) {
    const mean = sums[from]!
    do to++
    while (to < sums.length && Math.abs(sums[to]! - mean) < 1e-3)
    points.push([xOf(from), mean], [xOf(to), mean])
  }
  points.push([right, 0])
  return points
}

const mostText = ({ kind, capacity }: Lane, most: number): string => {
  if (kind === 'deviceMemory') return `most ${kibibytes(most)}`
  if (kind === 'device') return most > 0 ? `most ${most} at once` : 'idle'
  return capacity > 0 ? `most ${most} of ${capacity}` : `most ${most}`
}

/** A line at a round number of bytes, and the number. */
function scaleShapes(most: number, yOf: (n: number) => number, box: Box, v: Viewport, theme: Theme): Shape[] {
  const mark = 2 ** Math.floor(Math.log2(most * 0.999))
  const y = snap(yOf(mark), v.ratio) + 0.5 / v.ratio
  // a line on the ground, or a number that does not fit, says nothing
  if (!(most > 0) || mark < 1 || box.y + box.height - y < 12) return []
  const stroke = theme.page.inkFaint
  return [
    { shape: 'line', x0: v.names, x1: v.width, y0: y, y1: y, stroke, dash: [2, 4] },
    { shape: 'text', x: v.names + 5, y: y + 7, text: kibibytes(mark), fill: theme.page.inkQuiet, font: 'small' },
  ]
}
const round = (n: number) => Math.round(n * 10) / 10
