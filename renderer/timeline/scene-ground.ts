// What lies under the slices of a lane: the life of a thread or task, the existence of an object. In: a lane, its answer.
// Out: shapes. Invariants: running is drawn only where it is known. What has not been answered yet is grey; of a process
// that was killed or crashed, what came after the last thing it was seen to do is hatched: it may have run, or been dead.
//
//   born ┌ running ┬─ slices ─┬ running ┐ answered so far ┌ grey ┐ end
//   born ┌ running ┬─ slices ─┐ last seen │/ / / hatched / / / / / /│ end, or when its process was seen to have been cut
import type { Lane } from '../../wire/api.ts'
import type { Box, Shape, Target } from './display-list.ts'
import type { SceneInput } from './scene-input.ts'
import { isActor, isCount, type LaneAnswer } from './strip.ts'
import { snap, xOfTime } from './viewport.ts'

/** windowPx that the hatch of a cut thread reaches beyond the end */
const cutWidth = 14
export const cutWords = 'not known: its process was killed or crashed'

export function groundShapes(lane: Lane, sub: number, box: Box, answer: LaneAnswer | null, input: SceneInput): Shape[] {
  const { viewport: v, theme, end } = input
  const born = Math.max(v.names - 1, xOfTime(v, lane.start))
  const ending = input.endings.get(lane.process)
  const death = ending?.at ?? null
  const gone = Math.min(v.width + 1, xOfTime(v, lane.end ?? death ?? end))
  if (isCount(lane) || gone < born) return []
  if (!isActor(lane) || sub > 0) {
    const middle = snap(box.y + box.height / 2, v.ratio) + 0.5 / v.ratio
    return [{ shape: 'line', x0: born, x1: gone, y0: middle, y1: middle, stroke: theme.page.hairline }]
  }
  const shapes: Shape[] = []
  const rect = (x0: number, x1: number, fill: string, target?: Target) => {
    const [left, right] = [snap(Math.max(born, x0), v.ratio), snap(Math.min(gone, x1), v.ratio)]
    const width = Math.max(1 / v.ratio, right - left)
    if (x1 > x0 && right >= left && left < v.width && right >= v.names)
      shapes.push({ shape: 'rect', x: left, y: box.y, width, height: box.height, fill, target })
  }
  const seen = lane.end === null && ending?.cut ? lastSeen(lane, answer, input) : null
  const hatchFrom = seen === null ? Infinity : Math.max(born, xOfTime(v, seen))
  const from = answer ? xOfTime(v, answer.window.from) : Infinity
  const to = answer ? Math.min(hatchFrom, xOfTime(v, answeredTo(answer))) : -Infinity

  rect(born, from, theme.page.grid)
  rect(from, Math.max(to, born + 1 / v.ratio), theme.meaning.running, { what: 'running', lane: lane.id })
  rect(Math.max(to, from), gone, theme.page.grid)
  const right = Math.min(v.width, death === null ? xOfTime(v, end) + cutWidth : xOfTime(v, death))
  if (hatchFrom < right) {
    const { hatch } = theme.page
    const x = Math.max(v.names, hatchFrom)
    shapes.push({ shape: 'hatch', x, y: box.y, width: right - x, height: box.height, stroke: hatch, what: cutWords })
  }
  return shapes
}

/** ns; an answer that is about to be asked again (end < 0) still shows what it showed */
const answeredTo = ({ window: w }: LaneAnswer) => Math.min(w.to, w.end < 0 ? w.to : w.end)

/** ns: end of the last slice, exact when the answer reaches the end, else as exact as the overview; null = not known */
function lastSeen(lane: Lane, answer: LaneAnswer | null, { overview, end }: SceneInput): number | null {
  const whole = overview?.lanes.indexOf(lane.id) ?? -1
  const rough = overview && whole >= 0 ? lastIn({ window: overview, index: whole }) : null
  if (!answer || answer.window.to < end) return rough
  return lastIn(answer) ?? rough ?? lane.start
}
function lastIn({ window: w, index }: LaneAnswer): number | null {
  const [first, after] = [w.first[index]!, w.first[index + 1]!]
  return after > first ? w.from + (w.x1[after - 1]! * (w.to - w.from)) / w.width : null
}
