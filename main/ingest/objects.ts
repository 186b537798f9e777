// The objects of one process by serial: its own, those of the process that forked it, and those it shares with others.
// One that was not seen made gets a name by its kind.
import { eventKinds, objectKinds, reasons, sliceOutcomes, type ObjectKind } from '../../wire/kinds.ts'
import { isCount, type Lane } from '../store/lane.ts'
import type { ProcessRow, Ranks, Site } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { Calls } from './calls.ts'
import { finishDevice, finishStream } from './commands.ts'
import { isSemaphore } from './holds.ts'
import { ObjectState } from './object-state.ts'
import type { Run } from './run.ts'
import type { Sources } from './sources.ts'

export class Objects {
  readonly list: (ObjectState | undefined)[] = []
  private readonly run: Run
  private readonly process: ProcessRow
  private readonly sources: Sources
  /** of the process that forked this one */
  private readonly forkOf: Objects | null
  private gilState: ObjectState | null = null
  readonly calls: Calls

  constructor(run: Run, process: ProcessRow, sources: Sources, forkOf: Objects | null) {
    this.run = run
    this.process = process
    this.sources = sources
    this.forkOf = forkOf
    this.calls = new Calls(run.trace)
  }

  /** `hint`: the event, or waitBase + the reason, that speaks of it. */
  get(serial: number, hint: number): ObjectState {
    return this.list[serial] ?? this.unseen(serial, hint)
  }
  private unseen(serial: number, hint: number): ObjectState {
    const original = this.forkOf?.known(serial)
    if (original && original.key !== '') return this.use(serial, original)
    const row = original?.row
    const kind = row?.kind ?? likelyKind[hint] ?? objectKinds.lock
    const state = this.add(serial, kind, row?.name ?? this.sources.objectName(kind, serial, undefined, 0))
    // a fork's child goes on with the parent's numbers
    state.nextSeq = 0
    if (row) {
      state.row.file = row.file
      state.row.line = row.line
      state.row.capacity = row.capacity
      state.row.internal = row.internal
    }
    return state
  }
  private known(serial: number): ObjectState | undefined {
    return this.list[serial] ?? this.forkOf?.known(serial)
  }
  private add(serial: number, kind: ObjectKind, name: string): ObjectState {
    const state = new ObjectState(this.run.trace.addObject(this.process.id, kind, name))
    state.semaphore = isSemaphore(kind)
    return (this.list[serial] = state)
  }

  /** The serial is an object that has this name among the processes. */
  share(serial: number, key: string): void {
    const { shared } = this.run
    const known = shared.get(key)
    if (known) return void this.use(serial, known)
    const kind = objectKinds.lock
    const state = this.list[serial] ?? this.add(serial, kind, this.sources.objectName(kind, serial, undefined, 0))
    state.key = state.row.key = key
    state.row.common = true
    this.run.trace.changed(state.row)
    shared.set(key, state)
  }
  private use(serial: number, state: ObjectState): ObjectState {
    if (state.row.process !== this.process.id && !state.row.shared) {
      state.row.shared = true
      this.run.trace.changed(state.row)
    }
    return (this.list[serial] = state)
  }

