// What the scene is made of: in every scene-*.ts the same input, and the heights that all of them know.
import type { CriticalPath, Flow, Lane, Parallelism, Slice, Window } from '../../wire/api.ts'
import type { Area, Lit } from '../state/session.ts'
import type { Theme } from '../theme.ts'
import type { Item } from './display-list.ts'
import type { Known } from './words.ts'
import type { Layout } from './layout.ts'
import type { LaneAnswer } from './strip.ts'
import type { Viewport } from './viewport.ts'

/** who waited, and below it how many ran */
export const overviewHeight = 34 + 22
export const axisHeight = 26
/** windowPx below the last lane */
export const air = 24

export interface SceneInput {
  viewport: Viewport
  /** all of them, also those that the layout folds away */
  lanes: readonly Lane[]
  layout: Layout
  theme: Theme
  /** ns: end of the trace so far */
  end: number
  recording: boolean
  answerOf: (lane: number) => LaneAnswer | null
  /** the slice behind an exact item, when it is known */
  labelOf: (lane: Lane, item: Item) => Known | null
  selection: Slice | null
  flows: readonly Flow[]
  area: Area | null
  /** what proves a finding */
  lit: Lit | null
  /** ns: the moment whose graph of who awaits whom is shown */
  moment: number | null
  pinned: readonly number[]
  marks: readonly number[]
  /** of processes: whether it was killed or crashed, so that what was open in it is cut; and ns when it ended, if known */
  endings: ReadonlyMap<number, { cut: boolean; at: number | null }>
  hoverLane: number | null
  /** ns: largest total wait for one object, the full bar of the name column */
  largestWait: number
  /** of the run, also those that have no lane here */
  threads: number
  tasks: number
  /** threads and tasks over the whole run */
  overview: Window | null
  /** how many of them ran at once */
  runners: Parallelism | null
  /** what decided how long it took, when it is shown */
  path: CriticalPath | null
}
