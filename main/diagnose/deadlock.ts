// Deadlock: who waits for each other, and who waits for what nobody is left to do.
//
//   clerk-1  holds A ────────▶ waits for B            main ─ waits for consumer to end
//      ▲                            │                   consumer ─ waits for an item ─▶ nobody left who could put one
//   waits for A ◀──────── holds B  clerk-2
//
// The graph is of what is not over, of all that can be waited for (query/wakers.ts), and who can never go on is concluded
// from it (stuck.ts). It is told when nothing in it has moved for 0.4 s: a look every 500 ms then tells it within one second
// of its closing, and what a thread is about to be woken for has long reached it. A finished trace is looked at where its
// processes ended: what was cut there never ended. Where a process said good-bye, its daemons may have waited for work as
// they should: there only knots are told. What was told while it lasted and then was broken off (Ctrl-C ends one of the
// waits, and the rest unravels) stays told; ingest asks right before (rememberDeadlock), so that it is seen also where nobody
// watched.
import { sliceKinds, sliceOutcomes } from '../../wire/kinds.ts'
import { Moment } from '../query/moment.ts'
import { nameOf } from '../query/names.ts'
import { sliceAt } from '../query/read.ts'
import { duration, list } from '../query/words.ts'
import type { Lane } from '../store/lane.ts'
import { sliceBefore, type SliceRow } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { slicesSql } from './proof.ts'
import type { Found, Rule } from './rule.ts'
import { standstills, type Standstill } from './standstill.ts'
import { adviceOn } from './standstill-advice.ts'
import { Words } from './standstill-words.ts'
import { gaveUp, stuck } from './stuck.ts'

const still = 0.4e9
/** ends of processes that are looked at */
const mostEnds = 16
const mostTold = 20
const mostNamed = 8

export const deadlock: Rule = {
  name: 'deadlock',
  why: 'Each of these threads waits for something that another of them holds, so none of them will ever go on.',
  tryThis:
    'Take the locks in one order everywhere, or take the second with acquire(timeout=…) and give the first back when it fails.',
  look({ trace }) {
    const found = new Map<string, Found>()
    const add = (told: Found) => void (found.has(keyOf(told)) || found.set(keyOf(told), told))
    if (trace.live) at(new Moment(trace), null).forEach(add)
    else for (const end of endsOf(trace)) at(new Moment(trace, end.time), end).forEach(add)
    const before = rememberedOf(trace)
    if (trace.live) for (const [key, told] of found) before.set(key, told)
    for (const told of before.values()) if (!found.has(keyOf(told)) && wasBrokenOff(trace, told)) add(past(trace, told))
    return [...found.values()].slice(0, mostTold)
  },
}
const keyOf = ({ evidence }: Found) => evidence.map(({ lane, time }) => `${lane} ${time}`).join()

interface End {
  process: number
  time: number
  /** it said good-bye */
  clean: boolean
}
/** Where the processes of a finished trace ended, the first process first. One whose main thread did not wait any longer
 *  for the others (a second Ctrl-C) ended there. */
function endsOf(trace: Trace): End[] {
  const ends = trace.processes.flatMap((p): End[] => {
    if (!p?.python) return []
    const end = Math.min(p.end ?? trace.end, trace.end)
    const main = trace.threads.find((t) => t.object.process === p.id)?.object.lane
    const last = main && lastJoin(trace, main, end)
    return last && gaveUp(last)
      ? [{ process: p.id, time: last.start + last.dur - 1, clean: false }]
      : [{ process: p.id, time: end - 1, clean: p.ended === 'clean' }]
  })
  return ends.sort((a, b) => Number(a.clean) - Number(b.clean)).slice(0, mostEnds)
}

/** What is waited for after the wait for the other threads is little, and that is the last of its kind. */
function lastJoin(trace: Trace, lane: Lane, end: number): SliceRow | null {
  let slice = sliceBefore(trace, lane, end)
  for (let i = 0; slice && slice.kind !== sliceKinds.join && i < 20; i++) slice = sliceBefore(trace, lane, slice.start)
  return slice
}

