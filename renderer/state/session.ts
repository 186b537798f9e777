// What the window knows of one open trace, as signals. panels/ and timeline/ read these and write back only `view`,
// `selection`, `at`, `flows`, `following`, `area`, `pinned`, `marks`, `lit`, `finding` and `pathShown`; everything else
// comes from the engine through `ask`.
//
// This file moves `view` with the end while `following` is on: the whole run until it is 5 s long, then its last 5 s;
// after the person has chosen another width, that width. The timeline changes `view` and sets `following` to false
// when it is touched, and to true on the key that follows again; it never moves the view with the end itself.
import { batch, signal, type Signal } from '@preact/signals'
import type {
  Answers,
  Argument,
  Call,
  CriticalPath,
  Finding,
  Flow,
  Lane,
  Notices,
  Party,
  Slice,
  Summary,
} from '../../wire/api.ts'
import type { Comparison } from '../../wire/comparison.ts'

/** Ask the engine; rejects with one sentence for people. */
export type Ask = <C extends Call>(call: C, argument: Argument<C>) => Promise<Answers[C]>

/** What part of the run the timeline shows, in ns since its start. */
export interface View {
  from: number
  to: number
}
export interface Area extends View {
  lanes: number[]
}

/** What is lit in the timeline, all else is faded: the rows that prove a finding. */
export interface Lit {
  /** of the finding */
  key: string
  rows: readonly Finding['evidence'][number][]
  /** who waits for whom, drawn as arrows */
  parties: readonly Party[]
  /** place of the row that is looked at; -1 = all of them */
  at: number
  /** lanes on top of the timeline while it is lit: so far apart that they could not all be seen */
  pins: readonly number[]
}

export interface Session {
  trace: number
  ask: Ask
  summary: Signal<Summary | null>
  lanes: Signal<Lane[]>
  /** lanes that the engine has beyond these */
  moreLanes: Signal<number>
  /** end of the trace in ns; grows while recording */
  end: Signal<number>
  /** ns by which the picture is behind the program, when the engine cannot read as fast as the program writes */
  behind: Signal<number>
  /** findings so far, as the engine last said; -1 = it has not said yet */
  findingCount: Signal<number>
  view: Signal<View>
  /** the view follows the end; touching the timeline stops it, recording goes on */
  following: Signal<boolean>
  selection: Signal<Slice | null>
  /** ns: the moment that was clicked or asked about; null = none, then it is where the mouse is */
  at: Signal<number | null>
  /** arrows of the selection */
  flows: Signal<Flow[]>
  /** steps of cause and effect shown for the selection */
  flowDepth: Signal<number>
  area: Signal<Area | null>
  pinned: Signal<number[]>
  marks: Signal<number[]>
  lit: Signal<Lit | null>
  /** what decided how long it took: the answer that is shown, null = none is */
  path: Signal<CriticalPath | null>
  pathShown: Signal<boolean>
  /** with earlier runs, over the timeline; null = none */
  comparison: Signal<{ before: string; answer: Comparison | null; error: string | null } | null>
  /** key of the finding that the person opened; null = none yet, then it is the worst */
  finding: Signal<string | null>
}

export function createSession(trace: number, ask: Ask): Session {
  return {
    trace,
    ask,
    summary: signal(null),
    lanes: signal([]),
    moreLanes: signal(0),
    end: signal(0),
    behind: signal(0),
    findingCount: signal(-1),
    view: signal({ from: 0, to: 1e9 }),
    following: signal(true),
    selection: signal(null),
    at: signal(null),
    flows: signal([]),
    flowDepth: signal(1),
    area: signal(null),
    pinned: signal([]),
    marks: signal([]),
    lit: signal(null),
    path: signal(null),
    pathShown: signal(false),
    comparison: signal(null),
    finding: signal(null),
  }
}

export const liveSpan = 5e9
const shortest = 10e6

/** The view that follows the end. `span` = the width the person chose, or null for the usual one. */
export function followView(end: number, span: number | null): View {
  const width = span ?? Math.min(liveSpan, Math.max(end, shortest))
  const to = Math.max(end, width)
  return { from: to - width, to }
}

/** The whole run with a little air at the end, so that its last slice is seen to end. */
export function fitView(end: number): View {
  return { from: 0, to: end > 0 ? end * 1.01 : shortest }
}

