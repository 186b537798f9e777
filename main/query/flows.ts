// Arrows of a selection: what led to it, and what it led to, some steps of cause and effect away.
//
//   editor   ▒▒▒ set ▒▒▒                 step -1: the arrow into the selected wait; -2: the arrow that had woken its
//   runner   ·······╰▶▒▒▒▒ put           sender; 1: the arrows out of what the thread did next; 2: out of those
//   eater    ·············╰▶▒▒▒
//
// Arrows run between threads. A wait is ended by the arrow that arrives as it ends; a hold begins with the arrow that let
// its thread in, and causes those of its release. At most 200 arrows, the nearest first.
import type { Answers, Flow } from '../../wire/api.ts'
import { flowKinds, objectKinds, sliceKinds, type FlowKind } from '../../wire/kinds.ts'
import type { FlowRow } from '../store/flows.ts'
import { flowsFrom, flowsTo, lanesOf, sliceFrom, type SliceRow } from '../store/read.ts'
import { isActor } from '../store/lane.ts'
import { marginBetween } from '../store/margins.ts'
import type { Trace } from '../store/trace.ts'
import { messagesAt } from './between.ts'
import { byEnd, callsOf, isCommand } from './executions.ts'
import { nameOf } from './names.ts'
import { sliceAt } from './read.ts'
import { laneNumber } from './slice.ts'

const most = 200
/** how many arrows one stretch of a thread may send */
const mostOfOne = 32
/** ns between the end of a wait and the record of what it got: taking the lock, the item */
const moment = 200_000
/** ns that a step backwards looks for what woke a thread */
const past = 10e9

export function flows(trace: Trace, argument: { lane: number; time: number; depth: number }): Answers['flows'] {
  const slice = sliceAt(trace, laneNumber(trace, argument.lane), argument.time, 0)
  if (!slice) return { flows: [], more: false }
  const { causes, effects } = nearest(trace, slice)
  const seen = new Set<string>()
  const kept: Flow[] = []
  const keep = (rows: readonly FlowRow[], step: number): FlowRow[] => {
    const fresh: FlowRow[] = []
    for (const row of rows) {
      const key = `${row.kind} ${row.fromLane} ${row.fromTime} ${row.toLane} ${row.toTime}`
      if (seen.has(key) || kept.length >= most) continue
      seen.add(key)
      kept.push(answer(trace, row, step))
      fresh.push(row)
    }
    return fresh
  }
  let back = keep(causes, -1)
  let ahead = keep(effects, 1)
  for (let step = 2; step <= argument.depth; step++) {
    back = keep(
      back.flatMap((row) => wokenBefore(trace, row.fromLane, row.fromTime)),
      -step,
    )
    ahead = keep(
      ahead.flatMap((row) => sentAfter(trace, row.toLane, row.toTime)),
      step,
    )
  }
  return { flows: withBytes(trace, kept), more: kept.length >= most }
}

/** Of a message; a pipe of multiprocessing has no rows of messages. */
function withBytes(trace: Trace, flows: Flow[]): Flow[] {
  const messages = flows.filter((flow) => flow.kind === flowKinds.message)
  const ends = messages.map((flow) => ({ channel: 0, end: 'to' as const, lane: flow.toLane, time: flow.toTime }))
  messagesAt(trace, ends).forEach((message, i) => (messages[i]!.bytes = message?.bytes ?? 0))
  return flows
}

function nearest(trace: Trace, slice: SliceRow): { causes: FlowRow[]; effects: FlowRow[] } {
  const lane = trace.lanes[slice.lane]!
  const end = slice.start + slice.dur
  if (isCommand(slice.kind)) return ofCommand(trace, slice, end)
  if (lane.kind === 'calls') return ofCall(trace, slice)
  if (isActor(lane)) {
    const thread = lane.parent ?? lane
    const arriving = slice.cut ? [] : flowsTo(trace, thread.id, slice.start, end + moment, mostOfOne)
    return {
      // what arrives as it ends, the nearest of each kind; a sleep ends by itself
      causes: nearestEach(
        arriving.filter((f) => f.toTime >= end - moment && endsWait(f, slice)),
        end,
      ),
      effects: slice.cut ? [] : sentAfter(trace, thread.id, end),
    }
  }
  const threads =
    lane.kind === 'queue' ? trace.threads.map((t) => t.object.lane!.id) : [threadLane(trace, slice.object)]
  const causes = threads.flatMap((id) => flowsTo(trace, id, slice.start - 1, slice.start + 1, mostOfOne))
  const effects = threads.flatMap((id) => flowsFrom(trace, id, slice.start, end + 1, mostOfOne))
  const through = (f: FlowRow) => f.object === lane.object
  return { causes: causes.filter(through), effects: effects.filter(through) }
}
/** Of a wait for a device, which may be for several streams, the arrow arrives when the wait is over. */
const endsWait = (f: FlowRow, { kind, object }: SliceRow) =>
  kind === sliceKinds.device ? f.kind === flowKinds.finished : object > 0 && f.object === object

