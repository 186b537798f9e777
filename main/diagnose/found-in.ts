// Test support: what the rules find in a small Python program that is really run and recorded.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll } from 'vitest'
import type { Finding } from '../../wire/api.ts'
import { startRecording } from '../recording.ts'
import { buildCore } from '../run/build-core.ts'
import { pythonFor } from '../../agent/test/python-with.ts'
import { recipesPython } from '../run/find-python.ts'
import { diagnose } from './diagnose.ts'

/** Called once in a test file; programs are called program1.py, program2.py, … Those with packages (pythonFor) may be
 *  started in another way: "mpiexec -n 4 python {program}". */
export function pythonPrograms(packages?: string, start = 'python {program}') {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-programs-'))
  let python = ''
  let env = process.env
  beforeAll(async () => {
    await buildCore()
    if (packages !== undefined) ({ file: python, env } = await pythonFor(packages))
    else python = (await recipesPython()) ?? ''
    if (python === '') throw new Error('These tests need a CPython 3.10 or newer on the PATH.')
  }, 300_000)
  afterAll(() => rmSync(folder, { recursive: true }))
  let programs = 0

  /** Runs the program; one that never ends is watched until what is found is enough (a rule's name: it is among it), and
   *  then killed, or interrupted as by Ctrl-C until it has ended. Each finding comes with the rows of its SQL. */
  return async function foundIn(
    source: string,
    until: string | ((found: readonly Finding[]) => boolean) | null,
    onTestFinished: (stop: () => void) => void,
    stop: 'kill' | 'interrupt' = 'kill',
  ) {
    const path = join(folder, `program${++programs}.py`)
    writeFileSync(path, source.trimStart())
    const word = (text: string) => (text === 'python' ? python : text === '{program}' ? path : text)
    const recording = await startRecording({
      command: start.split(' ').map(word),
      env,
      output: path.replace('.py', '.sqlite'),
      stdio: 'capture',
      follow: true,
    })
    onTestFinished(() => recording.stop('kill'))
    if (until) {
      const enough =
        typeof until === 'string' ? (found: readonly Finding[]) => found.some((f) => f.rule === until) : until
      // a recording that breaks off says why, instead of being watched for ever
      const done = recording.done.then(() => true)
      while (!enough(diagnose(recording.trace))) if (await Promise.race([delay(50, false), done])) break
      const ended = recording.ended.then(() => true)
      do recording.stop(stop)
      while (!(await Promise.race([delay(500, false), ended])))
    }
    await recording.done
    const { trace } = recording
    const found = diagnose(trace).map((f) => ({
      ...f,
      rows: trace.db.prepare(f.sql).all() as Record<string, string | number | null>[],
    }))
    trace.db.close()
    return found
  }
}
