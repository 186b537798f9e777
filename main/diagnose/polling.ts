// Polling and busy waiting: somebody looks again and again whether something has happened, instead of being told.
//
// Told of a line when it is plain that looking is all that is done:
//   tries      acquire(blocking=False), get_nowait, put_nowait: four of five in vain, a hundred times, or twenty times
//              that are less than 50 ms apart
//   sleeps     twenty of under 50 ms on average, in a loop that does nothing else (ingest: `idle`): a sleep that stands
//              for work, or a beat, does something beside it, or goes round a number of times
//   turns      a hundred asyncio.sleep(0) in such a loop
//   timeouts   twenty waits, four of five of which gave up, after under 100 ms each; for a sign (an event, a thread's
//              end) only in such a loop, because else it may be a beat; of an idle worker that asks its queue only when
//              that is three tenths of its life. Slower ones are told by the rule timeouts, never by both.
// Each must have cost 100 ms and a twentieth of the looker's life. A loop that only reads variables and never lets go of
// anything leaves no trace and is not seen.
import { objectKinds, reasons } from '../../wire/kinds.ts'
import { atSite, fullName, nameOf } from '../query/names.ts'
import { count, duration, many, percent } from '../query/words.ts'
import type { IncidentRow, ObjectRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { lifeOf, LinesWaited, type LineWaits } from './line-waits.ts'
import { incidentSql, lineSql } from './proof.ts'
import type { Found, Rule, Scene } from './rule.ts'
import { isPolled } from './timeouts.ts'
import { fewTries, Tries } from './tries.ts'

const cost = 100e6
const worthALook = 0.05
const soon = 50e6

export const polling: Rule = {
  name: 'polling',
  why: 'Every look wakes the thread and takes the GIL from others, nearly always for nothing; and what it looks for is seen late, by half a sleep on average.',
  tryThis:
    'Let whoever changes the state say so: an Event or a Condition to wait for, a queue whose get blocks, a None in the queue as the sign to stop.',
  tallies: [LinesWaited, Tries],
  live: false,
  look(scene) {
    const { trace, tally } = scene
    const found: Found[] = []
    const told = new Set<number>()
    for (const object of trace.objects)
      for (const tried of object?.incidents ?? [])
        if (isTrying(scene, object!, tried)) {
          told.add(tried.actor)
          found.push(tellTries(trace, object!, tried))
        }
    for (const lines of tally(LinesWaited).all.values())
      for (const line of lines) if (!told.has(line.actor) && isLooking(trace, line)) found.push(tellLine(trace, line))
    return found
  },
}

function isTrying({ trace, tally }: Scene, object: ObjectRow, tried: IncidentRow): boolean {
  const { what, actor, site, count, first, last } = tried
  if (what !== 'refused' || object.internal || count < fewTries || !trace.objects[actor]?.thread) return false
  if (last - first < Math.max(cost, worthALook * lifeOf(trace, actor))) return false
  if (count < 100 && last - first > count * soon) return false
  const items = tally(Tries).items.get(object.id)
  const puts = /\bput/.test(trace.sites[site]?.text ?? '')
  const got = items ? (puts ? items.puts : items.gets) : (tally(Tries).turns.get(object.id)?.get(actor) ?? 0)
  return count >= 4 * got
}

function tellTries(trace: Trace, object: ObjectRow, tried: IncidentRow): Found {
  const { actor, site, first, last } = tried
  const who = nameOf(trace, actor)
  const during = Math.max(1, last - first)
  return {
    subject: `${who}${atSite(trace, site)}`,
    sentence: `${who} tried ${fullName(trace, object.id)} ${count(tried.count)} times in vain${atSite(trace, site)}, ${perSecond(tried.count, during)} during ${duration(during)}, ${percent(during / lifeOf(trace, actor))} of its life.${slowed(trace, actor, tried.count, during)}`,
    weight: Math.min(0.8, during / lifeOf(trace, actor)),
    evidence: [{ lane: trace.objects[actor]!.lane!.id, time: first, dur: during }],
    sql: incidentSql(['refused'], object.id),
  }
}
const perSecond = (times: number, during: number): string => {
  const rate = (times / during) * 1e9
  return `${rate < 10 ? rate.toFixed(1) : count(Math.round(rate))} times a second`
}
/** Whoever tries without a pause has the GIL most of the time. */
function slowed(trace: Trace, actor: number, times: number, during: number): string {
  if (during / times > 1e6) return ''
  const { process } = trace.objects[actor]!
  const gil = trace.objects.find((o) => o && o.kind === objectKinds.gil && o.process === process)
  const waited = (gil?.blame ?? []).reduce((sum, b) => sum + (b.holder === actor ? b.dur : 0), 0)
  return waited < 20e6 ? '' : ` Others waited ${duration(waited)} for the GIL while it had it.`
}

function isLooking(trace: Trace, line: LineWaits): boolean {
  const { kind, count, total, first, last, actor, inVain, object } = line
  const life = lifeOf(trace, actor)
  const idle = trace.sites[line.site]!.idle
  const costs = (ns: number, share: number) => ns >= Math.max(cost, share * life)
  if (trace.objects[object]?.internal) return false
  if (kind === reasons.sleep) return idle && count >= 20 && total < count * soon && costs(total, worthALook)
  if (kind === reasons.loop) return idle && count >= 100 && costs(last - first, worthALook)
  if (!isPolled(line)) return false
  if (kind === reasons.queueGet) return costs(inVain, 0.3)
  if (kind === reasons.lock || kind === reasons.semaphore || kind === reasons.queuePut) return costs(inVain, worthALook)
  return idle && costs(inVain, worthALook)
}

function tellLine(trace: Trace, line: LineWaits): Found {
  const { actor, site, kind, first, last, longest, object } = line
  const who = nameOf(trace, actor)
  const where = atSite(trace, site)
  const { loop } = trace.sites[site]!
  const inLoop = loop ? `, in \`${loop}\`` : ''
  const during = Math.max(1, last - first)
  const vain = object > 0 ? ` for ${fullName(trace, object)}` : ''
  const what =
    kind === reasons.sleep
      ? `slept ${many(line.count, 'time')} for ${duration(line.total / line.count)}${where}${inLoop}, only to look once more`
      : kind === reasons.loop
        ? `gave its turn away ${many(line.count, 'time')}${where}${inLoop}, only to look once more`
        : `waited${vain} ${many(line.count, 'time')}${where}${inLoop} and gave up ${many(line.gaveUp, 'time')}, after ${duration(line.inVain / line.gaveUp)} each time`
  const spent = kind === reasons.loop ? during : kind === reasons.sleep ? line.total : line.inVain
  const share = spent / lifeOf(trace, actor)
  return {
    subject: `${who}${where}`,
    sentence: `${who} ${what}: it woke ${perSecond(line.count, during)}, during ${duration(during)}, and that was ${percent(Math.min(1, share))} of its life.`,
    weight: Math.min(0.6, share),
    evidence: [longest],
    sql: lineSql(actor, site),
  }
}
