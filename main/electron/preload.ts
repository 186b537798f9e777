// Between the page and Electron: a port to the engine, file dialogs, the menu. The page gets functions, never ipcRenderer.
//
// A MessagePort cannot go through contextBridge: it is posted to the window, where the page waits for it.
import { contextBridge, ipcRenderer, webUtils } from 'electron'
import { portMessage, told, type ShellCall } from './channels.ts'

const call = (name: ShellCall, ...args: unknown[]) => ipcRenderer.invoke(name, ...args)

contextBridge.exposeInMainWorld('interleaveShell', {
  pickTrace: () => call('shell:pick-trace'),
  pickProgram: () => call('shell:pick-program'),
  pickSave: (name: string) => call('shell:pick-save', name),
  connect: () => call('shell:connect'),
  pathOf: (file: File) => webUtils.getPathForFile(file),
  onMenu: (hear: (command: string, argument?: string) => void) =>
    void ipcRenderer.on(told.menu, (_, command, argument) => hear(command, argument)),
})

ipcRenderer.on(told.port, (event) => window.postMessage(portMessage, window.location.origin, event.ports))
