// The menu: names, keys, and the command that each sends to the page. What a command does is the page's business.
import { basename } from 'node:path'
import { Menu, type MenuItemConstructorOptions } from 'electron'

export interface MenuActions {
  send(command: string, argument?: string): void
  /** paths of saved traces, newest first */
  recent(): string[]
  pickTrace(): void
}

export function buildMenu({ send, recent, pickTrace }: MenuActions): Menu {
  const command = (label: string, name: string, accelerator?: string): MenuItemConstructorOptions => ({
    label,
    click: () => send(name),
    ...(accelerator && { accelerator }),
  })
  const traces = recent().slice(0, 10)
  return Menu.buildFromTemplate([
    {
      label: '&File',
      submenu: [
        { label: 'Open trace…', accelerator: 'CmdOrCtrl+O', click: pickTrace },
        {
          label: 'Recent',
          id: 'recent',
          enabled: traces.length > 0,
          submenu: traces.map((path) => ({ label: basename(path), click: () => send('open', path) })),
        },
        command('Save as…', 'save', 'CmdOrCtrl+S'),
        { type: 'separator' },
        command('Run program…', 'run', 'CmdOrCtrl+R'),
        command('Stop program', 'stop', 'CmdOrCtrl+.'),
        command('Home', 'home', 'CmdOrCtrl+H'),
        { type: 'separator' },
        { role: 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        command('Light or dark', 'theme'),
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
        { type: 'separator' },
        { role: 'toggleDevTools' },
      ],
    },
    { label: '&Help', submenu: [command('Keys', 'keys')] },
  ])
}
