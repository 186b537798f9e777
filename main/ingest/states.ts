// The events of one process, in order of time, become what its threads and objects did: legal states, slices and flows.
//
//   record → its turn (seq) → thread and object → wait · hold · depth → slices on lanes, flows between them
//
// A record whose seq is ahead of its object's turn is parked on the object until the gap closes. What cannot follow from
// what was seen is counted (losses.ts), never invented.
import { eventKinds, flags, flowKinds, objectKinds, outcomes, reasons, type ObjectKind } from '../../wire/kinds.ts'
import type { ProcessRow, Site } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { acquire, isSemaphore, release } from './holds.ts'
import { losses } from './losses.ts'
import { ObjectState, ThreadState, type Parked } from './object-state.ts'
import { get, put } from './queues.ts'
import type { Sources } from './sources.ts'
import { beginWait, effect, endWait } from './waits.ts'

export class States {
  readonly trace: Trace
  readonly process: ProcessRow
  readonly sources: Sources
  /** of the process that forked this one */
  readonly forkOf: States | null
  private readonly baseLow: number
  private readonly baseHigh: number
  private readonly threads: (ThreadState | undefined)[] = []
  private readonly objects: (ObjectState | undefined)[] = []
  private readonly withParked = new Set<ObjectState>()
  /** time of the last event */
  last = 0

  constructor(trace: Trace, process: ProcessRow, sources: Sources, forkOf: States | null, base: bigint) {
    this.trace = trace
    this.process = process
    this.sources = sources
    this.forkOf = forkOf
    this.baseLow = Number(base & 0xffffffffn)
    this.baseHigh = Number(base >> 32n)
    sources.onName = (serial) => this.rename(serial)
    this.last = process.start
  }

  /** Records [from, to) of a chunk. */
  apply(words: Uint32Array, halves: Uint16Array, from: number, to: number): void {
    const { baseLow, baseHigh } = this
    for (let i = from; i < to; i++) {
      const w = i * 8
      const time = (words[w + 1]! - baseHigh) * 4294967296 + (words[w]! - baseLow)
      if (time > this.last) this.last = time
      const seq = words[w + 4]!
      const kind = halves[i * 16 + 12]!
      const flag = halves[i * 16 + 13]!
      // nearly every event is this: an acquire or release, in turn, of what is known
      if (kind === eventKinds.acquire || kind === eventKinds.release) {
        const object = this.objects[words[w + 3]!]
        const thread = this.threads[words[w + 2]!]
        if (object !== undefined && thread !== undefined && object.nextSeq === seq && object.parked === null) {
          object.nextSeq = seq + 1
          if (kind === eventKinds.release) release(this.trace, thread, object, time, seq, words[w + 7]!)
          else acquire(this.trace, thread, object, time, this.sources.site(words[w + 5]!), flag, words[w + 7]!)
          continue
        }
      }
      // objects are numbered, and settle their order; what happens to a thread is in order as it is
      if (seq === 0 || kind < eventKinds.acquire)
        this.perform(time, words[w + 2]!, words[w + 3]!, seq, words[w + 5]!, kind, flag, words[w + 7]!)
      else this.inTurn(time, words[w + 2]!, words[w + 3]!, seq, words[w + 5]!, kind, flag, words[w + 7]!)
    }
  }

  private inTurn(
    time: number,
    thread: number,
    serial: number,
    seq: number,
    site: number,
    kind: number,
    flag: number,
    arg: number,
  ) {
    const object = this.object(serial, kind)
    if (seq === object.nextSeq || object.nextSeq === 0) {
      object.nextSeq = seq + 1
      this.perform(time, thread, serial, seq, site, kind, flag, arg)
      if (object.parked !== null) this.unpark(object, serial, time)
      return
    }
    if (seq < object.nextSeq) {
      losses.late(this.trace, this.process.id)
      return this.perform(time, thread, serial, seq, site, kind, flag, arg)
    }
    const parked = (object.parked ??= [])
    const record: Parked = { time, thread, serial, seq, site, kind, flags: flag, arg }
    let at = parked.length
    while (at > 0 && parked[at - 1]!.seq > seq) at--
    parked.splice(at, 0, record)
    this.withParked.add(object)
  }
  /** What was parked and is in turn now; at the same time as what it waited for, it was not late. */
  private unpark(object: ObjectState, serial: number, time: number): void {
    const parked = object.parked!
    if (parked[0]!.time !== time && parked[0]!.seq <= object.nextSeq) losses.late(this.trace, this.process.id)
    let used = 0
    for (; used < parked.length && parked[used]!.seq <= object.nextSeq; used++) {
      const p = parked[used]!
      object.nextSeq = Math.max(object.nextSeq, p.seq + 1)
      this.perform(p.time, p.thread, serial, p.seq, p.site, p.kind, p.flags, p.arg)
    }
    parked.splice(0, used)
    if (parked.length > 0) return
    object.parked = null
    this.withParked.delete(object)
  }
  /** Gaps that were open before the time will not close any more: what came after them has its turn. */
  giveUpGaps(before: number): void {
    for (const object of this.withParked) {
      while (object.parked !== null && object.parked[0]!.time < before) {
        const { seq, serial, time } = object.parked[0]!
        losses.gap(this.trace, this.process.id, seq - object.nextSeq)
        object.nextSeq = seq
        this.unpark(object, serial, time)
      }
    }
  }

