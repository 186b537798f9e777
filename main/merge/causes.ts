// What cannot have been after what, between traces of different clocks. In: finished traces. Out: bounds of each pair of
// their clocks, from the halves that lie in different traces:
//
//   message     sent     ≤  received          by channel and number, where both sides say the same length
//   job         submitted ≤ begun, accepted   by pool and key; begun ≤ fetched, where it came to a result. Not ended ≤
//                                             fetched: a library may store a result before it says that the job is over
//   collective  entered  ≤  left              of the root by the others, of the others by the root, of all by all
//
// Only what the data forces is taken: of a scatter or alltoall a rank may get nothing and leave before the others come.
import { outcomes } from '../../wire/kinds.ts'
import { type Collective } from '../../wire/operations.ts'
import type { Trace } from '../store/trace.ts'
import type { Pair } from './align.ts'
import { Bounds } from './bounds.ts'

/** A trace's times → the clock that it was recorded by. */
export interface Source {
  trace: Trace
  clock: number
  /** ns to add: traces of one clock began at different times */
  since: number
}
interface Moment {
  clock: number
  time: number
}

export function causes(sources: readonly Source[]): Pair[] {
  const pairs = new Map<string, Pair>()
  const before = (cause: Moment | undefined, effect: Moment | undefined) => {
    if (!cause || !effect || cause.clock === effect.clock) return
    const [to, of] = [Math.min(cause.clock, effect.clock), Math.max(cause.clock, effect.clock)]
    const key = `${of} ${to}`
    let pair = pairs.get(key)
    if (!pair) pairs.set(key, (pair = { of, to, bounds: new Bounds() }))
    if (effect.clock === of) pair.bounds.notBefore(effect.time, cause.time)
    else pair.bounds.notAfter(cause.time, effect.time)
  }
  messages(sources, before)
  jobs(sources, before)
  collectivesOf(sources, before)
  return [...pairs.values()]
}
type Before = (cause: Moment | undefined, effect: Moment | undefined) => void

interface Half extends Moment {
  bytes: number
}
function messages(sources: readonly Source[], before: Before): void {
  const channels = new Map<string, { sent: Map<number, Half>; received: Map<number, Half>; astray: boolean }>()
  for (const { trace, clock, since } of sources) {
    const halves = trace.db
      .prepare(
        `SELECT o.key, m.number, m.from_time, m.to_time, m.bytes FROM message m JOIN object o ON o.id = m.channel
         WHERE o.key <> '' AND m.number > 0 AND (m.from_lane IS NULL) <> (m.to_lane IS NULL)`,
      )
      .raw()
      .iterate() as IterableIterator<[string, number, number | null, number | null, number]>
    for (const [key, number, from, to, bytes] of halves) {
      let channel = channels.get(key)
      if (!channel) channels.set(key, (channel = { sent: new Map(), received: new Map(), astray: false }))
      const [own, others] = from === null ? [channel.received, channel.sent] : [channel.sent, channel.received]
      const half = { clock, time: (from ?? to!) + since, bytes }
      own.set(number, half)
      const other = others.get(number)
      // a number was lost: from there on no pair is sure
      if (other && bytes > 0 && other.bytes > 0 && other.bytes !== bytes) channel.astray = true
    }
  }
  for (const { sent, received, astray } of channels.values())
    if (!astray) for (const [number, cause] of sent) before(cause, received.get(number))
}

type Step = 'submitted' | 'accepted' | 'begun' | 'fetched'
const steps: readonly Step[] = ['submitted', 'accepted', 'begun', 'fetched']
function jobs(sources: readonly Source[], before: Before): void {
  const known = new Map<string, Partial<Record<Step, Moment>> & { done?: boolean }>()
  const severalTries = new Set<string>()
  for (const { trace, clock, since } of sources) {
    const rows = trace.db
      .prepare(
        `SELECT o.key || ' ' || s.key, count(*), max(s.outcome = ${outcomes.done}), s.submitted, s.accepted, s.begun, s.fetched
         FROM submission s JOIN object o ON o.id = s.pool WHERE o.key <> '' GROUP BY o.key, s.key`,
      )
      .raw()
      .iterate() as IterableIterator<[string, number, 0 | 1 | null, ...(number | null)[]]>
    for (const [key, tries, done, ...times] of rows) {
      const job = known.get(key) ?? {}
      known.set(key, job)
      if (done) job.done = true
      if (tries > 1) severalTries.add(key)
      for (const [i, step] of steps.entries()) {
        const time = times[i]
        if (typeof time !== 'number') continue
        if (job[step]) severalTries.add(key)
        job[step] = { clock, time: time + since }
      }
    }
  }
  for (const [key, { submitted, accepted, begun, fetched, done }] of known) {
    if (severalTries.has(key)) continue
    before(submitted, accepted)
    before(submitted, begun)
    if (done) before(begun, fetched)
  }
}

/** Of one collective, what a clock has of it. */
interface Part {
  clock: number
  entered: number
  left: number
  rootEntered: number | null
  rootLeft: number | null
}
const ofAll = new Set<Collective>(['barrier', 'allreduce', 'allgather'])
const ofRoot = new Set<Collective>(['bcast'])
const toRoot = new Set<Collective>(['gather', 'reduce'])

function collectivesOf(sources: readonly Source[], before: Before): void {
  const met = new Map<string, Part[]>()
  const unsure = new Set<string>()
  const what = new Map<string, Collective>()
  for (const { trace, clock, since } of sources) {
    const rows = trace.db
      .prepare(
        `SELECT o.key || ' ' || e.number, min(e.operation), count(DISTINCT e.operation), min(e.bytes), max(e.entered),
                min(e.left), max(CASE WHEN e.root THEN e.entered END), max(CASE WHEN e.root THEN e.left END)
         FROM entry e JOIN object o ON o.id = e.communicator WHERE o.key <> '' GROUP BY o.key, e.number`,
      )
      .raw()
      .iterate() as IterableIterator<
      [string, Collective, number, number, number, number | null, number | null, number | null]
    >
    for (const [key, operation, operations, bytes, entered, left, rootEntered, rootLeft] of rows) {
      if (operations > 1 || (what.get(key) ?? operation) !== operation) unsure.add(key)
      if (operation !== 'barrier' && bytes === 0 && !ofRoot.has(operation)) unsure.add(key)
      what.set(key, operation)
      const at = (time: number | null) => (time === null ? null : time + since)
      const part = { clock, entered: entered + since, left: at(left) ?? Infinity }
      const parts = met.get(key) ?? []
      met.set(key, parts)
      parts.push({ ...part, rootEntered: at(rootEntered), rootLeft: at(rootLeft) })
    }
  }
  for (const [key, parts] of met) {
    const operation = what.get(key)!
    if (unsure.has(key) || parts.length < 2) continue
    for (const a of parts)
      for (const b of parts) {
        if (ofAll.has(operation)) between(a.clock, a.entered, b.clock, b.left)
        if (ofRoot.has(operation) && a.rootEntered !== null) between(a.clock, a.rootEntered, b.clock, b.left)
        if (toRoot.has(operation) && b.rootLeft !== null) between(a.clock, a.entered, b.clock, b.rootLeft)
      }
  }
  function between(cause: number, entered: number, effect: number, left: number) {
    if (Number.isFinite(left)) before({ clock: cause, time: entered }, { clock: effect, time: left })
  }
}