function at(moment: Moment, end: End | null): Found[] {
  return (
    standstills(moment, stuck(moment))
      .filter((s) => moment.time - s.since >= still)
      // what ended a wait may be among the events that were lost
      .filter((s) => s.certain || !hasLost(moment.trace))
      .filter((s) => !end || (s.processes.has(end.process) && (s.certain || !end.clean)))
      .map((s) => tell(moment, end, s))
  )
}

const hasLost = ({ losses }: Trace): boolean =>
  [...losses.values()].some(({ what, count }) => count > 0 && (what === 'lost' || what === 'gap'))

function tell(moment: Moment, end: End | null, standstill: Standstill): Found {
  const { trace } = moment
  const words = new Words(moment)
  const { knot, leads, others } = standstill
  const evidence = evidenceOf(moment, standstill)
  const parts = words.parts(leads.slice(0, mostNamed))
  if (leads.length > mostNamed) parts.push(`and so do ${leads.length - mostNamed} others`)
  const rest = words.parts(others.slice(0, mostNamed), false)
  const nobody = knot ? '' : `, ${words.nobody(standstill)}${rest.length ? `: ${rest.join('; ')}` : ''}`
  return {
    subject: list(
      leads.map(({ id }) => nameOf(trace, id)),
      mostNamed,
    ),
    sentence: `${parts.join('; ')}${nobody}. ${ending(moment, end, standstill)} ${duration(moment.time + (end ? 1 : 0) - standstill.since)}.`,
    weight: 1,
    ...adviceOn(moment, standstill),
    parties: words.parties([...leads, ...others].slice(0, 100)),
    evidence,
    sql: slicesSql(evidence),
  }
}

/** "None of them has moved for", "When the recording ended none of them had moved for" */
function ending(moment: Moment, end: End | null, { knot, leads }: Standstill): string {
  const { trace } = moment
  const alone = knot && leads.length === 1
  const who = !knot ? 'nothing' : alone ? nameOf(trace, leads[0]!.id) : 'none of them'
  const moved = alone ? 'not moved' : 'moved'
  if (!end) return `${who[0]!.toUpperCase()}${who.slice(1)} has ${moved} for`
  const early = end.process !== 1 && end.time < trace.end - 1
  return `When ${early ? trace.processes[end.process]!.name : 'the recording'} ended ${who} had ${moved} for`
}

function evidenceOf(moment: Moment, { leads, others }: Standstill): Found['evidence'] {
  const { trace } = moment
  const slices = [...leads, ...others].slice(0, 100).flatMap(({ wait: { slice }, needs }) => {
    if (!slice) return []
    const object = slice.object ? trace.objects[slice.object] : undefined
    return [slice, ...(object ? moment.holds(object).filter((hold) => needs.includes(hold.object)) : [])]
  })
  return [...new Map(slices.map((s) => [`${s.lane} ${s.start}`, { lane: s.lane, time: s.start, dur: s.dur }])).values()]
}

/** What was told of a recording while it lasted. */
const remembered = new WeakMap<Trace, Map<string, Found>>()
function rememberedOf(trace: Trace): Map<string, Found> {
  let told = remembered.get(trace)
  if (!told) remembered.set(trace, (told = new Map()))
  return told
}
/** The actor's wait is about to be broken off: whether there was a deadlock is seen now or never, for the rest unravels. */
export function rememberDeadlock(trace: Trace, actor: number, time: number): void {
  const before = rememberedOf(trace)
  if (before.size < mostTold)
    for (const told of at(Moment.before(trace, time, actor), null)) before.set(keyOf(told), told)
}
/** Somebody ended one of its waits by force; those of a trace that is over may have been cut. */
function wasBrokenOff(trace: Trace, { evidence }: Found): boolean {
  const byForce: number[] = [sliceOutcomes.raised, sliceOutcomes.cancelled]
  if (!trace.live) byForce.push(sliceOutcomes.cut)
  return evidence.some(({ lane, time }) => byForce.includes(sliceAt(trace, trace.lanes[lane]!, time, 0)?.outcome ?? -1))
}
const past = (trace: Trace, told: Found): Found => ({
  ...told,
  sentence: told.sentence.replace(/ has ((?:not )?moved for .*)\.$/, ' had $1 when it was broken off.'),
  evidence: told.evidence.map((e) => ({ ...e, dur: sliceAt(trace, trace.lanes[e.lane]!, e.time, 0)?.dur ?? e.dur })),
})
