// Answers of the engine for the part of the run that is on the screen. In: what is wanted, each frame. Out: for a lane,
// the best answer at hand. Asked is three screens wide at a power-of-two resolution, so that a pan is a cache hit; of a
// run that goes on, one screen, for it is asked again at once. Invariants: at most one request is under way; the next
// one is for what is wanted then, what was wanted in between is never asked; an answer from before `forget` is dropped.
import type { Window } from '../../wire/api.ts'
import type { View } from '../state/session.ts'
import type { LaneAnswer } from './strip.ts'

export interface Want {
  view: View
  /** windowPx */
  plotWidth: number
  /** on the screen */
  lanes: readonly number[]
  /** on the screen and about it: what a request asks for */
  nearby: readonly number[]
  /** ns: end of the trace */
  end: number
  recording: boolean
}
export interface Request extends View {
  width: number
  lanes: number[]
}
interface Entry {
  request: Request
  answer: Window
  index: Map<number, number>
}

const widest = 16_384
const kept = 8
/** ns before the end of a recording in which the past may still change: a hold becomes contended, a wait gets its end */
const unsettled = 1e9

const resolution = (view: View, plotWidth: number) => 2 ** Math.floor(Math.log2((view.to - view.from) / plotWidth))
const shown = (w: Want): View => ({ from: Math.max(0, w.view.from), to: Math.min(w.view.to, w.end) })

/** null when nothing of the run is in view */
export function windowRequest(want: Want): Request | null {
  const { from, to } = shown(want)
  if (to <= from || want.lanes.length === 0) return null
  const perPx = resolution(want.view, want.plotWidth)
  const grid = perPx * 64
  const margin = want.recording && want.end <= want.view.to ? 0 : want.view.to - want.view.from
  const first = Math.max(0, Math.floor((from - margin) / grid)) * grid
  const last = Math.ceil(Math.min(to + margin, Math.max(want.end, to)) / grid) * grid
  const width = Math.min(widest, Math.round((last - first) / perPx))
  return { from: first, to: first + width * perPx, width, lanes: want.nearby.slice(0, 512) }
}

export function covers({ request, answer, index }: Entry, want: Want): boolean {
  const { from, to } = shown(want)
  const perPx = (request.to - request.from) / request.width
  const settled = !want.recording || answer.end === want.end || answer.end - Math.min(request.to, to) > unsettled
  return (
    request.from <= from &&
    request.to >= to &&
    settled &&
    perPx === resolution(want.view, want.plotWidth) &&
    want.lanes.every((l) => index.has(l))
  )
}

export class WindowSource {
  error: string | null = null
  private entries: Entry[] = []
  private wanted: Want | null = null
  private underWay = false
  private era = 0
  private failed: string | null = null
  private readonly ask: (request: Request) => Promise<Window>
  private readonly changed: () => void
  constructor(ask: (request: Request) => Promise<Window>, changed: () => void) {
    this.ask = ask
    this.changed = changed
  }

  get pending() {
    return this.underWay
  }
  /** ns: end of the trace in the newest answer */
  get known(): number | null {
    return this.entries[0]?.answer.end ?? null
  }

  want(want: Want) {
    this.wanted = want
    this.next()
  }

  /** The trace was finished, or made anew: nothing known about it counts. What is on the screen stays until the answer. */
  forget() {
    this.era++
    for (const e of this.entries) e.answer = { ...e.answer, end: -1 }
    this.entries = this.entries.slice(0, 1).map((e) => ({ ...e, request: { ...e.request, width: 1 } }))
  }

  /** The answer to draw the lane from: the sharpest that shows most of the view, newest first. */
  answerOf(lane: number): LaneAnswer | null {
    const want = this.wanted
    if (!want) return null
    let best: Entry | null = null
    let bestScore = 0
    for (const e of this.entries) {
      if (!e.index.has(lane)) continue
      const score = fitness(e, want)
      if (score > bestScore) [best, bestScore] = [e, score]
    }
    return best && { window: best.answer, index: best.index.get(lane)! }
  }

  private next() {
    const want = this.wanted
    if (this.underWay || !want || this.entries.some((e) => covers(e, want))) return
    const request = windowRequest(want)
    if (!request) return
    const question = JSON.stringify([request, want.end])
    if (question === this.failed) return
    this.underWay = true
    const era = this.era
    this.ask(request).then(
      (answer) => {
        this.error = this.failed = null
        if (era === this.era) this.keep(request, answer)
        this.done()
      },
      (error: unknown) => {
        this.error = error instanceof Error ? error.message : String(error)
        this.failed = question
        this.done()
      },
    )
  }

  private done() {
    this.underWay = false
    this.changed()
    this.next()
  }

  private keep(request: Request, answer: Window) {
    const index = new Map(answer.lanes.map((lane, i) => [lane, i]))
    const same = (e: Entry) =>
      e.request.from === request.from && e.request.to === request.to && e.request.width === request.width
    this.entries = [
      { request, answer, index },
      ...this.entries.filter((e) => !same(e) || e.answer.lanes.some((l) => !index.has(l))),
    ].slice(0, kept)
  }
}

/** 0 = shows nothing of the view */
function fitness({ request, answer }: Entry, want: Want): number {
  const { from, to } = shown(want)
  const overlap = Math.min(request.to, to) - Math.max(request.from, from)
  if (overlap <= 0) return 0
  const perPx = (request.to - request.from) / request.width
  const off = Math.abs(Math.log2(perPx / resolution(want.view, want.plotWidth)))
  const fresh = !want.recording || answer.end >= Math.min(request.to, want.end) ? 1 : 0.9
  return (overlap / Math.max(1, to - from)) * fresh * (1 / (1 + off / 8))
}
