// Facts of lanes and processes in words, for tooltips. In: a lane or a process. Out: a title and short lines.
// Invariant: what is not known is not said: without a GIL lane a thread that runs may wait for the GIL.
import type { Lane, Process } from '../../wire/api.ts'
import { count, duration, plural } from '../format.ts'
import { endingOf, livedFor, processTitle } from '../process-tree.ts'
import { objectWord } from '../words.ts'
import { isBacklog } from './sections.ts'
import { isActor } from './strip.ts'

export interface Facts {
  title: string
  lines: string[]
}

export function laneFacts(lane: Lane, end: number): Facts {
  const title = isBacklog(lane) ? `jobs that wait for ${lane.name}` : lane.name || objectWord(lane.objectKind)
  const device = deviceFacts[lane.kind]
  const lines = lane.site ? [`made at ${lane.site}`] : []
  const waited = duration(lane.waited)
  if (isActor(lane)) {
    const life = duration((lane.end ?? end) - lane.start)
    lines.push(lane.waited > 0 ? `waited ${waited} in ${life}` : `has not waited in ${life}`)
    return { title, lines }
  }
  const never = lane.waited === 0
  if (lane.kind === 'gil')
    lines.push(
      'the interpreter’s lock: only the thread that holds it runs Python code',
      never ? 'no thread waited for it' : `threads waited ${waited} for it in all`,
    )
  else if (lane.kind === 'loop')
    lines.push(never ? 'no task waited for its turn' : `tasks that could go on waited ${waited} for their turn in all`)
  else if (lane.kind === 'pool')
    lines.push(
      ...(lane.capacity > 0 ? [plural(lane.capacity, 'worker')] : []),
      never ? 'no job waited for a worker' : `jobs waited ${waited} for a worker in all`,
    )
  else if (lane.kind === 'process') lines.push('from its start to its end')
  else if (lane.kind === 'memory') lines.push('who has it attached')
  else if (device)
    lines.push(...[lane.note, device, never ? '' : `threads waited ${waited} for it in all`].filter(Boolean))
  else lines.push(never ? 'nobody waited for it' : `was waited for ${waited} in all`)
  if (lane.kind === 'queue' && lane.capacity > 0 && !isBacklog(lane))
    lines.push(`holds at most ${count(lane.capacity)}`)
  if (lane.process === 0) lines.push('shared by several processes')
  return { title, lines }
}

const deviceFacts: Partial<Record<Lane['kind'], string>> = {
  device: 'how many commands it runs at once',
  deviceMemory: 'memory of the device that the program has in use here',
  stream: 'its commands, when they ran on the device',
  calls: 'calls that enqueue commands, and ranges that the program named',
}

/** A thread or task where it does not wait. `dur`: how long, when both ends are known. */
export function runningFacts(lane: Lane, dur: number | null, exactGil: boolean): Facts {
  const or = lane.kind === 'task' ? '' : exactGil ? ', or waits for a core' : ', or waits for the GIL or a core'
  const time = dur === null ? or.slice(2) : `for ${duration(dur)}${or}`
  return { title: lane.kind === 'task' ? 'runs a step on its loop' : 'runs', lines: time ? [time] : [] }
}

export function processFacts(p: Process, processes: readonly Process[], lanes: readonly Lane[], end: number): Facts {
  const parent = processes.find((x) => x.id === p.parent)
  const own = (kind: Lane['kind']) => lanes.filter((l) => l.process === p.id && l.kind === kind && l.depth === 0).length
  const inside = [
    own('thread') > 0 && plural(own('thread'), 'thread'),
    own('task') > 0 && plural(own('task'), 'task'),
  ].filter(Boolean)
  const lived = livedFor(p, end)
  return {
    title: `${processTitle(p)} (${p.pid})`,
    lines: [
      ...(p.rank ? [`rank ${p.rank.rank} of ${p.rank.size}`] : []),
      ...(parent ? [`child of ${parent.name} (${parent.pid})`] : []),
      ...(p.python
        ? [`Python ${p.python}${inside.length ? `, ${inside.join(', ')}` : ''}`]
        : ['another program: seen from outside only']),
      ...(lived === null
        ? []
        : [`lived ${duration(lived)}${p.end === null && p.ended === 'running' ? ' so far' : ''}`]),
      endingOf(p).sentence,
    ],
  }
}
