// What is known of a slice that has to do with devices: of a command its sizes or bytes, who launched it and how long it
// waited in which queue, how well the device's clock is known; of a call what became of its command; of a wait for which
// command it was; of a range its name; of memory its bytes. In: a slice. Out: what it is called on its lane, and facts. A stage
// that no device told is left out.
import type { Fact } from '../../wire/api.ts'
import { sliceKinds, sliceOutcomes } from '../../wire/kinds.ts'
import { commands } from '../../wire/operations.ts'
import type { Place } from '../store/between.ts'
import type { DeviceRow, Work } from '../store/commands.ts'
import type { SliceRow } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { onDevices } from './commands.ts'
import { callOf, commandInWords, commandName, executionOf, isCommand, runOf, type Execution } from './executions.ts'
import { atSite, nameOf } from './names.ts'
import { bytesText, count, duration, many } from './words.ts'

const fact = (name: string, text: string, at: Place | null = null): Fact => ({ name, text, at })

/** Null: the slice has nothing to do with devices. */
export function knownOfDevices(trace: Trace, row: SliceRow): { called: string; facts: Fact[] } | null {
  const lane = trace.lanes[row.lane]!
  if (row.kind === sliceKinds.depth && lane.kind === 'deviceMemory')
    return { called: bytesText(row.arg * 1024), facts: ofMemory(trace, lane.object, row.arg * 1024) }
  if (row.kind === sliceKinds.depth && lane.kind === 'device')
    return { called: row.arg === 0 ? 'idle' : many(row.arg, 'command'), facts: ofDevice(trace, lane.object) }
  if (row.kind === sliceKinds.range) return { called: onDevices(trace).works[row.arg]?.name ?? '', facts: [] }
  if (!isCommand(row.kind) && row.kind !== sliceKinds.launch && row.kind !== sliceKinds.device) return null
  const execution = executionOf(trace, row)
  if (!execution) return { called: '', facts: [] }
  const of = row.kind === sliceKinds.launch ? ofLaunch : row.kind === sliceKinds.device ? ofWait : ofRun
  return { called: commandName(execution), facts: of(trace, execution, row) }
}

function ofRun(trace: Trace, execution: Execution): Fact[] {
  const { on, at } = execution
  const { commands: c } = on
  const facts = ofCommand(execution)
  const late = c.started[at]! - c.called[at]!
  const actor = nameOf(trace, trace.lanes[c.fromLane[at]!]?.object ?? 0)
  const when = late >= 0 ? `, ${duration(late)} before it began` : ''
  facts.push(fact('Launched by', `${actor}${atSite(trace, c.site[at]!)}${when}`, callOf(trace, execution)))
  if (late >= 0) facts.push(fact('Waited', duration(late) + stages(execution)))
  for (const needed of on.commands.needs.get(at) ?? []) {
    const other = { on, at: needed }
    facts.push(fact('Depends on', `${commandInWords(other)} in ${nameOf(trace, c.stream[needed]!)}`, runOf(other)))
  }
  if (c.outcome[at] === sliceOutcomes.raised) facts.push(fact('Outcome', 'failed: the device gave it up'))
  return [...facts, ...ofDevice(trace, trace.objects[c.stream[at]!]?.belongs ?? 0, c.started[at]!)]
}

/** "of it 12 µs in the library's queue, 1.2 ms given to the device" */
function stages({ on: { commands: c }, at }: Execution): string {
  const [queued, submitted, started] = [c.queued[at]!, c.submitted[at]!, c.started[at]!]
  const parts = [
    submitted > queued && `${duration(submitted - queued)} in the library's queue`,
    started > submitted && `${duration(started - submitted)} submitted to the device`,
  ].filter(Boolean)
  return parts.length ? `; of it ${parts.join(', ')}` : ''
}

