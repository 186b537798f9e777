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
  // by stream, of which there are few: there may be a million commands, and a summary is asked for all the time
  const [all, kernels] = [new Uint32Array(trace.objects.length), new Uint32Array(trace.objects.length)]
  for (let at = 0; at < c.n; at++) {
    all[c.stream[at]!]!++
    if (c.operation[at] === commands.kernel) kernels[c.stream[at]!]!++
  }
  const told = (device: number, of: Uint32Array) =>
    trace.objects.reduce((sum, o) => sum + (o?.belongs === device ? (of[o.id] ?? 0) : 0), 0)
  return [...devices.values()].map((device) => {
    const given = { commands: told(device.object, all), kernels: told(device.object, kernels) }
    return {
      name: nameOf(trace, device.object),
      note: deviceNote(trace, device.object),
      sentence: `${sentenceOf(trace, device)} It was given ${many(given.commands, 'command')}, ${many(given.kernels, 'kernel')} among them.`,
      uncertainty: device.uncertainty ?? null,
      ...given,
    }
  })
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
