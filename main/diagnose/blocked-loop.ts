// Blocked loop: steps of 50 ms or more, during which nothing else on the event loop can go on.
//
//   search   await ▒▒▒ time.sleep ▒▒▒ await        one step
//   guests   ······· wait for the loop ·····       overdue, all of them
//
// Told when tasks waited 100 ms or more for their turn because of steps that went on at one line, twice or more, or once
// for a quarter of a second: a machine that stood still for a moment is no habit of the program. A long step during which
// nobody else had anything to do hurts nobody. A step that waited for the GIL most of its time was itself held up. Nor is
// it told of a line where not one step in a hundred is long, unless what it waited for inside is known: a busy machine
// stops now one step and now another.
// What the loop's thread or the task waited for inside the step (a sleep, a lock, I/O) is named with its line.
import { objectKinds, reasons, sliceKinds } from '../../wire/kinds.ts'
import { waitersOf } from '../query/holders.ts'
import { atSite, fullName, nameOf } from '../query/names.ts'
import { columnsIn } from '../query/read.ts'
import { duration, list, many } from '../query/words.ts'
import type { Trace } from '../store/trace.ts'
import type { Found, Rule } from './rule.ts'
import { Stalls, type Stall, type Stalled } from './stalls.ts'

const least = 100e6
const longOnce = 250e6
/** of the steps at the line */
const often = 0.01
/** findings */
const most = 20
/** with more tasks than that nobody is named */
const fewTasks = 5000

export const blockedLoop: Rule = {
  name: 'blocked-loop',
  why: 'An event loop runs one step at a time: while a step computes or calls something that blocks, every other task stands still, also those whose answer has long come.',
  tryThis:
    'Call what blocks in a thread (await asyncio.to_thread(…)), use a library that awaits, or cut a long computation into pieces or give it to a process.',
  tallies: [Stalls],
  look({ trace, tally }) {
    const costly = [...tally(Stalls).all.values()]
      .filter((stalled) => stalled.count >= 2 || stalled.total >= longOnce)
      .map((stalled) => ({ stalled, waited: waitedFor(trace, stalled) }))
      .filter(({ waited }) => waited >= least)
    costly.sort((a, b) => b.stalled.total - a.stalled.total)
    return costly.slice(0, most).flatMap(({ stalled, waited }) => {
      const habit = stalled.count >= often * tally(Stalls).stepsAt(stalled.site)
      return tell(trace, stalled, waited, habit)
    })
  },
}

/** ns that others waited for the loop while it had these steps. */
const waitedFor = (trace: Trace, { loop, actors, site }: Stalled): number =>
  (trace.objects[loop]!.blame ?? []).reduce(
    (sum, b) => sum + (b.holderSite === site && actors.has(b.holder) ? b.dur : 0),
    0,
  )

function tell(trace: Trace, stalled: Stalled, waited: number, habit: boolean): Found[] {
  const { loop, actors, site, count, total, longest } = stalled
  const inside = waitsInside(trace, longest)
  const known = longest.reduce((sum, { dur }) => sum + dur, 0)
  const gil = inside.filter((w) => w.kind === reasons.gil).reduce((sum, w) => sum + w.dur, 0)
  if (gil > known / 2) return []
  const mostFirst = [...actors].sort((a, b) => b[1] - a[1]).map(([actor]) => actor)
  const isTask = trace.objects[mostFirst[0]!]!.kind === objectKinds.task
  const who = isTask ? list(mostFirst.map((actor) => nameOf(trace, actor))) : 'A callback'
  const longestInside = inside.filter((w) => w.kind !== reasons.gil).sort((a, b) => b.dur - a.dur)[0]
  const share = longestInside ? (longestInside.dur / known) * total : 0
  const isKnown = share >= total / 5
  if (!isKnown && !habit) return []
  const what = !longestInside || !isKnown ? '' : `; ${duration(share)} of it ${doing(trace, longestInside)}`
  const [worst] = longest
  const late = trace.threads.length > fewTasks ? [] : waitersOf(trace, loop, worst!.time, worst!.time + worst!.dur)
  const names = list(late.filter((w) => w.thread !== worst!.actor).map((w) => nameOf(trace, w.thread)))
  const life = Math.max(1, trace.end - (trace.objects[loop]!.created ?? 0))
  return [
    {
      subject: `${who}${atSite(trace, site)}`,
      sentence: `${who} blocked the ${fullName(trace, loop)} ${many(count, 'time')} for ${duration(total / count)}, ${duration(total)} in all, in steps that went on${atSite(trace, site)}${what}. Meanwhile ${names || 'others'} waited ${duration(waited)} for their turn.`,
      weight: Math.min(0.95, Math.max(0.2, total / life)),
      evidence: [
        ...(isKnown ? [longestInside!.longest] : []),
        ...longest.map(({ lane, time, dur }) => ({ lane, time, dur })),
      ],
      sql: stallSql(loop, site),
    },
  ]
}

