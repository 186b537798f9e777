// What a viewer may ask the engine, and what the engine tells it unasked. One table for every shell:
// bytes over a MessagePort (Electron) or a WebSocket (browser), packed by msgpackr, are these shapes.
//
// Times are numbers: ns since the start of the run. Every list is capped by the engine, and says so by `more`.
import { z } from 'zod'
import type { Comparison } from './comparison.ts'
import type { FlowKind, ObjectKindName, SliceKind, SliceOutcome } from './kinds.ts'
import type { CriticalPath, Parallelism } from './path.ts'
import type { Home, Summary } from './summary.ts'

export type * from './path.ts'
export type * from './comparison.ts'
export type * from './summary.ts'

// ── arguments, checked at the border ────────────────────────────────────────────────────────────────────────────────
const trace = z.number().int().nonnegative()
const time = z.number().finite()
const lane = z.number().int().positive()
const area = { from: time, to: time }

export const requests = {
  /** recipes, saved and unfinished traces, what is missing on this machine */
  home: z.object({}),
  /** run a recipe by id, or a command line in a folder; answers as soon as the trace can be shown live */
  runStart: z.object({
    recipe: z.string().optional(),
    command: z.array(z.string()).optional(),
    cwd: z.string().optional(),
    output: z.string().optional(),
  }),
  /** install what the recipes of a chapter need; answers when it is done, `home` tells how far it is meanwhile */
  install: z.object({ chapter: z.string() }),
  /** first interrupt (SIGINT), then terminate, then kill; to the program and its children */
  runStop: z.object({ trace, how: z.enum(['interrupt', 'terminate', 'kill']) }),
  /** open a saved trace, or recover an unfinished recording */
  open: z.object({ path: z.string() }),
  close: z.object({ trace }),
  /** copy the trace to a path the person chose */
  save: z.object({ trace, path: z.string() }),
  /** move a saved trace (or an unfinished recording) out of the list for good */
  remove: z.object({ path: z.string() }),
  summary: z.object({ trace }),
  /** lanes worth drawing: all threads, then objects ranked by total wait */
  lanes: z.object({ trace }),
  window: z.object({ trace, ...area, width: z.number().int().min(1).max(16384), lanes: z.array(lane).max(512) }),
  /** the slice of the lane that covers the time, or the nearest within `slack` ns */
  slice: z.object({ trace, lane, time, slack: z.number().nonnegative() }),
  /** the next or previous slice on the lane */
  step: z.object({ trace, lane, time, direction: z.enum(['next', 'previous']) }),
  /** arrows into and out of a slice, `depth` steps of cause and effect away */
  flows: z.object({ trace, lane, time, depth: z.number().int().min(1).max(8) }),
  contention: z.object({ trace, from: time.optional(), to: time.optional() }),
  area: z.object({ trace, ...area, lanes: z.array(lane).max(512) }),
  /** who awaits whom at a time: the tasks (and threads) that wait for another one, and the chain to what holds all up */
  awaits: z.object({ trace, time }),
  /** what decided how long the run took, from its end back to its start; of it what lies in the area. `lane`: what decided
   *  when this actor came to the end of the area */
  criticalPath: z.object({ trace, from: time.optional(), to: time.optional(), lane: lane.optional() }),
  /** how many actors ran at once */
  parallelism: z.object({ trace, ...area, width: z.number().int().min(1).max(16384) }),
  search: z.object({ trace, text: z.string() }),
  findings: z.object({ trace }),
  /** what each rule answered: so far, or when the recording was over; empty when a file does not say */
  rules: z.object({ trace }),
  /** the trace, as the later run, with earlier ones: paths of traces. One that `record --repeat` made stands for all of them */
  compare: z.object({ trace, with: z.array(z.string()).min(1).max(100) }),
  /** read-only SQL; makes the slice rows first if they are not there yet */
  query: z.object({ trace, sql: z.string(), limit: z.number().int().min(1).max(100_000) }),
} as const
export type Requests = typeof requests
export type Call = keyof Requests
export type Argument<C extends Call> = z.infer<Requests[C]>

