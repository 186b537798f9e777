// Records that came before their turn wait on their object until the gap before them closes, or is given up.
import { losses } from './losses.ts'
import type { ObjectState } from './object-state.ts'
import type { Run } from './run.ts'

/** What was parked and is in turn now; at the same time as what it waited for, it was not late. */
export const unpark = (object: ObjectState, time: number, run: Run): void => {
  const parked = object.parked!
  if (parked[0]!.time !== time && parked[0]!.seq <= object.nextSeq) losses.late(run.trace, object.row.process)
  let used = 0
  for (; used < parked.length && parked[used]!.seq <= object.nextSeq; used++) {
    const p = parked[used]!
    object.nextSeq = Math.max(object.nextSeq, p.seq + 1)
    p.of.perform(p.time, p.thread, p.serial, p.seq, p.site, p.kind, p.flags, p.arg)
  }
  parked.splice(0, used)
  if (parked.length > 0) return
  object.parked = null
  run.withParked.delete(object)
}

/** Gaps that were open before the time will not close any more: what came after them has its turn. */
export const giveUpGaps = (run: Run, before: number): void => {
  for (const object of run.withParked) {
    while (object.parked !== null && object.parked[0]!.time < before) {
      const { seq, time } = object.parked[0]!
      losses.gap(run.trace, object.row.process, seq - object.nextSeq)
      object.nextSeq = seq
      unpark(object, time, run)
    }
  }
}
