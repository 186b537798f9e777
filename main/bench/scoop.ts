// What recording costs SCOOP: a map of 10,000 futures that do nothing, so that all its time is SCOOP's own, traced over untraced.
// In the environment of the recipes' chapter, with as many workers as are common on a small machine.
import { chapterPython, installPackages } from '../run/chapters.ts'
import { type Row, broken } from './row.ts'
import { type Side, compare, coreOnce, output, program, traced, untraced } from './side.ts'

const name = 'SCOOP: `futures.map` of 10,000, 2 workers'
const futures = 10_000

export const scoopMap = async (): Promise<Row[]> => {
  try {
    const scoop = await chapterPython('scoop')
    await installPackages(scoop, () => {})
    const command = ['-m', 'scoop', '-q', '-n', '2', program('timed_scoop.py'), String(futures)]
    const measure = (side: Side) =>
      side((_, before, env) => {
        const [wall, cpu] = output(scoop.python, [...before, ...command], env)
          .split(' ')
          .map(Number)
        if (!(wall! > 0 && cpu! > 0)) throw new Error('SCOOP printed no time')
        return { wall: wall!, cpu: cpu! }
      })
    // each is submitted, begun, ended and fetched
    const [ours] = compare([untraced, traced(await coreOnce(), 4 * futures)], measure, 9)
    return [{ name, bar: 1.1, aim: 1.03, value: ours!.ratio, unit: '×', note: ours!.note }]
  } catch (error) {
    return [broken(name, error)]
  }
}
