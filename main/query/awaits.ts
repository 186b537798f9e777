// Who awaits whom at one moment: the tasks and threads that wait, and what for, as a graph.
import type { Awaits } from '../../wire/api.ts'
import type { Trace } from '../store/trace.ts'

export function awaits(_trace: Trace, time: number): Awaits {
  return { time, nodes: [], edges: [], more: false }
}
