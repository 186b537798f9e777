// A message of api.ts ⇄ bytes, the same on both ends of a MessagePort or a WebSocket.
//
// In: a Message, whose answers may hold typed arrays. Out: bytes that own their whole buffer, so that a port may clone or
// transfer them (a view into the packer's shared buffer would carry all 8 KiB of it along).
// Typed arrays arrive as the same kind of array, copied to an aligned buffer. Records are off: they would need
// `new Function`, which the page's content security policy forbids. JSON was rejected: a window is 1 MiB of arrays.
import { Packr } from 'msgpackr'
import type { Message } from './api.ts'

const packr = new Packr({ useRecords: false, moreTypes: true })

export function encode(message: Message): Uint8Array<ArrayBuffer> {
  return new Uint8Array(packr.pack(message))
}

/** Throws one sentence when the bytes are no message. */
export function decode(bytes: Uint8Array): Message {
  let message: unknown
  try {
    message = packr.unpack(bytes)
  } catch {
    throw new Error('The message could not be read: it is not in the format that Interleave speaks.')
  }
  const m = message as Partial<Record<'id' | 'call' | 'answer' | 'error' | 'notice', unknown>> | null
  const known =
    typeof m === 'object' &&
    m !== null &&
    (typeof m.notice === 'string' ||
      (typeof m.id === 'number' && ('answer' in m || typeof m.error === 'string' || typeof m.call === 'string')))
  if (!known) throw new Error('The message could not be read: it is no call, answer, error or notice.')
  return message as Message
}
