// What the engine needs for any window of a finished trace of 1 M slices and 64 lanes, and to open it at all.
//   npm run -s node -- main/bench/window.ts
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Ingest } from '../ingest/ingest.ts'
import { randomNumbers } from '../ingest/random-program.ts'
import { window } from '../query/window.ts'
import { createTrace, openTrace } from '../store/database.ts'
import { loadAhead } from '../store/read.ts'
import { newFolder } from './new-folder.ts'
import { quantile, table, type Row } from './row.ts'
import { simulate, writeRun } from './simulate.ts'

const spread = (took: number[]) =>
  `p50 ${quantile(took, 0.5).toFixed(2)} ms, p95 ${quantile(took, 0.95).toFixed(2)} ms, longest ${Math.max(...took).toFixed(1)} ms`

/** ms of 1,000 windows from the whole to 10⁵ times closer, each width as likely as its neighbour. */
const randomWindows = (path: string, loaded: boolean): number[] => {
  const trace = openTrace(path)
  if (loaded) for (const _ of loadAhead(trace));
  const lanes = trace.lanes.filter((l) => l?.kind === 'lock').map((l) => l.id)
  const random = randomNumbers(7)
  const took: number[] = []
  for (let i = 0; i < 1000; i++) {
    const wide = trace.end * Math.pow(10, -5 * random())
    const from = random() * (trace.end - wide)
    const began = performance.now()
    window(trace, { from, to: from + wide, width: 2000, lanes })
    took.push(performance.now() - began)
  }
  trace.close()
  return took
}

export const windows = (slices = 1e6): Row[] => {
  const folder = newFolder()
  try {
    writeRun(folder, simulate(slices))
    const path = join(folder, 'bench.interleave')
    const made = createTrace(path)
    new Ingest(made, folder).finish()
    made.settle()
    made.close()

    const opens: number[] = []
    for (let i = 0; i < 7; i++) {
      const began = performance.now()
      const trace = openTrace(path)
      const lanes = trace.lanes.filter((l) => l?.kind === 'lock').map((l) => l.id)
      window(trace, { from: 0, to: trace.end, width: 2000, lanes })
      opens.push(performance.now() - began)
      trace.close()
    }
    const cold = randomWindows(path, false)
    const took = randomWindows(path, true)
    const size = `${(slices / 1e6).toFixed(0)} M slices`
    return [
      {
        name: `any window of ${size}, 64 lanes × 2,000 px, p99`,
        bar: 10,
        aim: 4,
        value: quantile(took, 0.99),
        unit: 'ms',
        note: `1,000 random windows once the engine has loaded ahead; ${spread(took)}; before that: p99 ${quantile(cold, 0.99).toFixed(1)} ms, ${spread(cold)}`,
      },
      {
        name: `open a trace of ${size} to its first whole window`,
        bar: null,
        aim: 140,
        value: quantile(opens, 0.5),
        unit: 'ms',
        note: 'median of 7, the file in the cache of the system',
      },
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.stdout.write(table(windows()))
