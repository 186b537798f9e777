// The hosts of a trace in words and figures: whose clock is known how well. In: the table host. Out: a sentence a host, and
// of an arrow between two hosts how far off it may be.

import type { Host } from '../../wire/api.ts'
import type { HostRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { duration, many } from './words.ts'

/** "node2: 1,000.000013 s ahead of node1, +0.3 ppm, within ±12 µs, by 412 messages with node1" */
export function clockWords(hosts: readonly HostRow[], host: HostRow): string {
  const [, first] = hosts as [undefined, HostRow]
  if (host.placed === 'first')
    return host === first
      ? `${host.name}: its clock is that of the trace`
      : `${host.name}: it has the clock of ${first.name}`
  const ahead = Math.abs(host.offset) / 1e9
  const offset = `${ahead.toLocaleString('en-US', { minimumFractionDigits: 6, maximumFractionDigits: 6 })} s ${host.offset < 0 ? 'behind' : 'ahead of'} ${first.name}`
  const drift = `${host.drift < 0 ? '−' : '+'}${Math.abs(host.drift).toFixed(1)} ppm`
  const sure = host.uncertainty === null ? 'how far that is off is not known' : `within ±${duration(host.uncertainty)}`
  return `${host.name}: ${offset}, ${drift}, ${sure}, ${by(hosts, host)}`
}
const by = (hosts: readonly HostRow[], { placed, via, messages }: HostRow): string => {
  if (placed === 'wall clock') return 'by its wall clock'
  const what = `${many(messages, 'message')} with ${hosts[via!]!.name}`
  return placed === 'messages' ? `by ${what}` : `by its wall clock and ${what}, one way`
}

export const hostsOf = ({ hosts }: Trace): Host[] => {
  const rows = hosts.filter(Boolean)
  const several = new Set(rows.map(({ clock }) => clock)).size > 1
  return rows.map((host) => ({
    name: host.name,
    uncertainty: host.uncertainty,
    clock: several ? clockWords(hosts, host) : '',
  }))
}
