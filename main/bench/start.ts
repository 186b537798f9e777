// What the agent adds to the start of a process: of Python itself, by the wall around it, and of one that multiprocessing
// spawns, by the program's own clock from its start to the first line of its own. Out: rows, in milliseconds.
import { recordsPerChunk } from '../../wire/record.ts'
import { type Row, broken, median, quantile } from './row.ts'
import { type Side, coreOnce, output, program, traced, untraced, viztracer } from './side.ts'

const pairs = 25
/** events there is room for when the child has a file too, and not when its parent alone has */
const bothProcesses = recordsPerChunk + 1

const pass = (side: Side) =>
  side((file, _, env) => {
    const begun = performance.now()
    output(file, ['-c', 'pass'], env)
    return performance.now() - begun
  })
const spawned = (side: Side) =>
  side((file, before, env) => {
    const [wall] = output(file, [...before, program('timed_pools.py'), 'spawn', '1'], env)
      .split(' ')
      .map(Number)
    if (!(wall! > 0)) throw new Error('spawn printed no time')
    return wall! / 1e6
  })

/** Milliseconds of the one side less those of the untraced one beside it. */
const added = (
  measure: (side: Side) => number,
  side: Side,
  bare: Side = untraced,
): { value: number; unit: string; note: string } => {
  for (const each of [bare, side]) measure(each)
  const taken = Array.from({ length: pairs }, () => [measure(bare), measure(side)] as const)
  const more = taken.map(([without, with_]) => with_ - without)
  const spread = [0.25, 0.75].map((q) => quantile(more, q).toFixed(1)).join('–')
  const plain = median(taken.map(([without]) => without)).toFixed(0)
  return { value: median(more), unit: 'ms', note: `${pairs} pairs, middle half ${spread}; without it ${plain} ms` }
}

/** The same interpreter without what stands before the program: a virtual environment's may start quicker or slower. */
const bareOf =
  (side: Side): Side =>
  (run) =>
    side((file, _, env) => run(file, [], env))

export const startUp = async (): Promise<Row[]> => {
  const core = await coreOnce()
  const child = 'a process that multiprocessing spawns, until its first line'
  const row = (name: string, measure: () => ReturnType<typeof added>, bar: number | null, aim: number | null): Row => {
    try {
      return { name, bar, aim, ...measure() }
    } catch (error) {
      return broken(name, error)
    }
  }
  return [
    row('agent start-up added to `python -c pass`', () => added(pass, traced(core, 1)), 60, 25),
    row(`agent start-up added to ${child}`, () => added(spawned, traced(core, bothProcesses)), 60, 25),
    row(
      `VizTracer 1.1.1 added to ${child}`,
      () => {
        const viz = viztracer('--children')
        return added(spawned, viz, bareOf(viz))
      },
      null,
      null,
    ),
  ]
}
