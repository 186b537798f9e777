// What becomes of a recording when the window, the page or the engine goes while it runs: nothing that was recorded is
// lost, and the program goes on or is stopped as the person chose.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Page } from '@playwright/test'
import { isAlive } from './run/writers.ts'
import { end, expect, newHome, openShell, removeHome, serve, type OpenShell } from './shell-launch.ts'
import { laneNames } from './shell-reading.ts'

/** Locks, prints and tells its pid, until a file says that it is enough. */
const program = (home: string) => {
  const path = join(home, 'steady.py')
  writeFileSync(
    path,
    `import os, sys, threading, time
home = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(home, "pid.part"), "w") as file:
    file.write(str(os.getpid()))
os.rename(os.path.join(home, "pid.part"), os.path.join(home, "pid"))
lock = threading.Lock()
def work():
    while not os.path.exists(os.path.join(home, "enough")):
        with lock:
            time.sleep(0.005)
        print("still here")
threads = [threading.Thread(target=work, name=f"worker-{n}") for n in (1, 2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
with open(os.path.join(home, "done"), "w") as file:
    file.write("done")
`,
  )
  return path
}

let home: string
let opened: OpenShell[] = []
test.beforeEach(() => {
  home = newHome()
  opened = []
})
test.afterEach(async () => {
  writeFileSync(join(home, 'enough'), '')
  const pid = pidOf()
  for (const shell of opened) await shell.close().catch(() => {})
  if (pid) await expect.poll(() => isAlive(pid)).toBe(false)
  removeHome(home)
})
const open = async (name: 'electron' | 'browser') => {
  const shell = await openShell[name]({ home })
  opened.push(shell)
  await expect(shell.page.getByTestId('home')).toBeVisible()
  return shell
}
const pidOf = () => {
  try {
    return Number(readFileSync(join(home, 'pid'), 'utf8'))
  } catch {
    return 0
  }
}
const state = (page: Page) => page.getByTestId('header-state')
async function record(page: Page): Promise<number> {
  await page.getByTestId('run-program').click()
  await page.getByTestId('run-command').fill(`python3 ${program(home)}`)
  await page.getByTestId('run-start').click()
  await expect.poll(() => laneNames(page)).toContain('worker-2')
  return pidOf()
}
/** The engine under a process of ours: what has engine.js in its command line, or the server itself. */
function engineOf(parent: number): number {
  const { stdout } = spawnSync('ps', ['-e', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
  const rows = stdout
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .flatMap((m) => (m ? [{ pid: Number(m[1]), ppid: Number(m[2]), args: m[3]! }] : []))
  const under = (pid: number): typeof rows => rows.filter((r) => r.ppid === pid).flatMap((r) => [r, ...under(r.pid)])
  return under(parent).find((r) => /out\/main\/engine\.js/.test(r.args))?.pid ?? 0
}
/** Answers the question about running programs: 0 = keep it running, 1 = stop it, 2 = cancel. */
const answerDialog = (shell: OpenShell, response: number) =>
  shell.app!.evaluate(({ dialog }, n) => {
    dialog.showMessageBox = async () => ({ response: n, checkboxChecked: false })
  }, response)
/** Where the person will cancel: the app stays. */
const tryToClose = (shell: OpenShell) =>
  shell.app!.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.close())
/** Closes the window and waits for the end of the process itself, not for what the debugger hears of it. The evaluation is
 *  over before the window closes: one that the end of the app overtakes is never answered. */
async function closeForGood(shell: OpenShell): Promise<void> {
  const child = shell.app!.process()
  await shell.app!.evaluate(({ BrowserWindow }) => void setTimeout(() => BrowserWindow.getAllWindows()[0]!.close()))
  await expect.poll(() => child.exitCode ?? child.signalCode, { message: 'how the app ended' }).toBe(0)
  opened = []
}

async function recoverAndFinish(page: Page): Promise<void> {
  await page.getByTestId('trace-recover').click()
  await expect.poll(() => laneNames(page)).toEqual(expect.arrayContaining(['worker-1', 'worker-2', 'lock']))
  await expect(state(page)).toHaveAttribute('data-state', 'recording')
  writeFileSync(join(home, 'enough'), '')
  await expect(state(page)).toHaveAttribute('data-state', 'finished')
  await page.getByTestId('go-home').click()
  await expect(page.getByTestId('trace-row')).toHaveCount(1)
  await expect(page.getByTestId('trace-recover')).toHaveCount(0)
}

test('electron: the window closes, the program is left running, and the next start takes up its recording', async () => {
  const first = await open('electron')
  const pid = await record(first.page)
  await answerDialog(first, 2)
  await tryToClose(first)
  await expect(state(first.page)).toHaveAttribute('data-state', 'recording')
  await answerDialog(first, 0)
  await closeForGood(first)
  expect(isAlive(pid)).toBe(true)
  await recoverAndFinish((await open('electron')).page)
  expect(readFileSync(join(home, 'done'), 'utf8')).toBe('done')
})

test('electron: the window closes, the program is stopped, and its trace is whole', async () => {
  const first = await open('electron')
  const pid = await record(first.page)
  await answerDialog(first, 1)
  await closeForGood(first)
  expect(isAlive(pid)).toBe(false)
  const { page } = await open('electron')
  await expect(page.getByTestId('trace-row')).toHaveCount(1)
  await expect(page.getByTestId('trace-recover')).toHaveCount(0)
})

test('electron: the engine is killed; the program goes on, the window says so and takes the recording up again', async () => {
  const { page, app } = await open('electron')
  const pid = await record(page)
  const engine = engineOf(app!.process().pid!)
  expect(engine).toBeGreaterThan(0)
  process.kill(engine, 'SIGKILL')
  await expect.poll(() => engineOf(app!.process().pid!)).not.toBe(engine)
  expect(isAlive(pid)).toBe(true)
  await page.getByTestId('go-home').click()
  if (!(await page.getByTestId('home').isVisible())) await page.getByTestId('go-home').click()
  await expect(page.getByTestId('trace-row')).toHaveCount(1)
  writeFileSync(join(home, 'enough'), '')
  await expect.poll(() => isAlive(pid)).toBe(false)
  expect(readFileSync(join(home, 'done'), 'utf8')).toBe('done')
})

test('browser: the page closes and is opened again; the recording went on', async () => {
  const { page, address } = await open('browser')
  await record(page)
  const again = await page.context().browser()!.newPage()
  await page.close()
  await again.goto(address!)
  await again.getByTestId('trace-row').filter({ hasText: 'recording now' }).getByRole('button').first().click()
  await expect.poll(() => laneNames(again)).toContain('worker-2')
  await expect(state(again)).toHaveAttribute('data-state', 'recording')
  writeFileSync(join(home, 'enough'), '')
  await expect(state(again)).toHaveAttribute('data-state', 'finished')
})

test('browser: the engine is killed with everything it serves; the program goes on, and the next start offers it', async () => {
  const { page, server } = await open('browser')
  const pid = await record(page)
  await end(server!, 'SIGKILL')
  await expect(page.getByTestId('engine-stopped')).toBeVisible({ timeout: 20_000 })
  expect(isAlive(pid)).toBe(true)
  const second = await serve({ home })
  try {
    await page.goto(second.address)
    await recoverAndFinish(page)
    expect(readFileSync(join(home, 'done'), 'utf8')).toBe('done')
  } finally {
    await end(second.server)
  }
})
