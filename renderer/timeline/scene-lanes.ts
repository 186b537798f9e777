// Rows → shapes: the name column and the plot of each visible lane. In: rows (layout), answers, names of wide slices.
// Out: shapes for the two columns. Invariants: before a thread starts and after it ends there is nothing; what was still open
// when the trace ended is hatched.
import type { Lane } from '../../wire/api.ts'
import { sliceKinds, type SliceKind } from '../../wire/kinds.ts'
import { holdClasses, meaningOf } from '../../wire/meanings.ts'
import type { Box, Shape } from './display-list.ts'
import { type Row } from './layout.ts'
import { groundShapes } from './scene-ground.ts'
import { foldShapes, groupShapes, moreShapes, nameShapes } from './scene-names.ts'
import { pathShapes } from './scene-path.ts'
import { processShapes } from './scene-process.ts'
import { countShapes } from './scene-count.ts'
import type { SceneInput } from './scene-input.ts'
import { isCount, Items, strip, type LaneAnswer } from './strip.ts'
import { xOfTime } from './viewport.ts'
import { shortLabel } from './words.ts'

/** windowPx between the lane's edge and its slices */
const inset = 2
/** narrower than this, a slice has no label */
export const labelWidth = 40
const labelHeight = 13
/** windowPx a letter of a label, about */
const letter = 6.1
/** class of the shares of a loop's items: steps that block it */
const stallClass = holdClasses.indexOf('waitLock')
const flagWidth = 9

export function laneShapes(row: Row, y: number, input: SceneInput): { names: Shape[]; plot: Shape[] } {
  if (row.kind === 'group') return groupShapes(row, y, input)
  if (row.kind === 'process') return processShapes(row, y, input)
  if (row.kind === 'fold') return foldShapes(row, y, input)
  if (row.kind === 'more') return moreShapes(row, y, input)
  if (row.kind === 'path') return pathShapes(row, y, input)
  const { names, plot } = plotShapes(row, y, input)
  return { names: [...nameShapes(row, y, input), ...names], plot }
}

function plotShapes({ lane, sub, height }: Row & { kind: 'lane' }, y: number, input: SceneInput) {
  const { viewport: v, theme } = input
  // while it is recorded nobody says of a process that ended what it let go
  const death = input.endings.get(lane.process)?.at
  const right = death == null ? v.width : Math.min(v.width, Math.max(v.names, xOfTime(v, death)))
  const box = { x: v.names, y: y + inset, width: right - v.names, height: height - 2 * inset }
  const answer = input.answerOf(lane.id)
  const shapes = groundShapes(lane, sub, box, answer, input)
  const names: Shape[] = []
  if (answer) {
    if (isCount(lane)) {
      const queue = countShapes(lane, new Items(answer, v), box, input)
      shapes.push(...queue.plot)
      names.push(...queue.names)
    }
    const drawn = strip(lane, answer, box, v, theme)
    shapes.push(drawn)
    if (lane.kind === 'loop') shapes.push(...stallMarks(drawn.items as Items, y, input))
    if (!isCount(lane)) shapes.push(...labels(lane, answer, drawn.items as Items, box, input))
  }
  return { names, plot: shapes }
}

/** A line in ink over every step that blocks the loop, and a flag where it would be too narrow to be seen. */
function stallMarks(items: Items, y: number, { viewport: v, theme }: SceneInput): Shape[] {
  const fill = theme.page.ink
  const marks: Shape[] = []
  for (let i = 0; i < items.length; i++) {
    if (items.share(i, stallClass) === 0) continue
    const [x0, x1] = [Math.max(v.names, items.x0(i)), Math.min(v.width, items.x1(i))]
    if (x1 < v.names || x0 > v.width) continue
    if (x1 - x0 >= flagWidth) marks.push({ shape: 'rect', x: x0, y, width: x1 - x0, height: 2, fill })
    else {
      const x = (x0 + x1) / 2
      marks.push({
        shape: 'path',
        d: `M${x - flagWidth / 2},${y}h${flagWidth}l${-flagWidth / 2},6z`,
        fill,
        halo: theme.page.surface,
      })
    }
  }
  return marks
}

/** Words inside slices that are wide enough, hatches over those that never ended. */
function labels(lane: Lane, answer: LaneAnswer, items: Items, box: Box, input: SceneInput): Shape[] {
  const { viewport: v, theme, end, recording } = input
  const shapes: Shape[] = []
  const askedPx = (answer.window.to - answer.window.from) / answer.window.width
  for (let i = 0; i < items.length; i++) {
    if (!items.exact(i)) continue
    const [x0, x1] = [Math.max(v.names, items.x0(i)), Math.min(box.x + box.width, items.x1(i))]
    const last = !recording && i === items.length - 1 && items.at(i).to >= end - 2 * askedPx
    if (x1 - x0 < labelWidth && !last) continue
    const item = items.at(i)
    const known = input.labelOf(lane, item)
    if (last && known?.slice.open) {
      const what = 'open when the trace ended'
      shapes.push({
        shape: 'hatch',
        x: x0,
        y: box.y,
        width: x1 - x0,
        height: box.height,
        stroke: theme.page.hatch,
        what,
      })
    }
    if (x1 - x0 < labelWidth || box.height < labelHeight) continue
    const kind = item.kind as SliceKind
    const room = x1 - x0 - 9
    const long = known?.label.text ?? shortLabel(kind, item.value)
    const text = known && long.length * letter > room ? known.label.name : long
    // half a figure would be another one
    const whole = kind === sliceKinds.sleep ? long : kind === sliceKinds.stall ? text : ''
    if (whole.length * letter * 1.12 > room) continue
    const fill = kind === sliceKinds.sleep ? theme.page.inkQuiet : theme.onMeaning[meaningOf[kind] ?? 'running']
    shapes.push({
      shape: 'text',
      x: x0 + 5,
      y: box.y + box.height / 2,
      text,
      fill,
      font: 'label',
      maxWidth: room,
      lane: lane.id,
    })
  }
  return shapes
}
