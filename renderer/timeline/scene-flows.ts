// Arrows of the selection, from cause to effect. In: flows and where lanes are. Out: curves with heads.
// Invariant: at most `mostArrows`, nearest steps first; an arrow whose lane is not on the timeline is not drawn.
import { path } from 'd3'
import type { Shape } from './display-list.ts'
import type { SceneInput } from './scene-input.ts'
import { xOfTime } from './viewport.ts'

export const mostArrows = 200

/** windowPx */
const head = { length: 11, half: 5.5 }
const dot = 3.5
/** An arrow whose ends are nearer than this in time goes straight down or up, or it would have to turn back. */
const steep = 26

export interface LanePlace {
  middle: number
  height: number
}

export function flowShapes(input: SceneInput, placeOfLane: (lane: number) => LanePlace | null): Shape[] {
  const { flows, viewport: v, theme } = input
  const { page } = theme
  const nearest = flows
    .map((flow, index) => ({ flow, index }))
    .sort((a, b) => Math.abs(a.flow.step) - Math.abs(b.flow.step))
    .slice(0, mostArrows)
  const shapes: Shape[] = []
  for (const { flow, index } of nearest) {
    const [from, to] = [placeOfLane(flow.fromLane), placeOfLane(flow.toLane)]
    if (!from || !to) continue
    const [x0, x1] = [xOfTime(v, flow.fromTime), xOfTime(v, flow.toTime)]
    if (Math.max(x0, x1) < v.names - 60 || Math.min(x0, x1) > v.width + 60) continue
    const stroke = flow.step > 0 ? page.accent : page.flow
    const far = Math.abs(flow.step) > 1
    const line = { stroke, lineWidth: far ? 1.4 : 2.2, alpha: far ? 0.7 : 1, halo: page.surface }
    const { d, tip, angle } = arrow(x0, from, x1, to, flow.step > 0 ? 1 : -1)
    shapes.push(
      { shape: 'path', d, ...line },
      { shape: 'path', d: headAt(tip, angle), fill: stroke, halo: page.surface },
      { shape: 'path', d: dotAt(x0, from.middle), fill: stroke, halo: page.surface },
      // the ends can be clicked; that of the selection itself goes nowhere new
      { shape: 'rect', ...around(x0, from.middle), target: { what: 'flow', index, end: 'from' } },
      { shape: 'rect', ...around(tip.x, tip.y), target: { what: 'flow', index, end: 'to' } },
    )
  }
  return shapes
}

/** The line to the root of its head, where the head points, and in which direction (radians, 0 = to the right). */
export function arrow(x0: number, from: LanePlace, x1: number, to: LanePlace, side: 1 | -1) {
  const [y0, y1] = [from.middle, to.middle]
  const p = path()
  p.moveTo(x0, y0)
  if (Math.abs(x1 - x0) < steep && y0 !== y1) {
    // bowed, so that it does not hide the edges of the slices that it joins: causes to the left, effects to the right
    const down = Math.sign(y1 - y0)
    const tip = { x: x1, y: y1 - down * Math.min(6, to.height / 4) }
    const bow = side * Math.min(22, 6 + Math.abs(y1 - y0) / 8)
    const lean = side * 0.45
    const angle = Math.atan2(down, -lean)
    const root = back(tip, angle)
    const reach = Math.abs(tip.y - y0) * 0.35
    p.bezierCurveTo(x0 + bow, y0 + down * reach, root.x + lean * reach, root.y - down * reach, root.x, root.y)
    return { d: p.toString(), tip, angle }
  }
  // leaves to the right, comes in from the left: time goes that way
  const bend = Math.min(90, Math.max(18, Math.abs(x1 - x0) / 2))
  const root = back({ x: x1, y: y1 }, 0)
  p.bezierCurveTo(x0 + bend, y0, root.x - bend, y1, root.x, y1)
  return { d: p.toString(), tip: { x: x1, y: y1 }, angle: 0 }
}
const back = ({ x, y }: { x: number; y: number }, angle: number, length = head.length - 2) => ({
  x: x - length * Math.cos(angle),
  y: y - length * Math.sin(angle),
})
export function headAt(tip: { x: number; y: number }, angle: number): string {
  const root = back(tip, angle, head.length)
  const [across, along] = [head.half * Math.cos(angle), head.half * Math.sin(angle)]
  const n = (value: number) => value.toFixed(1)
  return `M${n(tip.x)},${n(tip.y)}L${n(root.x - along)},${n(root.y + across)}L${n(root.x + along)},${n(root.y - across)}z`
}
export const dotAt = (x: number, y: number) =>
  `M${x - dot},${y}a${dot},${dot} 0 1,0 ${2 * dot},0a${dot},${dot} 0 1,0 ${-2 * dot},0z`
const around = (x: number, y: number) => ({ x: x - 7, y: y - 7, width: 14, height: 14 })
