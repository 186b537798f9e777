// What ingest knows of an object or thread beyond its row: where its order stands, who waits, what is open. Plain
// records with every field from the start, so that the loops over events see one shape each.
import { sliceKinds } from '../../wire/kinds.ts'
import type { Lane } from '../store/lane.ts'
import { Blame, type ObjectRow, type ThreadRow } from '../store/model.ts'
import type { Meeting } from './collectives.ts'
import type { DeviceState, StreamState } from './commands.ts'
import type { KeyedJobs } from './keyed-jobs.ts'

/** Recent events of an object that others may name as the cause of their waking up: by seq, the newest few. */
export class Causes {
  private seqs = new Uint32Array(8)
  private lanes = new Uint32Array(8)
  private times = new Float64Array(8)
  private n = 0

  add(seq: number, lane: number, time: number): void {
    if (this.n >= this.seqs.length && this.seqs.length < 512) this.grow()
    const i = this.n++ & (this.seqs.length - 1)
    this.seqs[i] = seq
    this.lanes[i] = lane
    this.times[i] = time
  }
  /** Place of seq; -1 when it is not there. */
  find(seq: number): number {
    const size = Math.min(this.n, this.seqs.length)
    for (let k = 1; k <= size; k++) {
      const i = (this.n - k) & (this.seqs.length - 1)
      if (this.seqs[i] === seq) return i
    }
    return -1
  }
  lane(place: number): number {
    return this.lanes[place]!
  }
  time(place: number): number {
    return this.times[place]!
  }
  private grow(): void {
    const size = this.seqs.length * 4
    const seqs = new Uint32Array(size)
    const lanes = new Uint32Array(size)
    const times = new Float64Array(size)
    seqs.set(this.seqs)
    lanes.set(this.lanes)
    times.set(this.times)
    this.seqs = seqs
    this.lanes = lanes
    this.times = times
  }
}

/** An actor: a thread or an asyncio task. */
export class ThreadState {
  row: ThreadRow
  lane: Lane
  id: number
  /** lanes of the open waits, outermost first */
  waits: Lane[] = []
  waitsFor: (ObjectState | null)[] = []
  /** the seq that ended its last wait, and for what: the acquire that follows was let in by it */
  wokenBy = 0
  wokenFor: ObjectState | null = null
  startedLane = 0
  startedAt = 0
  begun = false
  ended = false
  isTask = false
  /** the event loop that ran its last step */
  loop: ObjectState | null = null
  /** it was asked to end: whatever it waited for is over because of that */
  cancelled = false
  /** tasks that await this one beside others (gather) */
  awaitedBy: ThreadState[] | null = null
  /** the notify that came before its wait for a condition began */
  missed: Unheard | null = null
  /** it got the GIL then, inside a wait that may be over too; -1: no such thing (gil.ts) */
  gilTo = -1
  /** its last message that it waited for to be taken (channels.ts) */
  sending: Message | null = null
  /** to the memory of other ranks, since its last collective on that window */
  accesses: Access[] = []
  constructor(row: ThreadRow) {
    this.row = row
    this.lane = row.object.lane!
    this.id = row.object.id
  }
}

export interface Performs {
  perform(
    time: number,
    thread: number,
    serial: number,
    seq: number,
    site: number,
    kind: number,
    flag: number,
    arg: number,
  ): void
}
/** A record that came before its turn; of the process whose states it is for. */
export interface Parked {
  of: Performs
  time: number
  thread: number
  serial: number
  seq: number
  site: number
  kind: number
  flags: number
  arg: number
}

export class ObjectState {
  row: ObjectRow
  id: number
  lane: Lane | null = null
  semaphore = false
  /** seq of the next event; 0 = the first one seen says */
  nextSeq = 1
  parked: Parked[] | null = null
  /** threads that wait for it now */
  waiting = 0
  contention: Contention | null = null
  causes: Causes | null = null
  /** last release: the cause of a contended acquire */
  releasedLane = 0
  releasedAt = 0
  /** semaphore: permits held now */
  held = 0
  /** queue: items in it now, and who put each: seq of put → lane, time */
  depth = 0
  items: Map<number, Item> | null = null
  /** lock: how often it was taken */
  turns = 0
  /** condition: its lock, and the last notify when nobody heard it */
  lock: ObjectState | null = null
  unheard: Unheard | null = null
  /** what it is called among processes; '' = it belongs to one */
  key = ''
  channel: Channel | null = null
  jobs: Jobs | null = null
  keyed: KeyedJobs | null = null
  /** collectives by number, until all ranks have left them */
  meetings: Map<number, Meeting> | null = null
  /** what it belongs to: the device of a stream or context */
  belongs: ObjectState | null = null
  stream: StreamState | null = null
  device: DeviceState | null = null
  /** context: memory in use */
  bytes = 0
  /** event loop: its last step */
  stepBy = 0
  stepSite = 0
  stepStart = 0
  stepEnd = -1
  constructor(row: ObjectRow) {
    this.row = row
    this.id = row.id
  }
  addCause(seq: number, lane: number, time: number): void {
    if (seq > 0) (this.causes ??= new Causes()).add(seq, lane, time)
  }
}
/** A notify when nobody waited: by whom, where, when, and how often the condition's lock had been taken by then. */
export interface Unheard {
  actor: number
  site: number
  time: number
  turns: number
}

