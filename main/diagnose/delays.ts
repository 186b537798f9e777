// Who made which rank wait: of all waits between ranks (for a message, in a send, in a collective) the part in which the one
// that was waited for did something else, and what that was.
//
//   rank 0  zzzzzzzz▸                   rank 1 waits for rank 0, which sleeps: 8 on rank 0, asleep
//   rank 1  ░░░░░░░░▓▓▓▸                rank 2 waits for rank 1: of that 8 are rank 0's doing too, for rank 1 could do nothing,
//   rank 2  ░░░░░░░░░░░░                and 3 rank 1's, which ran
//
// In: the graph of waits (query/wait-graph.ts) of a finished trace. Out: sums by waiter, by whom, through what and meanwhile
// doing what. Going on to whom the late one had waited for itself is what keeps a pipeline from blaming each of its stages
// (Scalasca's delay costs). What lies after the other side had come is the message's own way, and nobody's. Waits under 20 µs
// are that too, and left out.
import { flowKinds, objectKinds, reasons, type FlowKind } from '../../wire/kinds.ts'
import { WaitGraph, type Actor } from '../query/wait-graph.ts'
import type { Trace } from '../store/trace.ts'

const least = 20_000
/** ranks that wait for each other in a row, gone back along at most */
const deepest = 64

export interface Delay {
  /** objects of threads: who waited, and through whose doing */
  waiter: number
  by: number
  /** it was the other side of the wait itself, not somebody that one waited for */
  direct: boolean
  /** channel or communicator that was waited for, at which line */
  object: number
  site: number
  /** what `by` did: what it waited for otherwise (reasons) at the line; 0: it ran, after the line */
  doing: number
  at: number
  dur: number
  /** waits that began with it (others of the same `by` count elsewhere), and the longest of all */
  count: number
  longest: { lane: number; time: number; dur: number }
}
/** How long one waited for messages from or to a rank that was not late: for its turn at it, and for the bytes to come. */
export interface Turn {
  /** object of the thread that waited */
  actor: number
  dur: number
  longest: { lane: number; time: number; dur: number }
}
/** Of one kind of arrow. */
export interface Delays {
  all: Delay[]
  /** object → who came last itself → the times at which it did */
  last: Map<number, Map<number, Set<number>>>
}
const betweenRanks = new Set<number>([reasons.message, reasons.send, reasons.collective])
const arrows = [flowKinds.message, flowKinds.taken, flowKinds.collective] as const
export type RankArrow = (typeof arrows)[number]

/** null: there are no ranks. */
export const delaysOf = (trace: Trace, how: RankArrow): Delays | null => walkOf(trace)?.found.get(how) ?? null
/** ns from the first wait between ranks of a thread to the end of its last. */
export const spanOf = (trace: Trace, actor: number): number => walkOf(trace)?.spans.get(actor) ?? 0
/** Those who waited for messages from or to the process. */
export const turnsOf = (trace: Trace, process: number): Turn[] => [
  ...(walkOf(trace)?.turns.get(process)?.values() ?? []),
]

const known = new WeakMap<Trace, Pick<Walk, 'found' | 'turns' | 'spans'>>()
function walkOf(trace: Trace): Pick<Walk, 'found' | 'turns' | 'spans'> | null {
  if (!trace.processes.some((p) => p?.rank)) return null
  let walk = known.get(trace)
  if (walk) return walk
  // the graph is large, and needed no more
  const { found, turns, spans } = new Walk(trace)
  known.set(trace, (walk = { found, turns, spans }))
  return walk
}

class Walk {
  readonly found = new Map<FlowKind, Delays>(arrows.map((how) => [how, { all: [], last: new Map() }]))
  /** process → who waited for messages from or to it */
  readonly turns = new Map<number, Map<number, Turn>>()
  readonly spans = new Map<number, number>()
  private readonly trace: Trace
  private readonly graph: WaitGraph
  private readonly sums = new Map<string, Delay>()
  private readonly ranks = new Map<string, number>()
  /** the wait that is looked at, and what of it somebody's doing has made */
  private row = 0
  private waiter: Actor | null = null
  private direct: Actor | null = null
  private late = 0
  /** who made it last → the wait that was counted last */
  private readonly counted = new Map<number, number>()