  made(
    time: number,
    thread: number,
    serial: number,
    seq: number,
    kind: ObjectKind,
    place: Site | undefined,
    arg: number,
    internal = false,
  ) {
    const name =
      this.conditionName(kind, place, arg) ??
      (isDefaultExecutor(kind, place)
        ? 'default executor'
        : this.sources.objectName(kind, serial, place, thread, internal))
    let state = this.list[serial]
    if (!state) state = this.add(serial, kind, name)
    // another process has told of it: it has its name from where it was made
    if (state.row.created !== null) {
      // each process that has workers for it says how many
      if (kind === objectKinds.pool && state.key !== '') state.row.capacity += arg
      this.run.trace.changed(state.row)
      return null
    }
    if (seq > 0) state.nextSeq = Math.max(state.nextSeq, seq + 1)
    const { row } = state
    row.name = name
    // what has done what only a stream or a device does is one, whatever is said of it
    row.kind = state.stream ? objectKinds.stream : state.device ? objectKinds.device : kind
    state.semaphore = isSemaphore(kind)
    if (kind === objectKinds.condition) state.lock = this.list[arg] ?? null
    if (kind === objectKinds.stream || kind === objectKinds.context) this.belongsTo(state, arg)
    else if (kind !== objectKinds.condition && kind !== objectKinds.loop) row.capacity = arg
    if (state.lane && isCount(state.lane)) state.lane.bound(row.capacity)
    row.created = time
    row.file = place?.file ?? ''
    row.line = place?.line ?? 0
    return row
  }
  /** A condition made with a lock of its own on the same line has the name of the line, and the lock is its lock. */
  private conditionName(kind: ObjectKind, place: Site | undefined, lockSerial: number): string | null {
    const lock = kind === objectKinds.condition && place ? this.list[lockSerial]?.row : undefined
    if (!lock || lock.file !== place!.file || lock.line !== place!.line || lock.name.endsWith("'s lock")) return null
    const { name } = lock
    if (/^R?Lock #/.test(name)) return null
    lock.name = `${name}'s lock`
    this.run.trace.changed(lock)
    return name
  }
  private belongsTo(state: ObjectState, device: number): void {
    state.belongs = device > 0 ? this.get(device, deviceHint) : null
    state.row.belongs = state.belongs?.id ?? 0
  }
  /** Which ranks it has, or lies between. */
  has(serial: number, members: Ranks): void {
    const { row } = this.get(serial, 0)
    row.members = members
    this.run.trace.changed(row)
  }
  /** A name that the program gave. */
  rename(serial: number, name: string): void {
    const state = this.list[serial]
    if (!state) return
    state.row.name = name
    this.run.trace.changed(state.row)
  }

  gil(): ObjectState {
    if (this.gilState === null) {
      this.gilState = new ObjectState(this.run.trace.addObject(this.process.id, objectKinds.gil, 'GIL'))
      this.gilState.row.created = this.process.start
    }
    return this.gilState
  }

  /**
   * What is still held ends at the time, marked as cut. How much it was. Of what others share only what this process
   * held ends with it.
   */
  finish(time: number): number {
    const { trace } = this.run
    const ours = (lane: Lane) => trace.objects[lane.openObject]?.process === this.process.id
    let open = this.gilState ? endHolds(trace, this.gilState, time) : 0
    for (const object of this.list) if (object) open += endHolds(trace, object, time, object.row.shared ? ours : always)
    for (const object of this.list) if (object?.stream) finishStream(trace, object)
    for (const object of this.list) if (object?.device) finishDevice(trace, object)
    for (const calls of this.calls.all) open += endHolds(trace, calls, time)
    return open
  }
}

/** It is made by the first call that needs it; the line says what the call is for, not what the pool is called. */
const isDefaultExecutor = (kind: ObjectKind, place: Site | undefined) =>
  kind === objectKinds.pool && /\b(?:to_thread|run_in_executor|getaddrinfo)\(/.test(place?.text ?? '')
const always = () => true
/** Slices on the object's lanes that are open end at the time. How many of them were cut: a queue's depth and who has the
 *  GIL were what they were until then. */
export const endHolds = (trace: Trace, object: ObjectState, time: number, which: (lane: Lane) => boolean = always) => {
  let cuts = 0
  for (let lane = object.lane; lane !== null; lane = lane.next) {
    if (lane.openKind < 0 || !which(lane)) continue
    const cut = !isCount(lane) && lane.kind !== 'gil'
    if (cut) cuts++
    trace.closeSlice(lane, time, 0, cut ? sliceOutcomes.cut : sliceOutcomes.done)
  }
  if (object.jobs && which === always) endHolds(trace, object.jobs.waiting, time)
  return cuts
}

export const waitBase = 1000
/** no event speaks of a device alone */
const deviceHint = 2000
/** what kind an object probably is that was not seen made, by event or (waitBase +) reason */
const likelyKind: Record<number, ObjectKind> = {
  [eventKinds.notify]: objectKinds.condition,
  [eventKinds.set]: objectKinds.event,
  [eventKinds.clear]: objectKinds.event,
  [eventKinds.arrive]: objectKinds.barrier,
  [eventKinds.broken]: objectKinds.barrier,
  [eventKinds.put]: objectKinds.queue,
  [eventKinds.get]: objectKinds.queue,
  [eventKinds.taskDone]: objectKinds.queue,
  [eventKinds.step]: objectKinds.loop,
  [eventKinds.submit]: objectKinds.pool,
  [eventKinds.jobBegin]: objectKinds.pool,
  [eventKinds.jobEnd]: objectKinds.pool,
  [eventKinds.result]: objectKinds.pool,
  [eventKinds.post]: objectKinds.queue,
  [eventKinds.send]: objectKinds.pipe,
  [eventKinds.receive]: objectKinds.pipe,
  [eventKinds.accept]: objectKinds.pool,
  [eventKinds.enter]: objectKinds.communicator,
  [eventKinds.leave]: objectKinds.communicator,
  [eventKinds.access]: objectKinds.window,
  [eventKinds.unlink]: objectKinds.sharedMemory,
  [eventKinds.enqueue]: objectKinds.stream,
  [eventKinds.reach]: objectKinds.stream,
  [eventKinds.depends]: objectKinds.stream,
  [eventKinds.allocate]: objectKinds.context,
  [eventKinds.free]: objectKinds.context,
  [deviceHint]: objectKinds.device,
  [waitBase + reasons.semaphore]: objectKinds.semaphore,
  [waitBase + reasons.condition]: objectKinds.condition,
  [waitBase + reasons.event]: objectKinds.event,
  [waitBase + reasons.barrier]: objectKinds.barrier,
  [waitBase + reasons.queueGet]: objectKinds.queue,
  [waitBase + reasons.queuePut]: objectKinds.queue,
  [waitBase + reasons.queueJoin]: objectKinds.queue,
  [waitBase + reasons.loop]: objectKinds.loop,
  [waitBase + reasons.io]: objectKinds.loop,
  [waitBase + reasons.future]: objectKinds.pool,
  [waitBase + reasons.message]: objectKinds.pipe,
  [waitBase + reasons.send]: objectKinds.channel,
  [waitBase + reasons.collective]: objectKinds.communicator,
  [waitBase + reasons.device]: objectKinds.stream,
}
