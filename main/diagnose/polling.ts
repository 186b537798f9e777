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
import { count, duration, list, many, percent } from '../query/words.ts'
import type { IncidentRow, ObjectRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { byLine, lifeOf, LinesWaited, objectOf, sumOf, type LineWaits } from './line-waits.ts'
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
    'Let whoever changes the state say so: an Event or a Condition to wait for, a queue whose get blocks, a None in the queue as the sign to stop; the join of a thread, the wait of a process or future.',
  tallies: [LinesWaited, Tries],
  live: false,
  look(scene) {
    const { trace, tally } = scene
    const tries = trace.objects.flatMap((object) => {
      const tried = (object?.incidents ?? []).filter((i) => isTrying(scene, object!, i))
      return tried.length ? [{ object: object!, tried }] : []
    })
    // who tries and sleeps in turn is told once
    const told = new Set(tries.flatMap(({ tried }) => tried.map((i) => i.actor)))
    const lines = [...tally(LinesWaited).all.values()].flat()
    const looking = lines.filter((line) => !told.has(line.actor) && isLooking(trace, line))
    return [
      ...tries.map(({ object, tried }) => tellTries(trace, object, tried)),
      ...byLine(looking).map((group) => tellLines(trace, group)),
    ]
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

function tellTries(trace: Trace, object: ObjectRow, tried: readonly IncidentRow[]): Found {
  const actors = [...new Set(tried.map((i) => i.actor))]
  const who = list(actors.map((actor) => nameOf(trace, actor)))
  const times = tried.reduce((sum, i) => sum + i.count, 0)
  const where = list([...new Set(tried.map((i) => atSite(trace, i.site)))].map((at) => at.trim()))
  const first = Math.min(...tried.map((i) => i.first))
  const during = Math.max(1, Math.max(...tried.map((i) => i.last)) - first)
  const share = Math.max(...tried.map((i) => (i.last - i.first) / lifeOf(trace, i.actor)))
  return {
    subject: `${who} ${where}`.trim(),
    sentence: `${who} tried ${fullName(trace, object.id)} ${count(times)} times in vain ${where}, ${perSecond(times, during)} during ${duration(during)}, ${percent(Math.min(1, share))} of ${actors.length === 1 ? 'its life' : 'their lives'}.${slowed(trace, actors, times, during)}`,
    weight: Math.min(0.8, share),
    evidence: tried.map(({ actor, first, last }) => ({
      lane: trace.objects[actor]!.lane!.id,
      time: first,
      dur: last - first,
    })),
    sql: incidentSql(['refused'], object.id),
  }
}
const perSecond = (times: number, during: number): string => {
  const rate = (times / during) * 1e9
  return `${rate < 10 ? rate.toFixed(1) : count(Math.round(rate))} times a second`
}
/** Whoever tries without a pause has the GIL most of the time. */
function slowed(trace: Trace, actors: readonly number[], times: number, during: number): string {
  if (during / times > 1e6) return ''
  const { process } = trace.objects[actors[0]!]!
  const gil = trace.objects.find((o) => o && o.kind === objectKinds.gil && o.process === process)
  const waited = (gil?.blame ?? []).reduce((sum, b) => sum + (actors.includes(b.holder) ? b.dur : 0), 0)
  return waited < 20e6
    ? ''
    : ` Others waited ${duration(waited)} for the GIL while ${actors.length === 1 ? 'it' : 'they'} had it.`
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

function tellLines(trace: Trace, lines: readonly LineWaits[]): Found {
  const { site, kind } = lines[0]!
  const actors = lines.map((line) => line.actor)
  const who = list(actors.map((actor) => nameOf(trace, actor)))
  const where = atSite(trace, site)
  const { loop } = trace.sites[site]!
  const object = objectOf(lines)
  const times = sumOf(lines, 'count')
  const gaveUp = sumOf(lines, 'gaveUp')
  const at = `${many(times, 'time')}${kind === reasons.sleep ? ` for ${duration(sumOf(lines, 'total') / times)}` : ''}${where}${loop ? `, in \`${loop}\`` : ''}`
  const what =
    kind === reasons.sleep
      ? `slept ${at}, only to look once more`
      : kind === reasons.loop
        ? `gave its turn away ${at}, only to look once more`
        : `waited${object > 0 ? ` for ${fullName(trace, object)}` : ''} ${at} and gave up ${many(gaveUp, 'time')}, after ${duration(sumOf(lines, 'inVain') / gaveUp)} each time`
  const during = Math.max(1, Math.max(...lines.map((l) => l.last)) - Math.min(...lines.map((l) => l.first)))
  const share = Math.max(...lines.map((line) => spentBy(line) / lifeOf(trace, line.actor)))
  const one = lines.length === 1
  return {
    subject: `${who}${where}`,
    sentence: `${who} ${what}: ${one ? 'it' : 'they'} woke ${perSecond(times, during)}, during ${duration(during)}, and that was ${percent(Math.min(1, share))} of ${one ? 'its life' : 'a life'}.`,
    weight: Math.min(0.6, share),
    evidence: lines.map(({ longest }) => longest),
    sql: lineSql(actors, site),
  }
}
const spentBy = ({ kind, first, last, total, inVain }: LineWaits): number =>
  kind === reasons.loop ? last - first : kind === reasons.sleep ? total : inVain