// ── answers ─────────────────────────────────────────────────────────────────────────────────────────────────────────
export interface Answers {
  home: Home
  runStart: { trace: number }
  install: null
  runStop: { running: boolean }
  open: { trace: number }
  close: null
  save: { path: string }
  remove: null
  summary: Summary
  lanes: { lanes: Lane[]; more: number }
  window: Window
  slice: Slice | null
  step: Slice | null
  flows: { flows: Flow[]; more: boolean }
  contention: Contention[]
  area: AreaRow[]
  awaits: Awaits
  criticalPath: CriticalPath
  parallelism: Parallelism
  search: Hit[]
  findings: Finding[]
  rules: RuleAnswer[]
  compare: Comparison
  query: Table
}

/** thread, task: an actor. gil, loop, lock, semaphore, pool, memory: something held. queue: its depth. process: its life.
 *  communicator: its collectives. device: commands that it runs at once. deviceMemory: KiB of a context. stream: its commands. calls:
 *  what a thread says that it does. */
export const laneKinds = [
  ...(['thread', 'lock', 'semaphore', 'queue'] as const),
  ...(['process', 'gil', 'loop', 'task', 'pool', 'memory', 'communicator'] as const),
  ...(['device', 'deviceMemory', 'stream', 'calls'] as const),
]
export type LaneKind = (typeof laneKinds)[number]

export interface Lane {
  id: number
  kind: LaneKind
  name: string
  /** lane of the same object above this one, when several are needed (permits held at once) */
  parent: number | null
  depth: number
  /** 0 = several processes have it */
  process: number
  /** the object (a thread is one too) */
  object: number
  objectKind: ObjectKindName
  /** where it was made, "bank.py:12" */
  site: string
  start: number
  /** null while it lives */
  end: number | null
  /** total ns others waited for it (objects) or it waited, sleep and I/O left out (threads, tasks) */
  waited: number
  /** slices on it so far */
  slices: number
  /** queue: its bound, 0 = none; semaphore: permits; pool: workers; otherwise 0 */
  capacity: number
  /** task: lane of the event loop that runs it */
  on: number | null
  /** of a device that is none of its own: "on the CPU", "simulated"; otherwise '' */
  note: string
  /** the object that it belongs to: the device of a stream or context, the thread of its calls; 0 = none */
  belongs: number
}

/**
 * Folded slices of lanes, in pixels of the asked window. Items of lane i are [first[i], first[i+1]).
 * What is narrower than a pixel is folded: count ≥ 1 slices, `kind` of the longest, and the share of [x0, x1) that each
 * of six classes takes (kinds.ts), 65535 = all. An item of count 1 that is wider than a pixel is one exact slice.
 */
export interface Window {
  from: number
  to: number
  width: number
  /** end of the trace when the answer was made */
  end: number
  lanes: number[]
  first: Uint32Array
  x0: Float32Array
  x1: Float32Array
  count: Uint32Array
  kind: Uint8Array
  /** 6 an item */
  share: Uint16Array
  /** queue lanes: value of the longest slice (items in the queue); otherwise 0 */
  value: Uint32Array
  /** ms the engine spent on this answer */
  took: number
}

export interface Slice {
  lane: number
  start: number
  dur: number
  kind: SliceKind
  /** still open at the end of the trace: cut by a kill, or not over yet */
  open: boolean
  outcome: SliceOutcome
  /** thread or task that waits or holds */
  thread: { lane: number; name: string } | null
  object: { id: number; lane: number | null; name: string; kind: ObjectKindName } | null
  site: Place | null
  /** innermost first; empty when none was taken */
  stack: Place[]
  /** wait: who held it meanwhile, longest first. hold: who waited meanwhile */
  others: { thread: string; lane: number; time: number; dur: number; site: string }[]
  /** queue lanes: items in it */
  value: number
  /** what it is on its lane, where its kind does not say it: the operation of a collective, the name of a job; else '' */
  called: string
  /** what else is known of it: of a collective, a message, a job */
  facts: Fact[]
  /** one sentence: "worker-3 waited 412 ms for Account.lock (bank.py:12), 380 ms of it held by audit at bank.py:40" */
  sentence: string
}
export interface Place {
  file: string
  line: number
  func: string
  /** the source line, when it could be read */
  text: string
}

