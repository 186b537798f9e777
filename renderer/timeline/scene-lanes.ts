// Rows → shapes: the name column and the plot of each visible lane. In: rows (layout), answers, names of wide slices.
// Out: shapes for the two columns. Invariant: before a thread starts and after it ends there is nothing; running is the
// ground colour of a life; a queue is its depth; what is open or cut when a trace ended is hatched.
import { area as areaShape, curveLinear } from 'd3'
import type { Lane } from '../../wire/api.ts'
import { meaningOf, type SliceKind } from '../../wire/kinds.ts'
import { duration } from '../format.ts'
import type { Shape } from './display-list.ts'
import { groupHeight, type Row } from './layout.ts'
import type { SceneInput } from './scene.ts'
import { Items, strip } from './strip.ts'
import { snap, xOfTime } from './viewport.ts'
import { shortLabel } from './words.ts'

/** windowPx between the lane's edge and its slices */
const inset = 2
/** narrower than this, a slice has no label */
export const labelWidth = 44

export function laneShapes(row: Row, y: number, input: SceneInput): { names: Shape[]; plot: Shape[] } {
  if (row.kind === 'group') return group(row, y, input)
  if (row.kind === 'idle') return idle(row, y, input)
  return { names: nameColumn(row, y, input), plot: lanePlot(row.lane, y, row.height, input) }
}

function group(row: Row & { kind: 'group' }, y: number, { viewport: v, theme }: SceneInput) {
  const { page } = theme
  const target = { what: 'group', key: row.key } as const
  const names: Shape[] = [
    { shape: 'rect', x: 0, y, width: v.names, height: groupHeight, fill: page.raised, target },
    { shape: 'path', d: triangle(10, y + 13, row.open), fill: page.inkFaint },
    { shape: 'text', x: 22, y: y + 13, text: row.title, fill: page.ink, font: 'group', maxWidth: v.names - 66 },
    {
      shape: 'text',
      x: v.names - 10,
      y: y + 13,
      text: String(row.count),
      fill: page.inkFaint,
      font: 'small',
      align: 'right',
    },
  ]
  const plot: Shape[] = [
    { shape: 'rect', x: v.names, y, width: v.width - v.names, height: groupHeight, fill: page.raised, target },
  ]
  return { names, plot }
}

function idle(row: Row & { kind: 'idle' }, y: number, { viewport: v, theme }: SceneInput) {
  const target = { what: 'idle', key: row.key } as const
  const names: Shape[] = [
    { shape: 'rect', x: 0, y, width: v.names, height: row.height, target },
    { shape: 'path', d: triangle(10, y + row.height / 2, row.open), fill: theme.page.inkFaint },
    {
      shape: 'text',
      x: 22,
      y: y + row.height / 2,
      text: row.text,
      fill: theme.page.inkFaint,
      font: 'small',
      maxWidth: v.names - 30,
    },
  ]
  return { names, plot: [] }
}

const triangle = (x: number, y: number, open: boolean) =>
  open ? `M${x - 1},${y - 2}h8l-4,5z` : `M${x},${y - 4}v8l5,-4z`

