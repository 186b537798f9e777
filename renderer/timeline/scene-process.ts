// The row of a process: its name in its place in the tree, how it ended, and over time its life. In: a row, its answers.
// Out: shapes for the two columns. A folded process shows its first thread instead of its life, so that 200 of them still
// say when each worked and waited; a program that is no Python is a bare life.
//
//   ▾ app.py (4711)              ────────────────────────────────────────
//     ▸ worker-1 (4712)  exit 0       ▒▒▒▒▒██▒▒▒▒▒██▒▒▒▒▒▒
//     ▸ worker-2 (4713) SIGKILL       ▒▒▒▒▒▒▒▒▒▌SIGKILL
import { endingOf } from '../process-tree.ts'
import type { Box, Shape, Target } from './display-list.ts'
import { processHeight, type Row } from './layout.ts'
import { groundShapes } from './scene-ground.ts'
import type { SceneInput } from './scene-input.ts'
import { indentStep, letter, nameX, shorter, triangle } from './scene-names.ts'
import { strip } from './strip.ts'
import { snap, xOfTime } from './viewport.ts'

type ProcessRow = Row & { kind: 'process' }
const lifeHeight = 6

export function processShapes(row: ProcessRow, y: number, input: SceneInput): { names: Shape[]; plot: Shape[] } {
  const { viewport: v, theme } = input
  const { page } = theme
  const { process, open } = row
  const target: Target = {
    what: 'process',
    process: process?.id ?? 0,
    key: row.key,
    opens: open === null ? null : !open,
  }
  const ground = { y, height: processHeight, fill: page.raised, target }
  const line = { shape: 'line', y0: y + 0.5, y1: y + 0.5, stroke: page.hairline } as const
  const middle = y + processHeight / 2
  const x = nameX + row.depth * indentStep
  const ending = process ? endingOf(process) : null
  const room = v.names - x - 16 - (ending?.text.length ?? 0) * letter.small
  const names: Shape[] = [
    { shape: 'rect', x: 0, width: v.names, ...ground },
    { ...line, x0: 0, x1: v.names },
    { shape: 'text', x, y: middle, text: row.title, fill: page.ink, font: 'group', maxWidth: room },
  ]
  if (open !== null) names.push({ shape: 'path', d: triangle(x - 12, middle, open), fill: page.inkFaint })
  const used = row.title.length * letter.group + 7
  const pid = process && shorter(`(${process.pid})`, '(', Math.floor((room - used) / letter.small))
  if (pid) names.push({ shape: 'text', x: x + used, y: middle, text: pid, fill: page.inkFaint, font: 'small' })
  if (ending?.text)
    names.push({
      shape: 'text',
      x: v.names - 10,
      y: middle,
      text: ending.text,
      fill: ending.grave ? theme.meaning.waitLock : page.inkFaint,
      font: ending.grave ? 'label' : 'small',
      align: 'right',
    })
  const plot: Shape[] = [
    { shape: 'rect', x: v.names, width: v.width - v.names, ...ground },
    { ...line, x0: v.names, x1: v.width },
    ...lifeShapes(row, y, input),
  ]
  return { names, plot }
}

function lifeShapes(row: ProcessRow, y: number, input: SceneInput): Shape[] {
  const { viewport: v, theme, end } = input
  const { process, lane, open } = row
  const plotBox = (height: number): Box => ({
    x: v.names,
    y: y + (processHeight - height) / 2,
    width: v.width - v.names,
    height,
  })
  const shapes: Shape[] = []
  if (lane && lane.kind !== 'process') {
    const box = plotBox(processHeight - 10)
    const answer = input.answerOf(lane.id)
    shapes.push(...groundShapes(lane, 0, box, answer, input))
    if (answer) shapes.push(strip(lane, answer, box, v, theme))
  } else {
    const box = plotBox(open === null ? processHeight - 10 : lifeHeight)
    const born = process?.start ?? lane?.start
    if (born !== undefined) {
      const x0 = snap(Math.max(v.names - 4, xOfTime(v, born)), v.ratio)
      const gone = process?.end ?? lane?.end ?? end
      const x1 = snap(Math.min(v.width + 4, xOfTime(v, gone)), v.ratio)
      const fill = theme.meaning.running
      if (x1 > v.names && x0 < v.width) {
        if (process?.end === null && (process.ended === 'cut' || process.ended === 'unseen'))
          shapes.push({ shape: 'hatch', ...box, x: x0, width: x1 - x0, stroke: theme.page.hatch, what: 'end not seen' })
        else
          shapes.push({
            shape: 'rect',
            ...box,
            x: x0,
            width: Math.max(2, x1 - x0),
            fill,
            radius: open === null ? 2 : 3,
          })
      }
    }
    const answer = lane && input.answerOf(lane.id)
    // what is drawn is said by the row above; the slice is there to be hit
    if (lane && answer) shapes.push({ ...strip(lane, answer, box, v, theme), slices: [] })
  }
  if (process) shapes.push(...endShapes(row, y, input))
  return shapes
}

/** Where it was killed or failed. */
function endShapes({ process }: ProcessRow, y: number, { viewport: v, theme }: SceneInput): Shape[] {
  const ending = endingOf(process!)
  if (!ending.grave || process!.end === null) return []
  const x = snap(xOfTime(v, process!.end), v.ratio)
  if (x < v.names || x > v.width) return []
  const middle = y + processHeight / 2
  const fill = theme.meaning.waitLock
  const room = x + 8 + ending.text.length * letter.small < v.width
  const mark: Shape = { shape: 'rect', x: x - 1, y: middle - 9, width: 3, height: 18, fill }
  // without room the name column says it
  return room ? [mark, { shape: 'text', x: x + 7, y: middle, text: ending.text, fill, font: 'label' }] : [mark]
}
