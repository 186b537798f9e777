// Device idle: a device has nothing to do while the thread that launches for it does something else, each time round.
//
//   thread   decode      launch  decode      launch  decode            one after the other, though the next batch
//   device   ▁▁▁▁▁▁▁▁▁▁▁▁▁███████▁▁▁▁▁▁▁▁▁▁▁▁███████▁▁▁▁▁▁▁▁           could be decoded while this one is computed
//
// Told of the lines of one thread that launch in turns, when in most of the gaps that they ended the thread had done something
// else (device-gaps.ts says when), five times or more, and these gaps were 100 ms and three tenths of the time in which the
// device was used. Five: a program has phases, reads its input, builds its kernels, and that comes once. Three tenths: a
// device that is at work for seven tenths of its time gains little by the pains that it takes to fill the rest. In most of the
// gaps: a machine that is busy with others stops every thread now and then. Of a server that waits for its next request it is
// not told, nor of a rank that waits for another one.
import { reasons } from '../../wire/kinds.ts'
import { onDevices } from '../query/commands.ts'
import { atSite, fullName, nameOf } from '../query/names.ts'
import { waiting } from '../query/sentence.ts'
import { duration, list, many, percent } from '../query/words.ts'
import type { Trace } from '../store/trace.ts'
import { deviceGaps, Gaps, type Line } from './device-gaps.ts'
import { loops, whereLaunched } from './device-loops.ts'
import { idleSql } from './gaps-proof.ts'
import { untimed } from './device-uses.ts'
import type { Found, Rule } from './rule.ts'

const leastGaps = 5
const leastIdle = 100e6
const ofUse = 0.3

export const deviceIdle: Rule = {
  name: 'device-idle',
  why: 'A device that waits for its next batch does nothing meanwhile; what the host does between two launches adds to the time of every step, though both could work at once.',
  tryThis:
    'Prepare the next batch while the device works on this one: in a thread that fills a short queue, or by launching this one before you read and wait for what it gives.',
  live: false,
  look: ({ trace }) =>
    untimed(trace) ??
    loops(deviceGaps(trace).lines.filter(({ host, all }) => host.count >= all.count / 2 && host.count > 0)).flatMap(
      (lines) => tell(trace, lines),
    ),
}

function tell(trace: Trace, lines: readonly Line[]): Found[] {
  const gaps = new Gaps()
  const did = new Map<string, number>()
  const ranges = new Map<number, number>()
  for (const line of lines) {
    gaps.join(line.host)
    for (const [what, ns] of line.did) did.set(what, (did.get(what) ?? 0) + ns)
    for (const [work, ns] of line.ranges) ranges.set(work, (ranges.get(work) ?? 0) + ns)
  }
  const { use, lane } = lines[0]!
  const used = use.all.to - use.all.from
  if (gaps.count < leastGaps || gaps.idle < Math.max(leastIdle, ofUse * used)) return []
  const who = nameOf(trace, trace.lanes[lane]!.object)
  const where = whereLaunched(trace, lines)
  const longest = lines.flatMap((line) => line.longest).sort((a, b) => b.dur - a.dur)
  return [
    {
      subject: `${fullName(trace, use.device)} before ${who}${where}`,
      sentence: `${fullName(trace, use.device)} stood idle ${many(gaps.count, 'time')}, ${duration(gaps.idle)} in all, ${percent(gaps.idle / used)} of the time from its first command to its last, before what ${who} launched${where}. Meanwhile ${who} ${doings(trace, did, ranges)}.`,
      weight: Math.min(0.9, gaps.idle / used),
      evidence: longest.slice(0, 8),
      sql: idleSql(
        use.device,
        lane,
        lines.map(({ site }) => site),
      ),
    },
  ]
}

/** "slept at load.py:12 for 1.1 s and ran for 80 ms" */
function doings(trace: Trace, did: ReadonlyMap<string, number>, ranges: ReadonlyMap<number, number>): string {
  const mostFirst = [...did].sort((a, b) => b[1] - a[1])
  const all = mostFirst.reduce((sum, [, ns]) => sum + ns, 0)
  const said = mostFirst.filter(([, ns]) => ns >= all / 10).slice(0, 3)
  return list(said.map(([what, ns]) => doing(trace, what.split(' ').map(Number), ns, ranges)))
}
function doing(
  trace: Trace,
  [reason, object, site]: number[],
  ns: number,
  ranges: ReadonlyMap<number, number>,
): string {
  if (reason === 0) return `ran Python, or what that calls, for ${duration(ns)}${within(trace, ranges)}`
  if (reason === reasons.device)
    return `waited ${duration(ns)} for ${fullName(trace, object!)}, of another device${atSite(trace, site!)}`
  const words = waiting(reason!, object ? fullName(trace, object) : '')
  const what = words.for && ` ${words.for.split(':')[0]}`
  return `${words.did.past}${what}${atSite(trace, site!)} for ${duration(ns)}`
}
/** " (60 ms of it in the range decode)" */
function within(trace: Trace, ranges: ReadonlyMap<number, number>): string {
  const { works } = onDevices(trace)
  const [most] = [...ranges].filter(([work]) => work > 0).sort((a, b) => b[1] - a[1])
  return most ? ` (${duration(most[1])} of it in the range ${works[most[0]]!.name})` : ''
}
