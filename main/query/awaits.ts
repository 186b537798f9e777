// Who awaits whom at one moment, as a graph: from each thread or task that waits to what it waits for, and from there to
// who holds that, so that the chain ends at what holds all up.
//
//   main ─▶ fetch-1 ─▶ Cache.lock ─▶ fetch-2 (sleeps)          a gather has several edges: one a lane of its task
//       └─▶ fetch-3 (waits for its turn) ─▶ loop ─▶ report (runs)
//
// In: a trace, finished or live, and a time. Out: all that wait then, with what they wait for; who runs is there only where
// somebody waits for it, or where it blocks its loop. Invariant: an edge is what the slices say of that time. Which job a result is awaited of, and who
// will put the awaited item, is not known: there the chain ends at the pool or the queue.
import type { Awaits, AwaitNode } from '../../wire/api.ts'
import { objectKinds, sliceKinds, type SliceKind } from '../../wire/kinds.ts'
import { kindName, type ObjectRow, type ThreadRow } from '../store/model.ts'
import { lanesOf, type SliceRow } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { nameOf, siteName } from './names.ts'
import { sliceAt } from './read.ts'
import { isHold } from './slice.ts'

const most = 400
/** threads and tasks that are looked at: each costs a look into the blocks of its lanes */
const mostLooked = 2_000

export function awaits(trace: Trace, time: number): Awaits {
  const at = Math.max(0, Math.min(Math.floor(time), trace.end - 1))
  const graph = new Graph(trace, at)
  let more = false
  let looked = 0
  for (const thread of trace.threads) {
    if (!livesAt(thread, at)) continue
    if (++looked > mostLooked || graph.nodes.size >= most) {
      more = true
      break
    }
    const waits = graph.waitsOf(thread)
    if (waits.length > 0 || graph.stalls(thread)) graph.actor(thread, waits)
  }
  const nodes = [...graph.nodes.values()].slice(0, most)
  const kept = new Set(nodes.map((n) => n.object))
  return {
    time: at,
    nodes,
    edges: graph.edges.filter((e) => kept.has(e.from) && kept.has(e.to)),
    more: more || graph.nodes.size > most,
  }
}

const livesAt = (t: ThreadRow, time: number) => t.start <= time && (t.end === null || time < t.end)

class Graph {
  /** by object */
  readonly nodes = new Map<number, AwaitNode>()
  readonly edges: Awaits['edges'] = []
  private readonly trace: Trace
  private readonly time: number
  constructor(trace: Trace, time: number) {
    this.trace = trace
    this.time = time
  }

  /** What it waits for: a thread for the innermost of its waits, a task for all at once. */
  waitsOf({ object }: ThreadRow): SliceRow[] {
    const found: SliceRow[] = []
    for (const lane of lanesOf(object.lane)) {
      const slice = this.sliceOn(lane)
      if (slice && slice.kind < sliceKinds.hold) found.push(slice)
    }
    return object.kind === objectKinds.task ? found : found.slice(-1)
  }

  actor(thread: ThreadRow, waits: readonly SliceRow[]): void {
    const { object } = thread
    if (this.nodes.has(object.id) || this.nodes.size > most) return
    const first = waits[0]
    const stall = first ? null : this.stalls(thread)
    this.nodes.set(object.id, {
      ...this.node(object),
      doing: first ? (first.kind as SliceKind) : this.running(thread, stall),
      since: (first ?? stall)?.start ?? this.time,
      site: first ? siteName(this.trace, first.site) : '',
    })
    for (const wait of waits) {
      const other = this.trace.objects[wait.object]
      if (!other || other.id === object.id || wait.kind === sliceKinds.io) continue
      this.edges.push({ from: object.id, to: other.id })
      this.whatever(other)
    }
  }

  /** The step with which it blocks its loop. */
  stalls(thread: ThreadRow): SliceRow | null {
    const loop = thread.loop === null ? null : this.trace.objects[thread.loop]?.lane
    const step = loop ? this.sliceOn(loop) : null
    return step && step.kind === sliceKinds.stall && step.object === thread.object.id ? step : null
  }
  private running(thread: ThreadRow, stall: SliceRow | null): AwaitNode['doing'] {
    return stall ? sliceKinds.stall : livesAt(thread, this.time) ? 'runs' : null
  }

  private whatever(object: ObjectRow): void {
    if (this.nodes.has(object.id) || this.nodes.size > most) return
    if (object.thread) return this.actor(object.thread, this.waitsOf(object.thread))
    const holds = this.holdsOf(object)
    this.nodes.set(object.id, {
      ...this.node(object),
      since: holds[0]?.start ?? this.time,
      site: holds[0] ? siteName(this.trace, holds[0].site) : '',
    })
    for (const holder of new Set(holds.map((h) => h.object))) this.leads(object, this.trace.objects[holder])
    // a process ends when its first thread does
    if (object.kind === objectKinds.process) this.leads(object, this.firstThread(object.process)?.object)
  }
  private leads(from: ObjectRow, to: ObjectRow | undefined): void {
    if (!to?.thread) return
    this.edges.push({ from: from.id, to: to.id })
    this.whatever(to)
  }

  /** Who has it now. Of a pool's workers none is known to run the job that is awaited. */
  private holdsOf(object: ObjectRow): SliceRow[] {
    if (object.kind === objectKinds.pool) return []
    return lanesOf(object.lane).flatMap((lane) => {
      const slice = this.sliceOn(lane)
      return slice && isHold(slice.kind) ? [slice] : []
    })
  }
  private firstThread(process: number): ThreadRow | undefined {
    return this.trace.threads.find((t) => t.object.process === process && livesAt(t, this.time))
  }
  private sliceOn(lane: NonNullable<ObjectRow['lane']>): SliceRow | null {
    if (lane.slices === 0 && lane.openKind < 0) return null
    const slice = sliceAt(this.trace, lane, this.time, 0)
    return slice && this.time < slice.start + Math.max(1, slice.dur) ? slice : null
  }
  private node(object: ObjectRow): AwaitNode {
    return {
      object: object.id,
      lane: object.lane?.id ?? null,
      name: nameOf(this.trace, object.id),
      kind: kindName(object.kind),
      doing: null,
      since: this.time,
      site: '',
    }
  }
}
