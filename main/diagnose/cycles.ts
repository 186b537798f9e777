// Cycles of a directed graph, each once, the short ones first.
//
// In: node → the nodes it points at. Out: lists of nodes where each points at the next and the last at the first; a list
// begins with its smallest node, so that the same cycle is never told twice. At most `longest` nodes a cycle and `most`
// cycles: a tangle of hundreds of locks is told by its shortest loops, and the search must end while a program runs.

export function findCycles(graph: ReadonlyMap<number, Iterable<number>>, longest = 5, most = 20): number[][] {
  const found: number[][] = []
  for (let length = 1; length <= longest; length++) {
    let budget = 20_000
    const walk = (path: number[]): void => {
      for (const next of graph.get(path.at(-1)!) ?? []) {
        if (found.length >= most || --budget < 0) return
        if (path.length === length) {
          if (next === path[0]) found.push(path.slice())
        } else if (next > path[0]! && !path.includes(next)) {
          path.push(next)
          walk(path)
          path.pop()
        }
      }
    }
    for (const node of graph.keys()) walk([node])
  }
  return found
}
