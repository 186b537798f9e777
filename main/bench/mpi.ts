// What recording costs mpi4py: a message to and fro between two ranks, small and large, and a small sum over four, traced over
// untraced. By MPICH, in the environment of the recipes' chapter.
import { join } from 'node:path'
import { chapterPython, installPackages } from '../run/chapters.ts'
import { type Row, broken } from './row.ts'
import { layouts, program } from './side.ts'
import { takeTurns } from './turns.ts'

interface Loop {
  name: string
  what: string
  ranks: number
  /** so that an untraced turn takes 10 to 50 ms */
  operations: number
  bytes: number
  /** records of all ranks for one of them, at least */
  records: number
}
const loops: Loop[] = [
  { name: 'ping-pong, 8 bytes, 2 ranks', what: 'ping-pong', ranks: 2, operations: 3000, bytes: 8, records: 4 },
  { name: 'ping-pong, 1 MiB, 2 ranks', what: 'ping-pong', ranks: 2, operations: 40, bytes: 2 ** 20, records: 4 },
  { name: 'allreduce, 8 bytes, 4 ranks', what: 'allreduce', ranks: 4, operations: 500, bytes: 8, records: 4 },
]

const bar = 1.1

export const mpi = async (): Promise<Row[]> => {
  const chapter = await chapterPython('mpi')
  await installPackages(chapter, () => {})
  const cores = await layouts()
  const file = join(chapter.bin!, 'mpiexec')
  const rows: Row[] = []
  for (const { name, what, ranks, operations, bytes, records } of loops) {
    const title = `mpi4py: ${name}`
    const timed = [program('timed_mpi.py'), what, String(operations), String(bytes)]
    const args = ['-n', String(ranks), chapter.python, ...timed]
    try {
      const { ratio, note } = await takeTurns(cores, {
        file,
        args,
        members: ranks,
        starts: 18,
        bar,
        turns: 60,
        records: records * operations,
      })
      rows.push({ name: title, bar, aim: 1.03, value: ratio, unit: '×', note })
    } catch (error) {
      rows.push(broken(title, error))
    }
  }
  return rows
}
