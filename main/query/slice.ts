// One slice in full, and its neighbours: what the details panel shows.
//
// In: a lane and a time. Out: the slice with thread, object, places, stack, who else was concerned, and one sentence
// that says who did what to whom and where; null where the lane has nothing. Source lines come from the trace: the files
// may have changed since.
import type { Argument, Lane as LaneAnswer, Place, Slice } from '../../wire/api.ts'
import { sliceKinds, sliceOutcomes, type SliceKind, type SliceOutcome } from '../../wire/kinds.ts'
import { kindName } from '../store/model.ts'
import { isActor, isCount, type Lane } from '../store/lane.ts'
import { sliceBefore, sliceFrom, type SliceRow } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { executionOf, isCommand, waitersFor } from './executions.ts'
import { holdersOf, waitersOf, type Share } from './holders.ts'
import { nameOf, siteName } from './names.ts'
import { sliceAt } from './read.ts'
import { sentenceOf } from './sentence.ts'
import { knownOf } from './slice-facts.ts'

const mostOthers = 50
const outcomeNames = Object.keys(sliceOutcomes) as SliceOutcome[]

export function slice(trace: Trace, { lane, time, slack }: Omit<Argument<'slice'>, 'trace'>): Slice | null {
  const row = sliceAt(trace, laneNumber(trace, lane), time, slack)
  return row && describe(trace, row)
}

export function step(trace: Trace, { lane, time, direction }: Omit<Argument<'step'>, 'trace'>): Slice | null {
  const on = laneNumber(trace, lane)
  const row =
    direction === 'next' ? sliceFrom(trace, on, Math.floor(time) + 1) : sliceBefore(trace, on, Math.ceil(time))
  return row && describe(trace, row)
}

export function laneNumber(trace: Trace, id: LaneAnswer['id']): Lane {
  const lane = trace.lanes[id]
  if (!lane) throw new Error(`This trace has no lane ${id}: ask for its lanes first.`)
  return lane
}

/** Somebody holds it: a lock, the GIL, a loop (a step), a worker of a pool (a job). */
export const isHold = (kind: number): boolean => kind >= sliceKinds.hold && kind <= sliceKinds.job

export function describe(trace: Trace, row: SliceRow): Slice {
  const { start, dur, kind } = row
  const lane = trace.lanes[row.lane]!
  const others = othersOf(trace, row)
  const onThread = isActor(lane)
  const { belongs } = trace.objects[lane.object]!
  const says = lane.kind === 'calls'
  const thread = onThread ? lane.object : says ? belongs : isHold(kind) || kind === sliceKinds.band ? row.object : 0
  const object = onThread || says ? row.object : lane.object
  return {
    lane: lane.id,
    start,
    dur,
    kind: kind as SliceKind,
    open: row.cut,
    outcome: outcomeNames[row.outcome] ?? 'done',
    thread: thread ? { lane: trace.objects[thread]?.lane?.id ?? 0, name: nameOf(trace, thread) } : null,
    object: object && trace.objects[object] ? objectAnswer(trace, object) : null,
    site: placeOf(trace, row.site),
    stack: (trace.stacks.get(row.stack) ?? []).map((site) => placeOf(trace, site)).filter((p) => p !== null),
    others: others.slice(0, mostOthers).map((share) => ({
      thread: nameOf(trace, share.thread),
      lane: share.lane,
      time: share.time,
      dur: share.dur,
      site: siteName(trace, share.site),
    })),
    value: kind === sliceKinds.depth ? row.arg : 0,
    ...knownOf(trace, row),
    sentence: sentenceOf(trace, row, others),
  }
}

/** wait: who held it meanwhile. hold, or items in a queue: who waited meanwhile */
function othersOf(trace: Trace, row: SliceRow): Share[] {
  const end = row.start + row.dur
  const lane = trace.lanes[row.lane]!
  // while a job runs others wait for a worker, not the threads that wait for work or for results
  if (lane.kind === 'pool' || lane.kind === 'calls' || isCount(lane) !== (lane.kind === 'queue')) return []
  if (isCommand(row.kind)) {
    const execution = executionOf(trace, row)
    return execution ? waitersFor(trace, execution) : []
  }
  if (!isActor(lane)) return row.kind === sliceKinds.hold ? [] : waitersOf(trace, lane.object, row.start, end)
  if (!row.object) return []
  return holdersOf(trace, row.object, row.start, end)
}

const objectAnswer = (trace: Trace, id: number) => {
  const object = trace.objects[id]!
  return { id, lane: object.lane?.id ?? null, name: nameOf(trace, id), kind: kindName(object.kind) }
}

export function placeOf(trace: Trace, site: number): Place | null {
  const s = trace.sites[site]
  return s ? { file: s.file, line: s.line, func: s.func, text: s.text } : null
}
