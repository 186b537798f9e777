// The critical path: from the end of an actor back to where it all began.
//
//   main     ▓▓ start ╮                     ╭ join ▓▓      at T on an actor: it has run since the end of its last wait.
//   worker-1          ╰▓▓▓▓ with lock ╮     │              What ended that wait, and when? There the path goes on. A wait
//   worker-2             ░░░░░░░░░░░░░╰▓▓▓▓▓╯              that nobody is known to have ended (sleep, I/O) is part of it.
//
// In: the graph of waits. Out: stretches that touch in time, latest first (path-steps.ts); time never goes forward, and
// each row is used once, so it ends. Two things are held by turns: the GIL, whose waits have arrows like a lock's, and an
// event loop. A task that could go on and waited for its loop was held up by the step that ran at that moment; was there
// none, then by what had made it able to go on so late. What an actor did while it held what the next one waited for is
// time of that object.
import { flowKinds, reasons, sliceKinds, sliceOutcomes } from '../../wire/kinds.ts'
import type { ObjectRow } from '../store/model.ts'
import { openSlice } from '../store/read.ts'
import { HoldsBack, type Held } from './holds-back.ts'
import type { LoopTurns } from './loop-turns.ts'
import { nameOf } from './names.ts'
import type { PathSteps } from './path-steps.ts'
import { isWork, workName } from './stream-rows.ts'
import type { Turns } from './turns.ts'
import type { Actor, WaitGraph } from './wait-graph.ts'

/** stretches between which others get their turn */
const portion = 4096

export class PathWalk {
  /** why it goes no further back; '' = it reached the beginning */
  because = ''
  /** object → ns that those on the path waited for it */
  readonly waited = new Map<number, number>()
  private readonly graph: WaitGraph
  private readonly loops: LoopTurns
  private readonly steps: PathSteps
  private readonly holds: HoldsBack
  private actor: Actor
  time: number
  /** rows of each actor that are used up: those from here on */
  private readonly used: number[]
  private through = ''
  private to = 0
  /** what the actor had, at which line, since when */
  private held: Held = nothingHeld
  /** who waited for what this actor did, since when */
  private came: { from: Actor; since: number } | null = null
  /** who waited for a process that is another program */
  private waiter: Actor | null = null

  constructor(graph: WaitGraph, loops: LoopTurns, steps: PathSteps, end: Actor, time: number) {
    this.graph = graph
    this.loops = loops
    this.steps = steps
    this.holds = new HoldsBack(graph.trace)
    this.actor = end
    this.time = time
    this.used = graph.actors.map((a) => a.last)
  }

  /** To the beginning of the area, which ends at `to`. */
  *back(until: number, to: number): Generator<void> {
    this.to = to
    this.stillWaiting()
    for (let n = 1; this.time > until; n++) {
      if (!this.further()) return
      if (n % portion === 0) yield
    }
  }

  /** At the end of what is known somebody may be waiting: for who is to end it, as far as that is known. */
  private stillWaiting(): void {
    const { rows, trace } = this.graph
    const { start, end, kind, object, site, cause, outcome } = rows.columns
    const seen = new Set<Actor>()
    for (;;) {
      const before = this.lastRow()
      const inside = before + 1 < this.actor.last && start[before + 1]! < this.time
      const row = inside ? before + 1 : before
      if (row < this.actor.first || kind[row] === 0 || end[row]! < this.time) return
      if (!inside && cause[row]! >= 0) return
      seen.add(this.actor)
      const next = this.whoIsToEnd(trace.objects[object[row]!])
      if (!next || seen.has(next) || next.end < this.time) {
        const cut = outcome[row]! >= sliceOutcomes.cut && !trace.live
        if (cut) this.because = `${nameOf(trace, this.actor.object)} had not stopped waiting when the recording ended.`
        if (inside) this.stretch(start[row]!, kind[row]!, object[row]!, site[row]!)
        return
      }
      this.actor = next
    }
  }
  private whoIsToEnd(object: ObjectRow | undefined): Actor | undefined {
    if (!object?.lane) return undefined
    if (object.thread) return this.graph.at(object.lane.id)
    const hold = openSlice(this.graph.trace, object.lane)
    return hold ? this.graph.at(this.graph.trace.objects[hold.object]?.lane?.id ?? 0) : undefined
  }

