// The side file of one process, read while it is written: whole lines that were not seen before. A torn last line stays
// for the next poll. What is not JSON is counted, not believed.
import { closeSync, openSync, readSync } from 'node:fs'
import type { SideLine } from '../../wire/side-file.ts'

export class NamesFile {
  private fd: number
  private at = 0
  private rest = Buffer.alloc(0)
  private readonly piece = Buffer.alloc(1 << 16)
  /** lines that could not be read */
  torn = 0

  constructor(path: string) {
    this.fd = openSync(path, 'r')
  }
  close(): void {
    if (this.fd >= 0) closeSync(this.fd)
    this.fd = -1
  }
  poll(): SideLine[] {
    const lines: SideLine[] = []
    for (;;) {
      const got = readSync(this.fd, this.piece, 0, this.piece.length, this.at)
      if (got === 0) return lines
      this.at += got
      let bytes = Buffer.concat([this.rest, this.piece.subarray(0, got)])
      for (let end; (end = bytes.indexOf(10)) >= 0; bytes = bytes.subarray(end + 1)) {
        const line = parse(bytes.toString('utf8', 0, end))
        if (line) lines.push(line)
        else this.torn++
      }
      this.rest = Buffer.from(bytes)
    }
  }
}

const parse = (text: string): SideLine | null => {
  try {
    const line: unknown = JSON.parse(text)
    return typeof line === 'object' && line !== null && 'k' in line ? (line as SideLine) : null
  } catch {
    return null
  }
}
