// `npm run bench` measures every figure the project promises, prints them as a table with machine, versions and date, and
// writes the table to bench.md. `--only NAME` runs one group and prints it without touching bench.md. It never asserts:
// a missed figure says so in the table, a broken one says why.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Row, broken, table } from './row.ts'

/** name → the rows of the group. Imported when it runs, so that one broken group leaves the others their figures. */
const groups: Record<string, () => Promise<Row[]>> = {
  agent: async () => (await import('./agent.ts')).agentLoops(),
  celery: async () => (await import('./celery.ts')).celeryTasks(),
  mpi: async () => (await import('./mpi.ts')).mpi(),
  scoop: async () => (await import('./scoop.ts')).scoopMap(),
  opencl: async () => (await import('./opencl.ts')).opencl(),
  gil: async () => (await import('./gil.ts')).gil(),
  start: async () => (await import('./start.ts')).startUp(),
  bytes: async () => (await import('./bytes.ts')).bytes(),
  ingest: async () => (await import('./ingest.ts')).ingest(),
  rules: async () => (await import('./rules.ts')).ruleTimes(),
  path: async () => (await import('./path.ts')).path(),
  window: async () => (await import('./window.ts')).windows(),
  pixel: async () => (await import('./pixel.ts')).pixel(),
  open: async () => (await import('./open.ts')).open(),
}

const { values } = parseArgs({ options: { only: { type: 'string' } } })
const only = values.only
if (Number(process.versions['napi']) < 10) {
  console.error('This Node is too old for the database driver. Run it as: npm run bench')
  process.exit(2)
}
if (only !== undefined && !(only in groups)) {
  console.error(`There is no group "${only}". Groups: ${Object.keys(groups).join(', ')}`)
  process.exit(2)
}

const said = (file: string, ...args: string[]) =>
  spawnSync(file, args, { encoding: 'utf8' }).stdout?.trim() || 'unknown'
const python = process.env['INTERLEAVE_BENCH_PYTHON'] ?? 'python3'
const conditions = [
  `date: ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`,
  `machine: ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
  `versions: Node ${process.versions.node}, ${said(python, '--version')}, VizTracer 1.1.1, commit ${said('git', 'rev-parse', '--short', 'HEAD')}`,
]
const before = loadavg()[0]!
if (before > 0.5)
  conditions.push(`load before it began: ${before.toFixed(1)}, so other work had its share of the machine`)

const rows: Row[] = []
for (const [name, run] of Object.entries(groups)) {
  if (only !== undefined && name !== only) continue
  console.error(`measuring ${name} …`)
  try {
    rows.push(...(await run()))
  } catch (error) {
    rows.push(broken(name, error))
  }
}
const text = conditions.map((line) => `- ${line}`).join('\n') + '\n\n' + table(rows)
console.log(text)
if (only === undefined)
  writeFileSync(
    join(import.meta.dirname, '../../bench.md'),
    '# What was measured\n\nWritten by `npm run bench`. Ratios are traced over untraced: medians over pairs of neighbouring runs, or of turns, ± the standard error.\n\n' +
      text,
  )
