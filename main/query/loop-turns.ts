// Event loops as the critical path meets them: which thread runs which tasks, and its turns. In: a graph. Out: for each
// actor the turns that it takes or gives; none for those that have nothing to do with a loop.
import type { ObjectRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { Turns, threadOfLoop } from './turns.ts'
import type { Actor, WaitGraph } from './wait-graph.ts'

export class LoopTurns {
  /** by thread */
  private readonly byThread = new Map<number, Turns>()
  private readonly threadOfLoop = new Map<number, number>()

  ofThread(object: number): Turns | undefined {
    return this.byThread.get(object)
  }
  *read(trace: Trace): Generator<void> {
    const loops = new Set<ObjectRow>()
    for (const { loop } of trace.threads) if (loop !== null && trace.objects[loop]) loops.add(trace.objects[loop]!)
    const read: { turns: Turns; thread: number }[] = []
    for (const loop of loops) {
      const turns = new Turns()
      yield* turns.read(trace, loop)
      const thread = threadOfLoop(trace, loop, turns)
      this.threadOfLoop.set(loop.id, thread)
      if (turns.n > 0) read.push({ turns, thread })
    }
    // a thread runs one loop after the other
    for (const { turns, thread } of read.sort((a, b) => a.turns.start[0]! - b.turns.start[0]!)) {
      const before = this.byThread.get(thread)
      if (before) before.append(turns)
      else this.byThread.set(thread, turns)
    }
  }
  /** of the loop on which the task runs */
  ofTask(graph: WaitGraph, object: number): Turns | undefined {
    return this.byThread.get(this.threadId(graph, object))
  }
  threadOf(graph: WaitGraph, task: number): Actor | undefined {
    return graph.at(graph.trace.objects[this.threadId(graph, task)]?.lane?.id ?? 0)
  }
  private threadId(graph: WaitGraph, task: number): number {
    return this.threadOfLoop.get(graph.trace.objects[task]?.thread?.loop ?? 0) ?? 0
  }
}
