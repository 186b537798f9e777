// What recording costs SCOOP: a map of 10,000 futures that do nothing, so that all its time is SCOOP's own, traced over untraced.
// In the environment of the recipes' chapter, with as many workers as are common on a small machine.
import { chapterPython, installPackages } from '../run/chapters.ts'
import { type Row, broken } from './row.ts'
import { coreOnce, program } from './side.ts'
import { takeTurns } from './turns.ts'

const name = 'SCOOP: `futures.map` of 10,000, 2 workers'
const futures = 500
const bar = 1.1

export const scoopMap = async (): Promise<Row[]> => {
  try {
    const scoop = await chapterPython('scoop')
    await installPackages(scoop, () => {})
    const { ratio, note } = await takeTurns([await coreOnce()], {
      file: scoop.python,
      args: ['-m', 'scoop', '-q', '-n', '2', program('timed_scoop.py'), String(futures)],
      members: 1,
      starts: 9,
      bar,
      turns: 10_000 / futures,
      records: 4 * futures, // each is submitted, begun, ended and fetched
    })
    return [{ name, bar, aim: 1.03, value: ratio, unit: '×', note }]
  } catch (error) {
    return [broken(name, error)]
  }
}
