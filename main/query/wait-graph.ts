// Who ended whose wait: the graph that decided how long a run took, made of all waits and flows of a trace.
//
//   waiter  ──░░░░░░░░░──       a row: [start, end], what for, and its cause: a row of the holder and the time at which
//   holder  ▓▓▓▓▓▓▓▓┘           it gave the lock away. Between its rows an actor runs
//
// In: a trace, finished or live. Out: rows and actors; about 42 bytes a wait, some tenths of a second a million. Which
// flow ended a wait: the first that comes from inside it, and arrives before the actor waits for anything else than the
// GIL; of several messages that were waited for together, the one that was sent last. A flow that ended none is an arrival: what came was there already.
import { flowKinds, objectKinds, outcomes, reasons, sliceOutcomes } from '../../wire/kinds.ts'
import type { Lane } from '../store/lane.ts'
import { lanesOf } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { columnsIn } from './read.ts'
import { Ended, streamRows } from './stream-rows.ts'
import { flowsByActor, type Arrivals } from './wait-flows.ts'
import { WaitRows } from './wait-rows.ts'

/** ns between the end of a wait and the arrival of what ended it, across other short waits */
const moment = 200_000
/** rows that are looked at for the wait that an arrow ended */
const mostBack = 12

/** A thread, a task, a process that is another program, or a lane of a stream: the commands that a device ran. */
export interface Actor {
  /** place in the list */
  id: number
  object: number
  lane: Lane
  isTask: boolean
  start: number
  end: number
  /** its rows: [first, last) */
  first: number
  last: number
}

/** What multiprocessing runs for itself (the agent names them): they end when they are told to, and made nobody wait. */
export const servers: ReadonlySet<string> = new Set(['resource tracker', 'forkserver'])

export class WaitGraph {
  readonly trace: Trace
  /** of what is known, when it is made; what comes later is not in it */
  readonly end: number
  readonly actors: Actor[] = []
  readonly rows: WaitRows
  /** lane → actor; -1: the lane is none's */
  private readonly byLane: Int32Array

  constructor(trace: Trace) {
    this.trace = trace
    this.end = trace.end
    this.byLane = new Int32Array(trace.lanes.length).fill(-1)
    for (const { object, start, end } of trace.threads) {
      const process = trace.processes[object.process]
      this.add(object.lane!, start, end ?? process?.end ?? trace.end)
    }
    for (const lane of trace.lanes) {
      if (lane?.kind !== 'process') continue
      const process = trace.processes[lane.process]!
      const first = trace.threads.find((t) => t.object.process === process.id && t.object.lane!.kind === 'thread')
      if (first) this.byLane[lane.id] = this.byLane[first.object.lane!.id]!
      else if (!servers.has(process.name)) this.add(lane, process.start, process.end ?? trace.end)
    }
    for (const lane of trace.lanes)
      if (lane?.kind === 'stream') this.add(lane, trace.objects[lane.object]!.created ?? 0, trace.end)
      // what a thread said, the thread did
      else if (lane?.kind === 'calls') {
        const thread = trace.objects[trace.objects[lane.object]!.belongs]
        this.byLane[lane.id] = thread?.lane ? this.byLane[thread.lane.id]! : -1
      }
    this.rows = new WaitRows(this.actors.reduce((sum, { lane }) => sum + lane.slices + 2, 0))
  }
  private add(lane: Lane, start: number, end: number): void {
    const id = this.actors.length
    const isTask = lane.kind === 'task'
    this.actors.push({ id, object: lane.object, lane, isTask, start, end, first: 0, last: 0 })
    // commands that ran at once did so on lanes of their own
    for (const each of lane.kind === 'stream' ? [lane] : lanesOf(lane)) this.byLane[each.id] = id
  }
  at(lane: number): Actor | undefined {
    return this.actors[this.byLane[lane] ?? -1]
  }
  /** Whose row it is. */
  actorOf(row: number): Actor {
    let low = 0
    let high = this.actors.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.actors[middle]!.last <= row) low = middle + 1
      else high = middle
    }
    return this.actors[low]!
  }

  *build(): Generator<void> {
    const { trace, actors, rows } = this
    const arrivals = yield* flowsByActor(trace, this.byLane, actors.length)
    const waits = new WaitRows()
    const streams = { until: this.end, ended: new Ended(trace), actorOf: (lane: number) => this.byLane[lane] ?? -1 }
    for (const actor of actors) {
      if (actor.lane.kind === 'stream') {
        actor.first = rows.n
        yield* streamRows(trace, actor, arrivals, rows, streams)
        actor.last = rows.n
        continue
      }
      waits.clear()
      if (actor.lane.kind !== 'process') yield* readWaits(trace, actor, waits, this.end)
      const others = match(trace, waits, arrivals, actor)
      actor.first = rows.n
      weave(actor, waits, arrivals, others, rows)
      actor.last = rows.n
      yield
    }
    yield* this.settle()
  }
  /** Each cause becomes the row after which it came; who was waiting at that time had acted before. */
  private *settle(): Generator<void> {
    const { rows, actors } = this
    const { start, kind, cause, causeTime } = rows.columns
    for (let row = 0; row < rows.n; row++) {
      if ((row & 0xffff) === 0xffff) yield
      const by = actors[cause[row]!]
      if (!by) continue
      let last = rows.endedBy(causeTime[row]!, by.first, by.last)
      // clocks of devices are known so far only: the command that seems not to be over is
      if (by.lane.kind === 'stream' && last + 1 < by.last && start[last + 1]! < causeTime[row]!) last++
      else if (last + 1 < by.last && start[last + 1]! < causeTime[row]!) causeTime[row] = start[last + 1]!
      const known = last >= by.first && (kind[row] === 0 || causeTime[row]! >= start[row]!)
      cause[row] = known ? last : -1
    }
  }
}

