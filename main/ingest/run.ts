// What the processes of one run have together while it is ingested: source lines, objects that several of them use,
// records that wait for their turn, and the tree of processes.
import type { Trace } from '../store/trace.ts'
import { Children } from './children.ts'
import type { ObjectState } from './object-state.ts'
import { SourceLines } from './sources.ts'

export class Run {
  readonly trace: Trace
  /** CLOCK_MONOTONIC ns of time 0 */
  readonly base: bigint
  readonly lines = new SourceLines()
  readonly children: Children
  /** key → the object, whatever its serial is in each process */
  readonly shared = new Map<string, ObjectState>()
  /** objects with records that came before their turn */
  readonly withParked = new Set<ObjectState>()

  constructor(trace: Trace, base: bigint) {
    this.trace = trace
    this.base = base
    this.children = new Children(trace)
  }

  /** ns since the start of the run */
  time(at: bigint): number {
    return Number(at - this.base)
  }
}
