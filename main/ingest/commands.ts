// Commands of devices: a thread enqueues one in a stream, the device runs it when what was enqueued before is over and what
// it depends on too, and tells later when that was.
//
//   thread    enqueue(7) ┐ returned ········ wait(device) ┄┄┄┄┄┄┄┄┄ wake(7)     calls lane: a slice of the call
//   stream               └ queued · submitted · started ████ ended ─┘           stream's lane: a slice of the run
//   device                                      ▁▁▁▁▂▂▂▂▁▁▁▁                    how many run at once
//
// The stages of a command come in any order and long after they were; it is drawn when it is over. How many run at once is
// certain only up to where no command that is still out can have begun.
import { flags, flowKinds, objectKinds, sliceKinds, sliceOutcomes } from '../../wire/kinds.ts'
import { commands, stages } from '../../wire/operations.ts'
import { append } from '../store/commands.ts'
import type { Trace } from '../store/trace.ts'
import { firstLane } from './holds.ts'
import { losses } from './losses.ts'
import type { Item, ObjectState, ThreadState } from './object-state.ts'
import { become } from './queues.ts'

/** What is known of a stream: its commands by number, and those that are not over. */
export class StreamState {
  /** null = it is not known yet: its line comes before its record */
  private device: DeviceState | null = null
  inOrder = false
  readonly rows: number[] = []
  /** number → row, in the order in which they were enqueued */
  readonly out = new Map<number, number>()
  /** row → who waited for it and went on before its end was told */
  readonly waiters = new Map<number, Item[]>()
  /** row → rows of other streams that depend on it; until it is drawn */
  readonly neededBy = new Map<number, number[]>()
  /** row → the lane of calls that its launch stands on */
  readonly launchedOn = new Map<number, ObjectState>()
  lastEnd = -Infinity
  deviceOf(stream: ObjectState): DeviceState | null {
    if (this.device === null && stream.belongs?.row.kind === objectKinds.device) {
      this.device = stream.belongs.device ??= new DeviceState(stream.belongs)
      this.device.streams.push(this)
    }
    return this.device
  }
  /** Nothing that is still out has begun before this time. */
  certain(trace: Trace): number {
    for (const row of this.out.values()) {
      const called = trace.commands.called[row]!
      return this.inOrder ? Math.max(called, this.lastEnd) : called
    }
    return Infinity
  }
}

/** How many commands a device runs, as steps up and down that wait until they are certain. */
export class DeviceState {
  readonly object: ObjectState
  readonly streams: StreamState[] = []
  private steps: { time: number; by: number }[] = []
  constructor(object: ObjectState) {
    this.object = object
  }
  ran(start: number, end: number): void {
    this.steps.push({ time: start, by: 1 }, { time: end, by: -1 })
  }
  /** Draws what is certain by now. */
  draw(trace: Trace, upTo: number): void {
    const certain = Math.min(upTo, ...this.streams.map((stream) => stream.certain(trace)))
    const due = this.steps.filter(({ time }) => time <= certain)
    if (due.length === 0) return
    this.steps = this.steps.filter(({ time }) => time > certain)
    due.sort((a, b) => a.time - b.time)
    for (let i = 0; i < due.length;) {
      const { time } = due[i]!
      let by = 0
      for (; i < due.length && due[i]!.time === time; i++) by += due[i]!.by
      // where one ends as another begins, it is the same number
      if (by !== 0) become(trace, this.object, time, Math.max(0, this.object.depth + by))
    }
  }
}
/** commands that may be over before they are drawn, while others are still out: sorting few at a time costs more */
const drawEvery = 64

export const streamOf = (stream: ObjectState): StreamState => (stream.stream ??= new StreamState())

export const enqueue = (
  trace: Trace,
  thread: ThreadState,
  stream: ObjectState,
  time: number,
  { number, flag, site, arg, work }: { number: number; flag: number; site: number; arg: number; work: number },
  calls: ObjectState,
): void => {
  const state = streamOf(stream)
  const { commands: c } = trace
  state.deviceOf(stream)
  const row = c.add(stream.id, number)
  const operation = flag & 255
  c.operation[row] = operation
  if (operation === commands.kernel) c.work[row] = work
  else c.bytes[row] = arg
  c.pageable[row] = flag & flags.pageable ? 1 : 0
  c.fromLane[row] = thread.lane.id
  c.site[row] = site
  c.called[row] = time
  c.outcome[row] = sliceOutcomes.cut
  state.rows[number] = row
  state.out.set(number, row)
  state.launchedOn.set(row, calls)
}

/** The command waits for one of another stream: on what, by stream and number. */
export const depends = (trace: Trace, stream: ObjectState, number: number, on: ObjectState, onNumber: number): void => {
  const row = streamOf(stream).rows[number]
  const needed = on.stream?.rows[onNumber]
  if (row === undefined || needed === undefined) return
  append(trace.commands.needs, row, needed)
  append(streamOf(on).neededBy, needed, row)
}

export const reach = (trace: Trace, stream: ObjectState, number: number, flag: number, at: number): void => {
  const state = streamOf(stream)
  const { commands: c } = trace
  const row = state.rows[number]
  if (row === undefined) return losses.unmatchedCommand(trace, stream.row.process)
  switch (flag & 255) {
    case stages.called:
      c.called[row] = at
      return
    case stages.returned:
      c.returned[row] = at
      if (flag & flags.failed) over(trace, stream, row, true)
      return launched(trace, stream, row)
    case stages.queued:
      c.queued[row] = at
      return
    case stages.submitted:
      c.submitted[row] = at
      return
    case stages.started:
      c.started[row] = at
      return
    case stages.ended:
      c.ended[row] = at
      return over(trace, stream, row, (flag & flags.failed) !== 0)
    default:
      losses.unknown(trace, stream.row.process)
  }
}

