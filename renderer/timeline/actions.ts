// What a person can do to the timeline; keys, the mouse and the panels all come through here. In: a session and what is
// meant. Out: changes of its signals. Invariants: whatever moves the view ends following and is one step of the history;
// a selection always comes with its arrows; an answer that comes after the selection moved on is dropped.
import { batch } from '@preact/signals'
import type { Slice } from '../../wire/api.ts'
import { fitView, type Session, type View } from '../state/session.ts'
import { tab } from '../state/tab.ts'
import { deskOf } from './desk.ts'
import { laneOf, rowOfLane } from './layout.ts'
import { Glide, type Spot } from './motion.ts'
import { foldsOver, standKey } from './sections.ts'
import { around, closeTo, inBounds, nsPerPx, panBy, timeOfX, zoomAt } from './viewport.ts'

/** Move the view by hand: now, or as a glide. */
export function moveTo(s: Session, view: View, gesture: string, smooth = false) {
  const desk = deskOf(s)
  desk.history.remember(spot(s), gesture, performance.now())
  batch(() => {
    s.following.value = false
    if (smooth && !calm()) desk.glide.value = new Glide(s.view.peek(), view, performance.now())
    else {
      desk.glide.value = null
      s.view.value = view
    }
  })
}
/** The person asked the system for less motion: jumps do not glide. */
const calm = () => globalThis.matchMedia?.('(prefers-reduced-motion: reduce)').matches ?? false
/** where the view is, or is about to be */
const target = (s: Session) => deskOf(s).glide.peek()?.to ?? s.view.peek()
const spot = (s: Session): Spot => ({ view: target(s), scroll: deskOf(s).viewport.peek().scroll })

/** Scroll and unfold until the lane is on the screen. */
export function reveal(s: Session, laneId: number) {
  const desk = deskOf(s)
  const lane = s.lanes.peek().find((l) => l.id === laneId)
  if (!lane) return
  for (const key of foldsOver(lane, s.lanes.peek()))
    if (!rowOfLane(desk.layout.peek(), laneId)) desk.folds.value = new Map(desk.folds.peek()).set(key, true)
  const found = rowOfLane(desk.layout.peek(), laneId)
  if (!found || found.pinned) return
  const v = desk.viewport.peek()
  const room = v.height - v.top - desk.layout.peek().pinnedHeight
  const { y, height } = found.row
  if (y < v.scroll + 8) desk.scroll.value = Math.max(0, y - 60)
  else if (y + height > v.scroll + room - 8) desk.scroll.value = y + height - room + 60
}

let asked = 0
/** Ask, and tell the person when it failed; null when it failed or something else was asked meanwhile. */
async function ask<T>(s: Session, question: Promise<T>): Promise<{ answer: T } | null> {
  const mine = ++asked
  try {
    const answer = await question
    deskOf(s).problem.value = null
    return mine === asked ? { answer } : null
  } catch (error) {
    deskOf(s).problem.value = error instanceof Error ? error.message : String(error)
    return null
  }
}

/** `at`: the moment that is meant; the middle of what is chosen, unless the moment looked at lies in it already. */
async function choose(s: Session, slice: Slice | null, show: false | 'visible' | 'closely', at?: number) {
  if (!slice) return
  batch(() => {
    s.selection.value = slice
    s.flows.value = []
    s.at.value = momentIn(slice, at ?? s.at.peek())
    if (show) bring(s, slice, show === 'closely')
  })
  await arrows(s)
}

const momentIn = ({ start, dur }: Slice, at: number | null) =>
  at !== null && at >= start && at < start + dur ? at : start + dur / 2

async function arrows(s: Session) {
  const slice = s.selection.peek()
  if (!slice) return
  const { lane, start } = slice
  const got = await ask(s, s.ask('flows', { trace: s.trace, lane, time: start, depth: s.flowDepth.peek() }))
  if (got && s.selection.peek() === slice) s.flows.value = got.answer.flows
}

/** Closely: so near that what happened around it can be told apart. */
function bring(s: Session, { lane, start, dur }: { lane: number; start: number; dur: number }, closely = false) {
  const view = target(s)
  const span = view.to - view.from
  const inside = start >= view.from && start + dur <= view.to && dur >= span / 400
  const fills = Math.min(view.to, start + dur) - Math.max(view.from, start) > span / 2
  const near = !closely || dur >= span / 14
  const visible = near && (inside || fills)
  deskOf(s).history.remember(spot(s), `bring ${lane} ${start}`, performance.now())
  reveal(s, lane)
  s.following.value = false
  const end = s.end.peek()
  const there = closely ? closeTo(start, start + dur, end) : around(view, start, start + dur, end)
  if (!visible) moveTo(s, there, `bring ${lane} ${start}`, true)
}

/** of arrows, as the engine answers them */
export const mostSteps = 8

