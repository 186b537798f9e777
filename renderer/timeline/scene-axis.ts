// Time axis, grid, marks, the end of the recording, and the lines that frame the parts. In: the scene's input.
// Out: shapes. Invariant: grid lines and ticks are the same times.
import type { Shape } from './display-list.ts'
import { axisHeight, overviewHeight, type SceneInput } from './scene-input.ts'
import { timeLabel, timeTicks } from './ticks.ts'
import { nsPerPx, plotWidth, snap, xOfTime } from './viewport.ts'
import { duration } from '../format.ts'

const tickEvery = 110
/** windowPx a letter of a tick's label, about */
const letter = 6.4
const ticksOf = ({ viewport: v }: SceneInput) => timeTicks(v, Math.max(2, plotWidth(v) / tickEvery))
const sharp = (x: number, ratio: number) => snap(x, ratio) + 0.5 / ratio

export function gridShapes(input: SceneInput, { y, height }: { y: number; height: number }): Shape[] {
  const { viewport: v, theme, end } = input
  const [begin, over] = [xOfTime(v, 0), xOfTime(v, end)]
  const fill = theme.page.raised
  const outside: Shape[] = []
  if (begin > v.names) outside.push({ shape: 'rect', x: v.names, y, width: begin - v.names, height, fill })
  if (over < v.width)
    outside.push({
      shape: 'rect',
      x: Math.max(v.names, over),
      y,
      width: v.width - Math.max(v.names, over),
      height,
      fill,
    })
  const lines = ticksOf(input).ticks.map(({ time }): Shape => {
    const x = sharp(xOfTime(v, time), v.ratio)
    return { shape: 'line', x0: x, x1: x, y0: y, y1: y + height, stroke: theme.page.grid }
  })
  return [...outside, ...lines]
}

export function axisShapes(input: SceneInput): Shape[] {
  const { viewport: v, theme, area } = input
  const { page } = theme
  const { base, ticks } = ticksOf(input)
  const middle = overviewHeight + axisHeight / 2
  const shapes: Shape[] = [
    {
      shape: 'rect',
      x: 0,
      y: overviewHeight,
      width: v.width,
      height: axisHeight,
      fill: page.raised,
      target: { what: 'axis' },
    },
  ]
  for (const { time, label } of ticks) {
    const x = xOfTime(v, time)
    if (x < v.names) continue
    const at = sharp(x, v.ratio)
    shapes.push({
      shape: 'line',
      x0: at,
      x1: at,
      y0: overviewHeight + axisHeight - 6,
      y1: overviewHeight + axisHeight,
      stroke: page.inkFaint,
    })
    // half a figure would be another figure
    if (x + 5 + label.length * letter < v.width)
      shapes.push({ shape: 'text', x: x + 5, y: middle, text: label, fill: page.inkQuiet, font: 'tick' })
  }
  if (area) {
    const [x0, x1] = [Math.max(v.names, xOfTime(v, area.from)), Math.min(v.width, xOfTime(v, area.to))]
    if (x1 > x0)
      shapes.push({ shape: 'rect', x: x0, y: overviewHeight, width: x1 - x0, height: axisHeight, fill: page.wash })
  }
  // the corner over the names: how much is shown, and from where the ticks count
  shapes.push(
    { shape: 'rect', x: 0, y: overviewHeight, width: v.names, height: axisHeight, fill: page.raised },
    { shape: 'text', x: 10, y: middle, text: `${duration(v.to - v.from)} shown`, fill: page.inkFaint, font: 'small' },
  )
  if (base)
    shapes.push({ shape: 'text', x: v.names - 8, y: middle, text: base, fill: page.ink, font: 'tick', align: 'right' })
  return shapes
}

