// Serial fraction: several that were made to run at once, and for most of the run just one of them did.
//
//   p1  ████░░░░░░░░░░░░████        three processes with work of their own, and a part of it that only one of them can do
//   p2  ██░░████░░░░░░████░░        at a time: however many there were, it would take as long
//   p3  ██░░░░░░████████░░░░
//
// Told when at least three runners (processes, or threads without a GIL) each ran for 5 % of the run, in all that long
// exactly one of them ran for half of the run and 100 ms, and at least one of the others waited meanwhile for what another
// one gives: a lock, a queue, a message. Two that take turns are often meant to; 5 % is more than a worker needs to start
// and end, so that who only hands out the work is none of them; below half, most of the run had the parallelism that it was
// made for. The beginning and the end, where not all have work yet or any more, do not count, nor does a wait for the end
// of others or for their results. Threads that share a GIL count as one: what they lose by it is the rule gil-bound's.
//
// Measured of the time in which all have work: Amdahl's serial fraction f is the time in which one ran, as a part of the
// work of all; with any number of runners the same work is done at most 1/f times as fast as by one. Gustafson asks how
// much more is done in the same time: with N runners and a part a of the time with one, N - a(N - 1) times as much.
import { atSite, fullName, nameOf } from '../query/names.ts'
import { sliceAt } from '../query/read.ts'
import { duration, list, many, percent } from '../query/words.ts'
import { sliceKinds } from '../../wire/kinds.ts'
import { lanesOf, type SliceRow } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { ranAtOnceSql } from './proof.ts'
import type { Found, Rule } from './rule.ts'
import { Runners, type Runner, type Stretch } from './runners.ts'

const leastRunners = 3
const worksAtLeast = 0.05
const worthTelling = 0.5
const least = 100e6

export const serial: Rule = {
  name: 'serial',
  why: 'What only one can do at a time takes as long with ten workers as with one: it sets the limit to what more of them, or more cores, can bring (Amdahl).',
  tryThis:
    'Make the part that is done one by one smaller: work on a copy and merge less often, give each worker a part of the state of its own, or split the step that all the others wait for.',
  tallies: [Runners],
  live: false,
  look({ trace, tally }) {
    const told = tally(Runners)
    const workers = workersAmong(told, trace.end)
    const part = workers.length >= leastRunners ? whenAllHaveWork(told, workers) : null
    if (!part || part.waited < worthTelling * trace.end || part.waited < least) return []
    return [tell(trace, told, workers, part)]
  },
}

/** Those that ran long enough while all of them had work: who only starts the others is none. */
function workersAmong(told: Runners, run: number): Runner[] {
  let workers = told.runners.filter((r) => r.ran >= worksAtLeast * run)
  for (;;) {
    const [first, last] = binsOf(workers)
    const ran = (r: Runner) => r.ranIn.subarray(first, last + 1).reduce((sum, ns) => sum + ns, 0)
    const left = workers.filter((r) => ran(r) >= worksAtLeast * run)
    if (left.length === workers.length || left.length < leastRunners) return left
    workers = left
  }
}
/** The first and the last in which all of them run, or have run and will. */
const binsOf = (workers: Runner[]): [first: number, last: number] => [
  Math.max(...workers.map((r) => r.ranIn.findIndex((ns) => ns > 0))),
  Math.min(...workers.map((r) => r.ranIn.findLastIndex((ns) => ns > 0))),
]

/** The time in which all have work, and how it went. */
interface Part {
  from: number
  to: number
  /** ns in which one ran alone, and of it those in which another worker waited for something that is given */
  alone: number
  waited: number
  any: number
  work: number
  /** runner → ns alone */
  by: Map<number, number>
}

function whenAllHaveWork(told: Runners, workers: Runner[]): Part | null {
  const [first, last] = binsOf(workers)
  if (first > last) return null
  const part: Part = {
    from: first * told.wide,
    to: (last + 1) * told.wide,
    alone: 0,
    waited: 0,
    any: 0,
    work: 0,
    by: new Map(),
  }
  for (let bin = first; bin <= last; bin++) {
    part.any += told.any[bin]!
    part.work += told.work[bin]!
    for (const [key, ns] of told.alone[bin]!) {
      part.alone += ns
      part.by.set(key % 64, (part.by.get(key % 64) ?? 0) + ns)
      if (isAmong(workers, Math.floor(key / 64))) part.waited += ns
    }
  }
  return part
}
const isAmong = (workers: Runner[], waiting: number) => workers.some((r) => (waiting & (1 << r.bit)) !== 0)

