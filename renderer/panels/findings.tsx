// What the rules found, worst first: the sentence, why it matters, what to try. A click lights up the rows that prove it.
import { useState } from 'preact/hooks'
import type { Finding } from '../../wire/api.ts'
import { percent } from '../format.ts'
import { Empty } from '../parts/controls.tsx'
import type { Session } from '../state/session.ts'
import { ruleName } from '../words.ts'
import { jumpClose } from './jump.ts'
import type { Kept } from './use-answer.ts'

export function FindingsPanel({ session, findings }: { session: Session; findings: Kept<Finding[]> }) {
  const { value, error } = findings
  if (!value) return <Empty title={error ? 'No findings' : 'Checking the rules…'}>{error}</Empty>
  const live = session.summary.value?.state === 'recording'
  if (value.length === 0)
    return (
      <Empty title={live ? 'Nothing found so far' : 'The rules found nothing wrong'}>
        {live
          ? 'The rules are checked while the program runs; a deadlock is said while it happens.'
          : 'No deadlock, no lock order that could become one, and nothing that was waited for so much that it costs a large share of the run.'}
      </Empty>
    )
  return (
    <ul class="findings">
      {[...value]
        .sort((a, b) => b.weight - a.weight)
        .map((f) => (
          <Row key={`${f.rule} ${f.subject}`} session={session} finding={f} />
        ))}
    </ul>
  )
}

function Row({ session, finding: f }: { session: Session; finding: Finding }) {
  const [shown, setShown] = useState(-1)
  const proofs = f.evidence.length
  const show = (i: number) => {
    const at = f.evidence[(i + proofs) % proofs]
    if (!at) return
    setShown((i + proofs) % proofs)
    void jumpClose(session, at.lane, at.time)
  }
  return (
    <li class={`finding ${f.weight >= 0.5 ? 'grave' : ''}`} data-testid="findings-row">
      <button class="finding-main" title="Show what proves it" onClick={() => show(Math.max(0, shown))}>
        <span class="finding-head">
          <span class="chip warn">{ruleName(f.rule)}</span>
          <span class="weight" title="Share of the run that it costs">
            <i style={{ width: `${Math.max(4, Math.min(1, f.weight) * 100)}%` }} />
          </span>
          <span class="weight-word">{f.weight >= 1 ? 'stops the run' : percent(f.weight)}</span>
        </span>
        <strong>{f.sentence}</strong>
      </button>
      <p>
        <b>Why</b> {f.why}
      </p>
      <p>
        <b>Try</b> {f.tryThis}
      </p>
      {proofs > 0 && (
        <div class="proofs">
          <button class="link-button" onClick={() => show(shown < 0 ? 0 : shown)}>
            {shown < 0 ? 'Show the evidence' : `Evidence ${shown + 1} of ${proofs}`}
          </button>
          {proofs > 1 && shown >= 0 && (
            <>
              <button class="link-button" onClick={() => show(shown - 1)}>
                previous
              </button>
              <button class="link-button" onClick={() => show(shown + 1)}>
                next
              </button>
            </>
          )}
        </div>
      )}
    </li>
  )
}
