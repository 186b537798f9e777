// The whole way of a program's events: it runs under the real agent, the recorder makes its trace, a test asks it by SQL.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRecording } from '../../main/recording.ts'
import type { PythonWith } from './python-with.ts'

export interface Whole {
  code: number | null
  output: string
  /** processes that outlived the program */
  left: number[]
  /** each row as its values */
  rows(sql: string): unknown[][]
}

export async function recordWhole(
  python: PythonWith,
  source: string,
  onTestFinished: (stop: () => void) => void,
): Promise<Whole> {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-whole-'))
  const program = join(folder, 'program.py')
  writeFileSync(program, source)
  const recording = await startRecording({
    command: [python.file, program],
    cwd: folder,
    env: python.env,
    output: join(folder, 'trace.sqlite'),
    stdio: 'capture',
    follow: false,
  })
  onTestFinished(() => {
    recording.stop('kill')
    recording.trace.db.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const { ended, outlived } = await recording.done
  return {
    code: ended?.code ?? null,
    output: recording.output(),
    left: outlived,
    rows: (sql) => recording.trace.db.prepare(sql).raw().all() as unknown[][],
  }
}
