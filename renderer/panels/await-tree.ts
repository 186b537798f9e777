// A graph of who awaits whom → rows of a tree: who waits stands above what it waits for, down to what holds all up.
// In: nodes and edges of one moment. Out: rows in order, each with its place in the tree; and those that wait for nobody.
// Invariants: what is reached twice is told once and cited after that; a ring (a deadlock) is cited where it closes;
// siblings that wait alike are one row with their number, so that 100 tasks before one lock are read in a glance.
//
//   main                    awaits
//   ├─ fetch-1              waits for
//   │  └─ Cache.lock        held by
//   │     └─ fetch-2        sleeps              holds up 2
//   └─ fetch-2              see above
import type { AwaitNode, Awaits } from '../../wire/api.ts'
import { sliceKinds } from '../../wire/kinds.ts'

export interface AwaitRow {
  key: string
  node: AwaitNode
  /** for each level over it: does the line of that level go on below this row */
  rails: boolean[]
  /** it was told above; what it waits for is there */
  again: boolean
  /** it is one of those above it: they wait for each other */
  ring: boolean
  /** siblings that do the same, told by this row */
  alike: AwaitNode[]
  /** threads and tasks that wait for it, directly or by others */
  waiters: number
  leaf: boolean
}
export interface AwaitTree {
  rows: AwaitRow[]
  /** they sleep or wait for the outside world, and nobody waits for them */
  alone: AwaitNode[]
  /** they block their event loop */
  stalls: AwaitNode[]
  waiting: number
  /** what more wait for, in the end, than for anything else */
  root: { node: AwaitNode; waiters: number } | null
  ring: boolean
}

/** siblings alike become one row from this many on */
const manyAlike = 3

export function awaitTree({ nodes, edges }: Pick<Awaits, 'nodes' | 'edges'>, open: ReadonlySet<string>): AwaitTree {
  const byId = new Map(nodes.map((n) => [n.object, n]))
  const out = new Map<number, number[]>()
  const into = new Map<number, number[]>()
  const add = (map: Map<number, number[]>, from: number, to: number) => map.set(from, [...(map.get(from) ?? []), to])
  for (const { from, to } of edges) {
    add(out, from, to)
    add(into, to, from)
  }
  const targets = (id: number) => out.get(id) ?? []
  const isWaiting = (n: AwaitNode) => n.doing !== null && n.doing !== 'runs' && n.doing < sliceKinds.hold
  const waiters = waitersOf(nodes, into, (id) => isWaiting(byId.get(id)!))

  const rows: AwaitRow[] = []
  const told = new Set<number>()
  let ringed = false
  const tell = (node: AwaitNode, alike: AwaitNode[], rails: boolean[], above: readonly number[]) => {
    const ring = above.includes(node.object)
    const again = !ring && told.has(node.object) && targets(node.object).length > 0
    ringed ||= ring
    const leaf = targets(node.object).length === 0
    const key = `${above.join('/')}/${node.object}`
    rows.push({ key, node, rails, again, ring, alike, waiters: waiters.get(node.object) ?? 0, leaf })
    told.add(node.object)
    for (const other of alike) told.add(other.object)
    if (ring || again) return
    const path = [...above, node.object]
    branch(
      targets(node.object).map((id) => byId.get(id)!),
      rails,
      path,
    )
  }
  const branch = (siblings: AwaitNode[], rails: boolean[], above: number[]) => {
    const groups = alikes(siblings, targets, (n) => (into.get(n.object)?.length ?? 0) <= 1, open, above.join('/'))
    groups.forEach(([first, ...others], i) =>
      tell(first!, others, above.length ? [...rails, i < groups.length - 1] : [], above),
    )
  }

  const starts = nodes.filter((n) => !into.has(n.object) && out.has(n.object)).sort((a, b) => a.since - b.since)
  branch(starts, [], [])
  // who is left waits in a ring that nobody else waits for
  for (const n of nodes) if (out.has(n.object) && !told.has(n.object)) branch([n], [], [])

  const leaves = nodes.filter((n) => into.has(n.object) && !out.has(n.object))
  const [most, next] = leaves
    .map((node) => ({ node, waiters: waiters.get(node.object) ?? 0 }))
    .sort((a, b) => b.waiters - a.waiters)
  return {
    rows,
    alone: nodes.filter((n) => !into.has(n.object) && !out.has(n.object) && n.doing !== sliceKinds.stall),
    stalls: nodes.filter((n) => n.doing === sliceKinds.stall),
    waiting: nodes.filter(isWaiting).length,
    root: most && most.waiters > 1 && most.waiters !== next?.waiters ? most : null,
    ring: ringed,
  }
}

/** Siblings by what they do and wait for, in the order of the first of each. */
function alikes(
  siblings: AwaitNode[],
  targets: (id: number) => number[],
  mayJoin: (n: AwaitNode) => boolean,
  open: ReadonlySet<string>,
  above: string,
): AwaitNode[][] {
  const groups = new Map<string, AwaitNode[]>()
  for (const n of siblings) {
    const key = mayJoin(n) && n.doing !== null ? `${n.kind} ${n.doing} ${targets(n.object).join()}` : `only ${n.object}`
    groups.set(key, [...(groups.get(key) ?? []), n])
  }
  return [...groups.values()].flatMap((g) =>
    g.length >= manyAlike && !open.has(`${above}/${g[0]!.object}`) ? [g] : g.map((n) => [n]),
  )
}

/** object → how many actors reach it over edges */
function waitersOf(
  nodes: readonly AwaitNode[],
  into: ReadonlyMap<number, number[]>,
  counts: (id: number) => boolean,
): Map<number, number> {
  const result = new Map<number, number>()
  for (const { object } of nodes) {
    const seen = new Set<number>([object])
    const left = [object]
    while (left.length > 0)
      for (const from of into.get(left.pop()!) ?? [])
        if (!seen.has(from)) {
          seen.add(from)
          left.push(from)
        }
    seen.delete(object)
    result.set(object, [...seen].filter(counts).length)
  }
  return result
}
