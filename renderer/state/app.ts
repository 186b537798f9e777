// The window as a whole: which screen, what is said, and what a person can do that is not about one moment of a trace.
// In: the connection and the shell. Out: an App that the screens read; every action ends in a state or in a toast.
import { computed, effect, signal, type Signal } from '@preact/signals'
import { theme, themeChoice } from '../theme.ts'
import { startOf } from '../command-line.ts'
import type { Home } from '../../wire/api.ts'
import type { Comparison } from '../../wire/comparison.ts'
import type { Address } from './address.ts'
import type { Connection } from './connection.ts'
import { recall, remember } from './memory.ts'
import type { Shell } from './shell.ts'
import { createSession, follow, type Ask, type Session } from './session.ts'

export interface Toast {
  id: number
  text: string
  tone: 'error' | 'done'
}
export type Dialog = 'open' | 'run' | 'save' | 'keys' | 'search' | 'compare' | null

export interface App {
  connection: Connection
  shell: Shell
  /** like connection.ask, but a refusal is also said in a toast */
  ask: Ask
  /** what the home screen lists and a dialog offers; null until one of them was shown */
  home: Signal<Home | null>
  /** null = the home screen */
  session: Signal<Session | null>
  dialog: Signal<Dialog>
  toasts: Signal<Toast[]>
  /** what is being started or opened, for a moment's "…" */
  busy: Signal<string | null>
  /** command line offered by the run dialog */
  draft: Signal<{ command: string; cwd: string }>
  say(text: string, tone?: Toast['tone']): void
  dismiss(id: number): void
  goHome(): Promise<void>
  show(trace: number): Promise<void>
  openPath(path: string): Promise<void>
  openFile(file: File): Promise<void>
  pickTrace(): void
  run(what: { recipe: string } | { command: string[]; cwd?: string }): Promise<void>
  runProgram(): void
  /** what the recipes of a chapter need; how far it is comes with `home` */
  install(chapter: string): Promise<void>
  save(): void
  saveTo(path: string): Promise<void>
  remove(path: string): Promise<void>
  /** the trace that is shown with an earlier one */
  compare(before: string): Promise<void>
  /** open a trace, and ask with which earlier one it is to be compared */
  openToCompare(path: string): Promise<void>
  toggleTheme(): void
}

