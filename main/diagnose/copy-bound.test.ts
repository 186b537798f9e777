// Copy-bound on drawn rounds of write, kernel, read: what is said, what its rows say, near misses.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DeviceRun, type Stream } from '../ingest/device-run.ts'
import { diagnose } from './diagnose.ts'

const us = 1e3
const ms = 1e6
const MiB = 2 ** 20
let run: DeviceRun
let queue: Stream
beforeEach(() => {
  run = new DeviceRun()
  queue = run.stream('queue', run.device('GPU'))
})
afterEach(() => run.close())

/** Each command begins when the one before is over. */
function rounds(n: number, { copy = 3 * ms, kernel = 1 * ms, back = 16 * MiB } = {}): number {
  let at = 1000
  const next = (dur: number) => {
    const started = at + 20 * us
    at = started + dur
    return { called: started - 10 * us, returned: at, started, ended: at }
  }
  for (let i = 0; i < n; i++) {
    queue.command('write', next(copy), { bytes: 16 * MiB, line: 10 })
    queue.kernel('stir', next(kernel), { line: 11 })
    queue.command('read', next(copy), { bytes: back, line: 12 })
  }
  return at
}
const found = (end: number) => {
  const trace = run.trace(end)
  return diagnose(trace).map(({ rule, sentence, sql }) => ({ rule, sentence, rows: trace.db.prepare(sql).all() }))
}

test('the same amount there and back, longer than it is computed with', () => {
  const [told, ...more] = found(rounds(20))
  expect(more).toEqual([])
  expect(told!.rule).toBe('copy-bound')
  expect(told!.sentence).toBe(
    'MainThread sent 16 MiB to GPU 20 times at drawing.py:10 (5.6 GB/s) and had as much back 20 times at drawing.py:12 (5.6 GB/s), in 20 rounds: the copies took 120 ms, 85 % of the time from the first to the last, and all kernels meanwhile 20 ms.',
  )
  expect(told!.rows).toMatchObject([
    { operation: 'write', commands: 20, bytes: 320 * MiB, ms: 60 },
    { operation: 'read', commands: 20, ms: 60 },
    { operation: 'kernel', kernel: 'stir', ms: 20 },
  ])
})
test('not when the kernels take longer', () => {
  expect(found(rounds(20, { kernel: 7 * ms }))).toEqual([])
})
test('not of a few rounds', () => {
  expect(found(rounds(9, { copy: 10 * ms }))).toEqual([])
})
test('not when what comes back is something else', () => {
  expect(found(rounds(20, { back: 4 }))).toEqual([])
})
