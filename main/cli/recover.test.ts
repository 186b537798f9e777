// Recordings that did not come to their end: the recorder was killed, or a child outlived the program.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recipesPython } from '../run/find-python.ts'
import { root } from '../run/root.ts'
import { listTraces, readNote, stateOf } from '../run/traces.ts'
import { isAlive, writersAlive } from '../run/writers.ts'

const folder = mkdtempSync(join(tmpdir(), 'interleave-recover-'))
const door = join(root, 'main', 'interleave.mjs')
const env = { ...process.env, INTERLEAVE_HOME: folder }
let python: string
beforeAll(async () => {
  python = (await recipesPython())!
})
afterAll(() => rmSync(folder, { recursive: true }))
const interleave = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [door, ...args], {
    env,
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, stdout, stderr }
}
/** Resolves when the file is there. */
async function appears(name: string): Promise<void> {
  const watcher = watch(folder)
  while (!existsSync(join(folder, name))) await once(watcher, 'change')
  watcher.close()
}
/** Resolves when the process has ended; without an init in the container it may stay a zombie. */
async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('a recording whose recorder was killed is listed, and whole once it is asked for', async () => {
  const trace = join(folder, 'cut.sqlite')
  const file = join(folder, 'goes-on.py')
  const text = `
import os, sys, threading, time
lock = threading.Lock()
def work():
    for _ in range(100):
        with lock: pass
workers = [threading.Thread(target=work) for _ in range(4)]
for w in workers: w.start()
for w in workers: w.join()
open('ready', 'w').close()
while not os.path.exists('go'): time.sleep(0.001)
for _ in range(50):
    with lock: pass
`
  writeFileSync(file, text)
  const args = [door, 'record', '-o', trace, python, file]
  const recorder = spawn(process.execPath, args, { env, cwd: folder, stdio: 'ignore' })
  await appears('ready')
  expect(stateOf(trace)).toBe('recording')
  expect(interleave('report', trace)).toMatchObject({ status: 1, stderr: expect.stringContaining('is being recorded') })
  const [program] = writersAlive(`${trace}.run`)
  recorder.kill('SIGKILL')
  await once(recorder, 'exit')
  expect(listTraces(folder)).toMatchObject([{ path: trace, unfinished: true }])
  expect(interleave('report', trace)).toMatchObject({ status: 1, stderr: expect.stringContaining('still runs') })
  writeFileSync(join(folder, 'go'), '')
  await gone(program!)
  const asked = interleave('query', trace, "SELECT count(*) AS n FROM hold WHERE object = 'lock'", '--json')
  expect(asked.stderr).toContain('recovering')
  expect(JSON.parse(asked.stdout)).toEqual([{ n: 450 }])
  expect(listTraces(folder)).toMatchObject([{ path: trace, unfinished: false }])
  expect(readNote(`${trace}.run`)).toBe(null)
})

test('a child that outlives the program is named, and is not waited for', async () => {
  const child = 'import os,time\nwhile not os.path.exists("enough"): time.sleep(0.01)'
  const parent = `
import subprocess, sys, time, os
child = subprocess.Popen([sys.executable, '-c', sys.argv[1]], start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
while not any(name.startswith(f'{child.pid}-') and name.endswith('.events') for name in os.listdir(os.environ['INTERLEAVE_RUN'])):
    time.sleep(0.001)
print(child.pid)
`
  const args = [door, 'record', python, '-c', parent, child]
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    env,
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
  })
  writeFileSync(join(folder, 'enough'), '')
  const pid = Number(stdout)
  await gone(pid)
  expect(status).toBe(0)
  expect(stderr).toContain(`process ${pid} that it started goes on`)
  expect(readdirSync(folder).filter((name) => name.endsWith('.run'))).toEqual([])
})

test('--keep-events leaves the event files beside a whole trace', () => {
  const trace = join(folder, 'kept.sqlite')
  expect(interleave('record', '--keep-events', '-o', trace, python, '-c', 'pass').status).toBe(0)
  expect(stateOf(trace)).toBe('whole')
  expect(readdirSync(`${trace}.events`).some((name) => name.endsWith('.events'))).toBe(true)
})
