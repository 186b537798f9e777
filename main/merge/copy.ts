// One trace into another: all that belongs to its processes, with new numbers and on the new clock. What several traces have
// together (communicators, channels, pools of keyed jobs) becomes one object, and what was drawn of it is left out here:
// join.ts draws it from the halves of all.
//
// A lane at a time and a block at a time: a trace is never whole in memory.
import { flowKinds, objectKinds, reasons, sliceKinds } from '../../wire/kinds.ts'
import type { FlowRow } from '../store/flows.ts'
import { isActor, type Lane } from '../store/lane.ts'
import { Blame, IncidentRow, ThreadRow, type ObjectRow } from '../store/model.ts'
import { eachSlice, loadFlows, type SliceRow } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import type { Joint } from './joint.ts'

/** Old number → new one; place 0 is 0. */
export interface Numbers {
  hosts: number[]
  processes: number[]
  sites: number[]
  stacks: Map<number, number>
  objects: number[]
  lanes: (number | null)[]
  /** what kernels and ranges are called */
  works: number[]
}

/** Waits for messages of joint channels, to see what a send had waited for: lane and time. */
export interface MessageWaits {
  /** lane, begin of a wait to be taken → its end */
  sends: Map<string, number>
  /** lane, end of a wait for a message → its begin */
  receives: Map<string, number>
}

/** Flows that join.ts draws anew. */
const drawnAnew = new Set<number>([
  flowKinds.message,
  flowKinds.taken,
  flowKinds.collective,
  flowKinds.submit,
  flowKinds.result,
  flowKinds.needs,
])

export class Copy {
  readonly from: Trace
  readonly to: Trace
  readonly joint: Joint
  /** ns of the old trace → ns of the new one */
  readonly time: (at: number) => number
  readonly numbers: Numbers = {
    hosts: [0],
    processes: [0],
    sites: [0],
    stacks: new Map([[0, 0]]),
    objects: [0],
    lanes: [0],
    works: [0],
  }

  constructor(from: Trace, to: Trace, joint: Joint, time: (at: number) => number) {
    this.from = from
    this.to = to
    this.joint = joint
    this.time = (at) => Math.round(time(at))
  }
  private end = (at: number | null): number | null => (at === null ? null : this.time(at))

  /** `hosts`: numbers in the new trace of the old one's hosts. */
  tables(hosts: number[], sites: Map<string, number>): void {
    const { from, to, numbers } = this
    numbers.hosts = hosts
    for (const old of from.processes)
      if (old) numbers.processes[old.id] = to.addProcess(old.pid, this.time(old.start)).id
    for (const old of from.processes) {
      if (!old) continue
      const { id: _, lane: _lane, start: _start, ...fields } = old
      const row = to.processes[numbers.processes[old.id]!]!
      const parent = old.parent === null ? null : numbers.processes[old.parent]!
      Object.assign(row, fields, { parent, host: hosts[old.host]!, end: this.end(old.end), dirty: true })
    }
    for (const site of from.sites) {
      if (!site) continue
      const { id, ...rest } = site
      const key = JSON.stringify(rest)
      if (!sites.has(key)) sites.set(key, to.addSite(rest).id)
      numbers.sites[id] = sites.get(key)!
    }
    for (const [id, frames] of from.stacks)
      numbers.stacks.set(id, to.addStack(frames.map((site) => numbers.sites[site] ?? 0)))
    for (const old of from.objects) if (old) this.object(old)
    for (const old of from.objects)
      if (old?.belongs) to.objects[numbers.objects[old.id]!]!.belongs = numbers.objects[old.belongs] ?? 0
    for (const { object, ...old } of from.threads) this.thread(object.id, old)
    const above = new Map<number, Lane>()
    for (const lane of from.lanes) if (lane) this.lane(lane, above)
    for (const old of from.objects) if (old) this.counted(old)
    for (const { what, process, count, sentence } of from.losses.values())
      to.lose(what, numbers.processes[process] ?? 0, count, sentence)
  }

