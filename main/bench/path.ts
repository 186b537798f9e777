// What the questions about a whole run cost, of a finished trace of 10 M slices half of which are waits, each let in by
// another thread: the critical path with its what-if, and how much ran at once.
//   npm run -s node -- main/bench/path.ts
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { eventKinds, flags, objectKinds, reasons } from '../../wire/kinds.ts'
import { Ingest } from '../ingest/ingest.ts'
import { EventWriter } from '../ingest/write-events.ts'
import { criticalPathInTurns } from '../query/critical-path.ts'
import { parallelismInTurns } from '../query/parallelism.ts'
import { createTrace, openTrace } from '../store/database.ts'
import { newFolder } from './new-folder.ts'
import { table, type Row } from './row.ts'

const groups = 16
const threadsOfOne = 4

/** Groups of threads, each handing its lock round. */
const writeTurns = (folder: string, turns: number): void => {
  const w = new EventWriter(folder)
  const all = Array.from({ length: groups }, (_, g) => {
    const threads = Array.from({ length: threadsOfOne }, (_, i) => w.thread(`thread-${g}-${i}`))
    for (const thread of threads) w.add(thread, 1, eventKinds.threadBegin, { object: thread })
    const lock = w.object(objectKinds.lock, threads[0]!, 1)
    w.on(lock, threads[0]!, 2, eventKinds.acquire, { arg: 1 })
    return { threads, lock, holder: 0 }
  })
  let time = 100
  for (let turn = 0; turn < turns; turn++) {
    const group = all[turn % groups]!
    const { threads, lock, holder } = group
    const next = threads[(group.holder = (holder + 1) % threadsOfOne)]!
    w.add(next, (time += 40), eventKinds.wait, { object: lock.serial, flags: reasons.lock })
    const seq = w.on(lock, threads[holder]!, (time += 60), eventKinds.release)
    w.add(next, (time += 20), eventKinds.wake, { object: lock.serial, arg: seq })
    w.on(lock, next, (time += 5), eventKinds.acquire, { arg: 1, flags: flags.contended })
  }
  w.end(time + 100)
  w.close()
}

/** ms in all, and of the longest turn. */
const timed = (work: Generator<void, unknown>): { took: number; longest: number } => {
  const began = performance.now()
  let longest = 0
  for (let last = began, over = false; !over;) {
    over = work.next().done === true
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  return { took: performance.now() - began, longest }
}

export const path = (slices = 10e6): Row[] => {
  const folder = newFolder()
  try {
    writeTurns(folder, slices / 2)
    const file = join(folder, 'bench.sqlite')
    const made = createTrace(file)
    new Ingest(made, folder).finish()
    made.settle()
    made.close()
    const trace = openTrace(file)
    const size = `${(trace.slices / 1e6).toFixed(1)} M slices, half of them waits`
    const found = timed(criticalPathInTurns(trace, {}))
    const together = timed(parallelismInTurns(trace, { from: 0, to: trace.end, width: 2000 }))
    trace.close()
    const row = (name: string, { took, longest }: { took: number; longest: number }, bar: number): Row => ({
      name,
      bar,
      aim: null,
      value: took / 1e3,
      unit: 's',
      note: `${size}; others wait for it at most ${longest.toFixed(0)} ms at once`,
    })
    return [
      row('critical path of a whole run of 10 M slices, with what would make it shorter', found, 5),
      row('how many ran at once, of a whole run of 10 M slices', together, 1.5),
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.stdout.write(table(path()))
