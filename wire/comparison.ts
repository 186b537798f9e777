// The answer to `compare` (api.ts): earlier runs of a program beside later ones, with what their noise lets one say.
import type { ObjectKindName } from './kinds.ts'

/** Earlier runs and later ones of a program. Lists: what matters most comes first. */
export interface Comparison {
  before: ComparedRuns
  after: ComparedRuns
  /** the answer in a sentence or two: "The run is 0.4 s shorter (26 %), between 0.3 s and 0.5 s; 1 finding is gone." */
  sentence: string
  /** how long a run took, ns */
  duration: Measured
  findings: ComparedFinding[]
  waits: ComparedWaits[]
  /** what makes it doubtful, one sentence each: other programs or machines, runs that failed, noise that is not known */
  notes: string[]
}
export interface ComparedRuns {
  /** of the program: "bank.py" */
  name: string
  runs: { path: string; dur: number }[]
}
/** A quantity of which less is better, on both sides; what a run had each, in the order of the runs. */
export interface Measured {
  before: number[]
  after: number[]
  /** mean after less mean before: negative = better */
  difference: number
  /** it lies in here, 95 % sure; null: with one run on a side nobody knows the noise */
  interval: { from: number; to: number } | null
  /** same: no difference that these runs can show */
  change: 'better' | 'worse' | 'same'
  /** false: there is a difference, but with so few runs it may be noise ("probably") */
  sure: boolean
}
export interface ComparedFinding {
  rule: string
  subject: string
  /** cannot tell: the rule could not answer on one of the sides */
  change: 'new' | 'gone' | 'worse' | 'better' | 'same' | 'cannot tell'
  /** false: it may be the noise of the runs */
  sure: boolean
  /** runs that have it, of those whose rule could tell; mean weight, 0…1, where they have it */
  before: { found: number; of: number; weight: number }
  after: { found: number; of: number; weight: number }
  /** "in 5 of 5 runs, in none of 5 before" */
  because: string
  /** as the latest run that has it tells it */
  sentence: string
  why: string
  tryThis: string
}
export interface ComparedWaits {
  name: string
  kind: ObjectKindName
  /** where it was made, later side first */
  site: string
  /** its object in the trace that is open, null = not there */
  object: number | null
  lane: number | null
  /** ns waited for it in a run */
  total: Measured
  /** waits in a run, mean */
  count: { before: number; after: number }
}
