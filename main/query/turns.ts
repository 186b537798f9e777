// The turns of what only one actor has at a time, a GIL or an event loop, as columns in memory: who had it, from when to
// when, since which line. In: the object. Out: turns in order of time; they never overlap, so starts and ends both rise.
import type { ObjectRow } from '../store/model.ts'
import { lanesOf } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { columnsIn } from './read.ts'

export class Turns {
  n = 0
  start = new Float64Array(256)
  end = new Float64Array(256)
  actor = new Uint32Array(256)
  /** the loop or GIL */
  object = new Uint32Array(256)
  site = new Uint32Array(256)

  private push(start: number, end: number, actor: number, object: number, site: number): void {
    if (this.n === this.start.length) this.grow()
    const i = this.n++
    this.start[i] = start
    this.end[i] = end
    this.actor[i] = actor
    this.object[i] = object
    this.site[i] = site
  }
  private grow(): void {
    const size = this.n * 2
    const { start, end, actor, object, site } = this
    ;(this.start = new Float64Array(size)).set(start)
    ;(this.end = new Float64Array(size)).set(end)
    ;(this.actor = new Uint32Array(size)).set(actor)
    ;(this.object = new Uint32Array(size)).set(object)
    ;(this.site = new Uint32Array(size)).set(site)
  }

  /** Turns that came later. */
  append(later: Turns): void {
    for (let i = 0; i < later.n; i++)
      this.push(later.start[i]!, later.end[i]!, later.actor[i]!, later.object[i]!, later.site[i]!)
  }

  /** The last turn that had ended by then; -1: none. */
  endedBy(time: number): number {
    let low = 0
    let high = this.n
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.end[middle]! <= time) low = middle + 1
      else high = middle
    }
    return low - 1
  }
  /** Reads them some thousands at a time. */
  *read(trace: Trace, object: ObjectRow, from = 0, to = trace.end): Generator<void> {
    for (const lane of lanesOf(object.lane))
      for (const [columns, first, last] of columnsIn(trace, lane, from, to)) {
        for (let i = first; i < last; i++) {
          const start = columns.start[i]!
          this.push(start, start + columns.dur[i]!, columns.object[i]!, object.id, columns.site[i]!)
        }
        yield
      }
  }
  /** The turn in which the time lies, its beginning or not; -1: none. */
  at(time: number): number {
    const i = this.endedBy(time) + 1
    return i < this.n && this.start[i]! <= time ? i : -1
  }
  /** The last turn that began before the time; -1: none. */
  before(time: number): number {
    let low = 0
    let high = this.n
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.start[middle]! < time) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}

/** The thread that runs each event loop: who runs its callbacks, else the first thread of its process. */
export function threadOfLoop(trace: Trace, loop: ObjectRow, turns: Turns): number {
  for (let i = 0; i < turns.n; i++) {
    const actor = trace.objects[turns.actor[i]!]
    if (actor?.lane?.kind === 'thread') return actor.id
  }
  return (
    trace.threads.find((t) => t.object.process === loop.process && t.object.lane!.kind === 'thread')?.object.id ?? 0
  )
}
