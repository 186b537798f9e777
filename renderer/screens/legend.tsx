// What each colour means, in one line under the timeline. Only meanings that this trace can have: a program without
// processes waits for no messages.
import type { Lane } from '../../wire/api.ts'
import type { Meaning } from '../../wire/meanings.ts'
import { cssName } from '../words.ts'
import type { Session } from '../state/session.ts'

/** those before the first wait, then what is waited for */
const short: Record<Meaning, string> = {
  running: 'running',
  holdAlone: 'held',
  holdContended: 'held, others wait',
  kernel: 'kernel',
  copy: 'copy',
  sleep: 'sleep, I/O',
  waitLock: 'a lock',
  waitSignal: 'others',
  waitQueue: 'a queue',
  waitGil: 'its turn',
  waitMessage: 'a message, ranks',
}
const order = Object.keys(short) as Meaning[]
const ofDevices = new Set<Meaning>(['kernel', 'copy'])
const titles: Partial<Record<Meaning, string>> = {
  sleep: 'Sleeping, or waiting for input or output',
  waitLock: 'Waiting for a lock or a permit. On an event loop: a step that blocks it',
  waitSignal: 'Waiting for another thread, task, process or device: its end, its result, its signal',
  waitQueue: 'Waiting for an item in a queue, or for room in it',
  waitGil: 'Waiting for the GIL, or for the event loop',
  kernel: 'A kernel runs on a device',
  copy: 'A device reads, writes, copies or fills memory',
  waitMessage: 'Waiting for a message of another process, for one to be taken, or for the other ranks of a collective',
}
const turns = new Set<Lane['kind']>(['gil', 'loop', 'task'])

export function Legend({ session }: { session: Session }) {
  const lanes = session.lanes.value
  const processes = session.summary.value?.processes.length ?? 0
  const possible = (m: Meaning) =>
    ofDevices.has(m)
      ? lanes.some((l) => l.kind === 'stream')
      : m === 'waitGil'
        ? lanes.some((l) => turns.has(l.kind))
        : m === 'waitMessage'
          ? processes > 1
          : true
  return (
    <ul class="legend" aria-label="Colours">
      {order.filter(possible).map((m) => (
        <li key={m} title={titles[m]}>
          {m === 'waitLock' && <span class="legend-lead">waiting for</span>}
          <i class="swatch" style={{ background: cssName(m) }} />
          {short[m]}
        </li>
      ))}
      {lanes.some((l) => l.kind === 'loop') && (
        <li title="A step of 50 ms or more: nothing else on its event loop can go on meanwhile">
          <i class="swatch stall-swatch" /> loop blocked
        </li>
      )}
      {(session.lit.value ?? shownPath(session)) && (
        <li class="legend-faded">faded: not part of {session.lit.value ? 'the finding' : 'the critical path'}</li>
      )}
    </ul>
  )
}
const shownPath = ({ pathShown, path }: Session) => (pathShown.value ? path.value : null)
