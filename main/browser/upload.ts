// A trace file that was dropped on the page: a body of bytes in, a file in the folder of traces out.
//
// It is streamed to a hidden name, looked at (it must open as a trace), and only then gets its own name; whatever goes
// wrong, nothing of it stays. The name is reduced to letters that cannot lead elsewhere.
import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { basename, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { randomUUID } from 'node:crypto'

export const uploadLimit = 4 * 1024 ** 3

export async function receiveUpload(
  request: IncomingMessage,
  options: {
    folder: string
    name: string
    /** throws one sentence when the file is no trace of ours */
    check: (path: string) => void
    limit?: number
  },
): Promise<string> {
  const { folder, check, limit = uploadLimit } = options
  mkdirSync(folder, { recursive: true })
  const part = join(folder, `.upload-${randomUUID()}`)
  let bytes = 0
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length
      done(bytes > limit ? new Error(`The file is larger than ${Math.round(limit / 1024 ** 2)} MiB.`) : null, chunk)
    },
  })
  try {
    await pipeline(request, counted, createWriteStream(part, { flags: 'wx', mode: 0o600 }))
    try {
      check(part)
    } catch (error) {
      throw new Error((error as Error).message.replaceAll(part, basename(options.name)))
    }
    const path = freeName(folder, options.name)
    renameSync(part, path)
    return path
  } finally {
    for (const left of ['', '-wal', '-shm', '-journal']) rmSync(part + left, { force: true })
  }
}

function freeName(folder: string, name: string): string {
  const stem = basename(name.replaceAll('\\', '/'), '.sqlite')
    .replace(/[\p{C}/]+/gu, '_')
    .replace(/^\.+/, '')
  for (let n = 1; ; n++) {
    const path = join(folder, `${[...stem].slice(0, 48).join('') || 'trace'}${n === 1 ? '' : `-${n}`}.sqlite`)
    if (!existsSync(path) && !existsSync(`${path}.run`)) return path
  }
}
