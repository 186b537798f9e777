// One process of the run: its event file and side file, and the states that its records lead to.
import { basename } from 'node:path'
import { eventKinds } from '../../wire/kinds.ts'
import type { ProcessLine, SideLine } from '../../wire/side-file.ts'
import type { ProcessRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { hearDevice, hearStream } from './devices.ts'
import { hearJob } from './keyed-jobs.ts'
import { losses } from './losses.ts'
import { missingLibrary } from './missing.ts'
import type { Order } from './order.ts'
import { EventFile } from './read-chunks.ts'
import { NamesFile } from './read-names.ts'
import type { Run } from './run.ts'
import { Sources } from './sources.ts'
import { States } from './states.ts'

export class ProcessIngest {
  readonly name: string
  readonly started: bigint
  readonly forkOf: string | undefined
  readonly clock: string
  readonly events: EventFile
  private readonly names: NamesFile
  private readonly first: ProcessLine
  private readonly firstLines: SideLine[]
  private trace!: Trace
  private row!: ProcessRow
  private run!: Run
  private sources!: Sources
  private states!: States
  private count = 0
  /** it has said what it is called */
  private isNamed = false
  /** it said good-bye before the last poll: nothing more comes */
  private over = false
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
    this.clock = first.clock
  }

  /** It is not for this trace. */
  leave(): void {
    this.events.close()
    this.names.close()
  }

  begin(run: Run, parent: ProcessIngest | null): void {
    const { first } = this
    const { trace, base } = run
    this.trace = trace
    this.run = run
    const row = (this.row = run.children.recordedAs(this.events.pid, run.time(this.started)))
    row.argv = first.argv.map(String)
    run.children.rename(row, programName(first))
    row.python = `${first.python} ${first.build}`
    row.host = trace.hostOf(first.host, first.clock).id
    row.signals = parent?.row.signals ?? false
    row.parent ??= trace.processes.findLast((p) => p?.pid === first.ppid && p !== row)?.id ?? null
    this.sources = new Sources(trace, run.lines, parent?.sources ?? null)
    this.sources.cwd = first.cwd
    this.sources.mainThread = first.mainThread
    this.states = new States(run, row, this.sources, parent?.states ?? null)
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
    return this.count * this.first.costNs + this.events.listened
  }

  /** Puts what was committed since the last poll in order. */
  poll(order: Order): void {
    const { events } = this
    if (this.over && events.more === null) return
    const wasOver = this.over
    this.over = events.ended
    const fresh = events.poll()
    // a name is written before the first record that cites it, so the names are read after the records
    for (const line of this.names.poll()) this.hear(line)
    for (const chunk of fresh) if (chunk.next < chunk.end) order.add(chunk)
    if (this.over && !wasOver) this.run.children.saidEnd(this.row, this.run.time(events.endedAt))
  }
  /** The next records of a chunk of this process. */
  apply(words: Uint32Array, halves: Uint16Array, from: number, to: number): void {
    this.states.apply(words, halves, from, to)
    this.count += to - from
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
        sources.addName(line)
        return this.states.objects.rename(line.object, line.name)
      case 'processName':
        this.isNamed = true
        return this.run.children.rename(this.row, line.name)
      case 'shared':
        return this.states.objects.share(line.object, line.key)
      case 'gil':
        return line.exact ? undefined : trace.addNote(line.why ?? 'The GIL could not be seen.')
      case 'error': {
        const lacking = missingLibrary(this.first.executable, line.type, line.text)
        if (lacking !== null) trace.addNote(lacking)
        return this.states.actors.error(line.thread, `${line.type}: ${line.text}`)
      }
      case 'handlesSignals':
        this.row.signals = this.row.dirty = true
        return
      case 'rank':
        this.row.rank = { group: line.group, rank: line.rank, size: line.size }
        this.row.dirty = true
        if (!this.isNamed) this.run.children.rename(this.row, `rank ${line.rank}`)
        this.run.ranks.set(`${line.group} ${line.rank}`, this.row)
        return
      case 'ends':
        return this.states.objects.has(line.object, { group: line.group, ranks: [line.from ?? -1, line.to ?? -1] })
      case 'members':
        return this.states.objects.has(line.object, { group: line.group, ranks: line.ranks })
      case 'job':
        return hearJob(trace, this.states.objects.get(line.pool, eventKinds.submit), line)
      case 'device':
        return hearDevice(this.states, line)
      case 'stream':
        return hearStream(this.states, line)
      case 'work':
        return sources.addWork(line)
      case 'note':
        return trace.addNote(line.text.replace('{place}', () => sources.place(line.site ?? 0)))
      default:
        losses.unknown(trace, this.row.id)
    }
  }

  /** All is read: what is open ends, and how the process ended is told. `seenEnd`: ns when the program was seen to end. */
  finish(seenEnd: number | null): void {
    const { events, names, states, row, trace } = this
    // who was killed ended when its parent saw it, else nobody knows: what it left open then counts as open until the end
    const seen = row.end ?? seenEnd
    this.end = Math.max(states.last, (events.ended ? this.run.time(events.endedAt) : seen) ?? 0)
    const open = states.finish(this.end)
    row.end = events.ended || row.id === 1 || row.end !== null ? this.end : null
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
  if (first.module) return first.module.replace(/\.__main__$/, '')
  if (first.argv[0] === '-c') return `${basename(first.executable)} -c`
  const named = first.argv[0] && !/python[\d.]*$/.test(basename(first.argv[0])) ? first.argv[0] : script
  return basename(named) || basename(first.executable) || 'python'
}
