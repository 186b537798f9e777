// What the command line prints. Straight to the file descriptor: touching process.stdout or process.stderr would make a
// pipe that we share with the recorded program non-blocking, and its own writes would begin to fail.
import { writeSync } from 'node:fs'

/** Something a person can act on, in one sentence, and the exit code that goes with it. */
export class Failure extends Error {
  readonly exitCode: number
  constructor(sentence: string, exitCode = 1) {
    super(sentence)
    this.exitCode = exitCode
  }
}

export const exitCodes = `
Exit codes
  0    done
  1    could not be done; one sentence says why
  2    wrong usage`

function write(fd: number, text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0)
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      // a closed or hung-up stderr takes nothing from the program's exit code
      if (fd === 2 && code !== 'EAGAIN') return
      if (code === 'EPIPE') process.exit(141)
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
}
export const print = (text: string) => write(1, text.endsWith('\n') ? text : text + '\n')
/** To stderr, where it is not taken for an answer. */
export const tell = (text: string) => write(2, text.endsWith('\n') ? text : text + '\n')

/** Columns as wide as their widest cell, numbers to the right. */
export function table(columns: string[], rows: (string | number | null)[][]): string {
  const cells = rows.map((row) => row.map((cell) => (cell === null ? '' : String(cell).replace(/\s*\n\s*/g, ' '))))
  const width = columns.map((column, i) => Math.max(column.length, ...cells.map((row) => [...row[i]!].length)))
  const right = columns.map(
    (_, i) => rows.length > 0 && rows.every((row) => row[i] === null || typeof row[i] === 'number'),
  )
  const line = (row: string[]) =>
    row
      .map((cell, i) => {
        const gap = ' '.repeat(width[i]! - [...cell].length)
        return right[i] ? gap + cell : cell + gap
      })
      .join('  ')
      .trimEnd()
  return [line(columns), line(width.map((n) => '─'.repeat(n))), ...cells.map(line)].join('\n')
}
