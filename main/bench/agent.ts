// What recording costs the program: loops over each primitive, by the program's own clock, traced over untraced; the same
// under VizTracer; what start-up costs; what an event costs on the wire.
import { type Row, broken, median, quantile } from './row.ts'
import { type Side, compare, coreOnce, output, timed, traced, untraced, viztracer } from './side.ts'

interface Loop {
  what: string
  name: string
  /** so that an untraced run takes about 0.4 s */
  operations: number
  bar: number
  aim: number
}
const loops: Loop[] = [
  { what: 'with-lock', name: '`with lock:` loop, 4 threads', operations: 2_000_000, bar: 1.1, aim: 1 },
  { what: 'rlock', name: 'RLock, acquire/release calls', operations: 3_000_000, bar: 1.15, aim: 1.05 },
  { what: 'queue', name: '`queue.Queue` producer/consumer, maxsize 100', operations: 150_000, bar: 1.3, aim: 1.1 },
  { what: 'condition', name: 'Condition ping-pong', operations: 20_000, bar: 1.3, aim: 1.1 },
  { what: 'event', name: 'Event ping-pong', operations: 20_000, bar: 1.3, aim: 1.1 },
  { what: 'semaphore', name: 'Semaphore ping-pong', operations: 20_000, bar: 1.3, aim: 1.1 },
  { what: 'barrier', name: 'Barrier ping-pong', operations: 15_000, bar: 1.3, aim: 1.1 },
]
const rounds = 9

const nanoseconds = (loop: Loop) => (side: Side) =>
  side((file, before, env) => {
    const [wall, cpu] = output(file, [...before, ...timed(loop.what, loop.operations)], env)
      .split(' ')
      .map(Number)
    if (!(wall! > 0 && cpu! > 0)) throw new Error(`${loop.what} printed no time`)
    return { wall: wall!, cpu: cpu! }
  })

export const agentLoops = async (): Promise<Row[]> => {
  let agentWhy: unknown = null
  let vizWhy: unknown = null
  const core = await coreOnce().catch((error: unknown) => ((agentWhy = error), null))
  let viz: Side | null = null
  try {
    viz = viztracer()
  } catch (error) {
    vizWhy = error
  }
  return loops.flatMap((loop): Row[] => {
    const { name, bar, aim } = loop
    const rival = `${name}, VizTracer 1.1.1`
    try {
      // every operation leaves at least one event
      const agent = core === null ? [] : [traced(core, loop.operations)]
      const sides = [untraced, ...agent, ...(viz ? [viz] : [])]
      const compared = compare(sides, nanoseconds(loop), rounds)
      const ours = core === null ? null : compared.shift()!
      const theirs = viz ? compared.shift()! : null
      return [
        ours ? { name, bar, aim, value: ours.ratio, unit: '×', note: ours.note } : broken(name, agentWhy),
        theirs
          ? { name: rival, bar: null, aim: null, value: theirs.ratio, unit: '×', note: theirs.note }
          : broken(rival, vizWhy),
      ]
    } catch (error) {
      return [broken(name, error)]
    }
  })
}

/** Wall time of `python -c pass` with the agent, less the same without, run beside it. */
export const startUp = async (): Promise<Row[]> => {
  const name = 'agent start-up added to `python -c pass`'
  const agent = traced(await coreOnce(), 1)
  const wall = (side: Side) =>
    side((file, _, env) => {
      const begun = performance.now()
      output(file, ['-c', 'pass'], env)
      return performance.now() - begun
    })
  for (const side of [untraced, agent]) wall(side)
  const pairs = Array.from({ length: 25 }, () => [wall(untraced), wall(agent)] as const)
  const added = pairs.map(([without, with_]) => with_ - without)
  const spread = [0.25, 0.75].map((q) => quantile(added, q).toFixed(1)).join('–')
  const plain = median(pairs.map(([without]) => without)).toFixed(0)
  const note = `25 pairs, middle half ${spread}; without it ${plain} ms`
  return [{ name, bar: 60, aim: 25, value: median(added), unit: 'ms', note }]
}
