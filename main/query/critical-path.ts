// What decided how long the run took, or the part of it that lies in an area: the chain of what actors did and waited for
// that leads from the end back to the start, what its time was spent on, and what would have made it shorter.
//
//   waits, flows ─▶ graph ─▶ walk back from the end ─▶ steps, sums      ╲ answer
//                      └───▶ replay without each of the most waited for ╱
//
// In: a trace, and an area or an actor. Out: the answer, worked out in portions. The path is that of the whole run: an area
// cuts a piece of it out, so that what is lit in the window is the same at every zoom. With `lane` it is what decided when
// that actor came to the end of the area.
import type { CriticalPath, PathSum } from '../../wire/api.ts'
import { objectKinds } from '../../wire/kinds.ts'
import type { ObjectRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { LoopTurns } from './loop-turns.ts'
import { wakeLoops } from './loop-wakes.ts'
import { fullName, nameOf, siteName } from './names.ts'
import { PathSteps } from './path-steps.ts'
import { PathWalk } from './path-walk.ts'
import { Replay } from './replay.ts'
import { isWork, workName } from './stream-rows.ts'
import { laneNumber } from './slice.ts'
import { servers, WaitGraph, type Actor } from './wait-graph.ts'
import { many } from './words.ts'

/** objects that are tried */
const mostTried = 8
/** of each sort of sum */
const mostSums = 20
/** 42 bytes each: more would not fit beside the rest */
const mostRows = 24e6
/** rows of a graph that is kept for the next question */
const keptRows = 500_000

interface Known {
  graph: WaitGraph
  loops: LoopTurns
}
const known = new WeakMap<Trace, Known>()

export interface Asked {
  from?: number | undefined
  to?: number | undefined
  lane?: number | undefined
}

export function criticalPath(trace: Trace, asked: Asked = {}): CriticalPath {
  const work = criticalPathInTurns(trace, asked)
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
  }
}

export function* criticalPathInTurns(trace: Trace, asked: Asked): Generator<void, CriticalPath> {
  const none = { steps: [], more: false, sums: [], whatIf: [] }
  if (trace.slices > mostRows)
    return { from: 0, to: 0, ...none, because: `There are ${many(trace.slices, 'slice')}, too many to go back along.` }
  const { graph, loops } = yield* graphOf(trace)
  const end = asked.lane === undefined ? lastToEnd(trace, graph) : graph.at(laneNumber(trace, asked.lane).id)
  if (!end) return { from: 0, to: 0, ...none, because: 'Only a thread, a task, a process or a stream has a path.' }
  const over = Math.min(end.end, graph.end, (asked.lane === undefined ? undefined : asked.to) ?? Infinity)
  const to = Math.min(over, asked.to ?? Infinity)
  const steps = new PathSteps(asked.from ?? 0, to)
  const walk = new PathWalk(graph, loops, steps, end, over)
  yield* walk.back(asked.from ?? 0, to)
  const from = Math.max(asked.from ?? 0, walk.time)
  const length = Math.max(1, to - from)
  const tried = [...mostWaited(trace, walk.waited), ...mostRun(steps.objects)]
  const replay = new Replay(graph)
  if (tried.length) yield* replay.prepare(over)
  const whatIf: CriticalPath['whatIf'] = []
  for (const object of tried) {
    const dur = over - (yield* replay.end(end, { object, from, to }))
    const name = thingName(trace, object)
    if (dur > 0) whatIf.push({ object: steps.streams.get(object) ?? object, name, dur, share: dur / length })
  }
  return {
    from,
    to,
    steps: steps.inOrder(),
    more: steps.merged,
    sums: sums(trace, steps, length),
    whatIf: whatIf.sort((a, b) => b.dur - a.dur),
    because: because(trace, walk.because),
  }
}

function* graphOf(trace: Trace): Generator<void, Known> {
  const before = known.get(trace)
  if (before) return before
  const graph = new WaitGraph(trace)
  yield* graph.build()
  const loops = new LoopTurns()
  yield* loops.read(trace)
  yield* wakeLoops(graph, loops)
  const made = { graph, loops }
  if (!trace.live && graph.rows.n <= keptRows) known.set(trace, made)
  return made
}

