// The events of one process, in order of time, become what its actors and objects did: legal states, slices and flows.
//
//   record → its turn (seq) → actor and object → wait · hold · depth → slices on lanes, flows between them
//
// A record whose seq is ahead of its object's turn is parked on the object until the gap closes. What cannot follow from
// what was seen is counted (losses.ts), never invented.
import {
  complaints,
  eventKinds,
  flags,
  flowKinds,
  objectKinds,
  outcomes,
  reasons,
  sliceOutcomes,
  type Incident,
  type ObjectKind,
} from '../../wire/kinds.ts'
import { closings } from '../../wire/operations.ts'
import type { ObjectRow, ProcessRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { Actors } from './actors.ts'
import { accessesEnd, between } from './between.ts'
import { brokenBy, sendIsTaken } from './channels.ts'
import { exited } from './children.ts'
import { wokenByCommand } from './commands.ts'
import { notify } from './conditions.ts'
import { devices, hasNoActor, isOfBefore } from './devices.ts'
import { gilToo, settleGil, takeGil, waitForGil } from './gil.ts'
import { acquire, release } from './holds.ts'
import { awaitsToo, cancel, ready, step, stepOver, waitForLoop } from './loops.ts'
import { losses } from './losses.ts'
import type { ObjectState, Parked, ThreadState } from './object-state.ts'
import { Objects, waitBase } from './objects.ts'
import { unpark } from './parked.ts'
import { get, put } from './queues.ts'
import type { Run } from './run.ts'
import type { Sources } from './sources.ts'
import { beginWait, effect, endsWait, endWait, isReason, outcomeOf, whereItWaits } from './waits.ts'

export class States {
  readonly run: Run
  readonly trace: Trace
  readonly process: ProcessRow
  readonly sources: Sources
  readonly actors: Actors
  readonly objects: Objects
  private readonly baseLow: number
  private readonly baseHigh: number
  /** the event loop that stepped last: of tasks that have not had a step */
  private loop: ObjectState | null = null
  /** time of the last event */
  last = 0

  /** `forkOf`: of the process that forked this one */
  constructor(run: Run, process: ProcessRow, sources: Sources, forkOf: States | null) {
    this.run = run
    this.trace = run.trace
    this.process = process
    this.sources = sources
    this.actors = new Actors(run, process, sources, forkOf?.actors ?? null)
    this.objects = new Objects(run, process, sources, forkOf?.objects ?? null)
    this.baseLow = Number(run.base & 0xffffffffn)
    this.baseHigh = Number(run.base >> 32n)
    this.last = process.start
  }

  /** Records [from, to) of a chunk. */
  apply(words: Uint32Array, halves: Uint16Array, from: number, to: number): void {
    const { baseLow, baseHigh } = this
    const objects = this.objects.list
    const threads = this.actors.list
    for (let i = from; i < to; i++) {
      const w = i * 8
      const time = (words[w + 1]! - baseHigh) * 4294967296 + (words[w]! - baseLow)
      if (time > this.last) this.last = time
      const seq = words[w + 4]!
      const kind = halves[i * 16 + 12]!
      const flag = halves[i * 16 + 13]!
      // nearly every event is this: an acquire or release, in turn, of what is known
      if (kind === eventKinds.acquire || kind === eventKinds.release) {
        const object = objects[words[w + 3]!]
        const thread = threads[words[w + 2]!]
        if (object !== undefined && thread !== undefined && object.nextSeq === seq && isPlain(object, thread)) {
          object.nextSeq = seq + 1
          if (kind === eventKinds.release) release(this.trace, thread, object, time, seq, words[w + 7]!)
          else acquire(this.trace, thread, object, time, this.sources.site(words[w + 5]!), flag, words[w + 7]!)
          continue
        }
      }
      // objects are numbered, and settle their order; what happens to a thread is in order as it is
      if (seq === 0 || kind < eventKinds.acquire || (kind >= eventKinds.gilWait && kind !== eventKinds.unlink))
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
    const object = this.objects.get(serial, kind)
    if (seq === object.nextSeq || object.nextSeq === 0) {
      object.nextSeq = seq + 1
      this.perform(time, thread, serial, seq, site, kind, flag, arg)
      if (object.parked !== null) unpark(object, time, this.run)
      return
    }
    if (seq < object.nextSeq) {
      losses.late(this.trace, this.process.id)
      return this.perform(time, thread, serial, seq, site, kind, flag, arg)
    }
    const parked = (object.parked ??= [])
    const record: Parked = { of: this, time, thread, serial, seq, site, kind, flags: flag, arg }
    let at = parked.length
    while (at > 0 && parked[at - 1]!.seq > seq) at--
    parked.splice(at, 0, record)
    this.run.withParked.add(object)
  }
  perform(
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
    if (flag & flags.gil && gilToo(kind)) this.perform(time, threadSerial, 0, 0, 0, gilToo(kind), 0, 0)
    if (hasNoActor(kind, flag)) return void devices(this, null, time, serial, seq, site, kind, flag, arg)
    const thread = this.actors.get(threadSerial, time)
    if (kind === eventKinds.wake && (flag & 255) === outcomes.raised) this.run.breaksOff(thread, time)
    const since = endsWait(kind, flag) ? this.endsNow(thread, serial, kind, thread.gilTo >= 0 ? 2 : 1) : -1
    if (thread.gilTo >= 0 && !isOfBefore(kind)) {
      // the stack of a wake goes with the wait that it ends
      const stack = kind === eventKinds.wake && flag & flags.hasStack ? this.sources.stack(site) : 0
      const over = kind === eventKinds.wake ? this.isOuter(thread, serial) : since >= 0
      if (settleGil(trace, thread, over, stack, outcomeOf(flag)) && kind === eventKinds.wake)
        return this.woken(thread, time, serial, flag, arg)
    } else if (since >= 0) endWait(trace, thread, time, 0, kind === eventKinds.leave ? outcomeOf(flag) : outcomes.done)
    switch (kind) {
      case eventKinds.acquire:
        return acquire(trace, thread, this.objects.get(serial, kind), time, this.sources.site(site), flag, arg)
      case eventKinds.release:
        return release(trace, thread, this.objects.get(serial, kind), time, seq, arg)
      case eventKinds.wait:
        return this.wait(thread, time, serial, site, flag, arg)
      case eventKinds.wake:
        return this.wake(thread, time, serial, site, flag, arg)
      case eventKinds.put:
        return put(trace, thread, this.objects.get(serial, kind), time, seq, arg)
      case eventKinds.get:
        return get(trace, thread, this.objects.get(serial, kind), time, seq, arg)
      case eventKinds.new:
        return this.made(time, threadSerial, serial, seq, site, flag, arg)
      case eventKinds.notify:
        return notify(trace, thread, this.objects.get(serial, kind), time, {
          seq,
          site: this.sources.site(site),
          waiters: arg,
        })
      case eventKinds.set:
      case eventKinds.clear:
      case eventKinds.arrive:
      case eventKinds.taskDone:
        return this.objects.get(serial, kind).addCause(seq, thread.lane.id, time)
      case eventKinds.broken: {
        const object = this.objects.get(serial, kind)
        object.addCause(seq, thread.lane.id, time)
        if (flag & 255) this.incident(closingOf(flag), object.row, thread, site, time)
        return
      }
      case eventKinds.refused:
        return this.incident('refused', this.objects.get(serial, kind).row, thread, site, time)
      case eventKinds.unlink:
      case eventKinds.lost: // counted in the file's header too
        return
      case eventKinds.threadStart:
        return this.actors.start(thread, serial, time, (flag & flags.internal) !== 0)
      case eventKinds.threadBegin:
        return this.actors.begin(thread, time, arg)
      case eventKinds.threadEnd:
        return this.actors.end(thread, time, flag & 255)
      case eventKinds.gilWait:
        return waitForGil(trace, thread, this.objects.gil(), time)
      case eventKinds.gilTake:
        return takeGil(trace, thread, this.objects.gil(), time, flag)
      case eventKinds.gilDrop:
        return release(trace, thread, this.objects.gil(), time, 0, 0)
      case eventKinds.step:
        this.loop = this.objects.get(serial, kind)
        return step(trace, thread, this.loop, time, this.sources.site(site))
      case eventKinds.suspend:
        return this.suspend(thread, time, serial, site, flag, arg)
      case eventKinds.ready:
        return ready(trace, thread, thread.loop ?? this.loop, time, {
          by: serial ? this.actors.get(serial, time) : null,
          overdue: arg,
        })
      case eventKinds.awaits:
        return awaitsToo(trace, thread, this.actors.get(serial, time), time, this.sources.site(site))
      case eventKinds.cancel:
        this.run.breaksOff(this.actors.get(serial, time), time)
        return cancel(trace, thread, this.actors.get(serial, time), time, this.sources.site(site))
      case eventKinds.uncancel:
        return this.incident('uncancelled', thread.row.object, thread, site, time)
      case eventKinds.complaint:
        return this.incident(complaintOf(flag), this.actors.get(serial, time).row.object, thread, site, time)
      case eventKinds.unawaited:
        return this.incident('unawaited', thread.row.object, thread, site, time)
      case eventKinds.childStart: {
        const from = { lane: thread.lane.id, time }
        const child = this.run.children.start(
          this.process,
          serial,
          from,
          arg,
          this.sources.givenName(serial),
          flag & 255,
        )
        child.internal = (flag & flags.internal) !== 0
        return
      }
      case eventKinds.childEnd:
        return this.run.children.end(this.process, serial, time, arg, flag)
      default:
        if (between(this, thread, time, serial, seq, site, kind, flag, arg, since)) return
        if (!devices(this, thread, time, serial, seq, site, kind, flag, arg)) losses.unknown(trace, this.process.id)
    }
  }

  private incident(what: Incident, at: ObjectRow, actor: ThreadState, site: number, time: number): void {
    this.trace.incident(what, at, actor.id, this.sources.site(site), time)
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
    const internal = (flag & flags.internal) !== 0
    const { sources, trace } = this
    const place = trace.sites[sources.site(site)]
    let row = null
    if (kind === objectKinds.task)
      row = this.actors.madeTask(serial, time, place, trace.sites[sources.site(arg)]).row.object
    else row = this.objects.made(time, thread, serial, seq, kind, place, arg, internal)
    if (row === null) return
    row.internal = internal
    if (kind === objectKinds.loop) this.actors.runs(thread, row, time)
    trace.changed(row)
  }

  // ── waits ─────────────────────────────────────────────────────────────────────────────────────────────────────────
  private wait(thread: ThreadState, time: number, serial: number, place: number, flag: number, arg: number): void {
    const reason = flag & 255
    if (!isReason(reason)) return losses.unknown(this.trace, this.process.id)
    const { object, id } = this.waitedFor(serial, time, reason)
    const owner = reason === reasons.sleep ? arg : arg > 0 ? this.actors.get(arg, time).id : 0
    beginWait(this.trace, thread, object, time, {
      reason,
      id,
      owner,
      ...whereItWaits(this.trace, this.sources, place, flag),
    })
  }
  /** What a wait is for: an actor or a process, which nobody holds, or an object; its number in the trace, 0 = none. */
  private waitedFor(serial: number, time: number, reason: number): { object: ObjectState | null; id: number } {
    if (serial === 0) return { object: null, id: 0 }
    if (reason === reasons.join || reason === reasons.task)
      return { object: null, id: this.actors.get(serial, time).id }
    if (reason === reasons.process)
      return { object: null, id: this.run.children.get(this.process, serial)?.object.id ?? 0 }
    const object = this.objects.get(serial, waitBase + reason)
    return { object, id: object.id }
  }

  private wake(thread: ThreadState, time: number, serial: number, site: number, flag: number, arg: number): void {
    const { waits } = thread
    let at = waits.length - 1
    // the innermost open wait ends first; if it is for something else, its end was not seen
    while (at >= 0 && !this.isFor(waits[at]!.openKind, waits[at]!.openObject, serial)) at--
    if (at < 0) return losses.unmatched(this.trace, this.process.id, eventKinds.wake)
    while (waits.length - 1 > at) {
      losses.unmatched(this.trace, this.process.id, eventKinds.wake)
      endWait(this.trace, thread, time, 0, sliceOutcomes.cut)
    }
    if (serial > 0 && waits[at]!.openObject === 0) this.nowKnown(thread, at, serial)
    this.ending(thread, at)
    endWait(this.trace, thread, time, flag & flags.hasStack ? this.sources.stack(site) : 0, outcomeOf(flag))
    this.woken(thread, time, serial, flag, arg)
  }
  /** It waited for commands of several streams: now it is known which of them was the last. */
  private nowKnown(thread: ThreadState, at: number, serial: number): void {
    const object = this.objects.get(serial, waitBase + reasons.device)
    thread.waits[at]!.openObject = object.id
    thread.waitsFor[at] = object
  }
  private isOuter(thread: ThreadState, serial: number): boolean {
    const at = thread.waits.length - 2
    const lane = thread.waits[at]
    if (lane === undefined || !this.isFor(lane.openKind, lane.openObject, serial)) return false
    this.ending(thread, at)
    return true
  }
  /** A message or a collective ends the wait at so many from the innermost: since when it is; −1: there is none for it. */
  private endsNow({ waits }: ThreadState, serial: number, kind: number, depth: number): number {
    const lane = waits[waits.length - depth]
    if (lane === undefined || lane.openKind !== (kind === eventKinds.leave ? reasons.collective : reasons.message))
      return -1
    if (kind === eventKinds.leave && lane.openObject !== this.objects.get(serial, kind).id) return -1
    // from whom, or with which tag it would come was not known when it began
    lane.openObject = this.objects.get(serial, kind).id
    return lane.openStart
  }
  /** The wait at this depth is about to end: what it was, for its arrow. */
  private ending(thread: ThreadState, at: number): void {
    const lane = thread.waits[at]!
    this.over.reason = lane.openKind
    this.over.target = lane.openObject
    this.over.object = thread.waitsFor[at]!
  }
  private readonly over: { reason: number; target: number; object: ObjectState | null } = {
    reason: 0,
    target: 0,
    object: null,
  }
  private woken(thread: ThreadState, time: number, serial: number, flag: number, arg: number): void {
    const { trace } = this
    const { reason, target, object } = this.over
    if ((flag & 255) === outcomes.raised && object !== null && arg > 0) brokenBy(trace, thread, object, time, arg)
    if ((flag & 255) !== outcomes.done) return
    if (reason === reasons.join) {
      const ended = trace.objects[target]
      const end = ended?.thread?.end ?? null
      if (end !== null) trace.flow(flowKinds.join, ended!.lane!.id, end, thread.lane.id, time, target)
    } else if (reason === reasons.process) {
      const child = this.run.children.get(this.process, serial)
      if (child) exited(trace, child, thread, time, target)
    } else if (reason === reasons.send) {
      sendIsTaken(trace, thread, target, time)
    } else if (reason === reasons.future) {
      if (arg > 0) trace.flow(flowKinds.result, this.actors.get(arg, time).lane.id, time, thread.lane.id, time, target)
    } else if (reason === reasons.device) {
      if (object !== null && arg > 0) wokenByCommand(trace, thread, object, time, arg)
    } else if (reason === reasons.collective) {
      if (object !== null && arg > 0) accessesEnd(this.run, trace, thread, object, time)
    } else if (object !== null && arg > 0) effect(trace, thread, object, time, reason, arg)
  }
  private isFor(reason: number, id: number, serial: number): boolean {
    if (serial === 0) return id === 0
    if (reason === reasons.device && id === 0) return true
    if (reason === reasons.process) return this.run.children.get(this.process, serial)?.object.id === id
    const isActor = reason === reasons.join || reason === reasons.task
    const state = isActor ? this.actors.list[serial] : this.objects.list[serial]
    return state !== undefined && state.id === id
  }
  private suspend(actor: ThreadState, time: number, serial: number, place: number, flag: number, arg: number): void {
    const reason = flag & 255
    stepOver(this.trace, actor, time)
    if (reason === 0) return
    if (!isReason(reason)) return losses.unknown(this.trace, this.process.id)
    if (reason === reasons.loop) return waitForLoop(this.trace, actor, actor.loop, time, this.sources.site(place))
    const { object, id } = this.waitedFor(serial, time, reason)
    const owner = reason === reasons.sleep ? arg : 0
    beginWait(this.trace, actor, object, time, {
      reason,
      id,
      owner,
      ...whereItWaits(this.trace, this.sources, place, flag),
    })
  }

  // ── the end ───────────────────────────────────────────────────────────────────────────────────────────────────────
  /** What is still open ends at the time, marked as cut. How much it was. */
  finish(time: number): number {
    for (const thread of this.actors.list)
      if (thread && thread.gilTo >= 0) settleGil(this.trace, thread, false, 0, outcomes.done)
    return this.actors.finish(time) + this.objects.finish(time)
  }
}

/** Nothing of the object waits for its turn, nothing of the thread is to be settled first. */
const isPlain = (object: ObjectState, thread: ThreadState): boolean => object.parked === null && thread.gilTo < 0
const complaintOf = (flag: number) =>
  flag & complaints.destroyedPending ? 'destroyedPending' : 'exceptionNeverRetrieved'
const closingOf = (flag: number) => ((flag & 255) === closings.retired ? 'retired' : 'poisoned')
