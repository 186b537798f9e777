// Launch-bound, device-idle and sync-too-often on drawn loops, whose times are known: each gap has one cause, what is said of
// it, what its rows say, near misses.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventKinds, reasons } from '../../wire/kinds.ts'
import { DeviceRun, type CommandFacts, type Stream } from '../ingest/device-run.ts'
import { openTrace } from '../store/database.ts'
import type { Trace } from '../store/trace.ts'
import { diagnose, examine } from './diagnose.ts'

const us = 1e3
const ms = 1e6
let run: DeviceRun
let queue: Stream
beforeEach(() => {
  run = new DeviceRun()
  queue = run.stream('queue', run.device('GPU'))
})
afterEach(() => run.close())

/** A kernel whose call at `called` takes 5 µs; it begins 10 µs after the call, or at `from`, and takes so long. Out: its end. */
function launch(called: number, dur: number, facts: CommandFacts & { from?: number } = {}): number {
  const started = Math.max(called + 10 * us, facts.from ?? 0)
  queue.kernel('step', { called, returned: called + 5 * us, started, ended: started + dur }, facts)
  return started + dur
}
function waits(reason: number, from: number, to: number): void {
  run.add(run.main, from, eventKinds.wait, { object: 0, flags: reason, site: run.site(30) })
  run.add(run.main, to, eventKinds.wake, { object: 0 })
}
/** What all rules say, and the same again of the file; as [rule, sentence], with the rows of the SQL. */
function said(end: number) {
  const trace = run.trace(end)
  const found = diagnose(trace)
  trace.settle()
  const opened = openTrace(trace.path)
  expect(diagnose(opened).map((f) => f.sentence)).toEqual(found.map((f) => f.sentence))
  opened.close()
  return found.map(({ rule, sentence, sql }) => ({ rule, sentence, rows: rowsOf(trace, sql) }))
}
const rowsOf = (trace: Trace, sql: string) => trace.db.prepare(sql).all() as Record<string, unknown>[]

describe('launch-bound', () => {
  test('tiny kernels, launched one after the other', () => {
    for (let i = 0; i < 2000; i++) launch(i * 20 * us + 100, 3 * us, { line: 10 + (i % 2) })
    const [found, ...more] = said(50 * ms)
    expect(more).toEqual([])
    expect(found!.rule).toBe('launch-bound')
    expect(found!.sentence).toBe(
      'MainThread launched 2,000 kernels on GPU at drawing.py:10 and drawing.py:11, one every 20 µs, and each ran for 3 µs: 1,999 times the device was done before the next one was launched, and waited 34 ms for it in all, 85 % of its time.',
    )
    expect(found!.rows).toMatchObject([
      { kernel: 'step', commands: 1000, ran_us: 3, launched_late: 999 },
      { kernel: 'step', commands: 1000, ran_us: 3, launched_late: 1000 },
    ])
  })
  test('not when the kernels keep the device at work', () => {
    let until = 0
    for (let i = 0; i < 2000; i++) until = launch(i * 20 * us + 100, 25 * us, { from: until })
    expect(said(100 * ms)).toEqual([])
  })
  test('not when what is late is the device itself', () => {
    // launched long before, and each begins 30 µs after the one before has ended
    let until = 20 * ms
    for (let i = 0; i < 2000; i++) until = launch(i * 5 * us + 100, 3 * us, { from: until + 30 * us })
    expect(said(200 * ms)).toEqual([])
  })
  test('not of few launches, nor of a simulator', () => {
    for (let i = 0; i < 400; i++) launch(i * 100 * us + 100, 3 * us)
    queue = run.stream('simulated', run.device('simulator', { type: 'simulator' }))
    for (let i = 0; i < 2000; i++) launch(i * 20 * us + 100, 3 * us)
    expect(said(50 * ms)).toEqual([])
  })
})

