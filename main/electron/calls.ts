// The calls of the page to the shell: who may call, with what. Anything else is refused before it is looked at.
import { ipcMain } from 'electron'
import { z } from 'zod'
import type { ShellCall } from './channels.ts'
import { isTrusted } from './guard.ts'

const shapes = {
  'shell:pick-trace': z.tuple([]),
  'shell:pick-program': z.tuple([]),
  /** the name that the file is offered under */
  'shell:pick-save': z.tuple([z.string().min(1).max(255)]),
  /** a new port to the engine, started again if it is gone */
  'shell:connect': z.tuple([]),
} satisfies Record<ShellCall, z.ZodType>

export function answerCalls(answers: Record<ShellCall, (...args: string[]) => unknown>): void {
  for (const name of Object.keys(shapes) as ShellCall[])
    ipcMain.handle(name, (event, ...args: unknown[]) => {
      if (!isTrusted(event)) throw new Error('This call is not allowed from here.')
      const checked = shapes[name].safeParse(args)
      if (!checked.success) throw new Error(`${name} was called with wrong arguments.`)
      return answers[name](...checked.data)
    })
}
