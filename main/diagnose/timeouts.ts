// Timeouts: waits at one line that hardly ever end but by their timeout: whoever should have ended them does not.
//
// Told from five such waits on, four of five at that line, that cost 100 ms and a twentieth of the waiter's life: one
// timeout may be bad luck. For a lock, a permit or room in a queue a timeout means that it was not got. A wait for a sign
// (condition, event, the end of a thread or process) that times out may be how a loop does something now and then: that
// is told only where the loop around it does nothing but wait (ingest: `idle`), and the last wait there was in vain too:
// whoever waits in turns for what then comes, or until the program is over, only looks around now and then (so that
// Ctrl-C is heard); who goes on after a timeout has found out by itself what nobody told it. Whether it was the last is
// known when the waiter has ended. A queue's get that finds nothing is an idle worker. What wakes more often than ten
// times a second, twenty times or more, is polling (polling.ts).
import { reasons } from '../../wire/kinds.ts'
import { atSite, fullName, nameOf } from '../query/names.ts'
import { duration, list, many } from '../query/words.ts'
import type { Trace } from '../store/trace.ts'
import { byLine, lifeOf, LinesWaited, objectOf, sumOf, type LineWaits } from './line-waits.ts'
import { lineSql } from './proof.ts'
import type { Found, Rule } from './rule.ts'

const things = new Set<number>([reasons.lock, reasons.semaphore, reasons.queuePut])
const signs = new Set<number>([reasons.condition, reasons.event, reasons.join, reasons.process])

export const timeouts: Rule = {
  name: 'timeouts',
  why: 'A wait that only its timeout ends costs the whole timeout each time, and hides that nobody does what is waited for.',
  tryThis:
    'Find out who should have ended the wait and why it does not (a missing notify, set or release); with that repaired the timeout is only for emergencies.',
  tallies: [LinesWaited],
  look: ({ trace, tally }) =>
    byLine([...tally(LinesWaited).all.values()].flat().filter((line) => isVain(trace, line))).map((lines) =>
      tell(trace, lines),
    ),
}

/** Waits at the line nearly always give up, and soon enough to be a way to look again and again. */
export const isPolled = ({ gaveUp, count, inVain }: LineWaits): boolean =>
  gaveUp >= 20 && gaveUp >= 0.8 * count && inVain < gaveUp * 100e6

function isVain(trace: Trace, line: LineWaits): boolean {
  const { gaveUp, count, inVain, kind, object } = line
  if (gaveUp < 5 || gaveUp < 0.8 * count || inVain < 100e6 || isPolled(line)) return false
  if (!things.has(kind) && !isMissed(trace, line)) return false
  return trace.objects[object]?.internal !== true && inVain >= 0.05 * lifeOf(trace, line.actor)
}

/** A sign that did not come. */
const isMissed = (trace: Trace, { kind, site, endedInVain, actor }: LineWaits): boolean =>
  signs.has(kind) &&
  trace.sites[site]!.idle &&
  endedInVain &&
  !(trace.live && trace.objects[actor]!.thread!.end === null)

function tell(trace: Trace, lines: readonly LineWaits[]): Found {
  const { site } = lines[0]!
  const actors = lines.map((line) => line.actor)
  const who = list(actors.map((actor) => nameOf(trace, actor)))
  const object = objectOf(lines)
  const gaveUp = sumOf(lines, 'gaveUp')
  const inVain = sumOf(lines, 'inVain')
  const rest = sumOf(lines, 'count') - gaveUp
  const others = rest
    ? `only ${many(rest, 'other wait')} there got what it waited for`
    : 'no wait there ended otherwise'
  return {
    subject: `${who}${atSite(trace, site)}`,
    sentence: `${who} waited for ${object > 0 ? fullName(trace, object) : 'several objects'}${atSite(trace, site)} and gave up ${many(gaveUp, 'time')}, after ${duration(inVain / gaveUp)} each time, ${duration(inVain)} in all; ${others}.`,
    weight: Math.min(0.9, Math.max(...lines.map((line) => line.inVain / lifeOf(trace, line.actor)))),
    evidence: lines.map(({ longest }) => longest),
    sql: lineSql(actors, site),
  }
}
