// "3 hosts, clocks within ±12 µs" in the header of a trace of several hosts, and behind it how each clock was told. Nothing
// where all processes were on one.
import type { Host, Summary } from '../../wire/api.ts'
import { duration, plural } from '../format.ts'
import { OpenChip } from '../parts/controls.tsx'

export function HostChip({ summary: { hosts } }: { summary: Summary }) {
  if (hosts.length < 2) return null
  return (
    <OpenChip
      wide
      plain
      testid="hosts"
      label={
        <>
          {plural(hosts.length, 'host')}
          {clocksOf(hosts)}
        </>
      }
    >
      {hosts.map((host) => (
        <p key={host.name}>{host.clock || host.name}</p>
      ))}
    </OpenChip>
  )
}

export function clocksOf(hosts: readonly Host[]): string {
  const margins = hosts.map(({ uncertainty }) => uncertainty)
  if (margins.includes(null)) return ', not all clocks known'
  const worst = Math.max(...margins.map(Number))
  return worst > 0 ? `, clocks within ±${duration(worst)}` : ', one clock'
}
