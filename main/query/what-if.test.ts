// "If this lock were free: at most so much shorter" against reality: recipes whose fix takes exactly the waits for one lock
// away are recorded, and the run that was foretold is compared with the recording of the repaired one. Sleep stands for
// the work, so that a busy machine has little to say in it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRecording } from '../recording.ts'
import { buildCore } from '../run/build-core.ts'
import { recipesPython } from '../run/find-python.ts'
import { recipeFile } from '../run/recipes.ts'
import type { Trace } from '../store/trace.ts'
import { criticalPath } from './critical-path.ts'

const folder = mkdtempSync(join(tmpdir(), 'interleave-what-if-'))
beforeAll(() => buildCore())
afterAll(() => rmSync(folder, { recursive: true }))

const recorded = async (id: string): Promise<Trace> => {
  const python = await recipesPython()
  if (!python) throw new Error('The recipes need a CPython 3.10 or newer on the PATH.')
  const recording = await startRecording({
    command: [python, recipeFile(id)],
    output: join(folder, `${id.replace('/', '-')}.sqlite`),
    stdio: 'capture',
    follow: true,
  })
  const { ended } = await recording.done
  expect(ended, recording.output()).toEqual({ code: 0, signal: null })
  return recording.trace
}
/** The part of the run in which its workers work: without the start of the interpreter, which no lock makes longer. */
const work = (trace: Trace) => {
  const [, ...workers] = trace.threads
  const ends = workers.map((t) => t.end ?? trace.processes[t.object.process]!.end ?? trace.end)
  return { from: Math.min(...workers.map((t) => t.start)), to: Math.max(...ends) }
}

test.each([
  ['threading/critical_path', 'Kitchen.stove'],
  ['processes/shared_lock', 'balance'],
  ['asyncio/lock_over_await', 'Survey.lock'],
])('%s: the replay without %s takes as long as the repaired program', async (id, lock) => {
  const before = await recorded(id)
  const { from, to } = work(before)
  const { whatIf, sums, because } = criticalPath(before, { from, to })
  expect(because).toBe('')
  // most of the path lies inside the lock, and it is what would help most
  expect(sums.find((s) => s.by === 'object')).toMatchObject({ name: expect.stringContaining(lock) })
  expect(whatIf[0]).toMatchObject({ name: expect.stringContaining(lock) })
  const foretold = to - from - whatIf[0]!.dur

  const after = await recorded(`${id}_fixed`)
  const repaired = work(after)
  const measured = repaired.to - repaired.from
  // the lock cost a quarter of the time and more: a replay that changes nothing is found out
  expect(measured).toBeLessThan(0.8 * (to - from))
  expect(foretold / measured).toBeGreaterThan(0.85)
  expect(foretold / measured).toBeLessThan(1.15)
  // the repaired one has nothing more to win there
  for (const { name, share } of criticalPath(after).whatIf) if (name.startsWith(lock)) expect(share).toBeLessThan(0.05)
  before.db.close()
  after.db.close()
})
