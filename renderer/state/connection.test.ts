// The connection over a real MessageChannel with the real codec; the other end answers as an engine would.
import { afterEach, expect, test } from 'vitest'
import type { Message } from '../../wire/api.ts'
import { decode, encode } from '../../wire/codec.ts'
import { broken, connect, type LineState } from './connection.ts'
import { portTransport } from './transports.ts'

type Call = Extract<Message, { call: unknown }>
const ports: MessagePort[] = []
afterEach(() => ports.splice(0).forEach((p) => p.close()))

/** An engine at the far end of as many channels as the page opens. */
function engine(answer: (call: Call, reply: (m: Message) => void) => void) {
  const lines: MessagePort[] = []
  return {
    lines,
    open: async () => {
      const { port1, port2 } = new MessageChannel()
      ports.push(port1, port2)
      lines.push(port2)
      port2.onmessage = (e: MessageEvent<Uint8Array>) =>
        answer(decode(e.data) as Call, (m) => port2.postMessage(encode(m)))
      return portTransport(port1)
    },
  }
}
const until = (state: { subscribe(f: (v: LineState) => void): () => void }, wanted: LineState) =>
  new Promise<void>((done) => {
    const stop = state.subscribe((v) => v === wanted && queueMicrotask(() => (stop(), done())))
  })

test('answers find their question, whatever order they come in, and arrays survive', async () => {
  const held: (() => void)[] = []
  const { open } = engine((call, reply) => {
    held.unshift(() => reply({ id: call.id, answer: { echo: call.argument, x0: Float32Array.of(0.5) } }))
    if (held.length === 2) held.forEach((send) => send())
  })
  const { ask } = connect(open)
  const [a, b] = await Promise.all([ask('summary', { trace: 1 }), ask('summary', { trace: 2 })])
  expect(a).toEqual({ echo: { trace: 1 }, x0: Float32Array.of(0.5) })
  expect(b).toEqual({ echo: { trace: 2 }, x0: Float32Array.of(0.5) })
})

test("an error is the engine's own sentence", async () => {
  const { open } = engine((call, reply) => reply({ id: call.id, error: 'There is no trace 7.' }))
  await expect(connect(open).ask('summary', { trace: 7 })).rejects.toThrow('There is no trace 7.')
})

test('notices reach those who listen, until they stop', async () => {
  const { open, lines } = engine((call, reply) => reply({ id: call.id, answer: null }))
  const { ask, on } = connect(open)
  const seen: number[] = []
  const body = (end: number) => ({ trace: 1, end, state: 'recording' as const, lanes: 2, findings: 0 })
  const stop = on('changed', (b) => seen.push(b.end))
  await ask('close', { trace: 1 })
  lines[0]!.postMessage(encode({ notice: 'changed', body: body(5) }))
  lines[0]!.postMessage(encode({ notice: 'home', body: {} }))
  await ask('close', { trace: 1 })
  stop()
  lines[0]!.postMessage(encode({ notice: 'changed', body: body(6) }))
  await ask('close', { trace: 1 })
  expect(seen).toEqual([5])
})

test('a broken line fails what was asked on it, then a new one is opened', async () => {
  const { open, lines } = engine((call, reply) =>
    call.call === 'home' ? lines.at(-1)!.close() : reply({ id: call.id, answer: null }),
  )
  const connection = connect(open, { waits: [0] })
  await expect(connection.ask('home', {})).rejects.toThrow(broken)
  expect(await connection.ask('close', { trace: 1 })).toBe(null)
  expect(lines.length).toBe(2)
  expect(connection.state.value).toBe('open')
})

test('an engine that stays away: the line is stopped, asks are refused at once, and a retry brings it back', async () => {
  let away = true
  const { open } = engine((call, reply) => reply({ id: call.id, answer: null }))
  const connection = connect(() => (away ? Promise.reject(new Error('refused')) : open()), { waits: [0, 1] })
  const early = connection.ask('home', {})
  await expect(early).rejects.toThrow('not running')
  expect(connection.state.value).toBe('stopped')
  await expect(connection.ask('home', {})).rejects.toThrow('not running')
  away = false
  connection.retry()
  await until(connection.state, 'open')
  expect(await connection.ask('close', { trace: 1 })).toBe(null)
})
