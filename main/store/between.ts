// What goes on between processes, a class a table: messages, ranks in collectives, jobs that several processes know by a
// key. They are gathered while a recording is made and written when it ends; a trace that was opened is asked by SQL.
import type { Database } from 'better-sqlite3'
import type { Collective } from '../../wire/operations.ts'
import { longer } from './columns.ts'

/** Messages of all channels, a column a field; −1 = not seen. One of a million takes 56 bytes. */
export class Messages {
  n = 0
  channel = new Uint32Array(64)
  number = new Uint32Array(64)
  fromLane = new Int32Array(64)
  fromTime = new Float64Array(64)
  toLane = new Int32Array(64)
  toTime = new Float64Array(64)
  bytes = new Float64Array(64)

  add(channel: number, number: number): number {
    const at = this.n++
    if (at === this.channel.length) this.grow()
    this.channel[at] = channel
    this.number[at] = number
    this.fromLane[at] = this.toLane[at] = -1
    this.bytes[at] = 0
    return at
  }
  private grow(): void {
    this.channel = longer(this.channel)
    this.number = longer(this.number)
    this.fromLane = longer(this.fromLane)
    this.fromTime = longer(this.fromTime)
    this.toLane = longer(this.toLane)
    this.toTime = longer(this.toTime)
    this.bytes = longer(this.bytes)
  }
}

/** A rank in a collective. */
export class EntryRow {
  communicator: number
  number: number
  lane: number
  entered: number
  left: number | null = null
  operation: Collective
  root: boolean
  bytes: number
  site: number
  constructor(
    communicator: number,
    number: number,
    lane: number,
    entered: number,
    operation: Collective,
    root: boolean,
    bytes: number,
    site: number,
  ) {
    this.communicator = communicator
    this.number = number
    this.lane = lane
    this.entered = entered
    this.operation = operation
    this.root = root
    this.bytes = bytes
    this.site = site
  }
}

/** Where something was done: → lane.id, ns. */
export interface Place {
  lane: number
  time: number
}

/** A job that several processes know by its key. */
export class SubmissionRow {
  pool: number
  number: number
  key: string
  name = ''
  id = ''
  parent = ''
  group = ''
  needs: string[] = []
  bytes = 0
  retries = 0
  /** ns of the trace */
  due: number | null = null
  ignored = false
  submitted: Place | null = null
  /** the line that submitted it */
  site = 0
  accepted: Place | null = null
  begun: Place | null = null
  ended: number | null = null
  outcome: number | null = null
  fetched: Place | null = null
  constructor(pool: number, number: number, key: string) {
    this.pool = pool
    this.number = number
    this.key = key
  }
}

export interface Between {
  messages: Messages
  entries: EntryRow[]
  submissions: SubmissionRow[]
}

const into = (db: Database, table: string, columns: number) =>
  db.prepare(`INSERT OR REPLACE INTO ${table} VALUES (${Array(columns).fill('?').join(', ')})`)

export const writeBetween = (db: Database, { messages: m, entries, submissions }: Between): void => {
  const message = into(db, 'message', 7)
  for (let i = 0; i < m.n; i++) {
    const from = m.fromLane[i]! >= 0
    const to = m.toLane[i]! >= 0
    message.run(
      m.channel[i],
      m.number[i],
      from ? m.fromLane[i] : null,
      from ? m.fromTime[i] : null,
      to ? m.toLane[i] : null,
      to ? m.toTime[i] : null,
      m.bytes[i],
    )
  }
  const entry = into(db, 'entry', 9)
  for (const e of entries)
    entry.run(e.communicator, e.number, e.lane, e.entered, e.left, e.operation, Number(e.root), e.bytes, e.site)
  const submission = into(db, 'submission', 22)
  const need = into(db, 'need', 3)
  for (const s of submissions) {
    submission.run(
      ...[s.pool, s.number, s.key, s.name, s.id, s.parent, s.group, s.bytes, s.retries, s.due, Number(s.ignored)],
      ...placed(s.submitted),
      s.site,
      ...placed(s.accepted),
      ...placed(s.begun),
      s.ended,
      s.outcome,
      ...placed(s.fetched),
    )
    for (const key of s.needs) need.run(s.pool, s.number, key)
  }
}
const placed = (at: Place | null): [number | null, number | null] => (at ? [at.lane, at.time] : [null, null])
