// How fast events become a trace: as fast as it goes from a finished run, and live beside a program that writes at a
// steady rate while a viewer asks for a window each 16 ms. Then how soon its rows are there.
//   npm run -s node -- main/bench/ingest.ts [SECONDS]
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Ingest } from '../ingest/ingest.ts'
import { window } from '../query/window.ts'
import { createTrace } from '../store/database.ts'
import { RowMaker } from '../store/rows.ts'
import type { Trace } from '../store/trace.ts'
import { quantile, table, type Row } from './row.ts'
import { simulate, writeRun } from './simulate.ts'

/** in memory where there is such a folder: the disk is not what is measured */
const newFolder = () => mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'interleave-bench-'))
const stepMs = 4
const frameMs = 16

/** From a finished run of 1 M slices: ingest, rows, size. */
export const fromFile = (slices = 1e6): Row[] => {
  const folder = newFolder()
  try {
    const program = simulate(slices)
    writeRun(folder, program)
    const path = join(folder, 'bench.interleave')
    const trace = createTrace(path)
    const ingest = new Ingest(trace, folder)
    const began = performance.now()
    while (!ingest.step(stepMs).caughtUp);
    ingest.finish()
    const took = performance.now() - began
    const maker = new RowMaker(trace)
    const rowsBegan = performance.now()
    const steps: number[] = []
    for (let last = rowsBegan, over = false; !over;) {
      over = maker.step(stepMs)
      steps.push(performance.now() - last)
      last = performance.now()
    }
    const rows = performance.now() - rowsBegan
    const without = (trace.db.pragma('page_count', { simple: true }) as number) * 4096
    trace.settle()
    trace.close()
    const size = statSync(path).size
    return [
      {
        name: 'ingest of a finished run, nothing else going on',
        bar: 2,
        aim: 5,
        value: trace.events / took / 1e3,
        unit: 'M events/s',
        more: true,
        note: `${(trace.events / 1e6).toFixed(1)} M events, ${(trace.slices / 1e6).toFixed(1)} M slices, 64 threads, 64 locks`,
      },
      {
        name: 'rows ready for SQL after 1 M slices',
        bar: 3,
        aim: 0.5,
        value: rows / 1e3 / (trace.slices / 1e6),
        unit: 's',
        note: `in steps of ${stepMs} ms: p99 ${quantile(steps, 0.99).toFixed(1)} ms, longest ${Math.max(...steps).toFixed(1)} ms`,
      },
      {
        name: 'finished file, a slice',
        bar: null,
        aim: 50,
        value: size / trace.slices,
        unit: 'bytes',
        note: `with rows and indexes (${(without / 1e6).toFixed(0)} MB before it was packed)`,
      },
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface Live {
  /** M events/s that were ingested while the program ran */
  rate: number
  query: number[]
  answer: number[]
  /** events behind when the program ended */
  behind: number
  lost: number
  events: number
}

/** Beside a program that writes `rate` events a second. */
export const live = async (rate: number, seconds: number): Promise<Live> => {
  const folder = newFolder()
  const producer = spawn(
    process.execPath,
    [join(import.meta.dirname, 'producer.ts'), folder, String(rate), String(seconds)],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  let over = false
  const ended = new Promise<void>((resolve) =>
    producer.once('exit', () => {
      over = true
      resolve()
    }),
  )
  const trace = createTrace(join(folder, 'bench.interleave'))
  try {
    const ingest = new Ingest(trace, folder)
    const query: number[] = []
    const answer: number[] = []
    let due = 0
    let asked = 0
    let began = 0
    let whileRunning = 0
    for (let caughtUp = false; !(over && caughtUp);) {
      caughtUp = ingest.step(stepMs).caughtUp
      const now = performance.now()
      if (trace.events > 1000 && began === 0) began = due = now
      if (!over) whileRunning = trace.events / ((now - began) / 1e3)
      if (began > 0 && now >= due) {
        const from = performance.now()
        ask(trace, asked++)
        const to = performance.now()
        query.push(to - from)
        answer.push(to - due)
        due = Math.max(due + frameMs, to - frameMs)
      }
      await new Promise((resolve) => (caughtUp ? setTimeout(resolve, 1) : setImmediate(resolve)))
    }
    const events = trace.events
    ingest.finish()
    await ended
    const lost = rate * seconds + 64 - trace.events + [...trace.losses.values()].reduce((sum, l) => sum + l.count, 0)
    return { rate: whileRunning / 1e6, query, answer, behind: trace.events - events, lost, events: trace.events }
  } finally {
    producer.kill()
    trace.close()
    rmSync(folder, { recursive: true })
  }
}
/** All widths in turn: the whole, the last second, 50 ms, 2 ms, and 10 ms of the past. */
const ask = (trace: Trace, i: number) => {
  const { end } = trace
  const wide = [end, 1e9, 5e7, 2e6, 1e7][i % 5]!
  const from = i % 5 === 4 ? end * 0.4 : Math.max(0, end - wide)
  const lanes = trace.threads.map((t) => t.object.lane!.id)
  window(trace, { from, to: from + wide, width: 2000, lanes })
}

export const ingest = async (seconds = 20): Promise<Row[]> => {
  const rows: Row[] = []
  for (const rate of [2e6, 3e6]) {
    const found = await live(rate, seconds)
    const kept = found.rate >= (rate / 1e6) * 0.97
    rows.push(
      {
        name: `ingest beside a program at ${rate / 1e6} M events/s, ${seconds} s`,
        bar: rate === 2e6 ? 2 * 0.97 : null,
        aim: 5,
        value: found.rate,
        unit: 'M events/s',
        more: true,
        note: `${kept ? 'kept up' : 'fell behind'}; ${found.lost} of ${(found.events / 1e6).toFixed(0)} M events lost or out of place`,
      },
      {
        name: `a window meanwhile, each ${frameMs} ms, p99`,
        bar: rate === 2e6 ? 12 : null,
        aim: 12,
        value: quantile(found.query, 0.99),
        unit: 'ms',
        note: `64 lanes × 2,000 px; p50 ${quantile(found.query, 0.5).toFixed(1)} ms; with its wait behind a step p99 ${quantile(found.answer, 0.99).toFixed(1)} ms`,
      },
    )
    if (!kept) break
  }
  return [...rows, ...fromFile()]
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.stdout.write(table(await ingest(Number(process.argv[2] ?? 20))))
