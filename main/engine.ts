// The engine: owns the databases and answers the API of wire/api.ts; there is no electron in it.
//
// In: bytes of a connection (a MessagePort or a WebSocket). Out: bytes to it: one answer or one sentence of error to each
// call, and notices to all. A call is answered from what is stored when its turn comes. Nothing that a page sends can
// end the engine: what is wrong with a call is the answer to it.
import { z } from 'zod'
import { requests, type Argument, type Call, type Message, type Notices } from '../wire/api.ts'
import { decode, encode } from '../wire/codec.ts'
import { createAnswers } from './engine/answers.ts'
import { watchChapters } from './engine/chapters.ts'
import { lookAtMachine } from './engine/machine.ts'
import { createShelf } from './engine/shelf.ts'
import type { Recording } from './recording.ts'

export interface Connection {
  hear(bytes: Uint8Array): void
  close(): void
}
export interface Engine {
  connect(say: (bytes: Uint8Array<ArrayBuffer>) => void): Connection
  /** names of the programs being recorded */
  recordings(): string[]
  /** a recording that the command line started, to be watched */
  adopt(recording: Recording): void
  /** stop the recorded programs, or leave them running: the next start finds their recordings */
  close(how: 'leave' | 'stop'): Promise<void>
}
export function createEngine(options: {
  /** where traces are kept */
  folder: string
  onRecordings?: (names: string[]) => void
}): Engine {
  const says = new Set<(bytes: Uint8Array<ArrayBuffer>) => void>()
  const notify = <N extends keyof Notices>(notice: N, body: Notices[N]) => {
    const bytes = encode({ notice, body })
    for (const say of says) say(bytes)
  }
  const shelf = createShelf({ notify, ...(options.onRecordings && { onRecordings: options.onRecordings }) })
  const homeChanged = () => notify('home', {})
  const answers = createAnswers(shelf, lookAtMachine(homeChanged), watchChapters(homeChanged), options.folder)

  async function answer(bytes: Uint8Array): Promise<Message | null> {
    let id = 0
    try {
      const message = decode(bytes)
      if (!('call' in message)) return null
      id = message.id
      return { id, answer: await perform(message.call, message.argument) }
    } catch (error) {
      return { id, error: sentenceOf(error) }
    }
  }

  function perform(call: string, argument: unknown): unknown {
    if (!Object.hasOwn(requests, call)) throw new Error(`There is no call "${call.slice(0, 40)}".`)
    const name = call as Call
    const checked = requests[name].safeParse(argument)
    if (!checked.success) throw new Error(`"${name}" was asked with a wrong argument: ${firstIssue(checked.error)}`)
    return (answers[name] as (argument: Argument<Call>) => unknown)(checked.data)
  }

  return {
    connect(say) {
      says.add(say)
      return {
        hear: (bytes) =>
          void answer(bytes).then((message) => {
            if (message && says.has(say)) say(encode(message))
          }),
        close: () => void says.delete(say),
      }
    },
    recordings: () => shelf.recordings().map((t) => t.recording!.name),
    adopt: (recording) => void shelf.adopt(recording),
    close: shelf.closeAll,
  }
}

function firstIssue(error: z.ZodError): string {
  const { path, message } = error.issues[0]!
  return path.length ? `${path.join('.')}: ${message}.` : `${message}.`
}

/** What people get to read: the first line, a full stop, no stack. */
export function sentenceOf(error: unknown): string {
  const text =
    (error instanceof Error ? error.message : String(error)).split('\n')[0]!.trim() || 'Something went wrong.'
  // A program's name keeps its case.
  const sentence = /^(the|a|an|no|there|it|this|only|neither|give) /.test(text)
    ? text[0]!.toUpperCase() + text.slice(1)
    : text
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`
}
