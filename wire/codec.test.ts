// What goes in comes out, from either side, whatever the array's width and wherever it lies in the message.
import { expect, test } from 'vitest'
import type { Message } from './api.ts'
import { decode, encode } from './codec.ts'

const window = {
  from: 0,
  to: 1e9,
  width: 800,
  end: 123_456_789_012_345,
  lanes: [1, 2],
  first: Uint32Array.of(0, 1, 3),
  x0: Float32Array.of(-1, 0.5, 801),
  x1: Float32Array.of(0, 2.25, 801),
  count: Uint32Array.of(1, 4_000_000_000, 3),
  kind: Uint8Array.of(1, 32, 40),
  share: Uint16Array.of(65535, 0, 1, 2),
  value: new Uint32Array(0),
  took: 0.3,
}

test.each<[string, Message]>([
  ['call', { id: 1, call: 'window', argument: { trace: 0, from: 0, to: 5e9, width: 100, lanes: [1] } }],
  ['answer', { id: 2, answer: window }],
  ['empty answer', { id: 3, answer: null }],
  ['error', { id: 4, error: 'There is no such trace: ünï🔒.' }],
  ['notice', { notice: 'changed', body: { trace: 1, end: 2 ** 52, state: 'recording', lanes: 3, findings: 0 } }],
])('%s survives the way there and back', (_, message) => {
  expect(decode(encode(message))).toEqual(message)
})

test('arrays come out in their own kind at any offset', () => {
  for (let pad = 0; pad < 9; pad++) {
    const answer = { pad: 'x'.repeat(pad), u32: Uint32Array.of(7, 2 ** 31), f32: Float32Array.of(0.1), n: [1] }
    const back = decode(encode({ id: pad, answer })) as { answer: typeof answer }
    expect(back.answer.u32).toBeInstanceOf(Uint32Array)
    expect(back.answer.f32).toBeInstanceOf(Float32Array)
    expect(back.answer).toEqual(answer)
  }
})

test('bytes may arrive inside a larger buffer, as a Node Buffer or a plain view', () => {
  const bytes = encode({ id: 1, answer: window })
  const larger = new Uint8Array(bytes.length + 6)
  larger.set(bytes, 3)
  const view = larger.subarray(3, 3 + bytes.length)
  expect(decode(view)).toEqual({ id: 1, answer: window })
  expect(decode(Buffer.from(view))).toEqual({ id: 1, answer: window })
})

test('a message owns its bytes: nothing else lies in its buffer and the next one does not overwrite it', () => {
  const first = encode({ id: 1, error: 'first' })
  expect(first.buffer.byteLength).toBe(first.length)
  encode({ id: 2, error: 'other' })
  expect(decode(first)).toEqual({ id: 1, error: 'first' })
})

test.each([
  [Uint8Array.of()],
  [Uint8Array.of(0xc1)],
  [Uint8Array.of(5)],
  [encode({ id: 1, error: 'x' }).subarray(0, 4)],
  [encode({ id: 1 } as unknown as Message)],
])('bytes that are no message are refused in a sentence: %s', (bytes) => {
  expect(() => decode(bytes)).toThrow(/^The message could not be read/)
})