export const actions = {
  fit(s: Session) {
    moveTo(s, fitView(s.end.peek()), 'fit', true)
  },
  /** factor < 1 zooms in, about `runTime`, or the mouse, or the middle */
  zoom(s: Session, factor: number, runTime?: number, gesture = 'zoom') {
    moveTo(s, zoomAt(s.view.peek(), runTime ?? focus(s), factor, s.end.peek()), gesture)
  },
  /** in screens, to the right */
  pan(s: Session, screens: number, gesture = 'pan') {
    const { from, to } = s.view.peek()
    moveTo(s, panBy({ from, to }, screens * (to - from), s.end.peek()), gesture)
  },
  show(s: Session, view: View, gesture: string, smooth = false) {
    moveTo(s, inBounds(view, s.end.peek()), gesture, smooth)
  },
  /** The start of the run, at this zoom. */
  start(s: Session) {
    const { from, to } = target(s)
    moveTo(s, inBounds({ from: 0, to: to - from }, s.end.peek()), 'start', true)
  },
  scrollScreens(s: Session, screens: number) {
    const v = deskOf(s).viewport.peek()
    actions.scroll(s, screens * (v.height - v.top))
  },
  /** windowPx, downwards */
  scroll(s: Session, windowPx: number) {
    const desk = deskOf(s)
    desk.scroll.value = desk.viewport.peek().scroll + windowPx
  },
  /** Go to what is on a lane at a time (or nearest to it): select it and bring it into view. */
  async jumpTo(s: Session, lane: number, time: number, how: 'visible' | 'closely' = 'visible') {
    const slack = Math.max(1_000, (s.end.peek() || 1) * 0.001)
    const got = await ask(s, s.ask('slice', { trace: s.trace, lane, time, slack }))
    if (!got) return
    if (got.answer) return choose(s, got.answer, how, time)
    s.at.value = time
    // the thread runs there, or the lock is free: nothing to select, but the place is shown
    bring(s, { lane, start: time, dur: (target(s).to - target(s).from) / 50 })
  },
  async select(s: Session, lane: number, time: number, slack: number) {
    const got = await ask(s, s.ask('slice', { trace: s.trace, lane, time, slack }))
    if (got?.answer) return choose(s, got.answer, false, time)
    if (got) actions.clear(s)
  },
  /** The selection again, while it goes on: how long it is by now, and its arrows once it is over. */
  async refresh(s: Session) {
    const was = s.selection.peek()
    if (!was?.open) return
    const now = await s.ask('slice', { trace: s.trace, lane: was.lane, time: was.start, slack: 0 }).catch(() => null)
    if (!now || now.start !== was.start || s.selection.peek() !== was) return
    s.selection.value = now
    if (!now.open) await arrows(s)
  },
  /** How many steps of cause and effect the arrows of a selection reach. */
  reach(s: Session, steps: number) {
    s.flowDepth.value = Math.min(mostSteps, Math.max(1, steps))
  },
  /** The arrows again, after their depth was changed. */
  arrows,
  async step(s: Session, direction: 'next' | 'previous') {
    const now = s.selection.peek()
    const lane = now?.lane ?? firstLane(s)
    if (lane === null) return
    const view = s.view.peek()
    const time = now ? now.start : direction === 'next' ? view.from : view.to
    const got = await ask(s, s.ask('step', { trace: s.trace, lane, time: Math.max(0, time), direction }))
    return choose(s, got?.answer ?? null, 'visible')
  },
  next: (s: Session) => actions.step(s, 'next'),
  previous: (s: Session) => actions.step(s, 'previous'),
  /** The same time on the lane above or below. */
  async neighbour(s: Session, by: 1 | -1) {
    const now = s.selection.peek()
    if (!now) return actions.next(s)
    const lanes = visibleLanes(s)
    const lane = lanes[lanes.indexOf(now.lane) + by]
    if (lane === undefined) return
    const v = deskOf(s).viewport.peek()
    const time = Math.min(v.to, Math.max(v.from, now.start + now.dur / 2))
    const got = await ask(s, s.ask('slice', { trace: s.trace, lane, time: Math.max(0, time), slack: v.to - v.from }))
    return choose(s, got?.answer ?? null, 'visible')
  },
  /** Along an arrow of the selection to its effect (`]`) or its cause (`[`). */
  async followFlow(s: Session, way: 'effect' | 'cause') {
    const now = s.selection.peek()
    if (!now) return
    const steps = s.flows.peek().filter((f) => (way === 'effect' ? f.step === 1 : f.step === -1))
    // of several causes of one moment the last one is what it had waited for
    const nearest = steps.sort((a, b) => a.toTime - b.toTime || a.fromTime - b.fromTime)[
      way === 'effect' ? 0 : steps.length - 1
    ]
    if (!nearest) return
    if (way === 'effect') await actions.jumpTo(s, nearest.toLane, Math.max(0, nearest.toTime))
    else await toCause(s, nearest.fromLane, Math.max(0, nearest.fromTime))
  },
  /** To one end of an arrow that is shown. */
  async followTo(s: Session, index: number, end: 'from' | 'to') {
    const f = s.flows.peek()[index]
    if (!f) return
    if (end === 'to') await actions.jumpTo(s, f.toLane, f.toTime)
    else await toCause(s, f.fromLane, f.fromTime)
  },
  /** From a waiting slice to the hold that held it up longest; from a hold to the one who waited longest. */
  async blocker(s: Session) {
    const other = s.selection.peek()?.others[0]
    if (other) await actions.jumpTo(s, other.lane, other.time)
  },
  mark(s: Session) {
    const desk = deskOf(s)
    const at = desk.cursor.peek() ? focus(s) : (s.selection.peek()?.start ?? focus(s))
    const near = s.marks.peek().find((m) => Math.abs(m - at) < 6 * nsPerPx(desk.viewport.peek()))
    s.marks.value =
      near === undefined
        ? [...s.marks.peek(), Math.max(0, at)].sort((a, b) => a - b)
        : s.marks.peek().filter((m) => m !== near)
  },
  /** Who awaits whom at the time under the mouse, or of the selection. */
  whoAwaits(s: Session) {
    s.at.value = Math.max(0, deskOf(s).cursor.peek() ? focus(s) : (s.at.peek() ?? focus(s)))
    tab.value = 'awaits'
  },
  /** The critical path, as a lane and on the lanes; again: without it. */
  path(s: Session) {
    s.pathShown.value = !s.pathShown.peek()
    if (s.pathShown.peek()) tab.value = 'path'
  },
  /** Pin the lane, or the one under the mouse, or the selection's; again: let it go. */
  pin(s: Session, lane: number | null = deskOf(s).hoverLane.peek() ?? s.selection.peek()?.lane ?? null) {
    if (lane === null) return
    const id = s.lanes.peek().find((l) => l.id === lane)?.parent ?? lane
    const pinned = s.pinned.peek()
    s.pinned.value = pinned.includes(id) ? pinned.filter((p) => p !== id) : [...pinned, id]
  },
  clear(s: Session) {
    asked++
    batch(() => {
      s.selection.value = null
      s.at.value = null
      s.flows.value = []
      s.area.value = null
      s.lit.value = null
    })
  },
  follow(s: Session) {
    if (s.summary.peek()?.state === 'finished') {
      const { from, to } = target(s)
      return moveTo(
        s,
        inBounds({ from: s.end.peek() - (to - from) * 0.96, to: s.end.peek() + (to - from) * 0.04 }, s.end.peek()),
        'end',
        true,
      )
    }
    deskOf(s).glide.value = null
    s.following.value = true
  },
  undo: (s: Session) => goBack(s, 'undo'),
  redo: (s: Session) => goBack(s, 'redo'),
  /** Open or close what has the key. */
  fold(s: Session, key: string, open: boolean) {
    const { folds } = deskOf(s)
    folds.value = new Map(folds.peek()).set(key, open)
  },
  /** To a process: its row comes to the top, unfolded. */
  toProcess(s: Session, id: number) {
    const desk = deskOf(s)
    actions.fold(s, standKey(id), true)
    const row = desk.layout.peek().rows.find((r) => r.kind === 'process' && r.key === standKey(id))
    if (row) desk.scroll.value = row.y
  },
}

