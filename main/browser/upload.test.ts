// What is uploaded gets its own name only when all of it came and it is a trace; otherwise nothing of it stays.
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { receiveUpload } from './upload.ts'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'interleave-upload-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface Given {
  name?: string
  body?: string
  limit?: number
  check?: (path: string) => void
  /** go away in the middle */
  breakOff?: boolean
}
async function upload({ name = 'a.sqlite', body = 'whole', limit = 100, check = () => {}, breakOff = false }: Given) {
  let settle = (_: string | Error) => {}
  const settled = new Promise<string | Error>((resolve) => (settle = resolve))
  const server = createServer((incoming, answer) => {
    void receiveUpload(incoming, { folder, name, check, limit })
      .then(settle, settle)
      .finally(() => answer.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const sent = request({ host: '127.0.0.1', port, method: 'POST', agent: false })
  sent.on('error', () => {})
  sent.write(body)
  if (breakOff) server.once('request', () => sent.destroy())
  else sent.end()
  const answer = await settled
  sent.destroy()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  return answer
}

test('it is kept under its own name, or the next one that is free', async () => {
  expect(await upload({ body: 'one' })).toBe(join(folder, 'a.sqlite'))
  expect(await upload({ body: 'two' })).toBe(join(folder, 'a-2.sqlite'))
  expect(readFileSync(join(folder, 'a-2.sqlite'), 'utf8')).toBe('two')
})

test.each([
  ['../../etc/cron.d/x', 'x.sqlite'],
  ['C:\\traces\\my trace.sqlite', 'my trace.sqlite'],
  ['..', 'trace.sqlite'],
  ['', 'trace.sqlite'],
  ['.hidden.sqlite', 'hidden.sqlite'],
  ['a\0b\nc.sqlite', 'a_b_c.sqlite'],
  ['é🔒.sqlite', 'é🔒.sqlite'],
  // 255 bytes is what a name may have
  [`${'🔒'.repeat(90)}.sqlite`, `${'🔒'.repeat(48)}.sqlite`],
])('%j stays in the folder as %s', async (name, kept) => {
  expect(await upload({ name })).toBe(join(folder, kept))
})

test('one byte too many, or an end in the middle, and nothing of it stays', async () => {
  expect(await upload({ body: 'x'.repeat(100) })).toBe(join(folder, 'a.sqlite'))
  expect(await upload({ body: 'x'.repeat(101) })).toMatchObject({
    message: expect.stringMatching(/^The file is larger/),
  })
  expect(await upload({ body: 'half', breakOff: true })).toBeInstanceOf(Error)
  expect(readdirSync(folder)).toEqual(['a.sqlite'])
})

test('what is refused is gone, and the sentence has the name that the person knows', async () => {
  const check = (path: string) => {
    throw new Error(`${path} is not a trace.`)
  }
  expect(await upload({ check, name: 'mine.sqlite' })).toEqual(new Error('mine.sqlite is not a trace.'))
  expect(readdirSync(folder)).toEqual([])
})
