// The browser shell from outside: who is let in, and what is served.
import { request as httpRequest } from 'node:http'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import WebSocket from 'ws'
import { decode, encode } from '../../wire/codec.ts'
import type { Answers } from '../../wire/api.ts'
import { newHome, removeHome } from '../shell-launch.ts'
import { startBrowserShell, type BrowserShell } from './server.ts'

let home: string
let shell: BrowserShell
let origin: string
let port: number
let token: string
test.beforeAll(async () => {
  home = newHome()
  shell = await startBrowserShell({ folder: home })
  const url = new URL(shell.address)
  origin = url.origin
  port = Number(url.port)
  token = new URLSearchParams(url.hash.slice(1)).get('token')!
})
test.afterAll(async () => {
  await shell.close()
  removeHome(home)
})

interface Reply {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}
/** A request as nothing but bytes on the wire: no browser or fetch tidies its path, Host or Origin. */
function send(path: string, options: { method?: string; headers?: Record<string, string>; body?: Buffer } = {}) {
  return new Promise<Reply>((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = options
    const sent = httpRequest({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts).toString() }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
/** 101 when the socket opened, otherwise the status of the refusal. */
function knock(path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers })
    socket.on('open', () => {
      resolve(101)
      socket.close()
    })
    socket.on('unexpected-response', (_, response) => {
      resolve(response.statusCode!)
      socket.terminate()
    })
    socket.on('error', () => {})
  })
}

test('the page is served with headers that let it run its own files only', async () => {
  const { status, headers, body } = await send('/')
  expect(status).toBe(200)
  expect(body).toContain('<script')
  expect(headers['content-security-policy']).toContain("default-src 'none'")
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  expect(headers['content-security-policy']).not.toContain('unsafe')
  expect(headers['x-content-type-options']).toBe('nosniff')
  expect(headers['referrer-policy']).toBe('no-referrer')
  expect(body).not.toContain(token)
})

for (const path of [
  '/../package.json',
  '/..%2fpackage.json',
  '/%2e%2e/%2e%2e/package.json',
  '/assets/../../main/electron.js',
  '//etc/passwd',
  '/%00',
  '/constructor',
])
  test(`${path} is not part of the page`, async () => {
    const { status, body } = await send(path)
    expect(status).toBe(404)
    expect(body).toBe('There is nothing here.')
  })

test('a name that leads to 127.0.0.1 is not our address', async () => {
  expect((await send('/', { headers: { Host: `evil.example:${port}` } })).status).toBe(403)
  expect((await send('/', { headers: { Host: `127.0.0.1:${port + 1}` } })).status).toBe(403)
  expect((await send('/', { headers: { Host: `localhost:${port}` } })).status).toBe(200)
})

test('only GET is answered', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) expect((await send('/', { method })).status).toBe(405)
})

test('the socket opens with the token, our Origin and our Host, and not without', async () => {
  const path = `/engine?token=${token}`
  const Host = `127.0.0.1:${port}`
  expect(await knock(path, { Origin: origin, Host })).toBe(101)
  expect(await knock('/engine', { Origin: origin, Host })).toBe(403)
  expect(await knock(`/engine?token=${token.slice(1)}`, { Origin: origin, Host })).toBe(403)
  expect(await knock(`/engine?token=${'0'.repeat(32)}`, { Origin: origin, Host })).toBe(403)
  expect(await knock(path, { Origin: 'http://evil.example', Host })).toBe(403)
  expect(await knock(path, { Origin: 'null', Host })).toBe(403)
  expect(await knock(path, { Host })).toBe(403)
  expect(await knock(path, { Origin: origin, Host: `evil.example:${port}` })).toBe(403)
  expect(await knock(`/other?token=${token}`, { Origin: origin, Host })).toBe(403)
})

test('nonsense on the socket is answered in a sentence, and the next call is served', async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/engine?token=${token}`, { headers: { Origin: origin } })
  const heard: ReturnType<typeof decode>[] = []
  await new Promise((opened) => socket.once('open', opened))
  const done = new Promise<void>((resolve) =>
    socket.on('message', (bytes: Buffer) => {
      heard.push(decode(bytes))
      if (heard.some((m) => 'answer' in m)) resolve()
    }),
  )
  for (const nonsense of ['', 'hello', '\x00\xff\xfe', '[]']) socket.send(Buffer.from(nonsense, 'latin1'))
  socket.send('text, not bytes')
  socket.send(encode({ id: 7, call: 'toString' as 'home', argument: {} }))
  socket.send(encode({ id: 8, call: 'summary', argument: { trace: 'one' } }))
  socket.send(encode({ id: 9, call: 'summary', argument: { trace: 999 } }))
  socket.send(encode({ id: 10, call: 'home', argument: {} }))
  await done
  const errors = heard.flatMap((m) => ('error' in m ? [m] : []))
  expect(errors.find((m) => m.id === 7)?.error).toBe('There is no call "toString".')
  expect(errors.find((m) => m.id === 8)?.error).toMatch(/^"summary" was asked with a wrong argument: trace: /)
  expect(errors.find((m) => m.id === 9)?.error).toMatch(/^This trace is not open any more/)
  for (const { error } of errors) expect(error).not.toContain('\n')
  const home = heard.find((m) => 'answer' in m) as { id: number; answer: Answers['home'] }
  expect(home.id).toBe(10)
  expect(home.answer.recipes.length).toBeGreaterThanOrEqual(8)
  socket.close()
})

test('an upload needs the token and our Origin, must be a trace, and leaves nothing behind when it is not', async () => {
  const body = Buffer.from('not a trace at all')
  const upload = (headers: Record<string, string>, name = 'x.sqlite') =>
    send(`/upload?name=${encodeURIComponent(name)}`, { method: 'POST', headers, body })
  expect((await upload({ Origin: origin })).status).toBe(403)
  expect((await upload({ Origin: origin, 'x-token': 'wrong' })).status).toBe(403)
  expect((await upload({ Origin: 'http://evil.example', 'x-token': token })).status).toBe(403)
  expect((await send('/upload', { headers: { Origin: origin, 'x-token': token } })).status).toBe(403)
  const refused = await upload({ Origin: origin, 'x-token': token }, '../../../escape.sqlite')
  expect(refused.status).toBe(422)
  expect(refused.body).toMatch(/not a trace/)
  expect(refused.body).not.toContain('.upload-')
  expect(readdirSync(home)).toEqual([])
  expect(existsSync(join(home, '..', 'escape.sqlite'))).toBe(false)
})

test('a port that is taken is said in a sentence', async () => {
  await expect(startBrowserShell({ folder: home, port })).rejects.toThrow(`Port ${port} is taken`)
})

test('a program of this machine that has no token gets no traces', async () => {
  writeFileSync(join(home, 'secret.sqlite'), 'x')
  expect((await send('/secret.sqlite')).status).toBe(404)
})
