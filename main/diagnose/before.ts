// What certainly came before what, whatever the clock says: happened-before (Lamport, 1978).
//
//   ada   ▒▒ A then B ▒▒ end ─╮ join
//   main  ─────────────────── ╰▶ ── start ─╮
//   ben                                    ╰▶ ▒▒ B then A ▒▒       ada's turn came before ben's, in every run
//
// In: a moment of one actor and a later one of another. Out: whether arrows lead from the first to the second: starts,
// joins, hand-offs, notifications, results, messages. The arrow of a lock that was given back is no such order: the next
// run may hand it over the other way round; nor is room in a queue. A sweep over the arrows, from the second moment back,
// keeps for each lane the latest moment from which it can be reached, and goes on from where it stopped when another first
// moment is asked for.
import { flowKinds } from '../../wire/kinds.ts'
import type { FlowColumns } from '../store/flows.ts'
import { loadFlows } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'

export interface Moment {
  /** object of the thread or task */
  actor: number
  time: number
}
const byChance = new Set<number>([flowKinds.release, flowKinds.room])

/** What leads to one moment. */
class Past {
  /** lane → the latest time from which the moment is reached */
  private readonly reached = new Map<number, number>()
  /** blocks that are not swept yet */
  private blocks: number
  private readonly trace: Trace
  private readonly time: number

  constructor(trace: Trace, { actor, time }: Moment) {
    this.trace = trace
    this.time = time
    this.blocks = trace.flowBlocks.length
    const lane = trace.objects[actor]?.lane
    if (lane) this.reached.set(lane.id, time)
    this.sweep(trace.flowTail)
  }

  has({ actor, time }: Moment): boolean {
    const lane = this.trace.objects[actor]?.lane?.id
    if (lane === undefined) return false
    const { flowBlocks } = this.trace
    // arrows are stored in the order in which they were seen, which is nearly that of their effects
    while (
      (this.reached.get(lane) ?? -Infinity) < time &&
      this.blocks > 0 &&
      flowBlocks[this.blocks - 1]!.end >= time
    ) {
      const block = flowBlocks[--this.blocks]!
      if (block.start <= this.time) this.sweep(block.columns ?? loadFlows(this.trace, block))
    }
    return (this.reached.get(lane) ?? -Infinity) >= time
  }

  private sweep(f: FlowColumns): void {
    const { reached } = this
    for (let i = f.n - 1; i >= 0; i--) {
      const at = reached.get(f.toLane[i]!)
      if (at === undefined || f.toTime[i]! > at || byChance.has(f.kind[i]!)) continue
      for (const lane of actorsAt(this.trace, f.fromLane[i]!))
        reached.set(lane, Math.max(reached.get(lane) ?? -Infinity, f.fromTime[i]!))
    }
  }
}

/** Lanes of those who come before what an arrow from the lane leads to: at the end of a process all that were in it. */
function actorsAt(trace: Trace, lane: number): number[] {
  const { kind, process } = trace.lanes[lane]!
  if (kind !== 'process') return [lane]
  return trace.threads.filter((t) => t.object.process === process).map((t) => t.object.lane!.id)
}

/** Answers for one state of a trace: what is asked of the same second moment is swept once. */
export function createBefore(trace: Trace): (first: Moment, then: Moment) => boolean {
  const pasts = new Map<string, Past>()
  return (first, then) => {
    const key = `${then.actor} ${then.time}`
    let past = pasts.get(key)
    if (!past) pasts.set(key, (past = new Past(trace, then)))
    return past.has(first)
  }
}
