// The window: one of two screens, and over it what concerns both: a drop target, dialogs, toasts, the line to the engine.
import { useEffect, useState } from 'preact/hooks'
import type { App } from './state/app.ts'
import { HomeScreen } from './screens/home.tsx'
import { TraceScreen } from './screens/trace.tsx'
import { Dialogs } from './screens/dialogs.tsx'
import { isTyping } from './timeline/keys.ts'
import { Icon } from './parts/icon.tsx'

export function Window({ app }: { app: App }) {
  const session = app.session.value
  const name = session?.summary.value?.name
  useEffect(() => void (document.title = name ? `${name} – Interleave` : 'Interleave'), [name])
  useEffect(() => {
    const key = (e: KeyboardEvent) => {
      if (e.ctrlKey || e.metaKey || e.altKey || app.dialog.peek() || isTyping(e.target)) return
      if (e.key === '?') app.dialog.value = 'keys'
      else if (e.key === '/' && app.session.peek()) app.dialog.value = 'search'
      else return
      e.preventDefault()
    }
    addEventListener('keydown', key)
    return () => removeEventListener('keydown', key)
  }, [app])
  return (
    <DropTarget app={app}>
      {session ? <TraceScreen key={session.trace} app={app} session={session} /> : <HomeScreen app={app} />}
      <Dialogs app={app} />
      <Line app={app} />
      <div class="said">
        <Busy app={app} />
        <Toasts app={app} />
      </div>
    </DropTarget>
  )
}

function DropTarget({ app, children }: { app: App; children: preact.ComponentChildren }) {
  const [over, setOver] = useState(false)
  const hasFiles = (e: DragEvent) => e.dataTransfer?.types.includes('Files') ?? false
  return (
    <div
      class="window"
      onDragOver={(e) => {
        if (!hasFiles(e)) return
        e.preventDefault()
        setOver(true)
      }}
      onDragLeave={(e) => {
        if (!(e.relatedTarget instanceof Node)) setOver(false)
      }}
      onDrop={(e) => {
        e.preventDefault()
        setOver(false)
        const file = e.dataTransfer?.files[0]
        if (file) void app.openFile(file)
      }}
    >
      {children}
      {over && (
        <div class="drop-target">
          <div>Drop a trace to open it, or a Python program to run it</div>
        </div>
      )}
    </div>
  )
}

/** Says that the engine is away, and what to do; covers nothing while the line is only being found again. */
function Line({ app }: { app: App }) {
  const state = app.connection.state.value
  if (app.shell.tokenMissing)
    return (
      <div class="veil">
        <div class="dialog" role="alertdialog" data-testid="token-missing">
          <h2>This address lacks its key</h2>
          <p>
            Open the whole address that Interleave printed in its terminal, with everything after the #. It is what
            keeps other programs of this machine out.
          </p>
        </div>
      </div>
    )
  if (state === 'open' || state === 'connecting') return null
  if (state === 'reconnecting')
    return (
      <div class="line-lost" role="status">
        The engine does not answer; trying to reach it again…
      </div>
    )
  return (
    <div class="veil">
      <div class="dialog narrow" role="alertdialog" data-testid="engine-stopped">
        <h2>The engine stopped</h2>
        <p>
          Nothing that was recorded is lost: a program that was being recorded keeps writing, and its recording is
          offered again when the engine is back.
        </p>
        <p class="quiet">
          {app.shell.pickTrace ? (
            'Start it again here. If it keeps stopping, close the window and start Interleave from a terminal to see why.'
          ) : (
            <>
              Start it again in its terminal with <code>npx interleave open --browser</code>, and use the address it
              prints.
            </>
          )}
        </p>
        <div class="dialog-actions">
          <button class="button primary" onClick={() => app.connection.retry()}>
            {app.shell.pickTrace ? 'Start the engine again' : 'Try again'}
          </button>
        </div>
      </div>
    </div>
  )
}

/** What is being done, once it takes long enough to be noticed; and why, when it takes long. */
function Busy({ app }: { app: App }) {
  const what = app.busy.value
  const [seconds, setSeconds] = useState(0)
  useEffect(() => {
    setSeconds(0)
    if (!what) return
    const timer = setInterval(() => setSeconds((s) => s + 1), 1000)
    return () => clearInterval(timer)
  }, [what])
  if (!what) return null
  return (
    <div class="toast working" role="status" data-testid="busy">
      <i class="dot busy" />
      <span>
        {what}
        {seconds >= 2 && what.startsWith('Starting') && ' The first start builds the recorder for this machine.'}
      </span>
    </div>
  )
}

function Toasts({ app }: { app: App }) {
  return (
    <div class="toasts" aria-live="polite">
      {app.toasts.value.map((t) => (
        <div key={t.id} class={`toast ${t.tone}`} role="status" data-testid="toast">
          <Icon name={t.tone === 'error' ? 'warning' : 'check'} />
          <span>{t.text}</span>
          <button class="icon-button" aria-label="Dismiss" onClick={() => app.dismiss(t.id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  )
}
