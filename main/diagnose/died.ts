// Died: an exception that nobody caught ended a thread, and others waited for it in vain.
//
//   worker       get ▒▒ ✕ KeyError            the exception is printed and forgotten: join() does not raise it
//   MainThread       results.get() ·········  for ever, or until its timeout
//
// An exception alone is printed by Python itself. It is told when somebody waited in vain after it, with proof that it
// was for this thread: the queue is one that it had put into or got from; or nobody was left who could have ended the
// wait: all other threads of the process had ended or waited for ever too. It is told, too, when nobody waited but a queue
// that it got from has kept items to the end, and nobody took one since. A lock that it kept is never-released's.
import { flowKinds, reasons } from '../../wire/kinds.ts'
import { atSite, fullName, nameOf } from '../query/names.ts'
import { duration, list, many } from '../query/words.ts'
import type { ThreadRow } from '../store/model.ts'
import type { FlowRow } from '../store/flows.ts'
import { columnsIn } from '../query/read.ts'
import { flowsFrom, flowsTo } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { alike, type Told } from './alike.ts'
import { LinesWaited } from './line-waits.ts'
import { slicesSql } from './proof.ts'
import type { Found, Rule, Scene } from './rule.ts'

const still = 0.5e9
const mostFlows = 1000
const signs = new Set<number>([
  ...[reasons.queueGet, reasons.queuePut, reasons.queueJoin],
  ...[reasons.event, reasons.condition, reasons.barrier],
])

export const died: Rule = {
  name: 'died',
  why: 'An exception ends only its own thread: the others do not hear of it, and wait for what it would have done.',
  tryThis:
    'Catch it in the thread and pass it on (put it into the queue, set the Event in a finally), or run the work in a ThreadPoolExecutor, whose result() raises it.',
  tallies: [LinesWaited],
  look(scene) {
    const processes = new Map<number, InProcess>()
    const inProcess = (id: number): InProcess => {
      let of = processes.get(id)
      if (!of) processes.set(id, (of = { vain: waitedInVain(scene, id), busyUntil: busyUntil(scene, id) }))
      return of
    }
    return alike(scene.trace.threads.flatMap((thread) => tell(scene, thread, inProcess)))
  },
}

interface Victim {
  actor: number
  object: number
  site: number
  lane: number
  time: number
  dur: number
  forEver: boolean
}

/** What is the same for all that died there. */
interface InProcess {
  /** object → waits for it that nobody ended */
  vain: Map<number, Victim[]>
  /** ends of the threads that do not wait for ever, the last first */
  busyUntil: number[]
}

function tell(scene: Scene, thread: ThreadRow, inProcess: (id: number) => InProcess): Told[] {
  const { trace } = scene
  const { error, end, object } = thread
  if (!error || end === null || object.thread !== thread || object.lane?.kind !== 'thread') return []
  const { vain, busyUntil } = inProcess(object.process)
  const own = handled(trace, thread)
  // every other thread had ended by then or waits for ever, but one that gave up
  const alone = !(busyUntil[1]! > end)
  const victims = [...(alone ? vain.keys() : own)]
    .flatMap((id) => vain.get(id) ?? [])
    .filter((v) => v.actor !== object.id && isBeyond(v, end) && (alone || !isServed(trace, v, end)))
  if (!victims.length) return tellLeft(scene, thread, own)
  victims.sort((a, b) => b.dur - a.dur)
  const told = victims.map(
    (v) =>
      `${nameOf(trace, v.actor)} waited ${duration(v.dur)} for ${fullName(trace, v.object)}${atSite(trace, v.site)}${v.forEver ? ' without end' : ' until its timeout'}`,
  )
  const evidence = victims.map(({ lane, time, dur }) => ({ lane, time, dur }))
  const found: Found = {
    subject: nameOf(trace, object.id),
    sentence: `${nameOf(trace, object.id)} died ${duration(end - thread.start)} after its start by ${error.replace(/[.\s]+$/, '')}, and nobody was told: ${list(told)}.`,
    weight: victims.some((v) => v.forEver) ? 0.97 : 0.85,
    evidence,
    sql: slicesSql(evidence),
  }
  // several that died had the same to do
  return [{ key: `${error} ${victims[0]!.lane} ${victims[0]!.time}`, name: nameOf(trace, object.id), found }]
}

