// Steps that blocked an event loop (kind stall), by the line at which they had gone on: a hundred tasks may run the same
// function. A loop that a library runs for itself is left out: nothing of the program waits for its turn there.
import { sliceKinds } from '../../wire/kinds.ts'
import type { SliceColumns } from '../query/read.ts'
import type { Lane } from '../store/lane.ts'
import type { Trace } from '../store/trace.ts'
import type { Tally } from './tally.ts'

export interface Stall {
  actor: number
  lane: number
  time: number
  dur: number
}
export interface Stalled {
  loop: number
  site: number
  count: number
  total: number
  /** actor → ns */
  actors: Map<number, number>
  /** the longest first: they are looked into and cited */
  longest: Stall[]
}
const kept = 20

export class Stalls implements Tally {
  readonly all = new Map<string, Stalled>()
  /** place = site: steps of any length that went on there, on any loop */
  private steps = new Uint32Array(64)
  private readonly trace: Trace
  constructor(trace: Trace) {
    this.trace = trace
  }
  reads = (lane: Lane): boolean => lane.kind === 'loop' && !this.trace.objects[lane.object]!.internal
  stepsAt = (site: number): number => this.steps[site] ?? 0

  add(lane: Lane, { kind, object, site, start, dur }: SliceColumns, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const at = site[i]!
      if (at >= this.steps.length) this.steps = grown(this.steps, at)
      this.steps[at]!++
      if (kind[i] !== sliceKinds.stall) continue
      const key = `${lane.object} ${at}`
      let stalled = this.all.get(key)
      if (!stalled) {
        stalled = { loop: lane.object, site: at, count: 0, total: 0, actors: new Map(), longest: [] }
        this.all.set(key, stalled)
      }
      const actor = object[i]!
      stalled.count++
      stalled.total += dur[i]!
      stalled.actors.set(actor, (stalled.actors.get(actor) ?? 0) + dur[i]!)
      keep(stalled.longest, { actor, lane: lane.id, time: start[i]!, dur: dur[i]! })
    }
  }
}

function grown(from: Uint32Array<ArrayBuffer>, least: number): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(Math.max(2 * from.length, least + 1))
  more.set(from)
  return more
}
function keep(longest: Stall[], stall: Stall): void {
  if (longest.length === kept && stall.dur <= longest.at(-1)!.dur) return
  const at = longest.findIndex((s) => s.dur < stall.dur)
  longest.splice(at < 0 ? longest.length : at, 0, stall)
  if (longest.length > kept) longest.pop()
}
