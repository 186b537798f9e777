// What the rules found, worst first, also while it is recorded. A click on a finding opens it and lights up what proves
// it. Below them, what the rules answered that found nothing. Invariant: whatever comes in live, the finding that a person
// has opened stays open, and where it is on the screen.
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Finding, Summary } from '../../wire/api.ts'
import { percent } from '../format.ts'
import { Empty } from '../parts/controls.tsx'
import type { App } from '../state/app.ts'
import type { Session } from '../state/session.ts'
import { findingKey, light } from '../timeline/light.ts'
import { FindingCard } from './finding-card.tsx'
import { RuleAnswers } from './rule-answers.tsx'
import type { Kept } from './use-answer.ts'

export function FindingsPanel(props: { app: App; session: Session; findings: Kept<Finding[]> }) {
  const { app, session, findings } = props
  const { value, error } = findings
  const list = useRef<HTMLUListElement>(null)
  useSteady(list, session)
  if (!value) return <Empty title={error ? 'No findings' : 'Checking the rules…'}>{error}</Empty>
  const open = session.finding.value
  const sorted = [...value].sort((a, b) => b.weight - a.weight)
  const summary = session.summary.value
  return (
    <div class="findings">
      <Progress summary={summary} />
      {sorted.length === 0 ? (
        <Nothing summary={summary} />
      ) : (
        <ul ref={list}>
          {sorted.map((f) => (
            <FindingCard
              key={findingKey(f)}
              app={app}
              session={session}
              finding={f}
              open={open === null ? f === sorted[0] : open === findingKey(f)}
              onOpen={() => {
                session.finding.value = findingKey(f)
                light(session, f)
              }}
            />
          ))}
        </ul>
      )}
      <RuleAnswers session={session} />
    </div>
  )
}

/** What is read stays where it is when something comes in above it, and a card that is opened when another one closes. */
function useSteady(list: { current: HTMLElement | null }, session: Session) {
  const were = useRef(new Map<Element, number>())
  useLayoutEffect(() => {
    const body = list.current?.closest('.tab-body')
    if (!body) return were.current.clear()
    const top = (card: Element) => card.getBoundingClientRect().top - body.getBoundingClientRect().top
    const open = body.querySelector('.finding.open')
    const was = open && were.current.get(open)
    // by hand only: what was opened by itself gives way to what is worse
    if (open && was !== undefined && was !== null && session.finding.peek() !== null) body.scrollTop += top(open) - was
    const note = () => (were.current = new Map([...body.querySelectorAll('.finding')].map((card) => [card, top(card)])))
    note()
    body.addEventListener('scroll', note, { passive: true })
    return () => body.removeEventListener('scroll', note)
  })
}

function Progress({ summary }: { summary: Summary | null }) {
  if (!summary || summary.state !== 'finishing') return null
  const { rows, diagnosed } = summary
  return (
    <div class="rules-progress" role="status">
      <span>
        {rows < 1
          ? `Making rows, then the rules are checked: ${percent(rows)}`
          : `Checking the rules: ${percent(diagnosed)}`}
      </span>
      <progress max={1} value={(rows + diagnosed) / 2} />
    </div>
  )
}

function Nothing({ summary }: { summary: Summary | null }) {
  if (summary?.state === 'recording')
    return (
      <Empty title="Nothing found so far">
        The rules are checked while the program runs: a deadlock is said while it happens, what adds up is said as soon
        as it is worth a look.
      </Empty>
    )
  if (summary?.state === 'finishing') return null
  return (
    <Empty title="The rules found nothing wrong">
      What each of them looked for, and whether it could tell, is below.
    </Empty>
  )
}