function nameColumn(row: Row & { kind: 'lane' }, y: number, input: SceneInput): Shape[] {
  const { viewport: v, theme, end, pinned, hoverLane, selection, largestWait } = input
  const { lane, sub, height } = row
  const { page } = theme
  const middle = y + 11
  const on = selection?.lane === lane.id
  const shapes: Shape[] = [
    {
      shape: 'rect',
      x: 0,
      y,
      width: v.names,
      height,
      fill: on ? page.wash : undefined,
      target: { what: 'lane', lane: lane.id },
    },
  ]
  if (sub > 0) {
    shapes.push({ shape: 'text', x: 30, y: middle, text: `and ${sub} more held`, fill: page.inkFaint, font: 'small' })
    return shapes
  }
  const life = Math.max(1, (lane.end ?? end) - lane.start)
  const share = Math.min(1, lane.waited / (lane.kind === 'thread' ? life : Math.max(1, largestWait)))
  const barX = v.names - 118
  if (lane.waited > 0) {
    shapes.push(
      { shape: 'rect', x: barX, y: middle - 2, width: 44, height: 4, fill: page.hairline, radius: 2 },
      {
        shape: 'rect',
        x: barX,
        y: middle - 2,
        width: Math.max(2, 44 * share),
        height: 4,
        fill: page.inkFaint,
        radius: 2,
      },
      {
        shape: 'text',
        x: v.names - 10,
        y: middle,
        text: duration(lane.waited),
        fill: page.inkQuiet,
        font: 'small',
        align: 'right',
      },
    )
  }
  const room = (lane.waited > 0 ? barX : v.names) - 32
  const name = lane.name || `${lane.objectKind} ${lane.object}`
  const gone = lane.kind === 'thread' && lane.end !== null
  const used = Math.min(room, name.length * 6.6 + 8)
  shapes.push({
    shape: 'text',
    x: 22,
    y: middle,
    text: name,
    fill: gone ? page.inkQuiet : page.ink,
    font: 'name',
    maxWidth: room,
    lane: lane.id,
  })
  if (lane.site && height > 30)
    shapes.push({
      shape: 'text',
      x: 22,
      y: y + 26,
      text: lane.site,
      fill: page.inkFaint,
      font: 'small',
      maxWidth: room,
    })
  else if (lane.site && room - used > 34)
    shapes.push({
      shape: 'text',
      x: 22 + used,
      y: middle,
      text: lane.site,
      fill: page.inkFaint,
      font: 'small',
      maxWidth: room - used,
    })
  if (pinned.includes(lane.id) || hoverLane === lane.id) {
    const held = pinned.includes(lane.id)
    shapes.push(
      {
        shape: 'path',
        d: `M10,${middle - 5}h5v4l1.5,2h-3.5v4.5h-1v-4.5h-3.5l1.5,-2z`,
        fill: held ? page.accent : page.inkFaint,
      },
      { shape: 'rect', x: 4, y, width: 16, height: 22, target: { what: 'pin', lane: lane.id } },
    )
  }
  return shapes
}

function lanePlot(lane: Lane, y: number, height: number, input: SceneInput): Shape[] {
  const { viewport: v, theme, end, recording, answerOf } = input
  const shapes: Shape[] = []
  const box = { x: v.names, y: y + inset, width: v.width - v.names, height: height - 2 * inset }
  const born = Math.max(v.names, xOfTime(v, lane.start))
  const gone = Math.min(v.width, xOfTime(v, lane.end ?? end))
  if (lane.kind === 'thread' && gone > v.names && born < v.width)
    shapes.push({
      shape: 'rect',
      x: snap(born, v.ratio),
      y: box.y,
      width: Math.max(1 / v.ratio, snap(gone, v.ratio) - snap(born, v.ratio)),
      height: box.height,
      fill: theme.meaning.running,
    })
  else if (lane.kind !== 'queue' && gone > born)
    shapes.push({
      shape: 'line',
      x0: born,
      x1: gone,
      y0: y + height / 2,
      y1: y + height / 2,
      stroke: theme.page.hairline,
    })
  const answer = answerOf(lane.id)
  if (answer) {
    if (lane.kind === 'queue') shapes.push(...queueDepth(lane, new Items(answer, v), box, input))
    const drawn = strip(lane, answer, box, v, theme)
    shapes.push(drawn)
    const exactShare = drawn.items.length
    for (let i = 0; i < exactShare; i++) {
      const item = drawn.items as Items
      if (!item.exact(i) || item.x1(i) - item.x0(i) < 3) continue
      const [x0, x1] = [Math.max(v.names, item.x0(i)), Math.min(v.width, item.x1(i))]
      const at = item.at(i)
      if (
        !recording &&
        lane.end === null &&
        at.to >= end - (answer.window.to - answer.window.from) / answer.window.width &&
        lane.kind !== 'queue'
      )
        shapes.push({
          shape: 'hatch',
          x: x0,
          y: box.y,
          width: x1 - x0,
          height: box.height,
          stroke: theme.page.hatch,
          what: 'open when the trace ended',
        })
      if (x1 - x0 < labelWidth) continue
      const meaning = meaningOf[item.kind(i) as SliceKind] ?? 'running'
      const text = input.labelOf(lane, at) ?? shortLabel(at.kind as SliceKind, at.value)
      if (lane.kind === 'queue') continue
      shapes.push({
        shape: 'text',
        x: x0 + 5,
        y: y + 11,
        text,
        fill: theme.onMeaning[meaning],
        font: 'label',
        maxWidth: x1 - x0 - 9,
        lane: lane.id,
      })
    }
  }
  if (!recording && lane.kind === 'thread' && lane.end === null && gone < v.width && gone >= v.names)
    shapes.push({
      shape: 'hatch',
      x: gone,
      y: box.y,
      width: Math.min(14, v.width - gone),
      height: box.height,
      stroke: theme.page.hatch,
      what: 'cut: this thread never said good-bye',
    })
  return shapes
}

