// "If this lock were free: at most so much shorter" against reality: programs whose fix takes exactly the waits for one lock
// away are recorded, and the run that was foretold is compared with the recording of the repaired one. Sleep stands for
// the work, so that a busy machine has little to say in it; what it has can only make a run longer, so the shortest of
// three is what the program takes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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

/** Tasks: the recipe of a lock held over an await is too short for a busy machine. */
const tasks = (locks: string) => `
import asyncio
async def work(lock):
    for _ in range(8):
        async with lock:
            await asyncio.sleep(0.07)
        await asyncio.sleep(0.01)
async def main():
    lock = asyncio.Lock()
    locks = ${locks}
    await asyncio.gather(*(work(lock) for lock in locks))
asyncio.run(main())
`
const programs: Record<string, string> = {
  tasks: tasks('[lock] * 3'),
  tasks_fixed: tasks('[asyncio.Lock() for _ in range(3)]'),
}
const fileOf = (id: string): string => {
  const source = programs[id]
  if (source === undefined) return recipeFile(id)
  const path = join(folder, `${id}.py`)
  writeFileSync(path, source)
  return path
}

/** The shortest of three recordings. */
const recorded = async (id: string): Promise<Trace> => {
  let shortest: Trace | null = null
  for (let i = 1; i <= 3; i++) {
    const trace = await recordedOnce(id, i)
    if (shortest && spanOf(shortest) <= spanOf(trace)) trace.db.close()
    else {
      shortest?.db.close()
      shortest = trace
    }
  }
  return shortest!
}
const spanOf = (trace: Trace) => work(trace).to - work(trace).from

const recordedOnce = async (id: string, turn: number): Promise<Trace> => {
  const python = await recipesPython()
  if (!python) throw new Error('The recipes need a CPython 3.10 or newer on the PATH.')
  const recording = await startRecording({
    command: [python, fileOf(id)],
    output: join(folder, `${id.replace('/', '-')}-${turn}.sqlite`),
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
  ['tasks', 'lock'],
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
