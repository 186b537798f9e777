// What the rules that know nothing of devices make of threads that wait for one: it ends by itself, and somebody works meanwhile.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventKinds as ev, objectKinds, reasons } from '../../wire/kinds.ts'
import { DeviceRun, type Stream } from '../ingest/device-run.ts'
import { diagnose } from './diagnose.ts'

const ms = 1e6
let run: DeviceRun
let queue: Stream
beforeEach(() => {
  run = new DeviceRun()
  queue = run.stream('queue', run.device('GPU'))
})
afterEach(() => run.close())

/** The feeder has a lock and waits, at last for ever, for `reason`; the main thread waits for the lock. */
function held(reason: number, object: number) {
  const feeder = run.thread('feeder')
  const lock = run.writer.object(objectKinds.lock, run.main, 1)
  run.add(feeder, 10, ev.acquire, { object: lock.serial, seq: ++lock.seq, arg: 1 })
  queue.kernel('long', { called: 20, returned: 30, started: 40 }, { thread: feeder })
  run.add(feeder, 50, ev.wait, { object, flags: reason })
  run.add(run.main, 60, ev.wait, { object: lock.serial, flags: reasons.lock })
  return diagnose(run.trace(2000 * ms)).map((f) => f.rule)
}
test('a thread that waits for a device is not stuck, nor is who waits for it', () => {
  expect(held(reasons.device, queue.serial)).not.toContain('deadlock')
})
test('where it waits for what the other one has, both are', () => {
  const lock = run.writer.object(objectKinds.lock, run.main, 1)
  run.add(run.main, 5, ev.acquire, { object: lock.serial, seq: ++lock.seq, arg: 1 })
  expect(held(reasons.lock, lock.serial)).toContain('deadlock')
})

test('threads that take turns at a device by a lock are told of the lock, not of what they do while they have it', () => {
  const lock = run.writer.object(objectKinds.lock, run.main, 1)
  const threads = [run.main, run.thread('other')]
  // each has the lock while its kernel runs, and the other one waits for it
  for (let i = 0; i < 40; i++) {
    const at = (5 + 20 * i) * ms
    const [has, waits] = i % 2 ? threads : threads.toReversed()
    run.add(has!, at, ev.acquire, { object: lock.serial, seq: ++lock.seq, arg: 1 })
    const times = { called: at + 10, returned: at + 20, started: at + 30, ended: at + 18 * ms }
    const number = queue.kernel('step', times, { thread: has! })
    run.waits(queue, number, at + 40, at + 18 * ms + 1000, has)
    run.add(waits!, at + 50, ev.wait, { object: lock.serial, flags: reasons.lock })
    run.add(has!, at + 19 * ms, ev.release, { object: lock.serial, seq: ++lock.seq })
    run.add(waits!, at + 19 * ms + 10, ev.wake, { object: lock.serial })
  }
  const found = diagnose(run.trace(900 * ms))
  expect(found.map((f) => f.rule)).toContain('contention')
  expect(found.map((f) => f.rule)).not.toContain('slow-hold')
})
