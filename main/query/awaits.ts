// Who awaits whom at one moment, as a graph: from each thread or task that waits to what it waits for, and from there to
// who holds that, so that the chain ends at what holds all up.
//
//   main ─▶ fetch-1 ─▶ Cache.lock ─▶ fetch-2 (sleeps)          a gather has several edges: one a lane of its task
//       └─▶ fetch-3 (waits for its turn) ─▶ loop ─▶ report (runs)
//
// In: a trace, finished or live, and a time. Out: all that wait then, with what they wait for; who runs is there only where
// somebody waits for it, or where it blocks its loop. Invariant: an edge is what the slices say of that time. From a pool it
// goes on to all that run its jobs. Who will put the awaited item is not known: there the chain ends at the queue.
import type { Awaits, AwaitNode } from '../../wire/api.ts'
import { objectKinds, sliceKinds, type SliceKind } from '../../wire/kinds.ts'
import { kindName, type ObjectRow, type ThreadRow } from '../store/model.ts'
import type { SliceRow } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { Moment } from './moment.ts'
import { nameOf, siteName } from './names.ts'
import { haveIt, stepsOn } from './wakers.ts'

const most = 400
/** threads and tasks that are looked at: each costs a look into the blocks of its lanes */
const mostLooked = 2_000

export function awaits(trace: Trace, time: number): Awaits {
  const at = Math.max(0, Math.min(Math.floor(time), trace.end - 1))
  const moment = new Moment(trace, at)
  const graph = new Graph(moment)
  let more = false
  let looked = 0
  for (const thread of trace.threads) {
    if (!moment.lives(thread)) continue
    if (++looked > mostLooked || graph.nodes.size >= most) {
      more = true
      break
    }
    const waits = moment.waits(thread)
    if (waits.length > 0 || graph.stalls(thread) || graph.blockedIn(thread)) graph.actor(thread, waits)
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

class Graph {
  /** by object */
  readonly nodes = new Map<number, AwaitNode>()
  readonly edges: Awaits['edges'] = []
  private readonly trace: Trace
  private readonly moment: Moment
  constructor(moment: Moment) {
    this.moment = moment
    this.trace = moment.trace
  }

  actor(thread: ThreadRow, waits: readonly SliceRow[]): void {
    const { object } = thread
    if (this.nodes.has(object.id) || this.nodes.size > most) return
    const first = waits[0]
    const stall = first ? null : this.stalls(thread)
    this.nodes.set(object.id, {
      ...this.node(object),
      doing: first ? (first.kind as SliceKind) : this.running(thread, stall),
      since: (first ?? stall)?.start ?? this.moment.time,
      site: first ? siteName(this.trace, first.site) : '',
    })
    for (const wait of waits) {
      const other = this.trace.objects[wait.object]
      if (!other || other.id === object.id || wait.kind === sliceKinds.io) continue
      this.edges.push({ from: object.id, to: other.id })
      this.whatever(other)
    }
    const runner = waits.length === 0 ? this.blockedIn(thread) : null
    if (runner) this.leads(object, runner.object)
  }

  /** The thread that runs the task's step and waits: meanwhile the task waits too. */
  blockedIn(task: ThreadRow): ThreadRow | null {
    const runsOn = task.object.kind === objectKinds.task ? stepsOn(this.moment, task) : null
    const runner = runsOn === null ? null : this.trace.objects[runsOn]!.thread
    return runner && this.moment.waits(runner).length > 0 ? runner : null
  }
  /** The step with which it blocks its loop. */
  stalls(thread: ThreadRow): SliceRow | null {
    const loop = thread.loop === null ? null : this.trace.objects[thread.loop]?.lane
    const step = loop ? this.moment.sliceOn(loop) : null
    return step && step.kind === sliceKinds.stall && step.object === thread.object.id ? step : null
  }
  private running(thread: ThreadRow, stall: SliceRow | null): AwaitNode['doing'] {
    return stall ? sliceKinds.stall : this.moment.lives(thread) ? 'runs' : null
  }

  private whatever(object: ObjectRow): void {
    if (this.nodes.has(object.id) || this.nodes.size > most) return
    if (object.thread) return this.actor(object.thread, this.moment.waits(object.thread))
    const holds = this.moment.holds(object)
    this.nodes.set(object.id, {
      ...this.node(object),
      since: holds[0]?.start ?? this.moment.time,
      site: holds[0] ? siteName(this.trace, holds[0].site) : '',
    })
    for (const id of haveIt(this.moment, object)) this.leads(object, this.trace.objects[id])
  }
  private leads(from: ObjectRow, to: ObjectRow | undefined): void {
    if (!to?.thread) return
    this.edges.push({ from: from.id, to: to.id })
    this.whatever(to)
  }

  private node(object: ObjectRow): AwaitNode {
    return {
      object: object.id,
      lane: object.lane?.id ?? null,
      name: nameOf(this.trace, object.id),
      kind: kindName(object.kind),
      doing: null,
      since: this.moment.time,
      site: '',
    }
  }
}
