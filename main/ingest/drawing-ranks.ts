// Test support: a drawing of ranks becomes real event files, a process a rank, goes through real ingest and is a real trace.
//
//   drawnRanks(`
//     0  zzzz1.....==...       z = sleeps, . = runs; a digit sends to that rank at once (the message is copied)
//     1  aaaaa...=====..       a … h = waits to receive from rank 0 … 7; ? = from whoever has sent first
//     2  ..AAAAA.zzz==..       A … H = waits in a send to that rank, until the message is taken
//   `)
//
// = and | are collectives of all: the n-th of each rank are one. What they are is said in `collectives`, as also what other
// signs are. A row ends when its process does; one that reaches the end of the drawing lives until then, and what is open there
// stays open. Column i is at i × unit ns; the line of a sign is the first column of its row that has it, from 1.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventKinds, flags, objectKinds, reasons } from '../../wire/kinds.ts'
import { collectives, type Collective } from '../../wire/operations.ts'
import { createTrace } from '../store/database.ts'
import { makeRows } from '../store/rows.ts'
import type { Trace } from '../store/trace.ts'
import { Ingest } from './ingest.ts'
import { EventWriter } from './write-events.ts'

interface DrawnCollective {
  operation: Collective
  root?: number
}
export interface RanksDrawing {
  /** ns a column; default 1 */
  unit?: number
  /** sign → what all do; default: = is allreduce, | a barrier */
  collectives?: Record<string, DrawnCollective>
  /** still recording: nothing is finished, what is open stays open */
  live?: boolean
  /** bytes of a message; default 100 */
  bytes?: (from: number, to: number) => number
}

interface Happening {
  time: number
  /** what comes first at the same time: the cause before its effect */
  phase: number
  write: () => void
}

const usual: Record<string, DrawnCollective> = { '=': { operation: 'allreduce' }, '|': { operation: 'barrier' } }
const group = 'drawing'

class Rank {
  readonly writer: EventWriter
  readonly thread: number
  readonly communicator: number
  private readonly me: number
  private readonly channels = new Map<string, number>()
  private readonly sites = new Map<number, number>()
  entered = 0

  constructor(folder: string, me: number, size: number) {
    this.me = me
    this.writer = new EventWriter(folder, { pid: 100 + me })
    this.writer.line({ k: 'processName', name: `rank ${me}` })
    this.writer.line({ k: 'rank', group, rank: me, size })
    this.thread = this.writer.thread('MainThread')
    this.writer.add(this.thread, 0, eventKinds.threadBegin, { object: this.thread, arg: 1000 + me })
    this.communicator = this.make(objectKinds.communicator, `${group} all`, size)
    this.writer.line({ k: 'name', object: this.communicator, name: 'all' })
    const ranks = Array.from({ length: size }, (_, i) => i)
    this.writer.line({ k: 'members', object: this.communicator, group, ranks })
  }
  private make(kind: (typeof objectKinds)['communicator' | 'channel'], key: string, capacity: number): number {
    const { serial } = this.writer.object(kind, this.thread, 0, 0, capacity)
    this.writer.line({ k: 'shared', object: serial, key })
    return serial
  }
  channel(from: number, to: number): number {
    const key = `${group} ${from} ${to}`
    let serial = this.channels.get(key)
    if (serial !== undefined) return serial
    this.channels.set(key, (serial = this.make(objectKinds.channel, key, 0)))
    this.writer.line({ k: 'ends', object: serial, group, from, to })
    return serial
  }
  site(line: number): number {
    let site = this.sites.get(line)
    if (site === undefined) this.sites.set(line, (site = this.writer.site('drawing.py', line, `rank_${this.me}`)))
    return site
  }
}

/** Writes the drawing's event files into the folder. */
export function writeRanks(drawing: string, folder: string, options: RanksDrawing = {}): void {
  const unit = options.unit ?? 1
  const rows = drawing
    .split('\n')
    .filter((line) => line.trim())
    .map((line) => /^\s*(\d)  (.*)$/.exec(line)![2]!)
  const width = Math.max(...rows.map((row) => row.length))
  const ranks = rows.map((_, me) => new Rank(folder, me, rows.length))
  const happenings: Happening[] = []
  rows.forEach((row, me) => drawRank(row, me, width, { ranks, happenings, options, unit, under: rows }))
  happenings.sort((a, b) => a.time - b.time || a.phase - b.phase)
  for (const { write } of happenings) write()
  rows.forEach((row, me) => {
    const { writer, thread } = ranks[me]!
    const end = row.trimEnd().length
    if (end < width || !options.live) {
      writer.add(thread, end * unit, eventKinds.threadEnd, { object: thread })
      writer.end(end * unit)
    }
    writer.close()
  })
}

