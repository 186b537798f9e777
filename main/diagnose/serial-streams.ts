// Serial streams: what could run at once on a device never does.
//
//   a     ▓▓▓▓▓      ▓▓▓▓▓      ▓▓▓▓▓          two streams that only take turns, though neither is known to need the other,
//   b          ▓▓▓▓▓      ▓▓▓▓▓
//   host  e wait e wait e wait e wait          mostly because the host waits for one before it enqueues for the other;
//   one   kernel│write│kernel│write│kernel     or one stream, in which copies that are at hand wait for their turn
//
// Two streams are told when all of this is so: they ran at once for less than 2 % of the less busy one's time; what could
// have run side by side adds up to 50 ms and to a fifth of the stretch in which they were used (two streams that are used so
// much do not miss each other by chance), in four pairs of turns or more: fewer are one phase after another. A pair counts
// only where the program had not put the two in order (orders.ts), and where the second had been enqueued before the first
// was over, or both streams run the same kernels, which is work dealt out: else the host may have learned from one what
// the other needs. What could run side by side: device-room.ts.
//
// Of one stream only what is certain is told (queued-copies.ts), from the same sums. Whether a program that enqueues only
// after it has read could do otherwise, no recording can tell.
import { onDevices } from '../query/commands.ts'
import { fullName, nameOf } from '../query/names.ts'
import { duration, list, many, percent } from '../query/words.ts'
import type { Commands, OnDevices } from '../store/commands.ts'
import type { Trace } from '../store/trace.ts'
import { Room, type Load } from './device-room.ts'
import { deviceUses, type DeviceUse, type Runs } from './device-uses.ts'
import { Orders } from './orders.ts'
import { inTurnsSql } from './device-proof.ts'
import { queuedCopies } from './queued-copies.ts'
import type { Found, Rule } from './rule.ts'
import { common, spansOf, type Spans } from './spans.ts'
import { StreamWaits } from './stream-waits.ts'

const least = 50e6
const leastShare = 0.2
const atOnce = 0.02
const leastPairs = 4
/** streams of a device that are set side by side: the busiest */
const mostStreams = 8

export const serialStreams: Rule = {
  name: 'serial-streams',
  why: 'A device can copy while it computes, and run several small kernels at once: but only what is in different streams, and enqueued before the other one is over.',
  tryThis:
    'Enqueue for all streams first and wait once, at the end; where one needs the other, let it wait for an event on the device (wait_for, cudaStreamWaitEvent) instead of on the host. Copy in another stream than the kernels run in, with two buffers by turns.',
  tallies: [StreamWaits],
  live: false,
  look: ({ trace, tally }) =>
    deviceUses(trace).flatMap((use) => {
      const on = onDevices(trace)
      const streams = streamsOf(on.commands, use)
      const room = new Room(on, use.device)
      const worst = byTurns(trace, on, use.device, streams, room, tally(StreamWaits))
      return worst ? [worst] : streams.flatMap((one) => inOne(trace, on, use.device, one, streams, room))
    }),
}

class Stream {
  readonly id: number
  readonly runs: Runs
  private readonly c: Commands
  private made: Spans | null = null
  constructor(id: number, runs: Runs, c: Commands) {
    this.id = id
    this.runs = runs
    this.c = c
  }
  get spans(): Spans {
    return (this.made ??= spansOf(this.c, this.runs))
  }
}
const streamsOf = (commands: Commands, { streams }: DeviceUse): Stream[] =>
  [...streams]
    .map(([id, runs]) => new Stream(id, runs, commands))
    .sort((a, b) => b.runs.busy - a.runs.busy)
    .slice(0, mostStreams)

/** They are both used, and hardly ever at once. */
function never(a: Stream, b: Stream): boolean {
  const less = Math.min(a.runs.busy, b.runs.busy)
  return less >= least && common(a.spans, b.spans) <= atOnce * less
}

/** The worst pair of streams of the device. */
function byTurns(
  trace: Trace,
  on: OnDevices,
  device: number,
  streams: readonly Stream[],
  room: Room,
  waits: StreamWaits,
): Found | undefined {
  const apart = streams.flatMap((a, i) => streams.slice(i + 1).flatMap((b) => (never(a, b) ? [[a, b] as const] : [])))
  if (apart.length === 0) return undefined
  const orders = new Orders(
    on,
    streams.map(({ id }) => id),
  )
  const found = apart.flatMap(([a, b]) => {
    const turns = new Turns(on.commands, room, orders, waits)
    turns.add(a, b, sameKernels(on, [a, b]))
    return turns.isTold ? [{ a, b, turns }] : []
  })
  const [worst] = found.sort((x, y) => y.turns.share - x.turns.share)
  if (!worst) return undefined
  const { a, b, turns } = worst
  const { saved, length, share, pairs, asked, late, atHand, evidence } = turns
  const reasons = [
    [asked, 'the host had waited for the first before it enqueued the second'],
    [late, 'the host enqueued the second when the first was over'],
    [atHand, 'both were at hand and the device took one after the other'],
  ] as const
  const told = reasons.flatMap(([n, why]) => (n === pairs ? [why] : n > 0 ? [`in ${n} ${why}`] : []))
  const among =
    told.length > 1
      ? `Of ${many(pairs, 'pair')} of turns, ${list(told)}`
      : `In all ${many(pairs, 'pair')} of turns ${told[0]}`
  const more =
    found.length > 1 ? ` So did ${many(found.length - 1, 'more pair of streams', 'more pairs of streams')}.` : ''
  return {
    subject: nameOf(trace, device),
    sentence: `${fullName(trace, a.id)} (busy ${duration(a.runs.busy)}) and ${fullName(trace, b.id)} (${duration(b.runs.busy)}) of ${nameOf(trace, device)} ran by turns and never at once. The program's events did not ask for that. ${among}. Side by side they save up to ${duration(saved)} of ${duration(length)} (${percent(share)}), unless one needs what the other made.${more}`,
    weight: Math.min(0.8, share),
    evidence: evidence.slice(0, 8).map((row) => place(on.commands, row)),
    sql: inTurnsSql([a.id, b.id]),
  }
}

