// The answers behind the overview: what threads and tasks did over the whole run, and how many ran at once. In: a session;
// `refresh` once a frame. Out: answers over the run. Invariant: of each at most one request is under way, and while the
// run grows not more than one each `pace` ms, or five times as long as the answer took: an overview is not worth a live view.
import type { Parallelism, Window } from '../../wire/api.ts'
import type { Session } from '../state/session.ts'
import { isActor } from './strip.ts'

const mostActors = 64
/** pixels asked for: the strip is small, and it is folded anyway */
const width = 800

/** null: there is nothing to ask yet */
interface Question<T> {
  key: string
  ask: () => Promise<T>
}

export class WholeRunSource<T> {
  private underWay = false
  private askedFor = ''
  private askedAt = -Infinity
  /** ms */
  private took = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly pace: number
  private readonly question: () => Question<T> | null
  private readonly answered: (answer: T) => void
  private readonly settled: () => void
  constructor(of: {
    pace: number
    question: () => Question<T> | null
    answered: (answer: T) => void
    settled: () => void
  }) {
    this.pace = of.pace
    this.question = of.question
    this.answered = of.answered
    this.settled = of.settled
  }

  get asking() {
    return this.underWay
  }
  get pending() {
    return this.underWay || this.timer !== undefined
  }

  refresh() {
    const question = this.question()
    if (this.pending || !question || question.key === this.askedFor) return
    const early = this.askedAt + Math.max(this.pace, 5 * this.took) - performance.now()
    if (early > 0) {
      this.timer = setTimeout(() => {
        this.timer = undefined
        this.refresh()
      }, early)
      return
    }
    this.underWay = true
    this.askedFor = question.key
    this.askedAt = performance.now()
    question
      .ask()
      .then(this.answered, () => {})
      .finally(() => {
        this.took = performance.now() - this.askedAt
        this.underWay = false
        this.settled()
      })
  }

  /** What was answered does not count any more. */
  forget() {
    this.askedFor = ''
    this.took = 0
  }
  stop() {
    clearTimeout(this.timer)
    this.timer = undefined
  }
}

export const waitsOverRun = (s: Session) => (): Question<Window> | null => {
  const actors = s.lanes.peek().filter((l) => isActor(l) && l.depth === 0)
  const lanes = actors.slice(0, mostActors).map((l) => l.id)
  const to = s.end.peek()
  if (to <= 0 || lanes.length === 0) return null
  return { key: `${to} ${lanes.join()}`, ask: () => s.ask('window', { trace: s.trace, from: 0, to, width, lanes }) }
}

export const runnersOverRun = (s: Session) => (): Question<Parallelism> | null => {
  const to = s.end.peek()
  if (to <= 0) return null
  return { key: `${to}`, ask: () => s.ask('parallelism', { trace: s.trace, from: 0, to, width }) }
}
