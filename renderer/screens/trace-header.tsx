// What the trace is, how it stands, what it lacks, and what can be done with it as a whole.
import { useState } from 'preact/hooks'
import type { Summary } from '../../wire/api.ts'
import { clock, compact, count, duration, percent, plural } from '../format.ts'
import { Icon, Logo } from '../parts/icon.tsx'
import { OpenChip, ThemeAndKeys } from '../parts/controls.tsx'
import { joinCommand } from '../command-line.ts'
import { DeviceChip } from './device-chip.tsx'
import { HostChip } from './host-chip.tsx'
import { ProcessChip } from './process-chip.tsx'
import { stopRun, stopStep, type App } from '../state/app.ts'
import type { Session } from '../state/session.ts'

export function TraceHeader({ app, session }: { app: App; session: Session }) {
  const s = session.summary.value
  return (
    <header class="bar trace-bar">
      <button class="icon-button home-button" data-testid="go-home" title="Home" onClick={app.goHome}>
        <Logo />
      </button>
      {s && (
        <>
          <div class="title">
            <span class="title-line">
              <strong title={joinCommand(s.command)}>{s.name}</strong>
              <State session={session} summary={s} />
            </span>
            <Facts session={session} summary={s} />
          </div>
          <span class="spring" />
          <Lacking summary={s} />
        </>
      )}
      <button class="search-button" data-testid="search" onClick={() => (app.dialog.value = 'search')}>
        <Icon name="search" size={14} /> Search <kbd>/</kbd>
      </button>
      {s && s.state === 'recording' && <Stop app={app} session={session} />}
      {s?.state === 'finished' && (
        <button
          class="button"
          data-testid="compare-open"
          title="Compare with an earlier run"
          onClick={() => (app.dialog.value = 'compare')}
        >
          <Icon name="compare" size={14} /> Compare…
        </button>
      )}
      <button class="button" data-testid="save" onClick={app.save}>
        <Icon name="save" size={14} /> Save as…
      </button>
      <ThemeAndKeys app={app} />
    </header>
  )
}

function State({ session, summary: s }: { session: Session; summary: Summary }) {
  const end = session.end.value
  const failed = s.exit !== null && s.exit !== 0
  return (
    <span class={`state ${s.state}`} data-testid="header-state" data-state={s.state}>
      {s.state === 'recording' ? (
        <>
          <i class="dot live" /> recording <b class="clock">{clock(end)}</b>
          {session.behind.value > 1e9 && (
            <span class="chip warn" title="The program writes faster than can be read now; nothing is lost">
              {clock(session.behind.value)} behind
            </span>
          )}
        </>
      ) : s.state === 'finishing' ? (
        <>
          <i class="dot busy" /> {finishing(s)}
        </>
      ) : (
        <>
          <i class="dot" /> saved, {duration(end)}
        </>
      )}
      {failed && (
        <span class="chip warn" title="How the program ended">
          {typeof s.exit === 'number' ? `exit code ${s.exit}` : `ended by ${s.exit}`}
        </span>
      )}
    </span>
  )
}

function finishing({ rows, diagnosed }: Summary): string {
  if (rows === 0) return 'reading the rest…'
  return rows < 1 ? `making rows ${percent(rows)}` : `checking the rules ${percent(diagnosed)}`
}

function Facts({ session, summary: s }: { session: Session; summary: Summary }) {
  const { perEvent, total } = s.cost
  return (
    <span class="facts">
      <HostChip summary={s} />
      <ProcessChip session={session} summary={s} />
      <span>{plural(s.threads, 'thread')}</span>
      {s.tasks > 0 && <span>{plural(s.tasks, 'task')}</span>}
      <DeviceChip summary={s} />
      <span class="fact-objects">{plural(s.objects, 'object')}</span>
      <span title={`${count(s.events)} events, ${count(s.slices)} slices`}>
        {compact(s.events)} {s.events === 1 ? 'event' : 'events'}
      </span>
      <span title="What the recording itself cost the program: measured ns an event, times the events, of the run's length">
        {perEvent > 0
          ? `cost ${duration(perEvent)} an event${s.end > 0 ? `, ${percent(total / s.end)} of the run` : ''}`
          : 'cost not measured'}
      </span>
    </span>
  )
}

/** What the trace does not have: each as a chip that opens its sentence. */
function Lacking({ summary: s }: { summary: Summary }) {
  // slices that were cut have a loss of their own, which says it better
  const cut = s.losses.some((l) => l.what === 'cut') ? [] : s.processes.filter((p) => p.ended === 'cut')
  return (
    <span class="lacking">
      {cut.length > 0 && (
        <OpenChip tone="warn" label={cut.length === 1 ? 'cut off' : `${count(cut.length)} cut off`}>
          <p>
            {cut.map((p) => `${p.name} (${p.pid})`).join(', ')} did not say good-bye: killed or crashed. What was
            written until then is here; what was going on is drawn as not over.
          </p>
        </OpenChip>
      )}
      {s.losses.map((l) => (
        <OpenChip
          key={l.what}
          tone={/unseen|note/.test(l.what) ? 'quiet' : 'warn'}
          label={
            <span data-testid="loss">
              {compact(l.count)} {l.what}
            </span>
          }
        >
          <p>{l.sentence}</p>
        </OpenChip>
      ))}
      {s.notes.length > 0 && (
        <OpenChip label={plural(s.notes.length, 'note')}>
          {s.notes.map((n) => (
            <p key={n}>{n}</p>
          ))}
        </OpenChip>
      )}
    </span>
  )
}

const stopWords = ['Stop', 'Terminate', 'Kill']
const stopTitles = [
  'Interrupt the program, as Ctrl+C does',
  'It was interrupted and still runs: ask it to end (SIGTERM)',
  'It still runs: end it at once (SIGKILL); what was recorded is kept',
]
function Stop({ app, session }: { app: App; session: Session }) {
  const step = Math.min(stopStep(session).value, 2)
  // a double click is one wish, not two
  const [resting, setResting] = useState(false)
  return (
    <button
      class={`button stop ${step > 0 ? 'danger' : ''}`}
      data-testid="stop"
      title={stopTitles[step]}
      disabled={resting}
      onClick={() => {
        setResting(true)
        setTimeout(() => setResting(false), 600)
        void stopRun(app, session)
      }}
    >
      <Icon name="stop" size={12} /> {stopWords[step]}
    </button>
  )
}
