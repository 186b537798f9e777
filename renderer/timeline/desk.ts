// What the timeline keeps for one session beside the session: its size, its scroll, what is folded, where it has been.
// In: a session. Out: its desk, the same for the component and for the actions that panels call. Signals, no drawing.
import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals'
import type { Session } from '../state/session.ts'
import { layout, type Layout } from './layout.ts'
import { Glide, History, Motion } from './motion.ts'
import { air, axisHeight, overviewHeight } from './scene-input.ts'
import { snap, type Viewport } from './viewport.ts'

export interface Desk {
  session: Session
  /** windowPx, and devicePx a windowPx */
  size: Signal<{ width: number; height: number; ratio: number }>
  /** windowPx: width of the name column */
  names: Signal<number>
  scroll: Signal<number>
  /** what the person opened (true) or closed (false), by its key */
  folds: Signal<ReadonlyMap<string, boolean>>
  hoverLane: Signal<number | null>
  /** windowPx of the mouse, null when it is elsewhere; keys zoom there */
  cursor: Signal<{ x: number; y: number } | null>
  /** one sentence when the last question failed */
  problem: Signal<string | null>
  history: History
  motion: Motion
  glide: Signal<Glide | null>
  layout: ReadonlySignal<Layout>
  viewport: ReadonlySignal<Viewport>
}

const desks = new WeakMap<Session, Desk>()

export function deskOf(session: Session): Desk {
  const known = desks.get(session)
  if (known) return known
  const size = signal({ width: 800, height: 400, ratio: 1 })
  const names = signal(284)
  const scroll = signal(0)
  const folds = signal<ReadonlyMap<string, boolean>>(new Map())
  const rows = computed(() =>
    layout({
      lanes: session.lanes.value,
      processes: session.summary.value?.processes ?? [],
      pinned: [...new Set([...session.pinned.value, ...(session.lit.value?.pins ?? [])])],
      path: session.pathShown.value,
      folds: folds.value,
      more: session.moreLanes.value,
      room: size.value.height - overviewHeight - axisHeight - air,
      recording: session.summary.value?.state === 'recording',
    }),
  )
  const viewport = computed<Viewport>(() => {
    const { width, height, ratio } = size.value
    const top = overviewHeight + axisHeight
    const room = height - top - Math.min(rows.value.pinnedHeight, (height - top) / 2)
    const most = Math.max(0, rows.value.height + air - room)
    const column = Math.min(names.value, width / 2)
    return {
      ...session.view.value,
      width,
      height,
      ratio,
      names: column,
      top,
      scroll: snap(Math.min(most, Math.max(0, scroll.value)), ratio),
    }
  })
  const desk: Desk = {
    session,
    size,
    names,
    scroll,
    folds,
    hoverLane: signal(null),
    cursor: signal(null),
    problem: signal(null),
    history: new History(),
    motion: new Motion(),
    glide: signal(null),
    layout: rows,
    viewport,
  }
  desks.set(session, desk)
  return desk
}
