// What recording costs mpi4py: a message to and fro between two ranks, small and large, and a small sum over four, traced over
// untraced. By MPICH, in the environment of the recipes' chapter.
import { join } from 'node:path'
import { chapterPython, installPackages } from '../run/chapters.ts'
import { type Row, broken } from './row.ts'
import { type Side, compare, coreOnce, output, program, traced, untraced } from './side.ts'

interface Loop {
  name: string
  what: string
  ranks: number
  /** so that an untraced run takes about half a second */
  operations: number
  bytes: number
  /** records of all ranks for one of them, at least */
  records: number
}
const loops: Loop[] = [
  { name: 'ping-pong, 8 bytes, 2 ranks', what: 'ping-pong', ranks: 2, operations: 100_000, bytes: 8, records: 8 },
  { name: 'ping-pong, 1 MiB, 2 ranks', what: 'ping-pong', ranks: 2, operations: 1500, bytes: 2 ** 20, records: 8 },
  { name: 'allreduce, 8 bytes, 4 ranks', what: 'allreduce', ranks: 4, operations: 5000, bytes: 8, records: 8 },
]

/** A rank sees a message when it next looks, every half µs: a few ns decide, and single ratios spread. */
const pairs = 25

export const mpi = async (): Promise<Row[]> => {
  const chapter = await chapterPython('mpi')
  await installPackages(chapter, () => {})
  const core = await coreOnce()
  return loops.map(({ name, what, ranks, operations, bytes, records }): Row => {
    const command = [
      '-n',
      String(ranks),
      chapter.python,
      program('timed_mpi.py'),
      what,
      String(operations),
      String(bytes),
    ]
    const measure = (side: Side) =>
      side((_, before, env) => {
        const [wall, cpu] = output(join(chapter.bin!, 'mpiexec'), [...before, ...command], env)
          .split(' ')
          .map(Number)
        if (!(wall! > 0 && cpu! > 0)) throw new Error(`${what} printed no time`)
        return { wall: wall!, cpu: cpu! }
      })
    const title = `mpi4py: ${name}`
    try {
      const [ours] = compare([untraced, traced(core, records * operations)], measure, pairs)
      return { name: title, bar: 1.1, aim: 1.03, value: ours!.ratio, unit: '×', note: ours!.note }
    } catch (error) {
      return broken(title, error)
    }
  })
}
