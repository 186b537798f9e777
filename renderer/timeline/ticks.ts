// Ticks of the time axis. In: a view in ns and how many fit. Out: where, and what is written there.
// Invariant: neighbours never read the same; a label is short at any zoom. Deep inside a long run the ticks count from a
// base that is written once ("12.345 s" at the left, then "+200 µs"): d3's own formats would write nine equal digits.
import { ticks as between, tickStep } from 'd3'
import type { View } from '../state/session.ts'

export interface Ticks {
  /** ns between ticks */
  step: number
  /** '' when the labels are absolute */
  base: string
  ticks: { time: number; label: string }[]
}

const units = [
  { name: 's', ns: 1e9 },
  { name: 'ms', ns: 1e6 },
  { name: 'µs', ns: 1e3 },
  { name: 'ns', ns: 1 },
] as const
type Unit = (typeof units)[number]
const second = units[0]
const longSteps = [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400]

/** about `count` ticks inside the view */
export function timeTicks(view: View, count: number): Ticks {
  const span = view.to - view.from
  const step = niceStep(span, count)
  const first = Math.max(0, Math.ceil(view.from / step))
  const last = Math.floor(view.to / step)
  const times: number[] = []
  for (let i = first; i <= last && times.length < 1_000; i++) times.push(i * step)

  const largest = Math.max(...times, 0)
  const unit = units.find((u) => largest >= u.ns) ?? units[3]
  if (decimals(step, unit) <= 3)
    return { step, base: '', ticks: times.map((time) => ({ time, label: absolute(time, step, unit) })) }

  const fine = units.find((u) => step >= u.ns) ?? units[3]
  const base = Math.floor(Math.max(0, view.from) / (fine.ns * 1000)) * fine.ns * 1000
  const ticks = times.map((time) => ({ time, label: `+${Math.round((time - base) / fine.ns)} ${fine.name}` }))
  return { step, base: base === 0 ? '0 s' : absolute(base, fine.ns * 1000, second), ticks }
}

function niceStep(span: number, count: number): number {
  const raw = span / Math.max(1, count)
  if (raw > 7.5e9)
    return (longSteps.find((s) => s * 1e9 >= raw * 0.75) ?? tickStep(0, span / 86_400e9, count) * 86_400) * 1e9
  return Math.max(1, tickStep(0, span, count))
}

/** digits after the point that tell two ticks apart in that unit */
const decimals = (step: number, unit: Unit) => Math.max(0, Math.ceil(Math.log10(unit.ns / step) - 1e-9))

function absolute(time: number, step: number, unit: Unit): string {
  if (time === 0) return '0'
  if (unit === second && time >= 60e9 && step >= 1e9) return clockOf(Math.round(time / 1e9))
  return `${(time / unit.ns).toFixed(decimals(step, unit))} ${unit.name}`
}

function clockOf(seconds: number): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return h > 0 ? `${h}:${two(m)}:${two(s)} h` : `${m}:${two(s)} min`
}

/** A moment, exact enough to tell apart two pixels of `nsPerPx`. */
export function timeLabel(time: number, nsPerPx: number): string {
  const t = Math.max(0, Math.round(time))
  const unit = units.find((u) => t >= u.ns) ?? units[3]
  const digits = Math.min(9, Math.max(0, Math.ceil(Math.log10(unit.ns / Math.max(1, nsPerPx)))))
  return `${(t / unit.ns).toFixed(digits)} ${unit.name}`
}

/** Small round numbers for the depth of a queue. */
export const depthTicks = (max: number) => between(0, max, 2).filter(Number.isInteger)