function tell(trace: Trace, told: Runners, workers: Runner[], part: Part): Found {
  const nameOfRunner = (place: number) =>
    told.runners[place] ? nameOf(trace, told.runners[place].first.object.id) : 'another one'
  const alone = [...part.by].sort((a, b) => b[1] - a[1])
  const who = list(alone.slice(0, 3).map(([place, ns]) => `${nameOfRunner(place)} ${duration(ns)}`))
  const n = workers.length
  const serialPart = part.alone / part.work
  const ofTime = part.alone / part.any
  const { longest, evidence, held } = longestAlone(trace, told, workers)
  return {
    subject: list(workers.map((r) => nameOf(trace, r.first.object.id))),
    sentence: `${many(n, 'worker')} had work for ${duration(part.to - part.from)}, and in ${duration(part.alone)} of it exactly one ran (${who})${whatFor(trace, workers)}: on average ${(part.work / (part.to - part.from)).toFixed(1)} of ${n}. ${longest}${held}. By Amdahl, with ${percent(serialPart)} of the work done alone, no number of workers does it more than ${(1 / serialPart).toFixed(1)} times as fast as one; by Gustafson, ${n} do ${(n - ofTime * (n - 1)).toFixed(1)} times as much in the same time as one.`,
    weight: Math.min(0.99, part.waited / trace.end),
    evidence,
    sql: ranAtOnceSql(part.from, part.to),
  }
}

/** " while others waited 2.9 s for Ledger.lock (ledger.py:12)" */
function whatFor(trace: Trace, workers: Runner[]): string {
  const waited = new Map<number, number>()
  for (const r of workers) for (const [object, ns] of r.waitedFor) waited.set(object, (waited.get(object) ?? 0) + ns)
  const most = [...waited].sort((a, b) => b[1] - a[1]).slice(0, 2)
  if (most.length === 0) return ''
  return ` while others waited ${list(most.map(([object, ns]) => `${duration(ns)} for ${fullName(trace, object)}`))}`
}

/** The longest times that one was alone while a worker waited; the waits then, and who held what they were for. */
function longestAlone(trace: Trace, told: Runners, workers: Runner[]) {
  const stretches = told.stretches.filter((s) => isAmong(workers, s.waiting))
  const evidence: Found['evidence'] = []
  const [first] = stretches
  let held = ''
  for (const s of stretches.slice(0, 3)) {
    const middle = Math.floor((s.from + s.to) / 2)
    for (const wait of waitsAt(trace, workers, s, middle)) {
      evidence.push({ lane: wait.lane, time: wait.start, dur: wait.dur })
      const hold = holdAt(trace, wait.object, middle, (s.to - s.from) / 2)
      if (!hold) continue
      if (s === first && !held)
        held = `, which ${hold.object === told.runners[s.runner]?.first.object.id ? '' : `waited for ${nameOf(trace, hold.object)}, that `}had ${fullName(trace, wait.object)}${atSite(trace, hold.site)}`
      if (!evidence.some((e) => e.lane === hold.lane && e.time === hold.start))
        evidence.push({ lane: hold.lane, time: hold.start, dur: hold.dur })
    }
  }
  const longest = first
    ? `The longest time alone was ${duration(first.to - first.from)}, of ${nameOf(trace, told.runners[first.runner]!.first.object.id)} at ${duration(first.from)}`
    : ''
  return { longest, held, evidence }
}
function waitsAt(trace: Trace, workers: Runner[], { runner }: Stretch, time: number): SliceRow[] {
  return workers
    .filter((r) => r.place !== runner)
    .map((r) => sliceAt(trace, r.first.object.lane!, time, 0))
    .filter((s) => s !== null && s.object > 0 && s.kind !== sliceKinds.sleep)
    .slice(0, 8) as SliceRow[]
}
/** Who had it then, or nearly. */
function holdAt(trace: Trace, object: number, time: number, slack: number): SliceRow | null {
  for (const lane of lanesOf(trace.objects[object]?.lane ?? null)) {
    const hold = sliceAt(trace, lane, time, slack)
    if (hold && (hold.kind === sliceKinds.hold || hold.kind === sliceKinds.holdContended)) return hold
  }
  return null
}