  private perform(
    time: number,
    threadSerial: number,
    serial: number,
    seq: number,
    site: number,
    kind: number,
    flag: number,
    arg: number,
  ): void {
    const { trace } = this
    const thread = this.thread(threadSerial, time)
    switch (kind) {
      case eventKinds.acquire:
        return acquire(trace, thread, this.object(serial, kind), time, this.sources.site(site), flag, arg)
      case eventKinds.release:
        return release(trace, thread, this.object(serial, kind), time, seq, arg)
      case eventKinds.wait:
        return this.wait(thread, time, serial, site, flag & 255, arg)
      case eventKinds.wake:
        return this.wake(thread, time, serial, site, flag, arg)
      case eventKinds.put:
        return put(trace, thread, this.object(serial, kind), time, seq, arg)
      case eventKinds.get:
        return get(trace, thread, this.object(serial, kind), time, seq, arg)
      case eventKinds.new:
        return this.made(time, threadSerial, serial, seq, site, flag, arg)
      case eventKinds.notify:
      case eventKinds.set:
      case eventKinds.clear:
      case eventKinds.arrive:
      case eventKinds.broken:
      case eventKinds.taskDone:
        return this.object(serial, kind).addCause(seq, thread.lane.id, time)
      case eventKinds.refused:
      case eventKinds.lost: // counted in the file's header too
        return
      case eventKinds.threadStart: {
        const child = this.thread(serial, time)
        child.row.parent = thread.id
        child.startedLane = thread.lane.id
        child.startedAt = time
        return trace.changed(child.row.object)
      }
      case eventKinds.threadBegin:
        return this.begin(thread, time, arg)
      case eventKinds.threadEnd:
        return this.endThread(thread, time)
      default:
        losses.unknown(trace, this.process.id)
    }
  }

  // ── threads and objects ───────────────────────────────────────────────────────────────────────────────────────────
  thread(serial: number, time: number): ThreadState {
    return this.threads[serial] ?? this.addThread(serial, time)
  }
  private addThread(serial: number, time: number): ThreadState {
    const state = new ThreadState(this.trace.addThread(this.process.id, this.sources.threadName(serial), time))
    state.row.daemon = this.sources.isDaemon(serial)
    this.threads[serial] = state
    return state
  }
  private rename(serial: number): void {
    const thread = this.threads[serial]
    if (!thread) return
    thread.row.object.name = this.sources.threadName(serial)
    thread.row.daemon = this.sources.isDaemon(serial)
    this.trace.changed(thread.row.object)
  }
  private begin(thread: ThreadState, time: number, tid: number): void {
    const { row } = thread
    row.tid = tid
    if (!thread.begun) row.start = time
    thread.begun = true
    if (thread.startedLane > 0)
      this.trace.flow(flowKinds.start, thread.startedLane, thread.startedAt, thread.lane.id, time, thread.id)
    this.trace.changed(row.object)
  }
  private endThread(thread: ThreadState, time: number): void {
    thread.row.end = time
    while (thread.waits.length > 0) {
      losses.unmatched(this.trace, this.process.id, eventKinds.wake)
      endWait(this.trace, thread, time, 0, 1)
    }
    this.trace.changed(thread.row.object)
  }
  error(serial: number, text: string): void {
    const thread = this.thread(serial, this.last)
    thread.row.error = text
    this.trace.changed(thread.row.object)
  }

