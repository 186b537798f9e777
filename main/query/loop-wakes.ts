// Why an event loop's thread stopped waiting for I/O: because of the task that had its turn next.
//
//   thread  ▓░░░░ waits for I/O ░░░░▓▓      the thread's wait is nobody's own time: it ends when the task's sleep does, or
//   task    ▓░░░░ sleeps ░░░░░░░░░░│▓▓      when what the task waits for comes. Were the task sooner, so would the thread be
//
// In: a graph and its loops. Out: causes of such waits, for a replay; they have no arrow (`how` 0), and the path goes along
// the task itself.
import { reasons } from '../../wire/kinds.ts'
import type { LoopTurns } from './loop-turns.ts'
import type { Turns } from './turns.ts'
import type { Actor, WaitGraph } from './wait-graph.ts'

export function* wakeLoops(graph: WaitGraph, loops: LoopTurns): Generator<void> {
  const { kind, cause, start, end } = graph.rows.columns
  for (const thread of graph.actors) {
    const turns = thread.isTask ? undefined : loops.ofThread(thread.object)
    if (!turns) continue
    for (let row = thread.first; row < thread.last; row++) {
      if (row % 4096 === 0) yield
      if (kind[row] !== reasons.io || cause[row]! >= 0) continue
      const next = row + 1 < thread.last ? start[row + 1]! : Infinity
      const [task, time] = firstTask(graph, turns, end[row]!, next) ?? []
      if (task) wokenWith(graph, row, task, time!)
    }
  }
}

/** Which task has the first turn from then on, before the thread waits again, and when. */
function firstTask(graph: WaitGraph, turns: Turns, from: number, to: number): [task: Actor, time: number] | null {
  for (let i = turns.endedBy(from) + 1; i < turns.n && turns.start[i]! < to; i++) {
    const by = graph.at(graph.trace.objects[turns.actor[i]!]?.lane?.id ?? 0)
    if (by?.isTask) return [by, turns.start[i]!]
  }
  return null
}

function wokenWith({ rows }: WaitGraph, row: number, task: Actor, turn: number): void {
  const { start, end, kind, cause, causeTime } = rows.columns
  let wait = rows.endedBy(turn, task.first, task.last)
  if (wait > task.first && kind[wait] === reasons.loop && end[wait - 1] === start[wait]) wait--
  if (wait <= task.first || kind[wait] === 0 || kind[wait] === reasons.loop) return
  const known = cause[wait]! >= 0
  const time = known ? causeTime[wait]! : start[wait]!
  // it waited when the loop did, and the rows before it are before this one in time
  if (start[wait]! > start[row]! || time > end[row]!) return
  cause[row] = known ? cause[wait]! : wait - 1
  causeTime[row] = time
}
