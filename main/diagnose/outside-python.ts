// How much of a hold was spent in a call outside Python: the thread had dropped the GIL and waited for nothing that the
// recording knows. That is I/O, a system call, or a computation in C: the recording cannot say which.
//
// In: holds that a rule cites (it reads their part of two lanes). Out: ns; null when the GIL of the process was not seen.
import { objectKinds } from '../../wire/kinds.ts'
import { columnsIn } from '../query/read.ts'
import type { Lane } from '../store/lane.ts'
import { lanesOf } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'

interface Held {
  thread: number
  time: number
  dur: number
}

function gilOf(trace: Trace, process: number): Lane | null {
  return trace.lanes.find((lane) => lane?.kind === 'gil' && lane.process === process && lane.depth === 0) ?? null
}

export function outsidePython(trace: Trace, { thread, time, dur }: Held): number | null {
  const holder = trace.objects[thread]
  if (holder?.kind !== objectKinds.thread) return null
  const gil = gilOf(trace, holder.process)
  if (!gil || firstStart(gil) > time) return null
  const known: [from: number, to: number][] = []
  const collect = (from: Lane, mine: (object: number) => boolean) => {
    for (const [{ start, dur: length, object }, first, last] of columnsIn(trace, from, time, time + dur))
      for (let i = first; i < last; i++) if (mine(object[i]!)) known.push([start[i]!, start[i]! + length[i]!])
  }
  for (const own of lanesOf(gil)) collect(own, (holder) => holder === thread)
  if (holder.lane) collect(holder.lane, () => true)
  return dur - covered(known, time, time + dur)
}
const firstStart = (lane: Lane): number => lane.blocks[0]?.start ?? lane.tail?.floats[0] ?? Infinity

function covered(spans: [from: number, to: number][], from: number, to: number): number {
  let sum = 0
  let until = from
  for (const [start, end] of spans.sort((a, b) => a[0] - b[0])) {
    const stop = Math.min(end, to)
    if (stop > until) sum += stop - Math.max(start, until)
    until = Math.max(until, stop)
  }
  return sum
}
