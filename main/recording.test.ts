// Real programs under the real agent, recorded in this process. A program goes on when it finds a file: nothing is timed.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { CannotRun, recover, startRecording, type Recording } from './recording.ts'
import { recipesPython } from './run/find-python.ts'
import { listTraces, runFolderOf, stateOf } from './run/traces.ts'
import { writersAlive } from './run/writers.ts'
import { openTrace } from './store/database.ts'

let folder: string
let python: string
beforeAll(async () => {
  python = (await recipesPython())!
})
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'interleave-recording-'))))
afterEach(() => rmSync(folder, { recursive: true }))

/** Holds the lock 10 times, says so, waits for the file `go`, holds it 5 times more. */
const program = `
import os, threading, time
lock = threading.Lock()
def hold(times):
    for _ in range(times):
        with lock: pass
def work():
    hold(10)
    print('ready', flush=True)
    while not os.path.exists('go'): time.sleep(0.001)
    hold(5)
worker = threading.Thread(target=work, name='worker')
worker.start()
worker.join()
print('done')
`
const start = (text: string, follow: boolean): Promise<Recording> => {
  const file = join(folder, 'program.py')
  writeFileSync(file, text)
  return startRecording({ command: [python, file], cwd: folder, folder, stdio: 'capture', follow })
}
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2))
}
const go = () => writeFileSync(join(folder, 'go'), '')
const heldIn = (recording: Recording) => {
  const lock = recording.trace.objects.find((object) => object?.name === 'lock')
  return lock?.lane ? recording.trace.db.prepare('SELECT count(*) FROM hold WHERE object = ?').pluck().get('lock') : 0
}

test('a followed recording grows while the program runs, and is whole when it is over', async () => {
  const recording = await start(program, true)
  let changes = 0
  recording.onChange = () => changes++
  await until(() => recording.trace.threads.some((thread) => thread.object.name === 'worker'))
  await until(() => recording.output().includes('ready'))
  expect(recording).toMatchObject({ state: 'recording', rows: 0, name: 'program' })
  expect(stateOf(recording.path)).toBe('recording')
  expect(changes).toBeGreaterThan(0)
  go()
  expect(await recording.done).toEqual({ ended: { code: 0, signal: null }, outlived: [], unseen: null })
  expect(recording).toMatchObject({ state: 'finished', rows: 1 })
  expect(recording.output()).toBe('ready\ndone\n')
  expect(heldIn(recording)).toBe(15)
  expect(existsSync(runFolderOf(recording.path))).toBe(false)
  recording.trace.db.close()
  const opened = openTrace(recording.path)
  expect(opened.facts.get('exit')).toBe('0')
  expect(opened.facts.get('output')).toBe('ready\ndone\n')
  opened.db.close()
})

test('a stop is told to the program, and its end is in the trace', async () => {
  const recording = await start(program, false)
  await until(() => recording.output().includes('ready'))
  recording.stop('kill')
  expect((await recording.done).ended).toEqual({ code: null, signal: 'SIGKILL' })
  expect(recording.trace.facts.get('exit')).toBe('SIGKILL')
  expect(recording.trace.processes.filter(Boolean).map((process) => process.ended)).toEqual(['cut'])
  expect(heldIn(recording)).toBe(10)
  recording.trace.db.close()
})

test('a recording that is left goes on without us, and is recovered to its end by whoever opens it', async () => {
  const left = await start(program, true)
  await until(() => left.output().includes('ready'))
  left.leave()
  await expect(left.done).rejects.toThrow('left unfinished')
  expect(listTraces(folder)).toMatchObject([{ path: left.path, unfinished: true }])
  expect(writersAlive(runFolderOf(left.path))).toHaveLength(1)
  const recording = await recover(left.path)
  expect(stateOf(left.path)).toBe('recording')
  await until(() => recording.trace.threads.length === 2)
  go()
  expect(await recording.done).toEqual({ ended: null, outlived: [], unseen: null })
  expect(heldIn(recording)).toBe(15)
  expect(recording).toMatchObject({ name: 'program', state: 'finished' })
  expect(recording.output()).toContain('ready')
  expect(listTraces(folder)).toMatchObject([{ path: left.path, unfinished: false }])
  recording.trace.db.close()
})

test('a recovered program can be stopped', async () => {
  const left = await start(program, true)
  await until(() => left.output().includes('ready'))
  left.leave()
  const recording = await recover(left.path)
  recording.stop('terminate')
  await recording.done
  expect(heldIn(recording)).toBe(10)
  recording.trace.db.close()
})

test('a trace that cannot be written is said in a sentence, and its events are kept', async () => {
  const recording = await start(program, true)
  await until(() => recording.output().includes('ready'))
  recording.trace.db.close()
  await expect(recording.done).rejects.toThrow(/program-.*\.sqlite is not whole \(.+\); its events are kept/)
  expect(stateOf(recording.path)).toBe('unfinished')
  go()
  await until(() => writersAlive(runFolderOf(recording.path)).length === 0)
  const again = await recover(recording.path)
  await again.done
  expect(heldIn(again)).toBe(15)
  again.trace.db.close()
})

test('what cannot be run leaves nothing behind', async () => {
  const run = startRecording({ command: ['no-such'], cwd: folder, folder, stdio: 'capture', follow: true })
  await expect(run).rejects.toThrow(CannotRun)
  const bad = join(folder, 'not-a-program')
  writeFileSync(bad, '#!/no/such/interpreter\n', { mode: 0o755 })
  const spawned = startRecording({ command: [bad], cwd: folder, folder, stdio: 'capture', follow: true })
  await expect(spawned).rejects.toThrow(/cannot be run/)
  expect(listTraces(folder)).toEqual([])
})
