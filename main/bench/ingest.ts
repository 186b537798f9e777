// How fast events become a trace: as fast as it goes from a finished run, and live beside a program that writes at a
// steady rate while a viewer asks for a window each 16 ms. Then how soon its rows are there.
//   npm run -s node -- main/bench/ingest.ts [SECONDS]
import { spawn } from 'node:child_process'
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Ingest } from '../ingest/ingest.ts'
import { window } from '../query/window.ts'
import { createTrace } from '../store/database.ts'
import { RowMaker } from '../store/rows.ts'
import type { Trace } from '../store/trace.ts'
import { newFolder } from './new-folder.ts'
import { quantile, table, type Row } from './row.ts'
import { simulate, writeRun } from './simulate.ts'

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
  /** ns of the processor an event, queries included */
  cost: number
  lost: number
  late: number
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
    let used = process.cpuUsage()
    for (let caughtUp = false; !(over && caughtUp);) {
      caughtUp = ingest.step(stepMs).caughtUp
      const now = performance.now()
      if (trace.events > 1000 && began === 0) {
        began = due = now
        used = process.cpuUsage()
      }
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
    const { user, system } = process.cpuUsage(used)
    ingest.finish()
    await ended
    const losses = [...trace.losses.values()]
    const late = losses.filter((l) => l.what === 'late').reduce((sum, l) => sum + l.count, 0)
    const other = losses.reduce((sum, l) => sum + l.count, 0) - late
    return {
      rate: whileRunning / 1e6,
      query,
      answer,
      cost: ((user + system) * 1e3) / trace.events,
      // 64 more: the locks are made
      lost: rate * seconds + 64 - trace.events + other,
      late,
      events: trace.events,
    }
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

/** The highest of the rates that it keeps up with, of 2, 3 and 5 M events/s; what it reached when it is none of them. */
export const ingest = async (seconds = 20): Promise<Row[]> => {
  let best: Live | null = null
  for (const rate of [2e6, 3e6, 5e6]) {
    const found = await live(rate, seconds)
    const kept = found.rate >= (rate / 1e6) * 0.98
    if (kept) found.rate = rate / 1e6
    if (kept || !best) best = found
    if (!kept) break
  }
  const { rate, query, answer, cost, lost, late, events } = best!
  return [
    {
      name: `ingest sustained for ${seconds} s beside a viewer's window each ${frameMs} ms`,
      bar: 2,
      aim: 5,
      value: rate,
      unit: 'M events/s',
      more: true,
      note: `64 threads, 64 locks; ${cost.toFixed(0)} ns of one core an event, queries included`,
    },
    {
      name: 'the window meanwhile, p99',
      bar: 12,
      aim: null,
      value: quantile(query, 0.99),
      unit: 'ms',
      note: `64 lanes × 2,000 px; p50 ${quantile(query, 0.5).toFixed(1)} ms; with its wait behind a step p99 ${quantile(answer, 0.99).toFixed(1)} ms`,
    },
    {
      name: 'events lost or not understood meanwhile',
      bar: 0,
      aim: 0,
      value: lost,
      unit: '',
      note: `of ${(events / 1e6).toFixed(0)} M; ${late} came out of order of time and were put in order`,
    },
    ...fromFile(),
  ]
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.stdout.write(table(await ingest(Number(process.argv[2] ?? 20))))
