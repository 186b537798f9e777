// What a rule is: a question with three answers, and the words for people who have never heard of it.
//
// A rule that cries wolf is a defect: thresholds are argued where they stand, and where the recording cannot answer
// (events were lost, not all is read yet) a rule says so and why, instead of guessing.
import type { Finding } from '../../wire/api.ts'
import type { Trace } from '../store/trace.ts'
import type { Tally, TallyKind } from './tally.ts'
import type { Unfinished } from './unfinished.ts'

/** What a rule may look at. */
export interface Scene {
  trace: Trace
  /** what is not over: now, or when the recording ended */
  unfinished: Unfinished
  /** slices that the tallies have not seen yet */
  behind: number
  /** what was added up from the slices so far; the rule must name it in `tallies` */
  tally<T extends Tally>(kind: TallyKind<T>): T
}

/** A finding; without words of its own it gets the rule's. `sql`: its rows prove the sentence (rows are there when the
 *  recording is over). */
export type Found = Omit<Finding, 'rule' | 'why' | 'tryThis' | 'parties'> &
  Partial<Pick<Finding, 'why' | 'tryThis' | 'parties'>>

export interface Rule {
  name: string
  /** why it matters, for somebody who meets it the first time */
  why: string
  tryThis: string
  tallies?: readonly TallyKind[]
  /** false: asked only when the recording is over. Then its tallies cost nothing while it lasts. */
  live?: false
  look(scene: Scene): Found[] | { cannotTell: string }
}
