// A recording: launch a program, ingest what its agent writes, finish the trace, find what went wrong. The command line
// and the engine both record through this.
//
//   recording (the program runs) → finishing (last events, rows, findings) → finished
//
// In: a command. Out: one trace. With `follow` events are ingested while the program runs, in steps of a few ms between
// which the caller's other work gets its turn; without it the program runs undisturbed and ingest comes after. The run
// folder lies beside the trace until it is complete: whatever happens to us, `recover` makes the trace again from it.
import { renameSync, rmSync, statSync } from 'node:fs'
import { arch, cpus, hostname, release, type } from 'node:os'
import { basename, resolve } from 'node:path'
import { setImmediate as immediate, setTimeout as delay } from 'node:timers/promises'
import { rememberDeadlock } from './diagnose/deadlock.ts'
import { Examination } from './diagnose/diagnose.ts'
import { Ingest } from './ingest/ingest.ts'
import { storeFindings } from './engine/stored-findings.ts'
import { waitingNote, withOtherHosts } from './other-hosts.ts'
import { buildCore } from './run/build-core.ts'
import type { StackOptions } from './run/environment.ts'
import { findProgram } from './run/find-python.ts'
import { unrecordedNotes } from './run/notes.ts'
import { watchOthers } from './run/others.ts'
import { withoutPasswords } from './run/passwords.ts'
import { root } from './run/root.ts'
import { ownClock } from './run/clock.ts'
import { launch, printedIn, signalOf, type Ended, type Run, type StopHow } from './run/launch.ts'
import {
  checkOutput,
  newTracePath,
  readNote,
  removeTrace,
  runFolderOf,
  stateOf,
  traceFolder,
  writeNote,
  type RecorderNote,
} from './run/traces.ts'
import { whyUnseen } from './run/unseen.ts'
import { writers, writersAlive } from './run/writers.ts'
import { createTrace, type Trace } from './store/database.ts'
import { RowMaker } from './store/rows.ts'

export interface RecordingSpec {
  command: string[]
  /** default: ours */
  cwd?: string
  /** default: ours */
  env?: NodeJS.ProcessEnv
  /** path of the trace; default: a new name in the folder of traces */
  output?: string
  /** folder of traces; default: the person's */
  folder?: string
  stack?: StackOptions
  /** inherit: the program has our stdin, stdout and stderr. capture: it has none of them, its output is kept */
  stdio: 'inherit' | 'capture'
  /** ingest while it runs */
  follow: boolean
  /** leave the run folder with its event files beside the trace */
  keepEvents?: boolean
  /** the same for all runs of a repetition */
  repetition?: string
}
export type RecordingState = 'recording' | 'finishing' | 'finished'

export interface Recorded {
  /** null: nobody saw it end (a recovered recording) */
  ended: Ended | null
  /** pids of recorded children that outlived it: what they do from here is not in the trace */
  outlived: number[]
  /** no process loaded the agent: the trace is empty, and the sentence says why */
  unseen: string | null
}

export interface Recording {
  readonly path: string
  readonly name: string
  readonly command: string[]
  /** stays open when the recording is finished: who asked for it closes it. Another one from then on, when processes on other
   *  hosts were recorded too: this one is of this host alone */
  readonly trace: Trace
  readonly state: RecordingState
  /** rows for SQL that are made: 0…1 */
  readonly rows: number
  /** how far the rules have got with it: 0…1 */
  readonly diagnosed: number
  /** after each step that brought something or moved the end, and at each change of state */
  onChange: () => void
  /** last part of what the program printed */
  output(): string
  /** a signal to us reaches the program only when we forward it */
  readonly ownGroup: boolean
  /** to the program and its children */
  stop(how: StopHow): void
  /** to the program alone: a signal that somebody sent to us */
  forward(signal: NodeJS.Signals): void
  /** the program itself has ended; null: nobody saw it end (a recovered recording) */
  readonly ended: Promise<Ended | null>
  /** the trace is complete; rejects with one sentence when it could not be written, or was left */
  readonly done: Promise<Recorded>
  /** stops ingesting and closes the trace; the program runs on, and the recording is an unfinished one from then on */
  leave(): void
}

