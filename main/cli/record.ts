// `interleave record`: the program has our terminal and our exit code; what we say comes after it, on stderr. A signal
// sent to us goes to the program, once; what the terminal sends (Ctrl-C) it gets from there itself. Once the program has
// ended, an interrupt leaves the recording unfinished: it can be recovered later.
//
// With --fail-on the exit code is 3 when a named rule found something and the program itself did not fail; where nothing
// could be recorded it is 125, because a check that saw nothing must not pass.
import { constants } from 'node:os'
import { storedFindings, storedRules } from '../engine/stored-findings.ts'
import { percent, many } from '../query/words.ts'
import { CannotRun, startRecording, type Recording } from '../recording.ts'
import { removeTrace } from '../run/traces.ts'
import { readyCore } from './core.ts'
import type { FailOn } from './fail-on.ts'
import { Failure, tell } from './output.ts'
import { tellRecorded } from './recorded.ts'

export interface RecordOptions {
  output?: string
  live?: boolean
  /** frames kept */
  stack?: number
  keepEvents?: boolean
  failOn?: FailOn[]
  /** files that get the report */
  report?: string[]
  /** runs */
  repeat?: number
  /** of the repetition that this run belongs to */
  repetition?: string
  /** default: ours */
  env?: NodeJS.ProcessEnv
}
/** How a run went. */
export interface Ran {
  code: number
  /** null: the trace could not be written, or there was nothing to record */
  dur: number | null
  /** somebody asked for an end by a signal */
  stopped: boolean
}
const signals = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const
const fromTerminal = ['SIGINT', 'SIGQUIT']
const ending = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP']

export async function record(command: string[], options: RecordOptions): Promise<number> {
  return (await recordOnce(command, options)).code
}

export async function recordOnce(command: string[], options: RecordOptions): Promise<Ran> {
  const check = options.failOn || options.report ? (await import('./check.ts')).checkFor(options) : () => 0
  await readyCore().catch(cannotRecord)
  const received: NodeJS.Signals[] = []
  let react: (signal: NodeJS.Signals) => void = () => {}
  const hear = (signal: NodeJS.Signals) => {
    received.push(signal)
    react(signal)
  }
  for (const signal of signals) process.on(signal, hear)
  try {
    const recording = await startRecording({
      command,
      ...(options.output === undefined ? {} : { output: options.output }),
      ...(options.repetition === undefined ? {} : { repetition: options.repetition }),
      ...(options.env === undefined ? {} : { env: options.env }),
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
    const { trace } = recording
    const diagnosis =
      recorded && !recorded.unseen ? { findings: storedFindings(trace), rules: storedRules(trace) } : null
    if (recorded) tellRecorded(recording, recorded, diagnosis)
    const checked = check(recording.trace, diagnosis, code)
    if (page && diagnosis) {
      tell('interleave: the page stays until Ctrl-C')
      await new Promise<void>((resolve) => (react = () => resolve()))
    }
    await page?.close()
    const dur = diagnosis && recording.trace.end
    recording.trace.db.close()
    if (recorded?.unseen) removeTrace(recording.path)
    return { code: code || checked, dur, stopped: received.some((signal) => ending.includes(signal)) }
  } finally {
    for (const signal of signals) process.off(signal, hear)
  }
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
  throw error instanceof Failure ? error : new Failure(error.message, error instanceof CannotRun ? error.exitCode : 125)
}
