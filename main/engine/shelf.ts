// The traces that are open, by number: finished files and recordings. Numbers are never used again, and a trace stays open
// after its page has gone (a reload asks for the same number); the least recently asked of the finished ones are closed
// when there are too many, and what the page knows is enough to open them again.
import { existsSync, statSync } from 'node:fs'
import { setImmediate as immediate } from 'node:timers/promises'
import type { Finding, Notices, RuleAnswer } from '../../wire/api.ts'
import { examine, pauseAfter } from '../diagnose/diagnose.ts'
import { startRecording, recover, type Recorded, type Recording, type RecordingSpec } from '../recording.ts'
import { stateOf } from '../run/traces.ts'
import { openTrace, type Trace } from '../store/database.ts'
import { loadAhead } from '../store/read.ts'
import { storedFindings, storedRules } from './stored-findings.ts'

export interface OpenTrace {
  readonly number: number
  readonly path: string
  trace: Trace
  /** null: it was opened from a file */
  readonly recording: Recording | null
  /** what was found so far, or what the file was saved with */
  findings: Finding[]
  rules?: RuleAnswer[]
  /** how the recording ended, or the sentence why it could not be finished */
  recorded: Recorded | null
  failed: string | null
  /** why there are no findings, or none newer */
  undiagnosed?: string | null
  /** which file it was, to see that another one has taken its place */
  readonly file: string
}
export type Notify = <N extends keyof Notices>(notice: N, body: Notices[N]) => void

export interface Shelf {
  /** Throws one sentence for a number that is not open. */
  at(number: number): OpenTrace
  has(trace: Trace): boolean
  open(path: string): Promise<OpenTrace>
  record(spec: RecordingSpec): Promise<OpenTrace>
  /** A recording that the command line started, to be watched. */
  adopt(recording: Recording): OpenTrace
  /** Before its file goes. */
  close(path: string): void
  /** Recordings that are not finished. */
  recordings(): OpenTrace[]
  /** Say that the list of traces is another one. */
  listChanged(): void
  closeAll(how: 'leave' | 'stop'): Promise<void>
}

/** ms between two notices of a recording */
const noticeEvery = 30
const mostOpen = 12

export function createShelf(options: { notify: Notify; onRecordings?: (names: string[]) => void }): Shelf {
  const { notify, onRecordings = () => {} } = options
  /** in order of use, oldest first */
  const open = new Map<number, OpenTrace>()
  let numbers = 0

  const recordings = () => [...open.values()].filter((t) => t.recording && t.recording.state !== 'finished')
  const changed = (t: OpenTrace) =>
    notify('changed', {
      trace: t.number,
      end: t.trace.end,
      state: t.recording?.state ?? 'finished',
      lanes: t.trace.lanes.length - 1,
      findings: t.findings.length,
    })
  const listChanged = () => {
    onRecordings(recordings().map((t) => t.recording!.name))
    notify('home', {})
  }

  function keep(path: string, trace: Trace, recording: Recording | null): OpenTrace {
    const own = { findings: [], recorded: null, failed: null, file: identity(path) }
    const t: OpenTrace = { number: ++numbers, path, trace, recording, ...own }
    open.set(t.number, t)
    const finished = [...open.values()].filter((o) => o !== t && !recordings().includes(o))
    for (const old of finished.slice(0, Math.max(0, open.size - mostOpen))) drop(old)
    return t
  }
  function drop(t: OpenTrace): void {
    open.delete(t.number)
    t.trace.db.close()
  }

  /** Tells of a recording as it goes, and looks for what goes wrong in it. */
  function watch(recording: Recording): OpenTrace {
    const t = keep(recording.path, recording.trace, recording)
    let state = recording.state
    let told = 0
    let timer: NodeJS.Timeout | null = null
    const tell = () => {
      timer = null
      told = performance.now()
      changed(t)
      if (state !== recording.state) listChanged()
      state = recording.state
    }
    const soon = () => (timer ??= setTimeout(tell, Math.max(0, told + noticeEvery - performance.now())))
    const look = () => {
      if (recording.state !== 'recording') return
      const began = performance.now()
      const before = t.findings.length
      try {
        Object.assign(t, examine(t.trace), { undiagnosed: null })
      } catch (error) {
        t.undiagnosed = `What went wrong could not be looked for: ${(error as Error).message}`
      }
      if (t.findings.length !== before) soon()
      looking = setTimeout(look, pauseAfter(performance.now() - began))
    }
    let looking = setTimeout(look, pauseAfter(0))
    const over = (recorded: Recorded | null, failed: string | null) => {
      clearTimeout(looking)
      if (!open.has(t.number)) return void (recording.trace !== t.trace && recording.trace.db.close())
      if (recording.trace !== t.trace) {
        t.trace.db.close()
        t.trace = recording.trace
      }
      Object.assign(t, { recorded, failed, file: identity(t.path) })
      // What was saved is what is shown, now and when it is opened again.
      if (!failed) Object.assign(t, stored(t.trace))
      soon()
    }
    recording.onChange = soon
    recording.done.then(
      (recorded) => over(recorded, null),
      (error: Error) => over(null, error.message),
    )
    listChanged()
    return t
  }

  return {
    at(number) {
      const t = open.get(number)
      if (!t) throw new Error('This trace is not open any more: open it again from the list.')
      open.delete(number)
      open.set(number, t)
      return t
    },
    has: (trace) => [...open.values()].some((t) => t.trace === trace),
    async open(path) {
      const same = [...open.values()].find((t) => t.path === path)
      if (same && (same.recording?.state === 'recording' || same.file === identity(path))) return same
      if (same) drop(same)
      const state = stateOf(path)
      if (state === 'recording')
        throw new Error(`${path} is being recorded by another process: open it when it is done.`)
      if (state === 'unfinished') return watch(await recover(path))
      if (!existsSync(path)) throw new Error(`There is no file ${path}.`)
      const t = keep(path, openTrace(path), null)
      Object.assign(t, stored(t.trace))
      void loadInTurns(t.trace, () => open.get(t.number) === t).catch(() => {})
      return t
    },
    record: async (spec) => watch(await startRecording(spec)),
    adopt: watch,
    close(path) {
      for (const t of open.values()) if (t.path === path) drop(t)
    },
    recordings,
    listChanged,
    async closeAll(how) {
      for (const t of recordings()) {
        if (how === 'leave') t.recording!.leave()
        else await stopForGood(t.recording!)
      }
      for (const t of open.values()) drop(t)
    },
  }
}

const stored = (trace: Trace) => ({ findings: storedFindings(trace), rules: storedRules(trace) })

/** ms of loading ahead between which calls get their turn */
const turn = 4

/** A block that cannot be loaded is said by the window that needs it. */
async function loadInTurns(trace: Trace, wanted: () => boolean): Promise<void> {
  const loading = loadAhead(trace)
  for (let done = false; !done;) {
    await immediate()
    if (!wanted()) return
    for (const until = performance.now() + turn; !done && performance.now() < until;)
      done = loading.next().done === true
  }
}

/** Which file lies at the path: another one has another inode, or was written since. */
function identity(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat ? `${stat.ino} ${stat.size} ${stat.mtimeMs}` : ''
}

/** ms that a program gets to end by itself after each way of asking */
const patience = 3000

async function stopForGood(recording: Recording): Promise<void> {
  for (const how of ['interrupt', 'terminate', 'kill'] as const) {
    recording.stop(how)
    const over = recording.done.then(
      () => true,
      () => true,
    )
    if (await Promise.race([over, new Promise<false>((late) => setTimeout(late, patience, false).unref())])) return
  }
}
