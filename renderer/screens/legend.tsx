// What each colour means, in one line under the timeline. Only meanings that this trace can have: a program without
// processes waits for no messages.
import type { Lane } from '../../wire/api.ts'
import { meanings, type Meaning } from '../../wire/kinds.ts'
import { cssName } from '../words.ts'
import type { Session } from '../state/session.ts'

const short: Record<Meaning, string> = {
  running: 'running',
  holdAlone: 'held, nobody waits',
  holdContended: 'held while others wait',
  waitLock: 'waiting for a lock',
  waitSignal: 'waiting for others',
  waitQueue: 'waiting for a queue',
  sleep: 'sleep, I/O',
  waitGil: 'waiting for its turn',
  waitMessage: 'waiting for a message',
}
const titles: Partial<Record<Meaning, string>> = {
  waitLock: 'On an event loop: a step that blocks it',
  waitSignal: 'For another thread, task or process: its end, its result, its signal',
  waitGil: 'For the GIL, or for the event loop',
}
const turns = new Set<Lane['kind']>(['gil', 'loop', 'task'])

export function Legend({ session }: { session: Session }) {
  const lanes = session.lanes.value
  const processes = session.summary.value?.processes.length ?? 0
  const possible = (m: Meaning) =>
    m === 'waitGil' ? lanes.some((l) => turns.has(l.kind)) : m === 'waitMessage' ? processes > 1 : true
  return (
    <ul class="legend" aria-label="Colours">
      {meanings.filter(possible).map((m) => (
        <li key={m} title={titles[m]}>
          <i class="swatch" style={{ background: cssName(m) }} />
          {short[m]}
        </li>
      ))}
      {lanes.some((l) => l.kind === 'loop') && (
        <li title="A step of 50 ms or more: nothing else on its event loop can go on meanwhile">
          <i class="swatch stall-swatch" />
          loop blocked
        </li>
      )}
    </ul>
  )
}
