// What the processes of one run have together while it is ingested: source lines, objects that several of them use,
// records that wait for their turn, and the tree of processes.
import type { ProcessRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { Children } from './children.ts'
import type { ObjectState, ThreadState } from './object-state.ts'
import { SourceLines } from './sources.ts'

/** ns: a wait that somebody may have broken off because nothing moved any more */
const longWait = 0.4e9

export class Run {
  readonly trace: Trace
  /** CLOCK_MONOTONIC ns of time 0 */
  readonly base: bigint
  readonly lines = new SourceLines()
  readonly children: Children
  /** key → the object, whatever its serial is in each process */
  readonly shared = new Map<string, ObjectState>()
  /** group and rank → the process */
  readonly ranks = new Map<string, ProcessRow>()
  /** objects with records that came before their turn */
  readonly withParked = new Set<ObjectState>()

  /** called right before a long wait of the actor (its object's number) is broken off, while all stands as it stood */
  onBrokenOff: (actor: number, time: number) => void = () => {}
  private brokenOff = -Infinity

  constructor(trace: Trace, base: bigint) {
    this.trace = trace
    this.base = base
    this.children = new Children(trace)
  }

  /** An exception or somebody's cancel ends what the actor waits for. */
  breaksOff({ id, waits }: ThreadState, time: number): void {
    const since = waits[0]?.openStart ?? time
    if (time - since < longWait || time - this.brokenOff < longWait) return
    this.brokenOff = time
    this.onBrokenOff(id, time)
  }
  /** The lane of the first thread of a rank; null = it was not seen. */
  laneOfRank(group: string, rank: number): number | null {
    const process = this.ranks.get(`${group} ${rank}`)
    return process ? this.children.firstLane(process) : null
  }
  /** ns since the start of the run */
  time(at: bigint): number {
    return Number(at - this.base)
  }
}
