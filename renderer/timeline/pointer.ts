// Mouse, touchpad and wheel → actions. In: events of the canvas. Out: calls of actions, and what is under the mouse.
// A press becomes a drag after a few pixels, so that a click with a trembling hand still selects.
//
//   plot:     drag pans · Shift drag selects an area · click selects · wheel zooms · Shift wheel pans · Ctrl wheel scrolls
//   names:    drag and wheel scroll · click selects the lane's state · a click on the pin pins · their edge is dragged
//   overview: drag moves the frame or an edge of it; a click outside brings the frame there
import type { Session } from '../state/session.ts'
import { actions } from './actions.ts'
import { deskOf } from './desk.ts'
import { hit, type DisplayList, type Target } from './display-list.ts'
import { laneOf as rowLane } from './layout.ts'
import { air, overviewHeight } from './scene-input.ts'
import { overviewTime } from './scene-overview.ts'
import { stepAt } from './scene-path.ts'
import { nsPerPx, plotWidth, timeOfX, type Viewport } from './viewport.ts'

export interface Hover {
  x: number
  y: number
  target: Target | null
}
export interface Watched {
  list: () => DisplayList
  hovered: (hover: Hover | null) => void
  /** a time span under way: an area that is not let go yet */
  spanning: (span: { from: number; to: number } | null) => void
}

const dragAfter = 4
const slack = 5
/** windowPx */
const narrowestNames = 120

export function watchPointer(element: HTMLElement, s: Session, watched: Watched): () => void {
  const desk = deskOf(s)
  let drag: Drag | null = null
  let wheelEnd: ReturnType<typeof setTimeout> | undefined

  const place = (e: MouseEvent) => {
    const box = element.getBoundingClientRect()
    return { x: e.clientX - box.left, y: e.clientY - box.top }
  }
  const under = (x: number, y: number) => hit(watched.list(), x, y, slack)

  function down(e: PointerEvent) {
    if (e.button !== 0 && e.button !== 1) return
    const at = place(e)
    drag = begin(at, under(at.x, at.y), e.shiftKey && e.button === 0, desk.viewport.peek(), s.end.peek())
    element.setPointerCapture(e.pointerId)
    if (e.button === 1) e.preventDefault()
  }

  function move(e: PointerEvent) {
    const at = place(e)
    desk.cursor.value = at
    if (!drag) {
      const target = under(at.x, at.y)
      desk.hoverLane.value = laneOf(target) ?? laneAt(at.y)
      element.style.cursor = cursorOf(target, at, desk.viewport.peek(), e.shiftKey)
      return watched.hovered({ ...at, target })
    }
    if (!drag.moved && Math.hypot(at.x - drag.at.x, at.y - drag.at.y) < dragAfter) return
    if (!drag.moved) watched.hovered(null)
    drag.moved = true
    dragTo(s, drag, at, watched)
    if (drag.kind === 'pan') element.style.cursor = 'grabbing'
  }

  function up(e: PointerEvent) {
    if (!drag) return
    const done = drag
    drag = null
    watched.spanning(null)
    if (done.moved && done.kind === 'area') return selectArea(s, done, place(e))
    if (!done.moved) click(s, done, e)
  }

  function wheel(e: WheelEvent) {
    e.preventDefault()
    const at = place(e)
    const v = desk.viewport.peek()
    const lines = e.deltaMode === 1 ? 16 : e.deltaMode === 2 ? v.height : 1
    const [dx, dy] = [e.deltaX * lines, e.deltaY * lines]
    clearTimeout(wheelEnd)
    wheelEnd = setTimeout(() => move(e as unknown as PointerEvent), 60)
    // a pinch of a touchpad arrives as Ctrl with small, broken deltas
    const pinch = e.ctrlKey && e.deltaMode === 0 && Math.abs(dy) < 40 && !Number.isInteger(e.deltaY)
    if (pinch) return actions.zoom(s, Math.exp(dy * 0.012), timeOfX(v, at.x), 'pinch')
    if (at.x < v.names || e.ctrlKey || e.metaKey) return actions.scroll(s, dy || dx)
    if (e.shiftKey) return actions.pan(s, ((dy || dx) * 0.8) / plotWidth(v), 'wheel pan')
    if (Math.abs(dx) > Math.abs(dy)) return actions.pan(s, dx / plotWidth(v), 'wheel pan')
    actions.zoom(s, Math.exp(Math.max(-240, Math.min(240, dy)) * 0.0022), timeOfX(v, Math.max(v.names, at.x)), 'wheel')
  }

  function leave() {
    if (drag) return
    desk.cursor.value = null
    desk.hoverLane.value = null
    watched.hovered(null)
  }
  function cancel() {
    drag = null
    watched.spanning(null)
  }
  /** the lane whose row the y is in, whatever is drawn there */
  function laneAt(y: number): number | null {
    const target = hit(watched.list(), 30, y)
    return laneOf(target)
  }
  function twice(e: MouseEvent) {
    const { x, y } = place(e)
    const target = under(x, y)
    if (target?.what === 'slice') actions.show(s, roomy(target.item), 'double click', true)
  }

  const listeners: [string, (e: never) => void][] = [
    ['pointerdown', down],
    ['pointermove', move],
    ['pointerup', up],
    ['pointercancel', cancel],
    ['pointerleave', leave],
    ['dblclick', twice],
  ]
  for (const [name, listener] of listeners) element.addEventListener(name, listener as EventListener)
  element.addEventListener('wheel', wheel, { passive: false })
  return () => {
    clearTimeout(wheelEnd)
    for (const [name, listener] of listeners) element.removeEventListener(name, listener as EventListener)
    element.removeEventListener('wheel', wheel)
  }
}

