// What a device ran and when it stood idle, over all its streams and for each, from commands that a host told it.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DeviceRun } from '../ingest/device-run.ts'
import { openTrace } from '../store/database.ts'
import { deviceUses } from './device-uses.ts'

let run: DeviceRun
beforeEach(() => {
  run = new DeviceRun()
})
afterEach(() => run.close())

test('a device is idle while none of its streams runs anything', () => {
  const gpu = run.device('GPU')
  const [a, b] = [run.stream('a', gpu), run.stream('b', gpu)]
  a.kernel('long', { called: 10, returned: 11, started: 20, ended: 100 })
  b.command('write', { called: 12, returned: 13, started: 30, ended: 50 }, { bytes: 4096 })
  a.command('marker', { called: 14, returned: 15, started: 110, ended: 110 })
  b.kernel('short', { called: 14, returned: 15, started: 160, ended: 200 })
  a.kernel('never ends', { called: 20, returned: 21 })
  const trace = run.trace(300)
  const [use] = deviceUses(trace)
  expect([...use!.all.rows]).toEqual([0, 1, 3])
  expect([...use!.all.idle]).toEqual([0, 0, 60])
  expect(use!.all).toMatchObject({ busy: 120, from: 20, to: 200 })
  const streams = [...use!.streams].map(([id, { busy, idle }]) => [trace.objects[id]!.name, busy, [...idle]])
  expect(streams).toEqual([
    ['a', 80, [0]],
    ['b', 60, [0, 110]],
  ])
})

test('a trace that was opened has the same uses', () => {
  const queue = run.stream('queue', run.device('GPU'))
  for (let i = 0; i < 5; i++)
    queue.kernel('add', { called: 100 * i, returned: 100 * i + 5, started: 100 * i + 10, ended: 100 * i + 50 })
  const trace = run.trace(1000)
  trace.settle()
  const opened = openTrace(trace.path)
  expect(deviceUses(opened)).toEqual(deviceUses(trace))
  expect(deviceUses(opened)[0]!.all.busy).toBe(200)
  opened.close()
})

test('a simulator is no device', () => {
  const queue = run.stream('queue', run.device('simulator', { type: 'simulator' }))
  queue.kernel('add', { called: 10, returned: 50, started: 10, ended: 50 })
  expect(deviceUses(run.trace(100))).toEqual([])
})
