// Never joined: the interpreter ended and cut a daemon thread off in the middle of something.
//
//   printer (daemon)   get ▒▒▒▒▒ get ▒▒▒▒▒ get ▒▒✂          had taken an item and not come back for the next
//   MainThread         put put put put … end                and those still in the queue are lost too
//
// Most daemon threads are made to be cut off: one that waits for work, sleeps or beats then is as it should be. Told only
// with proof, when the process ended by itself: it held a lock of the program; or it serves a queue (got three items or
// more), and either some are still in it (an idle one would have taken them) or the last get is no longer ago than three
// of its usual rounds and it has not come back to the queue since.
import { flowKinds, reasons, sliceKinds } from '../../wire/kinds.ts'
import { atSite, fullName, nameOf } from '../query/names.ts'
import { columnsIn } from '../query/read.ts'
import { duration, list, many } from '../query/words.ts'
import type { ThreadRow } from '../store/model.ts'
import { flowsTo, lanesOf, sliceBefore, type SliceRow } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { alike, type Told } from './alike.ts'
import { slicesSql } from './proof.ts'
import type { Found, Rule, Scene } from './rule.ts'
import { isCutOff } from './unfinished.ts'

/** gets of one thread that are looked at, and in what time before the end */
const mostGets = 20_000
const lately = 10e9
/** waits in which it is in the middle of something */
const atWork = new Set<number>([reasons.sleep, reasons.io, reasons.gil, reasons.device])

export const neverJoined: Rule = {
  name: 'never-joined',
  why: 'When the main thread ends, daemon threads are stopped wherever they are: half-written files, items that nobody has worked on, and no finally runs.',
  tryThis:
    'Tell the thread to stop (a None in its queue, an Event), and join it before the program ends; queue.join() waits until all items are done.',
  live: false,
  look: (scene) =>
    alike(scene.trace.threads.flatMap((thread) => (isCutOff(scene.trace, thread) ? tell(scene, thread) : []))),
}

function tell({ trace, unfinished }: Scene, thread: ThreadRow): Told[] {
  const { id, process } = thread.object
  const who = nameOf(trace, id)
  const end = trace.processes[process]!.end ?? trace.end
  const last = sliceBefore(trace, thread.object.lane!, Infinity)
  // who waits is idle, or stuck: that is the deadlock's to tell
  if (last?.cut && !atWork.has(last.kind)) return []
  const held = (unfinished.heldBy.get(id) ?? []).filter((h) => !trace.objects[h.object]!.internal)
  const item = itemInHand(trace, thread, end)
  if (!held.length && !item) return []
  const parts = held.map(
    ({ object, slice }) =>
      `it held ${fullName(trace, object)}${atSite(trace, slice.site)}, since ${duration(slice.dur)}`,
  )
  if (item) {
    const left = item.left ? `; ${many(item.left, 'other')} ${item.left === 1 ? 'was' : 'were'} still in the queue` : ''
    parts.push(
      `it had got an item from ${fullName(trace, item.queue)} ${duration(end - item.time)} before and had not come back for the next${left}`,
    )
  }
  const evidence = [
    ...held.map(({ slice }) => ({ lane: slice.lane, time: slice.start, dur: slice.dur })),
    ...(item?.depth ? [{ lane: item.depth.lane, time: item.depth.start, dur: item.depth.dur }] : []),
  ]
  const found: Found = {
    subject: who,
    sentence: `${who}, a daemon thread, was cut off when its process ended: ${list(parts)}.`,
    weight: item && !item.left && !held.length ? 0.4 : 0.6,
    evidence: evidence.length ? evidence : [{ lane: thread.object.lane!.id, time: item!.time, dur: end - item!.time }],
    sql: evidence.length ? slicesSql(evidence) : gotSql(id),
  }
  return [{ key: process, name: who, found }]
}

interface Item {
  queue: number
  /** ns: when it got it */
  time: number
  /** items still in the queue */
  left: number
  depth: SliceRow | null
}

/** The item that the thread was at work on. */
function itemInHand(trace: Trace, thread: ThreadRow, end: number): Item | null {
  const from = Math.max(thread.start, end - lately)
  const gets = flowsTo(trace, thread.object.lane!.id, from, end, mostGets).filter(
    (f) => f.kind === flowKinds.handoff && trace.objects[f.object]?.internal === false,
  )
  const last = gets.at(-1)
  if (!last || gets.length === mostGets) return null
  const own = gets.filter((f) => f.object === last.object).map((f) => f.toTime)
  if (own.length < 3) return null
  if (cameBack(trace, thread, last.object, last.toTime)) return null
  const [depth] = lanesOf(trace.objects[last.object]!.lane).flatMap((lane) => sliceBefore(trace, lane, Infinity) ?? [])
  const left = depth?.kind === sliceKinds.depth ? depth.arg : 0
  const round = (own.at(-1)! - own[0]!) / (own.length - 1)
  if (!left && end - last.toTime > 3 * round) return null
  return { queue: last.object, time: last.toTime, left, depth: left ? depth! : null }
}
/** It has waited for the queue, or tried it, after it got its last item. */
function cameBack(trace: Trace, { object }: ThreadRow, queue: number, since: number): boolean {
  const tried = (trace.objects[queue]!.incidents ?? []).some(
    (i) => i.what === 'refused' && i.actor === object.id && i.last > since,
  )
  if (tried) return true
  for (const [c, first, last] of columnsIn(trace, object.lane!, since, Infinity))
    for (let i = first; i < last; i++)
      if (c.start[i]! > since && c.kind[i] === reasons.queueGet && c.object[i] === queue) return true
  return false
}

const gotSql = (thread: number): string => `\
SELECT q.name AS queue, count(*) AS items, max(f.to_time) / 1e6 AS last_got_ms,
       (SELECT p."end" / 1e6 FROM object t JOIN process p ON p.id = t.process WHERE t.id = ${thread}) AS ended_ms
FROM flow f JOIN lane l ON l.id = f.to_lane AND l.object = ${thread} JOIN object q ON q.id = f.object
WHERE f.kind = ${flowKinds.handoff} GROUP BY f.object`