/** The command cannot be run: not found (127) or not runnable (126). */
export class CannotRun extends Error {
  readonly exitCode: 126 | 127
  constructor(sentence: string, exitCode: 126 | 127) {
    super(sentence)
    this.exitCode = exitCode
  }
}

/** ms that children get to end after the program */
const patience = 3000
/** ms of ingest between which others get their turn */
const step = 4
/** ms until the next look where nothing had come */
const pause = 10

export async function startRecording(spec: RecordingSpec): Promise<Recording> {
  const cwd = resolve(spec.cwd ?? '.')
  const env = spec.env ?? process.env
  const program = findProgram(spec.command, cwd, env)
  if (program.file === null) throw new CannotRun(program.sentence, program.code)
  const core = await buildCore(root)
  const path =
    spec.output === undefined ? newTracePath(spec.folder ?? traceFolder(env), program.name) : resolve(cwd, spec.output)
  if (spec.output !== undefined) checkOutput(path)
  const runFolder = runFolderOf(path)
  const now = Date.now()
  const note = {
    pid: process.pid,
    since: now,
    startedAt: now,
    clock: ownClock(),
    command: spec.command.map(withoutPasswords),
    cwd,
    name: program.name,
    ...(spec.repetition !== undefined && { repetition: spec.repetition }),
  }
  writeNote(runFolder, note)
  const trace = createTrace(path)
  try {
    const others = watchOthers()
    const run = await launch({
      command: spec.command,
      file: program.file,
      cwd,
      env,
      runFolder,
      core,
      stack: spec.stack ?? {},
      stdio: spec.stdio,
    })
    void run.ended.then(
      () => {
        const share = others()
        if (share !== null) trace.setFact('others', share.toFixed(3))
      },
      () => {},
    )
    return follow(trace, note, run, spec.follow, spec.keepEvents === true, () => whyUnseen(program, env))
  } catch (error) {
    trace.db.close()
    rmSync(runFolder, { recursive: true })
    removeTrace(path)
    throw new CannotRun(`${spec.command[0]} cannot be run: ${(error as Error).message}`, 126)
  }
}

/** A recording whose recorder is gone, made again from its event files; followed on while its program still runs. */
export async function recover(path: string): Promise<Recording> {
  if (stateOf(path) !== 'unfinished') throw new Error(`${path} is not an unfinished recording`)
  const runFolder = runFolderOf(path)
  const before = readNote(runFolder) ?? {
    startedAt: statSync(runFolder).birthtimeMs,
    command: [],
    cwd: '',
    name: basename(path, '.sqlite'),
  }
  const note = { ...before, pid: process.pid, since: Date.now() }
  writeNote(runFolder, note)
  return follow(
    createTrace(path),
    note,
    null,
    true,
    false,
    async () => 'it was cut off before any of it loaded the agent',
  )
}

