// One trace: its database and, in memory, the small tables, the index of blocks, the unsealed tails and open slices.
// The same for a finished file (load.ts filled it) and a live recording (ingest adds to it), so queries take a Trace
// and need not know which. Everything added is written at the next commit; slices and flows when their block is full.
import type { Database, Statement } from 'better-sqlite3'
import { levelsOfBlocks, levelsOfTail, blocksOfSuper, fewSlices, type Levels } from './detail.ts'
import { FlowColumns, blockFlows, encodeFlows, type FlowBlock } from './flows.ts'
import { Block, isCount, Lane } from './lane.ts'
import { Messages, writeBetween, type Between, type EntryRow, type SubmissionRow } from './between.ts'
import { Commands, writeCommands, type DeviceRow, type OnDevices, type StreamRow, type Work } from './commands.ts'
import { HostRow, IncidentRow, ObjectRow, ProcessRow, ThreadRow, type LossRow, type Site } from './model.ts'
import { blockSlices, encodeTail, rowFloats } from './tail.ts'
import { writeContention, writeRows, type Writes } from './write.ts'
import type { LaneKind } from '../../wire/api.ts'
import { objectKinds, type Incident, type ObjectKind } from '../../wire/kinds.ts'

/** of one object, told apart by actor and line */
const mostIncidents = 256

export class Trace implements Between, OnDevices {
  readonly db: Database
  readonly path: string
  /** being recorded into, by this process */
  live: boolean
  /** ns: end of what is known */
  end = 0
  /** table run */
  facts = new Map<string, string>()
  /** place = id; place 0 is empty */
  hosts: HostRow[] = [undefined as never]
  processes: ProcessRow[] = [undefined as never]
  objects: ObjectRow[] = [undefined as never]
  lanes: Lane[] = [undefined as never]
  sites: Site[] = [undefined as never]
  threads: ThreadRow[] = []
  /** stack id → site ids, innermost first */
  stacks = new Map<number, number[]>()
  losses = new Map<string, LossRow>()
  // of a recording only: of a trace that was opened they are in its file
  readonly messages = new Messages()
  readonly entries: EntryRow[] = []
  readonly submissions: SubmissionRow[] = []
  readonly commands = new Commands()
  /** place = id; place 0 is empty */
  readonly works: Work[] = [undefined as never]
  readonly devices = new Map<number, DeviceRow>()
  readonly streams = new Map<number, StreamRow>()
  events = 0
  slices = 0
  flows = 0
  flowBlocks: FlowBlock[] = []
  flowTail = new FlowColumns(blockFlows)
  /** what was loaded, oldest first: dropped again when it is too much */
  loaded: { block: Block; level: number; bytes: number }[] = []
  loadedBytes = 0
  private writes: Writes | null = null
  private insertBlock: Statement | null = null
  private insertColumns: Statement | null = null
  private insertDetail: Statement | null = null
  private insertSuper: Statement | null = null
  private insertFlows: Statement | null = null
  private blockId = 0
  private superId = 0
  readonly dirtyObjects: ObjectRow[] = []
  readonly newLanes: Lane[] = []
  readonly newSites: Site[] = []
  readonly newStacks: number[] = []
  factsChanged = false
  hostsChanged = false
  lossesChanged = false

  private readonly statements = new Map<string, Statement>()

  constructor(db: Database, path: string, live: boolean) {
    this.db = db
    this.path = path
    this.live = live
  }

  /** A prepared statement, made once. */
  statement(sql: string): Statement {
    let made = this.statements.get(sql)
    if (!made) this.statements.set(sql, (made = this.db.prepare(sql)))
    return made
  }

