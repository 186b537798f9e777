// What several traces have halves of, drawn as if one recording had seen it all. In: rows of the tables message, entry and
// submission of each trace. Out: the same tables of the merged trace; of joint objects what happened is put in one order
// and told to the ingest's own functions, which pair messages, draw bands of collectives, jobs and their queues, and
// arrows. What belongs to one trace alone was drawn there, and its rows are copied.
import { flags, flowKinds } from '../../wire/kinds.ts'
import { collectives, type Collective } from '../../wire/operations.ts'
import { receive, send } from '../ingest/channels.ts'
import { enter, leave } from '../ingest/collectives.ts'
import { accept, hearJob, keyedBegins, keyedEnds, keyedResult, submitKeyed } from '../ingest/keyed-jobs.ts'
import { ObjectState, ThreadState } from '../ingest/object-state.ts'
import { endHolds } from '../ingest/objects.ts'
import { EntryRow, SubmissionRow, type Place } from '../store/between.ts'
import { eachSlice } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import type { Copy, MessageWaits } from './copy.ts'

/** Something that happened to a joint object; `order`: causes first, should the times be the same. */
interface Happening {
  time: number
  order: number
  tell: () => void
}

export class Join {
  private readonly to: Trace
  private readonly happened: Happening[] = []
  private readonly objects = new Map<number, ObjectState>()
  private readonly actors = new Map<number, ThreadState>()

  constructor(to: Trace) {
    this.to = to
  }
  private object(number: number): ObjectState {
    let state = this.objects.get(number)
    if (!state) this.objects.set(number, (state = new ObjectState(this.to.objects[number]!)))
    return state
  }
  private actor(lane: number): ThreadState {
    const { object } = this.to.lanes[lane]!
    let state = this.actors.get(object)
    if (!state) this.actors.set(object, (state = new ThreadState(this.to.objects[object]!.thread!)))
    return state
  }
  private at(time: number, order: number, tell: () => void): void {
    this.happened.push({ time, order, tell })
  }

  add(copy: Copy): void {
    this.messages(copy)
    this.entries(copy)
    this.submissions(copy)
  }

  private messages({ from, numbers, joint, time }: Copy): void {
    const { to } = this
    const rows = from.db.prepare('SELECT * FROM message').raw().iterate() as IterableIterator<(number | null)[]>
    for (const [channel, number, fromLane, fromTime, toLane, toTime, bytes] of rows) {
      const object = numbers.objects[channel!]!
      const [cause, effect] = [fromLane, toLane].map((lane) => (lane === null ? null : numbers.lanes[lane!]))
      if (joint.has(object) && number! > 0) {
        if (cause) {
          const at = time(fromTime!)
          this.at(at, 0, () => send(to, this.actor(cause), this.object(object), at, number!, bytes!, null))
        }
        if (effect) {
          const at = time(toTime!)
          this.at(at, 1, () => receive(to, this.actor(effect), this.object(object), at, number!, bytes!, -1))
        }
        continue
      }
      const { messages } = to
      const row = messages.add(object, number!)
      messages.bytes[row] = bytes!
      if (cause) [messages.fromLane[row], messages.fromTime[row]] = [cause, time(fromTime!)]
      if (effect) [messages.toLane[row], messages.toTime[row]] = [effect, time(toTime!)]
    }
  }

  private entries({ from, numbers, joint, time }: Copy): void {
    const { to } = this
    const rows = from.db.prepare('SELECT * FROM entry').all() as {
      communicator: number
      number: number
      lane: number
      entered: number
      left: number | null
      operation: Collective
      root: number
      bytes: number
      site: number
    }[]
    for (const e of rows) {
      const object = numbers.objects[e.communicator]!
      const lane = numbers.lanes[e.lane]!
      const site = numbers.sites[e.site] ?? 0
      const entered = time(e.entered)
      const left = e.left === null ? null : time(e.left)
      if (!joint.has(object)) {
        const row = new EntryRow(object, e.number, lane, entered, e.operation, e.root === 1, e.bytes, site)
        to.entries.push(Object.assign(row, { left }))
        continue
      }
      // its wait is a slice already
      const flag = collectives[e.operation] | flags.nonblocking | (e.root === 1 ? flags.root : 0)
      const { number, bytes } = e
      this.at(entered, 0, () =>
        enter(to, this.actor(lane), this.object(object), entered, { number, flag, bytes, site, stack: 0 }),
      )
      if (left !== null) this.at(left, 1, () => leave(to, this.actor(lane), this.object(object), left, number))
    }
  }

