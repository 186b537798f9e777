// One clock for a program, this process and a page. Programs and Node's hrtime read CLOCK_MONOTONIC; a page has only
// performance.now(), which counts from an unknown moment of it. The quickest of many round trips bounds that moment from
// both sides: half of it is the error.

/** Asks the page; an expression in, its value out. */
export type Ask = (expression: string) => Promise<unknown>

/** CLOCK_MONOTONIC ns at the page's performance.now() = 0, and ± how much it may be off. */
export const clockOf = async (ask: Ask): Promise<{ zero: number; error: number }> => {
  let best = { zero: 0, error: Infinity }
  for (let i = 0; i < 60; i++) {
    const before = Number(process.hrtime.bigint())
    const now = Number(await ask('performance.now()'))
    const after = Number(process.hrtime.bigint())
    if ((after - before) / 2 < best.error)
      best = { zero: (before + after) / 2 - now * 1e6, error: (after - before) / 2 }
  }
  return best
}
