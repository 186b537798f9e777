// A run's folder into a trace, while it is written or afterwards, in steps of a few ms between which queries are
// answered. No thread of its own: a worker did not help on two cores.
//
//   bytes → records (read-chunks) → order (order) → legal states (states) → slices and flows (the trace)
//
// While recording, what is younger than a few ms is held back, so that a thread that was stopped between reading the
// clock and writing its record still comes in order. A recording that broke off is ingested again from its folder.
//
// The records of all processes become one sequence, on their one clock: what they share (locks, queues, pools) is then
// seen in the order in which it happened. So before each poll the folder is looked at for processes that are new. Of those
// that read another clock (other hosts may share the folder) only the clocks are told: each is ingested by itself.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Trace } from '../store/trace.ts'
import { endHolds } from './objects.ts'
import { Order } from './order.ts'
import { ProcessIngest } from './process.ts'
import type { EventFile } from './read-chunks.ts'
import { Run } from './run.ts'
import { giveUpGaps } from './parked.ts'

/** ms between commits */
const commitEvery = 100
/** events between two looks at the clock */
const eventsAtOnce = 4096
/** ns between polls: with 64 threads one costs 130 system calls */
const pollEvery = 4e6
/** ms by which a folder's time of change may lag behind */
const changeLag = 50

export class Ingest {
  readonly trace: Trace
  /** → Run */
  onBrokenOff: Run['onBrokenOff'] = () => {}
  private readonly folder: string
  private readonly processes = new Map<string, ProcessIngest>()
  /** clocks of processes that were left out */
  readonly elsewhere = new Set<string>()
  private readonly clock: string | null
  /** event files that cannot be read, or are of other clocks */
  private readonly refused = new Set<string>()
  private readonly byFile = new Map<EventFile, ProcessIngest>()
  /** null before the first process */
  private run: Run | null = null
  private order = new Order(0n)
  /** watermark of the last poll: nothing before it is still to come */
  private polled = -Infinity
  /** ms since 1970: when the folder was last read */
  private looked = -Infinity
  /** an event file was not whole yet when the folder was last read */
  private unready = false
  private committed = performance.now()
  private finished = false

  /** ns: what is younger is not merged yet */
  private readonly holdBack: number
  /** ns: a gap in an object's order that is older is given up */
  private readonly patience: number

  /** `clock`: of the processes that are taken; null = of all. */
  constructor(
    trace: Trace,
    runFolder: string,
    {
      holdBack = 5e6,
      patience = 500e6,
      clock = null,
    }: { holdBack?: number; patience?: number; clock?: string | null } = {},
  ) {
    this.clock = clock
    this.trace = trace
    this.folder = runFolder
    this.holdBack = holdBack
    this.patience = patience
  }

  /** Works for about so many ms. `caughtUp`: nothing is left to do now. */
  step(budgetMs: number): { events: number; caughtUp: boolean } {
    const until = performance.now() + budgetMs
    const monotonic = process.hrtime.bigint()
    if (this.run === null) this.look(false)
    const result = this.work(until, (run) => run.time(monotonic) - this.holdBack)
    const now = performance.now()
    if (now - this.committed > commitEvery) {
      for (const p of this.processes.values()) p.tellLosses()
      this.trace.setFact('events', String(this.trace.events))
      this.trace.setFact('end', String(this.trace.end))
      if (this.trace.commit()) this.committed = now
    }
    return result
  }

  /**
   * The program is over: everything that is left, nothing held back; then the losses, and the file is complete but for
   * rows and findings. `endedAt`: CLOCK_MONOTONIC ns when the program was seen to end; what a killed process left open
   * ends there, else at its last event. This takes as long as it takes: call step until it has caught up first.
   */
  finish(endedAt?: bigint): void {
    if (this.finished) return
    this.finished = true
    this.look(true)
    while (!this.work(Infinity, () => Infinity).caughtUp);
    const { trace, run } = this
    const processes = [...this.processes.values()]
    if (run) {
      giveUpGaps(run, Infinity)
      for (const p of processes) p.finish(endedAt === undefined ? null : run.time(endedAt))
      const end = Math.max(0, ...processes.map((p) => p.end))
      for (const object of run.shared.values()) endHolds(trace, object, end)
      run.children.finish(end)
    }
    trace.setFact('cost_total', String(Math.round(processes.reduce((sum, p) => sum + p.cost, 0))))
    // what begins in one ns on one lane lies side by side, the last of it maybe behind the last event
    const last = trace.lanes.reduce((end, lane) => Math.max(end, lane?.lastStart ?? 0), 0)
    trace.end = Math.max(last, ...processes.map((p) => p.end))
    trace.finish()
  }