/** The first thread of the program; of another process when that was seen to end later. */
function lastToEnd(trace: Trace, graph: WaitGraph): Actor | undefined {
  let last: Actor | undefined
  for (const process of trace.processes) {
    if (!process || (process.id > 1 && (process.end === null || servers.has(process.name)))) continue
    const main = trace.threads.find((t) => t.object.process === process.id && t.object.lane!.kind === 'thread')
    if (!main) continue
    const actor = graph.at(main.object.lane!.id)!
    // the thread may have said good-bye before the interpreter was done
    actor.end = Math.max(actor.end, process.end ?? graph.end)
    if (!last || actor.end > last.end) last = actor
  }
  return last
}

/** What can be had by some at a time only: others wait for something to happen. */
const isResource = (o: ObjectRow): boolean =>
  o.kind === objectKinds.lock ||
  o.kind === objectKinds.rlock ||
  o.kind === objectKinds.semaphore ||
  o.kind === objectKinds.boundedSemaphore ||
  o.kind === objectKinds.gil ||
  o.kind === objectKinds.loop ||
  (o.kind >= objectKinds.queue && o.kind <= objectKinds.priorityQueue && o.capacity > 0)

const mostWaited = (trace: Trace, waited: ReadonlyMap<number, number>): number[] =>
  [...waited]
    .filter(([id, dur]) => dur > 0 && isResource(trace.objects[id]!))
    .sort((a, b) => b[1] - a[1])
    .slice(0, mostTried)
    .map(([id]) => id)

/** What devices ran. */
const mostRun = (objects: ReadonlyMap<number, number>): number[] =>
  [...objects]
    .filter(([id]) => isWork(id))
    .sort((a, b) => b[1] - a[1])
    .slice(0, mostTried)
    .map(([id]) => id)
const thingName = (trace: Trace, id: number) => (isWork(id) ? workName(trace, id) : fullName(trace, id))

function sums(trace: Trace, steps: PathSteps, length: number): PathSum[] {
  const rows = (by: PathSum['by'], of: ReadonlyMap<number, number>, name: (id: number) => string): PathSum[] =>
    [...of]
      .sort((a, b) => b[1] - a[1])
      .slice(0, mostSums)
      .map(([id, dur]) => {
        const lane = by === 'line' ? null : (trace.objects[steps.streams.get(id) ?? id]?.lane?.id ?? null)
        return { by, name: name(id), lane, dur, share: dur / length }
      })
  return [
    ...rows('actor', byThreads(trace, steps.actors), (id) => nameOf(trace, id)),
    ...rows('object', ofThings(trace, steps.objects), (id) => thingName(trace, id)),
    ...rows('line', steps.sites, (id) => siteName(trace, id)),
  ]
}

/** What a library's own tasks did is told of the thread that ran them: they have no lane. */
function byThreads(trace: Trace, actors: ReadonlyMap<number, number>): Map<number, number> {
  const runs = new Map(
    trace.threads.flatMap(({ object, loop }) =>
      object.kind === objectKinds.thread && loop ? [[loop, object.id]] : [],
    ),
  )
  const sums = new Map<number, number>()
  for (const [id, dur] of actors) {
    const object = trace.objects[id]
    const by = (object?.internal && runs.get(object.thread?.loop ?? 0)) || id
    sums.set(by, (sums.get(by) ?? 0) + dur)
  }
  return sums
}

/** Who waited for an actor to end is told by the actors. */
const ofThings = (trace: Trace, objects: ReadonlyMap<number, number>) =>
  new Map([...objects].filter(([id]) => !trace.objects[id]?.thread && trace.objects[id]?.kind !== objectKinds.process))

function because(trace: Trace, walk: string): string {
  let lost = 0
  for (const loss of trace.losses.values()) if (loss.what === 'lost' || loss.what === 'gap') lost += loss.count
  return [
    ...(trace.live ? ['The program still runs: this is the path to now.'] : []),
    ...(walk ? [walk] : []),
    ...(lost ? [`${many(lost, 'event')} ${lost === 1 ? 'was' : 'were'} lost: a cause may be missing.`] : []),
  ].join(' ')
}
