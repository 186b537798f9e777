// The name column: name, where it was made, how long was waited. In: a visible row. Out: its shapes left of the plot.
// Invariant: the bar compares like with like: for a thread or task its share of its own life, for an object the most waited-for.
import type { Lane } from '../../wire/api.ts'
import { duration } from '../format.ts'
import type { Shape } from './display-list.ts'
import { groupHeight, laneHeight, type Row } from './layout.ts'
import type { SceneInput } from './scene-input.ts'
import { isBacklog } from './sections.ts'
import { isActor, isCount } from './strip.ts'
import { objectWord } from '../words.ts'

export const nameX = 22
/** windowPx that children stand right of their parents, and tasks of their loop */
export const indentStep = 12
const bar = { width: 34, height: 4 }
/** windowPx for "412 ms"; longer ones push the bar to the left */
const usualDuration = 52
/** windowPx for "most 12.5 MiB" at the end of a second line */
const mostRoom = 96
/** windowPx a letter, about: only to see whether something fits; paint measures */
export const letter = { name: 7, small: 6, group: 8 }
/** a lane as high as this has two lines: its name and where it was made */
const twoLines = 32

export function groupShapes(row: Row & { kind: 'group' }, y: number, { viewport: v, theme }: SceneInput) {
  const { page } = theme
  const target = { what: 'fold', key: row.key, opens: !row.open } as const
  const middle = y + groupHeight / 2
  const left = nameX + row.indent * indentStep
  const box = { y, height: groupHeight, fill: page.raised, target }
  const count = String(row.count)
  const room = v.names - left - 20 - count.length * letter.small
  const used = row.title.length * letter.group + 8
  const of = row.of && shorter(row.of, ' (', Math.floor((room - used) / letter.small))
  const names: Shape[] = [
    { shape: 'rect', x: 0, width: v.names, ...box },
    { shape: 'path', d: triangle(left - 12, middle, row.open), fill: page.inkFaint },
    {
      shape: 'text',
      x: left,
      y: middle,
      text: row.title,
      fill: page.ink,
      font: 'group',
      maxWidth: room,
    },
    { shape: 'text', x: v.names - 10, y: middle, text: count, fill: page.inkFaint, font: 'small', align: 'right' },
  ]
  if (of) names.push({ shape: 'text', x: left + used, y: middle, text: of, fill: page.inkFaint, font: 'small' })
  const plot: Shape[] = [{ shape: 'rect', x: v.names, width: v.width - v.names, ...box }]
  return { names, plot }
}

export function moreShapes(row: Row & { kind: 'more' }, y: number, { viewport: v, theme }: SceneInput) {
  const line = { shape: 'text', y: y + row.height / 2, fill: theme.page.inkQuiet, font: 'small' } as const
  const why = 'Shown are the threads that live longest and the objects that were waited for most.'
  return { names: [{ ...line, x: nameX, text: row.text }], plot: [{ ...line, x: v.names + 10, text: why }] }
}

export function foldShapes(row: Row & { kind: 'fold' }, y: number, { viewport: v, theme }: SceneInput) {
  const middle = y + laneHeight / 2
  const x = nameX + row.indent * indentStep
  const { inkFaint } = theme.page
  const names: Shape[] = [
    {
      shape: 'rect',
      x: 0,
      y,
      width: v.names,
      height: row.height,
      target: { what: 'fold', key: row.key, opens: !row.open },
    },
    { shape: 'path', d: triangle(x - 12, middle, row.open), fill: inkFaint },
    {
      shape: 'text',
      x,
      y: middle,
      text: row.text,
      fill: inkFaint,
      font: 'small',
      maxWidth: v.names - x - 8,
    },
  ]
  return { names, plot: [] }
}

export const triangle = (x: number, y: number, open: boolean) =>
  open ? `M${x - 1},${y - 2}h8l-4,5z` : `M${x},${y - 4}v8l5,-4z`

