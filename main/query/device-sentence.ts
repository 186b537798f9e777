// A slice that has to do with devices in one sentence, as sentence.ts says the others.
//
//   The kernel add ran for 1.2 ms on queue of Tesla; MainThread launched it at app.py:12, 3 ms before it began.
//   MainThread launched the kernel add in queue in 12 µs at app.py:12; it began 3 ms later and ran for 1.2 ms.
import { sliceKinds, sliceOutcomes } from '../../wire/kinds.ts'
import type { SliceRow } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { onDevices } from './commands.ts'
import { commandInWords, executionOf, isCommand, type Execution } from './executions.ts'
import type { Share } from './holders.ts'
import { atSite, nameOf } from './names.ts'
import { bytesText, duration, list, many } from './words.ts'

/** '' = it is not about devices. Waits of actors are sentence.ts's. */
export function deviceSentence(trace: Trace, row: SliceRow, waiters: readonly Share[]): string {
  const lane = trace.lanes[row.lane]!
  if (row.kind === sliceKinds.depth && lane.kind === 'device') return deviceDepth(trace, row)
  if (row.kind === sliceKinds.depth && lane.kind === 'deviceMemory') return memory(trace, row)
  if (row.kind === sliceKinds.range) return range(trace, row)
  if (row.kind === sliceKinds.launch) return launch(trace, row, executionOf(trace, row))
  if (isCommand(row.kind)) return run(trace, row, executionOf(trace, row), waiters)
  return ''
}

/** "for the kernel add in queue" */
export const waitedFor = (trace: Trace, execution: Execution): string =>
  `for ${commandInWords(execution)} in ${nameOf(trace, execution.on.commands.stream[execution.at]!)}`

const upper = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
const onDevice = (trace: Trace, stream: number) => {
  const device = trace.objects[stream]?.belongs ?? 0
  return `${nameOf(trace, stream)}${device ? ` of ${nameOf(trace, device)}` : ''}`
}

function run(trace: Trace, row: SliceRow, execution: Execution | null, waiters: readonly Share[]): string {
  const stream = trace.lanes[row.lane]!.object
  const what = execution ? upper(commandInWords(execution)) : 'A command'
  const who = row.object ? nameOf(trace, row.object) : 'somebody'
  const called = execution ? execution.on.commands.called[execution.at]! : NaN
  const before = row.start >= called ? `, ${duration(row.start - called)} before it began` : ''
  const failed = row.outcome === sliceOutcomes.raised ? ', and failed' : ''
  const names = [...new Set(waiters.map(({ thread }) => nameOf(trace, thread)))]
  const waited = names.length ? `; ${list(names)} waited for it` : ''
  return `${what} ran for ${duration(row.dur)} on ${onDevice(trace, stream)}${failed}; ${who} launched it${atSite(trace, row.site)}${before}${waited}.`
}

function launch(trace: Trace, row: SliceRow, execution: Execution | null): string {
  const who = nameOf(trace, trace.objects[trace.lanes[row.lane]!.object]?.belongs ?? 0)
  const what = execution ? commandInWords(execution) : 'a command'
  const where = `in ${nameOf(trace, row.object)}${atSite(trace, row.site)}`
  if (row.outcome === sliceOutcomes.raised) return `${who} tried to enqueue ${what} ${where}: the call failed.`
  return `${who} enqueued ${what} ${where}, which took ${duration(row.dur)}${execution ? ran(trace, execution) : ''}.`
}
function ran(trace: Trace, { on: { commands: c }, at }: Execution): string {
  const [called, started, ended] = [c.called[at]!, c.started[at]!, c.ended[at]!]
  if (Number.isNaN(started) || Number.isNaN(ended))
    return trace.live ? '; it is not known yet when it ran' : '; it was not seen to run'
  const failed = c.outcome[at] === sliceOutcomes.raised ? ' until it failed' : ''
  return `; it began ${duration(Math.max(0, started - called))} after the call and ran for ${duration(Math.max(0, ended - started))}${failed}`
}

function range(trace: Trace, row: SliceRow): string {
  const who = nameOf(trace, trace.objects[trace.lanes[row.lane]!.object]?.belongs ?? 0)
  const name = onDevices(trace).works[row.arg]?.name || 'a range without a name'
  const was = !row.cut ? 'was' : trace.live ? 'has been' : 'had been'
  return `${who} ${was} in ${name} for ${duration(row.dur)}${tense(trace, row)}${atSite(trace, row.site)}.`
}

function deviceDepth(trace: Trace, row: SliceRow): string {
  const device = nameOf(trace, trace.lanes[row.lane]!.object)
  const what = row.arg === 0 ? 'nothing' : row.arg === 1 ? 'one command' : `${many(row.arg, 'command')} at once`
  return `${device} ran ${what} for ${duration(row.dur)}${tense(trace, row)}.`
}

function memory(trace: Trace, row: SliceRow): string {
  const context = trace.lanes[row.lane]!.object
  const device = trace.objects[context]?.belongs ?? 0
  const of = device ? ` of ${nameOf(trace, device)}` : ''
  const bytes = row.arg === 0 ? 'No memory' : bytesText(row.arg * 1024)
  const was = !row.cut ? 'was' : trace.live ? 'has been' : 'had been'
  return `${bytes}${of} ${was} in use in ${nameOf(trace, context)} for ${duration(row.dur)}${tense(trace, row)}.`
}
const tense = (trace: Trace, row: SliceRow) => (!row.cut ? '' : trace.live ? ' so far' : ' when the recording ended')
