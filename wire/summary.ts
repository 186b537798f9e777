// The part of the API (api.ts) that is about runs as a whole: what can be run, what was recorded, how a trace stands.
//
// Times are numbers: ns since the start of the run. What is not known is null, never 0.
export interface Home {
  recipes: Recipe[]
  /** of the recipes those that need packages */
  chapters: Chapter[]
  traces: SavedTrace[]
  /** one sentence each: what is missing on this machine and the command that adds it */
  missing: string[]
  /** where new traces go */
  folder: string
}
export interface Recipe {
  /** "threading/lock_contention" */
  id: string
  title: string
  /** what it shows, first paragraph of the docstring */
  shows: string
  /** rules it is expected to trip; empty = none may */
  expect: string[]
  /** id of the twin without the fault */
  fixed?: string
  /** its command line, with `python` and `{recipe}` to be put in; none: `python {recipe}` */
  start?: string[]
  /** what it needs that no package brings ("an NVIDIA GPU"): without it the recipe ends by saying so */
  needs?: string
  /** a trace of it that comes with Interleave, for whoever has not got what it needs */
  recorded?: string
  source: string
}
/** A chapter of recipes that needs packages. */
export interface Chapter {
  chapter: string
  /** "mpi4py" */
  packages: string[]
  state: 'installed' | 'installing' | 'missing'
  /** what is being done to install them; '' otherwise */
  progress: string
}
export interface SavedTrace {
  path: string
  name: string
  bytes: number
  /** ms since 1970 */
  modified: number
  /** the recording did not come to its end; opening recovers it */
  unfinished: boolean
  /** it is being recorded now by this engine; opening shows it live */
  recording?: boolean
}

export interface Summary {
  trace: number
  path: string
  name: string
  command: string[]
  /** ms since 1970 */
  startedAt: number
  /** ns: end of what is stored so far */
  end: number
  state: 'recording' | 'finishing' | 'finished'
  /** exit code, or name of the signal; null while running or unknown */
  exit: number | string | null
  processes: Process[]
  /** machines of one clock or several */
  hosts: Host[]
  events: number
  slices: number
  threads: number
  tasks: number
  objects: number
  devices: Device[]
  /** what was lost, unmatched, out of order or unseen: each shown in the header */
  losses: Loss[]
  /** measured ns an event, and the total */
  cost: { perEvent: number; total: number }
  notes: string[]
  /** rows ready for SQL: 0…1 */
  rows: number
  /** how far the rules have got with the finished recording: 0…1 */
  diagnosed: number
  /** last part of what the program printed, both streams */
  output: string
}
export interface Process {
  id: number
  pid: number
  /** what the program calls it ("Process-1"), else its script, module or command line */
  name: string
  /** its machine's name; '' where there is only one */
  host: string
  /** the process that started it, null when that was not recorded */
  parent: number | null
  /** '' = another program: it is seen from outside only */
  python: string
  /** cut: killed or crashed, nobody said how it ended; unseen: another program that nobody saw end */
  ended: 'running' | 'clean' | 'cut' | 'unseen'
  /** exit code, or name of the signal; null while running or unknown */
  exit: number | string | null
  start: number
  end: number | null
  /** which of a group of processes it is: a rank of MPI */
  rank: { group: string; rank: number; size: number } | null
  /** "app.py": the program, where the name is that of a rank; otherwise '' */
  program: string
}
export interface Host {
  name: string
  /** ns by which its times may be off, against the first host; 0 = it has the same clock, null = unknown */
  uncertainty: number | null
  /** how its clock was told, in a sentence; '' where all have the same */
  clock: string
}
/** What runs commands: a GPU, or the processor as one. */
export interface Device {
  name: string
  /** "on the CPU", "simulated"; '' where it is a device of its own */
  note: string
  /** what it is, who runs it, how its clock was put on the run's, in a sentence */
  sentence: string
  /** ns by which its times may be off; null = not known */
  uncertainty: number | null
  /** commands that it was told to run, kernels among them */
  commands: number
  kernels: number
}
export interface Loss {
  what: string
  count: number
  sentence: string
}
