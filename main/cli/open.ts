// `interleave open`: the Electron window where a binary and a display can be had, otherwise a page in the browser, saying
// why in one line. The display is asked first: without one a download would be for nothing.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { platform } from 'node:os'
import { resolve } from 'node:path'
import { startBrowserShell } from '../browser/server.ts'
import { downloadElectron, findElectron, missingDisplay } from '../run/electron-binary.ts'
import { onPath } from '../run/find-python.ts'
import { root } from '../run/root.ts'
import { stateOf } from '../run/traces.ts'
import { openTrace } from '../store/database.ts'
import { readyCore } from './core.ts'
import { Failure, print, tell } from './output.ts'

export interface OpenOptions {
  browser?: boolean
  /** false: print the address, open nothing */
  open?: boolean
  port?: number
}

export async function open(file: string | undefined, options: OpenOptions): Promise<number> {
  const path = file === undefined ? undefined : resolve(file)
  if (path !== undefined) check(path)
  // Traces can be looked at without it, so what is missing is said and nothing ends.
  await readyCore().catch((error: Error) => tell(`interleave: ${error.message}`))
  const reason = wantsBrowser(options) ? null : await openWindow(path)
  if (reason === '') return 0
  if (reason) tell(`interleave: no window, because ${reason}; the page in the browser is the same`)
  return openPage(path, options)
}

const wantsBrowser = (options: OpenOptions) => options.browser || options.open === false || options.port !== undefined

/** One sentence here is better than a window with it. An unfinished recording is recovered by the window. */
function check(path: string): void {
  const state = stateOf(path)
  if (state === 'recording') throw new Failure(`${path} is being recorded: open it when it is done`)
  if (state === 'unfinished') return
  if (!existsSync(path)) throw new Failure(`there is no trace ${path}`)
  openTrace(path).db.close()
}

/** '' when the window was shown and closed, otherwise why it could not be shown. */
async function openWindow(path: string | undefined): Promise<string> {
  const display = missingDisplay()
  if (display) return display
  let binary = findElectron()
  if (!binary) {
    const got = await downloadElectron((progress) => tell(`interleave: ${progress}`))
    if ('reason' in got) return got.reason
    binary = got.path
  }
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const env = { ...process.env }
  delete env['ELECTRON_RUN_AS_NODE']
  const started = performance.now()
  const child = spawn(binary, [...asRoot, root, ...(path === undefined ? [] : [path])], {
    env,
    stdio: ['ignore', 'ignore', process.env['INTERLEAVE_DEBUG'] ? 2 : 'pipe'],
  })
  let complaint = ''
  child.stderr?.on('data', (text) => (complaint = (complaint + text).slice(-2000)))
  let stopped = false
  const stop = (signal: NodeJS.Signals) => (stopped = child.kill(signal))
  process.on('SIGINT', stop).on('SIGTERM', stop)
  const failure = await new Promise<string>((done) => {
    child.once('error', (error) => done(error.message))
    child.once('close', (code, signal) => done(code === 0 || stopped ? '' : `it ended with ${signal ?? code}`))
  })
  process.off('SIGINT', stop).off('SIGTERM', stop)
  if (failure === '') return ''
  const sentence = `the Electron window failed (${whyOf(complaint) ?? failure})`
  // Ten seconds in use are no failure to start: a second window would only hide what happened.
  if (performance.now() - started > 10_000) throw new Failure(sentence)
  return sentence
}

/** Of all that Chromium says, the line that a person can do something about; else the last one. */
function whyOf(complaint: string): string | undefined {
  const lines = complaint.split('\n').map((line) => line.replace(/^\[[^\]]*\]\s*/, '').trim())
  return lines.find((line) => /missing X server|loading shared libraries/i.test(line)) ?? lines.findLast(Boolean)
}

async function openPage(file: string | undefined, options: OpenOptions): Promise<number> {
  const shell = await startBrowserShell({
    ...(file === undefined ? {} : { file }),
    ...(options.port === undefined ? {} : { port: options.port }),
  })
  print(shell.address)
  if (options.open !== false) openInBrowser(shell.address)
  tell('interleave: Ctrl-C ends it')
  await new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => done())
  })
  const running = shell.recordings()
  await shell.close('leave')
  if (running.length > 0)
    tell(`interleave: ${running.join(', ')} runs on; what it writes waits to be recovered by the next start`)
  return 0
}

/** Where there is a browser to open it in; the address is printed anyway. */
export function openInBrowser(address: string): void {
  if (missingDisplay()) return
  const opener = platform() === 'darwin' ? 'open' : 'xdg-open'
  if (!onPath(opener, process.cwd(), process.env)) return
  spawn(opener, [address], { stdio: 'ignore', detached: true })
    .once('error', () => {})
    .unref()
}
