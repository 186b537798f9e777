// What recording costs the program: loops over each primitive, by the program's own clock, traced over untraced; the same
// under VizTracer, of which it is told with what options.
import { type Row, broken } from './row.ts'
import { type Side, compare, coreOnce, output, program, traced, untraced, viztracer } from './side.ts'

interface Loop {
  what: string
  name: string
  /** of timed.py where it does not say */
  program?: string
  /** so that an untraced run takes about 0.4 s, or as many as the figure is about */
  operations: number
  /** of each side; less where one takes seconds */
  rounds?: number
  /** what VizTracer has to be told to see what this is about */
  viz?: string
  bar: number
  aim: number
}
const tasks = { program: 'timed_tasks.py', viz: '--log_async', bar: 1.2, aim: 1.05 }
const pools = { program: 'timed_pools.py', bar: 1.15, aim: 1.05 }
const loops: Loop[] = [
  { what: 'with-lock', name: '`with lock:` loop, 4 threads', operations: 2_000_000, bar: 1.1, aim: 1 },
  { what: 'rlock', name: 'RLock, acquire/release calls', operations: 3_000_000, bar: 1.15, aim: 1.05 },
  { what: 'queue', name: '`queue.Queue` producer/consumer, maxsize 100', operations: 150_000, bar: 1.3, aim: 1.1 },
  { what: 'condition', name: 'Condition ping-pong', operations: 20_000, bar: 1.3, aim: 1.1 },
  { what: 'event', name: 'Event ping-pong', operations: 20_000, bar: 1.3, aim: 1.1 },
  { what: 'semaphore', name: 'Semaphore ping-pong', operations: 20_000, bar: 1.3, aim: 1.1 },
  { what: 'barrier', name: 'Barrier ping-pong', operations: 15_000, bar: 1.3, aim: 1.1 },
  { what: 'sleep-0', name: 'asyncio: 1,000 tasks × 100 `sleep(0)`, 3 times', operations: 300_000, ...tasks },
  { what: 'queue', name: '`asyncio.Queue` ping-pong', operations: 100_000, ...tasks },
  { what: 'queue', name: '`multiprocessing.Queue`, 1 producer, 1 consumer', operations: 60_000, ...pools },
  { what: 'pool-map', name: '`Pool(2).map`, 100,000 tasks, chunksize 1', operations: 100_000, rounds: 11, ...pools },
  { what: 'process-pool', name: 'ProcessPoolExecutor(2), 20,000 jobs', operations: 20_000, rounds: 7, ...pools },
  { what: 'thread-pool', name: 'ThreadPoolExecutor(4), 20,000 jobs', operations: 20_000, ...pools },
]

const nanoseconds = (loop: Loop) => (side: Side) =>
  side((file, before, env) => {
    const args = [program(loop.program ?? 'timed.py'), loop.what, String(loop.operations)]
    const [wall, cpu] = output(file, [...before, ...args], env)
      .split(' ')
      .map(Number)
    if (!(wall! > 0 && cpu! > 0)) throw new Error(`${loop.what} printed no time`)
    return { wall: wall!, cpu: cpu! }
  })

export const agentLoops = async (): Promise<Row[]> => {
  let agentWhy: unknown = null
  let vizWhy: unknown = null
  const core = await coreOnce().catch((error: unknown) => ((agentWhy = error), null))
  try {
    viztracer()
  } catch (error) {
    vizWhy = error
  }
  return loops.flatMap((loop): Row[] => {
    const { name, bar, aim } = loop
    const rival = `${name}, VizTracer 1.1.1${loop.viz ? ` ${loop.viz}` : ''}`
    try {
      // every operation leaves at least one event
      const agent = core === null ? [] : [traced(core, loop.operations)]
      const viz = vizWhy === null ? [viztracer(...(loop.viz ? [loop.viz] : []))] : []
      const compared = compare([untraced, ...agent, ...viz], nanoseconds(loop), { rounds: loop.rounds ?? 9, bar })
      const ours = core === null ? null : compared.shift()!
      const theirs = vizWhy === null ? compared.shift()! : null
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