  // ── adding to a live recording ────────────────────────────────────────────────────────────────────────────────────
  setFact(key: string, value: string): void {
    this.facts.set(key, value)
    this.factsChanged = true
  }
  addNote(text: string): void {
    this.setFact('notes', JSON.stringify([...this.notes, text]))
  }
  get notes(): string[] {
    return JSON.parse(this.facts.get('notes') ?? '[]') as string[]
  }
  /** The machine of that clock. */
  hostOf(name: string, clock: string): HostRow {
    const known = this.hosts.find((host) => host?.clock === clock && host.name === name)
    if (known) return known
    const made = new HostRow(this.hosts.length, name, clock)
    this.hosts.push(made)
    this.hostsChanged = true
    return made
  }
  addProcess(pid: number, start: number): ProcessRow {
    const row = new ProcessRow(this.processes.length, pid, start)
    this.processes.push(row)
    return row
  }
  addSite(site: Omit<Site, 'id'>): Site {
    const made = { id: this.sites.length, ...site }
    this.sites.push(made)
    this.newSites.push(made)
    return made
  }
  addStack(sites: number[]): number {
    const id = this.stacks.size + 1
    this.stacks.set(id, sites)
    this.newStacks.push(id)
    return id
  }
  addObject(process: number, kind: ObjectKind, name: string): ObjectRow {
    const row = new ObjectRow(this.objects.length, process, kind, name)
    this.objects.push(row)
    this.dirtyObjects.push(row)
    return row
  }
  /** A thread or a task is an object with a lane from the start. */
  addThread(process: number, name: string, start: number, kind: ObjectKind = objectKinds.thread): ThreadRow {
    const object = this.addObject(process, kind, name)
    const row = new ThreadRow(object, start)
    object.thread = row
    object.created = start
    object.lane = this.addLane(kind === objectKinds.task ? 'task' : 'thread', object, null)
    this.threads.push(row)
    return row
  }
  addLane(kind: LaneKind, object: ObjectRow, above: Lane | null): Lane {
    const depth = above ? above.depth + 1 : 0
    const lane = new Lane(this.lanes.length, kind, above && (above.parent ?? above), depth, object.id, object.process)
    if (isCount(lane)) lane.bound(object.capacity)
    if (above) above.next = lane
    this.lanes.push(lane)
    this.newLanes.push(lane)
    return lane
  }
  changed(object: ObjectRow): void {
    if (object.dirty) return
    object.dirty = true
    this.dirtyObjects.push(object)
  }
  /** The lane `depth` below the first one of its object, made when it is not there yet. */
  laneAt(first: Lane, depth: number): Lane {
    let lane = first
    while (lane.depth < depth) lane = lane.next ?? this.addLane(lane.kind, this.objects[lane.object]!, lane)
    return lane
  }
  lose(what: string, process: number, count: number, sentence: string): void {
    const key = what + ' ' + process
    const row = this.losses.get(key)
    if (row) row.count += count
    else this.losses.set(key, { what, process, count, sentence })
    this.lossesChanged = true
  }

  /** What happened at the object and leaves no slice: counted by who did it and where. */
  incident(what: Incident, object: ObjectRow, actor: number, site: number, time: number): void {
    const known = (object.incidents ??= [])
    let row = known.find((i) => i.what === what && i.actor === actor && i.site === site)
    if (!row) {
      // of an object that hundreds of places try, the rest is counted together
      const many = known.length >= mostIncidents
      row = (many && known.find((i) => i.what === what && i.actor === 0)) || undefined
      if (!row) known.push((row = new IncidentRow(what, many ? 0 : actor, many ? 0 : site, time)))
    }
    row.count++
    row.last = time
  }

  setLoss(what: string, process: number, count: number, sentence: string): void {
    const row = this.losses.get(what + ' ' + process)
    if (count > 0 && row?.count !== count) this.lose(what, process, count - (row?.count ?? 0), sentence)
  }

  /** A finished slice; on the next lane of the object where it would overlap what is stored. Out: the lane. */
  push(
    lane: Lane,
    start: number,
    dur: number,
    kind: number,
    object: number,
    site: number,
    arg: number,
    stack: number,
    outcome: number,
  ): Lane {
    let at = lane
    while (!at.push(start, dur, kind, object, site, arg, stack, outcome)) at = this.laneAt(lane, at.depth + 1)
    this.slices++
    if (at.tail!.n === blockSlices) this.seal(at)
    return at
  }
  /** The lane's open slice ends. */
  closeSlice(lane: Lane, time: number, stack: number, outcome: number): void {
    const kind = lane.openKind
    if (lane.closeOpen(time, stack, outcome)) {
      this.slices++
      if (lane.tail!.n === blockSlices) this.seal(lane)
    } else {
      const dur = time > lane.openStart ? time - lane.openStart : 0
      this.push(
        lane,
        lane.openStart,
        dur,
        kind,
        lane.openObject,
        lane.openSite,
        lane.openArg,
        stack || lane.openStack,
        outcome,
      )
    }
  }
  flow(kind: number, fromLane: number, fromTime: number, toLane: number, toTime: number, object: number): void {
    this.flowTail.push(kind, fromLane, fromTime, toLane, toTime, object)
    this.flows++
    if (this.flowTail.n === blockFlows) this.sealFlows()
  }