  constructor(trace: Trace) {
    this.trace = trace
    this.graph = new WaitGraph(trace)
    for (const _ of this.graph.build());
    for (const p of trace.processes) if (p?.rank) this.ranks.set(`${p.rank.group} ${p.rank.rank}`, p.id)
    for (const actor of this.graph.actors) {
      const { process } = trace.objects[actor.object]!
      if (trace.processes[process]!.rank) this.waitsOf(actor)
    }
  }
  private waitsOf(actor: Actor): void {
    const { start, end, kind, cause, causeTime, how, via } = this.graph.rows.columns
    let first = -1
    for (let row = actor.first; row < actor.last; row++) {
      if (!betweenRanks.has(kind[row]!)) continue
      if (first < 0) first = row
      this.spans.set(actor.object, end[row]! - start[first]!)
      if (end[row]! - start[row]! < least) continue
      this.late = 0
      const found = this.found.get(how[row] as FlowKind)
      const until = Math.min(end[row]!, causeTime[row]!)
      if (found && cause[row]! >= 0 && until - start[row]! >= least) {
        const by = this.graph.actorOf(cause[row]!)
        const last = found.last.get(via[row]!) ?? new Map<number, Set<number>>()
        found.last.set(via[row]!, last)
        const times = last.get(by.object) ?? new Set()
        last.set(by.object, times.add(causeTime[row]!))
        Object.assign(this, { row, waiter: actor, direct: by })
        this.meanwhile(by, start[row]!, until, 0)
      }
      if (kind[row] !== reasons.collective) this.turn(actor, row)
    }
  }
  /** What is left of a wait for a message. */
  private turn(actor: Actor, row: number): void {
    const { start, end, object, via } = this.graph.rows.columns
    const { members, kind } = this.trace.objects[object[row]! || via[row]!] ?? {}
    if (!members || kind !== objectKinds.channel) return
    const own = this.trace.processes[this.trace.objects[actor.object]!.process]!.rank!
    const other = members.ranks[own.rank === members.ranks[0] ? 1 : 0]!
    const process = this.ranks.get(`${members.group} ${other}`) ?? 0
    let turns = this.turns.get(process)
    if (!turns) this.turns.set(process, (turns = new Map<number, Turn>()))
    const wait = { lane: actor.lane.id, time: start[row]!, dur: end[row]! - start[row]! }
    const turn = turns.get(actor.object)
    const dur = wait.dur - this.late
    if (!turn) return void turns.set(actor.object, { actor: actor.object, dur, longest: wait })
    turn.dur += dur
    if (wait.dur > turn.longest.dur) turn.longest = wait
  }

  /** What the actor did in that time. */
  private meanwhile(by: Actor, from: number, until: number, depth: number): void {
    const { rows } = this.graph
    const { start, end, kind, cause, causeTime, site } = rows.columns
    // before its beginning it came up, which is nobody's doing
    let time = Math.max(from, by.start)
    let after = 0
    for (let row = rows.endedBy(time, by.first, by.last); row >= by.first && !after; row--) after = site[row]!
    for (let row = rows.endedBy(time, by.first, by.last) + 1; row < by.last && start[row]! < until; row++) {
      if (kind[row] === 0) continue
      const begin = Math.max(time, start[row]!)
      const over = Math.min(until, end[row]!)
      this.add(by, 0, after, begin - time)
      if (!betweenRanks.has(kind[row]!)) this.add(by, kind[row]!, site[row]!, over - begin)
      else if (cause[row]! >= 0 && depth < deepest)
        this.meanwhile(this.graph.actorOf(cause[row]!), begin, Math.min(over, causeTime[row]!), depth + 1)
      time = Math.max(time, over)
      after = site[row]! || after
    }
    this.add(by, 0, after, until - time)
  }

  private add(by: Actor, doing: number, at: number, dur: number): void {
    const { row, waiter } = this
    if (dur <= 0 || by === waiter) return
    this.late += dur
    const { start, end, site, how, via } = this.graph.rows.columns
    const key = [how[row], waiter!.object, by.object, via[row], site[row], doing, at, by === this.direct].join()
    const wait = { lane: waiter!.lane.id, time: start[row]!, dur: end[row]! - start[row]! }
    const sum = this.sums.get(key)
    // a wait that several doings of the same one made is one wait
    const count = this.counted.get(by.object) === row ? 0 : 1
    this.counted.set(by.object, row)
    if (!sum) {
      const delay: Delay = {
        waiter: waiter!.object,
        by: by.object,
        direct: by === this.direct,
        object: via[row]!,
        site: site[row]!,
        doing,
        at,
        dur,
        count,
        longest: wait,
      }
      this.sums.set(key, delay)
      this.found.get(how[row] as FlowKind)!.all.push(delay)
      return
    }
    sum.dur += dur
    sum.count += count
    if (wait.dur > sum.longest.dur) sum.longest = wait
  }
}
