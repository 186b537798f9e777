// Never awaited: coroutines that were made and thrown away, tasks that nobody kept or whose exception nobody looked at.
//
// asyncio and Python complain of each of them themselves, on stderr, when the object is thrown away: so each is told,
// once for each line or task. One that came to light only after the recording ended is not seen.
import { atSite, fullName, nameOf } from '../query/names.ts'
import { list, many } from '../query/words.ts'
import type { ObjectRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { incidentSql } from './proof.ts'
import type { Found, Rule } from './rule.ts'

/** one finding of each sort names so many */
const most = 5

export const unawaited: Rule = {
  name: 'unawaited',
  why: 'What is not awaited is not done, or fails in silence: a coroutine that nobody awaits never begins, and the exception of a task is raised only where somebody awaits it.',
  tryThis:
    'Put await before the call, or make a task of it and keep and await that task (gather, TaskGroup): the loop itself keeps no task alive.',
  look: ({ trace }) => [...coroutines(trace), ...failed(trace), ...pending(trace)],
}

const evidenceOf = (object: ObjectRow, time: number): Found['evidence'] =>
  object.lane ? [{ lane: object.lane.id, time, dur: 0 }] : []

function coroutines(trace: Trace): Found[] {
  const bySite = new Map<number, { count: number; actors: ObjectRow[]; time: number }>()
  for (const object of trace.objects)
    for (const i of object?.incidents ?? []) {
      if (i.what !== 'unawaited') continue
      const sum = bySite.get(i.site) ?? { count: 0, actors: [], time: i.first }
      sum.count += i.count
      sum.actors.push(object!)
      bySite.set(i.site, sum)
    }
  return [...bySite].map(([site, { count, actors, time }]) => {
    const func = trace.sites[site]?.func ?? 'a coroutine'
    const one = count === 1
    return {
      subject: func,
      sentence: `${func}${atSite(trace, site)} was called ${many(count, 'time')} by ${list(actors.map((a) => nameOf(trace, a.id)))}, but the ${one ? 'coroutine was' : 'coroutines were'} thrown away without being awaited: nothing of ${one ? 'it' : 'them'} was done.`,
      weight: 0.6,
      evidence: evidenceOf(actors[0]!, time),
      sql: incidentSql(['unawaited'], 0),
    }
  })
}

const tasks = (trace: Trace, what: 'exceptionNeverRetrieved' | 'destroyedPending') =>
  trace.objects.flatMap((object) => {
    const row = object?.internal ? undefined : object?.incidents?.find((i) => i.what === what)
    return row ? [{ object: object!, time: row.first }] : []
  })

function failed(trace: Trace): Found[] {
  const found = tasks(trace, 'exceptionNeverRetrieved')
  if (!found.length) return []
  const names = found.map(({ object }) => `${fullName(trace, object.id)} by ${object.thread?.error ?? 'an exception'}`)
  return [
    {
      subject: list(found.map(({ object }) => nameOf(trace, object.id))),
      sentence: `${many(found.length, 'task')} failed and nobody looked at the result: ${list(names, most)}.`,
      weight: 0.55,
      evidence: found.flatMap(({ object, time }) => evidenceOf(object, object.thread?.end ?? time)),
      sql: incidentSql(['exceptionNeverRetrieved'], 0),
    },
  ]
}

function pending(trace: Trace): Found[] {
  const found = tasks(trace, 'destroyedPending')
  if (!found.length) return []
  return [
    {
      subject: list(found.map(({ object }) => nameOf(trace, object.id))),
      sentence: `${many(found.length, 'task')} had not ended when the last reference to ${found.length === 1 ? 'it' : 'them'} was gone: ${list(
        found.map(({ object }) => fullName(trace, object.id)),
        most,
      )}.`,
      weight: 0.5,
      evidence: found.flatMap(({ object, time }) => evidenceOf(object, time)),
      sql: incidentSql(['destroyedPending'], 0),
    },
  ]
}
