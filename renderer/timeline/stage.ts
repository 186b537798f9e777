// The frame loop of one timeline: whatever changed asks for a frame, one frame draws it all. In: session, two canvases.
// Out: pixels, `data-idle`, and the display list for hits and tests. Invariants: at most one frame is due; idle means
// that no frame is due, no question is under way and nothing moves.
import { effect, signal, type Signal } from '@preact/signals'
import type { Window } from '../../wire/api.ts'
import type { Session } from '../state/session.ts'
import { theme } from '../theme.ts'
import { actions } from './actions.ts'
import { deskOf } from './desk.ts'
import type { DisplayList } from './display-list.ts'
import { LabelSource } from './label-source.ts'
import { rowsBetween, type Layout } from './layout.ts'
import { paint, resize } from './paint.ts'
import { cursorShapes } from './scene-axis.ts'
import { scene, type SceneInput } from './scene.ts'
import { plotWidth, type Viewport } from './viewport.ts'
import { WindowSource } from './window-source.ts'

export interface Stage {
  list: () => DisplayList
  input: () => SceneInput
  span: Signal<{ from: number; to: number } | null>
  labels: LabelSource
  press: (key: Parameters<ReturnType<typeof deskOf>['motion']['press']>[0]) => void
  stop: () => void
}

/** ms between two pictures of the whole run while it grows */
const overviewPace = 500
const overviewThreads = 64

export function raiseStage(s: Session, root: HTMLElement, base: HTMLCanvasElement, over: HTMLCanvasElement): Stage {
  const desk = deskOf(s)
  const trace = s.trace
  const [context, overContext] = [base.getContext('2d', { alpha: false })!, over.getContext('2d')!]
  const span = signal<{ from: number; to: number } | null>(null)
  const overview = signal<Window | null>(null)
  const answered = signal(0)
  let list: DisplayList = []
  let due = 0
  let last = 0
  let dirty = true
  let stopped = false

  const source = new WindowSource(
    (r) => s.ask('window', { trace, ...r }),
    () => answered.value++,
  )
  const labels = new LabelSource(
    (lane, time) => s.ask('slice', { trace, lane, time, slack: 0 }),
    () => answered.value++,
  )
  const wholeRun = overviewOf(
    s,
    (w) => (overview.value = w),
    () => settle(),
  )

  function input(): SceneInput {
    return {
      viewport: desk.viewport.value,
      layout: desk.layout.value,
      theme: theme.value,
      end: s.end.value,
      recording: s.summary.value?.state === 'recording',
      answerOf: (lane) => source.answerOf(lane),
      labelOf: labels.labelOf,
      selection: s.selection.value,
      flows: s.flows.value,
      area: s.area.value,
      pinned: s.pinned.value,
      marks: s.marks.value,
      cut: new Set(s.summary.value?.processes.flatMap((p) => (p.ended === 'cut' ? [p.id] : []))),
      hoverLane: desk.hoverLane.value,
      largestWait: s.lanes.value.reduce((most, l) => (l.kind === 'thread' ? most : Math.max(most, l.waited)), 0),
      overview: overview.value,
    }
  }

  function frame(now: number) {
    due = 0
    move(now)
    const v = desk.viewport.peek()
    const resized = resize(base, v.width, v.height, v.ratio)
    if (resize(over, v.width, v.height, v.ratio) || resized) dirty = true
    if (dirty) {
      dirty = false
      source.want({
        view: v,
        plotWidth: plotWidth(v),
        ...lanesAbout(desk.layout.peek(), v),
        end: s.end.peek(),
        recording: s.summary.peek()?.state === 'recording',
      })
      desk.problem.value = source.error ?? desk.problem.peek()
      const now = peeked(input)
      list = scene(now)
      paint(context, list, v.ratio, now.theme.page.surface)
      labels.fetch()
      wholeRun.refresh()
    }
    const shapes = cursorShapes(peeked(input), desk.cursor.peek()?.x ?? null, span.peek())
    paint(
      overContext,
      [{ name: 'frame', clip: { x: 0, y: 0, width: v.width, height: v.height }, shapes }],
      v.ratio,
      null,
    )
    if (desk.motion.moving || desk.glide.peek()) wake()
    last = now
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
    const idle = !due && !source.pending && !labels.pending && !wholeRun.pending && !desk.glide.peek()
    root.dataset.idle = String(idle)
  }

  const stops = [
    effect(() => {
      input()
      void answered.value
      dirty = true
      wake()
    }),
    effect(() => {
      void [desk.cursor.value, span.value, desk.glide.value, desk.size.value]
      wake()
    }),
    // what was open when the recording ended is closed now, and no answer from before knows it
    s.summary.subscribe(
      ((was: string | undefined) => (summary) => {
        if (was === 'recording' && summary && summary.state !== 'recording') {
          source.forget()
          labels.forget()
          wholeRun.forget()
          answered.value++
        }
        was = summary?.state
      })(s.summary.peek()?.state),
    ),
  ]
  return {
    list: () => list,
    input: () => peeked(input),
    span,
    labels,
    press(key) {
      if (!desk.motion.moving) last = 0
      desk.motion.press(key)
      wake()
    },
    stop() {
      stopped = true
      cancelAnimationFrame(due)
      desk.motion.releaseAll()
      wholeRun.stop()
      for (const stop of stops) stop()
    },
  }
}

/** signals read in here do not subscribe: frames run outside of effects */
const peeked = <T>(read: () => T): T => read()

/** lanes on the screen, and with those a screen above and below */
function lanesAbout(l: Layout, v: Viewport): { lanes: number[]; nearby: number[] } {
  const room = v.height - v.top
  const ids = (top: number, bottom: number) =>
    rowsBetween(l.rows, top, bottom).flatMap((r) => (r.kind === 'lane' ? [r.lane.id] : []))
  const pinned = l.pinned.flatMap((r) => (r.kind === 'lane' ? [r.lane.id] : []))
  const lanes = [...pinned, ...ids(v.scroll, v.scroll + room)].slice(0, 512)
  const nearby = [...new Set([...lanes, ...ids(v.scroll - room / 2, v.scroll + room * 1.5)])]
  return { lanes, nearby }
}

/** The picture of the whole run: threads only, asked again while the run grows, not faster than its pace. */
function overviewOf(s: Session, answer: (w: Window) => void, settled: () => void) {
  let underWay = false
  let askedFor = ''
  let askedAt = -Infinity
  let timer: ReturnType<typeof setTimeout> | undefined
  function refresh() {
    const lanes = s.lanes
      .peek()
      .filter((l) => l.kind === 'thread' && l.depth === 0)
      .slice(0, overviewThreads)
    const end = s.end.peek()
    const question = `${end} ${lanes.map((l) => l.id).join()}`
    if (underWay || timer !== undefined || question === askedFor || end <= 0 || lanes.length === 0) return
    const early = askedAt + overviewPace - performance.now()
    if (early > 0) {
      timer = setTimeout(() => ((timer = undefined), refresh()), early)
      return
    }
    underWay = true
    askedFor = question
    askedAt = performance.now()
    s.ask('window', { trace: s.trace, from: 0, to: end, width: 800, lanes: lanes.map((l) => l.id) })
      .then(answer, () => {})
      .finally(() => {
        underWay = false
        settled()
      })
  }
  return {
    refresh,
    get pending() {
      return underWay || timer !== undefined
    },
    forget: () => (askedFor = ''),
    stop: () => clearTimeout(timer),
  }
}
