// The devices of a trace in words and figures: what each is, who runs it, how much it was told to do, and how well its clock
// is known. In: what was told of devices. Out: a row a device, in the order in which they were met.
import type { Device } from '../../wire/api.ts'
import { commands } from '../../wire/operations.ts'
import type { DeviceRow } from '../store/commands.ts'
import type { Trace } from '../store/trace.ts'
import { onDevices } from './commands.ts'
import { nameOf } from './names.ts'
import { bytesText, duration, many } from './words.ts'

const notes: Partial<Record<NonNullable<DeviceRow['type']>, string>> = { cpu: 'on the CPU', simulator: 'simulated' }

/** What must not be overlooked: nothing of a simulator is a device's doing. '' = it is a device of its own. */
export function deviceNote(trace: Trace, object: number): string {
  const type = onDevices(trace).devices.get(object)?.type
  return (type && notes[type]) ?? ''
}

export function devicesOf(trace: Trace): Device[] {
  const { devices, commands: c } = onDevices(trace)
  if (devices.size === 0) return []
  const told = new Map<number, { commands: number; kernels: number }>()
  for (let at = 0; at < c.n; at++) {
    const device = trace.objects[c.stream[at]!]?.belongs ?? 0
    let sums = told.get(device)
    if (!sums) told.set(device, (sums = { commands: 0, kernels: 0 }))
    sums.commands++
    if (c.operation[at] === commands.kernel) sums.kernels++
  }
  return [...devices.values()].map((device) => ({
    name: nameOf(trace, device.object),
    note: deviceNote(trace, device.object),
    sentence: sentenceOf(trace, device),
    uncertainty: device.uncertainty ?? null,
    ...(told.get(device.object) ?? { commands: 0, kernels: 0 }),
  }))
}

/** "Tesla T4 (NVIDIA, CUDA 12.4): 40 units, 15 GiB. Its clock: …, ± 4 µs." */
function sentenceOf(trace: Trace, { object, vendor, driver, units, memory, clock, uncertainty }: DeviceRow): string {
  const by = [vendor, driver].filter(Boolean).join(', ')
  const note = deviceNote(trace, object)
  const parts = [note, units && many(units, 'unit'), memory && bytesText(memory)].filter(Boolean).join(', ')
  const off =
    uncertainty == null
      ? 'how far its times may be off is not known'
      : `its times may be off by ± ${duration(uncertainty)}`
  const said = clock ? `${clock.replace(/\.$/, '')}; ${off}` : off
  return `${nameOf(trace, object)}${by && ` (${by})`}${parts && `: ${parts}`}. ${said.charAt(0).toUpperCase()}${said.slice(1)}.`
}
