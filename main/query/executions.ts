// Which command of a device a slice is about: one that ran on a stream, the call that enqueued it, a wait that its end ended.
// In: a slice. Out: the command's row in the columns of commands.ts, what people call it, and where its call, its run and
// those who waited for it are drawn. Nothing is guessed: null where the trace does not say.
//
//   calls   ▒ launch ▒╮            byNumber: stream and number
//   stream            ╰▶ kernel ╮  byStart: lane and start
//   thread  ░░░░ waits ░░░░░░░░░╰▶ byEnd: the arrow that arrives as it ends
import { flowKinds, objectKinds, sliceKinds } from '../../wire/kinds.ts'
import type { Command } from '../../wire/operations.ts'
import type { Place } from '../store/between.ts'
import { commandNames, type OnDevices } from '../store/commands.ts'
import type { FlowRow } from '../store/flows.ts'
import { isActor, type Lane } from '../store/lane.ts'
import { flowsFrom, flowsTo, type SliceRow } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { onDevices } from './commands.ts'
import type { Share } from './holders.ts'
import { sliceAt } from './read.ts'
import { bytesText } from './words.ts'

/** One command of what devices did. */
export interface Execution {
  on: OnDevices
  /** row of on.commands */
  at: number
}
const mostWaiters = 50

export const isCommand = (kind: number): boolean => kind >= sliceKinds.kernel && kind <= sliceKinds.command

/** The command that the slice is about; null: about none, or it is not known which. */
export function executionOf(trace: Trace, row: SliceRow): Execution | null {
  const lane = trace.lanes[row.lane]!
  if (isCommand(row.kind)) return byStart(trace, lane.id, row.start)
  if (row.kind === sliceKinds.launch) return byNumber(trace, row.object, row.arg)
  if (row.kind === sliceKinds.device && isActor(lane) && !row.cut) {
    const arrow = endOfWait(trace, (lane.parent ?? lane).id, row.start + row.dur)
    return arrow && byEnd(trace, arrow.fromLane, arrow.fromTime)
  }
  return null
}

/** The arrow from the command that a wait was for: it arrives as the wait ends. */
export const endOfWait = (trace: Trace, actor: number, end: number): FlowRow | null =>
  flowsTo(trace, actor, end - 1, end + 1, 32).find(({ kind }) => kind === flowKinds.finished) ?? null

function byStart(trace: Trace, lane: number, time: number): Execution | null {
  const on = onDevices(trace)
  const { commands: c } = on
  for (let at = 0; at < c.n; at++) if (c.lane[at] === lane && Math.abs(c.started[at]! - time) < 1) return { on, at }
  return null
}
/** The arrow of a command whose end is told to be later than the wait's leaves it at the end of the wait. */
export function byEnd(trace: Trace, lane: number, time: number): Execution | null {
  const on = onDevices(trace)
  const { commands: c } = on
  let nearest = -1
  const off = (at: number) => Math.abs(c.ended[at]! - time)
  for (let at = 0; at < c.n; at++)
    if (c.lane[at] === lane && c.started[at]! <= time && (nearest < 0 || off(at) < off(nearest))) nearest = at
  return nearest < 0 ? null : { on, at: nearest }
}
function byNumber(trace: Trace, stream: number, number: number): Execution | null {
  const on = onDevices(trace)
  const { commands: c } = on
  for (let at = 0; at < c.n; at++) if (c.number[at] === number && c.stream[at] === stream) return { on, at }
  return null
}

const nouns: Partial<Record<Command, string>> = { other: 'command', migrate: 'migration', map: 'mapping' }

/** "add", "write 4 MiB", "marker" */
export function commandName({ on: { commands: c, works }, at }: Execution): string {
  const operation = commandNames.get(c.operation[at]!) ?? 'other'
  if (operation === 'kernel') return works[c.work[at]!]?.name || 'kernel'
  return c.bytes[at]! > 0 ? `${operation} ${bytesText(c.bytes[at]!)}` : (nouns[operation] ?? operation)
}
/** "the kernel add", "the write of 4 MiB", "the marker" */
export function commandInWords(execution: Execution): string {
  const { on, at } = execution
  const { commands: c } = on
  const operation = commandNames.get(c.operation[at]!) ?? 'other'
  if (operation === 'kernel') return `the kernel ${on.works[c.work[at]!]?.name ?? ''}`.trimEnd()
  const noun = nouns[operation] ?? operation
  return c.bytes[at]! > 0 ? `the ${noun} of ${bytesText(c.bytes[at]!)}` : `the ${noun}`
}

/** Where the actor that enqueued it says what it does; its own lane where that is not drawn. */
export function callOf(trace: Trace, { on: { commands: c }, at }: Execution): Place {
  const actor = trace.lanes[c.fromLane[at]!]?.object ?? 0
  const calls = callsOf(trace, actor)
  return { lane: calls?.lane?.id ?? c.fromLane[at]!, time: c.called[at]! }
}
/** What the actor says that it does, as an object with lanes. */
export const callsOf = (trace: Trace, actor: number) =>
  trace.objects.find((o) => o?.kind === objectKinds.calls && o.belongs === actor)
/** Where it ran. */
export const runOf = ({ on: { commands: c }, at }: Execution): Place | null =>
  c.lane[at]! > 0 ? { lane: c.lane[at]!, time: c.started[at]! } : null

/** Whose waits it ended, longest first. */
export function waitersFor(trace: Trace, { on: { commands: c }, at }: Execution): Share[] {
  const [start, end] = [c.started[at]!, c.ended[at]!]
  if (c.lane[at] === 0 || Number.isNaN(end)) return []
  const shares: Share[] = []
  for (const { kind, fromTime, toLane, toTime } of flowsFrom(trace, c.lane[at]!, start, end, mostWaiters)) {
    // what leaves as this one begins is of the one before
    const own = kind === flowKinds.finished && (fromTime > start || start === end)
    const lane = own ? trace.lanes[toLane] : undefined
    const wait = lane && waitEndingAt(trace, lane, toTime)
    if (!wait) continue
    const { dur, site } = wait
    shares.push({ thread: lane!.object, site, dur, lane: wait.lane, time: wait.start, longest: dur })
  }
  return shares.sort((a, b) => b.dur - a.dur)
}
function waitEndingAt(trace: Trace, actor: Lane, end: number): SliceRow | null {
  for (let lane: Lane | null = actor; lane; lane = lane.next) {
    const wait = sliceAt(trace, lane, end - 1, 1)
    if (wait?.kind === sliceKinds.device && Math.abs(wait.start + wait.dur - end) <= 1) return wait
  }
  return null
}