interface Drag {
  kind: 'pan' | 'area' | 'overview' | 'names' | 'divider' | 'scrollbar'
  at: { x: number; y: number }
  target: Target | null
  viewport: Viewport
  end: number
  moved: boolean
  /** one drag is one step of the history */
  gesture: string
}
let drags = 0

function begin(at: Drag['at'], target: Target | null, shift: boolean, viewport: Viewport, end: number): Drag {
  const place = at.y < overviewHeight ? 'overview' : at.x < viewport.names ? 'names' : shift ? 'area' : 'pan'
  const kind = target?.what === 'divider' || target?.what === 'scrollbar' ? target.what : place
  return { kind, at, target, viewport, end, moved: false, gesture: `drag ${++drags}` }
}

function dragTo(s: Session, d: Drag, at: { x: number; y: number }, watched: Watched) {
  const v = d.viewport
  const scrolled = () => (deskOf(s).scroll.value = Math.max(0, v.scroll + d.at.y - at.y))
  if (d.kind === 'area') return watched.spanning({ from: timeOfX(v, d.at.x), to: timeOfX(v, at.x) })
  if (d.kind === 'scrollbar') {
    const room = v.height - v.top
    return void (deskOf(s).scroll.value = Math.max(
      0,
      v.scroll + ((at.y - d.at.y) * (deskOf(s).layout.peek().height + air)) / room,
    ))
  }
  if (d.kind === 'divider') return void (deskOf(s).names.value = Math.min(v.width / 2, Math.max(narrowestNames, at.x)))
  if (d.kind === 'names') return void scrolled()
  if (d.kind === 'pan') {
    const ns = (d.at.x - at.x) * nsPerPx(v)
    if (d.at.y > v.top) scrolled()
    return actions.show(s, { from: v.from + ns, to: v.to + ns }, d.gesture)
  }
  const [was, is] = [overviewTime(d, d.at.x), overviewTime({ viewport: v, end: d.end }, at.x)]
  const grip = d.target?.what === 'overview' ? d.target.grip : 'outside'
  if (grip === 'window') actions.show(s, { from: v.from + is - was, to: v.to + is - was }, d.gesture)
  else if (grip === 'from') actions.show(s, { from: Math.min(is, v.to - 1_000), to: v.to }, d.gesture)
  else if (grip === 'to') actions.show(s, { from: v.from, to: Math.max(is, v.from + 1_000) }, d.gesture)
  else actions.show(s, { from: Math.min(was, is), to: Math.max(was, is) }, d.gesture)
}

