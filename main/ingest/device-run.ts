// Test support: what hosts told devices to do becomes real event files, goes through real ingest and is a real trace.
//
//   const run = new DeviceRun()
//   const gpu = run.device('GPU'), queue = run.stream('queue', gpu)
//   queue.kernel('add', { called: 10, returned: 20, started: 30, ended: 90 })
//   run.waits(queue, 1, 25, 95)
//   const trace = run.trace(100)
//
// Times are ns of the run. The stages of a command are told when it ends, or at `told`, by a thread that is none of the program's.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventKinds, flags, objectKinds, reasons, type EventKind } from '../../wire/kinds.ts'
import { commands, stages, type Command } from '../../wire/operations.ts'
import type { DeviceLine } from '../../wire/side-file.ts'
import { createTrace } from '../store/database.ts'
import { makeRows } from '../store/rows.ts'
import type { Trace } from '../store/trace.ts'
import { Ingest } from './ingest.ts'
import { EventWriter, type Rest } from './write-events.ts'

export interface Times {
  called: number
  returned: number
  /** what is left out is never told */
  queued?: number
  submitted?: number
  started?: number
  ended?: number
  told?: number
}
export interface CommandFacts {
  operation?: Command
  bytes?: number
  pageable?: boolean
  failed?: boolean
  line?: number
  thread?: number
  global?: number[]
  local?: number[]
  /** [stream, number] of other streams' commands that it has to wait for */
  after?: [Stream, number][]
}
const nobody = 0

export class DeviceRun {
  readonly folder = mkdtempSync(join(tmpdir(), 'interleave-devices-'))
  readonly writer: EventWriter
  readonly main: number
  private readonly happenings: { thread: number; time: number; kind: EventKind; rest: Rest }[] = []
  private readonly works = new Map<string, number>()
  private readonly sites = new Map<number, number>()
  private ranges = 0
  private made: Trace | null = null

  constructor(process: ConstructorParameters<typeof EventWriter>[1] = {}) {
    mkdirSync(join(this.folder, 'run'))
    this.writer = new EventWriter(join(this.folder, 'run'), process)
    this.main = this.thread('MainThread')
  }
  thread(name: string): number {
    const serial = this.writer.thread(name)
    this.add(serial, 0, eventKinds.threadBegin, { object: serial, arg: serial })
    return serial
  }
  add(thread: number, time: number, kind: EventKind, rest: Rest = {}): void {
    this.happenings.push({ thread, time, kind, rest })
  }
  device(name: string, line: Partial<DeviceLine> = { type: 'gpu', uncertainty: 500 }): number {
    const { serial } = this.writer.object(objectKinds.thread, this.main, 0)
    this.writer.line({ k: 'shared', object: serial, key: `device ${name}` })
    this.writer.line({ k: 'name', object: serial, name })
    this.add(this.main, 0, eventKinds.new, { object: serial, flags: objectKinds.device })
    this.writer.line({ ...line, k: 'device', object: serial })
    return serial
  }
  context(name: string, device: number): number {
    return this.of(objectKinds.context, name, device)
  }
  stream(name: string, device: number, inOrder = true): Stream {
    const serial = this.of(objectKinds.stream, name, device)
    this.writer.line({ k: 'stream', object: serial, inOrder })
    return new Stream(this, serial)
  }
  private of(kind: (typeof objectKinds)['context' | 'stream'], name: string, device: number): number {
    const { serial } = this.writer.object(objectKinds.thread, this.main, 0)
    this.writer.line({ k: 'name', object: serial, name })
    this.add(this.main, 1, eventKinds.new, { object: serial, flags: kind, arg: device })
    return serial
  }
  work(name: string, global: number[] = [], local: number[] = []): number {
    const text = JSON.stringify([name, global, local])
    let id = this.works.get(text)
    if (id === undefined) {
      this.works.set(text, (id = this.works.size + 1))
      this.writer.line({ k: 'work', id, name, global, local })
    }
    return id
  }
  site(line: number): number {
    let site = this.sites.get(line)
    if (site === undefined) this.sites.set(line, (site = this.writer.site('drawing.py', line, 'main')))
    return site
  }
  /** The thread stands still for a command of the stream. */
  waits(stream: Stream, number: number, from: number, to: number, thread = this.main, line = 90): void {
    const object = stream.serial
    this.add(thread, from, eventKinds.wait, { object, flags: reasons.device, site: this.site(line) })
    this.add(thread, to, eventKinds.wake, { object, arg: number })
  }
  memory(context: number, time: number, bytes: number): void {
    const kind = bytes > 0 ? eventKinds.allocate : eventKinds.free
    const size = Math.abs(bytes)
    const halves = { arg: size % 4294967296, seq: Math.floor(size / 4294967296) }
    this.add(bytes > 0 ? this.main : nobody, time, kind, { object: context, ...halves })
  }
  range(name: string, from: number, to: number, thread = this.main): void {
    const seq = ++this.ranges
    this.add(thread, from, eventKinds.rangeBegin, { seq, arg: this.work(name) })
    this.add(thread, to, eventKinds.rangeEnd, { seq })
  }

  /** All goes through ingest; the process ends at `end`. */
  trace(end: number): Trace {
    this.happenings.sort((a, b) => a.time - b.time)
    for (const { thread, time, kind, rest } of this.happenings) this.writer.add(thread, time, kind, rest)
    this.writer.end(end)
    this.writer.close()
    this.made = createTrace(join(this.folder, 'trace.sqlite'))
    new Ingest(this.made, join(this.folder, 'run')).finish()
    makeRows(this.made)
    return this.made
  }
  close(): void {
    this.made?.close()
    rmSync(this.folder, { recursive: true })
  }
}

export class Stream {
  readonly serial: number
  private readonly run: DeviceRun
  private number = 0
  constructor(run: DeviceRun, serial: number) {
    this.run = run
    this.serial = serial
  }
  kernel(name: string, times: Times, facts: CommandFacts = {}): number {
    return this.enqueue(times, { ...facts, operation: 'kernel' }, this.run.work(name, facts.global, facts.local))
  }
  /** Its number. */
  command(operation: Command, times: Times, facts: CommandFacts = {}): number {
    return this.enqueue(times, { ...facts, operation }, facts.bytes ?? 0)
  }
  private enqueue(times: Times, facts: CommandFacts, arg: number): number {
    const { run } = this
    const [seq, object, thread] = [++this.number, this.serial, facts.thread ?? run.main]
    const flag = commands[facts.operation!] | (facts.pageable ? flags.pageable : 0)
    run.add(thread, times.called, eventKinds.enqueue, {
      object,
      seq,
      flags: flag,
      arg,
      site: run.site(facts.line ?? 10),
    })
    for (const [stream, number] of facts.after ?? [])
      run.add(thread, times.called, eventKinds.depends, { object, seq, site: stream.serial, arg: number })
    run.add(thread, times.returned, eventKinds.reach, { object, seq, flags: stages.returned })
    const told = times.told ?? times.ended ?? times.started ?? times.returned
    for (const stage of ['queued', 'submitted', 'started', 'ended'] as const) {
      const at = times[stage]
      if (at === undefined) continue
      const failed = stage === 'ended' && facts.failed ? flags.failed : 0
      run.add(nobody, told, eventKinds.reach, { object, seq, flags: stages[stage] | failed, arg: told - at })
    }
    return seq
  }
}
