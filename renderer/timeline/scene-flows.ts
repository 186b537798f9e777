// Arrows of the selection, from cause to effect. In: flows and where lanes are. Out: curves with heads.
// Invariant: at most `mostArrows`, nearest steps first; an arrow whose lane is not on the timeline is not drawn.
import { path } from 'd3'
import type { Shape } from './display-list.ts'
import type { SceneInput } from './scene-input.ts'
import { xOfTime } from './viewport.ts'

export const mostArrows = 200

export function flowShapes(input: SceneInput, yOfLane: (lane: number) => number | null): Shape[] {
  const { flows, viewport: v, theme } = input
  const { page } = theme
  const nearest = flows
    .map((flow, index) => ({ flow, index }))
    .sort((a, b) => Math.abs(a.flow.step) - Math.abs(b.flow.step))
    .slice(0, mostArrows)
  const shapes: Shape[] = []
  for (const { flow, index } of nearest) {
    const [y0, y1] = [yOfLane(flow.fromLane), yOfLane(flow.toLane)]
    if (y0 === null || y1 === null) continue
    const [x0, x1] = [xOfTime(v, flow.fromTime), xOfTime(v, flow.toTime)]
    if (Math.max(x0, x1) < v.names - 60 || Math.min(x0, x1) > v.width + 60) continue
    const stroke = flow.step > 0 ? page.accent : page.flow
    const far = Math.abs(flow.step) > 1
    const line = { stroke, lineWidth: far ? 1.2 : 1.8, alpha: far ? 0.7 : 1, halo: page.surface }
    shapes.push(
      { shape: 'path', d: curve(x0, y0, x1, y1), ...line },
      { shape: 'path', d: head(x1, y1), fill: stroke, halo: page.surface },
      {
        shape: 'path',
        d: `M${x0 - 2.5},${y0}a2.5,2.5 0 1,0 5,0a2.5,2.5 0 1,0 -5,0z`,
        fill: stroke,
        halo: page.surface,
      },
      // the ends can be clicked; that of the selection itself goes nowhere new
      { shape: 'rect', ...around(x0, y0), target: { what: 'flow', index, end: 'from' } },
      { shape: 'rect', ...around(x1 - 5, y1), target: { what: 'flow', index, end: 'to' } },
    )
  }
  return shapes
}

/** Leaves to the right, comes in from the left: time goes that way, even when both ends share a pixel. */
function curve(x0: number, y0: number, x1: number, y1: number): string {
  const bend = Math.min(90, Math.max(18, Math.abs(x1 - x0) / 2))
  const p = path()
  p.moveTo(x0, y0)
  p.bezierCurveTo(x0 + bend, y0, x1 - bend - 7, y1, x1 - 7, y1)
  return p.toString()
}
const head = (x: number, y: number) => `M${x},${y}l-9,-4.5v9z`
const around = (x: number, y: number) => ({ x: x - 6, y: y - 6, width: 12, height: 12 })
