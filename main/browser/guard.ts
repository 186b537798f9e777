// Who may talk to the server: somebody on this machine who was given the token, through a page of our own address.
//
// The Host is compared with our own address, so that a name that resolves to 127.0.0.1 (DNS rebinding) gets nothing; the
// Origin, so that another page in the same browser cannot open a socket even if it learnt the port.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

export const newToken = () => randomBytes(16).toString('hex')

export function createGuard(token: string, port: number) {
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`])
  const origins = new Set([...hosts].map((host) => `http://${host}`))
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const expected = digest(token)
  return {
    isOwnHost: (request: IncomingMessage) => hosts.has(request.headers.host ?? ''),
    isOwnOrigin: (request: IncomingMessage) => origins.has(request.headers.origin ?? ''),
    hasToken: (given: string | null | undefined) => timingSafeEqual(digest(given ?? ''), expected),
  }
}
export type Guard = ReturnType<typeof createGuard>