function selectArea(s: Session, d: Drag, at: { x: number; y: number }) {
  const v = d.viewport
  const [from, to] = [timeOfX(v, d.at.x), timeOfX(v, at.x)].sort((a, b) => a - b) as [number, number]
  const [top, bottom] = [d.at.y, at.y].sort((a, b) => a - b) as [number, number]
  const { rows, pinned } = deskOf(s).layout.peek()
  const body = v.top + Math.min(deskOf(s).layout.peek().pinnedHeight, (v.height - v.top) / 2)
  const touched = (list: typeof rows, yOf: (y: number) => number) =>
    list.flatMap((r) => (yOf(r.y) < bottom && yOf(r.y) + r.height > top ? (rowLane(r)?.id ?? []) : []))
  const lanes = [...touched(pinned, (y) => v.top + y), ...touched(rows, (y) => body + y - v.scroll)]
  if (lanes.length > 0)
    s.area.value = { from: Math.max(0, from), to: Math.min(to, s.end.peek()), lanes: lanes.slice(0, 512) }
}

function click(s: Session, d: Drag, e: PointerEvent) {
  const { target, viewport: v } = d
  if (e.button === 1) return
  if (d.kind === 'overview') {
    const half = (v.to - v.from) / 2
    const time = overviewTime(d, d.at.x)
    return d.at.x < v.names ? undefined : actions.show(s, { from: time - half, to: time + half }, d.gesture, true)
  }
  if (target?.what === 'fold') return actions.fold(s, target.key, target.opens)
  if (target?.what === 'process')
    return target.opens === null ? actions.clear(s) : actions.fold(s, target.key, target.opens)
  if (target?.what === 'path') {
    const time = timeOfX(v, d.at.x)
    const path = s.path.peek()
    const step = path && stepAt(path, time)
    return step ? void actions.jumpTo(s, step.lane, Math.max(0, time)) : undefined
  }
  if (target?.what === 'flow') return void actions.followTo(s, target.index, target.end)
  if (target?.what === 'pin') return actions.pin(s, target.lane)
  if (target?.what === 'mark') return void (s.marks.value = s.marks.peek().filter((_, i) => i !== target.index))
  const lane = laneOf(target)
  if (target?.what === 'slice') {
    const { item } = target
    // inside the slice, also when the click was a few pixels beside it
    const time = Math.min(Math.max(timeOfX(v, d.at.x), item.from), item.to)
    return void actions.select(s, target.lane, Math.max(0, time), slack * nsPerPx(v))
  }
  if (d.kind === 'divider' || d.kind === 'scrollbar') return
  if (lane !== null && d.kind === 'names') return void actions.jumpTo(s, lane, Math.max(0, (v.from + v.to) / 2))
  actions.clear(s)
}

const laneOf = (t: Target | null) =>
  t && (t.what === 'slice' || t.what === 'lane' || t.what === 'pin' || t.what === 'running') ? t.lane : null
const roomy = (item: { from: number; to: number }) => {
  const air = (item.to - item.from) * 0.25
  return { from: item.from - air, to: item.to + air }
}

function cursorOf(target: Target | null, at: { x: number; y: number }, v: Viewport, shift: boolean): string {
  if (target?.what === 'overview')
    return target.grip === 'from' || target.grip === 'to'
      ? 'ew-resize'
      : target.grip === 'window'
        ? 'grab'
        : 'crosshair'
  if (target?.what === 'divider') return 'col-resize'
  if (target?.what === 'process') return target.opens === null ? 'default' : 'pointer'
  if (target && ['fold', 'pin', 'mark', 'slice', 'flow', 'path'].includes(target.what)) return 'pointer'
  return at.x >= v.names ? (shift ? 'crosshair' : 'default') : 'default'
}
