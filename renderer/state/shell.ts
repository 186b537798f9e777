// What the page can ask of the place it runs in: Electron (window.interleaveShell, made by its preload) or a browser.
// In a browser there are no native dialogs: `pick…` is absent, the page asks for a typed path or an upload instead.
import { openPort, openSocket } from './transports.ts'
import type { Transport } from './connection.ts'

export type MenuCommand = 'open' | 'save' | 'stop' | 'home' | 'run' | 'theme' | 'keys'
interface ElectronShell {
  pickTrace(): Promise<string | null>
  pickProgram(): Promise<string | null>
  pickSave(suggested: string): Promise<string | null>
  /** asks for a new port to the engine */
  connect(): unknown
  pathOf(file: File): string
  onMenu(hear: (command: MenuCommand, argument?: string) => void): void
}
declare global {
  interface Window {
    interleaveShell?: ElectronShell
  }
}

export interface Shell {
  connect(): Promise<Transport>
  pickTrace?(): Promise<string | null>
  pickProgram?(): Promise<string | null>
  pickSave?(suggested: string): Promise<string | null>
  /** a dropped or chosen file → a path that the engine can open */
  pathOf(file: File): Promise<string>
  onMenu(hear: (command: MenuCommand, argument?: string) => void): void
  /** what the address asked for: a trace file to open at once */
  firstPath: string | null
  /** browser: the address came without its token, so that no engine will answer */
  tokenMissing: boolean
}

export function electronShell(shell: ElectronShell): Shell {
  return {
    connect: () => openPort(shell),
    pickTrace: shell.pickTrace,
    pickProgram: shell.pickProgram,
    pickSave: shell.pickSave,
    pathOf: async (file) => shell.pathOf(file),
    onMenu: shell.onMenu,
    firstPath: null,
    tokenMissing: false,
  }
}

/** The token comes once, behind the #, where no server log sees it; it is kept for reloads of this tab only. */
export function browserShell(): Shell {
  const asked = new URLSearchParams(location.hash.slice(1))
  const given = asked.get('token')
  if (given) sessionStorage.setItem('token', given)
  const firstPath = asked.get('open')
  for (const name of ['token', 'open']) asked.delete(name)
  history.replaceState(null, '', location.pathname + location.search + (asked.size ? `#${asked}` : ''))
  const token = () => sessionStorage.getItem('token') ?? ''
  return {
    connect: () => openSocket(`${location.origin.replace(/^http/, 'ws')}/engine?token=${encodeURIComponent(token())}`),
    pathOf: (file) => upload(file, token()),
    onMenu: () => {},
    firstPath,
    tokenMissing: token() === '',
  }
}

async function upload(file: File, token: string): Promise<string> {
  const answer = await fetch(`/upload?name=${encodeURIComponent(file.name)}`, {
    method: 'POST',
    body: file,
    headers: { 'x-token': token },
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(text.trim() || `${file.name} could not be uploaded.`)
  return (JSON.parse(text) as { path: string }).path
}
