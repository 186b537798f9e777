// How far off the times of a host may be, by all the hosts between it and the first one, whose clock is that of the trace.
// In: rows of the tables host and margin. Out: ns either way; null = nobody knows.
import type { HostRow, Margin } from './model.ts'

/** ns by which its times may be off at worst in the span; null = nobody knows. */
export const worst = (hosts: readonly HostRow[], host: HostRow, [from, to]: [number, number]): number | null => {
  if (host.placed === 'first') return 0
  if (host.margins.length === 0) return null
  const inside = host.margins.map(({ time }) => time).filter((time) => time > from && time < to)
  const own = [from, ...inside, to].map((time) => marginAt(hosts, host, time))
  return own.every((ns) => ns !== null) ? Math.ceil(Math.max(...own)) : null
}

/** The same at a time. */
export const marginAt = (hosts: readonly HostRow[], host: HostRow, time: number): number | null =>
  sum(way(hosts, host), time)

/** ns by which what two hosts have at a time may be nearer or further apart: by the hosts on the way from one to the other. */
export function marginBetween(hosts: readonly HostRow[], a: HostRow, b: HostRow, time: number): number | null {
  if (a.clock === b.clock) return 0
  const [from, to] = [way(hosts, a), way(hosts, b)]
  while (from.length > 0 && from.at(-1)!.clock === to.at(-1)?.clock) {
    from.pop()
    to.pop()
  }
  return sum([...from, ...to], time)
}
/** From a host to the first one, which is left out. */
function way(hosts: readonly HostRow[], host: HostRow): HostRow[] {
  const on: HostRow[] = []
  for (let at = host; at.placed !== 'first' && !on.includes(at); at = hosts[at.via!]!) {
    on.push(at)
    if (at.via === null) break
  }
  return on
}
function sum(on: readonly HostRow[], time: number): number | null {
  let all = 0
  for (const { margins } of on) {
    if (margins.length === 0) return null
    const { early, late } = between(margins, time)
    all += Math.max(early, late)
  }
  return Math.ceil(all)
}
/** In proportion between two rows; beyond the last ones as there. */
const between = (margins: readonly Margin[], time: number): { early: number; late: number } => {
  const next = margins.findIndex((margin) => margin.time >= time)
  const b = margins[next < 0 ? margins.length - 1 : next]!
  const a = margins[Math.max(0, (next < 0 ? margins.length : next) - 1)]!
  const share = b.time > a.time ? Math.min(1, Math.max(0, (time - a.time) / (b.time - a.time))) : 0
  return { early: a.early + (b.early - a.early) * share, late: a.late + (b.late - a.late) * share }
}
