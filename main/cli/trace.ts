// A trace that a command was given: opened, or recovered first when its recording was left unfinished.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { recover } from '../recording.ts'
import { runFolderOf, stateOf } from '../run/traces.ts'
import { writersAlive } from '../run/writers.ts'
import { openTrace, type Trace } from '../store/database.ts'
import { Failure, tell } from './output.ts'

export async function traceAt(file: string): Promise<Trace> {
  const path = resolve(file)
  const state = stateOf(path)
  if (state === 'recording') throw new Failure(`${file} is being recorded: try again when it is done`)
  if (state === 'unfinished') {
    if (writersAlive(runFolderOf(path)).length > 0)
      throw new Failure(
        `the program of ${file} still runs without its recorder: \`interleave open\` follows it, or try again when it is done`,
      )
    tell(`interleave: recovering ${file}, whose recording was left unfinished`)
    const recording = await recover(path)
    await recording.done
    return recording.trace
  }
  if (!existsSync(path)) throw new Failure(`there is no trace ${file}`)
  return openTrace(path)
}
