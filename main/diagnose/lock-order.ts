// Lock order: locks that different threads take in opposite orders. It needs no deadlock to be found: one unlucky moment
// is all that is missing.
//
//   t1  A▒▒▒▒▒▒▒▒▒▒▒                     t1 took B inside A, t2 took A inside B
//          B▒▒▒
//   t2                B▒▒▒▒▒▒▒▒
//                        A▒▒▒
//
// Locks made by the same line (one for each account) are told apart and compared one by one; locks of different lines
// are compared line by line, because the next run may meet on the same two. Excused: orders of one thread alone; orders
// that a common lock guards; orders of which one is over before the other thread begins in every run (joined before
// started, handed over by a queue: before.ts); a second lock that is only tried (the line says blocking=False or timeout=): who fails can go back. Chains over three to five locks are followed
// lock by lock.
import { reasons } from '../../wire/kinds.ts'
import { atSite, fullName, nameOf } from '../query/names.ts'
import { sliceAt } from '../query/read.ts'
import { list } from '../query/words.ts'
import type { Trace } from '../store/trace.ts'
import { createBefore } from './before.ts'
import { findCycles } from './cycles.ts'
import { Nesting, type Edge, type Taken } from './nesting.ts'
import { slicesSql } from './proof.ts'
import type { Found, Rule, Scene } from './rule.ts'

const most = 20

export const lockOrder: Rule = {
  name: 'lock-order',
  why: 'When both are between their two locks at the same moment, each waits for the other for ever.',
  tryThis:
    'Take these locks in one order everywhere (for many of a kind: sorted by a number or a name), or guard both with one lock.',
  tallies: [Nesting],
  look(scene) {
    const { trace, behind } = scene
    const nesting = scene.tally(Nesting)
    addWanted(nesting, scene)
    const told = new Set<string>()
    const found: Found[] = []
    for (const chain of chains(trace, [...nesting.edges.values()])) {
      // a hundred accounts crossed at the same lines are one thing to repair
      const key = chain
        .map(({ taken }) => `${taken.outer.site} ${taken.inner.site}`)
        .sort()
        .join(',')
      if (told.has(key)) continue
      told.add(key)
      found.push(tell(trace, chain))
      if (found.length >= most) break
    }
    if (!found.length && behind > 0) return { cannotTell: 'not all of the recording has been read yet' }
    if (!found.length && nesting.dropped > 0) return { cannotTell: 'too many pairs of locks are taken together' }
    return found
  },
}

/** What threads that wait now (or waited when the recording ended) want to take while they hold something. */
function addWanted(nesting: Nesting, { unfinished }: Scene): void {
  for (const { thread, slice } of unfinished.waits.values()) {
    // a sleep waits for nobody, a join for a thread
    if (slice.kind !== reasons.lock || slice.object === 0) continue
    for (const hold of unfinished.heldBy.get(thread) ?? [])
      nesting.want(hold.object, slice.object, {
        thread,
        outer: { lane: hold.slice.lane, site: hold.slice.site, start: hold.slice.start },
        inner: { lane: slice.lane, site: slice.site, start: slice.start },
        last: slice.start,
        guards: (unfinished.heldBy.get(thread) ?? []).map((h) => h.object).filter((o) => o !== hold.object),
      })
  }
}

interface Link {
  edge: Edge
  taken: Taken
}