interface Inside {
  kind: number
  /** the first; others too */
  object: number
  others: boolean
  site: number
  dur: number
  longest: { lane: number; time: number; dur: number }
}
/** What the tasks, and the thread that ran the loop, waited for within the steps, summed by line. */
function waitsInside(trace: Trace, longest: readonly Stall[]): Inside[] {
  const sums = new Map<string, Inside>()
  for (const { actor, time, dur } of longest)
    for (const id of new Set([actor, threadOf(trace, actor)])) {
      const lane = trace.objects[id]?.lane
      if (!lane) continue
      for (const [c, first, last] of columnsIn(trace, lane, time, time + dur))
        for (let i = first; i < last; i++) {
          if (c.start[i]! < time || c.start[i]! + c.dur[i]! > time + dur || c.kind[i] === reasons.loop) continue
          // a process that is run again and again is another one each time
          const key = `${c.kind[i]} ${c.site[i]}`
          const object = c.object[i]!
          const one = { lane: lane.id, time: c.start[i]!, dur: c.dur[i]! }
          const sum = sums.get(key)
          if (sum) {
            sum.dur += one.dur
            sum.others ||= sum.object !== object
            if (one.dur > sum.longest.dur) sum.longest = one
          } else
            sums.set(key, { kind: c.kind[i]!, object, others: false, site: c.site[i]!, dur: one.dur, longest: one })
        }
    }
  return [...sums.values()]
}
/** The thread whose code first made the task, or a task that did: of the loop. */
function threadOf(trace: Trace, actor: number): number {
  let id = actor
  for (let hops = 0; hops < 100 && trace.objects[id]?.kind === objectKinds.task; hops++)
    id = trace.objects[id]!.thread?.parent ?? 0
  return id
}
function doing(trace: Trace, { kind, object, others, site }: Inside): string {
  const where = `${atSite(trace, site)}${trace.sites[site] ? ` (${trace.sites[site]!.func})` : ''}`
  if (kind === reasons.sleep) return `asleep${where}`
  return `waiting${object > 0 ? ` for ${fullName(trace, object)}${others ? ' and others' : ''}` : kind === reasons.io ? ' for I/O' : ''}${where}`
}

const stallSql = (loop: number, site: number): string => `\
SELECT t.name AS task, p.file || ':' || p.line AS went_on_at, count(*) AS times, sum(s.dur) / 1e6 AS ms,
       (SELECT sum(b.dur) / 1e6 FROM blame b
        WHERE b.object = ${loop} AND b.holder = s.object AND b.holder_site = ${site}) AS others_waited_ms
FROM slice s JOIN lane l ON l.id = s.lane AND l.object = ${loop} JOIN object t ON t.id = s.object
LEFT JOIN site p ON p.id = s.site
WHERE s.kind = ${sliceKinds.stall} AND s.site = ${site} GROUP BY s.object ORDER BY ms DESC`
