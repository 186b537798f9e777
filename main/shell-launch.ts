// Starts either shell for an end-to-end spec, as a person would, on a folder of traces of its own; both are then a page.
// A missing Electron is an error, never a skip.
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { _electron, chromium, expect as usual, type ElectronApplication, type Page } from '@playwright/test'
import { findElectron } from './run/electron-binary.ts'
import { root } from './run/root.ts'

/** Patient, because a busy machine is no fault; what happens happens in a moment all the same. */
export const expect = usual.configure({ timeout: 60_000 })

export interface OpenShell {
  page: Page
  /** Electron only */
  app?: ElectronApplication
  /** browser only: the printed address, and the process that serves it and holds the engine */
  address?: string
  server?: ChildProcess
  close(): Promise<void>
}
export interface ShellOptions {
  /** folder of traces */
  home: string
  file?: string
}
export type ShellName = 'electron' | 'browser'

export const newHome = () => mkdtempSync(join(tmpdir(), 'interleave-spec-'))
export const removeHome = (home: string) => rmSync(home, { recursive: true, force: true })

const environment = (home: string) => {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value
  delete env['ELECTRON_RUN_AS_NODE']
  delete env['NODE_OPTIONS']
  return { ...env, INTERLEAVE_HOME: home, INTERLEAVE_MANY: '1' }
}

const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []

const loaderFile = join('lib', 'server', 'electron', 'loader.js')
async function openElectron({ home, file }: ShellOptions): Promise<OpenShell> {
  const executablePath = findElectron()
  if (!executablePath) throw new Error('There is no Electron binary: run "npm test", which gets one.')
  // Playwright holds the app's start back with its loader; it leaves that out where it is told which binary to run, and
  // then one launch in twenty hangs, when the window opens while it attaches.
  const loader = join(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), loaderFile)
  // Its own profile: the page's memory (theme, typed command lines) is part of what is tested.
  const args = ['-r', loader, ...asRoot, `--user-data-dir=${join(home, '.electron')}`, root, ...(file ? [file] : [])]
  const app = await _electron.launch({ executablePath, args, env: environment(home), timeout: 60_000 })
  const said: string[] = []
  app.process().stderr!.on('data', (text) => void said.push(String(text)))
  const page = await app.firstWindow()
  return {
    page,
    app,
    async close() {
      const child = app.process()
      let hung = ''
      const late = setTimeout(() => {
        hung = whatTheyDo(child.pid!)
        process.kill(-child.pid!, 'SIGKILL')
      }, 60_000)
      // What is still recorded when a spec failed is stopped, without anybody to be asked.
      const close = app.evaluate(({ dialog }) => {
        dialog.showMessageBox = async () => ({ response: 1, checkboxChecked: false })
      })
      const failed = await close.then(() => app.close()).catch((error: Error) => error)
      clearTimeout(late)
      if (hung) throw new Error(`The window did not close within a minute.\n${hung}\n${said.join('').slice(-4000)}`)
      if (failed) throw failed
    },
  }
}

/** What the processes of a group that hangs are doing, thread by thread, as far as Linux says. */
function whatTheyDo(group: number): string {
  const look = (path: string) => {
    try {
      return readFileSync(path, 'latin1').replaceAll('\0', ' ').trim()
    } catch {
      return ''
    }
  }
  // of stat, behind the name: state, parent, group …, and the ticks in user's and system's code as 11th and 12th
  const statOf = (path: string) => look(join(path, 'stat')).split(') ').at(-1)!.split(' ')
  const inGroup = (pid: string) => Number(pid) > 0 && Number(statOf(`/proc/${pid}`)[2]) === group
  const thread = (path: string) => {
    const [state, ticks] = [statOf(path)[0], statOf(path).slice(11, 13).join('+')]
    return `  ${look(join(path, 'comm'))} ${state} ${ticks} ${look(join(path, 'wchan'))} ${look(join(path, 'syscall'))}`
  }
  const threads = (pid: string) => [
    `${pid} ${look(`/proc/${pid}/cmdline`).slice(0, 150)}`,
    ...readdirSync(`/proc/${pid}/task`).map((tid) => thread(`/proc/${pid}/task/${tid}`)),
  ]
  return readdirSync('/proc').filter(inGroup).flatMap(threads).join('\n')
}

/** The command line's `open --browser`, without opening anything. */
export async function serve({ home, file }: ShellOptions): Promise<{ address: string; server: ChildProcess }> {
  const args = [join(root, 'main', 'interleave.mjs'), 'open', '--browser', '--no-open', ...(file ? [file] : [])]
  const server = spawn(process.execPath, args, { env: environment(home), stdio: ['ignore', 'pipe', 'inherit'] })
  const address = await new Promise<string>((resolve, reject) => {
    createInterface({ input: server.stdout! }).on('line', (line) => {
      if (line.startsWith('http://127.0.0.1:')) resolve(line)
    })
    server.once('exit', (code) => reject(new Error(`The server ended with ${code} before it printed its address.`)))
  })
  return { address, server }
}

async function openBrowser(options: ShellOptions): Promise<OpenShell> {
  const { address, server } = await serve(options)
  const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
  const browser = await chromium.launch({
    ...(executablePath && { executablePath }),
    args: [...asRoot, '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync'],
  })
  const page = await browser.newPage({ viewport: { width: 1280, height: 820 } })
  await page.goto(address)
  return {
    page,
    address,
    server,
    async close() {
      await browser.close()
      await end(server)
    },
  }
}

export function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  return new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done()
    child.once('exit', () => done())
    child.kill(signal)
  })
}

export const openShell = { electron: openElectron, browser: openBrowser }
