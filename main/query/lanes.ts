// The lanes worth drawing: threads and tasks in order of their start, devices with what belongs to them and what threads say
// that they do, then what they wait for, most waited for first.
// The lanes below an object's first follow it. Objects of the standard library's own use are left out; of processes only
// those have a lane that are another program: a Python has its threads.
//
// Out: at most 300 lanes and how many more there are. Of 10,000 threads the longest-lived are kept, and half the room is
// kept for objects: a picture of threads alone says who waits and never for what.
import type { Answers, Lane as LaneAnswer } from '../../wire/api.ts'
import { objectKinds, reasons } from '../../wire/kinds.ts'
import type { Lane } from '../store/lane.ts'
import { kindName, type ObjectRow, type ThreadRow } from '../store/model.ts'
import { lanesOf } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { deviceNote } from './devices.ts'
import { madeAt } from './names.ts'
import { openWaits, waitedFor } from './open-waits.ts'

const most = 300
/** of one actor: a gather of a thousand tasks waits a thousandfold, which the await graph shows better */
const mostNested = 4
/** streams, contexts and calls */
const mostOfDevices = 100

export function lanes(trace: Trace): Answers['lanes'] {
  const waiting = openWaits(trace)
  const waited = waitedFor(trace, waiting)
  const total = (o: ObjectRow) => waited.get(o.id) ?? o.total
  const openOf = new Map<ThreadRow, number>()
  for (const wait of waiting)
    if (!wait.nested && wait.kind !== reasons.sleep && wait.kind !== reasons.io) openOf.set(wait.thread, wait.dur)

  const objects = mostWaited(trace, total)
  const kept: LaneAnswer[] = []
  const lanesOfObjects = objects.reduce((n, o) => n + lanesOf(o.lane).length, 0)
  const room = Math.max(most / 2, most - lanesOfObjects)
  for (const thread of longestLived(trace, room))
    for (const lane of lanesOf(thread.object.lane).slice(0, mostNested))
      kept.push(answer(trace, lane, thread.start, thread.end, thread.waited + (openOf.get(thread) ?? 0)))
  kept.splice(room)
  for (const object of objects) {
    if (kept.length >= most) break
    for (const lane of lanesOf(object.lane)) kept.push(answer(trace, lane, object.created ?? 0, null, total(object)))
  }
  const shown = kept.slice(0, most)
  return { lanes: shown, more: Math.max(0, visible(trace) - shown.length) }
}

const isShown = (trace: Trace, o: ObjectRow | undefined): o is ObjectRow =>
  o !== undefined && o.lane !== null && !o.internal && !(o.kind === objectKinds.process && isRecorded(trace, o))
const isRecorded = (trace: Trace, o: ObjectRow) => trace.processes[o.process]!.python !== ''
/** There is one of each: it is shown whatever was waited for. */
const isFirst = (o: ObjectRow) =>
  o.kind === objectKinds.gil ||
  o.kind === objectKinds.loop ||
  o.kind === objectKinds.process ||
  o.kind === objectKinds.device

/** At most 300: what was waited for, most first, then the others in order of creation. There may be 100,000 of them. */
function mostWaited(trace: Trace, total: (o: ObjectRow) => number): ObjectRow[] {
  const first: ObjectRow[] = []
  const devices: ObjectRow[] = []
  const ranked: ObjectRow[] = []
  const rest: ObjectRow[] = []
  for (const o of trace.objects) {
    if (!isShown(trace, o) || o.thread !== null) continue
    if (isFirst(o)) first.push(o)
    else if (ofDevice.has(o.kind)) devices.push(o)
    else if (total(o) > 0) ranked.push(o)
    else if (rest.length < most) rest.push(o)
  }
  ranked.sort((a, b) => total(b) - total(a) || a.id - b.id)
  return [...first, ...busiest(devices), ...ranked, ...rest].slice(0, most)
}

/** They say what devices do, and nobody may wait for them. */
const ofDevice = new Set<number>([objectKinds.stream, objectKinds.context, objectKinds.calls])
/** In order of creation; of very many those that did most. */
function busiest(objects: ObjectRow[]): ObjectRow[] {
  if (objects.length <= mostOfDevices) return objects
  const did = (o: ObjectRow) => lanesOf(o.lane).reduce((sum, lane) => sum + lane.slices, 0)
  const kept = new Set(objects.toSorted((a, b) => did(b) - did(a)).slice(0, mostOfDevices))
  return objects.filter((o) => kept.has(o))
}

/** At most `room` threads in order of process and start. */
function longestLived(trace: Trace, room: number): ThreadRow[] {
  const life = (t: ThreadRow) => (t.end ?? trace.end) - t.start
  let threads = trace.threads.filter((t) => !t.object.internal)
  if (threads.length > room) {
    const enough = Float64Array.from(threads, life).sort()[threads.length - room]!
    threads = threads.filter((t) => life(t) >= enough).slice(0, room)
  }
  return threads.toSorted((a, b) => a.object.process - b.object.process || a.start - b.start)
}

function visible(trace: Trace): number {
  let n = 0
  for (const lane of trace.lanes) if (lane && isShown(trace, trace.objects[lane.object])) n++
  return n
}

function answer(trace: Trace, lane: Lane, start: number, end: number | null, waited: number): LaneAnswer {
  const object = trace.objects[lane.object]!
  return {
    id: lane.id,
    kind: lane.kind,
    name: object.name,
    parent: lane.parent?.id ?? null,
    depth: lane.depth,
    process: object.shared ? 0 : lane.process,
    object: object.id,
    objectKind: kindName(object.kind),
    site: madeAt(trace, object.id),
    start,
    end,
    waited,
    slices: lane.slices + (lane.openKind >= 0 ? 1 : 0),
    capacity: object.capacity,
    belongs: object.belongs,
    note: deviceNote(trace, object.id),
    on: object.thread?.loop ? (trace.objects[object.thread.loop]?.lane?.id ?? null) : null,
  }
}
