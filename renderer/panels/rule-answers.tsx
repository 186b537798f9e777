// What each rule answered: found, clear, or cannot tell and why. In: a session. Out: one line a rule, those that cannot
// tell first and open, for they are the ones that leave something unknown.
import type { RuleAnswer } from '../../wire/api.ts'
import { plural } from '../format.ts'
import { ruleLooksFor, ruleName } from '../words.ts'
import type { Session } from '../state/session.ts'
import { useAnswer } from './use-answer.ts'

const marks: Record<RuleAnswer['answer'], string> = { found: '!', clear: '✓', 'cannot tell': '?' }
const places: RuleAnswer['answer'][] = ['cannot tell', 'found', 'clear']

export function RuleAnswers({ session }: { session: Session }) {
  const { value } = useAnswer(
    session,
    () => session.ask('rules', { trace: session.trace }),
    `${session.summary.value?.state}`,
    2000,
  )
  const state = session.summary.value?.state
  if (!value || value.length === 0) return null
  const of = (answer: RuleAnswer['answer']) => value.filter((r) => r.answer === answer)
  const sum = [
    plural(value.length, 'rule'),
    ...(of('clear').length ? [`${of('clear').length} clear`] : []),
    ...(of('cannot tell').length ? [`${of('cannot tell').length} cannot tell`] : []),
  ]
  return (
    <details class="rule-answers" data-testid="rule-answers" open={of('found').length === 0}>
      <summary>
        {sum.join(', ')}
        {state === 'recording' && ' so far'}
      </summary>
      <ul>
        {[...value]
          .sort((a, b) => places.indexOf(a.answer) - places.indexOf(b.answer))
          .map((r) => (
            <li key={r.rule} class={r.answer.replace(' ', '-')}>
              <i aria-hidden="true">{marks[r.answer]}</i>
              <span>
                <b>{ruleName(r.rule)}</b> {r.answer === 'cannot tell' ? 'cannot tell' : r.answer}
                {r.because && <>: {r.because}</>}
                {ruleLooksFor(r.rule) && <small>{ruleLooksFor(r.rule)}</small>}
              </span>
            </li>
          ))}
      </ul>
    </details>
  )
}
