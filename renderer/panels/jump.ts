// Go to a slice: select it, show its arrows, and bring it into view. Everything in the panels that names a slice does it
// through here, so that a jump is one step of the timeline's undo.
import { actions } from '../timeline/actions.ts'
import type { Session } from '../state/session.ts'

export const jump = (session: Session, lane: number, time: number) => actions.jumpTo(session, lane, time)

/** The same, and so near that what happened around it can be told apart: for rows that stand for one slice of the run. */
export const jumpClose = (session: Session, lane: number, time: number) =>
  actions.jumpTo(session, lane, time, 'closely')
