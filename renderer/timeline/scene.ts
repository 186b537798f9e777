// Everything on the screen as a display list. In: viewport, layout, answers, selection and arrows. Out: parts in paint
// order. Pure: the same input gives the same list. The parts, from the top:
//
//   names  │ overview: who waited over the whole run, and the frame that is the view
//   ───────┼ axis: ticks, marks, the end while recording
//   pinned │ pinned lanes, which do not scroll
//   lanes  │ lanes, under the arrows of the selection
import type { Box, DisplayList, Part, Shape } from './display-list.ts'
import { laneOf, rowOfLane, rowOver, rowsBetween, type Row } from './layout.ts'
import { axisShapes, gridShapes, frameShapes } from './scene-axis.ts'
import { flowShapes } from './scene-flows.ts'
import { laneShapes } from './scene-lanes.ts'
import { litShapes, waitArrows } from './scene-lit.ts'
import { pathMarks, pathTurns } from './scene-path.ts'
import { overviewShapes } from './scene-overview.ts'
import { air, overviewHeight, type SceneInput } from './scene-input.ts'
import { snap, xOfTime } from './viewport.ts'

/** A row on the screen: its top in windowPx. */
export interface Placed {
  row: Row
  y: number
}

export function scene(input: SceneInput): DisplayList {
  const { viewport: v, layout: l } = input
  const pinnedBottom = Math.min(v.top + l.pinnedHeight, v.top + (v.height - v.top) / 2)
  const pinnedHeight = Math.max(0, pinnedBottom - v.top)
  const body = { y: pinnedBottom, height: Math.max(0, v.height - pinnedBottom) }
  const placed = rowsBetween(l.rows, v.scroll, v.scroll + body.height).map((row) => ({
    row,
    y: body.y + row.y - v.scroll,
  }))
  const pins = l.pinned.filter((r) => r.y < pinnedHeight).map((row) => ({ row, y: v.top + row.y }))
  const plotX = { x: v.names, width: Math.max(0, v.width - v.names) }
  const left = (y: number, height: number): Box => ({ x: 0, y, width: v.names, height })
  const right = (y: number, height: number): Box => ({ ...plotX, y, height })

  const lanes = rows(placed, input)
  const pinned = rows(pins, input)
  const [lit, litPins] = [litShapes(placed, input), litShapes(pins, input)]
  const parts: Part[] = [
    {
      name: 'plot',
      clip: right(body.y, body.height),
      shapes: [
        ...gridShapes(input, body),
        ...lanes.plot,
        ...pathMarks(placed, input),
        ...lit.plot,
        ...selected(placed, input),
        ...lit.numbers,
        ...areaWash(placed, input),
      ],
    },
    {
      name: 'names',
      clip: left(body.y, body.height),
      shapes: [ground(left(body.y, body.height), input), ...lanes.names, ...lit.names],
    },
  ]
  if (pins.length > 0) {
    const box = { y: v.top, height: pinnedHeight }
    parts.push(
      {
        name: 'pinnedPlot',
        clip: right(box.y, box.height),
        shapes: [
          ground(right(box.y, box.height), input, 'zebra'),
          ...gridShapes(input, box),
          ...pinned.plot,
          ...pathMarks(pins, input),
          ...litPins.plot,
          ...selected(pins, input),
          ...litPins.numbers,
          ...areaWash(pins, input),
        ],
      },
      {
        name: 'pinnedNames',
        clip: left(box.y, box.height),
        shapes: [ground(left(box.y, box.height), input), ...pinned.names, ...litPins.names],
      },
    )
  }
  const laneById = new Map(input.lanes.map((known) => [known.id, known]))
  const placeOfLane = (lane: number) => {
    const known = laneById.get(lane)
    const found = known ? rowOver(l, known) : rowOfLane(l, lane)
    if (!found) return null
    const { y, height } = found.row
    return { middle: (found.pinned ? v.top + y : body.y + y - v.scroll) + height / 2, height }
  }
  parts.push(
    {
      name: 'arrows',
      clip: right(v.top, v.height - v.top),
      shapes: [...pathTurns(input, placeOfLane), ...flowShapes(input, placeOfLane), ...waitArrows(input, placeOfLane)],
    },
    {
      name: 'axis',
      clip: { x: 0, y: overviewHeight, width: v.width, height: v.top - overviewHeight },
      shapes: axisShapes(input),
    },
    { name: 'overview', clip: { x: 0, y: 0, width: v.width, height: overviewHeight }, shapes: overviewShapes(input) },
    {
      name: 'frame',
      clip: { x: 0, y: 0, width: v.width, height: v.height },
      shapes: frameShapes(input, pinnedHeight, { ...body, all: l.height + air }),
    },
  )
  return parts
}

const ground = (box: Box, { theme }: SceneInput, fill: 'raised' | 'zebra' = 'raised'): Shape => ({
  shape: 'rect',
  ...box,
  fill: theme.page[fill],
})

function rows(placed: Placed[], input: SceneInput): { names: Shape[]; plot: Shape[] } {
  const { viewport: v, theme } = input
  const names: Shape[] = []
  const plot: Shape[] = []
  for (const { row, y } of placed) {
    const shapes = laneShapes(row, y, input)
    names.push(...shapes.names)
    for (const s of shapes.plot) plot.push(s)
    const edge = snap(y + row.height, v.ratio) - 0.5 / v.ratio
    if (row.kind === 'lane' || row.kind === 'process')
      plot.push({ shape: 'line', x0: v.names, x1: v.width, y0: edge, y1: edge, stroke: theme.page.grid })
  }
  return { names, plot }
}

/** A frame around the selected slice. */
function selected(placed: Placed[], { selection: s, viewport: v, theme, end }: SceneInput): Shape[] {
  const at = s && placed.find((p) => laneOf(p.row)?.id === s.lane)
  if (!s || !at) return []
  const x0 = Math.max(v.names - 4, xOfTime(v, s.start))
  const x1 = Math.min(v.width + 4, xOfTime(v, s.open ? Math.max(end, s.start + s.dur) : s.start + s.dur))
  if (x1 < v.names - 4 || x0 > v.width + 4) return []
  const box = {
    x: snap(x0, v.ratio) - 1,
    y: at.y + 1,
    width: Math.max(2, snap(x1, v.ratio) - snap(x0, v.ratio)) + 1,
    height: at.row.height - 2,
  }
  return [
    {
      shape: 'rect',
      x: box.x - 2,
      y: box.y - 1.5,
      width: box.width + 4,
      height: box.height + 3,
      stroke: theme.page.surface,
      lineWidth: 3,
      radius: 4,
    },
    { shape: 'rect', ...box, stroke: theme.page.ink, lineWidth: 2, radius: 2 },
  ]
}

function areaWash(placed: Placed[], { area, viewport: v, theme }: SceneInput): Shape[] {
  if (!area) return []
  const [x0, x1] = [xOfTime(v, area.from), xOfTime(v, area.to)]
  return placed
    .filter(({ row }) => area.lanes.includes(laneOf(row)?.id ?? 0))
    .map(({ row, y }) => ({
      shape: 'rect',
      x: x0,
      y,
      width: Math.max(1, x1 - x0),
      height: row.height,
      fill: theme.page.wash,
    }))
}
