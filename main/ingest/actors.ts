// The threads and tasks of one process: who they are, when they begin and end, who started them. Serial → state.
import { eventKinds, flowKinds, objectKinds, outcomes, sliceOutcomes, type ObjectKind } from '../../wire/kinds.ts'
import type { ObjectRow, ProcessRow, Site } from '../store/model.ts'
import { awaitedNoMore } from './loops.ts'
import { losses } from './losses.ts'
import { ThreadState } from './object-state.ts'
import type { Run } from './run.ts'
import type { Sources } from './sources.ts'
import { endWait } from './waits.ts'

export class Actors {
  readonly list: (ThreadState | undefined)[] = []
  private readonly run: Run
  private readonly process: ProcessRow
  private readonly sources: Sources
  /** of the process that forked this one */
  private readonly forkOf: Actors | null
  private begun = false
  private readonly errors = new Map<number, string>()

  constructor(run: Run, process: ProcessRow, sources: Sources, forkOf: Actors | null) {
    this.run = run
    this.process = process
    this.sources = sources
    this.forkOf = forkOf
    sources.onName = (serial) => this.rename(serial)
  }

  get(serial: number, time: number): ThreadState {
    return this.list[serial] ?? this.add(serial, time, this.kindIn(serial))
  }
  private kindIn(serial: number): ObjectKind {
    const before = this.forkOf?.list[serial]
    return before ? before.row.object.kind : objectKinds.thread
  }
  private add(serial: number, time: number, kind: ObjectKind): ThreadState {
    const { trace } = this.run
    const state = new ThreadState(trace.addThread(this.process.id, this.sources.threadName(serial), time, kind))
    state.isTask = kind === objectKinds.task
    state.row.daemon = this.sources.isDaemon(serial)
    state.row.error = this.errors.get(serial) ?? null
    this.list[serial] = state
    if (!this.begun) this.run.children.begins(this.process, { lane: state.lane.id, time })
    this.begun = true
    return state
  }
  /** `coroutine`: the function that the task runs. */
  madeTask(serial: number, time: number, place: Site | undefined, coroutine: Site | undefined): ThreadState {
    const task = this.list[serial] ?? this.add(serial, time, objectKinds.task)
    const { object } = task.row
    object.name = this.sources.taskName(serial, coroutine)
    object.created = time
    object.file = place?.file ?? ''
    object.line = place?.line ?? 0
    return task
  }
  private rename(serial: number): void {
    const thread = this.list[serial]
    if (!thread) return
    thread.row.object.name = thread.isTask ? this.sources.taskName(serial, undefined) : this.sources.threadName(serial)
    thread.row.daemon = this.sources.isDaemon(serial)
    this.run.trace.changed(thread.row.object)
  }

  start(by: ThreadState, serial: number, time: number, internal: boolean): void {
    const child = this.get(serial, time)
    // of a task its making says it
    if (!child.isTask) child.row.object.internal = internal
    child.row.parent = by.id
    child.startedLane = by.lane.id
    child.startedAt = time
    this.run.trace.changed(child.row.object)
  }
  begin(thread: ThreadState, time: number, tid: number): void {
    const { row } = thread
    if (!thread.isTask) row.tid = tid
    if (!thread.begun) row.start = time
    thread.begun = true
    if (thread.startedLane > 0)
      this.run.trace.flow(
        flowKinds.start,
        thread.startedLane,
        thread.startedAt,
        thread.lane.id,
        Math.max(time, thread.startedAt),
        thread.id,
      )
    this.run.trace.changed(row.object)
  }
  end(thread: ThreadState, time: number, outcome: number): void {
    const { trace } = this.run
    thread.row.end = time
    if (thread.isTask && outcome === outcomes.cancelled)
      thread.row.error = hasFailed(thread) ? 'an exception' : 'cancelled'
    if (thread.isTask) awaitedNoMore(trace, thread, time)
    while (thread.waits.length > 0) {
      // a task may be destroyed while it waits, and a daemon thread dies in its wait when the program is over
      if (!thread.isTask && !thread.row.daemon) losses.unmatched(trace, this.process.id, eventKinds.wake)
      endWait(trace, thread, time, 0, sliceOutcomes.cut)
    }
    trace.changed(thread.row.object)
  }
  /** A thread runs an event loop. */
  runs(serial: number, loop: ObjectRow, time: number): void {
    const { row } = this.get(serial, time)
    row.loop = loop.id
    this.run.trace.changed(row.object)
  }
  /** The side file may tell of it before the records that say who it is have their turn. */
  error(serial: number, said: string): void {
    // an exception without a message
    const text = said.replace(/:\s*$/, '')
    this.errors.set(serial, text)
    const thread = this.list[serial]
    if (!thread) return
    thread.row.error = text
    this.run.trace.changed(thread.row.object)
  }

  /** What they wait for is still open and ends at the time, marked as cut. How much it was. */
  finish(time: number): number {
    let open = 0
    for (const thread of this.list) {
      if (!thread) continue
      for (; thread.waits.length > 0; open++) endWait(this.run.trace, thread, time, 0, sliceOutcomes.cut)
      this.run.trace.changed(thread.row.object)
    }
    return open
  }
}

/** A task that nobody keeps is gone with its last step: asyncio's complaint came before its end was told. */
const hasFailed = ({ row }: ThreadState): boolean =>
  row.object.incidents?.some((i) => i.what === 'exceptionNeverRetrieved') ?? false
