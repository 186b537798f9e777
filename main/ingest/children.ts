// The tree of processes, from both sides: the parent says that it started one and saw it end, the child writes a file of
// its own when it is a Python. Either may be heard of first; the pid brings them together while the process lives.
//
//   parent   childStart(pid 71) ──────────────── childEnd(exit 0)      a lane of its life, whatever program it was
//   pid 71      └ its file: threads, locks, tasks …
//
// A pid is used again only after its process was seen to end, so the newest process of that pid that has not is meant.
import { constants } from 'node:os'
import { flags, flowKinds, objectKinds, sliceKinds, sliceOutcomes, starts } from '../../wire/kinds.ts'
import type { ObjectRow, ProcessRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { losses } from './losses.ts'
import type { Item, ThreadState } from './object-state.ts'

interface Child {
  row: ProcessRow
  /** the process as something to wait for */
  object: ObjectRow
  from: Item
}

const howOf = new Map<number, keyof typeof starts>(
  Object.entries(starts).map(([name, how]) => [how, name as keyof typeof starts]),
)
const signalName = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]))

export class Children {
  private readonly trace: Trace
  /** by the process that started it and its serial there */
  private readonly started = new Map<string, Child>()
  /** processes that have a file of their own */
  private readonly recorded = new Set<ProcessRow>()
  /** where each recorded process began: the lane of its first thread */
  private readonly first = new Map<ProcessRow, Item>()

  constructor(trace: Trace) {
    this.trace = trace
  }

  private living(pid: number, fits: (row: ProcessRow) => boolean): ProcessRow | undefined {
    return this.trace.processes.findLast((p) => p && p.pid === pid && p.exit === null && fits(p))
  }

  /** A file was found: the row of its process, which its parent may have told of already. */
  recordedAs(pid: number, start: number): ProcessRow {
    const row = this.living(pid, (p) => p.lane !== null && !this.recorded.has(p)) ?? this.trace.addProcess(pid, start)
    this.recorded.add(row)
    return row
  }

  /** `how`: → starts */
  start(by: ProcessRow, serial: number, from: Item, pid: number, name: string, how: number): ObjectRow {
    const { trace } = this
    const known = this.get(by, serial)
    if (known) {
      losses.illegal(trace, by.id)
      return known.object
    }
    const row = this.living(pid, (p) => p.lane === null) ?? trace.addProcess(pid, from.time)
    row.parent = by.id
    row.host = by.host
    row.how = howOf.get(how) ?? null
    if (!row.name) row.name = name || `process ${pid}`
    row.dirty = true
    const object = trace.addObject(row.id, objectKinds.process, row.name)
    object.created = from.time
    row.lane = object.lane = trace.addLane('process', object, null)
    row.lane.open(sliceKinds.alive, from.time, object.id, 0, pid)
    const child = { row, object, from }
    this.started.set(`${by.id} ${serial}`, child)
    const first = this.first.get(row)
    if (first) this.arrow(child, first)
    return object
  }
  get(by: ProcessRow, serial: number): Child | undefined {
    return this.started.get(`${by.id} ${serial}`)
  }

  /** The first thread of a recorded process does something. */
  begins(row: ProcessRow, at: Item): void {
    this.first.set(row, at)
    for (const child of this.started.values()) if (child.row === row) this.arrow(child, at)
  }
  firstLane(row: ProcessRow): number | null {
    return this.first.get(row)?.lane ?? null
  }
  private arrow({ from, object }: Child, to: Item): void {
    this.trace.flow(flowKinds.spawn, from.lane, Math.min(from.time, to.time), to.lane, to.time, object.id)
  }

  rename(row: ProcessRow, name: string): void {
    row.name = name
    row.dirty = true
    const object = row.lane && this.trace.objects[row.lane.object]
    if (!object) return
    object.name = name
    this.trace.changed(object)
  }

  end(by: ProcessRow, serial: number, time: number, arg: number, flag: number): void {
    const child = this.get(by, serial)
    if (!child || child.row.exit !== null) return
    const { row } = child
    row.exit = flag & flags.signalled ? (signalName.get(arg) ?? `signal ${arg}`) : arg
    row.end ??= time
    if (!this.recorded.has(row)) row.ended = flag & flags.signalled ? 'cut' : 'clean'
    row.dirty = true
    if (row.lane!.openKind >= 0) this.trace.closeSlice(row.lane!, Math.min(row.end, time), 0, 0)
  }

  /** The process itself said good-bye: its parent may look much later. */
  saidEnd(row: ProcessRow, time: number): void {
    row.end = time
    row.ended = 'clean'
    row.dirty = true
    if (row.lane !== null && row.lane.openKind >= 0) this.trace.closeSlice(row.lane, time, 0, 0)
  }

  /** `end`: ns. What nobody saw end is open; a recorded process has lived as long as its file says. */
  finish(end: number): void {
    for (const { row } of this.started.values()) {
      if (row.ended === 'running' && !this.recorded.has(row)) {
        row.ended = 'unseen'
        row.dirty = true
      }
      if (row.lane!.openKind < 0) continue
      const said = this.recorded.has(row) && row.ended === 'clean' ? row.end : null
      this.trace.closeSlice(row.lane!, said ?? end, 0, said === null ? sliceOutcomes.cut : sliceOutcomes.done)
    }
  }
}

/** Who had waited for the process goes on. */
export function exited(trace: Trace, { row }: Child, thread: ThreadState, time: number, target: number): void {
  if (row.exit !== null)
    trace.flow(flowKinds.exit, row.lane!.id, Math.min(row.end ?? time, time), thread.lane.id, time, target)
}
