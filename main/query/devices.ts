// The devices of a trace in words and figures: what each is, who runs it, how much it was told to do, and how well its clock
// is known. In: what was told of devices. Out: a row a device, in the order in which they were met.
import type { Device } from '../../wire/api.ts'
import type { DeviceRow, Given } from '../store/commands.ts'
import type { Trace } from '../store/trace.ts'
import { givenTo, onDevices } from './commands.ts'
import { nameOf } from './names.ts'
import { bytesText, duration, many } from './words.ts'

const notes: Partial<Record<NonNullable<DeviceRow['type']>, string>> = { cpu: 'on the CPU', simulator: 'simulated' }

/** What must not be overlooked: nothing of a simulator is a device's doing. '' = it is a device of its own. */
export function deviceNote(trace: Trace, object: number): string {
  const type = onDevices(trace).devices.get(object)?.type
  return (type && notes[type]) ?? ''
}

export function devicesOf(trace: Trace): Device[] {
  const { devices } = onDevices(trace)
  if (devices.size === 0) return []
  const given = [...givenTo(trace)]
  const told = (device: number): Given => {
    const own = given.filter(([stream]) => trace.objects[stream]?.belongs === device).map(([, each]) => each)
    const sum = (what: keyof Given) => own.reduce((total, each) => total + each[what], 0)
    return { commands: sum('commands'), kernels: sum('kernels') }
  }
  return [...devices.values()].map((device) => {
    const { commands, kernels } = told(device.object)
    return {
      name: nameOf(trace, device.object),
      note: deviceNote(trace, device.object),
      sentence: `${sentenceOf(trace, device)} It was given ${many(commands, 'command')}, ${many(kernels, 'kernel')} among them.`,
      uncertainty: device.uncertainty ?? null,
      commands,
      kernels,
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
