// The knots of a directed graph: its strongly connected parts, in which everybody waits for everybody, each once.
//
// In: node → the nodes it points at. Out: lists of nodes of which each leads to each other one, a single node only when it
// points at itself; a list begins with its smallest node and follows the arrows, so that a plain circle is told in its order.
// Circles one by one (cycles.ts) would be thousands where a pool's workers all wait for each other.

export function knots(graph: ReadonlyMap<number, readonly number[]>): number[][] {
  const index = new Map<number, number>()
  const low = new Map<number, number>()
  const path: number[] = []
  const onPath = new Set<number>()
  const found: number[][] = []
  const leads = (node: number) => (graph.get(node) ?? []).filter((next) => graph.has(next))

  for (const root of graph.keys()) {
    if (index.has(root)) continue
    // Tarjan's, with a stack of our own: a chain may have thousands of links
    const calls = [enter(root)]
    while (calls.length > 0) {
      const { node, rest } = calls.at(-1)!
      const next = rest.pop()
      if (next !== undefined) {
        if (!index.has(next)) calls.push(enter(next))
        else if (onPath.has(next)) low.set(node, Math.min(low.get(node)!, index.get(next)!))
        continue
      }
      calls.pop()
      const above = calls.at(-1)
      if (above) low.set(above.node, Math.min(low.get(above.node)!, low.get(node)!))
      if (low.get(node) !== index.get(node)) continue
      const part = path.splice(path.lastIndexOf(node))
      for (const each of part) onPath.delete(each)
      if (part.length > 1 || leads(node).includes(node)) found.push(inOrder(part, leads))
    }
  }
  return found.sort((a, b) => a[0]! - b[0]!)

  function enter(node: number) {
    index.set(node, index.size)
    low.set(node, index.get(node)!)
    path.push(node)
    onPath.add(node)
    return { node, rest: leads(node).reverse() }
  }
}

/** From the smallest along the arrows, depth first. */
function inOrder(part: number[], leads: (node: number) => number[]): number[] {
  const within = new Set(part)
  const order = new Set<number>()
  const stack = [Math.min(...part)]
  for (let node; (node = stack.pop()) !== undefined;) {
    if (order.has(node)) continue
    order.add(node)
    stack.push(
      ...leads(node)
        .filter((next) => within.has(next))
        .reverse(),
    )
  }
  return [...order]
}
