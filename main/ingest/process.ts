// One process of the run: its event file and side file, and the states that its records lead to.
import { basename } from 'node:path'
import type { ProcessLine, SideLine } from '../../wire/side-file.ts'
import type { ProcessRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { losses } from './losses.ts'
import { Order } from './order.ts'
import { EventFile } from './read-chunks.ts'
import { NamesFile } from './read-names.ts'
import { Sources, type SourceLines } from './sources.ts'
import { States } from './states.ts'

/** events between two looks at the clock */
const eventsAtOnce = 4096
/** ns between polls: with 64 threads one costs 130 system calls */
const pollEvery = 4e6

export class ProcessIngest {
  readonly name: string
  readonly started: bigint
  readonly forkOf: string | undefined
  private readonly events: EventFile
  private readonly names: NamesFile
  private readonly first: ProcessLine
  private readonly firstLines: SideLine[]
  private trace!: Trace
  private row!: ProcessRow
  private sources!: Sources
  private states!: States
  private order!: Order
  private count = 0
  /** watermark of the last poll */
  private polled = -Infinity
  /** ns: after finish, when it ended */
  end = 0

  /** Null while the two files are not both there with their heads. */
  static open(path: string, name: string): ProcessIngest | null {
    const events = EventFile.open(path + '.events')
    if (!events) return null
    let names: NamesFile
    try {
      names = new NamesFile(path + '.names')
    } catch {
      events.close()
      return null
    }
    const lines = names.poll()
    const first = lines[0]
    if (first?.k === 'process') return new ProcessIngest(name, events, names, first, lines.slice(1))
    events.close()
    names.close()
    return null
  }
  private constructor(name: string, events: EventFile, names: NamesFile, first: ProcessLine, firstLines: SideLine[]) {
    this.name = name
    this.events = events
    this.names = names
    this.first = first
    this.firstLines = firstLines
    this.started = events.started
    this.forkOf = first.forkOf
  }

  begin(trace: Trace, lines: SourceLines, parent: ProcessIngest | null, base: bigint): void {
    const { first } = this
    this.trace = trace
    const row = (this.row = trace.addProcess(this.events.pid, Number(this.started - base)))
    row.argv = first.argv.map(String)
    row.name = programName(first)
    row.python = `${first.python} ${first.build}`
    for (const p of trace.processes) if (p?.pid === first.ppid && p !== row) row.parent = p.id
    this.sources = new Sources(trace, lines, parent?.sources ?? null)
    this.sources.cwd = first.cwd
    this.sources.mainThread = first.mainThread
    this.states = new States(trace, row, this.sources, parent?.states ?? null, base)
    this.order = new Order(base)
    if (row.id === 1) {
      // realtime when monotonic was `base`, in ms since 1970
      const startedAt = (BigInt(first.realtime) - (BigInt(first.monotonic) - base)) / 1_000_000n
      trace.setFact('started_at', String(startedAt))
      trace.setFact('cost_ns', String(first.costNs))
    }
    for (const line of this.firstLines) this.hear(line)
  }

  get last(): number {
    return this.states.last
  }
  get ended(): boolean {
    return this.events.ended
  }
  get cost(): number {
    return this.count * this.first.costNs
  }

  /**
   * Applies what is certain to be in order. What a poll brought is certain up to the watermark of that poll, a time read
   * before it: only then has every chunk been looked at after all of it was committed.
   */
  advance(watermark: number, until: number): { events: number; caughtUp: boolean } {
    const { order } = this
    let done = 0
    for (;;) {
      const limit = this.certain()
      if (!order.empty && order.first <= limit) {
        done = this.drain(limit, until, done)
        if (performance.now() >= until) break
      } else if (this.due(watermark)) this.poll(watermark)
      else break
    }
    this.count += done
    const nothing = order.empty || order.first > this.certain()
    return { events: done, caughtUp: nothing && !this.due(watermark) }
  }
  private due(watermark: number): boolean {
    return this.events.more !== null || (this.polled < watermark && watermark - this.polled >= pollEvery)
  }
  /** Nothing before this time is still to come. */
  private certain(): number {
    const { more } = this.events
    return more === null ? this.polled : Math.min(this.polled, this.order.time(more.low, more.high) - 1)
  }
  private poll(watermark: number): void {
    const fresh = this.events.poll()
    // a name is written before the first record that cites it, so the names are read after the records
    for (const line of this.names.poll()) this.hear(line)
    for (const chunk of fresh) if (chunk.next < chunk.end) this.order.add(chunk)
    this.polled = watermark
  }
  private drain(limit: number, until: number, done: number): number {
    const { order, states, events } = this
    let check = done + eventsAtOnce
    for (let run = order.run(limit); run !== null; run = order.run(limit)) {
      const { chunk, end } = run
      states.apply(chunk.words, chunk.halves, chunk.next, end)
      done += end - chunk.next
      if (order.used(end)) events.release(chunk)
      if (done < check) continue
      check = done + eventsAtOnce
      if (performance.now() >= until) break
    }
    return done
  }

  giveUpGaps(before: number): void {
    this.states.giveUpGaps(before)
  }

  private hear(line: SideLine): void {
    try {
      this.take(line)
    } catch {
      // a line that lacks what its kind has
      losses.unknown(this.trace, this.row.id)
    }
  }
  private take(line: SideLine): void {
    const { sources, trace } = this
    switch (line.k) {
      case 'site':
        return sources.addSite(line)
      case 'stack':
        return sources.addStack(line)
      case 'name':
        return sources.addName(line)
      case 'error':
        return this.states.error(line.thread, `${line.type}: ${line.text}`)
      case 'note':
        return trace.addNote(line.text)
      default:
        losses.unknown(trace, this.row.id)
    }
  }

  /** All is read: what is open ends, and how the process ended is told. `seenEnd`: ns when the program was seen to end. */
  finish(seenEnd: number | null): void {
    const { events, names, states, row, trace } = this
    const endedAt = events.ended ? states.time(events.endedAt) : seenEnd
    this.end = Math.max(states.last, endedAt ?? 0)
    const open = states.finish(this.end)
    // when a child was killed or crashed nobody saw; what it left open counts as open until the program ended
    row.end = events.ended || row.id === 1 ? this.end : null
    row.ended = events.ended ? 'clean' : 'cut'
    row.dirty = true
    if (!events.ended) losses.cut(trace, row.id, open)
    losses.lost(trace, row.id, events.lost)
    losses.unseen(trace, row.id, events.unseen)
    losses.torn(trace, row.id, events.torn)
    if (names.torn) losses.unknown(trace, row.id, names.torn)
    events.close()
    names.close()
  }
  /** The same while it runs. */
  tellLosses(): void {
    losses.lost(this.trace, this.row.id, this.events.lost)
    losses.unseen(this.trace, this.row.id, this.events.unseen)
  }
}

/** What people call the program: its script or module. */
const programName = (first: ProcessLine): string => {
  const [, script = ''] = first.argv
  const named = first.argv[0] && !/python[\d.]*$/.test(basename(first.argv[0])) ? first.argv[0] : script
  return basename(named) || basename(first.executable) || 'python'
}
