// blocked-loop against events written one by one: how many long steps, how long, and whether anybody had to wait.
import { expect, test } from 'vitest'
import { eventKinds, objectKinds, reasons } from '../../wire/kinds.ts'
import { threads, written } from '../ingest/written.ts'
import { examine } from './diagnose.ts'

const ms = 1e6

interface Steps {
  long: number
  /** ns */
  each: number
  short?: number
  /** tasks that wait for their turn from the beginning of each long step on */
  others?: number
  /** the loop's thread waits for it all the time, within each long step */
  inside?: number
}
/** A task `slow` with long steps, then short ones, all at line 2. */
function told({ long, each, short = 0, others = 2, inside = 0 }: Steps): string[] {
  const trace = written(
    'loop\nawait a\nawait b\nwait\n',
    (w) => {
      const [main] = threads(w, 'main') as [number]
      const lock = w.object(objectKinds.lock, main, 0)
      const loop = w.object(objectKinds.loop, main, 0, w.site('program.py', 1, '<module>'))
      const task = (name: string) => {
        const { serial } = w.object(objectKinds.task, main, 0)
        w.line({ k: 'name', object: serial, name })
        w.add(main, 1, eventKinds.threadStart, { object: serial })
        return serial
      }
      const slow = task('slow')
      const late = Array.from({ length: others }, (_, n) => task(`late-${n + 1}`))
      const site = w.site('program.py', 2, 'work')
      const other = w.site('program.py', 3, 'rest')
      const line = w.site('program.py', 4, 'block')
      const step = (actor: number, from: number, to: number, at: number) => {
        w.add(actor, from, eventKinds.step, { object: loop.serial, site: at })
        w.add(actor, to, eventKinds.suspend, { flags: reasons.io, site: at })
      }
      let now = ms
      for (let i = 0; i < long; i++) {
        w.add(slow, now, eventKinds.step, { object: loop.serial, site })
        for (const serial of late) w.add(serial, now + 1, eventKinds.ready, {})
        if (inside) {
          w.add(main, now + 10, eventKinds.wait, { object: lock.serial, site: line, flags: inside })
          w.add(main, now + each - 10, eventKinds.wake, { object: lock.serial })
        }
        w.add(slow, now + each, eventKinds.suspend, { flags: reasons.io, site })
        now += each + 10
        for (const serial of late) step(serial, now, (now += 10), other)
      }
      for (let i = 0; i < short; i++) step(slow, now, (now += 1000), site)
    },
    2000 * ms,
  )
  const { findings } = examine(trace)
  trace.db.close()
  return findings.map((f) => `${f.rule}: ${f.sentence}`)
}

test('two steps of 60 ms, for which two tasks waited', () => {
  expect(told({ long: 2, each: 60 * ms })).toEqual([
    'blocked-loop: slow blocked the event loop (program.py:1) 2 times for 60 ms, 120 ms in all, in steps that went on at program.py:2. Meanwhile late-1 and late-2 waited 240 ms for their turn.',
  ])
})
test('one is told from a quarter of a second on', () => {
  expect(told({ long: 1, each: 249 * ms })).toEqual([])
  expect(told({ long: 1, each: 250 * ms }).length).toBe(1)
})
test('steps that nobody waited for, or not long enough', () => {
  expect(told({ long: 3, each: 60 * ms, others: 0 })).toEqual([])
  expect(told({ long: 2, each: 49 * ms })).toEqual([])
})
test('not one in a hundred at the line: a busy machine may have done it', () => {
  expect(told({ long: 2, each: 60 * ms, short: 198 }).length).toBe(1)
  expect(told({ long: 2, each: 60 * ms, short: 199 })).toEqual([])
})
test('unless it is known what the step waited for', () => {
  expect(told({ long: 2, each: 60 * ms, short: 199, inside: reasons.lock })[0]).toContain(
    'in steps that went on at program.py:2; 120 ms of it waiting for Lock #2 at program.py:4 (block). Meanwhile',
  )
})
