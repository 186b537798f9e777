// The window's state against an engine at the far end of a real MessageChannel, without a page.
import { afterEach, expect, test } from 'vitest'
import type { Message, Summary } from '../../wire/api.ts'
import { decode, encode } from '../../wire/codec.ts'
import type { Address } from './address.ts'
import { createApp, stopRun, stopStep } from './app.ts'
import { connect } from './connection.ts'
import type { MenuCommand, Shell } from './shell.ts'
import { portTransport } from './transports.ts'

type Call = Extract<Message, { call: unknown }>
const ports: MessagePort[] = []
afterEach(() => ports.splice(0).forEach((p) => p.close()))

const summary = (trace: number, path: string) => ({ trace, path, name: 'bank', state: 'finished', end: 1e9 }) as Summary

function start(options: { open?: Record<string, number>; asked?: number; firstPath?: string } = {}) {
  const calls: Call[] = []
  const lines: MessagePort[] = []
  /** trace number → path, as this engine knows them */
  const known = new Map<number, string>([[1, '/t/bank.sqlite']])
  const opens = options.open ?? { '/t/bank.sqlite': 1 }
  const answer = ({ call, argument }: Call): unknown => {
    const { trace, path } = argument as { trace: number; path: string }
    if (call === 'home') return { recipes: [], traces: [], missing: [], folder: '/t' }
    if (call === 'runStart') return { trace: 1 }
    if (call === 'runStop') return { running: true }
    if (call === 'lanes') return { lanes: [], more: 0 }
    if (call === 'compare') {
      const [before] = (argument as { with: string[] }).with
      if (before === '/t/gone.sqlite') throw new Error(`There is no file ${before}.`)
      return { sentence: `${before} is slower.` }
    }
    if (call === 'open' && path in opens) {
      known.set(opens[path]!, path)
      return { trace: opens[path] }
    }
    if (call === 'open') throw new Error(`${path} is not a trace of Interleave.`)
    if (call === 'summary' && known.has(trace)) return summary(trace, known.get(trace)!)
    throw new Error(`There is no trace ${trace}.`)
  }
  const open = async () => {
    const { port1, port2 } = new MessageChannel()
    ports.push(port1, port2)
    lines.push(port2)
    port2.onmessage = (e: MessageEvent<Uint8Array>) => {
      const call = decode(e.data) as Call
      calls.push(call)
      let reply: Message
      try {
        reply = { id: call.id, answer: answer(call) }
      } catch (error) {
        reply = { id: call.id, error: (error as Error).message }
      }
      port2.postMessage(encode(reply))
    }
    return portTransport(port1)
  }
  let menu: (command: MenuCommand, argument?: string) => void = () => {}
  let shown: number | null = options.asked ?? null
  const shell: Shell = {
    connect: open,
    pathOf: async (file) => `/t/${file.name}`,
    onMenu: (hear) => void (menu = hear),
    firstPath: options.firstPath ?? null,
    tokenMissing: false,
  }
  const address: Address = { asked: () => shown, show: (trace) => void (shown = trace), onBack: () => {} }
  const app = createApp(connect(open, { waits: [0] }), shell, address)
  return { app, calls, known, lines, shown: () => shown, menu: (c: MenuCommand, a?: string) => menu(c, a) }
}
/** Resolves when the condition on signals holds. */
const until = <T>(s: { subscribe(f: (v: T) => void): () => void }, holds: (v: T) => boolean) =>
  new Promise<void>((done) => {
    const stop = s.subscribe((v) => holds(v) && queueMicrotask(() => (stop(), done())))
  })

test('running a recipe shows its trace, home leaves it, and the address follows', async () => {
  const { app, calls, shown } = start()
  await app.run({ recipe: 'threading/convoy' })
  expect(calls.find((c) => c.call === 'runStart')?.argument).toEqual({ recipe: 'threading/convoy' })
  expect(app.session.value?.summary.value?.name).toBe('bank')
  expect(shown()).toBe(1)
  await app.goHome()
  expect(app.session.value).toBe(null)
  expect(shown()).toBe(null)
})

test('a file that is no trace is said once, in its own sentence, and the screen stays', async () => {
  const { app } = start()
  await app.openPath('/t/notes.txt')
  await app.openPath('/t/notes.txt')
  expect(app.toasts.value.map((t) => t.text)).toEqual(['/t/notes.txt is not a trace of Interleave.'])
  expect(app.session.value).toBe(null)
  expect(app.busy.value).toBe(null)
  app.dismiss(app.toasts.value[0]!.id)
  expect(app.toasts.value).toEqual([])
})

