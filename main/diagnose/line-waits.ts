// What each actor waited for at one line again and again, in vain or only to look once more: waits that gave up, short
// sleeps in a loop that does nothing else, turns that a task gave away.
//
// Of threads all lines are followed but those of sleeps that stand for something, so that it is known how many waits there
// did not give up. A task's waits do not give up, they are cancelled: only its looks are followed, for there may be 100,000
// tasks. Waits for the GIL and plain waits for a turn on a loop have no line.
import { reasons, sliceOutcomes } from '../../wire/kinds.ts'
import type { SliceColumns } from '../query/read.ts'
import { isActor, type Lane } from '../store/lane.ts'
import type { Trace } from '../store/trace.ts'
import type { Tally } from './tally.ts'

/** Waits of one actor at one line for one reason. */
export class LineWaits {
  readonly actor: number
  readonly site: number
  readonly kind: number
  /** what was waited for, 0 = nothing of a name; -1 = several objects */
  object: number
  count = 0
  /** ns, all of them */
  total = 0
  gaveUp = 0
  /** ns, of those that gave up */
  inVain = 0
  first: number
  /** end of the last, and whether it gave up */
  last = 0
  endedInVain = false
  /** of those that gave up or, of sleeps, of all */
  longest = { lane: 0, time: 0, dur: -1 }
  constructor(actor: number, site: number, kind: number, object: number, first: number) {
    this.actor = actor
    this.site = site
    this.kind = kind
    this.object = object
    this.first = first
  }
}
export interface GaveUp {
  actor: number
  lane: number
  site: number
  start: number
  dur: number
}
/** waits for one condition that are kept */
const most = 1000

export class LinesWaited implements Tally {
  /** by actor */
  readonly all = new Map<number, LineWaits[]>()
  /** condition → waits for it that gave up, the first of them */
  readonly conditions = new Map<number, GaveUp[]>()
  private readonly trace: Trace
  constructor(trace: Trace) {
    this.trace = trace
  }
  reads = (lane: Lane): boolean => isActor(lane)

  add(lane: Lane, columns: SliceColumns, from: number, to: number): void {
    const { kind, outcome, site } = columns
    const { sites } = this.trace
    let lines = this.all.get(lane.object)
    const isTask = lane.kind === 'task'
    for (let i = from; i < to; i++) {
      const k = kind[i]!
      if (k === reasons.gil || site[i] === 0) continue
      const looks = k === reasons.sleep || k === reasons.loop
      if (looks ? sites[site[i]!]?.idle !== true : isTask) continue
      if (lines === undefined) this.all.set(lane.object, (lines = []))
      this.count(lineOf(lines, lane.object, columns, i), lane, columns, i, outcome[i] === sliceOutcomes.timedOut)
    }
  }
  private count(line: LineWaits, lane: Lane, columns: SliceColumns, i: number, gaveUp: boolean): void {
    const start = columns.start[i]!
    const dur = columns.dur[i]!
    line.count++
    line.total += dur
    line.last = start + dur
    line.endedInVain = gaveUp
    if (line.object !== columns.object[i]) line.object = -1
    const isVain = gaveUp || line.kind === reasons.sleep || line.kind === reasons.loop
    if (isVain && dur > line.longest.dur) line.longest = { lane: lane.id, time: start, dur }
    if (!gaveUp) return
    line.gaveUp++
    line.inVain += dur
    if (line.kind !== reasons.condition) return
    const object = columns.object[i]!
    let kept = this.conditions.get(object)
    if (!kept) this.conditions.set(object, (kept = []))
    if (kept.length < most) kept.push({ actor: lane.object, lane: lane.id, site: line.site, start, dur })
  }
}

function lineOf(lines: LineWaits[], actor: number, columns: SliceColumns, i: number): LineWaits {
  const kind = columns.kind[i]!
  const site = columns.site[i]!
  for (const line of lines) if (line.site === site && line.kind === kind) return line
  const line = new LineWaits(actor, site, kind, columns.object[i]!, columns.start[i]!)
  lines.push(line)
  return line
}

/** Of waits at one line for the same reason, by several threads: one thing to repair. Most time in vain first. */
export function byLine(lines: readonly LineWaits[]): LineWaits[][] {
  const groups = new Map<string, LineWaits[]>()
  for (const line of lines) {
    const key = `${line.site} ${line.kind}`
    const group = groups.get(key)
    if (group) group.push(line)
    else groups.set(key, [line])
  }
  for (const group of groups.values()) group.sort((a, b) => b.inVain - a.inVain || b.total - a.total)
  return [...groups.values()]
}
export const sumOf = (lines: readonly LineWaits[], field: 'count' | 'total' | 'gaveUp' | 'inVain'): number =>
  lines.reduce((sum, line) => sum + line[field], 0)
/** What all of them waited for; several objects = -1. */
export const objectOf = (lines: readonly LineWaits[]): number =>
  lines.every((line) => line.object === lines[0]!.object) ? lines[0]!.object : -1

/** ns that the actor lived */
export const lifeOf = (trace: Trace, actor: number): number => {
  const row = trace.objects[actor]!
  const thread = row.thread!
  return Math.max(1, (thread.end ?? trace.processes[row.process]?.end ?? trace.end) - thread.start)
}
