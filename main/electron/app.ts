// The Electron shell: one window on the page, the engine in a process of its own, dialogs and a menu.
//
// Started as `electron [--no-sandbox] <project root> [FILE]`. A second start hands its FILE to the first and ends, unless
// INTERLEAVE_MANY is set (tests run several side by side).
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { app, dialog, Menu, nativeTheme, protocol, session, type BrowserWindow } from 'electron'
import { root } from '../run/root.ts'
import { listTraces, traceFolder } from '../run/traces.ts'
import { createPage } from '../shell-page.ts'
import { answerCalls } from './calls.ts'
import { told } from './channels.ts'
import { createEngineHost } from './engine-host.ts'
import { findNode } from './find-node.ts'
import { guardContents, guardSession, isPage, scheme } from './guard.ts'
import { buildMenu } from './menu.ts'
import { built, createWindow, type Leaving } from './window.ts'

const traces = traceFolder()
const paths = built(root)
let window: BrowserWindow | null = null
let leaving: Leaving = 'leave'
/** a trace to show: by the page's address, or as soon as the page listens */
let waiting: string | null = fileOf(process.argv)

const engine = createEngineHost({
  program: paths.engine,
  traces,
  node: () => findNode(root),
  onRecordings: () => renewMenu(),
})

/** The last argument that is neither a flag nor the project's own folder. */
function fileOf(argv: string[], cwd = process.cwd()): string | null {
  const file = argv.slice(app.isPackaged ? 1 : 2).findLast((word) => !word.startsWith('-'))
  if (file === undefined) return null
  const path = resolve(cwd, file)
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? null : path
}

const send = (command: string, argument?: string) => window?.webContents.send(told.menu, command, argument)
function show(path: string): void {
  waiting = path
  if (window && !window.webContents.isLoading()) showWaiting()
}
function showWaiting(): void {
  if (waiting) send('open', waiting)
  waiting = null
}

async function pick(kind: 'trace' | 'program'): Promise<string | null> {
  const filters =
    kind === 'trace'
      ? [{ name: 'Traces', extensions: ['sqlite'] }]
      : [{ name: 'Python programs', extensions: ['py', 'pyw'] }]
  filters.push({ name: 'All files', extensions: ['*'] })
  const { filePaths } = await dialog.showOpenDialog(window!, { properties: ['openFile'], filters })
  return filePaths[0] ?? null
}

function renewMenu(): void {
  if (!app.isReady()) return
  Menu.setApplicationMenu(
    buildMenu({
      send,
      recent: () => listTraces(traces).map((trace) => trace.path),
      pickTrace: () => void pick('trace').then((path) => path && send('open', path)),
    }),
  )
}

function openWindow(): void {
  window = createWindow({
    preload: paths.preload,
    file: waiting,
    recordings: engine.recordings,
    onLeave: (how) => (leaving = how),
  })
  waiting = null
  window.webContents.on('did-finish-load', showWaiting)
  window.on('focus', renewMenu)
  window.on('closed', () => (window = null))
}

if (!process.env['INTERLEAVE_MANY'] && !app.requestSingleInstanceLock()) app.exit(0)
protocol.registerSchemesAsPrivileged([
  { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
])
guardContents(app)
app.on('second-instance', (_, argv, cwd) => {
  const path = fileOf(argv, cwd)
  if (path) show(path)
  if (window?.isMinimized()) window.restore()
  window?.focus()
})
app.on('open-file', (event, path) => {
  event.preventDefault()
  show(path)
})
app.on('window-all-closed', () => app.quit())
let engineGone = false
app.on('will-quit', (event) => {
  if (engineGone) return
  event.preventDefault()
  void engine.close(leaving).then(() => {
    engineGone = true
    // Where no engine runs we are still inside this event, in which Electron ignores a quit: the app would stay for ever,
    // without a window.
    setImmediate(() => app.quit())
  })
})

answerCalls({
  'shell:pick-trace': () => pick('trace'),
  'shell:pick-program': () => pick('program'),
  'shell:pick-save': async (name) => {
    const { filePath } = await dialog.showSaveDialog(window!, {
      defaultPath: name.endsWith('.sqlite') ? name : `${name}.sqlite`,
      filters: [{ name: 'Traces', extensions: ['sqlite'] }],
    })
    return filePath || null
  },
  'shell:connect': async () => {
    const port = await engine.connect()
    window?.webContents.postMessage(told.port, null, [port])
  },
})

function begin(): void {
  guardSession(session.defaultSession)
  nativeTheme.themeSource = 'system'
  const page = createPage(paths.page)
  protocol.handle(scheme, (request) => {
    const file = isPage(request.url) ? page(decodeURI(new URL(request.url).pathname)) : null
    return file ? new Response(file.body, { headers: file.headers }) : new Response('not found', { status: 404 })
  })
  // Beside the page's loading; why it cannot is told to the page, which asks again.
  engine.start().catch(() => {})
  renewMenu()
  openWindow()
}
// Not awaited: Electron is ready only after this module has been evaluated.
app
  .whenReady()
  .then(begin)
  .catch((error: Error) => {
    console.error(error.message)
    app.exit(1)
  })