  /** False: it is at its beginning. */
  private further(): boolean {
    const { rows } = this.graph
    let row = this.lastRow()
    // a command that the host knew to be over before it was, by clocks that are known so far only
    const later = this.actor.lane.kind === 'stream' && row + 1 < this.used[this.actor.id]!
    if (later && rows.columns.start[row + 1]! < this.time) row++
    if (row < this.actor.first) return this.begin(-1)
    const since = rows.columns.end[row]!
    const turns = this.actor.isTask ? undefined : this.loops.ofThread(this.actor.object)
    if (turns && this.acrossTurn(turns, since)) return true
    const gil = this.actor.isTask ? this.gilWaitOfThread(since) : -1
    if (gil >= 0) {
      this.runs(rows.columns.end[gil]!, this.placeBefore(row))
      this.waitedFor(gil)
      return true
    }
    if (since < this.time) this.runs(since, this.placeBefore(row))
    this.used[this.actor.id] = row
    if (rows.columns.kind[row] === 0) return row > this.actor.first || this.begin(row)
    if (rows.columns.start[row] === since) return true
    if (rows.columns.kind[row] === reasons.loop) this.waitedForLoop(row)
    else this.waitedFor(row)
    return true
  }
  /** The last row of the actor that had ended by then and was not used. */
  private lastRow(): number {
    const { first, id } = this.actor
    return this.graph.rows.endedBy(this.time, first, this.used[id]!)
  }

  /** The last wait for the GIL of the thread that runs the task, if the task has had its turn since; -1: none. */
  private gilWaitOfThread(since: number): number {
    const thread = this.loops.threadOf(this.graph, this.actor.object)
    if (!thread) return -1
    const { rows } = this.graph
    const { start, kind, cause } = rows.columns
    let row = rows.endedBy(this.time, thread.first, this.used[thread.id]!)
    while (row > thread.first && kind[row] === 0) row--
    return row > thread.first && kind[row] === reasons.gil && start[row]! >= since && cause[row]! >= 0 ? row : -1
  }
  /** A loop's thread: in its tasks' turns they act, its own are callbacks. */
  private acrossTurn(turns: Turns, since: number): boolean {
    const turn = turns.before(this.time)
    if (turn < 0 || turns.end[turn]! <= since) return false
    if (turns.end[turn]! < this.time) {
      this.runs(turns.end[turn]!, 0)
      return true
    }
    const by = this.graph.at(this.graph.trace.objects[turns.actor[turn]!]?.lane?.id ?? 0)
    if (by && by !== this.actor) {
      this.jump(by, this.time, turnAsHold(turns, turn))
      return true
    }
    const from = Math.max(since, turns.start[turn]!)
    if (from === this.time) return false
    this.held = turnAsHold(turns, turn)
    this.runs(from, 0)
    return true
  }

  /** The task waited for its turn on the loop. */
  private waitedForLoop(row: number): void {
    const { trace } = this.graph
    const { start, end, kind, object, cause, causeTime, how, via } = this.graph.rows.columns
    const turns = this.loops.ofTask(this.graph, this.actor.object)
    const since = start[row]!
    const turn = turns ? turns.at(since) : -1
    const before = row - 1 >= this.actor.first && end[row - 1] === since ? row - 1 : -1
    if (turns && turn >= 0 && turns.end[turn]! <= this.time) {
      const by = this.graph.at(trace.objects[turns.actor[turn]!]?.lane?.id ?? 0)
      // a callback in which the task became able to go on did not hold it up, unless it was a timer that was due
      const delivers = by && !by.isTask && before >= 0 && (cause[before]! >= 0 || kind[before] !== reasons.sleep)
      if (by && by !== this.actor && !delivers) {
        // the step may have been held up by the loop, or its actor let it go on: then that was what it waited for
        const own = before >= 0 && cause[before]! >= 0 && this.graph.actorOf(cause[before]!) === by ? before : -1
        const through = own >= 0 && via[own] ? via[own]! : object[row]!
        const hold =
          own >= 0 && how[own] === flowKinds.release && this.holds.endedAt(through, by.object, causeTime[own]!)
        this.count(through, this.time - start[own >= 0 ? own : row]!)
        this.stretch(turns.end[turn]!, reasons.loop, object[row]!, 0)
        this.through = nameOf(trace, through)
        this.jump(by, this.time, hold || turnAsHold(turns, turn))
        return
      }
      this.stretch(since, reasons.loop, object[row]!, 0)
      // another thread's doing came before the callback began that told of it
      if (delivers && before >= 0 && cause[before]! >= 0) this.waitedFor(before, turns.start[turn]!)
      return
    }
    this.stretch(since, reasons.loop, object[row]!, 0)
  }
  /** `by`: the time by which the cause had come. */
  private waitedFor(row: number, by = Infinity): void {
    const { start, kind, object, site, cause, causeTime, how, via } = this.graph.rows.columns
    const from = start[row]!
    this.used[this.graph.actorOf(row).id] = row
    if (cause[row]! < 0 || how[row] === 0) return this.endedByNobody(row)
    const actor = this.graph.actorOf(cause[row]!)
    const at = Math.max(from, Math.min(causeTime[row]!, by))
    this.count(via[row]!, this.time - from)
    if (actor.lane.kind === 'process') this.waiter = this.actor
    this.stretch(at, kind[row]!, object[row]!, site[row]!)
    this.through = this.throughWhat(row)
    const came = { from: this.actor, since: this.waitedSince(row) }
    this.jump(actor, at)
    this.came = came
    if (how[row] === flowKinds.release) this.held = this.holds.endedAt(via[row]!, actor.object, at) ?? nothingHeld
  }
  private throughWhat(row: number): string {
    const { trace, rows } = this.graph
    const { how, via, cause, object } = rows.columns
    const name = via[row] ? nameOf(trace, via[row]!) : ''
    switch (how[row]) {
      case flowKinds.join:
      case flowKinds.exit:
        return `the end of ${name}`
      case flowKinds.launch: {
        while (!isWork(object[row]!)) row++
        return `the launch of ${workName(trace, object[row]!)}`
      }
      case flowKinds.finished:
      case flowKinds.depends:
        return isWork(object[cause[row]!]!) ? workName(trace, object[cause[row]!]!) : name
      default:
        return name
    }
  }
  /** Who comes back from a wait waits for the GIL: it has waited since the first of the two began. */
  private waitedSince(row: number): number {
    const { start, end, kind } = this.graph.rows.columns
    const goesOn = kind[row] === reasons.gil && row - 1 > this.actor.first && end[row - 1] === start[row]
    return start[goesOn ? row - 1 : row]!
  }

