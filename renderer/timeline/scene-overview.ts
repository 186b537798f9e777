// The strip on top: how much all threads and tasks waited over the whole run, by meaning, below it how many ran, and the
// frame that is the view. In: two answers over the run. Out: columns and the frame. Invariant: the height of a colour is its share of the
// time of those that lived then; what is left is running.
import type { Lane, Parallelism, Window } from '../../wire/api.ts'
import { actorClasses } from '../../wire/meanings.ts'
import type { Shape } from './display-list.ts'
import { overviewHeight, type SceneInput } from './scene-input.ts'
import { few, mostRunners, runnersHeight, runnersShapes } from './scene-runners.ts'
import { plotWidth, snap } from './viewport.ts'
import { count, duration } from '../format.ts'

const pad = 4
/** windowPx: of the strip of waits */
const waitsHeight = overviewHeight - runnersHeight
const classes = actorClasses.length
/** narrower, and the frame could not be seen or gripped */
const narrowest = 6

/** runTime over the strip: 0 … end */
export const overviewX = ({ viewport: v, end }: Pick<SceneInput, 'viewport' | 'end'>, runTime: number) =>
  v.names + (runTime / Math.max(1, end)) * plotWidth(v)
export const overviewTime = ({ viewport: v, end }: Pick<SceneInput, 'viewport' | 'end'>, windowPx: number) =>
  ((windowPx - v.names) / plotWidth(v)) * Math.max(1, end)

export function overviewShapes(input: SceneInput): Shape[] {
  const { viewport: v, theme, end, overview } = input
  const { page } = theme
  const shapes: Shape[] = [
    {
      shape: 'rect',
      x: 0,
      y: 0,
      width: v.width,
      height: overviewHeight,
      fill: page.raised,
      target: { what: 'overview', grip: 'outside' },
    },
  ]
  if (overview && end > 0) {
    const lanes = new Map(input.lanes.map((l) => [l.id, l]))
    const columns = columnsOf(overview, (id) => lanes.get(id))
    const room = waitsHeight - 2 * pad
    const perColumn = (overview.to - overview.from) / overview.width
    for (let c = 0; c < columns.length; c++) {
      const column = columns[c]!
      if (!column.alive) continue
      const x0 = snap(overviewX(input, overview.from + c * perColumn), v.ratio)
      const x1 = snap(overviewX(input, overview.from + (c + 1) * perColumn), v.ratio)
      if (x1 <= x0 || x0 >= v.width) continue
      let y = waitsHeight - pad
      shapes.push({ shape: 'rect', x: x0, y: pad, width: x1 - x0, height: room, fill: theme.meaning.running })
      for (const [k, meaning] of actorClasses.entries()) {
        const tall = Math.min(y - pad, column.share[k]! * room)
        if (tall <= 0) continue
        y -= tall
        shapes.push({ shape: 'rect', x: x0, y, width: x1 - x0, height: tall, fill: theme.meaning[meaning] })
      }
    }
  }
  const xOf = (runTime: number) => overviewX(input, runTime)
  if (end > 0) shapes.push(...runnersShapes(input.runners, waitsHeight, xOf, input))
  const middle = Math.min(v.width - 2, Math.max(v.names + 2, overviewX(input, (v.from + v.to) / 2)))
  let from = Math.max(v.names, overviewX(input, v.from))
  let to = Math.min(v.width, overviewX(input, v.to))
  if (to - from < narrowest) [from, to] = [middle - narrowest / 2, middle + narrowest / 2]
  const body = { y: 0, height: overviewHeight }
  shapes.push(
    { shape: 'rect', ...body, x: v.names, width: Math.max(0, from - v.names), fill: page.veil },
    { shape: 'rect', ...body, x: to, width: Math.max(0, v.width - to), fill: page.veil },
    {
      shape: 'rect',
      x: from,
      y: 1,
      width: to - from,
      height: overviewHeight - 3,
      stroke: page.accent,
      lineWidth: 1.5,
      radius: 3,
      target: { what: 'overview', grip: 'window' },
    },
    { shape: 'rect', x: from - 5, ...body, width: 8, target: { what: 'overview', grip: 'from' } },
    { shape: 'rect', x: to - 3, ...body, width: 8, target: { what: 'overview', grip: 'to' } },
    { shape: 'rect', x: 0, y: 0, width: v.names, height: overviewHeight, fill: page.raised },
    {
      shape: 'text',
      x: 10,
      y: waitsHeight / 2,
      text: `${overviewOf(input)}, ${duration(end)}`,
      fill: page.inkFaint,
      font: 'small',
    },
    ...(input.runners ? [runnersName(input.runners, input)] : []),
  )
  return shapes
}

function runnersName(runners: Parallelism, { viewport: v, theme }: SceneInput): Shape {
  const text = `running: ${few(runners.mean)} on average, at most ${mostRunners(runners)}`
  const y = waitsHeight + runnersHeight / 2
  return { shape: 'text', x: 10, y, text, fill: theme.page.inkFaint, font: 'small', maxWidth: v.names - 16 }
}

type Columns = { alive: number; share: number[] }[]
const known = new WeakMap<Window, Columns>()
function columnsOf(w: Window, laneOf: (id: number) => Lane | undefined): Columns {
  let columns = known.get(w)
  if (!columns) known.set(w, (columns = shares(w, laneOf)))
  return columns
}

/** Mean share of each class over the threads and tasks alive in each pixel column of the answer. */
function shares(w: Window, laneOf: (id: number) => Lane | undefined): Columns {
  const columns = Array.from({ length: w.width }, () => ({ alive: 0, share: actorClasses.map(() => 0) }))
  const perColumn = (w.to - w.from) / w.width
  for (const [index, id] of w.lanes.entries()) {
    const lane = laneOf(id)
    if (!lane) continue
    const born = Math.max(0, Math.floor((lane.start - w.from) / perColumn))
    const gone = Math.min(w.width - 1, Math.floor(((lane.end ?? w.end) - w.from) / perColumn))
    for (let c = born; c <= gone; c++) columns[c]!.alive++
    for (let i = w.first[index]!; i < w.first[index + 1]!; i++) {
      const [x0, x1] = [Math.max(0, w.x0[i]!), Math.min(w.width, w.x1[i]!)]
      for (let c = Math.floor(x0); c < Math.min(w.width, Math.ceil(x1)); c++) {
        const part = Math.min(x1, c + 1) - Math.max(x0, c)
        for (let k = 0; k < classes; k++) columns[c]!.share[k]! += (part * w.share[i * classes + k]!) / 65535
      }
    }
  }
  for (const column of columns) if (column.alive) for (let k = 0; k < classes; k++) column.share[k]! /= column.alive
  return columns
}

/** "all threads", or how many of them: the overview asks for no more than it can draw in time */
function overviewOf({ overview, threads, tasks }: SceneInput): string {
  const whose = tasks > 0 ? 'threads and tasks' : 'threads'
  return overview && overview.lanes.length < threads + tasks
    ? `${overview.lanes.length} of ${count(threads + tasks)} ${whose}`
    : `all ${whose}`
}