  private submissions({ from, numbers, joint, time }: Copy): void {
    const { to } = this
    const needs = new Map<string, string[]>()
    for (const [pool, number, key] of from.db.prepare('SELECT * FROM need').raw().all() as [number, number, string][]) {
      const known = needs.get(`${pool} ${number}`)
      if (known) known.push(key)
      else needs.set(`${pool} ${number}`, [key])
    }
    const sites = functionsOfJobs(from)
    const rows = from.db.prepare('SELECT * FROM submission').all() as Record<string, number & string>[]
    const several = new Set<string>()
    const seen = new Set<string>()
    for (const s of rows) (seen.has(`${s.pool} ${s.key}`) ? several : seen).add(`${s.pool} ${s.key}`)
    for (const s of rows) {
      const pool = numbers.objects[s['pool']!]!
      const place = (lane: string, at: string): Place | null =>
        s[lane] === null ? null : { lane: numbers.lanes[s[lane]!]!, time: time(s[at]!) }
      const row = new SubmissionRow(pool, s['number']!, s['key']!)
      const { name, id, parent, bytes, retries } = s
      Object.assign(row, { name, id, parent, bytes, retries, group: s['grp'], ignored: s['ignored'] === 1 })
      row.due = s['due'] === null ? null : time(s['due']!)
      row.needs = needs.get(`${s['pool']} ${s['number']}`) ?? []
      row.submitted = place('from_lane', 'submitted')
      row.accepted = place('accept_lane', 'accepted')
      row.begun = place('worker_lane', 'begun')
      row.fetched = place('to_lane', 'fetched')
      row.ended = s['ended'] === null ? null : time(s['ended']!)
      row.outcome = s['outcome'] as number | null
      row.site = numbers.sites[s['site']!] ?? 0
      if (!joint.has(pool)) to.submissions.push(row)
      else
        this.job(row, {
          site: numbers.sites[sites.get(`${s['pool']} ${s['number']}`) ?? 0] ?? 0,
          isTry: several.has(`${s['pool']} ${s['key']}`),
        })
    }
  }
  /** `isTry`: one of several of that key. */
  private job(row: SubmissionRow, { site, isTry }: { site: number; isTry: boolean }): void {
    const { to } = this
    const { pool, key, submitted, accepted, begun, ended, outcome, fetched } = row
    const object = this.object(pool)
    const since = Number(to.facts.get('started_at') ?? 0)
    hearJob(to, object, {
      k: 'job',
      pool,
      key,
      ...(row.name && { name: row.name }),
      ...(row.id && { id: row.id }),
      ...(row.parent && { parent: row.parent }),
      ...(row.group && { group: row.group }),
      ...(row.bytes && { bytes: row.bytes }),
      ...(row.needs.length > 0 && { needs: row.needs }),
      ...(row.due !== null && { due: row.due / 1e6 + since }),
      ...(row.ignored && { ignored: true }),
      ...(isTry && { retries: row.retries }),
    })
    const told = (at: Place | null, order: number, tell: (actor: ThreadState, time: number) => void) => {
      if (at) this.at(at.time, order, () => tell(this.actor(at.lane), at.time))
    }
    told(submitted, 0, (actor, time) => submitKeyed(to, actor, object, time, { key, site: row.site }))
    told(accepted, 1, (actor, time) => accept(to, actor, object, time, key))
    told(begun, 2, (actor, time) => keyedBegins(to, actor, object, time, { key, site, pools: this.objects.values() }))
    if (begun && ended !== null)
      told({ lane: begun.lane, time: ended }, 3, (actor, time) =>
        keyedEnds(to, actor, object, time, { key, outcome: outcome ?? 0 }),
      )
    told(fetched, 4, (actor, time) => keyedResult(to, actor, object, time, key))
  }

  /** All traces are in: what happened is told in order. */
  finish(waits: MessageWaits): void {
    const { to, happened } = this
    happened.sort((a, b) => a.time - b.time || a.order - b.order)
    for (const { tell } of happened) tell()
    for (const object of this.objects.values()) endHolds(to, object, to.end)
    this.taken(waits)
  }
  /** A send that had waited until its message was taken, by a receive that began later: what it had waited for. */
  private taken({ sends, receives }: MessageWaits): void {
    const { messages: m } = this.to
    for (let i = 0; i < m.n; i++) {
      const channel = this.objects.get(m.channel[i]!)?.channel
      if (!channel || channel.lost || m.fromLane[i]! < 0 || m.toLane[i]! < 0) continue
      const [from, sent, to] = [m.fromLane[i]!, m.fromTime[i]!, m.toLane[i]!]
      const woke = sends.get(`${from} ${sent}`)
      const since = receives.get(`${to} ${m.toTime[i]}`)
      if (woke !== undefined && since !== undefined && since > sent && since <= woke && from !== to)
        this.to.flow(flowKinds.taken, to, since, from, woke, m.channel[i]!)
    }
  }
}

/** Pool and number of a job → the first line of its function. */
function functionsOfJobs(trace: Trace): Map<string, number> {
  const sites = new Map<string, number>()
  for (const lane of trace.lanes)
    if (lane?.kind === 'pool')
      eachSlice(trace, lane, -Infinity, Infinity, ({ arg, site }) => void sites.set(`${lane.object} ${arg}`, site))
  return sites
}