  /** A wait that nobody is known to have ended. Somebody must have, if it is none for time or the outside world; and if who
   *  then waited for this actor began to do so meanwhile, the path goes on there: a pool is told to shut down, then joined. */
  private endedByNobody(row: number): void {
    const { start, kind, object, site } = this.graph.rows.columns
    const { came } = this
    const goesBack = came !== null && came.since > start[row]! && came.since < this.time && !ofItself.has(kind[row]!)
    this.stretch(goesBack ? came.since : start[row]!, kind[row]!, object[row]!, site[row]!)
    if (goesBack) this.jump(came.from, this.time)
  }
  /** The beginning of an actor; -1: of one that has no rows left. */
  private begin(row: number): boolean {
    const { trace } = this.graph
    const { cause, causeTime } = this.graph.rows.columns
    const { actor } = this
    this.runs(Math.min(this.time, actor.start), 0)
    const process = trace.processes[trace.objects[actor.object]!.process]
    if (actor.lane.kind === 'process' && this.waiter) {
      this.through = `the start of ${nameOf(trace, actor.object)}`
      this.jump(this.waiter, this.time)
      this.waiter = null
      return true
    }
    if (row >= 0 && cause[row]! >= 0) {
      const by = this.graph.actorOf(cause[row]!)
      // between the call that starts it and its first event it comes up
      this.runs(Math.min(this.time, causeTime[row]!), 0)
      this.through = `the start of ${nameOf(trace, actor.object)}`
      this.jump(by, this.time)
      return true
    }
    const first = process?.id === 1 && !trace.threads.some((t) => t.object.process === 1 && t.start < actor.start)
    if (first) this.runs(Math.min(this.time, process.start), 0)
    else
      this.because =
        `${this.because} Who started ${nameOf(trace, actor.object)} was not seen: the path is known back to there.`.trim()
    return false
  }

  // ── stretches of the actor, back to a time ────────────────────────────────────────────────────────────────────────
  private runs(from: number, site: number): void {
    const { object, site: heldAt, since } = this.held
    const began = Math.min(this.time, Math.max(from, since))
    this.add(began, 0, object, heldAt || site)
    this.add(from, 0, 0, site)
  }
  private stretch(from: number, kind: number, object: number, site: number): void {
    const { object: held, since } = this.held
    this.add(Math.min(this.time, Math.max(from, since)), kind, held, site)
    this.add(from, kind, object, site)
  }
  private add(from: number, kind: number, object: number, site: number): void {
    if (from >= this.time) return
    const { lane, object: actor } = this.actor
    this.steps.add({ lane: lane.id, from, to: this.time, kind, actor, object, site, through: this.through })
    this.through = ''
    this.time = from
  }
  private jump(to: Actor, time: number, held: Held = nothingHeld): void {
    this.actor = to
    this.came = null
    this.time = Math.min(this.time, time)
    this.held = held
  }
  private count(object: number, dur: number): void {
    if (object && this.time <= this.to) this.waited.set(object, (this.waited.get(object) ?? 0) + dur)
  }
  /** The line from which the actor went on after the row. */
  private placeBefore(row: number): number {
    const { site, kind } = this.graph.rows.columns
    for (let i = row; i >= this.actor.first && i > row - 3; i--) {
      if (site[i]) return site[i]!
      if (kind[i] !== reasons.gil && kind[i] !== reasons.loop) return 0
    }
    return 0
  }
}

/** They end without anybody's doing, as far as a recording can tell. */
const ofItself = new Set<number>([
  ...[reasons.sleep, reasons.io, reasons.gil, reasons.loop],
  ...[reasons.message, reasons.send, reasons.collective],
  ...[sliceKinds.kernel, sliceKinds.read, sliceKinds.write, sliceKinds.copy, sliceKinds.fill, sliceKinds.command],
])
const nothingHeld: Held = { object: 0, site: 0, since: Infinity }
const turnAsHold = (turns: Turns, turn: number): Held => ({
  object: turns.object[turn]!,
  site: turns.site[turn]!,
  since: turns.start[turn]!,
})
