// One opening of a trace by `interleave open`, in either shell, timed from the moment the command is started.
//
//   start ── shell is there ── page asked for ── first contentful paint ── display list has slices ── next frame
//                                                └ window visible                                     └ first timeline
//
// browser: Chromium is running already with an empty tab, as a person's browser is; a new one each time.
// electron: the command finds a wrapper of the binary by ELECTRON_EXEC_PATH that adds a debugging port, nothing else: the
// page is watched through it from outside. What is drawn before the watch is there counts when it is first looked at.
import { spawn } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Browser } from '@playwright/test'
import { root } from '../run/root.ts'
import { end, serve } from '../shell-launch.ts'
import { type Ask, clockOf } from './clock.ts'

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

const moments = `({
  visible: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null,
  drawn: window.drawnAt ?? null,
})`
const read = async (ask: Ask, started: number, served: number): Promise<Opening> => {
  for (const until = performance.now() + 60_000; performance.now() < until; await delay(20)) {
    // a page that is being replaced answers nothing, and has forgotten the watch
    await ask(`(${watch})()`)
    const seen = (await ask(moments)) as { visible: number | null; drawn: number | null } | undefined
    if (seen?.visible == null || seen.drawn == null) continue
    const { zero } = await clockOf(ask)
    const since = (ms: number) => (zero + ms * 1e6 - started) / 1e9
    return { served: (served - started) / 1e9, visible: since(seen.visible), drawn: since(seen.drawn) }
  }
  throw new Error('no timeline was drawn within a minute')
}
const now = () => Number(process.hrtime.bigint())

export const openInBrowser = async (browser: Browser, home: string, file: string): Promise<Opening> => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 820 } })
  await page.addInitScript(watch)
  const started = now()
  const { address, server } = await serve({ home, file })
  const served = now()
  try {
    await page.goto(address, { waitUntil: 'commit' })
    return await read((expression) => page.evaluate(expression), started, served)
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
    const socket = new WebSocket(await pageAt(port, () => command.exitCode))
    const served = now()
    await new Promise((done, fail) => {
      socket.onopen = done
      socket.onerror = () => fail(new Error('the page cannot be watched'))
    })
    const ask = asker(socket)
    const taken = await read(ask, started, served)
    socket.close()
    return taken
  } finally {
    await end(command)
  }
}
/** The address of the page's debugger, as soon as there is a page. */
const pageAt = async (port: number, ended: () => number | null): Promise<string> => {
  for (const until = performance.now() + 30_000; performance.now() < until; await delay(5)) {
    if (ended() !== null) throw new Error(`interleave open ended with ${ended()}`)
    const targets = await fetch(`http://127.0.0.1:${port}/json`).then(
      (answer) => answer.json() as Promise<{ type: string; url: string; webSocketDebuggerUrl: string }[]>,
      () => [],
    )
    const page = targets.find((target) => target.type === 'page' && target.url.startsWith('app:'))
    if (page) return page.webSocketDebuggerUrl
  }
  throw new Error('no window within 30 s')
}
/** Runtime.evaluate of the Chrome DevTools Protocol: Playwright's own attaching waits for more than is there so early. */
const asker = (socket: WebSocket): Ask => {
  const waiting = new Map<number, (value: unknown) => void>()
  let next = 1
  socket.onmessage = (event) => {
    const { id, result } = JSON.parse(String(event.data)) as { id: number; result: { result?: { value: unknown } } }
    waiting.get(id)?.(result?.result?.value)
    waiting.delete(id)
  }
  return (expression) =>
    new Promise((done) => {
      const id = next++
      waiting.set(id, done)
      socket.send(
        JSON.stringify({
          id,
          method: 'Runtime.evaluate',
          params: { expression, returnByValue: true, awaitPromise: true },
        }),
      )
    })
}