/** The call is over: a slice among what its thread says that it does. */
const launched = (trace: Trace, stream: ObjectState, row: number): void => {
  const { commands: c } = trace
  const calls = streamOf(stream).launchedOn.get(row)
  if (!calls) return
  const from = c.called[row]!
  let lane = callsLane(trace, calls)
  for (let at: typeof lane | null = lane; at !== null; at = at.next)
    if (at.openKind >= 0 && at.openStart <= from) lane = trace.laneAt(calls.lane!, at.depth + 1)
  const outcome = c.outcome[row] === sliceOutcomes.raised ? sliceOutcomes.raised : 0
  const dur = Math.max(0, c.returned[row]! - from)
  trace.push(lane, from, dur, sliceKinds.launch, stream.id, c.site[row]!, c.number[row]!, 0, outcome)
}
const callsLane = (trace: Trace, calls: ObjectState) => calls.lane ?? firstLane(trace, calls)

const over = (trace: Trace, stream: ObjectState, row: number, failed: boolean): void => {
  const state = streamOf(stream)
  const { commands: c } = trace
  if (!state.out.delete(c.number[row]!)) return
  c.outcome[row] = failed ? sliceOutcomes.raised : sliceOutcomes.done
  const [from, to] = [c.started[row]!, c.ended[row]!]
  if (!Number.isNaN(from) && !Number.isNaN(to)) drawn(trace, stream, row, from, Math.max(from, to))
  for (const { lane, time } of state.waiters.get(row) ?? []) arrow(trace, stream, row, lane, time)
  state.waiters.delete(row)
  state.launchedOn.delete(row)
}

const drawn = (trace: Trace, stream: ObjectState, row: number, from: number, to: number): void => {
  const state = streamOf(stream)
  const { commands: c } = trace
  const lane = stream.lane ?? firstLane(trace, stream)
  const actor = trace.lanes[c.fromLane[row]!]!.object
  const arg = c.operation[row] === commands.kernel ? c.work[row]! : Math.min(c.bytes[row]!, 0xffffffff)
  const kind = sliceOf[c.operation[row]!] ?? sliceKinds.command
  const at = trace.push(lane, from, to - from, kind, actor, c.site[row]!, arg, 0, c.outcome[row]!)
  c.lane[row] = at.id
  state.lastEnd = Math.max(state.lastEnd, to)
  const calls = state.launchedOn.get(row)
  if (calls) {
    const launchedOn = callsLane(trace, calls)
    trace.flow(flowKinds.launch, launchedOn.id, Math.min(c.called[row]!, from), at.id, from, stream.id)
  }
  for (const needed of c.needs.get(row) ?? []) needs(trace, row, needed)
  for (const later of state.neededBy.get(row) ?? []) needs(trace, later, row)
  state.neededBy.delete(row)
  const device = state.deviceOf(stream)
  device?.ran(from, to)
  if (row % drawEvery === 0 || state.out.size === 0) device?.draw(trace, to)
}
/** Once both are drawn: their ends are told in any order. */
const needs = (trace: Trace, row: number, needed: number): void => {
  const { commands: c } = trace
  const drawn = c.lane[row]! > 0 && c.lane[needed]! > 0
  if (drawn && c.ended[needed]! <= c.started[row]!)
    trace.flow(flowKinds.depends, c.lane[needed]!, c.ended[needed]!, c.lane[row]!, c.started[row]!, c.stream[needed]!)
}
const sliceOf: Partial<Record<number, number>> = {
  [commands.kernel]: sliceKinds.kernel,
  [commands.read]: sliceKinds.read,
  [commands.write]: sliceKinds.write,
  [commands.copy]: sliceKinds.copy,
  [commands.fill]: sliceKinds.fill,
}

/** The actor, who had waited for the command, goes on. */
export const wokenByCommand = (
  trace: Trace,
  thread: ThreadState,
  stream: ObjectState,
  time: number,
  number: number,
): void => {
  const state = streamOf(stream)
  const row = state.rows[number]
  if (row === undefined) return
  if (!state.out.has(number)) return arrow(trace, stream, row, thread.lane.id, time)
  append(state.waiters, row, { lane: thread.lane.id, time })
}
const arrow = (trace: Trace, stream: ObjectState, row: number, lane: number, time: number): void => {
  const { commands: c } = trace
  if (c.lane[row]! > 0)
    trace.flow(flowKinds.finished, c.lane[row]!, Math.min(c.ended[row]!, time), lane, time, stream.id)
}

/** All is read: what is still out was not seen to end. */
export const finishStream = (trace: Trace, stream: ObjectState): void => {
  const { out } = streamOf(stream)
  if (out.size > 0) losses.unfinishedCommands(trace, stream.row.process, out.size)
  out.clear()
}
export const finishDevice = (trace: Trace, device: ObjectState): void => device.device?.draw(trace, Infinity)

/** Bytes of a context that are taken (1) or given back (−1). */
export const useMemory = (trace: Trace, context: ObjectState, time: number, bytes: number): void => {
  context.bytes = Math.max(0, context.bytes + bytes)
  become(trace, context, time, Math.ceil(context.bytes / 1024))
}
