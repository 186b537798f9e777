// What a rule is: a question with three answers, and the words for people who have never heard of it.
//
// A rule that cries wolf is a defect: thresholds are argued where they stand, and where the recording cannot answer
// (events were lost, not all is read yet) a rule says so and why, instead of guessing.
import type { Finding } from '../../wire/api.ts'
import type { Trace } from '../store/trace.ts'
import type { Unfinished } from './unfinished.ts'
import type { Watch } from './watch.ts'

/** What a rule may look at. */
export interface Scene {
  trace: Trace
  /** what was added up from the slices so far */
  watch: Watch
  /** what is not over: now, or when the recording ended */
  unfinished: Unfinished
}

/** A finding; without words of its own it gets the rule's. */
export type Found = Omit<Finding, 'rule' | 'why' | 'tryThis'> & { why?: string; tryThis?: string }

export interface Rule {
  name: string
  /** why it matters, for somebody who meets it the first time */
  why: string
  tryThis: string
  look(scene: Scene): Found[] | { cannotTell: string }
}
