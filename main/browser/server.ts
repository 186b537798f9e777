// The browser shell: the page, a socket to the engine and a place to drop a trace file, on a port of this machine only.
//
// In: requests. The page's own files need no secret; the socket (`/engine?token=…`) and `/upload?name=…` (in the
// header x-token) need the token, our Host and our Origin. The token is in the fragment of the printed address, which browsers send to nobody.
// The engine lives in this process; a page that closes leaves what is being recorded running.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { join } from 'node:path'
import { WebSocketServer, type WebSocket } from 'ws'
import { createEngine, sentenceOf, type Engine } from '../engine.ts'
import type { Recording } from '../recording.ts'
import { root } from '../run/root.ts'
import { traceFolder } from '../run/traces.ts'
import { createPage, pageHeaders } from '../shell-page.ts'
import { openTrace } from '../store/database.ts'
import { createGuard, newToken, type Guard } from './guard.ts'
import { receiveUpload } from './upload.ts'

export interface BrowserShell {
  /** http://127.0.0.1:PORT/#token=… */
  address: string
  /** names of the programs being recorded */
  recordings(): string[]
  /** a recording that the command line started, to be watched */
  adopt(recording: Recording): void
  /** ends the server and its engine; programs being recorded go on, unless they shall be stopped */
  close(how?: 'leave' | 'stop'): Promise<void>
}

/** The largest call of a page is a query somebody typed. */
const largestCall = 1024 * 1024

export async function startBrowserShell(
  options: { file?: string; port?: number; folder?: string; page?: string } = {},
): Promise<BrowserShell> {
  const folder = options.folder ?? traceFolder()
  const page = createPage(options.page ?? join(root, 'out', 'renderer'))
  const token = newToken()
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE' ? new Error(`Port ${options.port} is taken: choose another with --port.`) : error,
      ),
    )
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const guard = createGuard(token, port)
  const engine = createEngine({ folder })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: largestCall, perMessageDeflate: false })

  server.on('request', (request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    if (!guard.isOwnHost(request)) return refuse(response, 403, 'This address is not the one that was printed.')
    if (url.pathname === '/upload') return void upload(request, response, url, guard, folder)
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(response, 405, 'Only GET is answered here.')
    const file = page(url.pathname)
    if (!file) return refuse(response, 404, 'There is nothing here.')
    response.writeHead(200, { ...file.headers, 'Content-Length': file.body.length })
    response.end(request.method === 'HEAD' ? undefined : file.body)
  })
  server.on('upgrade', (request, socket: Duplex, head) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const allowed =
      url.pathname === '/engine' &&
      guard.isOwnHost(request) &&
      guard.isOwnOrigin(request) &&
      guard.hasToken(url.searchParams.get('token'))
    socket.on('error', () => socket.destroy())
    if (!allowed) return void socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
    sockets.handleUpgrade(request, socket, head, (webSocket) => serveSocket(engine, webSocket))
  })

  const opened = options.file ? `&open=${encodeURIComponent(options.file)}` : ''
  return {
    address: `http://127.0.0.1:${port}/#token=${token}${opened}`,
    recordings: engine.recordings,
    adopt: engine.adopt,
    async close(how = 'leave') {
      for (const socket of sockets.clients) socket.terminate()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      await engine.close(how)
    },
  }
}

/** A page that does not read is not written to: notices are told again, and 64 MiB unread is a page that hangs. */
const tooMuchUnread = 64 * 1024 * 1024

function serveSocket(engine: Engine, socket: WebSocket): void {
  const connection = engine.connect((bytes) => {
    if (socket.bufferedAmount > tooMuchUnread) socket.terminate()
    else socket.send(bytes)
  })
  socket.on('message', (message: Buffer) => connection.hear(message))
  socket.on('close', () => connection.close())
  socket.on('error', () => socket.terminate())
}

async function upload(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  guard: Guard,
  folder: string,
): Promise<void> {
  const token = request.headers['x-token']?.toString()
  if (request.method !== 'POST' || !guard.isOwnOrigin(request) || !guard.hasToken(token))
    return refuse(response, 403, 'The token is missing or wrong.')
  try {
    const check = (path: string) => openTrace(path).db.close()
    const path = await receiveUpload(request, { folder, name: url.searchParams.get('name') ?? 'trace', check })
    response.writeHead(200, { ...pageHeaders, 'Content-Type': 'application/json' })
    response.end(JSON.stringify({ path }))
  } catch (error) {
    refuse(response, 422, sentenceOf(error))
  }
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { ...pageHeaders, 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' })
  response.end(sentence)
}
