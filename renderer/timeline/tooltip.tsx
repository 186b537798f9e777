// What is under the mouse, in words. In: the hover and the stage. Out: a small box beside the mouse, or nothing.
import type { Lane } from '../../wire/api.ts'
import { type SliceKind } from '../../wire/kinds.ts'
import { meaningOf } from '../../wire/meanings.ts'
import { moment } from '../format.ts'
import type { Session } from '../state/session.ts'
import { theme } from '../theme.ts'
import { deskOf } from './desk.ts'
import { gapAt } from './display-list.ts'
import type { Hover } from './pointer.ts'
import type { Stage } from './stage.ts'
import { laneFacts, processFacts, runningFacts } from './facts.ts'
import { overviewTime } from './scene-overview.ts'
import { few, runnersAt } from './scene-runners.ts'
import { stepAt } from './scene-path.ts'
import { flowFacts, itemFacts, stepFacts } from './words.ts'
import { timeOfX } from './viewport.ts'

export function Tooltip({ session: s, stage, hover }: { session: Session; stage: Stage; hover: Hover }) {
  const { target, x, y } = hover
  const nameOf = (id: number) => s.lanes.value.find((l) => l.id === id)?.name ?? 'a lane that is not shown'
  const processes = s.summary.value?.processes ?? []
  const ownName = ({ name, process }: Lane) => {
    const own = processes.length > 1 && processes.find((p) => p.id === process)
    return own ? `${name} of ${own.name}` : name
  }
  const flow = target?.what === 'flow' ? s.flows.value[target.index] : undefined
  const lane = target && 'lane' in target ? s.lanes.value.find((l) => l.id === target.lane) : undefined
  const { width, height } = deskOf(s).size.value
  const place = {
    ...(x > width - 360 ? { right: `${width - x + 12}px` } : { left: `${x + 14}px` }),
    ...(y > height - 150 ? { bottom: `${height - y + 10}px` } : { top: `${y + 16}px` }),
  }
  if (target?.what === 'overview') {
    const { runners, viewport, end } = stage.input()
    const time = overviewTime({ viewport, end }, x)
    const n = runners && x >= viewport.names ? runnersAt(runners, time) : null
    if (n === null) return null
    return (
      <Facts
        place={place}
        title={`${few(n)} running`}
        lines={[`about ${moment(time)}`, ...(runners!.because ? [runners!.because] : [])]}
      />
    )
  }
  if (flow) return <Facts place={place} {...flowFacts(flow, nameOf)} />
  if (target?.what === 'path') {
    const path = s.path.value
    const step = path && stepAt(path, timeOfX(stage.input().viewport, x))
    return step && <Facts place={place} {...stepFacts(step, nameOf(step.lane))} />
  }
  if (target?.what === 'process') {
    const process = processes.find((p) => p.id === target.process)
    if (!process) return null
    const facts = processFacts(process, processes, s.lanes.value, s.end.value)
    return <Facts place={place} {...facts} />
  }
  if (!lane || !target) return null
  if (target.what === 'slice') {
    const { item } = target
    void stage.answered.value
    const facts = itemFacts(lane, item, item.exact ? stage.labels.labelOf(lane, item) : null)
    const colour = item.exact && theme.value.meaning[meaningOf[item.kind as SliceKind] ?? 'running']
    const where = `${ownName(lane)}${lane.site && ` · ${lane.site}`} · from ${moment(facts.from)}`
    return <Facts place={place} colour={colour || undefined} title={facts.title} lines={facts.lines} where={where} />
  }
  if (target.what === 'running') {
    const gap = gapAt(stage.list(), lane.id, x)
    const [from, to] = [gap?.before?.exact && gap.before.to, gap?.after?.exact && gap.after.from]
    const exactGil = s.lanes.value.some((l) => l.kind === 'gil' && l.process === lane.process)
    const facts = runningFacts(lane, from && to ? to - from : null, exactGil)
    return <Facts place={place} colour={theme.value.meaning.running} {...facts} where={ownName(lane)} />
  }
  if (target.what !== 'lane') return null
  return <Facts place={place} {...laneFacts(lane, s.end.value)} />
}

function Facts(props: {
  place: Record<string, string>
  title: string
  lines: readonly string[]
  colour?: string
  where?: string
}) {
  return (
    <div class="timeline-tooltip" data-testid="tooltip" style={props.place}>
      <b>
        {props.colour && <i style={{ background: props.colour }} />}
        {props.title}
      </b>
      {props.lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {props.where && <p class="where">{props.where}</p>}
    </div>
  )
}
