// The frame loop of one timeline: whatever changed asks for a frame, one frame draws it all. In: session, two canvases.
// Out: pixels, `data-idle`, and the display list for hits and tests. Invariants: at most one frame is due; idle means
// that no frame is due, no question is under way and nothing moves.
import { computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals'
import type { Parallelism, Window } from '../../wire/api.ts'
import type { Session } from '../state/session.ts'
import { tab } from '../state/tab.ts'
import { theme } from '../theme.ts'
import { actions } from './actions.ts'
import { deskOf } from './desk.ts'
import type { DisplayList } from './display-list.ts'
import { LabelSource } from './label-source.ts'
import { laneOf, rowsBetween, type Layout } from './layout.ts'
import { runnersOverRun, waitsOverRun, WholeRunSource } from './overview-source.ts'
import { paint, resize } from './paint.ts'
import { cursorShapes } from './scene-axis.ts'
import { scene } from './scene.ts'
import { type SceneInput } from './scene-input.ts'
import { asOf, plotWidth, type Viewport } from './viewport.ts'
import { WindowSource } from './window-source.ts'

export interface Stage {
  list: () => DisplayList
  input: () => SceneInput
  span: Signal<{ from: number; to: number } | null>
  labels: LabelSource
  /** changes with every answer */
  answered: ReadonlySignal<number>
  press: (key: Parameters<ReturnType<typeof deskOf>['motion']['press']>[0]) => void
  stop: () => void
}

/** ms, and as ns: a picture older than this is drawn without waiting for its answer */
const staleAfter = 120
/** ms between two looks at a selected slice that goes on */
const selectionPace = 300

export function raiseStage(s: Session, root: HTMLElement, base: HTMLCanvasElement, over: HTMLCanvasElement): Stage {
  const desk = deskOf(s)
  const trace = s.trace
  const [context, overContext] = [base.getContext('2d', { alpha: false })!, over.getContext('2d')!]
  const span = signal<{ from: number; to: number } | null>(null)
  const overview = signal<Window | null>(null)
  const runners = signal<Parallelism | null>(null)
  const answered = signal(0)
  let list: DisplayList = []
  let due = 0
  let last = 0
  let dirty = true
  let painted = -Infinity
  let answeredThen = -1
  let refreshed = -Infinity
  let asking = false
  /** what the source last could not do */
  let said: string | null = null
  let stopped = false

  const source = new WindowSource(
    (r) => s.ask('window', { trace, ...r }),
    () => answered.value++,
  )
  const labels = new LabelSource(
    (lane, time) => s.ask('slice', { trace, lane, time, slack: 0 }),
    () => answered.value++,
  )
  const settled = () => settle()
  // how many ran is asked when the picture is there: it takes longest
  const runnersAsked = runnersOverRun(s)
  const wholeRun = [
    new WholeRunSource({ pace: 250, question: waitsOverRun(s), answered: (w) => (overview.value = w), settled }),
    new WholeRunSource({
      pace: 1000,
      question: () => (overview.peek() ? runnersAsked() : null),
      answered: (p) => (runners.value = p),
      settled,
    }),
  ]

  /** Following, the picture is as old as its answers: all of it is known. */
  function shown(): { viewport: Viewport; end: number } {
    const viewport = desk.viewport.value
    const end = s.end.value
    const known = source.known
    const follows = s.following.value && s.summary.value?.state === 'recording' && viewport.to >= end
    if (!follows || known === null || known >= end || end - known > staleAfter * 1e6) return { viewport, end }
    return { viewport: { ...viewport, ...asOf(viewport, end, known) }, end: known }
  }

  function input(): SceneInput {
    return {
      ...shown(),
      lanes: s.lanes.value,
      layout: desk.layout.value,
      theme: theme.value,
      recording: s.summary.value?.state === 'recording',
      answerOf: (lane) => source.answerOf(lane),
      labelOf: labels.labelOf,
      selection: s.selection.value,
      flows: s.flows.value,
      area: s.area.value,
      lit: s.lit.value,
      moment: tab.value === 'awaits' ? s.at.value : null,
      pinned: s.pinned.value,
      marks: s.marks.value,
      endings: new Map(s.summary.value?.processes.map((p) => [p.id, { cut: p.ended === 'cut', at: p.end }])),
      hoverLane: desk.hoverLane.value,
      largestWait: s.lanes.value.reduce((most, l) => (l.kind === 'thread' ? most : Math.max(most, l.waited)), 0),
      threads: s.summary.value?.threads ?? 0,
      tasks: s.summary.value?.tasks ?? 0,
      overview: overview.value,
      runners: runners.value,
      path: s.pathShown.value ? s.path.value : null,
    }
  }

  function frame(now: number) {
    due = 0
    move(now)
    const v = desk.viewport.peek()
    const resized = resize(base, v.width, v.height, v.ratio)
    resize(over, v.width, v.height, v.ratio)
    dirty ||= resized
    // while following, a picture without its answer would be drawn twice: wait for it, but not long
    const awaited = s.following.peek() && source.pending && answered.peek() === answeredThen
    const early = awaited && !resized && now - painted < staleAfter
    if (dirty && !early) {
      dirty = false
      answeredThen = answered.peek()
      painted = now
      const scenery = peeked(input)
      list = scene(scenery)
      paint(context, list, v.ratio, scenery.theme.page.surface)
      for (const source of wholeRun) source.refresh()
      if (scenery.recording && scenery.selection?.open && now - refreshed > selectionPace) {
        refreshed = now
        void actions.refresh(s)
      }
    }
    labels.fetch(s.summary.peek()?.state === 'recording', now)
    const shapes = cursorShapes(peeked(input), desk.cursor.peek()?.x ?? null, span.peek())
    paint(
      overContext,
      [{ name: 'frame', clip: { x: 0, y: 0, width: v.width, height: v.height }, shapes }],
      v.ratio,
      null,
    )
    if (dirty || desk.motion.moving || desk.glide.peek()) wake()
    last = now
    settle()
  }

  /** Before the frame, so that a live answer is there for it; once for all changes of a moment. */
  function ask() {
    asking = false
    if (stopped) return
    const v = desk.viewport.peek()
    source.want({
      view: v,
      plotWidth: plotWidth(v),
      ...lanesAbout(desk.layout.peek(), v),
      end: s.end.peek(),
      recording: s.summary.peek()?.state !== 'finished',
    })
    if (source.error !== said) desk.problem.value = said = source.error
    settle()
  }

  /** held keys and glides */
  function move(now: number) {
    const glide = desk.glide.peek()
    if (glide) {
      s.view.value = glide.at(now)
      if (glide.done(now)) desk.glide.value = null
    }
    if (!desk.motion.moving) return
    const { pan, factor } = desk.motion.step(Math.min(50, last ? now - last : 16))
    if (pan !== 0) actions.pan(s, pan, 'held pan')
    if (factor !== 1) actions.zoom(s, factor, undefined, 'held zoom')
  }

  function wake() {
    if (!due && !stopped) {
      due = requestAnimationFrame(frame)
      root.dataset.idle = 'false'
    }
  }
  function settle() {
    // while it is recorded the next question is always due
    const live = s.summary.peek()?.state === 'recording'
    const idle =
      !due &&
      !source.pending &&
      !labels.pending &&
      !wholeRun.some((w) => (live ? w.asking : w.pending)) &&
      !desk.glide.peek()
    root.dataset.idle = String(idle)
  }

  const stops = [
    effect(() => {
      input()
      void answered.value
      dirty = true
      if (!asking) queueMicrotask(ask)
      asking = true
      wake()
    }),
    effect(() => {
      void [desk.cursor.value, span.value, desk.glide.value, desk.size.value]
      wake()
    }),
    onChange(s.flowDepth, () => void actions.arrows(s)),
    // what was open is over now, and no answer from before knows it
    onChange(
      computed(() => s.summary.value?.state),
      (_, was) => {
        if (was === undefined) return
        source.forget()
        labels.forget()
        for (const source of wholeRun) source.forget()
        answered.value++
        void actions.refresh(s)
      },
    ),
  ]
  return {
    list: () => list,
    input: () => peeked(input),
    span,
    labels,
    answered,
    press(key) {
      if (!desk.motion.moving) last = 0
      desk.motion.press(key)
      wake()
    },
    stop() {
      stopped = true
      cancelAnimationFrame(due)
      desk.motion.releaseAll()
      for (const source of wholeRun) source.stop()
      for (const stop of stops) stop()
    },
  }
}

function onChange<T>(of: ReadonlySignal<T>, changed: (now: T, was: T) => void): () => void {
  let was = of.peek()
  return of.subscribe((now) => {
    if (now === was) return
    const before = was
    was = now
    changed(now, before)
  })
}

/** signals read in here do not subscribe: frames run outside of effects */
const peeked = <T>(read: () => T): T => read()

/** lanes on the screen, and with those a screen above and below */
function lanesAbout(l: Layout, v: Viewport): { lanes: number[]; nearby: number[] } {
  const room = v.height - v.top
  const ids = (top: number, bottom: number) => rowsBetween(l.rows, top, bottom).flatMap((r) => laneOf(r)?.id ?? [])
  const pinned = l.pinned.flatMap((r) => laneOf(r)?.id ?? [])
  const lanes = [...pinned, ...ids(v.scroll, v.scroll + room)].slice(0, 512)
  const nearby = [...new Set([...lanes, ...ids(v.scroll - room / 2, v.scroll + room * 1.5)])]
  return { lanes, nearby }
}
