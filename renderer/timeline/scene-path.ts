// The critical path: a lane of its own on top, and on the lanes of the actors the stretches that are on it. In: the
// engine's answer, rows on the screen. Out: shapes. Invariants: a colour of the path means what it means everywhere; what
// is not on the path is under the veil, so that the eye can follow it down the page; steps narrower than three dots are
// added up by dot column, as slices are.
//
//   Critical path  main ▒▒│auditor ░░░░░░│teller-1 ▒▒│main ▒▒
//   main           ▒▒▁▁▁▁                            ▁▁▁▁▁▁▁
//   auditor              ╰░░░░░░░╮
import type { CriticalPath, PathStep } from '../../wire/api.ts'
import { meaningOf, meanings } from '../../wire/meanings.ts'
import { duration } from '../format.ts'
import type { Shape, Strip } from './display-list.ts'
import { laneOf, type Row } from './layout.ts'
import type { LanePlace } from './scene-flows.ts'
import { labelWidth } from './scene-lanes.ts'
import { nameX } from './scene-names.ts'
import type { SceneInput } from './scene-input.ts'
import type { Placed } from './scene.ts'
import { snap, xOfTime } from './viewport.ts'

const inset = 3
const barHeight = 3
/** connectors on the screen; where there are more they would be a wall */
const mostTurns = 400
const letter = 6.1

const meaningOfStep = ({ doing }: PathStep) => (doing === 'runs' ? 'running' : (meaningOf[doing] ?? 'running'))

/** Places of the steps that meet [from, to). */
export function stepsBetween({ steps }: CriticalPath, from: number, to: number): [first: number, after: number] {
  let low = 0
  let high = steps.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (steps[middle]!.to <= from) low = middle + 1
    else high = middle
  }
  let after = low
  while (after < steps.length && steps[after]!.from < to) after++
  return [low, after]
}
export const stepAt = (path: CriticalPath, time: number): PathStep | null => {
  const step = path.steps[stepsBetween(path, time, time)[0]]
  return step && step.from <= time ? step : null
}
const inView = (path: CriticalPath, { viewport: v }: SceneInput) => {
  const [first, after] = stepsBetween(path, v.from, v.to)
  return path.steps.slice(first, after)
}

export function pathShapes(
  row: Row & { kind: 'path' },
  y: number,
  input: SceneInput,
): { names: Shape[]; plot: Shape[] } {
  const { viewport: v, theme, path } = input
  const { page } = theme
  const middle = y + row.height / 2
  const ground = { y, height: row.height, fill: page.raised }
  const names: Shape[] = [
    { shape: 'rect', x: 0, width: v.names, ...ground },
    { shape: 'rect', x: 0, y: y + 2, width: 3, height: row.height - 4, fill: page.ink, radius: 1.5 },
    { shape: 'text', x: nameX, y: middle, text: 'Critical path', fill: page.ink, font: 'group' },
    {
      shape: 'text',
      x: v.names - 10,
      y: middle,
      text: path ? duration(path.to - path.from) : 'is computed…',
      fill: page.inkQuiet,
      font: 'small',
      align: 'right',
    },
  ]
  const box = { x: v.names, y: y + inset, width: v.width - v.names, height: row.height - 2 * inset }
  const plot: Shape[] = [{ shape: 'rect', x: v.names, width: v.width - v.names, ...ground }]
  if (!path) return { names, plot }
  const steps = inView(path, input)
  plot.push(stripOf(steps, box, input), ...labels(steps, box, input))
  // where it ends, nothing is known of what led to it
  const begin = xOfTime(v, path.steps[0]?.from ?? path.to)
  if (path.because && begin > Math.max(v.names, xOfTime(v, path.from))) {
    const x = Math.max(v.names, xOfTime(v, path.from))
    plot.push({
      shape: 'hatch',
      ...box,
      x,
      width: Math.min(v.width, begin) - x,
      stroke: page.hatch,
      what: path.because,
    })
  }
  plot.push({ shape: 'rect', ...box, target: { what: 'path' } })
  return { names, plot }
}

