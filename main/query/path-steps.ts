// Steps of a path as they are found, from its end back to its start; and what its time was spent on.
//
// In: stretches of time that touch, each with the actor and what it did. Out: at most some thousands of steps, in order
// of time, and exact sums whatever was merged. When there are too many, neighbours within a grain of time become one that
// says what most of it was; the grain doubles until they are few enough.
import type { PathStep } from '../../wire/api.ts'
import type { SliceKind } from '../../wire/kinds.ts'
import { isWork } from './stream-rows.ts'

/** more than a screen has pixels; twice as many may be there before they are merged */
const most = 4096

export interface Stretch {
  lane: number
  from: number
  to: number
  /** 0: it runs */
  kind: number
  actor: number
  /** what it had then, or waited for; 0 = nothing */
  object: number
  site: number
  /** through what the next stretch was set off */
  through: string
}

export class PathSteps {
  readonly actors = new Map<number, number>()
  readonly objects = new Map<number, number>()
  readonly sites = new Map<number, number>()
  /** what a device ran → the stream in which it did so last */
  readonly streams = new Map<number, number>()
  private readonly from: number
  private readonly to: number
  /** latest first */
  private steps: (PathStep & { longest: number })[] = []
  private grain = 0
  merged = false

  constructor(from: number, to: number) {
    this.from = from
    this.to = to
  }
  add(s: Stretch): void {
    const from = Math.max(s.from, this.from)
    const to = Math.min(s.to, this.to)
    if (to <= from) return
    const dur = to - from
    addTo(this.actors, s.actor, dur)
    if (s.object) addTo(this.objects, s.object, dur)
    if (isWork(s.object) && !this.streams.has(s.object)) this.streams.set(s.object, s.actor)
    if (s.site) addTo(this.sites, s.site, dur)
    const doing = s.kind === 0 ? ('runs' as const) : (s.kind as SliceKind)
    this.put({ lane: s.lane, from, to, doing, through: s.through, count: 1, longest: dur })
  }
  private put(step: PathStep & { longest: number }): void {
    const next = this.steps.at(-1)
    const goesOn = next && next.lane === step.lane && next.doing === step.doing && step.through === ''
    if (goesOn && next.count === 1 && step.count === 1) {
      next.from = step.from
      next.longest = next.to - next.from
    } else if (next && next.to - step.from <= this.grain) absorb(next, step)
    else this.steps.push(step)
    if (this.steps.length >= 2 * most) this.coarsen()
  }
  private coarsen(): void {
    this.merged = true
    const all = this.steps
    this.grain = Math.max(this.grain * 2, (all[0]!.to - all.at(-1)!.from) / most / 2)
    this.steps = []
    for (const step of all) {
      const next = this.steps.at(-1)
      if (next && next.to - step.from <= this.grain) absorb(next, step)
      else this.steps.push(step)
    }
    if (this.steps.length > most) this.coarsen()
  }
  inOrder = (): PathStep[] => this.steps.toReversed().map(({ longest: _, ...step }) => step)
}

const addTo = (sums: Map<number, number>, key: number, dur: number) => sums.set(key, (sums.get(key) ?? 0) + dur)

/** The step before it becomes part of it. */
function absorb(step: PathStep & { longest: number }, before: PathStep & { longest: number }): void {
  if (before.longest > step.longest) {
    step.lane = before.lane
    step.doing = before.doing
    step.longest = before.longest
  }
  step.from = before.from
  step.count += before.count
}
