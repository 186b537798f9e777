// The side file of one process: what is said once, as JSON lines, beside the event file. `<name>.events` has the records,
// `<name>.names` this. A line is written before the first record that cites it. The file grows ahead of its text: behind
// the last line are zeros, and a line with zeros in it is not whole. Text is UTF-8; what Python cannot encode arrives as
// \ufffd.

/** First line of every side file. */
export interface ProcessLine {
  k: 'process'
  pid: number
  ppid: number
  /** name (no suffix) of the event file of the process that forked this one; absent when it was not a fork.
   *  Objects, threads and sites that this file does not define are then the parent's, under the same serials. */
  forkOf?: string
  argv: string[]
  /** of `python -m MODULE`, whose argv begins with "-m" */
  module?: string
  executable: string
  cwd: string
  /** "3.11.7" */
  python: string
  /** "cpython", and "free-threaded" when it has no GIL */
  build: string
  /** CLOCK_MONOTONIC ns and CLOCK_REALTIME ns read together, as decimal strings (they pass 2^53) */
  monotonic: string
  realtime: string
  /** measured ns that one event costs here */
  costNs: number
  /** serial of the main thread */
  mainThread: number
  /** the machine: its name, and what tells apart clocks that do not read the same (boot, time namespace) */
  host: string
  clock: string
}
export interface SiteLine {
  k: 'site'
  id: number
  file: string
  line: number
  /** qualified name of the function ("Account.deposit"); co_name where Python < 3.11 */
  func: string
}
/** A name given by the program: a thread's, a task's (only one that is not the default), a pool's, a child's command line. A later line for the same object replaces it. */
export interface NameLine {
  k: 'name'
  object: number
  name: string
  daemon?: boolean
}
/** The object is shared with other processes: the same key means the same object. Comes before the first record of it.
 *  The key of a pool of which every job is a call that its caller waits for begins with "server ". */
export interface SharedLine {
  k: 'shared'
  object: number
  key: string
}
/** What the program calls this process ("Process-1", "worker"). A later line replaces it. */
export interface ProcessNameLine {
  k: 'processName'
  name: string
}
/** This process is a rank of a group of processes: an MPI job's world, a cluster's workers. */
export interface RankLine {
  k: 'rank'
  /** unique in the run; the same in all its ranks */
  group: string
  rank: number
  size: number
}
/** Who may send into the channel and who receives from it: ranks of a group. Absent: any of them. */
export interface EndsLine {
  k: 'ends'
  object: number
  group: string
  from?: number
  to?: number
}
/** Which ranks of the group a communicator or window has, in its own order. */
export interface MembersLine {
  k: 'members'
  object: number
  group: string
  ranks: number[]
}
/** What the library says of a keyed job. Each process may say a part of it; a later line adds to what is known. */
export interface JobLine {
  k: 'job'
  pool: number
  /** its 64 bits as 16 hexadecimal digits */
  key: string
  /** what the library calls the function ("tasks.add"), and this call of it */
  name?: string
  id?: string
  /** what its caller calls it, who may not know the function: counts when nobody says a name */
  called?: string
  /** ids of what it belongs to: the job that submitted it, a group, chord, chain or map */
  parent?: string
  group?: string
  /** keys of jobs whose results it needs, of this pool or another one */
  needs?: string[]
  /** of its arguments as they were sent */
  bytes?: number
  /** how often it was tried before */
  retries?: number
  /** not to begin before, ms since 1970 */
  due?: number
  /** nobody is to fetch its result */
  ignored?: boolean
}
/** A device. Known by a key (SharedLine) to all processes that use it. A later line adds to what is known. */
export interface DeviceLine {
  k: 'device'
  object: number
  /** "simulator": nothing of it is a device's doing */
  type?: 'gpu' | 'cpu' | 'accelerator' | 'simulator'
  vendor?: string
  /** the library that runs it and its versions, for people */
  driver?: string
  /** bytes */
  memory?: number
  /** compute units, multiprocessors */
  units?: number
  /** how its clock was put on the run's, in a sentence; ns by which its times may be off at worst */
  clock?: string
  uncertainty?: number
}
export interface StreamLine {
  k: 'stream'
  object: number
  context?: number
  /** its commands run one after the other */
  inOrder?: boolean
}
/** What a kernel or a range is, once: `enqueue` and `rangeBegin` cite it. */
export interface WorkLine {
  k: 'work'
  id: number
  name: string
  /** work items (OpenCL's global size; CUDA's grid × block) and those of a group (local size, block), up to three numbers each */
  global?: number[]
  local?: number[]
}
/** Innermost call first. */
export interface StackLine {
  k: 'stack'
  id: number
  sites: number[]
}
/** Something of the program that this agent cannot see or could not do, in one sentence for people. */
export interface NoteLine {
  k: 'note'
  /** "{place}" in it is that place: "app.py:12" */
  text: string
  site?: number
}
/** An uncaught exception ended a thread. */
export interface ErrorLine {
  k: 'error'
  thread: number
  type: string
  text: string
}
/** How the GIL of this process is seen: exactly, or why not, in one sentence. */
export interface GilLine {
  k: 'gil'
  exact: boolean
  why?: string
}
/** The program has a handler of its own for a signal: somebody outside may let its threads go on. Said once. */
export interface HandlesSignalsLine {
  k: 'handlesSignals'
}
export type SideLine =
  | HandlesSignalsLine
  | ProcessLine
  | ProcessNameLine
  | SiteLine
  | NameLine
  | SharedLine
  | RankLine
  | EndsLine
  | MembersLine
  | JobLine
  | DeviceLine
  | StreamLine
  | WorkLine
  | StackLine
  | NoteLine
  | ErrorLine
  | GilLine

/** The whole lines that a side file has so far; those that are not JSON throw. */
export const sideLines = (text: string): SideLine[] => {
  const zeros = text.indexOf('\0')
  const said = zeros < 0 ? text : text.slice(0, zeros)
  return said
    .slice(0, said.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as SideLine)
}

/** Environment through which the recorder tells the agent what to do. Inherited by every child. */
export const environment = {
  /** folder of the run; the agent makes `<pid>-<n>.events` and `.names` in it. Absent: the agent does nothing. */
  run: 'INTERLEAVE_RUN',
  /** path of the compiled core */
  core: 'INTERLEAVE_CORE',
  /** frames kept of the stack of a wait; 0 = none. Default 16. */
  stackDepth: 'INTERLEAVE_STACK_DEPTH',
  /** 0 = the GIL is left out (what that saves is measured). Default 1. */
  gil: 'INTERLEAVE_GIL',
} as const
