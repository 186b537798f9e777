// The page's line to the engine. In: a way to open a transport. Out: `ask` and the engine's notices.
//
//   connecting → open ⇄ reconnecting (the transport closed: open again, waiting longer each time) → stopped
//
// Every ask settles: with the answer, with the engine's own sentence, or with the sentence that the line broke; none is
// sent twice, because the engine may have acted on it. While there is no line, asks wait for it.
import { signal, type Signal } from '@preact/signals'
import { decode, encode } from '../../wire/codec.ts'
import type { Message, Notices } from '../../wire/api.ts'
import type { Ask } from './session.ts'

export interface Transport {
  send(bytes: Uint8Array<ArrayBuffer>): void
  /** Called once, before anything is sent. */
  listen(onBytes: (bytes: Uint8Array) => void, onClose: () => void): void
  close(): void
}
export type LineState = 'connecting' | 'open' | 'reconnecting' | 'stopped'

export interface Connection {
  ask: Ask
  on<N extends keyof Notices>(notice: N, listener: (body: Notices[N]) => void): () => void
  state: Signal<LineState>
  /** Try again after 'stopped'. */
  retry(): void
}

interface Pending {
  resolve(answer: never): void
  reject(error: Error): void
}
export interface Patience {
  /** ms before each attempt; after the last the line is 'stopped' */
  waits: readonly number[]
}
const usual: Patience = { waits: [0, 300, 700, 1500, 3000] }
export const broken = 'The engine stopped before it could answer. Try again.'
const gone = 'The engine is not running, so this cannot be answered. Start Interleave again.'

export function connect(open: () => Promise<Transport>, patience = usual): Connection {
  const state = signal<LineState>('connecting')
  const pending = new Map<number, Pending>()
  const listeners = new Map<keyof Notices, Set<(body: never) => void>>()
  let waiting: (() => void)[] = []
  let transport: Transport | null = null
  let next = 1

  function receive(bytes: Uint8Array) {
    const message: Message = decode(bytes)
    if ('notice' in message) listeners.get(message.notice)?.forEach((f) => f(message.body as never))
    else if (!('call' in message)) {
      const asked = pending.get(message.id)
      pending.delete(message.id)
      if ('error' in message) asked?.reject(new Error(message.error))
      else asked?.resolve(message.answer as never)
    }
  }

  function settle(sentence: string) {
    const all = [...pending.values()]
    pending.clear()
    for (const { reject } of all) reject(new Error(sentence))
  }

  async function reach(first: LineState) {
    state.value = first
    for (const wait of patience.waits) {
      if (wait) await new Promise((done) => setTimeout(done, wait))
      try {
        const line = await open()
        line.listen(receive, () => {
          if (transport !== line) return
          transport = null
          settle(broken)
          void reach('reconnecting')
        })
        transport = line
        state.value = 'open'
        const sends = waiting
        waiting = []
        for (const send of sends) send()
        return
      } catch {
        // the next attempt, or 'stopped' below, says it
      }
    }
    state.value = 'stopped'
    waiting = []
    settle(gone)
  }

  void reach('connecting')
  return {
    state,
    retry: () => {
      if (state.value === 'stopped') void reach('reconnecting')
    },
    ask: (call, argument) =>
      new Promise((resolve, reject) => {
        if (state.value === 'stopped') return reject(new Error(gone))
        const id = next++
        pending.set(id, { resolve, reject })
        const send = () => {
          if (pending.has(id)) transport?.send(encode({ id, call, argument }))
        }
        if (transport) send()
        else waiting.push(send)
      }),
    on: (notice, listener) => {
      const set = listeners.get(notice) ?? new Set()
      listeners.set(notice, set)
      set.add(listener as (body: never) => void)
      return () => void set.delete(listener as (body: never) => void)
    },
  }
}
