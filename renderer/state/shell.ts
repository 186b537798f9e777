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
    firstPath: fromAddress('open'),
    tokenMissing: false,
  }
}

/** What came behind the #, where no server log sees it. It is taken out of the address: a reload does not ask again. */
function fromAddress(name: string): string | null {
  const hash = new URLSearchParams(location.hash.slice(1))
  const given = hash.get(name)
  hash.delete(name)
  history.replaceState(null, '', location.pathname + location.search + (hash.size ? `#${hash}` : ''))
  return given
}

/** The token comes once and is kept for reloads of this tab only. */
export function browserShell(): Shell {
  const given = fromAddress('token')
  if (given) sessionStorage.setItem('token', given)
  const token = () => sessionStorage.getItem('token') ?? ''
  return {
    connect: () => openSocket(`${location.origin.replace(/^http/, 'ws')}/engine?token=${encodeURIComponent(token())}`),
    pathOf: (file) => upload(file, token()),
    onMenu: () => {},
    firstPath: fromAddress('open'),
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