/** Commands of one of two streams that ran after each other, with none of the other stream between them. */
interface Turn {
  rows: number[]
  load: Load
}
/** Two streams side by side: which turns could have run at once, and why they did not. */
class Turns {
  saved = 0
  length = 0
  pairs = 0
  asked = 0
  late = 0
  atHand = 0
  readonly evidence: number[] = []
  private readonly c: Commands
  private readonly room: Room
  private readonly orders: Orders
  private readonly waits: StreamWaits
  constructor(c: Commands, room: Room, orders: Orders, waits: StreamWaits) {
    this.c = c
    this.room = room
    this.orders = orders
    this.waits = waits
  }
  get share(): number {
    return this.saved / Math.max(1, this.length)
  }
  get isTold(): boolean {
    return this.pairs >= leastPairs && this.saved >= least && this.share >= leastShare
  }
  add(a: Stream, b: Stream, dealt: boolean): void {
    const { c, room } = this
    this.length = Math.max(a.runs.to, b.runs.to) - Math.min(a.runs.from, b.runs.from)
    const turns = this.turns([...a.runs.rows, ...b.runs.rows].sort((x, y) => c.started[x]! - c.started[y]!))
    for (let i = 1; i < turns.length; i++) {
      const [first, second] = [turns[i - 1]!, turns[i]!]
      const ended = first.rows.reduce((last, row) => Math.max(last, c.ended[row]!), 0)
      const [row] = second.rows as [number]
      const atHand = c.called[row]! < ended
      const gain = first.load.all + second.load.all - room.together(first.load, second.load)
      if ((!atHand && !dealt) || gain <= 0 || this.ordered(first, second)) continue
      this.saved += gain
      this.pairs++
      if (atHand) this.atHand++
      else if ((this.waits.before(c.fromLane[row]!, c.called[row]!)?.end ?? 0) >= ended) this.asked++
      else this.late++
      this.evidence.push(first.rows[0]!, row)
      i++ // each turn counts once
    }
  }
  private turns(rows: readonly number[]): Turn[] {
    const { c, room } = this
    const turns: number[][] = []
    for (const row of rows) {
      const last = turns.at(-1)
      if (last && c.stream[last[0]!] === c.stream[row]) last.push(row)
      else turns.push([row])
    }
    return turns.map((own) => ({ rows: own, load: room.load(own) }))
  }
  /** Something of the second had to come after something of the first. */
  private ordered(first: Turn, second: Turn): boolean {
    const { number } = this.c
    const earliest = first.rows.reduce((a, b) => (number[b]! < number[a]! ? b : a))
    return second.rows.some((row) => this.orders.isAfter(row, earliest))
  }
}

/** Work of one sort is dealt out: both streams run kernels of the same names. */
function sameKernels({ commands: c, works }: OnDevices, pair: readonly [Stream, Stream]): boolean {
  const [a, b] = pair.map(({ runs }) => new Set([...runs.rows].flatMap((row) => works[c.work[row]!]?.name ?? [])))
  return a!.size > 0 && a!.size === b!.size && [...a!].every((name) => b!.has(name))
}

function inOne(
  trace: Trace,
  on: OnDevices,
  device: number,
  { id, runs }: Stream,
  streams: readonly Stream[],
  room: Room,
): Found[] {
  if (!on.streams.get(id)?.inOrder) return []
  const others = streams.flatMap((other) => (other.id === id ? [] : [other.spans]))
  const { copies, copied, saved } = queuedCopies(on.commands, runs, room, others)
  const share = saved / Math.max(1, runs.to - runs.from)
  if (copies.length < 2 * leastPairs || saved < least || share < leastShare) return []
  const name = fullName(trace, id)
  return [
    {
      subject: name,
      sentence: `${name} of ${nameOf(trace, device)} runs one command after the other: ${many(copies.length, 'copy', 'copies')} (${duration(copied)}) waited for a kernel that did not make their bytes, or kept one waiting that was at hand, and the device did nothing else meanwhile. In another stream, with a second buffer, they save up to ${duration(saved)} of ${duration(runs.to - runs.from)} (${percent(share)}).`,
      weight: Math.min(0.6, share),
      evidence: copies.slice(0, 8).map((row) => place(on.commands, row)),
      sql: inTurnsSql([id]),
    },
  ]
}

const place = (c: Commands, row: number) => ({
  lane: c.lane[row]!,
  time: c.started[row]!,
  dur: c.ended[row]! - c.started[row]!,
})