/** "Came last": "rank 2 at app.py:14, 31 ms after the first" */
export interface Fact {
  name: string
  text: string
  /** where to look */
  at: { lane: number; time: number } | null
}

export interface Flow {
  kind: FlowKind
  fromLane: number
  fromTime: number
  toLane: number
  toTime: number
  object: string
  /** of a message; 0 = none, or unknown */
  bytes: number
  /** ns by which the two ends may be nearer or further apart; 0 = they are on one clock, null = unknown */
  margin: number | null
  /** steps from the selection: negative = causes, positive = effects */
  step: number
}

/** Tasks at one moment, as a graph: an edge from who waits to whom or what it waits for. */
export interface Awaits {
  time: number
  nodes: AwaitNode[]
  edges: { from: number; to: number }[]
  more: boolean
}
export interface AwaitNode {
  /** number of the object in the trace */
  object: number
  lane: number | null
  name: string
  kind: ObjectKindName
  /** what it does at the time: runs, waits (its slice kind), or nothing because it is no actor */
  doing: 'runs' | SliceKind | null
  /** ns: since when */
  since: number
  /** of the line that waits */
  site: string
}

export interface Contention {
  object: number
  lane: number | null
  name: string
  kind: ObjectKindName
  site: string
  /** ns */
  total: number
  count: number
  longest: number
  mean: number
  /** lane and start of the longest wait: a click goes there */
  longestAt: { lane: number; time: number }
  /** holders during those waits, most first: their share of the waited time, by line */
  holders: { thread: string; site: string; dur: number }[]
}

export interface AreaRow {
  name: string
  kind: SliceKind
  lane: number
  count: number
  /** ns, clipped to the area */
  total: number
  min: number
  mean: number
  max: number
}
export interface Hit {
  what: 'lane' | 'work' | 'site' | 'finding'
  text: string
  lane: number | null
  time: number | null
}

export interface Finding {
  rule: string
  subject: string
  /** who did what to whom and where */
  sentence: string
  why: string
  tryThis: string
  /** worst first: share of the run that it cost, 0…1; 1 for a deadlock */
  weight: number
  /** rows that prove it */
  evidence: { lane: number; time: number; dur: number }[]
  /** a query of the finished trace whose rows prove it */
  sql: string
  /** those who wait for each other, to be drawn as a graph; empty where nobody does */
  parties: Party[]
}
/** What a rule answered: found something, looked and found nothing, or could not tell and why. */
export interface RuleAnswer {
  rule: string
  answer: 'found' | 'clear' | 'cannot tell'
  because: string
}
/** Somebody who waits for another party. */
export interface Party {
  name: string
  lane: number
  /** ns: since when it waits */
  time: number
  /** "waits for Account.lock (bank.py:12) at bank.py:40" */
  waits: string
  /** innermost first; empty when none was taken */
  stack: Place[]
  /** places in the list of those who could let it go on, and what they have: "holds Account.lock since bank.py:22" */
  needs: { party: number; because: string }[]
}
export interface Table {
  columns: string[]
  rows: (string | number | null)[][]
  more: boolean
}

// ── what the engine says unasked ────────────────────────────────────────────────────────────────────────────────────
export interface Notices {
  /** at most every 30 ms while recording */
  changed: { trace: number; end: number; state: Summary['state']; lanes: number; findings: number }
  /** the list of traces changed */
  home: Record<string, never>
}

// ── envelopes ───────────────────────────────────────────────────────────────────────────────────────────────────────
export type Message =
  | { id: number; call: Call; argument: unknown }
  | { id: number; answer: unknown }
  | { id: number; error: string }
  | { notice: keyof Notices; body: unknown }
