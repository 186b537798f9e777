// "1 device, 12 kernels, ±4 µs" in the header, and behind it what each device is and how its clock was told. Nothing where the
// program told no device to do anything.
import type { Device, Summary } from '../../wire/api.ts'
import { compact, duration, plural } from '../format.ts'
import { OpenChip } from '../parts/controls.tsx'

export function DeviceChip({ summary: { devices } }: { summary: Summary }) {
  if (devices.length === 0) return null
  return (
    <OpenChip wide plain testid="devices" label={devicesWords(devices)}>
      {devices.map((device, i) => (
        <p key={i}>{device.sentence}</p>
      ))}
    </OpenChip>
  )
}

export function devicesWords(devices: readonly Device[]): string {
  const kernels = devices.reduce((sum, device) => sum + device.kernels, 0)
  const simulated = devices.every(({ note }) => note === 'simulated') ? 'simulated ' : ''
  const which = plural(devices.length, `${simulated}device`)
  return `${which}, ${compact(kernels)} ${kernels === 1 ? 'kernel' : 'kernels'}${clocks(devices)}`
}
function clocks(devices: readonly Device[]): string {
  const margins = devices.map(({ uncertainty }) => uncertainty)
  if (margins.includes(null)) return ''
  const worst = Math.max(...margins.map(Number))
  return worst > 0 ? `, ±${duration(worst)}` : ''
}