/**
 * How far the end falls behind the clock, against the best it has been: the two clocks need not agree, only run alike.
 * In: ms of the page's clock and the end in ns. Out: ns.
 */
export function lagMeter(): (now: number, end: number) => number {
  let least = Infinity
  return (now, end) => {
    const lag = now * 1e6 - end
    least = Math.min(least, lag)
    return lag - least
  }
}

/** While recording a lane stays where it is and new ones come below their kin: nothing jumps under the pointer. */
export function mergeLanes(shown: readonly Lane[], fresh: readonly Lane[]): Lane[] {
  const place = new Map(shown.map((l, i) => [l.id, i]))
  const group = (l: Lane) => (l.kind === 'thread' ? 0 : 1)
  return fresh
    .map((lane, i) => ({ lane, at: place.get(lane.id) ?? shown.length + i }))
    .sort((a, b) => group(a.lane) - group(b.lane) || a.at - b.at)
    .map(({ lane }) => lane)
}

type On = <N extends keyof Notices>(notice: N, listener: (body: Notices[N]) => void) => () => void
/** ms between two questions about the same thing while recording: when its notice says it grew, and in any case */
export interface Pace {
  changed: number
  anyway: number
}

/**
 * Ask for what the session shows and keep it in step with the engine's notices. Resolves with how to stop when the first
 * picture is there; rejects with one sentence when the trace is not.
 */
export async function follow(s: Session, on: On, pace: Pace = { changed: 250, anyway: 500 }): Promise<() => void> {
  let live = true
  /** width that the person chose; null = the usual one */
  let span: number | null = null
  let lanesSaid = -1
  let askedAt = -Infinity
  let asking = false
  let due = Infinity
  let timer: ReturnType<typeof setTimeout> | undefined

  const lag = lagMeter()
  function reach(end: number) {
    if (end < s.end.peek()) return
    s.behind.value = lag(performance.now(), end)
    s.end.value = end
    if (live && s.following.peek()) s.view.value = followView(end, span)
  }

  async function refresh() {
    asking = true
    askedAt = performance.now()
    due = Infinity
    try {
      const [summary, { lanes, more }] = await Promise.all([
        s.ask('summary', { trace: s.trace }),
        s.ask('lanes', { trace: s.trace }),
      ])
      batch(() => {
        reach(summary.end)
        // the end that is known at last may lie before what was thought while recording
        if (summary.state === 'finished') s.end.value = summary.end
        const over = live && summary.state === 'finished'
        live = summary.state !== 'finished'
        // a short run that was followed to its end is then seen whole
        if (over && s.following.peek() && span === null && summary.end <= liveSpan) s.view.value = fitView(summary.end)
        s.summary.value = summary
        // at the end of what was only watched the lanes take the order that they will have when it is opened again
        s.lanes.value = over && s.following.peek() ? lanes : mergeLanes(s.lanes.peek(), lanes)
        s.moreLanes.value = more
        if (!live) s.following.value = false
      })
    } finally {
      asking = false
    }
  }

  function refreshAt(time: number) {
    if (time >= due) return
    clearTimeout(timer)
    due = time
    timer = setTimeout(
      () => (asking ? ((due = Infinity), refreshAt(performance.now() + pace.changed)) : refresh().catch(() => {})),
      Math.max(0, time - performance.now()),
    )
  }

  let followed = s.following.peek()
  const stopFollowing = s.following.subscribe((following) => {
    if (following && !followed) {
      const { from, to } = s.view.peek()
      span = to - from
      s.view.value = followView(s.end.peek(), span)
    }
    followed = following
  })
  const stopNotices = on('changed', (n) => {
    if (n.trace !== s.trace) return
    reach(n.end)
    s.findingCount.value = n.findings
    const grew = n.lanes !== lanesSaid || n.state !== s.summary.peek()?.state
    lanesSaid = n.lanes
    refreshAt(askedAt + (grew ? pace.changed : pace.anyway))
  })
  const stop = () => {
    stopNotices()
    stopFollowing()
    clearTimeout(timer)
  }

  try {
    await refresh()
  } catch (error) {
    stop()
    throw error
  }
  if (!live) s.view.value = fitView(s.end.peek())
  return stop
}
