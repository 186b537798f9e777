// What proves a finding, lit: its slices stay as they are in a frame of ink, everything else is under a veil. In: rows on
// the screen and what is lit. Out: shapes over the slices, a bar beside the names, and arrows from who waits to who could
// let it go on. Invariants: a row that is lit is never under the veil, however narrow it is; a number is that of the row
// in the list of evidence; an arrow whose lane is not on the timeline is not drawn.
import type { Shape } from './display-list.ts'
import { laneOf } from './layout.ts'
import type { Placed } from './scene.ts'
import { arrow, dotAt, headAt, type LanePlace } from './scene-flows.ts'
import type { SceneInput } from './scene-input.ts'
import { snap, xOfTime } from './viewport.ts'

/** windowPx: as narrow as a frame may be */
const narrowest = 5
/** windowPx: wide enough for a number */
const numbered = 16

export function litShapes(
  placed: readonly Placed[],
  input: SceneInput,
): { names: Shape[]; plot: Shape[]; numbers: Shape[] } {
  const { lit, viewport: v, theme } = input
  const names: Shape[] = []
  const plot: Shape[] = []
  const numbers: Shape[] = []
  if (!lit) return { names, plot, numbers }
  const numberOf = new Map(lit.rows.map((r, i) => [r, i + 1]))
  for (const { row, y } of placed) {
    const lane = laneOf(row)
    if (!lane) continue
    const spans = lit.rows
      .filter((r) => r.lane === lane.id)
      .map((r) => ({ ...spanOf(r, input), number: numberOf.get(r)! }))
      .filter(({ x0, x1 }) => x1 >= v.names - narrowest && x0 <= v.width + narrowest)
      .sort((a, b) => a.x0 - b.x0)
    plot.push(...veil(spans, y, row.height, input))
    for (const { x0, x1, number } of spans) {
      const at = lit.at === number - 1
      const box = { x: x0 - 1, y: y + 1, width: x1 - x0 + 2, height: row.height - 2 }
      plot.push({ shape: 'rect', ...box, stroke: theme.page.ink, lineWidth: at ? 3 : 1.5, radius: 2 })
      if (lit.rows.length > 1 && x1 - x0 >= numbered) numbers.push(...badge(x0, y, number, at, input))
    }
    if (lit.rows.some((r) => r.lane === lane.id))
      names.push({
        shape: 'rect',
        x: 0,
        y: y + 2,
        width: 3,
        height: row.height - 4,
        fill: theme.page.accent,
        radius: 1.5,
      })
  }
  return { names, plot, numbers }
}

function spanOf({ time, dur }: { time: number; dur: number }, { viewport: v, end }: SceneInput) {
  const to = Math.min(Math.max(end, time), time + dur)
  const [x0, x1] = [snap(xOfTime(v, time), v.ratio), snap(xOfTime(v, to), v.ratio)]
  const wider = Math.max(0, narrowest - (x1 - x0)) / 2
  return { x0: Math.max(v.names - narrowest, x0 - wider), x1: Math.min(v.width + narrowest, x1 + wider) }
}

/** Between the spans; they are in order and may overlap. */
function veil(spans: readonly { x0: number; x1: number }[], y: number, height: number, input: SceneInput): Shape[] {
  const { viewport: v, theme } = input
  const shapes: Shape[] = []
  let from = v.names
  for (const { x0, x1 } of [...spans, { x0: v.width, x1: v.width }]) {
    if (x0 > from) shapes.push({ shape: 'rect', x: from, y, width: x0 - from, height, fill: theme.page.veil })
    from = Math.max(from, x1)
  }
  return shapes
}

/** At the left end of the slice, or of what of it is on the screen. */
function badge(x0: number, y: number, number: number, at: boolean, { viewport: v, theme }: SceneInput): Shape[] {
  const { page } = theme
  const text = String(number)
  const width = 9 + text.length * 6
  const x = Math.max(v.names, x0) - (x0 > v.names + width ? width / 2 : -2)
  return [
    { shape: 'rect', x, y: y - 2, width, height: 14, radius: 7, fill: at ? page.accent : page.ink },
    {
      shape: 'text',
      x: x + width / 2,
      y: y + 5,
      text,
      fill: at ? page.onAccent : page.surface,
      font: 'small',
      align: 'center',
    },
  ]
}

/** In the time in which all of them wait, side by side, so that a ring is seen to close. */
export function waitArrows(input: SceneInput, placeOfLane: (lane: number) => LanePlace | null): Shape[] {
  const { lit, viewport: v, theme, end } = input
  const parties = lit?.parties ?? []
  const pairs = parties.flatMap((p) => p.needs.map(({ party }) => [p, parties[party]!] as const))
  if (pairs.length === 0) return []
  const since = Math.max(...parties.map((p) => p.time))
  const until = Math.max(since, Math.min(end, ...lit!.rows.map((r) => r.time + r.dur)))
  const [left, right] = [Math.max(v.names, xOfTime(v, since)), Math.min(v.width, xOfTime(v, until))]
  const step = Math.max(0, right - left) / (pairs.length + 1)
  const { page } = theme
  return pairs.flatMap(([waiter, holder], i): Shape[] => {
    const [from, to] = [placeOfLane(waiter.lane), placeOfLane(holder.lane)]
    const x = left + step * (i + 1)
    if (!from || !to || from.middle === to.middle || right < v.names || left > v.width) return []
    const { d, tip, angle } = arrow(x, from, x, to, i % 2 ? 1 : -1)
    return [
      { shape: 'path', d, stroke: page.flow, lineWidth: 2.2, halo: page.surface },
      { shape: 'path', d: headAt(tip, angle), fill: page.flow, halo: page.surface },
      { shape: 'path', d: dotAt(x, from.middle), fill: page.flow, halo: page.surface },
    ]
  })
}