  /**
   * Applies what is certain to be in order. What a poll brought is certain up to the watermark of that poll, a time read
   * before it: only then has every chunk been looked at after all of it was committed.
   */
  private work(until: number, watermark: (run: Run) => number): { events: number; caughtUp: boolean } {
    const { trace, run, order } = this
    if (run === null) return { events: 0, caughtUp: true }
    const limit = watermark(run)
    let events = 0
    for (;;) {
      const certain = this.certain()
      if (!order.empty && order.first <= certain) {
        events += this.drain(certain, until)
        if (performance.now() >= until) break
      } else if (this.due(limit)) this.poll(limit)
      else break
    }
    const caughtUp = (order.empty || order.first > this.certain()) && !this.due(limit)
    let last = 0
    for (const p of this.processes.values()) last = Math.max(last, p.last)
    if (limit !== Infinity) giveUpGaps(run, (caughtUp ? limit : last) - this.patience)
    if (last > trace.end) trace.end = last
    trace.events += events
    if (caughtUp && limit !== Infinity && limit > trace.end && this.running) trace.end = limit
    return { events, caughtUp }
  }
  private due(watermark: number): boolean {
    if (this.polled < watermark && watermark - this.polled >= pollEvery) return true
    for (const p of this.processes.values()) if (p.events.more !== null) return true
    return false
  }
  /** Nothing before this time is still to come. */
  private certain(): number {
    let certain = this.polled
    for (const { events } of this.processes.values())
      if (events.more !== null) certain = Math.min(certain, this.order.time(events.more.low, events.more.high) - 1)
    return certain
  }
  private poll(watermark: number): void {
    this.look(watermark === Infinity)
    for (const p of this.processes.values()) p.poll(this.order)
    this.polled = watermark
  }
  private drain(limit: number, until: number): number {
    const { order } = this
    let done = 0
    let check = eventsAtOnce
    for (let next = order.run(limit); next !== null; next = order.run(limit)) {
      const { chunk, end } = next
      this.byFile.get(chunk.file)!.apply(chunk.words, chunk.halves, chunk.next, end)
      done += end - chunk.next
      if (order.used(end)) chunk.file.release(chunk)
      if (done < check) continue
      check = done + eventsAtOnce
      if (performance.now() >= until) break
    }
    return done
  }
  private get running(): boolean {
    for (const p of this.processes.values()) if (!p.ended) return true
    return false
  }

  /** Event files that are new in the folder. `last`: what is not whole now will never be. */
  private look(last: boolean): void {
    if (!existsSync(this.folder)) return
    if (!last && statSync(this.folder).mtimeMs < this.looked - changeLag && !this.unready) return
    this.looked = Date.now()
    this.unready = false
    const opened: ProcessIngest[] = []
    for (const file of readdirSync(this.folder)) {
      const name = file.slice(0, -'.events'.length)
      if (!file.endsWith('.events') || this.processes.has(name) || this.refused.has(name)) continue
      try {
        const p = ProcessIngest.open(join(this.folder, name), name)
        if (p && this.clock !== null && p.clock !== this.clock) {
          this.refused.add(name)
          this.elsewhere.add(p.clock)
          p.leave()
        } else if (p) opened.push(p)
        else if (last) this.refuse(name, `${file} is not whole: what it had is not in the picture.`)
        else this.unready = true
      } catch (error) {
        this.refuse(name, (error as Error).message)
      }
    }
    opened.sort((a, b) => (a.started < b.started ? -1 : 1))
    for (const p of opened) {
      if (this.run === null) {
        this.run = new Run(this.trace, p.started)
        this.run.onBrokenOff = (actor, time) => this.onBrokenOff(actor, time)
        this.order = new Order(p.started)
        this.trace.setFact('base', String(p.started))
      }
      this.processes.set(p.name, p)
      this.byFile.set(p.events, p)
      p.begin(this.run, p.forkOf === undefined ? null : (this.processes.get(p.forkOf) ?? null))
    }
  }
  private refuse(name: string, why: string): void {
    this.refused.add(name)
    this.trace.addNote(why)
  }
}
