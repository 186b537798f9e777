// The answer behind the overview: threads and tasks over the whole run. In: a session; `refresh` once a frame. Out: a window answer.
// Invariant: at most one request is under way, and while the run grows not more than one each `pace`.
import type { Window } from '../../wire/api.ts'
import type { Session } from '../state/session.ts'
import { isActor } from './strip.ts'

/** ms */
const pace = 250
const mostActors = 64
/** pixels asked for: the strip is small, and it is folded anyway */
const width = 800

export class OverviewSource {
  private underWay = false
  private askedFor = ''
  private askedAt = -Infinity
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly session: Session
  private readonly answered: (w: Window) => void
  private readonly settled: () => void
  constructor(session: Session, answered: (w: Window) => void, settled: () => void) {
    this.session = session
    this.answered = answered
    this.settled = settled
  }

  get pending() {
    return this.underWay || this.timer !== undefined
  }

  refresh() {
    const s = this.session
    const actors = s.lanes.peek().filter((l) => isActor(l) && l.depth === 0)
    const lanes = actors.slice(0, mostActors).map((l) => l.id)
    const to = s.end.peek()
    const question = `${to} ${lanes.join()}`
    if (this.pending || question === this.askedFor || to <= 0 || lanes.length === 0) return
    const early = this.askedAt + pace - performance.now()
    if (early > 0) {
      this.timer = setTimeout(() => {
        this.timer = undefined
        this.refresh()
      }, early)
      return
    }
    this.underWay = true
    this.askedFor = question
    this.askedAt = performance.now()
    s.ask('window', { trace: s.trace, from: 0, to, width, lanes })
      .then(this.answered, () => {})
      .finally(() => {
        this.underWay = false
        this.settled()
      })
  }

  /** What was answered does not count any more. */
  forget() {
    this.askedFor = ''
  }
  stop() {
    clearTimeout(this.timer)
    this.timer = undefined
  }
}
