// The side file of one process, read while it is written: whole lines that were not seen before. What is not whole stays
// for the next poll. What is not JSON is counted, not believed.
import { closeSync, openSync, readSync } from 'node:fs'
import type { SideLine } from '../../wire/side-file.ts'

export class NamesFile {
  private fd: number
  private at = 0
  /** small: the zeros behind the text are read as well, at each poll */
  private piece = Buffer.alloc(1 << 12)
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
      const zeros = this.piece.subarray(0, got).indexOf(0)
      const said = zeros < 0 ? got : zeros
      let read = 0
      for (let end; (end = this.piece.indexOf(10, read)) >= 0 && end < said; read = end + 1) {
        const line = parse(this.piece.toString('utf8', read, end))
        if (line) lines.push(line)
        else this.torn++
      }
      this.at += read
      if (said < this.piece.length) return lines
      if (read === 0) this.piece = Buffer.alloc(this.piece.length * 2) // the line is longer
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