/** What the actor did not run, one thing at a time: of waits inside waits the innermost. */
function* readWaits(trace: Trace, actor: Actor, into: WaitRows, until: number): Generator<void> {
  // lanes below a task's first one are what it awaits beside other things, not waits inside it
  const lanes = actor.isTask ? [actor.lane] : lanesOf(actor.lane).filter((l) => l.slices > 0 || l.openKind >= 0)
  const all = lanes.length > 1 ? new WaitRows() : into
  for (const lane of lanes)
    for (const [columns, first, last] of columnsIn(trace, lane, 0, until)) {
      const { start, dur, kind, object, site, outcome } = columns
      for (let i = first; i < last; i++) {
        const row = all.push(start[i]!, start[i]! + dur[i]!, kind[i]!)
        all.columns.object[row] = object[i]!
        all.columns.site[row] = site[i]!
        all.columns.outcome[row] = outcome[i]!
      }
      yield
    }
  if (all !== into) flatten(all, into)
}

function flatten(nested: WaitRows, into: WaitRows): void {
  const from = nested.columns
  const order = Array.from({ length: nested.n }, (_, i) => i)
  order.sort((a, b) => from.start[a]! - from.start[b]! || from.end[b]! - from.end[a]!)
  const open: number[] = []
  let time = 0
  const piece = (i: number, end: number) => {
    const start = Math.max(time, from.start[i]!)
    if (end <= start) return
    const row = into.push(start, end, from.kind[i]!)
    into.columns.object[row] = from.object[i]!
    into.columns.site[row] = from.site[i]!
    into.columns.outcome[row] = from.end[i] === end ? from.outcome[i]! : 0
    time = end
  }
  const close = (until: number) => {
    while (open.length && from.end[open.at(-1)!]! <= until) piece(open.at(-1)!, from.end[open.pop()!]!)
    if (open.length && until < Infinity) piece(open.at(-1)!, until)
  }
  for (const i of order) {
    close(from.start[i]!)
    open.push(i)
  }
  close(Infinity)
}

