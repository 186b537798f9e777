// The small tables on their way into the file: rows that are new or changed since the last commit, a bounded number at a
// time so that a burst of 100,000 locks does not stop the queries.
import type { Database, Statement } from 'better-sqlite3'
import { objectKinds } from '../../wire/kinds.ts'
import { kindName } from './model.ts'
import type { Trace } from './trace.ts'

type Value = string | number | null | Uint8Array
/** prepared statements by table */
export type Writes = Record<string, Statement>

const statement = (db: Database, writes: Writes, table: string, columns: number): Statement =>
  (writes[table] ??= db.prepare(`INSERT OR REPLACE INTO ${table} VALUES (${Array(columns).fill('?').join(', ')})`))

/** better-sqlite3 binds numbers as doubles: in a text column 0 would be "0.0" */
const text = (value: string | number | null) => (value === null ? null : String(value))

/** Writes at most about `limit` rows; false when some are left. */
export const writeRows = (trace: Trace, writes: Writes, limit: number): boolean => {
  const { db } = trace
  let left = limit
  const put = (table: string, ...values: Value[]) => {
    statement(db, writes, table, values.length).run(...values)
    left--
  }
  for (const p of trace.processes) {
    if (!p?.dirty) continue
    put(
      'process',
      p.id,
      p.pid,
      p.parent,
      p.name,
      JSON.stringify(p.argv),
      p.python,
      p.start,
      p.end,
      p.ended,
      text(p.exit),
      p.how,
      Number(p.signals),
      p.host,
      p.rank?.group ?? null,
      p.rank?.rank ?? null,
      p.rank?.size ?? null,
    )
    p.dirty = false
  }
  if (trace.hostsChanged)
    for (const h of trace.hosts) {
      if (!h) continue
      put('host', h.id, h.name, h.clock, h.offset, h.drift, h.uncertainty, h.placed, h.via, h.messages)
      for (const { time, early, late } of h.margins) put('margin', h.id, time, early, late)
    }
  trace.hostsChanged = false
  if (trace.factsChanged) for (const [key, value] of trace.facts) put('run', key, value)
  trace.factsChanged = false
  if (trace.lossesChanged) for (const l of trace.losses.values()) put('loss', l.what, l.process, l.count, l.sentence)
  trace.lossesChanged = false
  while (left > 0 && trace.newSites.length) {
    const s = trace.newSites.pop()!
    put('site', s.id, s.file, s.line, s.func, s.text, s.loop, Number(s.idle))
  }
  while (left > 0 && trace.newStacks.length) {
    const id = trace.newStacks.pop()!
    trace.stacks.get(id)!.forEach((site, depth) => put('stack', id, depth, site))
  }
  while (left > 0 && trace.dirtyObjects.length) {
    const o = trace.dirtyObjects.pop()!
    o.dirty = false
    put(
      'object',
      o.id,
      o.process,
      kindName(o.kind),
      o.name,
      o.file,
      o.line,
      o.created,
      o.capacity,
      Number(o.internal),
      Number(o.signal),
      Number(o.shared),
      Number(o.common),
      o.key,
      o.belongs || null,
    )
    o.members?.ranks.forEach((rank, place) => put('member', o.id, place, o.members!.group, rank))
    const t = o.thread
    if (t && o.kind === objectKinds.task)
      put('task', o.id, o.process, o.name, t.loop, t.start, t.end, t.parent, t.waited, t.error)
    else if (t)
      put(
        'thread',
        o.id,
        o.process,
        o.name,
        t.tid,
        Number(t.daemon),
        t.start,
        t.end,
        t.parent,
        t.waited,
        t.error,
        t.loop,
      )
  }
  while (left > 0 && trace.newLanes.length) {
    const l = trace.newLanes.pop()!
    put('lane', l.id, l.kind, l.parent?.id ?? null, l.depth, l.object)
  }
  return left > 0
}

/** What only a finished recording stores: who waited for what in all, who held it, and what left no slice. */
export const writeContention = (trace: Trace): void => {
  const { db } = trace
  const contention = db.prepare('INSERT OR REPLACE INTO contention VALUES (?, ?, ?, ?, ?, ?)')
  const blame = db.prepare('INSERT OR REPLACE INTO blame VALUES (?, ?, ?, ?, ?, ?)')
  const incident = db.prepare('INSERT OR REPLACE INTO incident VALUES (?, ?, ?, ?, ?, ?, ?)')
  for (let id = 1; id < trace.objects.length; id++) {
    const o = trace.objects[id]!
    if (o.count) contention.run(id, o.total, o.count, o.longest, o.longestLane, o.longestAt)
    for (const i of o.incidents ?? []) incident.run(i.what, id, i.actor, i.site, i.count, i.first, i.last)
    if (o.blame) for (const b of o.blame) blame.run(id, b.waitSite, b.holder, b.holderSite, Math.round(b.dur), b.count)
  }
}