/** Where something was done: the actor's lane, and when. */
export interface Item {
  lane: number
  time: number
}

/** Half of a message, or all of it. */
export interface Message extends Item {
  bytes: number
  /** row of trace.messages, −1 = it has none */
  row: number
  /** its receiver, and when that began to wait for it; null = not seen */
  taken: Item | null
  /** when its sender, who had waited, went on; −1 = it waits still, or has not waited */
  woke: number
}
/** To another rank's memory. */
export interface Access {
  window: ObjectState
  rank: number
  kind: number
  time: number
}

/** Messages of a channel whose other half has not been seen yet, by number (channels.ts). */
export class Channel {
  sent = new Map<number, Message>()
  received = new Map<number, Message>()
  /** items put and not yet sent: process and its number → who put it */
  posts = new Map<string, Item>()
  /** a message did not fit the one of its number: nothing after it is paired */
  lost = false
}

export interface Submitted extends Item {
  process: number
  site: number
  left: number
  /** how many parts it has was not known (imap): none of them is said to wait before it begins */
  openEnded: boolean
}

/** What a pool has to do (jobs.ts). */
export class Jobs {
  /** by number: who submitted it, at which line, and how many of its parts have not begun */
  submitted = new Map<number, Submitted>()
  /** parts that are over and whose result has not come back: "job part" */
  ended = new Map<string, Item>()
  /** jobs that wait for a worker, as a queue beside the pool */
  readonly waiting: ObjectState
  constructor(waiting: ObjectState) {
    this.waiting = waiting
  }
}

/**
 * Who held an object while others waited. Between two events on the object the holders and the waiters stay the same,
 * so that time is added once for each (waiting line, holder) and not for each pair of a wait and a hold: with 200 threads
 * at one lock the latter is 200 times as much work. Holders at the same time (semaphore) share it equally.
 */
export class Contention {
  private readonly row: ObjectRow
  private last = 0
  private readonly sites: number[] = []
  private readonly counts: number[] = []
  private readonly byHolder = new Map<number, Blame[]>()
  private key = -1
  private entries: Blame[] = []

  constructor(row: ObjectRow, time: number) {
    this.row = row
    this.last = time
  }
  /** Nobody had waited until now. */
  restart(time: number): void {
    this.last = time
  }
  /** Adds the time since the last event to those who hold the lanes from `lane` on. Before anything changes. */
  account(lane: Lane | null, held: number, time: number): void {
    const dur = time - this.last
    if (dur <= 0) return
    this.last = time
    if (held === 0) return
    for (let at = lane; at !== null; at = at.next) {
      if (at.openKind < sliceKinds.hold || at.openKind >= sliceKinds.depth) continue
      for (let i = 0; i < this.sites.length; i++) {
        const waiters = this.counts[i]!
        if (waiters > 0) this.entry(at, this.sites[i]!).dur += (dur * waiters) / held
      }
    }
  }
  /** `n` waits begin at the site: they meet those who hold it now. */
  begin(lane: Lane | null, site: number, n = 1): void {
    let i = this.sites.indexOf(site)
    if (i < 0) {
      i = this.sites.length
      this.sites.push(site)
      this.counts.push(0)
    }
    this.counts[i]! += n
    for (let at = lane; at !== null; at = at.next)
      if (at.openKind >= sliceKinds.hold && at.openKind < sliceKinds.depth) this.entry(at, site).count += n
  }
  end(site: number): void {
    const i = this.sites.indexOf(site)
    if (i < 0) return
    if (--this.counts[i]! > 0 || this.sites.length === 1) return
    this.sites.splice(i, 1)
    this.counts.splice(i, 1)
  }
  /** A hold on the lane begins: it meets those who wait now. */
  met(lane: Lane): void {
    for (let i = 0; i < this.sites.length; i++)
      if (this.counts[i]! > 0) this.entry(lane, this.sites[i]!).count += this.counts[i]!
  }
  /** A wait of so long is known only now; the holder had it meanwhile. */
  late(holder: number, holderSite: number, dur: number): void {
    const entry = this.entryOf(holder, holderSite, 0)
    entry.dur += dur
    entry.count++
  }
  private entry(lane: Lane, waitSite: number): Blame {
    return this.entryOf(lane.openObject, lane.openSite, waitSite)
  }
  private entryOf(holder: number, holderSite: number, waitSite: number): Blame {
    const key = holder * 67108864 + holderSite
    if (key !== this.key) {
      let entries = this.byHolder.get(key)
      if (!entries) this.byHolder.set(key, (entries = []))
      this.key = key
      this.entries = entries
    }
    for (const entry of this.entries) if (entry.waitSite === waitSite) return entry
    const made = new Blame(waitSite, holder, holderSite)
    this.entries.push(made)
    ;(this.row.blame ??= []).push(made)
    return made
  }
}
