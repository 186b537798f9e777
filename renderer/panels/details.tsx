// The selected slice in full: who, what, when, at which line, and who held it up or waited meanwhile. Names are links to
// their lanes at that time.
import { Fragment } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Place, Slice } from '../../wire/api.ts'
import { sliceKinds, type ObjectKindName } from '../../wire/kinds.ts'
import { meaningOf } from '../../wire/meanings.ts'
import { baseName, duration, moment, percent, plural } from '../format.ts'
import { Icon, kindIcon } from '../parts/icon.tsx'
import { Empty } from '../parts/controls.tsx'
import { cssName, explanation, objectWord, stateWord } from '../words.ts'
import type { Session } from '../state/session.ts'
import { jump } from './jump.ts'

export const swatch = (kind: Slice['kind']) => ({ background: cssName(meaningOf[kind] ?? 'running') })

export function DetailsPanel({ session }: { session: Session }) {
  const s = session.selection.value
  const [all, setAll] = useState(false)
  useEffect(() => setAll(false), [s?.lane, s?.start])
  if (!s)
    return (
      <Empty title="Nothing selected">
        Click a slice to see who waited, for whom and at which line. <kbd>.</kbd> and <kbd>,</kbd> step along a lane,{' '}
        <kbd>]</kbd> and <kbd>[</kbd> follow its arrows.
      </Empty>
    )
  const isWait = s.kind < sliceKinds.hold
  const runs = s.kind >= sliceKinds.kernel && s.kind <= sliceKinds.command
  const explained = explanation(s.kind, s.object?.kind)
  const actor = s.thread && session.lanes.value.find((l) => l.id === s.thread!.lane)
  const live = session.summary.value?.state === 'recording'
  const place = s.site ?? s.stack[0]
  return (
    <article class="details" data-testid="details">
      <p class="sentence">
        <i class="swatch" style={swatch(s.kind)} /> {s.sentence}
      </p>
      <dl>
        <dt>State</dt>
        <dd>
          <span class={s.kind === sliceKinds.stall ? 'grave-count' : ''}>{stateWord(s.kind, s.object?.kind)}</span>
          {s.open && <span class="chip warn">{live ? 'not over yet' : 'not over when the trace ends'}</span>}
        </dd>
        <dt>Took</dt>
        <dd>
          <b>{duration(s.dur)}</b>
          <span class="quiet">
            {' '}
            {moment(s.start)} – {moment(s.start + s.dur)}
          </span>
        </dd>
        {s.thread && (
          <>
            <dt>
              {actor?.kind === 'task'
                ? 'Task'
                : s.kind === sliceKinds.job
                  ? 'Worker'
                  : s.kind === sliceKinds.band
                    ? 'Last'
                    : 'Thread'}
            </dt>
            <dd>
              <button class="link-button" onClick={() => jump(session, s.thread!.lane, s.start)}>
                <Icon name={actor?.kind === 'task' ? 'task' : 'thread'} size={13} /> {s.thread.name}
              </button>
            </dd>
          </>
        )}
        {s.object && (
          <>
            <dt>{isWait && actorKinds.has(s.object.kind) ? 'Waits for' : objectWord(s.object.kind)}</dt>
            <dd>
              {s.object.lane === null ? (
                s.object.name
              ) : (
                <button class="link-button" onClick={() => jump(session, s.object!.lane!, s.start)}>
                  <Icon name={kindIcon(s.object.kind)} size={13} /> {s.object.name}
                </button>
              )}
            </dd>
          </>
        )}
        {s.kind === sliceKinds.depth && !s.called && (
          <>
            <dt>Depth</dt>
            <dd>{plural(s.value, 'item')}</dd>
          </>
        )}
        {s.facts.map(({ name, text, at }, i) => (
          <Fragment key={i}>
            <dt>{name}</dt>
            <dd>
              {at ? (
                <button class="link-button" onClick={() => jump(session, at.lane, at.time)}>
                  {text}
                </button>
              ) : (
                text
              )}
            </dd>
          </Fragment>
        ))}
        {place && (
          <>
            <dt>Line</dt>
            <dd class="where" title={place.file}>
              <code>
                {baseName(place.file)}:{place.line}
              </code>{' '}
              <span class="quiet">in {place.func}</span>
            </dd>
          </>
        )}
      </dl>
      {explained && <p class="explained">{explained}</p>}
      {place?.text && <pre class="source-line">{place.text.trim()}</pre>}
      {s.others.length > 0 && (
        <section>
          <h4>
            {isWait
              ? (heldWords[s.object?.kind ?? 'lock'] ?? 'Held meanwhile by')
              : runs
                ? 'Waited for it'
                : 'Waited meanwhile'}
          </h4>
          <ul class="others">
            {(all ? s.others : s.others.slice(0, 8)).map((o) => (
              <li key={`${o.lane} ${o.time}`}>
                <button onClick={() => jump(session, o.lane, o.time)}>
                  <b>{o.thread}</b>
                  {o.site && <code>{o.site}</code>}
                  <span class="other-time">
                    {duration(o.dur)}
                    {isWait && s.dur > 0 && <small> {percent(Math.min(1, o.dur / s.dur))}</small>}
                  </span>
                  <i style={{ width: `${s.dur > 0 ? Math.min(100, (100 * o.dur) / s.dur) : 0}%` }} />
                </button>
              </li>
            ))}
          </ul>
          {!all && s.others.length > 8 && (
            <button class="link-button" onClick={() => setAll(true)}>
              all {s.others.length}
            </button>
          )}
        </section>
      )}
      {s.stack.length > 1 && (
        <section>
          <h4>Stack, innermost first</h4>
          <ol class="stack">
            {s.stack.map((p, i) => (
              <Frame key={i} place={p} />
            ))}
          </ol>
        </section>
      )}
    </article>
  )
}

const actorKinds = new Set<ObjectKindName>(['thread', 'task', 'process'])
/** over those who made it wait */
const heldWords: Partial<Record<ObjectKindName, string>> = {
  loop: 'Steps that ran meanwhile',
  pool: 'Jobs that ran meanwhile',
}

export function Frame({ place }: { place: Place }) {
  return (
    <li title={place.file}>
      <span class="frame-func">{place.func}</span>
      <code>
        {baseName(place.file)}:{place.line}
      </code>
      {place.text && <pre>{place.text.trim()}</pre>}
    </li>
  )
}
