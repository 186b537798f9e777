// A finished trace into memory: the small tables and the index of blocks, not the blocks. Rows come from a file that is
// not trusted: a row that cites what is not there is a Refusal.
import type { Database } from 'better-sqlite3'
import { incidents, objectKinds, starts, type ObjectKind, type ObjectKindName } from '../../wire/kinds.ts'
import { laneKinds, type LaneKind } from '../../wire/api.ts'
import { Block, isCount, Lane } from './lane.ts'
import { Blame, hostPlaced, HostRow, IncidentRow, ObjectRow, ProcessRow, ThreadRow } from './model.ts'
import { Refusal } from './refusal.ts'
import { Trace } from './trace.ts'

type Row = Record<string, string | number | null | Uint8Array>
const damaged = (what: string): never => {
  throw new Refusal(`This trace is damaged: ${what}.`)
}
/** Number `id` must be the next place of the list: ids are serial. */
const next = (list: unknown[], id: unknown, what: string) => {
  if (id !== list.length) damaged(`its ${what} are not numbered from 1`)
}
const at = <T>(list: readonly T[], id: unknown, what: string): T =>
  (typeof id === 'number' ? list[id] : undefined) ?? damaged(`it cites a ${what} that it does not have`)

export const load = (db: Database, path: string): Trace => {
  const trace = new Trace(db, path, false)
  const rows = (sql: string): Row[] => db.prepare(sql).all() as Row[]
  for (const r of rows('SELECT * FROM run')) trace.facts.set(String(r.key), String(r.value))
  for (const r of rows('SELECT * FROM host ORDER BY id')) {
    next(trace.hosts, r.id, 'hosts')
    const h = new HostRow(r.id as number, String(r.name), String(r.clock))
    h.offset = Number(r.offset)
    h.drift = Number(r.drift)
    h.uncertainty = r.uncertainty as number | null
    h.placed = hostPlaced.find((how) => how === r.placed) ?? damaged('a host was placed in no known way')
    h.via = r.via as number | null
    h.messages = Number(r.messages)
    trace.hosts.push(h)
  }
  for (const h of trace.hosts) if (h?.via !== undefined && h.via !== null) at(trace.hosts, h.via, 'host')
  for (const r of rows('SELECT * FROM margin ORDER BY host, time'))
    at(trace.hosts, r.host, 'host').margins.push({
      time: Number(r.time),
      early: Number(r.early),
      late: Number(r.late),
    })
  for (const r of rows('SELECT * FROM process ORDER BY id')) {
    next(trace.processes, r.id, 'processes')
    const p = new ProcessRow(r.id as number, Number(r.pid), Number(r.start))
    p.parent = r.parent as number | null
    p.name = String(r.name)
    p.argv = list(r.argv)
    p.python = String(r.python)
    p.end = r.end as number | null
    p.ended = r.ended === 'clean' || r.ended === 'unseen' ? r.ended : 'cut'
    p.exit = exitOf(r.exit)
    p.how = typeof r.how === 'string' && r.how in starts ? (r.how as keyof typeof starts) : null
    p.signals = r.signals === 1
    p.host = at(trace.hosts, r.host, 'host').id
    if (r.rank !== null) p.rank = { group: String(r.grp), rank: Number(r.rank), size: Number(r.ranks) }
    p.dirty = false
    trace.processes.push(p)
  }
  for (const r of rows('SELECT * FROM site ORDER BY id')) {
    next(trace.sites, r.id, 'sites')
    trace.sites.push({
      id: r.id as number,
      file: String(r.file),
      line: Number(r.line),
      func: String(r.func),
      text: String(r.text),
      loop: String(r.loop),
      idle: r.idle === 1,
    })
  }
  for (const r of rows('SELECT * FROM stack ORDER BY id, depth')) {
    const sites = trace.stacks.get(Number(r.id)) ?? []
    sites.push(Number(r.site))
    trace.stacks.set(Number(r.id), sites)
  }
  for (const r of rows('SELECT * FROM object ORDER BY id')) {
    next(trace.objects, r.id, 'objects')
    const kind: ObjectKind | undefined = objectKinds[r.kind as ObjectKindName]
    const o = new ObjectRow(
      r.id as number,
      Number(r.process),
      kind ?? damaged('an object has no known kind'),
      String(r.name),
    )
    at(trace.processes, o.process, 'process')
    o.file = String(r.file)
    o.line = Number(r.line)
    o.created = r.created as number | null
    o.capacity = Number(r.capacity)
    o.internal = r.internal === 1
    o.signal = r.signal === 1
    o.shared = r.shared === 1
    o.common = r.common === 1
    o.key = String(r.key)
    o.belongs = Number(r.belongs ?? 0)
    o.dirty = false
    trace.objects.push(o)
  }
  for (const o of trace.objects) if (o?.belongs) at(trace.objects, o.belongs, 'object')
  for (const r of rows('SELECT * FROM member ORDER BY object, place')) {
    const o = at(trace.objects, r.object, 'object')
    ;(o.members ??= { group: String(r.grp), ranks: [] }).ranks.push(Number(r.rank))
  }
  for (const r of rows('SELECT * FROM thread ORDER BY id')) {
    const o = at(trace.objects, r.id, 'object')
    const t = new ThreadRow(o, Number(r.start))
    t.tid = r.tid as number | null
    t.daemon = r.daemon === 1
    t.loop = r.loop as number | null
    t.end = r.end as number | null
    t.parent = r.parent as number | null
    t.waited = Number(r.waited)
    t.error = r.error as string | null
    o.thread = t
    trace.threads.push(t)
  }
  for (const r of rows('SELECT * FROM task ORDER BY id')) {
    const o = at(trace.objects, r.id, 'object')
    const t = new ThreadRow(o, Number(r.start))
    t.loop = r.loop as number | null
    t.end = r.end as number | null
    t.parent = r.parent as number | null
    t.waited = Number(r.waited)
    t.error = r.error as string | null
    o.thread = t
    trace.threads.push(t)
  }
  loadLanes(trace, rows)
  for (const r of rows('SELECT * FROM contention')) {
    const o = at(trace.objects, r.object, 'object')
    o.total = Number(r.total)
    o.count = Number(r.count)
    o.longest = Number(r.longest)
    o.longestLane = at(trace.lanes, r.longest_lane, 'lane').id
    o.longestAt = Number(r.longest_at)
  }
  for (const r of rows('SELECT * FROM blame')) {
    const o = at(trace.objects, r.object, 'object')
    const b = new Blame(Number(r.wait_site), at(trace.objects, r.holder, 'thread').id, Number(r.holder_site))
    b.dur = Number(r.dur)
    b.count = Number(r.count)
    ;(o.blame ??= []).push(b)
  }
  for (const r of rows('SELECT * FROM incident')) {
    const o = at(trace.objects, r.object, 'object')
    const what = incidents.find((name) => name === r.what) ?? damaged('an incident is of no known sort')
    const i = new IncidentRow(what, Number(r.actor), Number(r.site), Number(r.first))
    i.count = Number(r.count)
    i.last = Number(r.last)
    ;(o.incidents ??= []).push(i)
  }
  for (const r of rows('SELECT * FROM loss'))
    trace.losses.set(r.what + ' ' + r.process, {
      what: String(r.what),
      process: Number(r.process),
      count: Number(r.count),
      sentence: String(r.sentence),
    })
  trace.events = Number(trace.facts.get('events') ?? 0)
  trace.end = Number(trace.facts.get('end') ?? 0)
  return trace
}

