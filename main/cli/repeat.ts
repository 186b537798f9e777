// `interleave record --repeat N`: the program N times, a trace each: X-1.sqlite, X-2.sqlite, … for X.sqlite. It ends at the
// first run that fails (the program itself, or a rule of --fail-on) or is interrupted, with its exit code; reports are of
// the last run. Out: how long a run takes and how much runs differ, which is what `interleave compare` needs to know.
import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { deviation, mean } from '../query/statistics.ts'
import { duration, many } from '../query/words.ts'
import { findProgram } from '../run/find-python.ts'
import { newTracePath, repeatedPath, traceFolder } from '../run/traces.ts'
import { Failure, tell } from './output.ts'
import { recordOnce, type RecordOptions } from './record.ts'

export async function repeat(command: string[], { repeat: runs, ...options }: RecordOptions): Promise<number> {
  if (options.live) throw new Failure('--live shows one run: leave --repeat out, or --live', 2)
  const program = findProgram(command, process.cwd(), process.env)
  if (program.file === null) throw new Failure(program.sentence, program.code)
  const name = options.output === undefined ? newTracePath(traceFolder(), program.name) : resolve(options.output)
  const repetition = randomUUID()
  const durs: number[] = []
  for (let n = 1; n <= runs!; n++) {
    tell(`interleave: run ${n} of ${runs}`)
    const ran = await recordOnce(command, { ...options, output: repeatedPath(name, n), repetition })
    if (ran.dur !== null) durs.push(ran.dur)
    if (ran.code !== 0 || ran.stopped) {
      if (n < runs!)
        tell(`interleave: ended with run ${n} of ${runs}, ${ran.code ? 'which failed' : 'because of a signal'}`)
      return ran.code
    }
  }
  if (durs.length > 0) tell(`interleave: ${spread(durs)}`)
  if (durs.length > 1) tell(`interleave: \`interleave compare '${name}' OTHER\` compares them with others`)
  return 0
}

function spread(durs: number[]): string {
  const range =
    durs.length > 1
      ? ` on average, ±${duration(deviation(durs))} (${duration(Math.min(...durs))} to ${duration(Math.max(...durs))})`
      : ''
  return `${many(durs.length, 'run')}, ${duration(mean(durs))}${range}`
}