export function nameShapes(row: Row & { kind: 'lane' }, y: number, input: SceneInput): Shape[] {
  const { viewport: v, theme, selection } = input
  const { lane, sub, height } = row
  const { page } = theme
  const x = nameX + row.indent * indentStep
  const on = selection?.lane === lane.id
  const middle = y + height / 2
  const place = placeOf(row)
  const two = sub === 0 && place !== '' && height >= twoLines
  // the second line of what is counted says how much it was at most
  const line = two || (isCount(lane) && lane.kind !== 'queue') ? middle - 7 : middle
  const target = { what: 'lane', lane: lane.id } as const
  const shapes: Shape[] = [{ shape: 'rect', x: 0, y, width: v.names, height, fill: on ? page.wash : undefined, target }]
  if (sub > 0) {
    const text = subWords[lane.kind]?.(sub + 1) ?? `permit ${sub + 1}`
    shapes.push({ shape: 'text', x: x + 10, y: middle, text, fill: page.inkFaint, font: 'small' })
    return shapes
  }
  const barX = v.names - 18 - Math.max(usualDuration, duration(lane.waited).length * letter.small) - bar.width
  if (lane.waited > 0) shapes.push(...waitBar(lane, barX, isCount(lane) ? line : middle, input))
  const room = (lane.waited > 0 ? barX : v.names) - x - 10
  const name = laneName(lane)
  const faint = height < laneHeight || lane.kind === 'calls'
  const gone = isActor(lane) && lane.end !== null
  const used = name.length * letter.name + 8
  shapes.push({
    shape: 'text',
    x,
    y: line,
    text: name,
    fill: gone ? page.inkQuiet : faint ? page.inkFaint : page.ink,
    font: faint ? 'small' : 'name',
    maxWidth: room,
    lane: lane.id,
  })
  const site = { shape: 'text', text: place, fill: page.inkFaint, font: 'small' } as const
  if (two)
    shapes.push({ ...site, x, y: middle + 8, maxWidth: isCount(lane) ? Math.min(room, v.names - x - mostRoom) : room })
  else if (place) {
    const text = shorter(place, place === lane.site ? ':' : ' ', Math.floor((room - used) / letter.small))
    if (text) shapes.push({ ...site, text, x: x + used, y: line })
  }
  if (input.pinned.includes(lane.id) || input.hoverLane === lane.id)
    shapes.push(...pin(lane, { y, height }, line, input))
  return shapes
}

/** What stands beside or below the name: whose it is, what must not be overlooked of it, or where it was made. */
function placeOf({ of, lane }: Row & { kind: 'lane' }): string {
  if (lane.kind === 'calls') return ''
  const own = lane.kind === 'deviceMemory' ? lane.name : lane.site
  return of || lane.note || own
}

function laneName(lane: Lane): string {
  if (isBacklog(lane)) return 'jobs that wait'
  // it stands below its thread
  if (lane.kind === 'calls') return 'calls'
  if (lane.kind === 'deviceMemory') return 'memory'
  return lane.name || `${objectWord(lane.objectKind)} ${lane.object}`
}

/** Further lanes of an object; of those not named here they are permits. */
const subWords: Partial<Record<Lane['kind'], (n: number) => string>> = {
  thread: () => 'waits inside a wait',
  task: () => 'namely',
  pool: (n) => `worker ${n}`,
  memory: () => 'also attached',
  loop: () => 'inside a step',
  communicator: () => 'at the same time',
  stream: () => 'at the same time',
  calls: () => 'inside',
}

/** "lock_contention.py:21" as "lock_co…:21": the end, which tells it from the others, stays whole; '' without room */
export function shorter(text: string, endsFrom: string, letters: number): string {
  if (text.length <= letters) return text
  const end = text.slice(text.lastIndexOf(endsFrom))
  const start = letters - end.length - 1
  return start >= 2 ? `${text.slice(0, start)}…${end}` : ''
}

function waitBar(lane: Lane, x: number, middle: number, { viewport: v, theme, end, largestWait }: SceneInput): Shape[] {
  const whole = isActor(lane) ? (lane.end ?? end) - lane.start : largestWait
  const share = Math.min(1, lane.waited / Math.max(1, whole))
  const box = { y: middle - bar.height / 2, height: bar.height, radius: bar.height / 2 }
  const { page } = theme
  return [
    { shape: 'rect', x, width: bar.width, ...box, fill: page.hairline },
    { shape: 'rect', x, width: Math.max(2, bar.width * share), ...box, fill: page.inkFaint },
    {
      shape: 'text',
      x: v.names - 10,
      y: middle,
      text: duration(lane.waited),
      fill: page.inkQuiet,
      font: 'small',
      align: 'right',
    },
  ]
}

function pin(lane: Lane, row: { y: number; height: number }, middle: number, { pinned, theme }: SceneInput): Shape[] {
  const d = `M9,${middle - 5}h6v1l-1,1v3l2,2v1h-3.5v3.5h-1v-3.5h-3.5v-1l2,-2v-3l-1,-1z`
  return [
    { shape: 'path', d, fill: pinned.includes(lane.id) ? theme.page.accent : theme.page.inkFaint },
    { shape: 'rect', x: 3, ...row, width: 18, target: { what: 'pin', lane: lane.id } },
  ]
}