const loadLanes = (trace: Trace, rows: (sql: string) => Row[]) => {
  const last = new Map<number, Lane>()
  for (const r of rows('SELECT * FROM lane ORDER BY id')) {
    next(trace.lanes, r.id, 'lanes')
    if (!laneKinds.includes(r.kind as LaneKind)) damaged('a lane has no known kind')
    const object = at(trace.objects, r.object, 'object')
    const above = last.get(object.id) ?? null
    const first = object.lane
    const lane = new Lane(
      r.id as number,
      r.kind as LaneKind,
      first,
      above ? above.depth + 1 : 0,
      object.id,
      object.process,
    )
    if (lane.depth !== r.depth) damaged('the lanes of an object are out of order')
    if (isCount(lane)) lane.bound(object.capacity)
    if (above) above.next = lane
    else object.lane = lane
    if (lane.kind === 'process') trace.processes[object.process]!.lane = lane
    last.set(object.id, lane)
    trace.lanes.push(lane)
  }
  for (const t of trace.threads) if (!t.object.lane) damaged('a thread has no lane')
  const index = (sql: string, each: (lane: Lane, r: unknown[]) => void) => {
    for (const r of trace.db.prepare(sql).raw().all() as unknown[][]) each(at(trace.lanes, r[1], 'lane'), r)
  }
  index('SELECT id, lane, start, "end", count, levels FROM block ORDER BY id', (lane, r) => {
    if (!(r[5] instanceof Uint8Array)) damaged('a block has no levels')
    const block = new Block(r[0] as number, Number(r[2]), Number(r[3]), Number(r[4]), r[5] as Uint8Array, false)
    lane.blocks.push(block)
    lane.slices += block.count
    trace.slices += block.count
  })
  index('SELECT id, lane, start, "end", 0, levels FROM super ORDER BY id', (lane, r) => {
    if (!(r[5] instanceof Uint8Array)) damaged('a block has no levels')
    lane.supers.push(new Block(r[0] as number, Number(r[2]), Number(r[3]), 0, r[5] as Uint8Array, true))
  })
  for (const r of trace.db
    .prepare('SELECT id, min_from, start, "end", count FROM flow_block ORDER BY id')
    .raw()
    .all() as number[][]) {
    trace.flowBlocks.push({ id: r[0]!, minFrom: r[1]!, start: r[2]!, end: r[3]!, count: r[4]!, columns: null })
    trace.flows += r[4]!
  }
}

const exitOf = (value: unknown): number | string | null =>
  value === null ? null : /^-?\d+$/.test(String(value)) ? Number(value) : String(value)
const list = (text: unknown): string[] => {
  try {
    const value: unknown = JSON.parse(String(text))
    return Array.isArray(value) ? value.map(String) : []
  } catch {
    return []
  }
}