  /** The object; one that was not seen made is the forking process's, or gets a name by its kind. */
  private object(serial: number, event: number): ObjectState {
    return this.objects[serial] ?? this.addUnseen(serial, event)
  }
  private addUnseen(serial: number, event: number): ObjectState {
    const original = this.forkOf?.known(serial)?.row
    const kind = original?.kind ?? likelyKind[event] ?? objectKinds.lock
    const name = original?.name ?? this.sources.objectName(kind, serial, undefined, 0)
    const state = this.add(serial, kind, name)
    // a fork's child goes on with the parent's numbers
    state.nextSeq = 0
    if (original) {
      state.row.file = original.file
      state.row.line = original.line
      state.row.capacity = original.capacity
      state.row.internal = original.internal
    }
    return state
  }
  private known(serial: number): ObjectState | undefined {
    return this.objects[serial] ?? this.forkOf?.known(serial)
  }
  private add(serial: number, kind: ObjectKind, name: string): ObjectState {
    const state = new ObjectState(this.trace.addObject(this.process.id, kind, name))
    state.semaphore = isSemaphore(kind)
    return (this.objects[serial] = state)
  }
  private made(
    time: number,
    thread: number,
    serial: number,
    seq: number,
    site: number,
    flag: number,
    arg: number,
  ): void {
    const kind = (flag & 255) as ObjectKind
    const place = this.trace.sites[this.sources.site(site)]
    let row = null
    if (kind === objectKinds.thread) row = this.thread(serial, time).row.object
    else {
      const name = this.conditionName(kind, place, arg) ?? this.sources.objectName(kind, serial, place, thread)
      let state = this.objects[serial]
      if (state) state.row.name = name
      else state = this.add(serial, kind, name)
      if (seq > 0) state.nextSeq = Math.max(state.nextSeq, seq + 1)
      row = state.row
      row.kind = kind
      state.semaphore = isSemaphore(kind)
      if (kind !== objectKinds.condition) row.capacity = arg
    }
    row.created = time
    row.file = place?.file ?? ''
    row.line = place?.line ?? 0
    row.internal = (flag & flags.internal) !== 0
    this.trace.changed(row)
  }
  /** A condition made with a lock of its own on the same line has the name of the line, and the lock is its lock. */
  private conditionName(kind: ObjectKind, place: Site | undefined, lockSerial: number): string | null {
    const lock = kind === objectKinds.condition && place ? this.objects[lockSerial]?.row : undefined
    if (!lock || lock.file !== place!.file || lock.line !== place!.line || lock.name.endsWith("'s lock")) return null
    const { name } = lock
    if (/^R?Lock #/.test(name)) return null
    lock.name = `${name}'s lock`
    this.trace.changed(lock)
    return name
  }

  // ── waits ─────────────────────────────────────────────────────────────────────────────────────────────────────────
  private wait(thread: ThreadState, time: number, serial: number, site: number, reason: number, arg: number): void {
    const { trace } = this
    let object: ObjectState | null = null
    let id = 0
    let owner = arg
    if (reason === reasons.join) id = this.thread(serial, time).id
    else if (reason !== reasons.sleep) {
      object = this.object(serial, waitBase + reason)
      id = object.id
    }
    if (reason !== reasons.sleep) owner = arg > 0 ? this.thread(arg, time).id : 0
    beginWait(trace, thread, object, time, { reason, id, site: this.sources.site(site), owner })
  }

  private wake(thread: ThreadState, time: number, serial: number, site: number, flag: number, arg: number): void {
    const { waits } = thread
    let at = waits.length - 1
    // the innermost open wait ends first; if it is for something else, its end was not seen
    while (at >= 0 && !this.isFor(waits[at]!.openKind, waits[at]!.openObject, serial)) at--
    if (at < 0) return losses.unmatched(this.trace, this.process.id, eventKinds.wake)
    while (waits.length - 1 > at) {
      losses.unmatched(this.trace, this.process.id, eventKinds.wake)
      endWait(this.trace, thread, time, 0, 1)
    }
    const lane = waits[at]!
    const reason = lane.openKind
    const target = lane.openObject
    const object = thread.waitsFor[at]!
    endWait(this.trace, thread, time, flag & flags.hasStack ? this.sources.stack(site) : 0, 0)
    if ((flag & 255) !== outcomes.done) return
    if (reason === reasons.join) {
      const ended = this.trace.objects[target]!
      const end = ended.thread?.end ?? null
      if (end !== null) this.trace.flow(flowKinds.join, ended.lane!.id, end, thread.lane.id, time, target)
    } else if (object !== null && arg > 0) effect(this.trace, thread, object, time, reason, arg)
  }
  private isFor(reason: number, id: number, serial: number): boolean {
    if (reason === reasons.sleep) return serial === 0
    const state = reason === reasons.join ? this.threads[serial] : this.objects[serial]
    return state !== undefined && state.id === id
  }
  time(at: bigint): number {
    return (Number(at >> 32n) - this.baseHigh) * 4294967296 + (Number(at & 0xffffffffn) - this.baseLow)
  }

  // ── the end ───────────────────────────────────────────────────────────────────────────────────────────────────────
  /** What is still open ends at the time, marked as cut (a queue's depth was what it was until then). How much it was. */
  finish(time: number): number {
    this.giveUpGaps(Infinity)
    let open = 0
    for (const thread of this.threads) {
      if (!thread) continue
      for (; thread.waits.length > 0; open++) endWait(this.trace, thread, time, 0, 1)
      this.trace.changed(thread.row.object)
    }
    for (const object of this.objects) {
      for (let lane = object?.lane ?? null; lane !== null; lane = lane.next) {
        if (lane.openKind < 0) continue
        const cut = lane.kind === 'queue' ? 0 : 1
        open += cut
        this.trace.closeSlice(lane, time, 0, cut)
      }
    }
    return open
  }
}

const waitBase = 1000
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
  [waitBase + reasons.semaphore]: objectKinds.semaphore,
  [waitBase + reasons.condition]: objectKinds.condition,
  [waitBase + reasons.event]: objectKinds.event,
  [waitBase + reasons.barrier]: objectKinds.barrier,
  [waitBase + reasons.queueGet]: objectKinds.queue,
  [waitBase + reasons.queuePut]: objectKinds.queue,
  [waitBase + reasons.queueJoin]: objectKinds.queue,
}
