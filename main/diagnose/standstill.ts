// Of all who can never go on, what is told: each knot once, and each crowd of others that has no knot to blame.
//
//   ada ◀─▶ ben            a knot: they wait for each other
//   main ─▶ consumer ─▶ ?  a crowd: `leads` wait for anybody, `others` for them
//   main ─▶ ada            told by the knot alone, and so is whoever might have been let go on by it
//
// In: the stuck of a moment. Out: knots and crowds. Idle workers, feeders and other threads that the library keeps for
// itself are left out: they would wait in a healthy program too.
import { objectKinds, sliceKinds } from '../../wire/kinds.ts'
import type { Moment } from '../query/moment.ts'
import { knots } from './knots.ts'
import type { Stuck, StuckWait } from './stuck.ts'

/** Somebody and that wait of theirs which is told. */
export interface Member {
  id: number
  wait: StuckWait
  /** whom of the others it needs */
  needs: number[]
  /** since when all that it needs is as it is */
  since: number
}
export interface Standstill {
  knot: boolean
  /** whoever else there is could not help */
  certain: boolean
  /** of a knot: all; of a crowd: those who wait for what nobody is left to do */
  leads: Member[]
  others: Member[]
  processes: Set<number>
  since: number
}

export function standstills(moment: Moment, stuck: Map<number, Stuck>): Standstill[] {
  const graph = new Map([...stuck].map(([id, { waits }]) => [id, waits.flatMap((wait) => wait.known)]))
  const tied = knots(graph).flatMap((ids) => knotOf(moment, stuck, ids) ?? [])
  const crowds = crowdsOf(moment, stuck).filter((ids) => !tied.some(({ leads }) => ids.has(leads[0]!.id)))
  return [...tied, ...crowds.flatMap((ids) => crowdOf(moment, stuck, ids) ?? [])]
}

/** null: a daemon that takes its own lock twice, which is a signal: nobody kept it, the program is over. */
function knotOf(moment: Moment, stuck: Map<number, Stuck>, ids: number[]): Standstill | null {
  const within = new Set(ids)
  const leads = ids.map((id) => {
    const wait = stuck.get(id)!.waits.find((w) => w.known.some((waker) => within.has(waker)))!
    return memberOf(moment, stuck, id, wait, within)
  })
  // where anybody might have helped, all have stood still as long
  const certain = leads.every(({ wait }) => wait.anybody === null)
  const crowd = certain ? ids : [...stuck.keys()]
  if (!certain && crowd.every((id) => stuck.get(id)!.thread.daemon)) return null
  return { knot: true, certain, leads, others: [], ...extent(moment, stuck, crowd, leads, certain) }
}

function memberOf(
  moment: Moment,
  stuck: Map<number, Stuck>,
  id: number,
  wait: StuckWait,
  among: ReadonlySet<number>,
): Member {
  const needs = [...new Set(wait.known)].filter((waker) => among.has(waker))
  const object = wait.slice?.object ? moment.trace.objects[wait.slice.object] : undefined
  const holds = object ? moment.holds(object).filter((hold) => needs.includes(hold.object)) : []
  return { id, wait, needs, since: Math.max(beginOf(stuck.get(id)!), ...holds.map((hold) => hold.start)) }
}
/** A main thread that has nothing more to do but to wait for the others could not have helped before either. */
const beginOf = ({ waits }: Stuck) =>
  Math.max(0, ...waits.map(({ slice }) => (slice?.kind === sliceKinds.join && !slice.object ? 0 : (slice?.start ?? 0))))

