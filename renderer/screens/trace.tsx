// One trace: the header, the timeline in all the space there is, and the panel at its right.
import { useEffect } from 'preact/hooks'
import type { App } from '../state/app.ts'
import type { Session } from '../state/session.ts'
import { isTyping } from '../timeline/keys.ts'
import { Timeline } from '../timeline/timeline.tsx'
import { Panel } from '../panels/panel.tsx'
import { Legend } from './legend.tsx'
import { TraceHeader } from './trace-header.tsx'

export function TraceScreen({ app, session }: { app: App; session: Session }) {
  useEffect(() => {
    const key = (e: KeyboardEvent) => {
      if (e.ctrlKey || e.metaKey || e.altKey || app.dialog.peek() || isTyping(e.target)) return
      if (e.key === '/') app.dialog.value = 'search'
      else if (e.key === '?') app.dialog.value = 'keys'
      else return
      e.preventDefault()
    }
    addEventListener('keydown', key)
    return () => removeEventListener('keydown', key)
  }, [app])
  return (
    <div class="trace">
      <TraceHeader app={app} session={session} />
      <div class="trace-main">
        <main class="timeline-place">
          <Timeline session={session} />
          <Legend />
        </main>
        <Panel app={app} session={session} />
      </div>
    </div>
  )
}