/** To what a thread had done when it caused something: what it did next has nothing to do with that. */
async function toCause(s: Session, lane: number, time: number) {
  const got = await ask(s, s.ask('slice', { trace: s.trace, lane, time, slack: 0 }))
  if (!got) return
  if (got.answer) return choose(s, got.answer, 'visible')
  const before = await ask(s, s.ask('step', { trace: s.trace, lane, time, direction: 'previous' }))
  if (!before) return
  const slice = before.answer
  const { from, to } = s.view.peek()
  if (slice && time - (slice.start + slice.dur) < (to - from) / 10) return choose(s, slice, 'visible')
  bring(s, { lane, start: time, dur: (to - from) / 50 })
}

function goBack(s: Session, way: 'undo' | 'redo') {
  const desk = deskOf(s)
  const to = desk.history[way](spot(s))
  if (!to) return
  batch(() => {
    s.following.value = false
    desk.scroll.value = to.scroll
    desk.glide.value = calm() ? null : new Glide(s.view.peek(), to.view, performance.now())
    if (calm()) s.view.value = to.view
  })
}

/** run time under the mouse, or in the middle */
function focus(s: Session): number {
  const desk = deskOf(s)
  const [v, at] = [desk.viewport.peek(), desk.cursor.peek()]
  return at && at.x >= v.names ? timeOfX(v, at.x) : (v.from + v.to) / 2
}

const visibleLanes = (s: Session) => {
  const { pinned, rows } = deskOf(s).layout.peek()
  return [...pinned, ...rows].flatMap((r) => laneOf(r)?.id ?? [])
}
const firstLane = (s: Session) => deskOf(s).hoverLane.peek() ?? visibleLanes(s)[0] ?? null