/** Gives the waits their causes. Which arrivals ended none. */
function match(trace: Trace, waits: WaitRows, arrivals: Arrivals, actor: Actor): number[] {
  const others: number[] = []
  const { start } = waits.columns
  let row = -1
  for (const flow of arrivals.of(actor.id)) {
    const time = arrivals.toTime[flow]!
    while (row + 1 < waits.n && start[row + 1]! < time) row++
    const ended = endedWait(trace, waits, row, arrivals, flow)
    if (ended < 0) others.push(flow)
    else if (waits.columns.cause[ended]! < 0 || isLater(waits, ended, arrivals, flow))
      setCause(waits, ended, arrivals, flow)
  }
  return others
}
/** Who waits for several messages or commands at once waits for the last of them. */
const isLater = ({ columns: c }: WaitRows, row: number, arrivals: Arrivals, flow: number): boolean =>
  c.object[row] === 0 &&
  c.end[row] === arrivals.toTime[flow] &&
  (arrivals.kind[flow] === flowKinds.message || arrivals.kind[flow] === flowKinds.finished) &&
  arrivals.fromTime[flow]! > c.causeTime[row]!
function setCause({ columns: c }: WaitRows, row: number, arrivals: Arrivals, flow: number): void {
  c.cause[row] = arrivals.from[flow]!
  c.causeTime[row] = Math.min(arrivals.fromTime[flow]!, c.end[row]!)
  c.how[row] = arrivals.kind[flow]!
  c.via[row] = arrivals.object[flow]!
}

function endedWait(trace: Trace, waits: WaitRows, from: number, arrivals: Arrivals, flow: number): number {
  const { start, end, kind, object, outcome } = waits.columns
  const time = arrivals.toTime[flow]!
  const since = arrivals.fromTime[flow]!
  const how = arrivals.kind[flow]!
  const via = arrivals.object[flow]!
  const isGil = trace.objects[via]?.kind === objectKinds.gil
  for (let i = from; i >= 0 && i > from - mostBack; i--) {
    if ((kind[i] === reasons.gil) !== isGil) {
      if (isGil) return -1
      continue
    }
    if (how === flowKinds.cancel) {
      const closed = object[i] === via && outcome[i] === outcomes.raised
      return (closed || outcome[i] === outcomes.cancelled) && time <= end[i]! ? i : -1
    }
    const fits =
      object[i] === via
        ? end[i]! > start[i]!
        : (end[i] === time && wakes.has(how)) || (object[i] === 0 && carries.has(how))
    if (fits && since >= start[i]!) return outcome[i] === outcomes.timedOut || outcome[i]! >= sliceOutcomes.cut ? -1 : i
    if (time - end[i]! > moment && !fits) return -1
  }
  return -1
}
/** They are stamped with the end of the wait, whatever it was for. */
const wakes = new Set<number>([
  ...[flowKinds.ready, flowKinds.join, flowKinds.result, flowKinds.release, flowKinds.set],
  ...[flowKinds.notify, flowKinds.barrier, flowKinds.room],
])
/** They may end a wait of which nothing is known. */
const carries = new Set<number>([flowKinds.message, flowKinds.handoff, flowKinds.result, flowKinds.finished])

/** The actor's rows in order of time: its beginning, its waits, and the arrivals between them. */
function weave(actor: Actor, waits: WaitRows, arrivals: Arrivals, others: number[], rows: WaitRows): void {
  const birth = rows.push(actor.start, actor.start, 0)
  let time = actor.start
  let next = 0
  const arrive = (until: number) => {
    for (; next < others.length && arrivals.toTime[others[next]!]! <= until; next++) {
      const flow = others[next]!
      const how = arrivals.kind[flow]!
      if (how === flowKinds.cancel || how === flowKinds.release) continue
      const begins = how === flowKinds.start || how === flowKinds.spawn
      if (begins && rows.columns.cause[birth]! >= 0) continue
      if (!begins) time = Math.max(time, arrivals.toTime[flow]!)
      setCause(rows, begins ? birth : rows.push(time, time, 0), arrivals, flow)
    }
  }
  const from = waits.columns
  for (let i = 0; i < waits.n; i++) {
    arrive(from.start[i]!)
    const end = Math.max(time, from.end[i]!)
    const row = rows.push(Math.max(time, from.start[i]!), end, from.kind[i]!)
    const to = rows.columns
    to.object[row] = from.object[i]!
    to.site[row] = from.site[i]!
    to.outcome[row] = from.outcome[i]!
    to.cause[row] = from.cause[i]!
    to.causeTime[row] = from.causeTime[i]!
    to.how[row] = from.how[i]!
    to.via[row] = from.via[i]!
    time = end
  }
  arrive(Infinity)
}
