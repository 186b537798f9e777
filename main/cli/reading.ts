// Work on traces that may take a while: in turns, so that Ctrl-C ends it between two of them (exit code 130), and on a
// terminal with how far it has got, once it has taken two seconds. Nothing is left behind: what it reads is read-only, and
// work that is broken off gets to its own `finally`.
import { writeSync } from 'node:fs'
import { setImmediate as immediate } from 'node:timers/promises'
import { isatty } from 'node:tty'
import { percent } from '../query/words.ts'
import { Failure } from './output.ts'

/** ms */
const turn = 20
const patience = 2000
const toldEvery = 200

/** `work` gets a function that it may tell its progress, 0…1. */
export async function reading<T>(
  what: string,
  work: (onProgress: (share: number) => void) => Generator<void, T>,
): Promise<T> {
  let interrupted: NodeJS.Signals | null = null
  const stop = (signal: NodeJS.Signals) => (interrupted = signal)
  process.on('SIGINT', stop).on('SIGTERM', stop)
  const line = new ProgressLine(what)
  const steps = work((share) => line.tell(share))
  try {
    for (;;) {
      for (const until = performance.now() + turn; performance.now() < until;) {
        const { done, value } = steps.next()
        if (done) return value
      }
      await immediate()
      if (interrupted) throw new Failure('interrupted', interrupted === 'SIGINT' ? 130 : 143)
    }
  } finally {
    steps.return(undefined as T)
    line.clear()
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}

class ProgressLine {
  private readonly what: string
  private readonly terminal = isatty(2)
  private readonly started = performance.now()
  private told = 0
  constructor(what: string) {
    this.what = what
  }
  tell(share: number): void {
    const now = performance.now()
    if (!this.terminal || now - this.started < patience || now - this.told < toldEvery) return
    this.told = now
    writeSync(2, `\r\x1b[Kinterleave: ${this.what}: ${percent(share)}`)
  }
  clear(): void {
    if (this.told > 0) writeSync(2, '\r\x1b[K')
  }
}