/** An area chart in steps. Bounded queues: the line is the bound, and the band on top is where it was full. */
function queueDepth(
  lane: Lane,
  items: Items,
  box: { x: number; y: number; width: number; height: number },
  input: SceneInput,
): Shape[] {
  const { viewport: v, theme } = input
  const bottom = box.y + box.height
  let most = 0
  for (let i = 0; i < items.length; i++) most = Math.max(most, items.value(i))
  const bounded = lane.capacity > 0 && most * 8 >= lane.capacity
  const scale = Math.max(1, bounded ? Math.max(lane.capacity, most) : most)
  const room = box.height - 4
  const yOf = (value: number) => bottom - (value / scale) * room
  const points: [number, number][] = []
  const full: number[] = []
  let last = -1
  for (let i = 0; i < items.length; i++) {
    const [x0, x1] = [Math.max(v.names - 2, items.x0(i)), Math.min(v.width + 2, items.x1(i))]
    if (last >= 0 && x0 - last > 0.5) points.push([last, 0], [x0, 0])
    else if (last < 0) points.push([x0, 0])
    points.push([x0, items.value(i)], [x1, items.value(i)])
    if (lane.capacity > 0 && items.share(i, 3) > 0) full.push(x0, Math.max(1 / v.ratio, x1 - x0))
    last = x1
  }
  if (last >= 0) points.push([last, 0])
  const shapes: Shape[] = []
  const colour = theme.meaning.waitQueue
  const d = areaShape<[number, number]>(
    (p) => round(p[0]),
    bottom,
    (p) => round(yOf(p[1])),
  ).curve(curveLinear)(points)
  if (d)
    shapes.push(
      { shape: 'path', d, fill: colour, alpha: 0.3 },
      { shape: 'path', d: topLine(points, yOf), stroke: colour, lineWidth: 1.2 },
    )
  if (bounded) {
    const at = snap(yOf(lane.capacity), v.ratio)
    shapes.push({ shape: 'line', x0: v.names, x1: v.width, y0: at, y1: at, stroke: theme.page.inkFaint, dash: [3, 3] })
    if (full.length) shapes.push({ shape: 'path', d: bands(full, at, 3), fill: theme.meaning.holdContended })
  }
  const text = lane.capacity > 0 ? `most ${most} of ${lane.capacity}` : `most ${most}`
  if (items.length)
    shapes.push({
      shape: 'text',
      x: v.width - 8,
      y: box.y + 8,
      text,
      fill: theme.page.inkQuiet,
      font: 'small',
      align: 'right',
    })
  return shapes
}
const round = (n: number) => Math.round(n * 10) / 10
const topLine = (points: [number, number][], yOf: (n: number) => number) =>
  points.map(([x, value], i) => `${i ? 'L' : 'M'}${round(x)},${round(yOf(value))}`).join('')
const bands = (list: number[], y: number, height: number) => {
  let d = ''
  for (let i = 0; i < list.length; i += 2)
    d += `M${round(list[i]!)},${y}h${round(list[i + 1]!)}v${height}h${-round(list[i + 1]!)}z`
  return d
}
