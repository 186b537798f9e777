// How the view moves: held keys with a soft start and end, jumps as a short glide, and the history of both.
// In: keys, targets, the clock. Out: views. Pure state, no timers: the frame loop steps it.
import { easeCubicOut } from 'd3'
import type { View } from '../state/session.ts'

export type HeldKey = 'in' | 'out' | 'left' | 'right'

const screensPerSecond = 1.4
const zoomPerSecond = 4.2
/** ms in which a held key reaches its speed and a released one comes to rest */
const softness = 80

/** Speed of pan and zoom under held keys. A tap moves about a tenth of a screen. */
export class Motion {
  private held = new Set<HeldKey>()
  private pan = 0
  private zoom = 0

  press(key: HeldKey) {
    if (this.held.has(key)) return
    this.held.add(key)
    if (key === 'left' || key === 'right') this.pan = towards(this.pan, this.wish('left', 'right'))
    else this.zoom = towards(this.zoom, this.wish('in', 'out'))
  }
  release(key: HeldKey) {
    this.held.delete(key)
  }
  releaseAll() {
    this.held.clear()
  }
  get moving() {
    return this.held.size > 0 || this.pan !== 0 || this.zoom !== 0
  }
  /** screens to pan by and factor to zoom by in the next `ms` */
  step(ms: number): { pan: number; factor: number } {
    const keep = Math.exp(-ms / softness)
    this.pan = rest(this.wish('left', 'right') + (this.pan - this.wish('left', 'right')) * keep)
    this.zoom = rest(this.wish('in', 'out') + (this.zoom - this.wish('in', 'out')) * keep)
    return { pan: (this.pan * screensPerSecond * ms) / 1000, factor: Math.exp((this.zoom * zoomPerSecond * ms) / 1000) }
  }
  private wish(minus: HeldKey, plus: HeldKey) {
    return (this.held.has(plus) ? 1 : 0) - (this.held.has(minus) ? 1 : 0)
  }
}
const towards = (speed: number, wish: number) => (Math.abs(speed) > 0.8 ? speed : wish * 0.8)
const rest = (speed: number) => (Math.abs(speed) < 0.02 ? 0 : speed)

const glideMs = 200
/** A view on its way to another one. */
export class Glide {
  private from: View
  readonly to: View
  private begun: number
  constructor(from: View, to: View, now: number) {
    this.from = from
    this.to = to
    this.begun = now
  }
  done(now: number) {
    return now - this.begun >= glideMs
  }
  /** zooms in proportion, so that a jump from a minute to a microsecond is as smooth as one between neighbours */
  at(now: number): View {
    if (this.done(now)) return this.to
    const t = easeCubicOut(Math.max(0, now - this.begun) / glideMs)
    const [a, b] = [this.from.to - this.from.from, this.to.to - this.to.from]
    const span = a * (b / a) ** t
    const part = Math.abs(a - b) < a * 1e-9 ? t : (a - span) / (a - b)
    const from = this.from.from + (this.to.from - this.from.from) * part
    return { from, to: from + span }
  }
}

export interface Spot {
  view: View
  scroll: number
}
const sameGesture = 700
const most = 200

/** Where the person has been. A gesture (one drag, one roll of the wheel, one held key) is one step. */
export class History {
  private past: Spot[] = []
  private future: Spot[] = []
  private gesture = ''
  private last = -Infinity

  /** Call before a move; `gesture` names what the person does. */
  remember(spot: Spot, gesture: string, now: number) {
    const goesOn = gesture === this.gesture && now - this.last < sameGesture
    this.gesture = gesture
    this.last = now
    if (goesOn) return
    this.past.push(spot)
    if (this.past.length > most) this.past.shift()
    this.future = []
  }
  undo(here: Spot): Spot | null {
    return this.step(this.past, this.future, here)
  }
  redo(here: Spot): Spot | null {
    return this.step(this.future, this.past, here)
  }
  private step(from: Spot[], to: Spot[], here: Spot): Spot | null {
    const spot = from.pop()
    if (!spot) return null
    to.push(here)
    this.gesture = ''
    return spot
  }
}
