// One trace: the header, the timeline in all the space there is, and the panel at its right.
import type { App } from '../state/app.ts'
import type { Session } from '../state/session.ts'
import { Timeline } from '../timeline/timeline.tsx'
import { Panel } from '../panels/panel.tsx'
import { CompareScreen } from './compare.tsx'
import { Legend } from './legend.tsx'
import { TraceHeader } from './trace-header.tsx'

export function TraceScreen({ app, session }: { app: App; session: Session }) {
  return (
    <div class="trace">
      <TraceHeader app={app} session={session} />
      {session.comparison.value && <CompareScreen app={app} session={session} />}
      <div class="trace-main" hidden={session.comparison.value !== null}>
        <main class="timeline-place">
          <Timeline session={session} />
          <Legend session={session} />
        </main>
        <Panel app={app} session={session} />
      </div>
    </div>
  )
}
