// The side of the trace screen: tabs above, the selected slice below, both resizable. Which tab, and how wide, is kept.
// Selecting an area opens its statistics; selecting a slice changes no tab, so that a ranking stays while it is read.
import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { plural } from '../format.ts'
import { actions, mostSteps } from '../timeline/actions.ts'
import { relight } from '../timeline/light.ts'
import { ruleName } from '../words.ts'
import { recall, remember } from '../state/memory.ts'
import { tab, tabs, type Tab } from '../state/tab.ts'
import { stopStep, type App } from '../state/app.ts'
import type { Session } from '../state/session.ts'
import { AreaPanel } from './area.tsx'
import { AwaitsPanel } from './awaits.tsx'
import { ContentionPanel } from './contention.tsx'
import { DetailsPanel } from './details.tsx'
import { FindingsPanel } from './findings.tsx'
import { OutputPanel } from './output.tsx'
import { chosen, PathPanel } from './path.tsx'
import { SqlPanel } from './sql.tsx'
import { useAnswer } from './use-answer.ts'

const names: Record<Tab, string> = {
  contention: 'Contention',
  findings: 'Findings',
  path: 'Path',
  awaits: 'Awaits',
  area: 'Area',
  output: 'Output',
  sql: 'SQL',
}
const width = signal(recall('panel-width', Math.round(Math.min(Math.max(innerWidth * 0.31, 420), 480))))
const lower = signal(recall('details-height', Math.round(Math.min(Math.max(innerHeight * 0.4, 240), 460))))

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
/** px: there is nothing to show, and the tab above has more to say */
const unselected = 138
/** ms: while its tab is hidden, only a new number of findings is a reason to ask for them */
const never = 1e9

export function Panel({ app, session }: { app: App; session: Session }) {
  const findings = useAnswer(
    session,
    () => session.ask('findings', { trace: session.trace }),
    `${session.findingCount.value} ${session.summary.value?.state}`,
    tab.value === 'findings' ? 1000 : never,
  )
  useEffect(() => {
    if (findings.value) relight(session, findings.value)
  }, [findings.value])
  const wanted = tab.value === 'path' || session.pathShown.value
  const path = useAnswer(
    session,
    async () => (wanted ? await session.ask('criticalPath', { trace: session.trace, ...chosen(session) }) : null),
    `${wanted} ${session.area.value?.from} ${session.area.value?.to} ${session.summary.value?.state}`,
    wanted ? 2000 : never,
  )
  useEffect(() => void (session.path.value = path.value), [path.value])
  const grave = findings.value?.find((f) => f.weight >= 1)
  const news = grave && `${capital(ruleName(grave.rule))}: ${grave.subject}. See Findings.`
  useEffect(() => {
    if (news && session.summary.peek()?.state === 'recording') app.say(news)
  }, [news, session])
  const summary = session.summary.value
  const state = summary?.state
  const was = useRef(state)
  useEffect(() => {
    // a program that failed has most likely said why
    const failed = typeof summary?.exit === 'number' && summary.exit !== 0
    if (state === 'finished' && was.current !== state && failed && stopStep(session).peek() === 0) tab.value = 'output'
    was.current = state
  }, [state])
  const area = session.area.value
  const hadArea = useRef(area)
  useEffect(() => {
    if (area && !hadArea.current) tab.value = 'area'
    hadArea.current = area
  }, [area])
  return (
    <aside class="panel" style={{ width: `${width.value}px` }}>
      <Divider
        axis="x"
        label="Width of the panel"
        read={() => width.value}
        write={(px) => {
          width.value = Math.round(Math.min(Math.max(px, 320), Math.max(320, innerWidth - 420)))
          remember('panel-width', width.value)
        }}
      />
      <div class="tabs" role="tablist">
        {tabs.map((t) => (
          <button
            key={t}
            role="tab"
            aria-selected={tab.value === t}
            data-testid={`tab-${t}`}
            onClick={() => (tab.value = t)}
          >
            {names[t]}
            {t === 'findings' && (findings.value?.length ?? 0) > 0 && (
              <i class={`badge ${grave ? 'grave' : ''}`}>{findings.value!.length}</i>
            )}
            {t === 'area' && area && <i class="badge dot-badge" />}
          </button>
        ))}
      </div>
      <div class="tab-body" role="tabpanel" aria-label={names[tab.value]}>
        {tab.value === 'contention' && <ContentionPanel session={session} />}
        {tab.value === 'findings' && <FindingsPanel app={app} session={session} findings={findings} />}
        {tab.value === 'path' && <PathPanel session={session} path={path} />}
        {tab.value === 'awaits' && <AwaitsPanel session={session} />}
        {tab.value === 'area' && <AreaPanel session={session} />}
        {tab.value === 'output' && <OutputPanel session={session} />}
        {tab.value === 'sql' && <SqlPanel session={session} />}
      </div>
      <div
        class="lower"
        style={{ height: `${session.selection.value ? lower.value : Math.min(lower.value, unselected)}px` }}
      >
        <Divider
          axis="y"
          label="Height of the details"
          read={() => lower.value}
          write={(px) => {
            lower.value = Math.round(Math.min(Math.max(px, 90), Math.max(90, innerHeight - 260)))
            remember('details-height', lower.value)
          }}
        />
        <div class="lower-head">
          <h3>Details</h3>
          {session.selection.value && <Reach session={session} />}
        </div>
        <div class="lower-body">
          <DetailsPanel session={session} />
        </div>
      </div>
    </aside>
  )
}

/** How far the arrows of the selection reach. */
function Reach({ session }: { session: Session }) {
  const steps = session.flowDepth.value
  const change = (by: number, label: string, sign: string) => (
    <button
      class="icon-button"
      aria-label={label}
      title={label}
      disabled={steps + by < 1 || steps + by > mostSteps}
      onClick={() => actions.reach(session, steps + by)}
    >
      {sign}
    </button>
  )
  return (
    <span class="reach" data-testid="reach" title="How many steps of cause and effect the arrows show  1 … 8">
      {session.flows.value.length > 0 ? plural(session.flows.value.length, 'arrow') : 'no arrows'} over{' '}
      {plural(steps, 'step')}
      {change(-1, 'Arrows one step less', '−')}
      {change(1, 'Arrows one step further', '+')}
    </span>
  )
}

/** Drag it, or move it with the arrow keys. The panel lies right of or below it: towards the start is larger. */
function Divider(props: { axis: 'x' | 'y'; label: string; read: () => number; write: (px: number) => void }) {
  const along = (e: PointerEvent) => (props.axis === 'x' ? e.clientX : e.clientY)
  const start = useRef<{ at: number; size: number } | null>(null)
  return (
    <div
      class={`divider ${props.axis}`}
      role="separator"
      tabIndex={0}
      aria-label={props.label}
      aria-orientation={props.axis === 'x' ? 'vertical' : 'horizontal'}
      aria-valuenow={props.read()}
      onPointerDown={(e) => {
        start.current = { at: along(e), size: props.read() }
        e.currentTarget.setPointerCapture(e.pointerId)
        e.preventDefault()
      }}
      onPointerMove={(e) => start.current && props.write(start.current.size + start.current.at - along(e))}
      onPointerUp={() => (start.current = null)}
      onPointerCancel={() => (start.current = null)}
      onKeyDown={(e) => {
        const step = { ArrowLeft: 24, ArrowUp: 24, ArrowRight: -24, ArrowDown: -24 }[e.key]
        if (!step) return
        e.preventDefault()
        e.stopPropagation()
        props.write(props.read() + step)
      }}
    />
  )
}