/** Items in its queues that nobody took any more, at an orderly end: before it somebody may still come. */
function tellLeft({ trace }: Scene, { object, start, end, error }: ThreadRow, own: ReadonlySet<number>): Told[] {
  if (trace.processes[object.process]!.ended !== 'clean') return []
  const left = [...own].flatMap((id) => itemsLeft(trace, id, object.lane!.id, end!))
  if (!left.length) return []
  const name = nameOf(trace, object.id)
  const evidence = left.map(({ lane, time, dur }) => ({ lane, time, dur }))
  const found: Found = {
    subject: name,
    sentence: `${name} died ${duration(end! - start)} after its start by ${error!.replace(/[.\s]+$/, '')}, and nobody took over: ${list(left.map(({ id, items }) => `${many(items, 'item')} stayed in ${fullName(trace, id)}`))}.`,
    weight: 0.8,
    evidence,
    sql: slicesSql(evidence),
  }
  return [{ key: `${error} ${left[0]!.id}`, name, found }]
}
function itemsLeft(trace: Trace, id: number, thread: number, death: number) {
  const { lane, internal } = trace.objects[id]!
  const got = flowsTo(trace, thread, 0, death, mostFlows).some((f) => f.kind === flowKinds.handoff && f.object === id)
  if (!lane || internal || !got) return []
  let items = -1
  let last = { lane: lane.id, time: death, dur: 0 }
  for (const [{ arg, start, dur }, first, end] of columnsIn(trace, lane, death, Infinity))
    for (let i = first; i < end; i++) {
      if (arg[i]! < items) return []
      items = arg[i]!
      last = { lane: lane.id, time: start[i]!, dur: dur[i]! }
    }
  return items > 0 ? [{ id, items, ...last }] : []
}

const isBeyond = ({ time, dur, forEver }: Victim, death: number): boolean =>
  forEver ? time + dur > Math.max(time, death) + still : time + dur > death

/** Waits of the process that nobody ended, by what they were for. */
function waitedInVain({ trace, unfinished, tally }: Scene, process: number): Map<number, Victim[]> {
  const vain = new Map<number, Victim[]>()
  const add = (victim: Victim) => {
    const of = vain.get(victim.object)
    if (of) of.push(victim)
    else vain.set(victim.object, [victim])
  }
  const counts = (kind: number, object: number, actor: number) =>
    signs.has(kind) && object > 0 && trace.objects[actor]!.process === process && !trace.objects[object]!.internal
  // at an orderly end only daemon threads still wait, as they should
  if (trace.live || trace.processes[process]!.ended === 'cut')
    for (const { thread: actor, slice: s } of unfinished.waits.values())
      if (counts(s.kind, s.object, actor))
        add({ actor, object: s.object, site: s.site, lane: s.lane, time: s.start, dur: s.dur, forEver: true })
  for (const [actor, lines] of tally(LinesWaited).all)
    for (const { kind, object, site, gaveUp, longest } of lines)
      if (gaveUp > 0 && counts(kind, object, actor)) add({ actor, object, site, ...longest, forEver: false })
  return vain
}

/** Queues that it had put into or got from. */
function handled(trace: Trace, { object, start, end }: ThreadRow): Set<number> {
  const lane = object.lane!.id
  const flows = [...flowsFrom(trace, lane, start, end!, mostFlows), ...flowsTo(trace, lane, start, end!, mostFlows)]
  return new Set(flows.filter((f) => f.kind === flowKinds.handoff).map((f) => f.object))
}

/** Somebody else puts into the queue, or takes from it, since then. */
function isServed(trace: Trace, { lane, object }: Victim, death: number): boolean {
  const actor = (trace.lanes[lane]!.parent ?? trace.lanes[lane]!).id
  const through = (f: FlowRow) => f.kind === flowKinds.handoff && f.object === object
  return (
    flowsTo(trace, actor, death, Infinity, mostFlows).some((f) => through(f) && f.fromTime > death) ||
    flowsFrom(trace, actor, 0, Infinity, mostFlows).some((f) => through(f) && f.toTime > death)
  )
}

function busyUntil({ trace, unfinished }: Scene, process: number): number[] {
  const threads = trace.threads.filter(
    (t) => t.object.process === process && t.object.lane!.kind === 'thread' && !unfinished.waits.has(t.object.id),
  )
  return threads.map((t) => t.end ?? Infinity).sort((a, b) => b - a)
}
