// Whether the GIL can be seen, asked of each Python itself: it runs nothing, under the agent, whose side file says so.
// Out: a check for `interleave doctor`. It never fails: a Python whose GIL is not seen is recorded without it.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { sideLines } from '../../wire/side-file.ts'
import { buildCore } from './build-core.ts'
import { recordedEnvironment } from './environment.ts'
import { findPythons, isNewEnough, type Python } from './find-python.ts'
import { isCoreBuilt, versionOf, type Check } from './machine.ts'
import { root } from './root.ts'

const run = promisify(execFile)

/** '' = exactly; otherwise why not. */
async function whyNot(python: Python, core: string, env: NodeJS.ProcessEnv): Promise<string> {
  const runFolder = await mkdtemp(join(tmpdir(), 'interleave-gil-'))
  try {
    await run(python.executable, ['-c', ''], { env: recordedEnvironment(env, { runFolder, core }), timeout: 10_000 })
    const names = (await readdir(runFolder)).filter((name) => name.endsWith('.names'))
    const texts = await Promise.all(names.map((name) => readFile(join(runFolder, name), 'utf8')))
    const lines = texts.flatMap(sideLines)
    const said = lines.find((line) => line.k === 'gil')
    const note = lines.find((line) => line.k === 'note')
    return said ? (said.why ?? '') : (note?.text ?? 'This Python did not load the agent.')
  } catch (error) {
    return `It could not be asked: ${(error as Error).message.split('\n')[0]!}`
  } finally {
    await rm(runFolder, { recursive: true })
  }
}

export async function checkGil(env: NodeJS.ProcessEnv = process.env): Promise<Check[]> {
  if (!isCoreBuilt()) return [] // the first recording builds it
  const pythons = (await findPythons(env)).filter(isNewEnough)
  if (pythons.length === 0) return []
  const core = await buildCore(root)
  const answers = await Promise.all(pythons.map((python) => whyNot(python, core, env)))
  const exact = pythons.filter((_, i) => answers[i] === '').map(versionOf)
  const others = pythons.flatMap((p, i) => (answers[i] === '' ? [] : [`not in ${versionOf(p)}: ${answers[i]!}`]))
  const found = [...(exact.length ? [`seen exactly in ${exact.join(', ')}`] : []), ...others].join('; ')
  return [{ name: 'GIL', for: 'recording', ok: true, found, add: '' }]
}
