// The lower half of the overview: how many threads ran at once, over the whole run, as a thin curve. In: the answer of the
// engine. Out: shapes, and the number under a point. Invariant: the curve touches the top where as many ran as ever did.
import { area as areaShape } from 'd3'
import type { Parallelism } from '../../wire/api.ts'
import type { Shape } from './display-list.ts'
import type { SceneInput } from './scene-input.ts'

/** windowPx */
export const runnersHeight = 22

/** The greatest number that ran at once for any time at all. */
export const mostRunners = ({ spread }: Parallelism): number =>
  Math.max(
    0,
    spread.findLastIndex((ns) => ns > 0),
  )

export function runnersShapes(
  runners: Parallelism | null,
  y: number,
  xOf: (runTime: number) => number,
  { theme, viewport: v }: SceneInput,
): Shape[] {
  if (!runners || runners.running.length === 0) return []
  const most = Math.max(1, mostRunners(runners))
  const [top, bottom] = [y + 3, y + runnersHeight - 2]
  const perPx = (runners.to - runners.from) / runners.running.length
  const points = Array.from(runners.running, (n, i): [number, number] => [
    xOf(runners.from + (i + 0.5) * perPx),
    bottom - (Math.min(n, most) / most) * (bottom - top),
  ])
  const curve = areaShape<[number, number]>()
    .x(([x]) => x)
    .y0(bottom)
    .y1(([, at]) => at)
  const { page, meaning } = theme
  return [
    { shape: 'path', d: curve(points)!, fill: meaning.running },
    { shape: 'path', d: curve.lineY1()(points)!, stroke: page.inkFaint, lineWidth: 1 },
    { shape: 'line', x0: v.names, x1: v.width, y0: y + 0.5, y1: y + 0.5, stroke: page.hairline },
  ]
}

/** Mean number that ran about a moment. */
export function runnersAt({ from, to, running }: Parallelism, runTime: number): number | null {
  const i = Math.floor(((runTime - from) / Math.max(1, to - from)) * running.length)
  return running[i] ?? null
}

/** "0.04", "1.4", "128" */
export const few = (n: number) =>
  n > 0 && n < 0.005
    ? '< 0.01'
    : n < 1
      ? String(Number(n.toFixed(2)))
      : n < 99.95
        ? String(Number(n.toFixed(1)))
        : n.toFixed(0)