describe('sync-too-often', () => {
  /** Launch, wait until it is over, and 20 µs later again. */
  function steps(n: number, dur: number, work = 20 * us): number {
    let at = 1000
    for (let i = 0; i < n; i++) {
      const end = launch(at, dur)
      run.waits(queue, i + 1, at + 6 * us, end + 15 * us)
      at = end + 15 * us + work
    }
    return at
  }
  test('a wait after each kernel', () => {
    const [found, ...more] = said(steps(1000, 60 * us))
    expect(more).toEqual([])
    expect(found!.rule).toBe('sync-too-often')
    expect(found!.sentence).toBe(
      'MainThread waited 999 times for GPU at drawing.py:90 before it launched the next command (drawing.py:10). From the end of what it had waited for until that began GPU stood idle: 45 µs each time, 45 ms in all, 43 % of its time.',
    )
    expect(found!.rows).toMatchObject([{ waited_at: expect.stringMatching(/drawing.py:90$/), waits: 1000, gaps: 999 }])
  })
  test('not when the kernels are long, nor of few waits', () => {
    expect(said(steps(1000, 400 * us))).toEqual([])
  })
  test('not when the thread does something else between: that is what the device waits for', () => {
    const rules = said(steps(300, 2 * ms, 3 * ms)).map((f) => f.rule)
    expect(rules).toEqual(['device-idle'])
  })
  /** A blocking read of so many bytes after each kernel. */
  function reads(bytes: number): number {
    let at = 1000
    for (let i = 0; i < 1000; i++) {
      const end = launch(at, 60 * us)
      const read = { called: at + 10 * us, started: end + 5 * us, ended: end + 7 * us, returned: end + 20 * us }
      const number = queue.command('read', read, { bytes, line: 12 })
      run.waits(queue, number, at + 11 * us, end + 18 * us, run.main, 12)
      at = end + 30 * us
    }
    return at
  }
  test('a look at some bytes after each step, with advice of its own', () => {
    const end = reads(4)
    const trace = run.trace(end)
    const found = diagnose(trace)
    expect(found.map((f) => f.rule)).toEqual(['sync-too-often'])
    expect(found[0]!.sentence).toMatch(/^MainThread waited 999 times to read 4 bytes from GPU at drawing.py:12 before/)
    // the device's own way from the kernel to the read is no gap of the loop's, and the kernel counts
    expect(found[0]!.sentence).toMatch(/ 33 µs each time, 33 ms in all, 35 % of its time\.$/)
    expect(found[0]!.tryThis).toMatch(/^Look at it after every tenth step/)
  })
  test('not of a read that brings a result', () => {
    expect(said(reads(64 * 1024))).toEqual([])
  })
})

describe('device-idle', () => {
  /** Sleeps, or waits for something else, launches, waits for the end. */
  function batches(n: number, asleep: number, dur: number, reason: number = reasons.sleep): number {
    let at = 1000
    for (let i = 0; i < n; i++) {
      waits(reason, at, at + asleep)
      const called = at + asleep + 50 * us
      const end = launch(called, dur)
      run.waits(queue, i + 1, called + 6 * us, end + 20 * us)
      at = end + 30 * us
    }
    return at
  }
  test('what the host did before each batch', () => {
    const [found, ...more] = said(batches(20, 20 * ms, 10 * ms))
    expect(more).toEqual([])
    expect(found!.rule).toBe('device-idle')
    expect(found!.sentence).toBe(
      'GPU stood idle 19 times, 382 ms in all, 66 % of the time from its first command to its last, before what MainThread launched at drawing.py:10. Meanwhile MainThread slept at drawing.py:30 for 380 ms.',
    )
    expect(found!.rows[0]).toMatchObject({ operation: 'kernel', the_thread_waited: expect.stringContaining('sleep') })
  })
  test('where it computed, by the ranges that it named', () => {
    let at = 1000
    for (let i = 0; i < 20; i++) {
      run.range('step', at - 200, at + 25 * ms - 400)
      run.range('decode', at + 10 * ms + 1000, at + 25 * ms - 500)
      at = launch(at, 10 * ms) + 15 * ms
    }
    expect(said(at).map((f) => f.sentence)).toEqual([
      expect.stringMatching(/ran Python, or what that calls, for 285 ms \(285 ms of it in the range decode\)\.$/),
    ])
  })
  test('not of a server that waits for its next request', () => {
    expect(said(batches(20, 20 * ms, 10 * ms, reasons.io))).toEqual([])
  })
  test('who does not know when the device ran its commands cannot tell', () => {
    for (let i = 0; i < 20; i++)
      queue.kernel('step', { called: (i + 1) * ms, returned: (i + 1) * ms + 10, ended: (i + 1) * ms + 20 })
    const because = 'GPU did not say when it ran its commands'
    const answers = examine(run.trace(50 * ms)).rules.filter((r) => r.because === because)
    expect(answers.map((r) => r.rule)).toEqual(['launch-bound', 'device-idle', 'sync-too-often', 'copy-bound'])
  })
  test('what it computed has no name', () => {
    let at = 1000
    for (let i = 0; i < 20; i++) at = launch(at, 10 * ms) + 15 * ms
    expect(said(at).map((f) => f.sentence)).toEqual([
      expect.stringMatching(/Meanwhile MainThread ran Python, or what that calls, for 285 ms\.$/),
    ])
  })
  test('not of a few phases of a program', () => {
    expect(said(batches(5, 200 * ms, 10 * ms))).toEqual([])
  })
  test('not when the device is at work most of its time', () => {
    expect(said(batches(20, 20 * ms, 60 * ms))).toEqual([])
  })
  test('not when one stop in ten is a moment of the machine', () => {
    // 20 µs between launches, and every tenth time 2 ms
    let at = 1000
    for (let i = 0; i < 400; i++) at = launch(at, 100 * us) + (i % 10 ? 20 * us : 2 * ms)
    expect(said(at)).toEqual([])
  })
})
