// One opening of a trace by `interleave open`, in either shell, timed from the moment the command is started.
//
//   start ── shell is there ── page asked for ── first contentful paint ── display list has slices ── next frame
//                                                └ window visible                                     └ first timeline
//
// browser: Chromium is running already, as a person's browser is; the page is a new one each time.
// electron: the command finds a wrapper of the binary by ELECTRON_EXEC_PATH that adds a debugging port, nothing else: the
// page is watched through it from outside. What is drawn before the watch is there counts when it is first looked at.
import { spawn } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { chromium, type Browser, type Page } from '@playwright/test'
import { root } from '../run/root.ts'
import { end, serve } from '../shell-launch.ts'
import { clockOf } from './clock.ts'

/** seconds since the command was started */
export interface Opening {
  /** address printed, or the window's process to be reached */
  served: number
  visible: number
  drawn: number
}

/** Runs in the page. */
const watch = () => {
  if ('drawnWatch' in window) return
  Object.assign(window, { drawnWatch: true })
  const frame = () => {
    const parts = window.interleaveTest?.displayList() ?? []
    const drawn = parts.some((part) => part.shapes.some((s) => s.shape === 'strip' && s.items.length > 0))
    if (!drawn) requestAnimationFrame(frame)
    else requestAnimationFrame(() => Object.assign(window, { drawnAt: performance.now() }))
  }
  requestAnimationFrame(frame)
}

const read = async (page: Page, started: number, served: number): Promise<Opening> => {
  await page.waitForFunction(() => 'drawnAt' in window, undefined, { timeout: 60_000 })
  const { visible, drawn } = await page.evaluate(() => ({
    visible: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
    drawn: (window as unknown as { drawnAt: number }).drawnAt,
  }))
  const { zero } = await clockOf(page)
  const since = (ms: number) => (zero + ms * 1e6 - started) / 1e9
  return { served: (served - started) / 1e9, visible: since(visible), drawn: since(drawn) }
}
const now = () => Number(process.hrtime.bigint())

export const openInBrowser = async (browser: Browser, home: string, file: string): Promise<Opening> => {
  const started = now()
  const { address, server } = await serve({ home, file })
  const served = now()
  const page = await browser.newPage({ viewport: { width: 1280, height: 820 } })
  try {
    await page.addInitScript(watch)
    await page.goto(address)
    return await read(page, started, served)
  } finally {
    await page.close()
    await end(server)
  }
}

const freePort = () =>
  new Promise<number>((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => done(port))
    })
  })

export const openInElectron = async (binary: string, home: string, file: string): Promise<Opening> => {
  const port = await freePort()
  const wrapper = join(home, 'electron-watched')
  const flags = `--remote-debugging-port=${port} "--user-data-dir=${join(home, '.electron')}"`
  writeFileSync(wrapper, `#!/bin/sh\nexec "${binary}" ${flags} "$@"\n`)
  chmodSync(wrapper, 0o755)
  const env = { ...process.env, INTERLEAVE_HOME: home, INTERLEAVE_MANY: '1', ELECTRON_EXEC_PATH: wrapper }
  const started = now()
  const command = spawn(process.execPath, [join(root, 'main', 'interleave.mjs'), 'open', file], {
    env,
    stdio: 'ignore',
  })
  try {
    const attached = await reach(port, () => command.exitCode)
    const served = now()
    const pageOf = () => attached.contexts().flatMap((context) => context.pages())[0]
    while (!pageOf()) await delay(2)
    const page = pageOf()!
    await page.evaluate(watch)
    const taken = await read(page, started, served)
    await attached.close()
    return taken
  } finally {
    await end(command)
  }
}
const reach = async (port: number, ended: () => number | null): Promise<Browser> => {
  for (const until = performance.now() + 30_000; ;) {
    try {
      return await chromium.connectOverCDP(`http://127.0.0.1:${port}`)
    } catch (error) {
      if (ended() !== null) throw new Error(`interleave open ended with ${ended()}`)
      if (performance.now() > until) throw error
      await delay(5)
    }
  }
}
