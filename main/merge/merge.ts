// Several traces into one, on one clock. In: finished traces, the first of which gives its clock; out: a new trace, complete
// but for rows and findings, and a sentence for each thing that is not sure.
//
//   causes.ts  what was not after what, between the traces     align.ts  → a line for each clock, and its margins
//   copy.ts    what each trace has, on the new clock            join.ts   what they have halves of, drawn anew
//   devices.ts what devices did
//
// Times begin at 0 with the first thing that any of them has. Traces of one clock (two programs recorded on one machine)
// need no messages: their times are known exactly.
import type { Trace } from '../store/trace.ts'
import { align, wrong, type Clock, type Pair, type Placed } from './align.ts'
import { inverse, mapped } from './bounds.ts'
import { causes, type Source } from './causes.ts'
import { Copy, type MessageWaits } from './copy.ts'
import { copyDevices } from './devices.ts'
import { tellHosts } from './hosts.ts'
import { Join } from './join.ts'
import { Joint } from './joint.ts'

const baseOf = ({ facts }: Trace): bigint => BigInt(facts.get('base') ?? 0)
const startedAt = ({ facts }: Trace): number => Number(facts.get('started_at') ?? 0)
/** The one clock that all processes of a trace were recorded by. */
export const clockOf = ({ hosts }: Trace): string => hosts[1]?.clock ?? ''

/** What the clocks are, and where they lie. */
export interface Alignment {
  sources: Source[]
  placed: Placed[]
  pairs: Pair[]
  /** CLOCK_MONOTONIC ns at time 0 of each clock: that of its first trace */
  bases: bigint[]
  /** ns on the first clock at which the merged trace begins */
  zero: number
}

export function alignTraces(traces: readonly Trace[]): Alignment {
  const names: string[] = []
  const first: Trace[] = []
  const sources = traces.map((trace) => {
    if (!names.includes(clockOf(trace))) {
      names.push(clockOf(trace))
      first.push(trace)
    }
    const clock = names.indexOf(clockOf(trace))
    return { trace, clock, since: Number(baseOf(trace) - baseOf(first[clock]!)) }
  })
  const clocks = first.map((trace, clock): Clock => {
    const own = sources.filter((source) => source.clock === clock)
    return {
      from: Math.min(...own.map(({ since }) => since)),
      to: Math.max(...own.map(({ since, trace: { end } }) => since + end)),
      wall: (startedAt(trace) - startedAt(traces[0]!)) * 1e6,
    }
  })
  const pairs = causes(sources)
  const placed = align(clocks, pairs)
  const zero = Math.min(...sources.map(({ clock, since }) => mapped(placed[clock]!.line, since)))
  return { sources, placed, pairs, bases: first.map(baseOf), zero }
}

/** Copies a lane at a time; between two of them others may have their turn. */
export function* mergeInto(to: Trace, traces: readonly Trace[]): Generator<void> {
  const alignment = alignTraces(traces)
  const { sources, placed, zero } = alignment
  tellFacts(to, traces, zero)
  const hosts = tellHosts(to, alignment)
  const joint = new Joint(traces)
  const sites = new Map<string, number>()
  const works = new Map<string, number>()
  const copies = sources.map(({ trace, clock, since }) => {
    const { line } = placed[clock]!
    return new Copy(trace, to, joint, (at) => mapped(line, at + since) - zero)
  })
  for (const [i, copy] of copies.entries()) {
    copy.tables(hosts[i]!, sites)
    copyDevices(copy, works)
    to.end = Math.max(to.end, copy.time(copy.from.end))
    to.events += copy.from.events
  }
  const waits: MessageWaits = { sends: new Map(), receives: new Map() }
  const join = new Join(to)
  for (const copy of copies) {
    for (const lane of copy.from.lanes)
      if (lane) {
        copy.slices(lane, waits)
        yield
      }
    copy.flows()
    join.add(copy)
    yield
  }
  join.finish(waits)
  yield
  to.finish()
}

/** ns by which some receive is before its send, by the two clocks. */
export const contradictions = ({ placed, pairs }: Alignment): { of: number; to: number; by: number }[] => {
  const lines = placed.map(({ line }) => line)
  return pairs.map((pair) => ({ ...pair, by: wrong(lines, pair) })).filter(({ by }) => by > 1)
}

/** ns by which the clock was ahead of the first one at time 0 of the merged trace. */
export const ahead = ({ bases, placed, zero }: Alignment, clock: number): number =>
  Math.round(Number(bases[clock]! - bases[0]!) + mapped(inverse(placed[clock]!.line), zero) - zero)

const sum = (traces: readonly Trace[], fact: string) =>
  String(traces.reduce((total, { facts }) => total + Number(facts.get(fact) ?? 0), 0))

function tellFacts(to: Trace, traces: readonly Trace[], zero: number): void {
  const [first] = traces as [Trace, ...Trace[]]
  const fact = (key: string) => first.facts.get(key)
  for (const key of ['command', 'cwd', 'cost_ns']) if (fact(key) !== undefined) to.setFact(key, fact(key)!)
  to.setFact('started_at', String(startedAt(first) + zero / 1e6))
  to.setFact('base', String(baseOf(first) + BigInt(Math.round(zero))))
  to.setFact('cost_total', sum(traces, 'cost_total'))
  const all = (key: string) => [...new Set(traces.flatMap(({ facts }) => facts.get(key) ?? []))]
  to.setFact('machine', all('machine').join('; '))
  const failed = all('exit').find((exit) => exit !== '0')
  const exit = failed ?? fact('exit')
  if (exit !== undefined) to.setFact('exit', exit)
  to.setFact('output', traces.map(({ facts }) => facts.get('output') ?? '').join(''))
  for (const note of new Set(traces.flatMap(({ notes }) => notes))) to.addNote(note)
}
