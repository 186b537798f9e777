// Depth of a queue over time, as an area in steps. In: items of its lane. Out: shapes. Of a bounded queue the dashed line
// is the bound, and the band under it is where the queue was full. Invariant: the height is the number of items of the
// longest slice that a pixel has; "most", below its name, is the greatest of those on the screen.
import type { Lane } from '../../wire/api.ts'
import { area as areaShape } from 'd3'
import type { Box, Shape } from './display-list.ts'
import type { SceneInput } from './scene-input.ts'
import type { Items } from './strip.ts'
import { snap } from './viewport.ts'

type Point = [x: number, items: number]
const headroom = 5
/** class of `share` that means full */
const fullClass = 3

export function queueShapes(lane: Lane, items: Items, box: Box, { viewport: v, theme }: SceneInput) {
  const names: Shape[] = []
  if (items.length === 0) return { names, plot: [] }
  const bottom = box.y + box.height
  const points: Point[] = []
  const full: Point[] = []
  let most = 0
  let last = NaN
  for (let i = 0; i < items.length; i++) {
    const [x0, x1] = [Math.max(v.names - 2, items.x0(i)), Math.min(v.width + 2, items.x1(i))]
    const depth = items.value(i)
    most = Math.max(most, depth)
    if (!(x0 - last < 0.5)) points.push([Number.isNaN(last) ? x0 : last, 0], [x0, 0])
    points.push([x0, depth], [x1, depth])
    if (lane.capacity > 0 && items.share(i, fullClass) > 0) full.push([x0, Math.max(1 / v.ratio, x1 - x0)])
    last = x1
  }
  points.push([last, 0])

  const bounded = lane.capacity > 0 && most * 8 >= lane.capacity
  const scale = Math.max(1, bounded ? Math.max(lane.capacity, most) : most)
  const yOf = (depth: number) => bottom - (depth / scale) * (box.height - headroom)
  const colour = theme.meaning.waitQueue
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
  const text = lane.capacity > 0 ? `most ${most} of ${lane.capacity}` : `most ${most}`
  const y = box.y + box.height / 2 + 8
  names.push({ shape: 'text', x: v.names - 10, y, text, fill: theme.page.inkQuiet, font: 'small', align: 'right' })
  return { names, plot: shapes }
}
const round = (n: number) => Math.round(n * 10) / 10