function ofCommand({ on: { commands: c, works }, at }: Execution): Fact[] {
  const [bytes, ran] = [c.bytes[at]!, c.ended[at]! - c.started[at]!]
  if (c.operation[at] === commands.kernel) {
    const work = works[c.work[at]!]
    return work?.name ? [fact('Kernel', work.name), ...sizes(work)] : []
  }
  if (bytes === 0) return []
  const speed = ran > 0 ? `, ${rate(bytes / ran)}` : ''
  const facts = [fact('Bytes', `${bytesText(bytes)}${speed}`)]
  if (c.pageable[at])
    facts.push(
      fact(
        'Pageable',
        'the device cannot reach this memory of the host by itself: it is copied twice, and the call waits',
      ),
    )
  return facts
}
/** Bytes a ns are GB a second. */
const rate = (gb: number): string =>
  gb >= 0.9995 ? `${gb.toFixed(gb >= 9.95 ? 0 : 1)} GB/s` : `${(gb * 1000).toFixed(gb >= 0.00995 ? 0 : 1)} MB/s`

function sizes({ global, local }: Work): Fact[] {
  if (global.length === 0) return []
  const items = global.reduce((product, n) => product * n, 1)
  const shape = global.length > 1 ? ` (${global.join('×')})` : ''
  const groups = local.length > 0 ? `, in groups of ${local.join('×')}` : ''
  return [fact('Size', `${many(items, 'work item')}${shape}${groups}`)]
}

const kinds: Partial<Record<NonNullable<DeviceRow['type']>, string>> = {
  cpu: 'on the CPU',
  simulator: 'simulated: nothing of it is a device’s doing',
}
/** "Tesla, NVIDIA CUDA 12.4", and how well its clock is known. */
function ofDevice(trace: Trace, object: number, time: number | null = null): Fact[] {
  const device = onDevices(trace).devices.get(object)
  const lane = trace.objects[object]?.lane?.id
  const at = lane && time !== null ? { lane, time } : null
  if (!trace.objects[object]) return []
  const type = device?.type && kinds[device.type]
  const parts = [nameOf(trace, object), type, device?.driver].filter(Boolean)
  const facts = [fact('Device', parts.join(', '), at)]
  const off = device?.uncertainty == null ? '' : `± ${duration(device.uncertainty)}`
  if (off || device?.clock) facts.push(fact('Its clock', [off, device?.clock].filter(Boolean).join(': ')))
  return facts
}

function ofLaunch(trace: Trace, execution: Execution, row: SliceRow): Fact[] {
  const { commands: c } = execution.on
  const { at } = execution
  const name = `${commandInWords(execution)}, number ${count(c.number[at]!)} of ${nameOf(trace, c.stream[at]!)}`
  const ran = runOf(execution)
  const facts = [fact('Command', name, ran), ...ofCommand(execution).filter(({ name }) => name !== 'Kernel')]
  if (row.outcome === sliceOutcomes.raised) return [...facts, fact('Outcome', 'the call failed: there is no command')]
  if (!ran) return [...facts, fact('Ran', trace.live ? 'not yet, as far as was told' : 'it was not seen to run')]
  facts.push(fact('Began', `${duration(Math.max(0, c.started[at]! - c.called[at]!))} after the call`))
  const failed = c.outcome[at] === sliceOutcomes.raised ? ', and failed' : ''
  facts.push(fact('Ran', duration(Math.max(0, c.ended[at]! - c.started[at]!)) + failed, ran))
  return facts
}

function ofWait(trace: Trace, execution: Execution, { start, dur }: SliceRow): Fact[] {
  const { commands: c } = execution.on
  const { at } = execution
  const [from, to, end] = [c.started[at]!, c.ended[at]!, start + dur]
  const ran = runOf(execution)
  const during = Math.max(0, Math.min(to, end) - Math.max(from, start))
  const facts = [fact('Waited for', `${commandInWords(execution)} in ${nameOf(trace, c.stream[at]!)}`, ran)]
  facts.push(
    fact('It ran', `${duration(during)} of this wait, and ended ${duration(Math.max(0, end - to))} before it`, ran),
  )
  const site = atSite(trace, c.site[at]!)
  if (site) facts.push(fact('Launched', site.trim(), callOf(trace, execution)))
  return facts
}

function ofMemory(trace: Trace, context: number, bytes: number): Fact[] {
  const device = trace.objects[context]?.belongs ?? 0
  const all = onDevices(trace).devices.get(device)?.memory ?? 0
  return [
    fact('In use', `${bytesText(bytes)}${all > 0 ? ` of ${bytesText(all)}` : ''}`),
    ...ofDevice(trace, device).slice(0, 1),
  ]
}
