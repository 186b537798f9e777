// A recording: launch a program, ingest what its agent writes, finish the trace, find what went wrong. The command line
// and the engine both record through this.
//
//   starting → recording (the program runs) → finishing (last events, rows, findings) → finished
//
// In: a command. Out: one trace. With `follow` events are ingested while the program runs, in steps of a few ms between
// which the caller's other work gets its turn; without it the program runs undisturbed and ingest comes after.
import type { StackOptions } from './run/environment.ts'
import type { Ended, StopHow } from './run/launch.ts'

export interface RecordingSpec {
  command: string[]
  /** default: ours */
  cwd?: string
  /** default: ours */
  env?: NodeJS.ProcessEnv
  /** path of the trace; default: a new name in the folder of traces */
  output?: string
  stack?: StackOptions
  /** inherit: the program has our stdin, stdout and stderr. capture: it has none of them, its output is kept */
  stdio: 'inherit' | 'capture'
  /** ingest while it runs */
  follow: boolean
  /** leave the run folder with its event files beside the trace */
  keepEvents?: boolean
  /** after each step that brought something, and at each change of state */
  onChange?: () => void
}
export type RecordingState = 'recording' | 'finishing' | 'finished'

export interface Recorded {
  /** null: nobody saw it end (a recovered recording) */
  ended: Ended | null
  /** pids of recorded children that outlived it: what they do from here is not in the trace */
  outlived: number[]
  /** no process loaded the agent: the trace is empty; the sentence says why */
  unseen: string | null
}

export interface Recording {
  readonly path: string
  readonly command: string[]
  readonly state: RecordingState
  /** last part of what the program printed */
  output(): string
  /** to the program and its children */
  stop(how: StopHow): void
  /** the trace is complete and still open; rejects with one sentence when it could not be written */
  readonly done: Promise<Recorded>
  /** lets the program run on, stops ingesting and closes the trace; it is an unfinished recording from then on */
  leave(): void
}
