// One moment of a trace: who lives, who waits for what, who holds what.
//
// In: a trace, finished or live, and a time; none = now, which costs a look at each lane's open slice and no block. Out:
// slices that cover the moment. Invariant: what is said is what the slices say of it, nothing is concluded. Right before a
// wait is broken off, its thread may have waited for the GIL to say so: then that is left out.
import { objectKinds, sliceKinds } from '../../wire/kinds.ts'
import type { Lane } from '../store/lane.ts'
import type { ObjectRow, ThreadRow } from '../store/model.ts'
import { lanesOf, openSlice, type SliceRow } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { sliceAt } from './read.ts'
import { isHold } from './slice.ts'

export class Moment {
  readonly trace: Trace
  readonly time: number
  private readonly now: boolean
  private brokenOff = 0
  private readonly threads = new Map<number, ThreadRow[]>()
  private readonly runners = new Map<number, ThreadRow>()
  private readonly ranks = new Map<string, number>()

  constructor(trace: Trace, time?: number) {
    this.trace = trace
    this.now = time === undefined
    this.time = time ?? trace.end
    for (const p of trace.processes) if (p?.rank) this.ranks.set(`${p.rank.group} ${p.rank.rank}`, p.id)
    for (const thread of trace.threads) {
      const { process, kind } = thread.object
      if (kind !== objectKinds.thread) continue
      const known = this.threads.get(process)
      if (known) known.push(thread)
      else this.threads.set(process, [thread])
      if (thread.loop !== null) this.runners.set(thread.loop, thread)
    }
  }

  /** The process that is that rank of the group; undefined: it is not recorded. */
  processOfRank(group: string, rank: number): number | undefined {
    return this.ranks.get(`${group} ${rank}`)
  }
  /** While the trace grows: now, which may be past what it calls its end. */
  static before(trace: Trace, time: number, brokenOff: number): Moment {
    const moment = new Moment(trace)
    return Object.assign(moment, { time, brokenOff })
  }

  /** Those that a process ever had, the main thread first. */
  threadsOf(process: number): readonly ThreadRow[] {
    return this.threads.get(process) ?? []
  }
  /** The thread that runs the loop. */
  runs(loop: number): ThreadRow | undefined {
    return this.runners.get(loop)
  }

  lives({ start, end, object }: ThreadRow): boolean {
    return start <= this.time && (end === null || this.time < end) && this.isThere(object.process)
  }
  isThere(process: number): boolean {
    const { start, end } = this.trace.processes[process]!
    return start <= this.time && (end === null || this.time < end)
  }

  /** What it waits for: a thread for the innermost of its waits, a task for all at once, the one beside the others first. */
  waits({ object }: ThreadRow): SliceRow[] {
    const found: SliceRow[] = []
    for (const lane of lanesOf(object.lane)) {
      const slice = this.sliceOn(lane)
      if (!slice || slice.kind >= sliceKinds.hold) continue
      if (slice.kind !== sliceKinds.gil || object.id !== this.brokenOff) found.push(slice)
    }
    return object.kind === objectKinds.task ? found : found.slice(-1)
  }
  /** Who has it: a lock, a permit, a loop for a step, a worker of a pool for a job. */
  holds({ lane }: ObjectRow): SliceRow[] {
    return lanesOf(lane).flatMap((each) => {
      const slice = this.sliceOn(each)
      return slice && isHold(slice.kind) ? [slice] : []
    })
  }
  sliceOn(lane: Lane): SliceRow | null {
    if (this.now) return openSlice(this.trace, lane)
    if (lane.openKind < 0 && (lane.tail?.n ? lane.lastEnd : (lane.blocks.at(-1)?.end ?? -1)) < this.time) return null
    const slice = sliceAt(this.trace, lane, this.time, 0)
    return slice && this.time < slice.start + Math.max(1, slice.dur) ? slice : null
  }
}