  private object(old: ObjectRow): void {
    const { to, numbers, joint } = this
    const known = joint.row(old)
    const process = numbers.processes[old.process]!
    const row = known ?? to.addObject(process, old.kind, old.name)
    numbers.objects[old.id] = row.id
    if (joint.isJoint(old)) joint.add(old, row)
    const { file, line, capacity, internal, signal, shared, common, key } = old
    if (known) {
      row.capacity = old.kind === objectKinds.pool ? row.capacity + capacity : Math.max(row.capacity, capacity)
      row.members ??= old.members
      row.shared = true
      to.changed(row)
    } else Object.assign(row, { file, line, capacity, internal, signal, shared, common, key, members: old.members })
    const created = this.end(old.created)
    if (created !== null) row.created = Math.min(row.created ?? Infinity, created)
  }
  private thread(id: number, old: Omit<ThreadRow, 'object'>): void {
    const { to, numbers } = this
    const object = to.objects[numbers.objects[id]!]!
    const row = new ThreadRow(object, this.time(old.start))
    const { tid, daemon, error, waited } = old
    const number = (of: number | null) => (of === null ? null : numbers.objects[of]!)
    Object.assign(row, { tid, daemon, error, waited, end: this.end(old.end) })
    Object.assign(row, { parent: number(old.parent), loop: number(old.loop) })
    object.thread = row
    to.threads.push(row)
  }
  private lane(old: Lane, above: Map<number, Lane>): void {
    const { from, to, numbers, joint } = this
    if (joint.drawsAnew(from.objects[old.object]!)) return void (numbers.lanes[old.id] = null)
    const object = to.objects[numbers.objects[old.object]!]!
    const lane = to.addLane(old.kind, object, above.get(object.id) ?? null)
    object.lane ??= lane
    if (old.kind === 'process') to.processes[object.process]!.lane = lane
    above.set(object.id, lane)
    numbers.lanes[old.id] = lane.id
  }
  /** What was counted at an object. */
  private counted(old: ObjectRow): void {
    const { to, numbers, joint } = this
    const row = to.objects[numbers.objects[old.id]!]!
    const anew = joint.drawsAnew(old)
    if (!anew || old.kind !== objectKinds.pool) {
      row.total += old.total
      row.count += old.count
      const lane = numbers.lanes[old.longestLane]
      if (old.longest > row.longest && lane) {
        Object.assign(row, { longest: old.longest, longestLane: lane, longestAt: this.time(old.longestAt) })
      }
    }
    for (const b of anew ? [] : (old.blame ?? [])) {
      const { objects, sites } = numbers
      const made = new Blame(sites[b.waitSite] ?? 0, objects[b.holder] ?? 0, sites[b.holderSite] ?? 0)
      ;(row.blame ??= []).push(Object.assign(made, { dur: b.dur, count: b.count }))
    }
    for (const i of old.incidents ?? []) {
      if (anew && i.what === 'mismatched') continue
      const actor = numbers.objects[i.actor] ?? 0
      const made = new IncidentRow(i.what, actor, numbers.sites[i.site] ?? 0, this.time(i.first))
      ;(row.incidents ??= []).push(Object.assign(made, { count: i.count, last: this.time(i.last) }))
    }
  }

  slices(lane: Lane, waits: MessageWaits): void {
    const { from, to, numbers, joint } = this
    const number = numbers.lanes[lane.id]
    if (number === null || number === undefined) return
    const into = to.lanes[number]!
    const actor = isActor(lane)
    eachSlice(from, lane, -Infinity, Infinity, (s) => {
      // the clock was made slower or faster: what began 1 ns later still does
      const start = Math.max(this.time(s.start), into.lastEnd, into.lastStart + 1)
      const end = Math.max(this.time(s.start + s.dur), start)
      const object = numbers.objects[s.object] ?? 0
      const site = numbers.sites[s.site] ?? 0
      const stack = numbers.stacks.get(s.stack) ?? 0
      to.push(into, start, end - start, s.kind, object, site, this.argument(s, actor), stack, s.outcome)
      if (!actor || lane.depth > 0 || !joint.has(object)) return
      if (s.kind === reasons.send) waits.sends.set(`${number} ${start}`, end)
      else if (s.kind === reasons.message) waits.receives.set(`${number} ${end}`, start)
    })
  }
  /** A wait has in it who had the object then, a kernel or a range what it is called; else it is a number of something. */
  private argument({ kind, arg }: SliceRow, actor: boolean): number {
    if (kind === sliceKinds.kernel || kind === sliceKinds.range) return this.numbers.works[arg] ?? 0
    if (!actor || kind === reasons.sleep || kind === reasons.collective) return arg
    return this.numbers.objects[arg] ?? 0
  }

  flows(): void {
    const { from, to, numbers, joint } = this
    for (const block of from.flowBlocks) {
      const flows = loadFlows(from, block)
      for (let i = 0; i < flows.n; i++) {
        const f: FlowRow = flows.row(i)
        const object = numbers.objects[f.object] ?? 0
        if (joint.has(object) && drawnAnew.has(f.kind)) continue
        const [cause, effect] = [numbers.lanes[f.fromLane], numbers.lanes[f.toLane]]
        if (cause && effect) to.flow(f.kind, cause, this.time(f.fromTime), effect, this.time(f.toTime), object)
      }
    }
  }
}