function follow(
  trace: Trace,
  note: RecorderNote,
  run: Run | null,
  live: boolean,
  keepEvents: boolean,
  why: () => Promise<string>,
): Recording {
  const runFolder = runFolderOf(trace.path)
  let state: RecordingState = 'recording'
  let left = false
  const own = trace
  const ingest = new Ingest(trace, runFolder, { clock: note.clock ?? null })
  ingest.onBrokenOff = (actor, time) => rememberDeadlock(trace, actor, time)
  let maker: RowMaker | null = null
  let diagnosed = () => 0
  const printed = run ? '' : withoutPasswords(printedIn(runFolder))
  const turn = (to: RecordingState) => {
    state = to
    recording.onChange()
  }
  const leftUnfinished = () => new Error(`the recording was left unfinished: opening ${own.path} recovers it`)
  /** One step; whether there is more to do now. */
  const ingestStep = () => {
    if (left) throw leftUnfinished()
    const before = trace.end
    const { events, caughtUp } = ingest.step(step)
    if (ingest.elsewhere.size > 0 && !trace.notes.includes(waitingNote)) trace.addNote(waitingNote)
    // a program that stands still is news too: its open waits grow
    if (events > 0 || trace.end !== before) recording.onChange()
    return !caughtUp
  }

  async function work(): Promise<Recorded> {
    trace.setFact('command', JSON.stringify(note.command))
    trace.setFact('cwd', note.cwd)
    trace.setFact('name', note.name)
    trace.setFact('started_at', String(note.startedAt))
    if (note.repetition !== undefined) trace.setFact('repetition', note.repetition)
    trace.setFact('machine', `${hostname()}, ${cpus().length} × ${cpus()[0]?.model ?? arch()}, ${type()} ${release()}`)
    trace.setFact('state', 'recording')
    turn('recording')
    let over = false
    const gone = (run ? run.settled(patience) : nobodyWrites(runFolder, () => left)).finally(() => (over = true))
    while (live && !over) await (ingestStep() ? immediate() : delay(pause))
    const outlived = await gone
    const endedAt = process.hrtime.bigint()
    const ended = run ? await run.ended : null
    turn('finishing')
    while (ingestStep()) await immediate()
    const unseen = writers(runFolder).length > 0 ? null : (unrecordedNotes(runFolder)[0] ?? (await why()))
    ingest.finish(run ? endedAt : undefined)
    if (ended) {
      trace.setFact('exit', ended.signal ?? String(ended.code))
      const process = trace.processes.find((p) => p?.pid === run!.pid)
      if (process) Object.assign(process, { exit: ended.signal ?? ended.code, dirty: true })
    }
    trace.setFact('output', recording.output())
    if (ingest.elsewhere.size > 0) await joinHosts()
    else await complete()
    if (keepEvents) renameSync(runFolder, `${own.path}.events`)
    // a child that goes on may make a file in it meanwhile
    else rmSync(runFolder, { recursive: true, force: true, maxRetries: 5 })
    turn('finished')
    return { ended, outlived, unseen }
  }
  /** What was recorded on other hosts comes in. */
  async function joinHosts(): Promise<void> {
    const steps = withOtherHosts(own, runFolder, ingest.elsewhere)
    for (;;) {
      const { done, value } = steps.next()
      if (done) return void (trace = value)
      await immediate()
      if (left) throw leftUnfinished()
    }
  }
  /** Rows, findings, and one file again. */
  async function complete(): Promise<void> {
    maker = new RowMaker(trace)
    while (!left && !maker.step(step)) {
      recording.onChange()
      await immediate()
    }
    if (left) throw leftUnfinished()
    const examination = new Examination(trace)
    diagnosed = () => examination.progress
    while (!examination.step(step)) {
      if (left) throw leftUnfinished()
      recording.onChange()
      await immediate()
    }
    storeFindings(trace, examination.diagnosis)
    trace.setFact('state', 'finished')
    trace.commit(Infinity)
    trace.settle()
  }

  const recording: Recording = {
    path: own.path,
    name: note.name,
    command: note.command,
    get trace() {
      return trace
    },
    get state() {
      return state
    },
    get rows() {
      return state === 'finished' ? 1 : (maker?.progress ?? 0)
    },
    get diagnosed() {
      return state === 'finished' ? 1 : diagnosed()
    },
    onChange: () => {},
    output: () => (run ? withoutPasswords(run.output()) : printed),
    ownGroup: run?.ownGroup ?? true,
    stop(how) {
      if (run) return run.stop(how)
      for (const pid of writersAlive(runFolder)) process.kill(pid, signalOf[how])
    },
    forward: (signal) => run?.forward(signal),
    ended: run ? run.ended : Promise.resolve(null),
    done: undefined as never,
    leave() {
      if (left || state === 'finished') return
      left = true
      writeNote(runFolder, { ...note, pid: 0 })
      own.db.close()
    },
  }
  const done = work().catch((error: Error) => {
    if (left) throw error
    writeNote(runFolder, { ...note, pid: 0 })
    throw new Error(`${own.path} is not whole (${error.message}); its events are kept: opening it tries again`)
  })
  done.catch(() => {})
  return Object.defineProperty(recording, 'done', { value: done })
}

async function nobodyWrites(runFolder: string, stop: () => boolean): Promise<number[]> {
  while (!stop() && writersAlive(runFolder).length > 0) await delay(50)
  return []
}