/** `ids`: all who would have had to help, and did not. Whoever has ended among them was the last to do so. */
function extent(moment: Moment, stuck: Map<number, Stuck>, ids: Iterable<number>, leads: Member[], certain: boolean) {
  const { trace, time } = moment
  const all = [...ids]
  const begins = [...all.map((id) => beginOf(stuck.get(id)!)), ...leads.map(({ since }) => since)]
  let since = begins.reduce((a, b) => Math.max(a, b), 0)
  if (!certain) {
    const within = new Set(all.map((id) => trace.objects[id]!.process))
    const ended = (end: number | null) => void (end !== null && end <= time && (since = Math.max(since, end)))
    for (const { object, end } of trace.threads) if (within.has(object.process)) ended(end)
    for (const process of trace.processes) if (process) ended(process.end)
  }
  return { processes: new Set(leads.map(({ id }) => trace.objects[id]!.process)), since }
}

/** Those who could go on only together. */
function crowdsOf({ trace }: Moment, stuck: Map<number, Stuck>): Set<number>[] {
  const above = new Map<string, string>()
  const top = (key: string): string => {
    let at = key
    for (let next; (next = above.get(at)) !== undefined;) at = next
    // whoever was on the way up is now right below
    for (let on = key; on !== at;) {
      const next = above.get(on)!
      above.set(on, at)
      on = next
    }
    return at
  }
  const unite = (a: string, b: string) => {
    const [one, other] = [top(a), top(b)]
    if (one !== other) above.set(one, other)
  }
  const reaches = new Set<number | 'run' | null>()
  for (const { thread, waits } of stuck.values())
    for (const { anybody } of waits) reaches.add(anybody === 'process' ? thread.object.process : anybody)
  for (const [id, { waits }] of stuck) {
    const { process } = trace.objects[id]!
    if (reaches.has('run')) unite(`${id}`, 'run')
    if (reaches.has(process)) unite(`${id}`, `process ${process}`)
    for (const { known } of waits) for (const waker of known) if (stuck.has(waker)) unite(`${id}`, `${waker}`)
  }
  const crowds = new Map<string, Set<number>>()
  for (const id of stuck.keys()) {
    const key = top(`${id}`)
    const crowd = crowds.get(key)
    if (crowd) crowd.add(id)
    else crowds.set(key, new Set([id]))
  }
  return [...crowds.values()]
}

/** null: only bystanders, or daemons that keep no program from ending. */
function crowdOf(moment: Moment, stuck: Map<number, Stuck>, ids: Set<number>): Standstill | null {
  const { trace } = moment
  const members = [...ids].map((id) => {
    const { thread, waits } = stuck.get(id)!
    const open = waits.find((wait) => isOpen(stuck, wait))
    const member = memberOf(moment, stuck, id, open ?? waits[0]!, ids)
    return { ...member, thread, open: open !== undefined, idle: waits.every((wait) => isIdle(moment, wait)) }
  })
  const busy = members.filter((m) => !m.idle)
  const open = busy.filter((m) => m.open)
  const needed = new Set(busy.filter((m) => !m.thread.daemon).flatMap((m) => [m.id, ...m.needs]))
  const leads = open.filter((m) => !m.thread.daemon).concat(open.filter((m) => m.thread.daemon && needed.has(m.id)))
  // who waits for somebody that is over is told whoever else there is
  const certain = leads.some((m) => m.wait.anybody === null)
  if (leads.length === 0 || (!certain && members.every((m) => m.thread.daemon))) return null
  const leading = new Set(leads)
  const others = busy.filter((m) => !leading.has(m) && !trace.objects[m.id]!.internal)
  return { knot: false, certain, leads, others, ...extent(moment, stuck, ids, leads, false) }
}

/** It waits for nobody of those who stand still with it in particular. */
const isOpen = (stuck: Map<number, Stuck>, { anybody, known }: StuckWait): boolean =>
  anybody !== null || !known.some((waker) => stuck.has(waker))

/** It has nothing to do, which is as it should be. */
function isIdle({ trace }: Moment, { slice }: StuckWait): boolean {
  if (!slice) return false
  const object = slice.object > 0 ? trace.objects[slice.object]! : null
  if (slice.kind === sliceKinds.queueGet) return !object || object.internal || object.kind === objectKinds.pool
  return slice.kind === sliceKinds.io || (slice.kind === sliceKinds.message && !object && slice.site === 0)
}
