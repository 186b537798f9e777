// Programs are real; those that need no agent are sh and python3 without one.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { onPath } from './find-python.ts'
import { launch, type Run } from './launch.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'interleave-launch-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const start = (...command: string[]): Promise<Run> =>
  launch({
    command,
    file: onPath(command[0]!, folder, process.env)!,
    cwd: folder,
    env: process.env,
    runFolder: join(folder, 'run'),
    core: '/nowhere.so',
    stdio: 'capture',
  })
/** Waits until the program has printed the word. */
async function printed(run: Run, word: string): Promise<void> {
  while (!run.output().includes(word)) await new Promise((resolve) => setImmediate(resolve))
}

test('its end, its folder and what it prints are its own', async () => {
  const run = await start('sh', '-c', 'pwd; echo "$0 $1" >&2; exit 7', 'a b', 'é')
  expect(await run.ended).toEqual({ code: 7, signal: null })
  expect(await run.settled(0)).toEqual([])
  await printed(run, 'é')
  expect(run.output().split('\n').sort()).toEqual(['', 'a b é', folder].sort())
})

test('only the last part of a long output is kept', async () => {
  const run = await start('python3', '-c', 'print("x" * 200_000 + "end")')
  await run.ended
  await printed(run, 'end')
  expect(run.output().length).toBeLessThanOrEqual(64 * 1024)
})

test('a stop reaches the program and the children it started', async () => {
  const run = await start('sh', '-c', 'sh -c "echo child \\$\\$ > child; echo ready; sleep 1000" & wait')
  await printed(run, 'ready')
  const child = Number(readFileSync(join(folder, 'child'), 'utf8').split(' ')[1])
  run.stop('terminate')
  expect(await run.ended).toEqual({ code: null, signal: 'SIGTERM' })
  while (isThere(child)) await new Promise((resolve) => setImmediate(resolve))
})

test('interrupt is KeyboardInterrupt; kill ends what will not be terminated', async () => {
  const program = `
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: print("no"))
try:
    print("ready")
    time.sleep(1000)
except KeyboardInterrupt:
    print("interrupted")
    time.sleep(1000)
`
  const run = await start('python3', '-c', program)
  await printed(run, 'ready')
  run.stop('interrupt')
  await printed(run, 'interrupted')
  run.stop('terminate')
  await printed(run, 'no')
  run.stop('kill')
  expect(await run.ended).toEqual({ code: null, signal: 'SIGKILL' })
})

test('what cannot be started is said', async () => {
  await expect(
    launch({
      command: ['x'],
      file: join(folder, 'missing'),
      cwd: folder,
      env: {},
      runFolder: join(folder, 'run'),
      core: '',
      stdio: 'capture',
    }),
  ).rejects.toThrow('ENOENT')
})

function isThere(pid: number): boolean {
  try {
    // a zombie of a container without an init still has a number: it has no command line
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1') !== ''
  } catch {
    return false
  }
}
