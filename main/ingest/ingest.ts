// A run's folder into a trace, while it is written or afterwards, in steps of a few ms between which queries are
// answered. No thread of its own: a worker did not help on two cores.
//
//   bytes → records (read-chunks) → order (order) → legal states (states) → slices and flows (the trace)
//
// While recording, what is younger than a few ms is held back, so that a thread that was stopped between reading the
// clock and writing its record still comes in order. A recording that broke off is ingested again from its folder.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Trace } from '../store/trace.ts'
import { ProcessIngest } from './process.ts'
import { SourceLines } from './sources.ts'

/** ms between commits, between looks for new files */
const commitEvery = 100
const lookEvery = 30

export class Ingest {
  readonly trace: Trace
  private readonly folder: string
  private readonly lines = new SourceLines()
  private readonly processes = new Map<string, ProcessIngest>()
  /** event files that cannot be read */
  private readonly refused = new Set<string>()
  /** CLOCK_MONOTONIC ns of time 0; null before the first process */
  private base: bigint | null = null
  private looked = -Infinity
  private committed = performance.now()
  private finished = false

  /** ns: what is younger is not merged yet */
  private readonly holdBack: number
  /** ns: a gap in an object's order that is older is given up */
  private readonly patience: number

  constructor(trace: Trace, runFolder: string, { holdBack = 5e6, patience = 500e6 } = {}) {
    this.trace = trace
    this.folder = runFolder
    this.holdBack = holdBack
    this.patience = patience
  }

  /** Works for about so many ms. `caughtUp`: nothing is left to do now. */
  step(budgetMs: number): { events: number; caughtUp: boolean } {
    const until = performance.now() + budgetMs
    const monotonic = process.hrtime.bigint()
    this.look(false)
    const result = this.work(until, (base) => Number(monotonic - base) - this.holdBack)
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
    const { trace } = this
    const base = this.base ?? 0n
    for (const p of this.processes.values()) p.finish(endedAt === undefined ? null : Number(endedAt - base))
    const cost = [...this.processes.values()].reduce((sum, p) => sum + p.cost, 0)
    trace.setFact('cost_total', String(Math.round(cost)))
    trace.end = Math.max(0, ...[...this.processes.values()].map((p) => p.end))
    trace.finish()
  }

  private work(until: number, watermark: (base: bigint) => number): { events: number; caughtUp: boolean } {
    const { trace } = this
    if (this.base === null) return { events: 0, caughtUp: true }
    const limit = watermark(this.base)
    let events = 0
    let caughtUp = true
    for (const p of this.processes.values()) {
      const done = p.advance(limit, until)
      events += done.events
      caughtUp &&= done.caughtUp
      if (limit !== Infinity) p.giveUpGaps((done.caughtUp ? limit : p.last) - this.patience)
      if (p.last > trace.end) trace.end = p.last
    }
    trace.events += events
    if (caughtUp && limit !== Infinity && limit > trace.end && this.running) trace.end = limit
    return { events, caughtUp }
  }
  private get running(): boolean {
    for (const p of this.processes.values()) if (!p.ended) return true
    return false
  }

  /** Event files that are new in the folder. */
  private look(now: boolean): void {
    const time = performance.now()
    if (!now && time - this.looked < lookEvery) return
    this.looked = time
    if (!existsSync(this.folder)) return
    const opened: ProcessIngest[] = []
    for (const file of readdirSync(this.folder)) {
      const name = file.slice(0, -'.events'.length)
      if (!file.endsWith('.events') || this.processes.has(name) || this.refused.has(name)) continue
      try {
        const p = ProcessIngest.open(join(this.folder, name), name)
        if (p) opened.push(p)
        else if (now) this.refuse(name, `${file} is not whole: what it had is not in the picture.`)
      } catch (error) {
        this.refuse(name, (error as Error).message)
      }
    }
    opened.sort((a, b) => (a.started < b.started ? -1 : 1))
    for (const p of opened) {
      if (this.base === null) {
        this.base = p.started
        this.trace.setFact('base', String(this.base))
      }
      const parent = p.forkOf === undefined ? null : (this.processes.get(p.forkOf) ?? null)
      p.begin(this.trace, this.lines, parent, this.base)
      this.processes.set(p.name, p)
    }
  }
  private refuse(name: string, why: string): void {
    this.refused.add(name)
    this.trace.addNote(why)
  }
}
