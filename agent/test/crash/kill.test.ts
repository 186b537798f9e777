// SIGKILL at any moment loses nothing that had happened: the program counts its own finished rounds in memory that
// survives it, and every one of them is in the event file. The moment is a random number of rounds, not of milliseconds.
import { randomInt } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { busy, missing } from './busy.ts'
import { faults, openIn, program, python, readRun, start, withFolder } from './record.ts'
import { ingested } from './trace.ts'

const moments = Array.from({ length: 50 }, (_, i) => (i < 5 ? i + 1 : randomInt(1, 60_000)))

test.each(moments)('SIGKILL after %d rounds', (moment) =>
  withFolder(async (folder) => {
    const run = join(folder, 'run')
    mkdirSync(run)
    const { argv, rounds } = busy(folder, 10_000_000, 'running')
    const started = start(run, argv)
    let over = false
    void started.ended.then(() => (over = true))
    const done = () => rounds().reduce((a, b) => a + b)
    while (!over && done() < moment) await setImmediate()
    started.kill('SIGKILL')
    const { signal, stderr } = await started.ended
    expect({ signal, stderr }).toEqual({ signal: 'SIGKILL', stderr: '' })

    const [recorded, ...others] = readRun(run)
    expect(others).toEqual([])
    expect(recorded!.ended).toBe(false)
    // killed before a thread had its first line: nothing of it can be there
    if (done() > 0) expect(missing(recorded!, rounds())).toEqual([])
    expect(faults(recorded!)).toEqual([])
    expect(recorded!.lost).toBe(0)

    const trace = await ingested(run)
    expect(trace.ended).toEqual(['cut'])
    const open = openIn(recorded!)
    expect(trace.cut).toEqual(open)
    expect(trace.losses).toEqual(open.waits + open.holds > 0 ? ['cut'] : [])
  }),
)

test('SIGKILL while the program starts leaves a run that can be read, or none', () =>
  withFolder(async (folder) => {
    for (let i = 0; i < 12; i++) {
      const run = join(folder, `run-${i}`)
      mkdirSync(run)
      const started = start(run, [python, program('steady.py'), '1000000'])
      const until = performance.now() + i * 6
      while (performance.now() < until) await setImmediate()
      started.kill('SIGKILL')
      await started.ended
      for (const recorded of readRun(run)) expect(faults(recorded)).toEqual([])
      await ingested(run)
    }
  }))
