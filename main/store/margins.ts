// How far off the times of a host may be, by all the hosts between it and the first one, whose clock is that of the trace.
// In: rows of the tables host and margin. Out: ns either way; null = nobody knows.
import type { HostRow, Margin } from './model.ts'

/** ns by which its times may be off at worst, by all the hosts between it and the first one; null = nobody knows. */
export const worst = (hosts: readonly HostRow[], host: HostRow): number | null => {
  if (host.placed === 'first') return 0
  if (host.margins.length === 0) return null
  const own = host.margins.map(({ time }) => marginAt(hosts, host, time))
  return own.every((ns) => ns !== null) ? Math.ceil(Math.max(...own)) : null
}

/** The same at a time. */
export const marginAt = (hosts: readonly HostRow[], host: HostRow, time: number): number | null => {
  let sum = 0
  for (let at = host; at.placed !== 'first'; at = hosts[at.via!]!) {
    if (at.margins.length === 0) return null
    const { early, late } = between(at.margins, time)
    sum += Math.max(early, late)
  }
  return sum
}
/** In proportion between two rows; beyond the last ones as there. */
const between = (margins: readonly Margin[], time: number): { early: number; late: number } => {
  const next = margins.findIndex((margin) => margin.time >= time)
  const b = margins[next < 0 ? margins.length - 1 : next]!
  const a = margins[Math.max(0, (next < 0 ? margins.length : next) - 1)]!
  const share = b.time > a.time ? Math.min(1, Math.max(0, (time - a.time) / (b.time - a.time))) : 0
  return { early: a.early + (b.early - a.early) * share, late: a.late + (b.late - a.late) * share }
}