test('a dropped file goes through the shell to a path', async () => {
  const { app } = start()
  await app.openFile({ name: 'bank.sqlite' } as File)
  expect(app.session.value?.trace).toBe(1)
})

test('a dropped program is offered to be run', async () => {
  const { app } = start()
  await app.openFile({ name: 'app.py' } as File)
  expect(app.dialog.value).toBe('run')
  expect(app.draft.value).toEqual({ command: 'python3 app.py', cwd: '' })
})

test('the address and the command line can ask for a trace', async () => {
  const reload = start({ asked: 1 })
  await until(reload.app.session, (s) => s !== null)
  const gone = start({ asked: 9 })
  await until(gone.app.home, (h) => h !== null)
  expect(gone.app.session.value).toBe(null)
  const file = start({ firstPath: '/t/bank.sqlite' })
  await until(file.app.session, (s) => s !== null)
})

test('what the home screen lists is asked for only while that screen or a dialog is seen', async () => {
  const { app, calls, lines, menu } = start({ firstPath: '/t/bank.sqlite' })
  const homes = () => calls.filter((c) => c.call === 'home').length
  await until(app.session, (s) => s !== null)
  lines[0]!.postMessage(encode({ notice: 'home', body: {} }))
  // an answer to a later question: the notice was heard by then
  await app.ask('summary', { trace: 1 })
  expect([homes(), app.home.value]).toEqual([0, null])
  menu('open')
  await until(app.home, (h) => h !== null)
  expect(homes()).toBe(1)
  app.dialog.value = null
  await app.goHome()
  await until(app.home, () => homes() === 2)
  lines[0]!.postMessage(encode({ notice: 'home', body: {} }))
  await until(app.home, () => homes() === 3)
})

test('the menu opens, goes home and shows the keys', async () => {
  const { app, menu } = start()
  menu('open', '/t/bank.sqlite')
  await until(app.session, (s) => s !== null)
  menu('keys')
  expect(app.dialog.value).toBe('keys')
  menu('home')
  await until(app.session, (s) => s === null)
  menu('open')
  expect(app.dialog.value).toBe('open')
})

test('when another engine answers, the trace is opened again by its path', async () => {
  const { app, known, lines } = start({ open: { '/t/bank.sqlite': 7 } })
  await app.show(1)
  known.clear()
  lines[0]!.close()
  await until(app.session, (s) => s?.trace === 7)
  expect(app.toasts.value).toEqual([])
})

test('when the trace cannot be had again the person is told and is home', async () => {
  const { app, known, lines } = start({ open: {} })
  await app.show(1)
  known.clear()
  lines[0]!.close()
  await until(app.session, (s) => s === null)
  expect(app.toasts.value[0]?.text).toContain('started again')
})

test('each stop is firmer than the one before', async () => {
  const { app, calls } = start()
  await app.show(1)
  const session = app.session.value!
  for (let i = 0; i < 4; i++) await stopRun(app, session)
  const hows = calls.filter((c) => c.call === 'runStop').map((c) => (c.argument as { how: string }).how)
  expect(hows).toEqual(['interrupt', 'terminate', 'kill', 'kill'])
  expect(stopStep(session).value).toBe(4)
})

test('a comparison is told over the trace, a refusal in its place; only what was asked last counts', async () => {
  const { app, calls } = start()
  await app.compare('/t/old.sqlite')
  expect(calls.some((c) => c.call === 'compare')).toBe(false)
  await app.openToCompare('/t/bank.sqlite')
  expect(app.dialog.value).toBe('compare')
  const { comparison } = app.session.value!
  await app.compare('/t/gone.sqlite')
  expect(comparison.value).toEqual({
    before: '/t/gone.sqlite',
    answer: null,
    error: 'There is no file /t/gone.sqlite.',
  })
  const first = app.compare('/t/old.sqlite')
  const second = app.compare('/t/older.sqlite')
  await Promise.all([first, second])
  expect(comparison.value).toMatchObject({
    before: '/t/older.sqlite',
    answer: { sentence: '/t/older.sqlite is slower.' },
    error: null,
  })
  const left = app.compare('/t/old.sqlite')
  comparison.value = null
  await left
  expect(comparison.value).toBeNull()
})

test('a trace that cannot be opened is not asked to be compared', async () => {
  const { app } = start()
  await app.openToCompare('/t/notes.txt')
  expect(app.dialog.value).toBeNull()
})