interface Canvas {
  ranks: Rank[]
  happenings: Happening[]
  options: RanksDrawing
  unit: number
  under: string[]
}

function drawRank(row: string, me: number, width: number, canvas: Canvas): void {
  const { ranks, happenings, options, unit } = canvas
  const { writer, thread, communicator } = ranks[me]!
  const rank = ranks[me]!
  const kinds = { ...usual, ...options.collectives }
  const bytes = options.bytes ?? (() => 100)
  const counted = new Map<number, number>()
  const next = (channel: number) => (counted.set(channel, (counted.get(channel) ?? 0) + 1), counted.get(channel)!)
  const happen = (column: number, phase: number, write: (time: number) => void) =>
    happenings.push({ time: column * unit, phase, write: () => write(column * unit) })
  for (let from = 0, to = 0; from < row.length; from = to) {
    const cell = row[from]!
    for (to = from + 1; row[to] === cell && !/\d/.test(cell); to++);
    if (cell === '.' || cell === ' ') continue
    const open = to === width
    const site = rank.site(row.indexOf(cell) + 1)
    if (cell === 'z') {
      const arg = Math.round(((to - from) * unit) / 1e6)
      happen(from, 4, (t) => writer.add(thread, t, eventKinds.wait, { site, flags: reasons.sleep, arg }))
      if (!open) happen(to, 1, (t) => writer.add(thread, t, eventKinds.wake))
    } else if (/[\dA-H]/.test(cell)) {
      const other = /\d/.test(cell) ? Number(cell) : cell.charCodeAt(0) - 65
      const channel = rank.channel(me, other)
      const blocks = /\d/.test(cell) ? 0 : flags.blocks
      const arg = bytes(me, other)
      happen(from, 2, (t) =>
        writer.add(thread, t, eventKinds.send, { object: channel, seq: next(channel), site, arg, flags: blocks }),
      )
      if (blocks && !open) happen(to, 5, (t) => writer.add(thread, t, eventKinds.wake, { object: channel }))
    } else if (/[a-h?]/.test(cell)) {
      const other = cell === '?' ? sender(canvas.under, me, to) : cell.charCodeAt(0) - 97
      const channel = cell === '?' && open ? 0 : rank.channel(other, me)
      const object = cell === '?' ? 0 : channel
      happen(from, 4, (t) => writer.add(thread, t, eventKinds.wait, { object, site, flags: reasons.message }))
      if (open) continue
      happen(to, 3, (t) =>
        writer.add(thread, t, eventKinds.receive, {
          object: channel,
          seq: next(channel),
          site,
          arg: bytes(other, me),
          flags: flags.ends,
        }),
      )
    } else {
      const kind = kinds[cell]
      if (!kind) throw new Error(`The drawing has a "${cell}" that is no collective of it.`)
      const root = kind.root === me ? flags.root : 0
      happen(from, 2, (t) =>
        writer.add(thread, t, eventKinds.enter, {
          object: communicator,
          seq: ++rank.entered,
          site,
          flags: collectives[kind.operation] | root,
          arg: 8,
        }),
      )
      if (!open)
        happen(to, 5, (t) => writer.add(thread, t, eventKinds.leave, { object: communicator, seq: rank.entered, site }))
    }
  }
}

/** Whose send was over with the receive, or who has sent last before the column. */
function sender(rows: readonly string[], to: number, column: number): number {
  const waits = String.fromCharCode(65 + to)
  const taken = rows.findIndex((row) => row[column - 1] === waits && row[column] !== waits)
  if (taken >= 0) return taken
  const at = rows.map((row) => row.slice(0, column + 1).lastIndexOf(String(to)))
  return at.indexOf(Math.max(...at))
}

/** The drawing as a trace: finished and with rows, unless it is live. */
export function drawnRanks(drawing: string, options: RanksDrawing = {}): Trace {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-ranks-'))
  try {
    mkdirSync(join(folder, 'run'))
    writeRanks(drawing, join(folder, 'run'), options)
    const trace = createTrace(join(folder, 'drawing.interleave'))
    const ingest = new Ingest(trace, join(folder, 'run'))
    if (options.live) {
      while (!ingest.step(1000).caughtUp);
      trace.end = Math.max(...drawing.split('\n').map((line) => line.trim().length - 3)) * (options.unit ?? 1)
      trace.commit(Infinity)
      return trace
    }
    ingest.finish()
    makeRows(trace)
    trace.settle()
    return trace
  } finally {
    rmSync(folder, { recursive: true })
  }
}