export function createApp(connection: Connection, shell: Shell, address: Address): App {
  const session = signal<Session | null>(null)
  const home = signal<Home | null>(null)
  const toasts = signal<Toast[]>([])
  const dialog = signal<Dialog>(null)
  const busy = signal<string | null>(null)
  const draft = signal(recall('draft', { command: 'python3 ', cwd: '' }))
  let nextToast = 1
  let unfollow = () => {}

  const say: App['say'] = (text, tone = 'error') => {
    const others = toasts.value.filter((t) => t.text !== text)
    const toast = { id: nextToast++, text, tone }
    toasts.value = [...others, toast].slice(-4)
    setTimeout(() => dismiss(toast.id), tone === 'done' ? 4_000 : 12_000)
  }
  const dismiss = (id: number) => void (toasts.value = toasts.value.filter((t) => t.id !== id))
  const ask: Ask = (call, argument) =>
    connection.ask(call, argument).catch((error: Error) => {
      // with the line down its own notice says so; a toast for every question would only cover it
      if (connection.state.peek() === 'open') say(error.message)
      throw error
    })
  /** An action of the person: its refusal was said by `ask`, or is said here; it never escapes. */
  const act = async (what: string | null, work: () => Promise<void>) => {
    busy.value = what
    // what an earlier try was told is over with the next
    if (what) toasts.value = []
    try {
      await work()
    } catch (error) {
      say((error as Error).message)
    } finally {
      busy.value = null
    }
  }

  const picked = (path: Promise<string | null>, then: (path: string) => Promise<void>) =>
    act(null, async () => {
      const chosen = await path
      if (chosen) await then(chosen)
    })

  /** A dropped program is not opened but offered to be run; a browser does not tell where it lies. */
  const offer = (file: File) =>
    act(null, async () => {
      draft.value = startOf(shell.pickProgram ? await shell.pathOf(file) : file.name)
      dialog.value = 'run'
    })

  async function enter(trace: number) {
    // what a trace shows says its own refusals in its place; only what a person does is answered by a toast
    const s = createSession(trace, connection.ask)
    const stop = await follow(s, connection.on)
    unfollow()
    unfollow = stop
    session.value = s
    dialog.value = null
    // what was said was about what is left behind
    toasts.value = []
    address.show(trace)
  }
  function leave() {
    unfollow()
    unfollow = () => {}
    session.value = null
    address.show(null)
  }
  // Asked for only where it is seen: the engine looks through the machine for it, which would hold up a first timeline.
  const homeSeen = computed(() => session.value === null || dialog.value !== null)
  const refreshHome = () => {
    if (!homeSeen.peek()) return
    void connection.ask('home', {}).then(
      (h) => (home.value = h),
      () => {},
    )
  }

  const app: App = {
    connection,
    shell,
    ask,
    home,
    session,
    dialog,
    toasts,
    busy,
    draft,
    say,
    dismiss,
    goHome: () =>
      act(null, async () => {
        toasts.value = []
        leave()
      }),
    show: (trace) => act('Opening…', () => enter(trace)),
    openPath: (path) =>
      act(`Opening ${path}…`, async () => {
        await enter((await ask('open', { path })).trace)
      }),
    openFile: (file) => {
      if (/\.pyw?$/.test(file.name)) return offer(file)
      return act(`Opening ${file.name}…`, async () => {
        await enter((await ask('open', { path: await shell.pathOf(file) })).trace)
      })
    },
    pickTrace: () => {
      if (!shell.pickTrace) dialog.value = 'open'
      else void picked(shell.pickTrace(), app.openPath)
    },
    run: (what) =>
      act('Starting…', async () => {
        await enter((await ask('runStart', what)).trace)
      }),
    runProgram: () => void (dialog.value = 'run'),
    install: async (chapter) => void (await ask('install', { chapter }).catch(() => {})),
    save: () => {
      const name = session.value?.summary.value?.name ?? 'trace'
      if (!shell.pickSave) dialog.value = 'save'
      else void picked(shell.pickSave(name), app.saveTo)
    },
    saveTo: (path) =>
      act('Saving…', async () => {
        const saved = await ask('save', { trace: session.value!.trace, path })
        dialog.value = null
        say(`Saved as ${saved.path}`, 'done')
      }),
    remove: (path) =>
      act(null, async () => {
        await ask('remove', { path })
        refreshHome()
      }),
    compare: async (before) => {
      const s = session.value
      if (!s) return
      const tell = (answer: Comparison | null, error: string | null) => (s.comparison.value = { before, answer, error })
      const mine = tell(null, null)
      const still = () => s.comparison.peek() === mine
      await connection.ask('compare', { trace: s.trace, with: [before] }).then(
        (answer) => void (still() && tell(answer, null)),
        (error: Error) => void (still() && tell(null, error.message)),
      )
    },
    openToCompare: async (path) => {
      await app.openPath(path)
      if (session.value) dialog.value = 'compare'
    },
    toggleTheme: () => {
      themeChoice.value = theme.value.name === 'dark' ? 'light' : 'dark'
      remember('theme', themeChoice.value)
    },
  }

  const atAddress = async () => {
    const asked = address.asked()
    if (asked !== null) await enter(asked).catch(leave)
    else if (session.value) leave()
  }
  address.onBack(() => void atAddress())
  let was = connection.state.peek()
  connection.state.subscribe((state) => {
    if (state === 'open' && was === 'reconnecting') void rejoin()
    was = state
  })
  /** After the line came back the engine may be another one, which knows the trace by its path only. */
  async function rejoin() {
    refreshHome()
    const s = session.value
    const path = s?.summary.peek()?.path
    if (!s) return
    await connection
      .ask('summary', { trace: s.trace })
      .then((now) => (now.path === path ? enter(s.trace) : Promise.reject(new Error())))
      .catch(async () => enter((await connection.ask('open', { path: path ?? '' })).trace))
      .catch(() => {
        say('The engine was started again and the trace could not be reopened: choose it from the list.')
        leave()
      })
  }

  shell.onMenu((command, argument) => {
    if (command === 'open') void (argument ? app.openPath(argument) : app.pickTrace())
    else if (command === 'home') void app.goHome()
    else if (command === 'run') app.runProgram()
    else if (command === 'theme') app.toggleTheme()
    else if (command === 'keys') dialog.value = 'keys'
    else if (command === 'save' && session.value) app.save()
    else if (command === 'stop' && session.value) void stopRun(app, session.value)
  })
  // Until the trace that was named is open there is no screen yet.
  const first = shell.firstPath ? app.openPath(shell.firstPath) : atAddress()
  void first.finally(() => {
    connection.on('home', refreshHome)
    effect(() => void (homeSeen.value && refreshHome()))
  })
  return app
}

/** Each ask is firmer than the one before: interrupt, terminate, kill. */
export const stopSteps = ['interrupt', 'terminate', 'kill'] as const
const stopped = new WeakMap<Session, Signal<number>>()
export function stopStep(session: Session): Signal<number> {
  const step = stopped.get(session) ?? signal(0)
  stopped.set(session, step)
  return step
}
export async function stopRun(app: App, session: Session): Promise<void> {
  const step = stopStep(session)
  const how = stopSteps[Math.min(step.value, 2)]!
  step.value++
  await app.ask('runStop', { trace: session.trace, how }).catch(() => {})
}
