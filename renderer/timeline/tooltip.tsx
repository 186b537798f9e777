// What is under the mouse, in words. In: the hover and the stage. Out: a small box beside the mouse, or nothing.
import { meaningOf, type SliceKind } from '../../wire/kinds.ts'
import { duration, moment } from '../format.ts'
import type { Session } from '../state/session.ts'
import { theme } from '../theme.ts'
import { deskOf } from './desk.ts'
import { gapAt } from './display-list.ts'
import type { Hover } from './pointer.ts'
import type { Stage } from './stage.ts'
import { flowFacts, itemFacts } from './words.ts'

export function Tooltip({ session: s, stage, hover }: { session: Session; stage: Stage; hover: Hover }) {
  const { target, x, y } = hover
  const nameOf = (id: number) => s.lanes.value.find((l) => l.id === id)?.name ?? 'a lane that is not shown'
  const flow = target?.what === 'flow' ? s.flows.value[target.index] : undefined
  const lane = target && 'lane' in target ? s.lanes.value.find((l) => l.id === target.lane) : undefined
  const { width, height } = deskOf(s).size.value
  const place = {
    ...(x > width - 360 ? { right: `${width - x + 12}px` } : { left: `${x + 14}px` }),
    ...(y > height - 150 ? { bottom: `${height - y + 10}px` } : { top: `${y + 16}px` }),
  }
  if (flow) {
    const facts = flowFacts(flow, nameOf)
    return (
      <div class="timeline-tooltip" data-testid="tooltip" style={place}>
        <b>{facts.title}</b>
        {facts.lines.map((line) => (
          <p key={line}>{line}</p>
        ))}
      </div>
    )
  }
  if (!lane || !target) return null
  if (target.what === 'slice') {
    const { item } = target
    void stage.answered.value
    const facts = itemFacts(lane, item, item.exact ? stage.labels.labelOf(lane, item) : null)
    const colour = item.exact && theme.value.meaning[meaningOf[item.kind as SliceKind] ?? 'running']
    return (
      <div class="timeline-tooltip" data-testid="tooltip" style={place}>
        <b>
          {colour && <i style={{ background: colour }} />}
          {facts.title}
        </b>
        {facts.lines.map((line) => (
          <p key={line}>{line}</p>
        ))}
        <p class="where">
          {lane.name}
          {lane.site && ` · ${lane.site}`} · from {moment(facts.from)}
        </p>
      </div>
    )
  }
  if (target.what === 'running') {
    const gap = gapAt(stage.list(), lane.id, x)
    const [from, to] = [gap?.before?.exact && gap.before.to, gap?.after?.exact && gap.after.from]
    return (
      <div class="timeline-tooltip" data-testid="tooltip" style={place}>
        <b>
          <i style={{ background: theme.value.meaning.running }} />
          runs
        </b>
        {from && to ? (
          <p>for {duration(to - from)}, or waits for the GIL or a core</p>
        ) : (
          <p>or waits for the GIL or a core</p>
        )}
        <p class="where">{lane.name}</p>
      </div>
    )
  }
  if (target.what !== 'lane') return null
  const end = lane.end ?? s.end.value
  return (
    <div class="timeline-tooltip" data-testid="tooltip" style={place}>
      <b>{lane.name}</b>
      {lane.site && <p>made at {lane.site}</p>}
      <p>
        {lane.kind === 'thread'
          ? lane.waited > 0
            ? `waited ${duration(lane.waited)} in ${duration(end - lane.start)}`
            : `has not waited in ${duration(end - lane.start)}`
          : lane.waited > 0
            ? `threads waited ${duration(lane.waited)} for it`
            : 'nobody waited for it'}
      </p>
      {lane.kind === 'queue' && lane.capacity > 0 && <p>holds at most {lane.capacity}</p>}
    </div>
  )
}
