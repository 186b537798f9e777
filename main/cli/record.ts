// `interleave record`: the program has our terminal and our exit code; what we say comes after it, on stderr. A signal
// sent to us goes to the program, once; what the terminal sends (Ctrl-C) it gets from there itself. Once the program has
// ended, an interrupt leaves the recording unfinished: it can be recovered later.
import { constants } from 'node:os'
import type { Finding } from '../../wire/api.ts'
import { objectKinds } from '../../wire/kinds.ts'
import { diagnose } from '../diagnose/diagnose.ts'
import { duration, many, percent } from '../query/words.ts'
import { CannotRun, startRecording, type Recorded, type Recording } from '../recording.ts'
import { removeTrace } from '../run/traces.ts'
import { readyCore } from './core.ts'
import { Failure, tell } from './output.ts'

export interface RecordOptions {
  output?: string
  live?: boolean
  /** frames kept */
  stack?: number
  keepEvents?: boolean
}
const signals = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const
const fromTerminal = ['SIGINT', 'SIGQUIT']

export async function record(command: string[], options: RecordOptions): Promise<number> {
  await readyCore().catch(cannotRecord)
  const received: NodeJS.Signals[] = []
  let react: (signal: NodeJS.Signals) => void = (signal) => received.push(signal)
  for (const signal of signals) process.on(signal, (name) => react(name))
  const recording = await startRecording({
    command,
    ...(options.output === undefined ? {} : { output: options.output }),
    stack: { depth: options.stack },
    stdio: 'inherit',
    follow: options.live === true,
    keepEvents: options.keepEvents === true,
  }).catch(cannotRecord)
  react = (signal) => {
    if (recording.ownGroup || !fromTerminal.includes(signal)) recording.forward(signal)
  }
  received.forEach(react)
  const page = options.live ? await (await import('./live.ts')).watchLive(recording) : null
  const ended = await recording.ended.catch(cannotRecord)
  // only a recovered recording has no end
  const code = !ended ? 0 : ended.signal ? 128 + constants.signals[ended.signal] : ended.code!
  react = (signal) => {
    recording.leave()
    tell(`interleave: left unfinished by ${signal}; \`interleave open '${recording.path}'\` recovers it`)
    process.exit(code)
  }
  if (!page) recording.onChange = progress(recording)
  const recorded = await recording.done.catch((error: Error) => {
    tell(`interleave: ${error.message}`)
    return null
  })
  if (recorded) conclude(recording, recorded)
  if (page && recorded && !recorded.unseen) {
    tell('interleave: the page stays until Ctrl-C')
    await new Promise<void>((resolve) => (react = () => resolve()))
  }
  await page?.close()
  recording.trace.db.close()
  if (recorded?.unseen) removeTrace(recording.path)
  return code
}

/** A line every few seconds: a program of millions of events is over long before its trace is written. */
function progress(recording: Recording): () => void {
  let told = performance.now()
  return () => {
    if (performance.now() - told < 4000) return
    told = performance.now()
    const { trace, rows } = recording
    const done = rows > 0 ? `, ${percent(rows)} of the rows for SQL` : ''
    tell(`interleave: writing the trace: ${many(trace.events, 'event')}${done}`)
  }
}

const cannotRecord = (error: Error): never => {
  throw new Failure(error.message, error instanceof CannotRun ? error.exitCode : 125)
}

function conclude(recording: Recording, recorded: Recorded): void {
  const { trace, path } = recording
  if (recorded.unseen) return tell(`interleave: nothing was recorded: ${recorded.unseen}`)
  const processes = trace.processes.filter(Boolean).length
  const tasks = trace.threads.filter((actor) => actor.object.kind === objectKinds.task).length
  const facts = [
    duration(trace.end),
    ...(processes > 1 ? [many(processes, 'process', 'processes')] : []),
    many(trace.threads.length - tasks, 'thread'),
    ...(tasks > 0 ? [many(tasks, 'task')] : []),
    many(trace.events, 'event'),
  ]
  tell(`interleave: ${path} (${facts.join(', ')})`)
  if (recorded.outlived.length > 0)
    tell(`interleave: ${outlivers(recorded.outlived)}: what they do from here is not in this trace`)
  // what was made before the hooks is in every recording: the report and the window say it
  const lost = [...trace.losses.values()].filter(({ what }) => what !== 'unseen')
  for (const sentence of new Set(lost.map((loss) => loss.sentence))) tell(`interleave: ${sentence}`)
  for (const line of findingLines(diagnose(trace))) tell(`interleave: ${line}`)
}
const outlivers = (pids: number[]) =>
  `${pids.length === 1 ? 'process' : 'processes'} ${pids.join(', ')} that it started ${pids.length === 1 ? 'goes' : 'go'} on`

function findingLines(findings: Finding[]): string[] {
  const told = 3
  if (findings.length === 0) return ['no findings']
  const rest = findings.length - told
  return [
    ...findings.slice(0, told).map((finding) => `${finding.rule}: ${finding.sentence}`),
    ...(rest > 0 ? [`and ${many(rest, 'other finding')}: \`interleave report FILE\` has them`] : []),
  ]
}
