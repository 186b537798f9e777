// The window: sandboxed, isolated, shown when it has something to show. Closing it while a program is being recorded
// asks what shall become of the program.
import { join } from 'node:path'
import { BrowserWindow, dialog, nativeTheme } from 'electron'
import { origin } from './guard.ts'

export type Leaving = 'leave' | 'stop'

export function createWindow(options: {
  preload: string
  /** a trace to open at once */
  file: string | null
  /** names of the programs being recorded now */
  recordings: () => string[]
  /** the answer of the person, before the window goes */
  onLeave: (how: Leaving) => void
}): BrowserWindow {
  const window = new BrowserWindow({
    width: 1280,
    height: 820,
    minWidth: 640,
    minHeight: 400,
    show: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#16181d' : '#ffffff',
    webPreferences: {
      preload: options.preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      webSecurity: true,
      spellcheck: false,
      // A live timeline that stops when another window covers it would look like a program that stopped.
      backgroundThrottling: false,
    },
  })
  window.once('ready-to-show', () => window.show())

  let decided = false
  window.on('close', (event) => {
    const names = options.recordings()
    if (decided || names.length === 0) return
    event.preventDefault()
    void askAboutRecordings(window, names).then((how) => {
      if (!how) return
      decided = true
      options.onLeave(how)
      window.close()
    })
  })
  void window.loadURL(options.file === null ? `${origin}/` : `${origin}/#open=${encodeURIComponent(options.file)}`)
  return window
}

async function askAboutRecordings(window: BrowserWindow, names: string[]): Promise<Leaving | null> {
  const { response } = await dialog.showMessageBox(window, {
    type: 'question',
    message: names.length === 1 ? `${names[0]} is still running.` : `${names.length} programs are still running.`,
    detail: 'Left running, it is recorded on, and Interleave offers the unfinished recording at the next start.',
    buttons: ['Keep it running', 'Stop it', 'Cancel'],
    defaultId: 0,
    cancelId: 2,
    noLink: true,
  })
  return ([`leave`, 'stop', null] as const)[response] ?? null
}

/** Paths of what the build made, from the project's folder. */
export const built = (root: string) => ({
  page: join(root, 'out', 'renderer'),
  preload: join(root, 'out', 'preload', 'preload.cjs'),
  engine: join(root, 'out', 'main', 'engine.js'),
})