/** `body`: what scrolls, and how high it is in all */
export function frameShapes(
  input: SceneInput,
  pinnedHeight: number,
  body: { y: number; height: number; all: number },
): Shape[] {
  const { viewport: v, theme, marks, moment, end, recording } = input
  const { page } = theme
  const line = (x0: number, y0: number, x1: number, y1: number, stroke = page.hairline): Shape => ({
    shape: 'line',
    x0,
    y0,
    x1,
    y1,
    stroke,
  })
  const shapes: Shape[] = [
    line(sharp(v.names, v.ratio) - 1, 0, sharp(v.names, v.ratio) - 1, v.height),
    {
      shape: 'rect',
      x: v.names - 6,
      y: overviewHeight,
      width: 6,
      height: v.height - overviewHeight,
      target: { what: 'divider' },
    },
    line(0, overviewHeight - 0.5, v.width, overviewHeight - 0.5),
    line(0, v.top - 0.5, v.width, v.top - 0.5),
  ]
  if (pinnedHeight > 0)
    shapes.push(line(0, v.top + pinnedHeight - 0.5, v.width, v.top + pinnedHeight - 0.5, page.inkFaint))
  const at = moment === null ? -1 : sharp(xOfTime(v, moment), v.ratio)
  if (at >= v.names && at <= v.width)
    shapes.push(
      { shape: 'line', x0: at, x1: at, y0: overviewHeight + 10, y1: v.height, stroke: page.accent, lineWidth: 1.5 },
      { shape: 'path', d: `M${at - 5},${overviewHeight + 8}l5,-5l5,5l-5,5z`, fill: page.accent },
    )
  for (const [index, time] of marks.entries()) {
    const x = sharp(xOfTime(v, time), v.ratio)
    if (x < v.names || x > v.width) continue
    shapes.push(
      { shape: 'line', x0: x, x1: x, y0: overviewHeight + 8, y1: v.height, stroke: page.mark, dash: [4, 3] },
      { shape: 'path', d: `M${x - 5},${overviewHeight + 3}h10v7l-5,5l-5,-5z`, fill: page.mark },
      { shape: 'rect', x: x - 6, y: overviewHeight + 2, width: 12, height: 14, target: { what: 'mark', index } },
    )
  }
  if (body.all > body.height) {
    const height = Math.max(24, (body.height * body.height) / body.all)
    const y = body.y + (v.scroll / (body.all - body.height)) * (body.height - height)
    shapes.push(
      { shape: 'rect', x: v.width - 7, y: y + 2, width: 5, height: height - 4, radius: 2.5, fill: page.hatch },
      { shape: 'rect', x: v.width - 10, y, width: 10, height, target: { what: 'scrollbar' } },
    )
  }
  const x = Math.min(xOfTime(v, end), v.width - 1)
  if (x >= v.names && xOfTime(v, end) <= v.width + 1)
    shapes.push({
      shape: 'line',
      x0: sharp(x, v.ratio),
      x1: sharp(x, v.ratio),
      y0: v.top,
      y1: v.height,
      stroke: recording ? page.live : page.inkFaint,
      lineWidth: recording ? 1.5 : 1,
      dash: recording ? undefined : [2, 3],
    })
  return shapes
}

/** What follows the mouse; painted on its own canvas, so that moving it draws nothing else. */
export function cursorShapes(
  input: SceneInput,
  windowPx: number | null,
  span: { from: number; to: number } | null,
): Shape[] {
  const { viewport: v, theme } = input
  const { page } = theme
  const shapes: Shape[] = []
  if (span) {
    const [x0, x1] = [xOfTime(v, span.from), xOfTime(v, span.to)].sort((a, b) => a - b) as [number, number]
    const left = Math.max(v.names, x0)
    shapes.push(
      { shape: 'rect', x: left, y: v.top, width: Math.max(1, x1 - left), height: v.height - v.top, fill: page.wash },
      ...pill((left + x1) / 2, duration(Math.abs(span.to - span.from)), page.accent, page.onAccent, v),
    )
  } else if (windowPx !== null && windowPx >= v.names && windowPx < v.width) {
    const x = sharp(windowPx, v.ratio)
    const time = v.from + (windowPx - v.names) * nsPerPx(v)
    shapes.push({ shape: 'line', x0: x, x1: x, y0: v.top, y1: v.height, stroke: page.inkFaint })
    if (time >= 0) shapes.push(...pill(x, timeLabel(time, nsPerPx(v)), page.ink, page.surface, v))
  }
  return shapes
}

function pill(x: number, text: string, fill: string, ink: string, v: SceneInput['viewport']): Shape[] {
  const width = text.length * letter + 14
  const left = Math.min(v.width - width - 2, Math.max(v.names + 2, x - width / 2))
  return [
    { shape: 'rect', x: left, y: overviewHeight + 4, width, height: axisHeight - 8, fill, radius: 4 },
    {
      shape: 'text',
      x: left + width / 2,
      y: overviewHeight + axisHeight / 2,
      text,
      fill: ink,
      font: 'tick',
      align: 'center',
    },
  ]
}
