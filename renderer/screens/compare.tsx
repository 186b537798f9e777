// Earlier runs beside this one: what is new, gone, better or worse, and what was waited for, with what the noise of the
// runs lets one say. In: the engine's answer. Out: a screen over the timeline; a click on an object goes to its lane.
import type { ComparedFinding, ComparedWaits, Comparison, Measured } from '../../wire/comparison.ts'
import { axisEnd, differenceWords, findingsInOrder, intervalWords, mean, spread } from '../compare-words.ts'
import { baseName, count, duration, plural } from '../format.ts'
import { Empty } from '../parts/controls.tsx'
import { Icon, kindIcon } from '../parts/icon.tsx'
import type { App } from '../state/app.ts'
import type { Session } from '../state/session.ts'
import { jump } from '../panels/jump.ts'
import { objectWord, ruleName, severityWord } from '../words.ts'

export function CompareScreen({ app, session }: { app: App; session: Session }) {
  const { before, answer, error } = session.comparison.value!
  return (
    <main class="compare" data-testid="compare">
      <div class="compare-page">
        <div class="compare-head">
          <button class="button small" data-testid="compare-close" onClick={() => (session.comparison.value = null)}>
            Back to the timeline
          </button>
          <button class="button small" onClick={() => (app.dialog.value = 'compare')}>
            Compare with another…
          </button>
          <span class="compare-sides">
            before: <b title={before}>{baseName(before)}</b> · after: <b>{session.summary.value?.name}</b> (this trace)
          </span>
        </div>
        {answer ? (
          <Answer session={session} told={answer} />
        ) : (
          <Empty title={error ? 'They cannot be compared' : 'Comparing…'}>
            {error ?? 'Each trace is read, and its rules are asked.'}
          </Empty>
        )}
      </div>
    </main>
  )
}

function Answer({ session, told }: { session: Session; told: Comparison }) {
  return (
    <>
      <p class="compare-sentence" data-testid="compare-sentence">
        {told.sentence}
      </p>
      {told.notes.length > 0 && (
        <ul class="compare-notes">
          {told.notes.map((n) => (
            <li key={n}>{n}</li>
          ))}
        </ul>
      )}
      <section>
        <h3>How long it took</h3>
        <table class="compare-table">
          <Head first="" />
          <tbody>
            <tr>
              <td class="compare-name">
                {plural(told.before.runs.length, 'run')} before, {count(told.after.runs.length)} after
              </td>
              <Cells measured={told.duration} end={axisEnd([told.duration])} />
            </tr>
          </tbody>
        </table>
      </section>
      <section>
        <h3>
          Findings <span class="tally">{told.findings.length}</span>
        </h3>
        {told.findings.length === 0 ? (
          <p class="quiet">No rule found anything, before or after.</p>
        ) : (
          <ul class="compare-findings">
            {findingsInOrder(told.findings).map((f) => (
              <Found key={`${f.rule} ${f.subject}`} finding={f} />
            ))}
          </ul>
        )}
      </section>
      <section>
        <h3>
          What was waited for <span class="tally">{told.waits.length}</span>
        </h3>
        {told.waits.length === 0 ? (
          <p class="quiet">Nothing was waited for, before or after.</p>
        ) : (
          <Waits session={session} waits={told.waits} />
        )}
      </section>
    </>
  )
}

const changeWord: Record<ComparedFinding['change'], string> = {
  new: 'new',
  gone: 'gone',
  worse: 'worse',
  better: 'better',
  same: 'as before',
  'cannot tell': 'cannot tell',
}
const tone: Record<ComparedFinding['change'], string> = {
  new: 'bad',
  worse: 'bad',
  gone: 'good',
  better: 'good',
  same: '',
  'cannot tell': '',
}

function Found({ finding: f }: { finding: ComparedFinding }) {
  const side = ({ found, of, weight }: ComparedFinding['before']) =>
    found === 0 ? 'not found' : `${severityWord(weight)}${of > 1 ? `, in ${found} of ${of} runs` : ''}`
  return (
    <li data-testid="compare-finding" data-rule={f.rule}>
      <span class={`chip change ${tone[f.change]}`}>
        {f.sure || f.change === 'same' || f.change === 'cannot tell' ? '' : 'probably '}
        {changeWord[f.change]}
      </span>
      <div>
        <p>
          <b>{ruleName(f.rule)}</b> {f.subject}
        </p>
        <p class="quiet">
          before: {side(f.before)} · after: {side(f.after)}
          {f.because && <> · {f.because}</>}
        </p>
        <details>
          <summary>What it says</summary>
          <p>{f.sentence}</p>
          <p class="quiet">{f.why}</p>
        </details>
      </div>
    </li>
  )
}

function Waits({ session, waits }: { session: Session; waits: readonly ComparedWaits[] }) {
  const end = axisEnd(waits.map((w) => w.total))
  const go = ({ lane }: ComparedWaits) => {
    session.comparison.value = null
    if (lane !== null) void jump(session, lane, session.end.peek() / 2)
  }
  return (
    <table class="compare-table">
      <Head first="Waited for" />
      <tbody>
        {waits.map((w) => (
          <tr key={`${w.name} ${w.site}`} data-testid="compare-waits">
            <td class="compare-name">
              <button
                class="link-button"
                disabled={w.lane === null}
                title={`${objectWord(w.kind)} ${w.name}${w.lane === null ? ': not in this trace' : ': go to its lane'}`}
                onClick={() => go(w)}
              >
                <Icon name={kindIcon(w.kind)} size={13} /> {w.name}
              </button>
              <small>
                {w.site && `${w.site} · `}
                {count(Math.round(w.count.before))} → {count(Math.round(w.count.after))} waits
              </small>
            </td>
            <Cells measured={w.total} end={end} />
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Head({ first }: { first: string }) {
  return (
    <thead>
      <tr>
        <th>{first}</th>
        <th class="number">Before</th>
        <th class="number">After</th>
        <th>Mean, and the span of the runs</th>
        <th>Difference</th>
      </tr>
    </thead>
  )
}

function Cells({ measured: m, end }: { measured: Measured; end: number }) {
  const verdict = m.change === 'better' ? 'good' : m.change === 'worse' ? 'bad' : ''
  return (
    <>
      <td class="number">{duration(mean(m.before) ?? NaN)}</td>
      <td class="number">{duration(mean(m.after) ?? NaN)}</td>
      <td class="compare-bars">
        <Side name="before" values={m.before} end={end} />
        <Side name="after" values={m.after} end={end} />
      </td>
      <td class="compare-verdict">
        {m.change !== 'same' && <span class={`chip change ${verdict}`}>{m.change}</span>}
        <span>
          {differenceWords(m)}
          {intervalWords(m) && <small>{intervalWords(m)}</small>}
        </span>
      </td>
    </>
  )
}

/** A bar up to the mean, and over it the span of the runs. */
function Side({ name, values, end }: { name: 'before' | 'after'; values: readonly number[]; end: number }) {
  const at = spread(values, end)
  const px = (share: number) => `${(100 * share).toFixed(2)}%`
  return (
    <span class={`compare-side ${name}`} title={`${name}: ${values.map(duration).join(', ') || 'none'}`}>
      {at && (
        <>
          <i style={{ width: px(at.mean) }} />
          {values.length > 1 && <b style={{ left: px(at.from), width: `max(2px, ${px(at.to - at.from)})` }} />}
        </>
      )}
    </span>
  )
}
