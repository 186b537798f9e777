// What seeing the GIL costs: the same program under the agent with the GIL and without it, by the program's own clock. Out:
// rows, as ratios of neighbours.
import { environment } from '../../wire/side-file.ts'
import { type Row, broken } from './row.ts'
import { type Side, compare, coreOnce, output, program, traced } from './side.ts'

const loops = [
  { what: 'spin', name: 'GIL lane: 4 threads that only compute, with it over without it', operations: 8_000_000 },
  { what: 'lock', name: 'GIL lane: lock ping-pong, with it over without it', operations: 40_000 },
]
const rounds = 15
const bar = 1.02

export const gil = async (): Promise<Row[]> => {
  const core = await coreOnce()
  return loops.map(({ what, name, operations }) => {
    const measure = (side: Side) =>
      side((file, before, env) => {
        const args = [...before, program('timed.py'), what, String(operations)]
        const [wall, cpu] = output(file, args, env).split(' ').map(Number)
        if (!(wall! > 0 && cpu! > 0)) throw new Error(`${what} printed no time`)
        return { wall: wall!, cpu: cpu! }
      })
    try {
      const [with_] = compare([traced(core, 1, { [environment.gil]: '0' }), traced(core, 1)], measure, { rounds, bar })
      return { name, bar, aim: 1, value: with_!.ratio, unit: '×', note: with_!.note }
    } catch (error) {
      return broken(name, error)
    }
  })
}
