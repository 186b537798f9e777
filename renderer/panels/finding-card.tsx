// One finding: its sentence, and when it is open who waits for whom, the rows that prove it one after the other, why it
// matters, what to try, and its query. In: the finding. Out: what is lit in the timeline, a query in the SQL tab.
import { useState } from 'preact/hooks'
import type { Finding } from '../../wire/api.ts'
import { Icon } from '../parts/icon.tsx'
import type { App } from '../state/app.ts'
import type { Session } from '../state/session.ts'
import { openQuery } from '../state/tab.ts'
import { findingKey, light } from '../timeline/light.ts'
import { ruleName, severityOf, severityWord } from '../words.ts'
import { Parties } from './parties.tsx'

/** letters: more than this is shown on request */
const longSentence = 330

interface Props {
  app: App
  session: Session
  finding: Finding
  open: boolean
  onOpen: () => void
}

export function FindingCard({ app, session, finding: f, open, onOpen }: Props) {
  const severity = severityOf(f.weight)
  const lit = session.lit.value?.key === findingKey(f)
  const [whole, setWhole] = useState(false)
  const long = f.sentence.length > longSentence
  return (
    <li
      class={`finding ${severity} ${open ? 'open' : ''} ${lit ? 'lit' : ''}`}
      data-testid="findings-row"
      data-rule={f.rule}
    >
      <button
        class="finding-main"
        aria-expanded={open}
        title={open && lit ? undefined : 'Open it, and light up what proves it'}
        onClick={onOpen}
      >
        <span class="finding-head">
          <span class={`chip rule-chip ${severity}`}>{ruleName(f.rule)}</span>
          <span class="weight" aria-hidden="true">
            <i style={{ width: `${Math.max(4, Math.min(1, f.weight) * 100)}%` }} />
          </span>
          <span class="weight-word" title="How bad it is beside other findings; the figures are in the sentence">
            {severityWord(f.weight)}
          </span>
        </span>
        <span class={`finding-sentence ${long && !whole ? 'clamped' : ''}`}>{f.sentence}</span>
      </button>
      {open && (
        <div class="finding-more">
          {long && (
            <button class="link-button whole-sentence" aria-expanded={whole} onClick={() => setWhole(!whole)}>
              {whole ? 'shorter' : 'the whole sentence'}
            </button>
          )}
          {f.evidence.length > 0 && <Evidence session={session} finding={f} />}
          {f.parties.length > 0 && <Parties session={session} parties={f.parties} />}
          <h4>Why it matters</h4>
          <p>{f.why}</p>
          <h4>What to try</h4>
          <p>{f.tryThis}</p>
          {f.sql && <Query app={app} sql={f.sql} />}
        </div>
      )}
    </li>
  )
}

/** All rows at once, or one after the other. */
function Evidence({ session, finding: f }: { session: Session; finding: Finding }) {
  const n = f.evidence.length
  const lit = session.lit.value
  const mine = lit?.key === findingKey(f)
  const at = mine ? lit.at : -1
  const step = (by: number) => light(session, f, at < 0 ? (by > 0 ? 0 : n - 1) : (at + by + n) % n)
  return (
    <div class="proofs" data-testid="evidence">
      <button class="button small" aria-pressed={mine && at < 0} onClick={() => light(session, f)}>
        {n === 1 ? 'Show the row that proves it' : `Show all ${n} rows`}
      </button>
      {n > 1 && (
        <span class="steps">
          <button
            class="icon-button"
            aria-label="Previous row of the evidence"
            title="Previous"
            onClick={() => step(-1)}
          >
            ‹
          </button>
          <span data-testid="evidence-at">{at < 0 ? `1 … ${n}` : `${at + 1} of ${n}`}</span>
          <button class="icon-button" aria-label="Next row of the evidence" title="Next" onClick={() => step(1)}>
            ›
          </button>
        </span>
      )}
      {mine && (
        <>
          <span class="spring" />
          <button class="link-button" title="Esc" onClick={() => (session.lit.value = null)}>
            lights off
          </button>
        </>
      )}
    </div>
  )
}

function Query({ app, sql }: { app: App; sql: string }) {
  return (
    <>
      <h4>
        SQL
        <span class="spring" />
        <button class="link-button" onClick={() => copy(app, sql)}>
          Copy
        </button>
        <button class="link-button" data-testid="open-sql" onClick={() => openQuery(sql)}>
          <Icon name="code" size={13} /> Open in SQL
        </button>
      </h4>
      <pre class="finding-sql" tabIndex={0} aria-label="The query that proves it">
        {sql}
      </pre>
    </>
  )
}

/** By a selection, because a page needs no permission for that. */
function copy(app: App, text: string): void {
  const box = document.createElement('textarea')
  box.value = text
  document.body.append(box)
  box.select()
  const copied = document.execCommand('copy')
  box.remove()
  app.say(
    copied ? 'The query is copied.' : 'It could not be copied: select it and press Ctrl C.',
    copied ? 'done' : 'error',
  )
}
