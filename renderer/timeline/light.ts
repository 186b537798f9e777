// Lights up what proves a finding. In: a session, the finding, and which of its rows (-1: all). Out: `lit`, and a view in
// which all of it is seen: its lanes unfolded and scrolled to, or on top of the timeline where they lie too far apart.
// Invariant: what the person pinned stays pinned; what is pinned for a finding goes with its light.
import { batch } from '@preact/signals'
import type { Finding } from '../../wire/api.ts'
import type { Session, View } from '../state/session.ts'
import { actions, moveTo, reveal } from './actions.ts'
import { deskOf } from './desk.ts'
import { rowOfLane } from './layout.ts'
import { closeTo, inBounds } from './viewport.ts'

/** of the span of the rows, on each side */
const margin = 0.12
/** lanes on top of the timeline for one finding */
const mostPins = 8

export const findingKey = ({ rule, subject }: Pick<Finding, 'rule' | 'subject'>) => `${rule} ${subject}`

/** All rows, with what is around them. */
export function litView(rows: Finding['evidence'], end: number): View | null {
  if (rows.length === 0) return null
  const from = Math.min(...rows.map((r) => r.time))
  const to = Math.max(...rows.map((r) => r.time + r.dur))
  const longest = Math.max(...rows.map((r) => r.dur))
  // they are one moment: what led to it and what came of it has a place too
  if (to - from < longest * 1.5) return closeTo(from, to, Math.max(end, to), 2.5)
  const air = (to - from) * margin
  return inBounds({ from: from - air, to: to + air }, Math.max(end, to))
}

export function light(s: Session, finding: Finding, at = -1): void {
  const { evidence: rows, parties } = finding
  const key = findingKey(finding)
  const lanes = [...new Set(rows.map((r) => r.lane))]
  const before = s.lit.peek()
  batch(() => {
    s.selection.value = null
    s.flows.value = []
    s.lit.value = { key, rows, parties, at, pins: before?.key === key ? before.pins : [] }
  })
  if (before?.key !== key) show(s, lanes)
  const row = rows[at]
  if (row) return void actions.jumpTo(s, row.lane, row.time, 'closely')
  const view = litView(rows, s.end.peek())
  if (view) moveTo(s, view, `light ${key}`, true)
}

/** The rows of the finding that is lit, as they are by now: what is not over grows. */
export function relight(s: Session, findings: readonly Finding[]): void {
  const lit = s.lit.peek()
  const now = lit && findings.find((f) => findingKey(f) === lit.key)
  if (now) s.lit.value = { ...lit, rows: now.evidence, parties: now.parties }
}

function show(s: Session, lanes: readonly number[]): void {
  const desk = deskOf(s)
  for (const lane of lanes) reveal(s, lane)
  const { rows, pinnedHeight } = desk.layout.peek()
  const found = lanes.flatMap((lane) => rowOfLane(desk.layout.peek(), lane) ?? []).filter((f) => !f.pinned)
  if (found.length === 0) return
  const top = Math.min(...found.map(({ row }) => row.y))
  const bottom = Math.max(...found.map(({ row }) => row.y + row.height))
  const v = desk.viewport.peek()
  const room = v.height - v.top - pinnedHeight
  if (bottom - top > room && rows.length > 0) {
    const lit = s.lit.peek()
    if (lit) s.lit.value = { ...lit, pins: lanes.slice(0, mostPins) }
    return
  }
  if (top < v.scroll || bottom > v.scroll + room) desk.scroll.value = Math.max(0, (top + bottom - room) / 2)
}
