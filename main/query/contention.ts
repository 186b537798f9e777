// Locks, semaphores, queues, the GIL, event loops, pools and streams of devices ranked by the time that threads, tasks and
// jobs waited for them, and who held them meanwhile: a stream those commands that it ran.
//
//   waits   ──▒▒▒▒▒▒▒▒──          waited while held by a: 3, by b: 5; two waiters at once count twice,
//   holds   ──aaa  bbbbb─         two holders at once (a semaphore) share what was waited
//
// Of the whole the answer is what ingest has added up, and the waits that are not over. In an area it is counted from the
// slices themselves, clipped to it. Waits for a signal (condition, event, barrier, join) are no contention.
import type { Contention } from '../../wire/api.ts'
import { objectKinds } from '../../wire/kinds.ts'
import { kindName, type ObjectRow } from '../store/model.ts'
import { lanesOf, openSlice } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { blameOf, Spans } from './blame.ts'
import { madeAt, nameOf, siteName } from './names.ts'
import { openWaits, type OpenWait } from './open-waits.ts'
import { isWait } from './holders.ts'
import { columnsIn } from './read.ts'
import { isWork, workName } from './stream-rows.ts'

const most = 500
const mostHolders = 20

export const contended = (o: ObjectRow): boolean =>
  !o.internal &&
  (o.kind === objectKinds.lock ||
    o.kind === objectKinds.rlock ||
    o.kind === objectKinds.semaphore ||
    o.kind === objectKinds.boundedSemaphore ||
    (o.kind >= objectKinds.queue && o.kind <= objectKinds.simpleQueue) ||
    o.kind === objectKinds.gil ||
    o.kind === objectKinds.loop ||
    o.kind === objectKinds.pool ||
    o.kind === objectKinds.stream)

/** Waits for one object, added up. */
interface Waits {
  object: ObjectRow
  total: number
  count: number
  longest: number
  longestLane: number
  longestAt: number
  /** ns by holder and line */
  holders: Map<string, { thread: number; site: number; dur: number }>
}

export function contention(
  trace: Trace,
  area: { from?: number | undefined; to?: number | undefined } = {},
): Contention[] {
  const { from = 0, to = trace.end } = area
  const waits = from <= 0 && to >= trace.end ? addedUp(trace) : within(trace, from, to)
  return [...waits]
    .sort((a, b) => b.total - a.total || a.object.id - b.object.id)
    .slice(0, most)
    .map((w) => ({
      object: w.object.id,
      lane: w.object.lane?.id ?? null,
      name: nameOf(trace, w.object.id),
      kind: kindName(w.object.kind),
      site: madeAt(trace, w.object.id),
      total: w.total,
      count: w.count,
      longest: w.longest,
      mean: w.count ? w.total / w.count : 0,
      longestAt: { lane: w.longestLane, time: w.longestAt },
      holders: [...w.holders.values()]
        .sort((a, b) => b.dur - a.dur)
        .slice(0, mostHolders)
        .map(({ thread, site, dur }) => ({
          thread: isWork(thread) ? workName(trace, thread) : nameOf(trace, thread),
          site: siteName(trace, site),
          dur,
        })),
    }))
}

function add(w: Waits, dur: number, lane: number, time: number): void {
  w.total += dur
  w.count++
  if (dur >= w.longest) {
    w.longest = dur
    w.longestLane = lane
    w.longestAt = time
  }
}
function blame(w: Waits, thread: number, site: number, dur: number): void {
  const key = `${thread} ${site}`
  const share = w.holders.get(key)
  if (share) share.dur += dur
  else w.holders.set(key, { thread, site, dur })
}

function addedUp(trace: Trace): Iterable<Waits> {
  const waits = new Map<number, Waits>()
  for (const object of trace.objects) {
    if (!object || !(object.count || object.blame) || !contended(object)) continue
    const { total, count, longest, longestLane, longestAt } = object
    const w: Waits = { object, total, count, longest, longestLane, longestAt, holders: new Map() }
    for (const b of object.blame ?? []) blame(w, b.holder, b.holderSite, b.dur)
    waits.set(object.id, w)
  }
  for (const [id, now] of byObject(openWaits(trace))) {
    const object = trace.objects[id]
    if (!object || !contended(object)) continue
    const w = waits.get(id) ?? nothing(object)
    waits.set(id, w)
    for (const { dur, lane, start } of now) add(w, dur, lane.id, start)
    // ingest has shared out the time up to the object's last event: at the earliest, when the last of them came
    const holds = lanesOf(object.lane)
      .flatMap((lane) => openSlice(trace, lane) ?? [])
      .filter((s) => s.object > 0)
    const since = Math.max(...now.map((wait) => wait.start), ...holds.map((hold) => hold.start))
    for (const hold of holds)
      blame(w, hold.object, hold.site, (Math.max(0, trace.end - since) * now.length) / holds.length)
  }
  if (!trace.live) for (const [id, holders] of ranMeanwhile(trace)) waits.get(id)!.holders = holders
  return waits.values()
}
const ran = new WeakMap<Trace, Map<number, Waits['holders']>>()
/** What streams ran while they were waited for: ingest does not add that up. Read once, when the recording is over. */
function ranMeanwhile(trace: Trace): Map<number, Waits['holders']> {
  let known = ran.get(trace)
  if (!known) {
    const isStream = (o: ObjectRow) => o.kind === objectKinds.stream && o.count > 0
    const waits = trace.objects.some((o) => o && isStream(o)) ? within(trace, 0, trace.end, isStream) : []
    ran.set(trace, (known = new Map([...waits].map((w) => [w.object.id, w.holders]))))
  }
  return known
}
function byObject(waits: readonly OpenWait[]): Map<number, OpenWait[]> {
  const groups = new Map<number, OpenWait[]>()
  for (const wait of waits) {
    const group = groups.get(wait.object)
    if (group) group.push(wait)
    else groups.set(wait.object, [wait])
  }
  return groups
}
const nothing = (object: ObjectRow): Waits => ({
  object,
  total: 0,
  count: 0,
  longest: 0,
  longestLane: 0,
  longestAt: 0,
  holders: new Map(),
})

function within(
  trace: Trace,
  from: number,
  to: number,
  asked: (object: ObjectRow) => boolean = contended,
): Iterable<Waits> {
  const waits = new Map<number, Waits>()
  const spans = new Map<number, Spans>()
  for (const thread of trace.threads) {
    if (thread.start > to || (thread.end !== null && thread.end < from)) continue
    for (const lane of lanesOf(thread.object.lane))
      for (const [columns, first, last] of columnsIn(trace, lane, from, to))
        for (let i = first; i < last; i++) {
          const id = columns.object[i]!
          const object = trace.objects[id]
          if (!object || !isWait(columns.kind[i]!) || !asked(object)) continue
          const start = Math.max(from, columns.start[i]!)
          const end = Math.min(to, columns.start[i]! + columns.dur[i]!)
          if (end <= start) continue
          let w = waits.get(id)
          if (!w) {
            waits.set(id, (w = nothing(object)))
            spans.set(id, new Spans())
          }
          add(w, end - start, lane.id, columns.start[i]!)
          spans.get(id)!.push(start, end)
        }
  }
  for (const w of waits.values())
    for (const h of blameOf(trace, w.object, spans.get(w.object.id)!, from, to)) blame(w, h.thread, h.site, h.dur)
  return waits.values()
}
