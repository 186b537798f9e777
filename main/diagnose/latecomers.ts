// A rank that the others wait for again and again: what the rules of late senders, late receivers and collectives share.
//
// In: the delays (delays.ts) of one kind of arrow. Out: latecomers, each with whom it kept waiting and what it did meanwhile.
//
// Told when one rank's doing cost more than half of the others a fifth of the time from their first message to their last (to come
// up and to end is no part of what they do with each other) and a twentieth of their lives: one that waits for the results of its
// workers has given its work away, which is how it should be, and so is one at the end of a pipeline; but most of the ranks
// standing still is what nobody pays a machine for. And when that one caused 60 % of what they waited so: where each is late in
// turn, they are only uneven by chance, or pass on a token. Five waits at least, or one of a second: once, at the start, ranks
// wait for whoever came up last. Less than 200 ms in all is not told.
import { reasons } from '../../wire/kinds.ts'
import { atSite, nameOf, siteName } from '../query/names.ts'
import { duration, list, many, percent } from '../query/words.ts'
import type { ThreadRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { spanOf, type Delay } from './delays.ts'
import { grouped } from './grouped.ts'

export const least = 200e6
/** What it waited is a good part of what it did with others, and not next to nothing of what it did. */
export const isMuch = (trace: Trace, actor: number, dur: number): boolean =>
  dur >= 0.2 * spanOf(trace, actor) && dur >= 0.05 * lifeOf(trace, actor)
const mostlyOne = 0.6
const leastWaits = 5
const longWait = 1e9

export interface Latecomer {
  by: number
  /** all that it caused, and of that where it was waited for itself, which is what rows show */
  dur: number
  direct: number
  /** of the summed times from the first message to the last of those that it kept waiting */
  share: number
  /** of the summed lives of all ranks that could have waited */
  ofAll: number
  waits: number
  /** who waited, most first; the longest waits first */
  waiters: [actor: number, dur: number][]
  longest: Delay['longest'][]
  delays: Delay[]
}

/** Of waits for messages of all ranks of a group, or (`through`) in collectives of that communicator. */
export function latecomers(trace: Trace, all: readonly Delay[], through?: number): Latecomer[] {
  return [...grouped(all, (d) => d.by)].flatMap(([by, delays]) => {
    const peers = peersOf(trace, by, through)
    const waiters = sums(delays, (d) => d.waiter)
    const hit = waiters.filter(([actor, dur]) => isMuch(trace, actor, dur))
    const who = new Set(hit.map(([actor]) => actor))
    const own = delays.filter((d) => who.has(d.waiter))
    const dur = sum(own.map((d) => d.dur))
    const others = sum(all.filter((d) => who.has(d.waiter)).map((d) => d.dur))
    const waits = sum(own.map((d) => d.count))
    const longest = own.map((d) => d.longest).sort((a, b) => b.dur - a.dur)
    if (hit.length <= (peers.length - 1) / 2 || dur < least || dur < mostlyOne * others) return []
    if (waits < leastWaits * hit.length && longest[0]!.dur < longWait) return []
    return [
      {
        by,
        dur,
        direct: sum(own.filter((d) => d.direct).map((d) => d.dur)),
        share: dur / sum(hit.map(([actor]) => spanOf(trace, actor))),
        ofAll: dur / sum(peers.map((actor) => lifeOf(trace, actor))),
        waits,
        waiters: hit,
        longest,
        delays: own,
      },
    ]
  })
}

/** Main threads of the ranks that share the group, or the communicator, with it. */
function peersOf(trace: Trace, actor: number, communicator?: number): number[] {
  const process = trace.processes[trace.objects[actor]!.process]!
  const among = communicator === undefined ? null : trace.objects[communicator]!.members
  return trace.processes.flatMap((p) => {
    if (!p?.rank || p.rank.group !== process.rank?.group || (among && !among.ranks.includes(p.rank.rank))) return []
    return mainThread(trace, p.id)?.object.id ?? []
  })
}
export const mainThread = (trace: Trace, process: number): ThreadRow | undefined =>
  trace.threads.find((t) => t.object.process === process)
export function lifeOf(trace: Trace, actor: number): number {
  const { start, end, object } = trace.objects[actor]!.thread!
  return Math.max(1, (end ?? trace.processes[object.process]!.end ?? trace.end) - start)
}

/** "rank 1 (52 % of its life), rank 2 and rank 3 waited 1.8 s" */
export const whoWaited = (trace: Trace, { waiters }: Latecomer): string =>
  list(waiters.map(([actor]) => nameOf(trace, actor)).sort(byName))
const byName = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true })

/** "36 waits, the longest 52 ms, 48 % of the time from their first message to their last" */
export function howLong({ waits, longest, share, waiters, dur, direct }: Latecomer): string {
  const time = waiters.length > 1 ? 'their first message to their last' : 'its first message to its last'
  const through =
    direct < 0.95 * dur ? `, ${duration(dur - direct)} of it for others that waited for it themselves` : ''
  return `${many(waits, 'wait')}, the longest ${duration(longest[0]!.dur)}, ${percent(share)} of the time from ${time}${through}`
}

/** " at app.py:12 and app.py:20": the lines that waited, those of most first. */
export function whereTheyWaited(trace: Trace, { delays }: Latecomer): string {
  const lines = new Set(sums(delays, (d) => d.site).map(([site]) => siteName(trace, site)))
  lines.delete('')
  return lines.size ? ` at ${list([...lines], 3)}` : ''
}

/** "slept at app.py:30 (1.7 s) and ran after app.py:34 (90 ms)" */
export function whatItDid(trace: Trace, { delays, dur }: Latecomer): string {
  const did = sums(delays, (d) => d.doing * 2 ** 32 + d.at)
  return list(
    did
      .filter(([, ns]) => ns >= dur / 20)
      .slice(0, 3)
      .map(([key, ns]) => `${doing(trace, Math.floor(key / 2 ** 32), key % 2 ** 32)} (${duration(ns)})`),
  )
}
const doing = (trace: Trace, reason: number, site: number): string => {
  const at = atSite(trace, site)
  if (reason === 0) return at ? `ran, after${at.slice(3)}` : 'ran'
  if (reason === reasons.sleep) return `slept${at}`
  if (reason === reasons.device) return `waited for a device${at}`
  if (reason === reasons.io) return `waited for I/O${at}`
  return `waited for something else${at}`
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
/** Of the delays by a key, most first. */
const sums = (delays: readonly Delay[], key: (d: Delay) => number): [key: number, dur: number][] =>
  [...grouped(delays, key)]
    .map(([k, own]): [number, number] => [k, sum(own.map((d) => d.dur))])
    .sort((a, b) => b[1] - a[1])
