// A question that takes more than a moment is answered in turns, between which the engine serves others.
//
// In: work that pauses now and then. Out: what it comes to, or an error when nobody wants it any more. While a trace is
// recorded more is added meanwhile: the work is about what was there when it began.
import { setImmediate as immediate } from 'node:timers/promises'

/** ms */
const turn = 8

export async function inTurns<T>(work: Generator<void, T>, wanted: () => boolean): Promise<T> {
  for (;;) {
    for (const until = performance.now() + turn; performance.now() < until;) {
      const { done, value } = work.next()
      if (done) return value
    }
    await immediate()
    if (!wanted()) throw new Error('The trace was closed before this was answered.')
  }
}
