// Where the timeline looks: run time ↔ window pixels. In: the view and the size of the canvas. Out: coordinates.
// Every coordinate names its space: runTime is ns since the start of the run, windowPx is a CSS pixel of the canvas,
// devicePx a dot of the screen. Invariant: zooming keeps the run time under the cursor where it was.
import { scaleLinear } from 'd3'
import type { View } from '../state/session.ts'

export interface Viewport extends View {
  /** windowPx: the whole canvas */
  width: number
  height: number
  /** windowPx: the name column, left of the plot */
  names: number
  /** windowPx: overview and time axis, above the plot */
  top: number
  /** windowPx: how far the lanes are scrolled up */
  scroll: number
  /** devicePx a windowPx */
  ratio: number
}

/** Shortest view, ns: below it a clock tick is wider than the screen. */
export const shortestView = 200

export const plotWidth = (v: Viewport) => Math.max(1, v.width - v.names)
export const nsPerPx = (v: Viewport) => (v.to - v.from) / plotWidth(v)

/** runTime → windowPx and back by `.invert` */
export const timeScale = (v: Viewport) => scaleLinear().domain([v.from, v.to]).range([v.names, v.width])
export const xOfTime = (v: Viewport, runTime: number) => v.names + (runTime - v.from) / nsPerPx(v)
export const timeOfX = (v: Viewport, windowPx: number) => v.from + (windowPx - v.names) * nsPerPx(v)

/** windowPx moved to the nearest edge between two devicePx, so that a line is sharp */
export const snap = (windowPx: number, ratio: number) => Math.round(windowPx * ratio) / ratio

/** A view that still shows something of a run that ends at `end`. */
export function inBounds(view: View, end: number): View {
  const longest = Math.max(end, 1_000) * 1.2
  const middle = (view.from + view.to) / 2
  const span = Math.min(longest, Math.max(shortestView, view.to - view.from))
  const wanted = span === view.to - view.from ? view.from : middle - span / 2
  const first = -0.1 * span
  const last = Math.max(first, end - 0.9 * span)
  const from = Math.min(last, Math.max(first, wanted))
  return { from, to: from + span }
}

/** factor < 1 zooms in; `runTime` stays where it is unless the bounds forbid it */
export function zoomAt(view: View, runTime: number, factor: number, end: number): View {
  const span = view.to - view.from
  const longest = Math.max(end, 1_000) * 1.2
  const next = Math.min(longest, Math.max(shortestView, span * factor))
  const from = runTime - ((runTime - view.from) / span) * next
  return inBounds({ from, to: from + next }, end)
}

export const panBy = (view: View, ns: number, end: number): View =>
  inBounds({ from: view.from + ns, to: view.to + ns }, end)

/** The view as it was when the run ended at `known`: what follows the end is drawn up to what is known, not to a sliver
 *  that nobody knows yet and that would flicker. */
export function asOf(view: View, end: number, known: number): View {
  const late = end - known
  return { from: Math.max(0, view.from - late), to: view.to - late }
}

/** A view in which [from, to] takes a sixth of the width (or as said), with what led to it and what came of it. */
export function closeTo(from: number, to: number, end: number, times = 6): View {
  const span = Math.max(shortestView, (to - from) * times)
  const middle = (from + to) / 2
  return inBounds({ from: middle - span / 2, to: middle + span / 2 }, end)
}

/** A view in which [from, to] takes the middle; it keeps its zoom where that is enough. */
export function around(view: View, from: number, to: number, end: number): View {
  const span = view.to - view.from
  const dur = to - from
  const wide = dur > span * 0.8
  const narrow = dur < span * 0.01
  const next = wide ? dur * 1.25 : narrow ? Math.max(shortestView, dur * 20) : span
  const middle = (from + to) / 2
  return inBounds({ from: middle - next / 2, to: middle + next / 2 }, end)
}
