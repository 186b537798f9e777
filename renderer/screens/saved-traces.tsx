// What was recorded, newest first. A recording that did not come to its end is offered for recovery; removing asks once.
import { useState } from 'preact/hooks'
import type { Home, SavedTrace } from '../../wire/api.ts'
import type { App } from '../state/app.ts'
import { ago, bytes } from '../format.ts'
import { Icon } from '../parts/icon.tsx'

export function SavedTraces({ app, home }: { app: App; home: Home }) {
  return (
    <section class="traces">
      <h2>
        Recordings <span class="tally">{home.traces.length}</span>
      </h2>
      {home.traces.length === 0 ? (
        <div class="empty">
          <strong>Nothing recorded yet</strong>
          <p>
            Press Run on a recipe, or run a Python program of your own: its threads, tasks and processes appear while it
            runs. When it ends the recording stays here.
          </p>
        </div>
      ) : (
        <ul>
          {home.traces.map((t) => (
            <Row key={t.path} app={app} trace={t} />
          ))}
        </ul>
      )}
      <p class="folder" title={home.folder}>
        Kept in{' '}
        <span>
          <bdi>{home.folder}</bdi>
        </span>
      </p>
    </section>
  )
}

function Row({ app, trace }: { app: App; trace: SavedTrace }) {
  const [sure, setSure] = useState(false)
  const open = () => void app.openPath(trace.path)
  return (
    <li class="trace-row" data-testid="trace-row" data-path={trace.path}>
      <button class="trace-open" title={trace.path} onClick={open} disabled={app.busy.value !== null}>
        <span class="trace-name">{trace.name}</span>
        <span class="trace-facts">
          {trace.recording ? (
            <span class="live-word">
              <i class="dot live" /> recording now
            </span>
          ) : (
            ago(trace.modified, Date.now())
          )}
          <span>{bytes(trace.bytes)}</span>
          {trace.unfinished && !trace.recording && <span class="chip warn">unfinished</span>}
        </span>
      </button>
      {sure ? (
        <span class="sure">
          Delete?
          <button class="button small danger" data-testid="trace-remove-yes" onClick={() => app.remove(trace.path)}>
            Delete
          </button>
          <button class="button small" onClick={() => setSure(false)}>
            Keep
          </button>
        </span>
      ) : (
        <span class="trace-actions">
          {trace.unfinished && !trace.recording && (
            <button class="button small" data-testid="trace-recover" onClick={open}>
              Recover
            </button>
          )}
          {!trace.recording && !trace.unfinished && (
            <button
              class="icon-button on-hover"
              data-testid="trace-compare"
              title="Compare with an earlier run…"
              aria-label={`Compare ${trace.name} with an earlier run`}
              disabled={app.busy.value !== null}
              onClick={() => void app.openToCompare(trace.path)}
            >
              <Icon name="compare" />
            </button>
          )}
          {!trace.recording && (
            <button
              class="icon-button on-hover"
              data-testid="trace-remove"
              title="Delete this recording…"
              aria-label={`Delete ${trace.name}`}
              onClick={() => setSure(true)}
            >
              <Icon name="trash" />
            </button>
          )}
        </span>
      )}
    </li>
  )
}