/** A command: its call, and what it had to wait for; who went on at its end, and what began then. */
function ofCommand(trace: Trace, { lane, start, dur }: SliceRow, end: number) {
  const leaving = flowsFrom(trace, lane, start, end, mostOfOne)
  return {
    causes: flowsTo(trace, lane, start, start, mostOfOne),
    // what leaves as this one begins is of the one before
    effects: dur > 0 ? leaving.filter((f) => f.fromTime > start) : leaving,
  }
}
/** A call that enqueued a command: that command. All calls of an actor send from its first lane. */
function ofCall(trace: Trace, { lane, kind, start, object }: SliceRow) {
  const on = trace.lanes[lane]!
  const first = (on.parent ?? on).id
  const sent = kind === sliceKinds.launch ? flowsFrom(trace, first, start, start, mostOfOne) : []
  return { causes: [], effects: sent.filter((f) => f.object === object) }
}

function nearestEach(rows: readonly FlowRow[], time: number): FlowRow[] {
  const kinds = new Map<number, FlowRow>()
  for (const row of rows) {
    const best = kinds.get(row.kind)
    if (!best || Math.abs(row.toTime - time) < Math.abs(best.toTime - time)) kinds.set(row.kind, row)
  }
  return [...kinds.values()]
}
const threadLane = (trace: Trace, thread: number) => trace.objects[thread]?.lane?.id ?? 0

/** The last arrow that had arrived at the thread by then; of a command that ended then what let it begin. */
function wokenBefore(trace: Trace, from: number, time: number): FlowRow[] {
  if (trace.lanes[from]?.kind === 'stream') {
    const run = byEnd(trace, from, time)
    const start = run && run.on.commands.started[run.at]!
    return start === null ? [] : flowsTo(trace, from, start, start, mostOfOne)
  }
  let last: FlowRow | null = null
  const lane = actorOf(trace, from)
  for (let reach = moment; !last && reach <= past; reach *= 50)
    for (const row of flowsTo(trace, lane, time - reach, time, 4096)) if (!last || row.toTime > last.toTime) last = row
  return last ? [last] : []
}

/** What the thread sends from then on until it waits again. */
function sentAfter(trace: Trace, lane: number, time: number): FlowRow[] {
  let until = trace.end
  for (const part of lanesOf(laneNumber(trace, lane))) {
    const next = sliceFrom(trace, part, Math.floor(time) + 1)
    if (next) until = Math.min(until, next.start)
  }
  const calls = callsOf(trace, trace.lanes[lane]!.object)?.lane
  const launched = calls ? flowsFrom(trace, calls.id, time, until, mostOfOne) : []
  return [...flowsFrom(trace, lane, time, until, mostOfOne), ...launched].slice(0, mostOfOne)
}

/** The actor whose calls the lane shows. */
function actorOf(trace: Trace, lane: number): number {
  const object = trace.objects[trace.lanes[lane]?.object ?? 0]
  return object?.kind === objectKinds.calls ? threadLane(trace, object.belongs) : lane
}

function answer(trace: Trace, row: FlowRow, step: number): Flow {
  return {
    kind: row.kind as FlowKind,
    fromLane: row.fromLane,
    fromTime: row.fromTime,
    toLane: row.toLane,
    toTime: row.toTime,
    object: row.object ? nameOf(trace, row.object) : '',
    bytes: 0,
    margin: marginOf(trace, row),
    step,
  }
}

function marginOf({ hosts, lanes, processes }: Trace, { fromLane, toLane, toTime }: FlowRow): number | null {
  const [from, to] = [fromLane, toLane].map((lane) => hosts[processes[lanes[lane]?.process ?? 0]?.host ?? 0])
  return from && to ? marginBetween(hosts, from, to, toTime) : 0
}
