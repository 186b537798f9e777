// What the rules cost: over a finished trace of 10 M slices, and beside live ingest of 1 M events/s.
//   npm run -s node -- main/bench/rules.ts
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Examination, examine, pauseAfter } from '../diagnose/diagnose.ts'
import { Ingest } from '../ingest/ingest.ts'
import { createTrace, openTrace } from '../store/database.ts'
import { newFolder } from './new-folder.ts'
import { quantile, table, type Row } from './row.ts'
import { simulate, writeRun } from './simulate.ts'

const stepMs = 4

const whole = (millions: number): Row[] => {
  const folder = newFolder()
  try {
    writeRun(folder, simulate(1e6), millions)
    const path = join(folder, 'bench.sqlite')
    const made = createTrace(path)
    new Ingest(made, folder).finish()
    made.settle()
    made.close()
    const trace = openTrace(path)
    const examination = new Examination(trace)
    const steps: number[] = []
    const began = performance.now()
    for (let over = false; !over;) {
      const from = performance.now()
      over = examination.step(stepMs)
      steps.push(performance.now() - from)
    }
    const took = performance.now() - began
    const slices = trace.slices
    trace.close()
    return [
      {
        name: `all ${examination.diagnosis.rules.length} rules over a finished trace of 10 M slices`,
        bar: 10,
        aim: 3,
        value: (took / 1e3) * (1e7 / slices),
        unit: 's',
        note: `${(slices / 1e6).toFixed(1)} M slices of 64 threads and 64 locks, nothing loaded before; can be given up between steps: p99 ${quantile(steps, 0.99).toFixed(0)} ms, longest ${Math.max(...steps).toFixed(0)} ms`,
      },
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The part of the engine's time that the live rules take while a program writes `rate` events a second. */
const live = async (rate: number, seconds: number): Promise<Row> => {
  const folder = newFolder()
  const producer = spawn(
    process.execPath,
    [join(import.meta.dirname, 'producer.ts'), folder, String(rate), String(seconds)],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  let over = false
  producer.once('exit', () => (over = true))
  const trace = createTrace(join(folder, 'bench.sqlite'))
  try {
    const ingest = new Ingest(trace, folder)
    const looks: number[] = []
    let ingesting = 0
    let due = performance.now() + pauseAfter(0)
    while (!over) {
      const from = performance.now()
      const { caughtUp } = ingest.step(stepMs)
      const now = performance.now()
      ingesting += now - from
      if (now >= due) {
        examine(trace)
        const took = performance.now() - now
        looks.push(took)
        due = now + took + pauseAfter(took)
      }
      await new Promise((resolve) => (caughtUp ? setTimeout(resolve, 1) : setImmediate(resolve)))
    }
    const looking = looks.reduce((a, b) => a + b, 0)
    return {
      name: `live rules beside ${rate / 1e6} M events/s: their part of the engine's time`,
      bar: 5,
      aim: null,
      value: looking / seconds / 10,
      unit: '%',
      note: `${((100 * looking) / (looking + ingesting)).toFixed(1)} % of what it worked; ${looks.length} looks in ${seconds} s: p50 ${quantile(looks, 0.5).toFixed(1)} ms, longest ${Math.max(...looks).toFixed(1)} ms; ingest worked ${(ingesting / seconds / 10).toFixed(0)} % of the time`,
    }
  } finally {
    producer.kill()
    trace.close()
    rmSync(folder, { recursive: true })
  }
}

export const ruleTimes = async (): Promise<Row[]> => [...whole(10), await live(1e6, 20)]

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.stdout.write(table(await ruleTimes()))
