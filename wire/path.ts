// What the engine answers about a run as a whole: the path that decided its length, and how many actors ran at once.
// Times are ns since the start of the run.
import type { SliceKind } from './kinds.ts'

/** What decided how long the run, or an area of it, took: one actor at a time, from the end back to the start. */
export interface CriticalPath {
  from: number
  to: number
  /** in order of time, each begins where the one before ends; at most some thousands, then neighbours are merged */
  steps: PathStep[]
  more: boolean
  /** exact time of the path by what it was spent on, most first: who acted; what he had that the next one waited for, or
   *  waited for himself; the line at which he had got it or waited, else from which he had gone on */
  sums: PathSum[]
  /** how much shorter it would be if nobody had to wait for the object, at most; most first. Of a kernel, or of copies:
   *  if they took no time; object is the stream that ran them */
  whatIf: { object: number; name: string; dur: number; share: number }[]
  /** why it is no longer, not known further back or not to be trusted; '' = it is whole */
  because: string
}
export interface PathSum {
  by: 'actor' | 'object' | 'line'
  name: string
  lane: number | null
  dur: number
  /** of the path */
  share: number
}
export interface PathStep {
  lane: number
  from: number
  to: number
  /** the actor runs, or it waits for something that no recorded actor decided (its slice kind) */
  doing: 'runs' | SliceKind
  /** through what the next step was set off: "Account.lock", '' = it just went on */
  through: string
  /** 1: it was so; more: so many short ones, of which this is what most of the time was */
  count: number
}
/** How many actors ran at once. */
export interface Parallelism {
  from: number
  to: number
  /** mean number of actors that ran, a pixel each */
  running: Float32Array
  /** ns in which exactly so many ran: place 0 = nobody */
  spread: number[]
  mean: number
  /** what counts as running and may not have; '' = nothing */
  because: string
}
