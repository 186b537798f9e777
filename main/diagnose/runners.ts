// Who ran beside whom: of those that could have run at once, for how long exactly one did, which, and who waited for what
// meanwhile.
//
//   p1  ████▒▒▒▒████▒▒▒▒        a runner is a process, whose threads take turns at its GIL, or a thread of one without a
//   p2  ▒▒▒▒████▒▒▒▒████        GIL. It runs while any of its threads does; it waits when none does and its first thread
//   one 4   4   4   4           waits for what another one may give: a lock, a queue, a message; not for time or I/O.
//                               While it waits for a device that works for it, and so does it
//
// In: the waits on the threads' lanes. Out: times in bins, since who counts is known only when all has been read. Where
// there are fewer than three runners nothing is read.
import type { SliceColumns } from '../query/read.ts'
import { inOrder } from '../query/in-order.ts'
import { reasons } from '../../wire/kinds.ts'
import type { Lane } from '../store/lane.ts'
import type { ThreadRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import type { Tally } from './tally.ts'

export const bins = 1024
const leastRunners = 3
/** runners that can be told apart among those that wait; the others are taken together */
const toldApart = 30
/** of the longest times that one was alone */
const mostStretches = 64

/** What another runner can give. An end (a join, a result) is not among them: who waits for it has no part in the work. */
const given = new Set<number>([
  ...[reasons.lock, reasons.semaphore, reasons.condition, reasons.event, reasons.barrier, reasons.message],
  ...[reasons.queueGet, reasons.queuePut, reasons.queueJoin, reasons.send, reasons.collective],
])

export class Runner {
  readonly place: number
  readonly first: ThreadRow
  ran = 0
  readonly ranIn = new Float64Array(bins)
  /** threads of it that run now, and since when any does */
  running = 0
  since = 0
  /** its first thread waits for what another one may give; and so does it as a whole */
  firstWaits = false
  waits = false
  /** ns it waited for an object while one runner was alone */
  readonly waitedFor = new Map<number, number>()
  constructor(place: number, first: ThreadRow) {
    this.place = place
    this.first = first
  }
  /** its place among those that wait */
  get bit(): number {
    return Math.min(this.place, toldApart)
  }
}
class ThreadState {
  readonly runner: Runner
  readonly isFirst: boolean
  state: 'unborn' | 'runs' | 'waits' | 'over' = 'unborn'
  object = 0
  /** on the clock that goes only while one runner is alone: when its wait began */
  from = 0
  /** when its last slice ends; -1: that was told */
  pending = -1
  constructor(runner: Runner, isFirst: boolean) {
    this.runner = runner
    this.isFirst = isFirst
  }
}
/** One runner was alone while others waited. */
export interface Stretch {
  runner: number
  waiting: number
  from: number
  to: number
}
/** what happens: a wait begins (its kind) or */
const wakes = 100
const begins = 101
const ends = 102

export class Runners implements Tally {
  readonly runners: Runner[] = []
  /** by bin: who waited (bits) × 64 + who ran alone → ns */
  readonly alone: Map<number, number>[] = Array.from({ length: bins }, () => new Map())
  /** by bin: ns in which any ran, and ns of work of all */
  readonly any = new Float64Array(bins)
  readonly work = new Float64Array(bins)
  stretches: Stretch[] = []
  wide = 1
  private readonly trace: Trace
  private readonly threads = new Map<number, ThreadState>()
  private lives: { time: number; what: number; thread: ThreadState }[] | null = null
  private time = 0
  private readonly running = new Set<Runner>()
  /** by bit: how many wait */
  private readonly waits = new Uint32Array(toldApart + 1)
  private stretch: Stretch | null = null
  private aloneSoFar = 0
  // what has not been put in order yet
  private n = 0
  private times = new Float64Array(1024)
  private whats = new Uint8Array(1024)
  private objects = new Uint32Array(1024)
  private of: ThreadState[] = []
  private runEnds: number[] = []

  constructor(trace: Trace) {
    this.trace = trace
  }
  reads(lane: Lane): boolean {
    if (this.lives === null) this.prepare()
    return this.runners.length >= leastRunners && this.threads.has(lane.id)
  }
  private prepare(): void {
    const { trace } = this
    const byProcess = new Map<number, Runner>()
    const lives: NonNullable<typeof this.lives> = []
    this.wide = Math.max(1, trace.end / bins)
    for (const row of trace.threads) {
      const { process, lane } = row.object
      if (lane!.kind !== 'thread') continue
      const hasGil = !trace.processes[process]!.python.includes('free-threaded')
      const known = hasGil ? byProcess.get(process) : undefined
      const runner = known ?? new Runner(this.runners.length, row)
      if (!known) this.runners.push(runner)
      byProcess.set(process, runner)
      const thread = new ThreadState(runner, !known)
      this.threads.set(lane!.id, thread)
      const end = row.end ?? trace.processes[process]!.end ?? trace.end
      lives.push({ time: row.start, what: begins, thread }, { time: Math.max(row.start, end), what: ends, thread })
    }
    this.lives = lives.sort((a, b) => b.time - a.time || b.what - a.what)
  }

  add(lane: Lane, { start, dur, kind, object }: SliceColumns, from: number, to: number): void {
    const thread = this.threads.get(lane.id)!
    this.wake(thread)
    for (let i = from; i < to; i++) {
      if (kind[i] === reasons.device) continue
      this.push(start[i]!, kind[i]!, object[i]!, thread)
      // a slice may end only after the stretch of time that is read now
      thread.pending = start[i]! + dur[i]!
      if (i + 1 < to) this.wake(thread)
    }
    this.runEnds.push(this.n)
  }
  private wake(thread: ThreadState): void {
    if (thread.pending >= 0) this.push(thread.pending, wakes, 0, thread)
    thread.pending = -1
  }
  private push(time: number, what: number, object: number, thread: ThreadState): void {
    if (this.n === this.times.length) {
      const { times, whats, objects } = this
      ;(this.times = new Float64Array(this.n * 2)).set(times)
      ;(this.whats = new Uint8Array(this.n * 2)).set(whats)
      ;(this.objects = new Uint32Array(this.n * 2)).set(objects)
    }
    this.times[this.n] = time
    this.whats[this.n] = what
    this.objects[this.n] = object
    this.of[this.n++] = thread
  }

  settle(until: number): void {
    if (this.runners.length < leastRunners) return
    for (const thread of this.threads.values())
      if (thread.pending >= 0 && thread.pending < until) {
        this.wake(thread)
        this.runEnds.push(this.n)
      }
    while (this.lives!.length && this.lives!.at(-1)!.time < until) {
      const { time, what, thread } = this.lives!.pop()!
      this.push(time, what, 0, thread)
    }
    this.runEnds.push(this.n)
    for (const i of inOrder(this.times, this.runEnds)) {
      this.goOn(this.times[i]!)
      this.happens(this.of[i]!, this.whats[i]!, this.objects[i]!)
    }
    this.n = 0
    this.of = []
    this.runEnds = []
    if (until === Infinity) this.close()
  }
  private happens(thread: ThreadState, what: number, object: number): void {
    const { runner } = thread
    if (thread.state === 'over' || (what === begins && thread.state !== 'unborn')) return
    const ran = thread.state === 'runs'
    thread.state = what === ends ? 'over' : what === wakes || what === begins ? 'runs' : 'waits'
    if (thread.isFirst) {
      this.waitedFor(runner, thread)
      runner.firstWaits = thread.state === 'waits' && given.has(what)
      thread.object = runner.firstWaits ? object : 0
      thread.from = this.aloneSoFar
    }
    const before = runner.running
    runner.running += (thread.state === 'runs' ? 1 : 0) - (ran ? 1 : 0)
    if (before === 0 && runner.running > 0) {
      this.running.add(runner)
      runner.since = this.time
    } else if (before > 0 && runner.running === 0) {
      this.running.delete(runner)
      this.stopped(runner)
    }
    const waits = runner.running === 0 && runner.firstWaits
    if (waits !== runner.waits) this.waits[runner.bit] += waits ? 1 : -1
    runner.waits = waits
  }
  private waitedFor({ waitedFor }: Runner, { object, from }: ThreadState): void {
    if (object && this.aloneSoFar > from) waitedFor.set(object, (waitedFor.get(object) ?? 0) + this.aloneSoFar - from)
  }
  /** Who waits now. */
  private get waiting(): number {
    let bits = 0
    for (let bit = 0; bit <= toldApart; bit++) if (this.waits[bit]! > 0) bits |= 1 << bit
    return bits
  }
  private stopped(runner: Runner): void {
    runner.ran += this.time - runner.since
    this.each(runner.since, this.time, (bin, ns) => (runner.ranIn[bin]! += ns))
  }

  /** Nothing has changed until the time. */
  private goOn(time: number): void {
    const { time: from } = this
    if (time <= from) return
    this.time = time
    const { size } = this.running
    if (size === 0) return this.closeStretch()
    const [who] = size === 1 ? this.running : []
    const waiting = who ? this.waiting : 0
    const key = who ? waiting * 64 + Math.min(63, who.place) : -1
    this.each(from, time, (bin, ns) => {
      this.any[bin]! += ns
      this.work[bin]! += ns * size
      if (who) this.alone[bin]!.set(key, (this.alone[bin]!.get(key) ?? 0) + ns)
    })
    if (!who) return this.closeStretch()
    this.aloneSoFar += time - from
    if (this.stretch?.runner !== who.place) {
      this.closeStretch()
      this.stretch = { runner: who.place, waiting, from, to: time }
    }
    this.stretch!.to = time
    this.stretch!.waiting |= waiting
  }
  private closeStretch(): void {
    if (this.stretch) this.stretches.push(this.stretch)
    this.stretch = null
    if (this.stretches.length < 4 * mostStretches) return
    this.stretches.sort((a, b) => b.to - b.from - (a.to - a.from)).splice(mostStretches)
  }
  private close(): void {
    this.closeStretch()
    this.stretches.sort((a, b) => b.to - b.from - (a.to - a.from)).splice(mostStretches)
    for (const runner of this.runners) if (runner.running > 0) this.stopped(runner)
  }
  private each(from: number, to: number, add: (bin: number, ns: number) => void): void {
    for (let time = from; time < to;) {
      const bin = Math.min(bins - 1, Math.floor(time / this.wide))
      const end = bin === bins - 1 ? to : Math.min(to, (bin + 1) * this.wide)
      add(bin, end - time)
      if (end <= time) break
      time = end
    }
  }
}