function* chains(trace: Trace, edges: readonly Edge[]): Generator<Link[]> {
  const canMeet = createCanMeet(trace)
  const visible = edges
    .filter((e) => !trace.objects[e.from]!.internal && !trace.objects[e.to]!.internal)
    .map((e) => ({ ...e, taken: e.taken.filter((taken) => !isTried(trace, taken)) }))
    .filter((e) => e.taken.length > 0)
  const between = new Map(visible.map((e) => [`${e.from} ${e.to}`, e]))
  // the same two locks
  for (const edge of visible) {
    const back = between.get(`${edge.to} ${edge.from}`)
    if (back && edge.from < edge.to) yield* clash(canMeet, [edge, back])
  }
  // locks of the same two lines
  const madeBy = (id: number) => `${trace.objects[id]!.process} ${trace.objects[id]!.file}:${trace.objects[id]!.line}`
  const byLines = new Map<string, Edge[]>()
  for (const edge of visible) {
    if (!trace.objects[edge.from]!.file || !trace.objects[edge.to]!.file) continue
    const key = `${madeBy(edge.from)} > ${madeBy(edge.to)}`
    byLines.set(key, [...(byLines.get(key) ?? []).slice(-3), edge])
  }
  for (const [key, there] of byLines) {
    const [from, to] = key.split(' > ') as [string, string]
    if (from < to)
      for (const edge of there)
        for (const back of byLines.get(`${to} > ${from}`) ?? []) yield* clash(canMeet, [edge, back])
  }
  // longer ways round
  const graph = new Map<number, number[]>()
  for (const edge of visible) graph.set(edge.from, [...(graph.get(edge.from) ?? []), edge.to])
  for (const locks of findCycles(graph, 5, 100))
    if (locks.length > 2)
      yield* clash(
        canMeet,
        locks.map((lock, i) => between.get(`${lock} ${locks[(i + 1) % locks.length]}`)!),
      )
}

/** One thread for each edge, all different, none excused: at most one such choice. */
function* clash(canMeet: CanMeet, edges: readonly Edge[], chosen: Link[] = []): Generator<Link[]> {
  if (chosen.length === edges.length) {
    yield chosen
    return
  }
  const edge = edges[chosen.length]!
  for (const taken of edge.taken) {
    if (!chosen.every((link) => canMeet(link.taken, taken))) continue
    for (const choice of clash(canMeet, edges, [...chosen, { edge, taken }])) {
      yield choice
      return
    }
  }
}

const trying = /\bacquire\(\s*(False\b|0\s*[,)]|blocking\s*=\s*(False|0)\b|.*\btimeout\s*=|(True|1)\s*,)/
const isTried = (trace: Trace, { inner }: Taken): boolean => trying.test(trace.sites[inner.site]?.text ?? '')

type CanMeet = (a: Taken, b: Taken) => boolean

/** Whether the turns of two threads may lie side by side in some run. */
function createCanMeet(trace: Trace): CanMeet {
  const comesBefore = createBefore(trace)
  /** All turns of `a` that were seen lie before the thread of `b` began, or after it ended, and not by chance. Of a
   *  thread whose start nobody saw the clock has to do. */
  const overBefore = (a: Taken, b: Taken): boolean => {
    const other = trace.objects[b.thread]?.thread
    if (!other) return false
    const seen = other.parent !== null || trace.processes[other.object.process]!.lane !== null
    if (a.last < other.start)
      return !seen || comesBefore({ actor: a.thread, time: a.last }, { actor: b.thread, time: other.start })
    if (other.end === null || a.outer.start < other.end) return false
    return !seen || comesBefore({ actor: b.thread, time: other.end }, { actor: a.thread, time: a.outer.start })
  }
  return (a, b) =>
    a.thread !== b.thread && !a.guards.some((lock) => b.guards.includes(lock)) && !overBefore(a, b) && !overBefore(b, a)
}

function tell(trace: Trace, chain: readonly Link[]): Found {
  const [first, ...rest] = chain.map(({ edge, taken }) => {
    const outer = `${fullName(trace, edge.from)}${atSite(trace, taken.outer.site)}`
    return `${nameOf(trace, taken.thread)} took ${outer} and then ${fullName(trace, edge.to)}${atSite(trace, taken.inner.site)}`
  })
  const names = chain.map(({ edge }) => nameOf(trace, edge.from))
  const evidence = chain.flatMap(({ taken }) => [proof(trace, taken.outer), proof(trace, taken.inner)])
  return {
    subject: list([...new Set(names)]),
    sentence: `${[first, ...rest].join('; ')}. ${chain.length === 2 ? 'These are opposite orders' : 'Together these go round in a circle'}: at an unlucky moment none of them can go on.`,
    weight: 0.5,
    evidence,
    sql: slicesSql(evidence),
  }
}
function proof(trace: Trace, { lane, start }: Taken['outer']): Found['evidence'][number] {
  return { lane, time: start, dur: sliceAt(trace, trace.lanes[lane]!, start, 0)?.dur ?? 0 }
}
