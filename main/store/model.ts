// The small tables of a trace in memory, a class a table, fields as the columns. Rows are numbered from 1 by their
// place in the trace's list; place 0 is empty. What changed is written at the next commit (trace.ts).
import { objectKinds, type Incident, type ObjectKind, type ObjectKindName, type starts } from '../../wire/kinds.ts'
import type { Lane } from './lane.ts'

const names = new Map<number, ObjectKindName>(
  Object.entries(objectKinds).map(([name, kind]) => [kind, name as ObjectKindName]),
)
export const kindName = (kind: number): ObjectKindName => names.get(kind) ?? 'lock'

/** How a host's clock was put on that of the trace: it is that one; by messages both ways with another host; by its wall
 *  clock and messages one way; by its wall clock alone. */
export const hostPlaced = ['first', 'messages', 'one way', 'wall clock'] as const
export type HostPlaced = (typeof hostPlaced)[number]

/** What a host has at `time` may in truth have been so much earlier or later, against the host `via`, ns. */
export interface Margin {
  time: number
  early: number
  late: number
}

/** A machine, or a part of one with a clock of its own. */
export class HostRow {
  id: number
  name: string
  clock: string
  /** ns by which its clock was ahead of the first host's when the run began */
  offset = 0
  /** parts per million by which it ran faster than the first host's */
  drift = 0
  /** ns by which its times may be off at worst, either way; null = unknown */
  uncertainty: number | null = 0
  placed: HostPlaced = 'first'
  /** → host.id, null = none */
  via: number | null = null
  messages = 0
  margins: Margin[] = []
  constructor(id: number, name: string, clock: string) {
    this.id = id
    this.name = name
    this.clock = clock
  }
}

/** Ranks of a group of processes, as places in it. */
export interface Ranks {
  group: string
  ranks: number[]
}

export class ProcessRow {
  id: number
  pid: number
  parent: number | null = null
  name = ''
  argv: string[] = []
  python = ''
  /** how it was started; null = not seen */
  how: keyof typeof starts | null = null
  start: number
  end: number | null = null
  ended: 'running' | 'clean' | 'cut' | 'unseen' = 'running'
  /** exit code, or name of the signal; null = nobody said */
  exit: number | string | null = null
  /** the program has a handler of its own for a signal in it */
  signals = false
  /** → host.id */
  host = 1
  /** which of a group of processes it is */
  rank: { group: string; rank: number; size: number } | null = null
  /** its lane, when another process of the run started it */
  lane: Lane | null = null
  dirty = true
  constructor(id: number, pid: number, start: number) {
    this.id = id
    this.pid = pid
    this.start = start
  }
}

export interface Site {
  id: number
  file: string
  line: number
  func: string
  text: string
  /** head of the innermost loop around it: "while not done:"; '' = none or not read */
  loop: string
  /** that loop does nothing but this line, and looks whether to go on */
  idle: boolean
}

/** A share of the time that others waited for an object (table blame). */
export class Blame {
  waitSite: number
  holder: number
  holderSite: number
  dur = 0
  count = 0
  constructor(waitSite: number, holder: number, holderSite: number) {
    this.waitSite = waitSite
    this.holder = holder
    this.holderSite = holderSite
  }
}

/** Moments of one sort at an object that leave no slice, by who did it and where (table incident). */
export class IncidentRow {
  what: Incident
  actor: number
  site: number
  count = 0
  first: number
  last = 0
  constructor(what: Incident, actor: number, site: number, time: number) {
    this.what = what
    this.actor = actor
    this.site = site
    this.first = time
  }
}

/** A thread, lock, queue, …: whatever can wait, be waited for or be held. */
export class ObjectRow {
  id: number
  process: number
  kind: ObjectKind
  name: string
  file = ''
  line = 0
  created: number | null = null
  capacity = 0
  internal = false
  /** a lock that somebody released who did not hold it: it is a signal, not a mutual exclusion */
  signal = false
  /** several processes have it */
  shared = false
  /** it was made to be given to other processes, whether they have it yet or not */
  common = false
  /** what it is called among processes; '' = it belongs to one */
  key = ''
  /** the ranks of a communicator or window; of a channel: who sends and who receives, −1 = any */
  members: Ranks | null = null
  /** → object.id: the device of a stream or context, the thread whose calls these are; 0 = it belongs to none */
  belongs = 0
  dirty = true
  /** its first lane: threads always, locks, semaphores and queues from their first slice on */
  lane: Lane | null = null
  thread: ThreadRow | null = null
  /** waits for it (table contention): finished ones */
  total = 0
  count = 0
  longest = 0
  longestLane = 0
  longestAt = 0
  /** who held it during them */
  blame: Blame[] | null = null
  incidents: IncidentRow[] | null = null
  constructor(id: number, process: number, kind: ObjectKind, name: string) {
    this.id = id
    this.process = process
    this.kind = kind
    this.name = name
  }
}

/** A thread, or an asyncio task: whoever acts (object.kind says which). */
export class ThreadRow {
  object: ObjectRow
  tid: number | null = null
  daemon = false
  start: number
  end: number | null = null
  parent: number | null = null
  error: string | null = null
  /** ns it waited in all: outermost waits that are over */
  waited = 0
  /** task: the loop that runs it; thread: the loop that it runs → object.id */
  loop: number | null = null
  constructor(object: ObjectRow, start: number) {
    this.object = object
    this.start = start
  }
}

export interface LossRow {
  what: string
  process: number
  count: number
  sentence: string
}