  // ── sealing blocks ────────────────────────────────────────────────────────────────────────────────────────────────
  seal(lane: Lane): void {
    const tail = lane.tail
    if (!tail || tail.n === 0) return
    const { n, floats } = tail
    this.begin()
    const id = ++this.blockId
    const start = floats[0]!
    const end = floats[(n - 1) * rowFloats]! + floats[(n - 1) * rowFloats + 1]!
    this.insertColumns ??= this.db.prepare('INSERT INTO slice_block VALUES (?, ?)')
    this.insertColumns.run(id, encodeTail(tail))
    let levels: Uint8Array = new Uint8Array(0)
    const made = n > fewSlices ? levelsOfTail(tail, lane.low, lane.half, lane.full) : null
    if (made) {
      levels = made.levels
      this.insertDetail ??= this.db.prepare('INSERT INTO detail VALUES (?, ?)')
      this.insertDetail.run(id * 32, made.coarse)
      for (const { level, items } of made.fine) this.insertDetail.run(id * 32 + level, items)
    }
    this.insertBlock ??= this.db.prepare('INSERT INTO block VALUES (?, ?, ?, ?, ?, ?)')
    this.insertBlock.run(id, lane.id, start, end, n, levels)
    const block = new Block(id, start, end, n, levels, false)
    if (made) block.coarse = made.coarse
    lane.blocks.push(block)
    if (tail.room === blockSlices) tail.clear()
    else lane.tail = null
    this.mergeBlocks(lane, block, made?.finestCoarse ?? null)
  }
  private mergeBlocks(lane: Lane, block: Block, finest: Levels['finestCoarse']): void {
    // only the last block of a lane can be too short to have levels, so every 32 blocks make a super
    if (!finest) return
    if (lane.merging.length === 0) lane.mergingFrom = block.start
    lane.merging.push(finest)
    if (lane.merging.length < blocksOfSuper) return
    const { levels, coarse } = levelsOfBlocks(lane.merging)
    const start = lane.mergingFrom
    const id = ++this.superId
    this.insertSuper ??= this.db.prepare('INSERT INTO super VALUES (?, ?, ?, ?, ?, ?)')
    this.insertSuper.run(id, lane.id, start, block.end, levels, coarse)
    const merged = new Block(id, start, block.end, 0, levels, true)
    merged.coarse = coarse
    lane.supers.push(merged)
    lane.merging = []
  }
  sealFlows(): void {
    const f = this.flowTail
    if (f.n === 0) return
    this.begin()
    const block: FlowBlock = {
      id: this.flowBlocks.length + 1,
      minFrom: least(f.fromTime, f.n),
      start: least(f.toTime, f.n),
      end: most(f.toTime, f.n),
      count: f.n,
      columns: null,
    }
    this.insertFlows ??= this.db.prepare('INSERT INTO flow_block VALUES (?, ?, ?, ?, ?, ?)')
    this.insertFlows.run(block.id, block.minFrom, block.start, block.end, block.count, encodeFlows(f))
    this.flowBlocks.push(block)
    f.n = 0
  }

  // ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────────
  /** All writing is inside a transaction, until the next commit: one for each block cost 50 ns an event. */
  begin(): void {
    if (!this.db.inTransaction) this.db.exec('BEGIN')
  }
  /** Rows that changed, at most `limit` of them, then commit. False: there are more to write. */
  commit(limit = 2000): boolean {
    this.begin()
    const done = writeRows(this, (this.writes ??= {} as Writes), limit)
    this.db.exec('COMMIT')
    return done
  }

  /** The recording is over and everything is in: seal what is left. Rows are made by rows.ts. */
  finish(): void {
    this.begin()
    for (const lane of this.lanes) if (lane) this.seal(lane)
    this.sealFlows()
    this.setFact('events', String(this.events))
    this.setFact('end', String(Math.round(this.end)))
    while (!this.commit(Infinity));
    this.begin()
    writeContention(this)
    writeBetween(this.db, this)
    writeCommands(this.db, this, this.objects)
    this.db.exec('COMMIT')
    this.live = false
  }
  /** After rows and findings: one file again, with no -wal beside it. */
  settle(): void {
    this.db.pragma('wal_checkpoint(TRUNCATE)')
    this.db.pragma('journal_mode = DELETE')
  }
  close(): void {
    this.db.close()
  }
}
const least = (column: Float64Array, n: number): number => {
  let found = Infinity
  for (let i = 0; i < n; i++) if (column[i]! < found) found = column[i]!
  return found
}
const most = (column: Float64Array, n: number): number => {
  let found = -Infinity
  for (let i = 0; i < n; i++) if (column[i]! > found) found = column[i]!
  return found
}