function stripOf(
  steps: readonly PathStep[],
  box: { x: number; y: number; width: number; height: number },
  input: SceneInput,
): Strip {
  const { viewport: v, theme } = input
  const width = Math.ceil(box.width * v.ratio)
  const tall = Math.round(box.height * v.ratio)
  const sums = new Float32Array(meanings.length * width)
  const slices: Strip['slices'] = []
  for (const step of steps) {
    const from = Math.max(-1, (xOfTime(v, step.from) - box.x) * v.ratio)
    const to = Math.min(width + 1, (xOfTime(v, step.to) - box.x) * v.ratio)
    const meaning = meaningOfStep(step)
    if (to - from >= 3) {
      const [left, right] = [Math.round(from), Math.round(to) - 1]
      slices.push({ fill: theme.meaning[meaning], x: box.x + left / v.ratio, width: (right - left) / v.ratio })
      continue
    }
    const row = meanings.indexOf(meaning) * width
    for (let column = Math.max(0, Math.floor(from)); column < Math.min(width, Math.ceil(to)); column++)
      sums[row + column]! += Math.min(to, column + 1) - Math.max(from, column)
  }
  const dots = Uint8Array.from(sums, (part) => Math.min(tall, Math.round(part * tall)))
  const fills = meanings.map((m) => theme.meaning[m])
  const items = { length: 0, at: () => null as never }
  return { shape: 'strip', lane: 0, ...box, slices, columns: { fills, width, tall, dots }, items }
}

/** Who it is, in the step; where it changes hands one sees that by the name. */
function labels(steps: readonly PathStep[], box: { y: number; height: number }, input: SceneInput): Shape[] {
  const { viewport: v, theme } = input
  const nameOf = new Map(input.lanes.map((l) => [l.id, l.name]))
  return steps.flatMap((step): Shape[] => {
    const [x0, x1] = [Math.max(v.names, xOfTime(v, step.from)), Math.min(v.width, xOfTime(v, step.to))]
    const name = nameOf.get(step.lane) ?? ''
    const room = x1 - x0 - 9
    if (x1 - x0 < labelWidth || name === '') return []
    const text =
      step.through && (name.length + step.through.length + 4) * letter < room ? `${name} → ${step.through}` : name
    const fill = theme.onMeaning[meaningOfStep(step)]
    return [{ shape: 'text', x: x0 + 5, y: box.y + box.height / 2, text, fill, font: 'label', maxWidth: room }]
  })
}

/** On the lanes: a bar under what is on the path, the veil over what is not. */
export function pathMarks(placed: readonly Placed[], input: SceneInput): Shape[] {
  const { path, lit, viewport: v, theme } = input
  if (!path) return []
  const byLane = new Map<number, [number, number][]>()
  for (const { lane, from, to } of inView(path, input)) {
    const x0 = snap(Math.max(v.names, xOfTime(v, from)), v.ratio)
    const x1 = Math.max(x0 + 1, snap(Math.min(v.width, xOfTime(v, to)), v.ratio))
    const spans = byLane.get(lane) ?? []
    const last = spans.at(-1)
    if (last && x0 - last[1] < 1) last[1] = x1
    else spans.push([x0, x1])
    byLane.set(lane, spans)
  }
  const shapes: Shape[] = []
  const start = Math.max(v.names, xOfTime(v, path.from))
  const stop = Math.min(v.width, xOfTime(v, path.to))
  for (const { row, y } of placed) {
    const lane = laneOf(row)
    if (!lane) continue
    const spans = byLane.get(lane.id) ?? []
    let from = start
    for (const [x0, x1] of [...spans, [stop, stop] as const]) {
      if (!lit && x0 > from)
        shapes.push({ shape: 'rect', x: from, y, width: x0 - from, height: row.height, fill: theme.page.veil })
      from = Math.max(from, x1)
    }
    for (const [x0, x1] of spans)
      shapes.push({
        shape: 'rect',
        x: x0,
        y: y + row.height - barHeight - 1,
        width: x1 - x0,
        height: barHeight,
        fill: theme.page.ink,
      })
  }
  return shapes
}

/** From lane to lane, where the path changes hands. */
export function pathTurns(input: SceneInput, placeOfLane: (lane: number) => LanePlace | null): Shape[] {
  const { path, viewport: v, theme } = input
  if (!path) return []
  const steps = inView(path, input)
  const turns = steps.flatMap((step, i) =>
    i > 0 && steps[i - 1]!.lane !== step.lane ? [[steps[i - 1]!, step] as const] : [],
  )
  if (turns.length > mostTurns) return []
  return turns.flatMap(([a, b]): Shape[] => {
    const [from, to] = [placeOfLane(a.lane), placeOfLane(b.lane)]
    if (!from || !to) return []
    const bottom = ({ middle, height }: LanePlace) => middle + height / 2 - 1 - barHeight / 2
    const x = snap(xOfTime(v, b.from), v.ratio)
    return [{ shape: 'line', x0: x, x1: x, y0: bottom(from), y1: bottom(to), stroke: theme.page.ink, lineWidth: 1.5 }]
  })
}
