// Swallowed cancellation: a task was asked to end, caught the CancelledError, and went on.
//
//   main   ▒ job.cancel() ▒                                 asked once, and the request is used up
//   job    ···· await ····│ except …: … ··· await ··· await ···
//
// Not told: requests that the task took back by uncancel, as asyncio.timeout and TaskGroup do; requests that a callback of
// the loop made before Python 3.11, where a timeout cannot take them back, or before 3.13 while the task stood at the end
// of an `async with`, where a TaskGroup that ends its block early does not take them back; a task that ended by an exception; and one
// that only cleaned up: told from the second thing on that it waited for afterwards, or one of 100 ms or more.
import { objectKinds, reasons } from '../../wire/kinds.ts'
import { atSite, fullName, nameOf } from '../query/names.ts'
import { columnsIn } from '../query/read.ts'
import { duration, list, many } from '../query/words.ts'
import type { IncidentRow, ObjectRow } from '../store/model.ts'
import { sliceBefore } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { alike, type Told } from './alike.ts'
import { incidentSql } from './proof.ts'
import type { Found, Rule } from './rule.ts'

const long = 100e6

export const swallowedCancel: Rule = {
  name: 'swallowed-cancel',
  why: 'A cancellation is delivered once: whoever catches it and goes on cannot be stopped, and a timeout, a TaskGroup or the end of the program waits for it.',
  tryThis:
    'Let CancelledError through: clean up in a finally, or end the except with raise; catch Exception (which does not include it since Python 3.8) instead of BaseException or a bare except.',
  live: false,
  look: ({ trace }) => alike(trace.objects.flatMap((object) => (object?.incidents ? tell(trace, object) : []))),
}

function tell(trace: Trace, task: ObjectRow): Told[] {
  const row = task.thread
  if (task.kind !== objectKinds.task || task.internal || !row || row.error !== null) return []
  const asked = task.incidents!.filter(
    (i) => i.what === 'cancelled' && i.actor !== task.id && !isOldWay(trace, task, i),
  )
  const requests = asked.reduce((sum, i) => sum + i.count, 0)
  const takenBack = task.incidents!.reduce((sum, i) => sum + (i.what === 'uncancelled' ? i.count : 0), 0)
  if (requests <= takenBack) return []
  const last = asked.reduce((a, b) => (b.last > a.last ? b : a))
  const end = row.end ?? trace.end
  const after = waitsAfter(trace, task, last.last, end)
  if (after.count < 2 && after.longest < long) return []
  const name = fullName(trace, task.id)
  const before = sliceBefore(trace, task.lane!, last.last)
  const where = before?.site ? ` It was told at its await${atSite(trace, before.site)}.` : ''
  const by = list([...new Set(asked.map((i) => `${nameOf(trace, i.actor)}${atSite(trace, i.site)}`))])
  const ended = row.end === null ? 'was still not over when the recording ended' : 'ended as if nothing had been'
  const found: Found = {
    subject: nameOf(trace, task.id),
    sentence: `${name} was asked to end by ${by}${requests > 1 ? ` ${many(requests, 'time')}` : ''}, but went on: it waited for ${many(after.count, 'other thing')} and ${ended} ${duration(end - last.last)} later.${where}`,
    weight: row.end === null || requests > 1 ? 0.6 : 0.4,
    evidence: [{ lane: task.lane!.id, time: last.last, dur: end - last.last }],
    sql: incidentSql(['cancelled', 'uncancelled'], task.id),
  }
  return [{ key: before?.site || name, name, found }]
}

/** A callback of the loop asked, in a Python where this may be a timeout or a TaskGroup that nothing tells the end of. */
function isOldWay(trace: Trace, task: ObjectRow, { actor, last }: IncidentRow): boolean {
  const by = trace.objects[actor]
  if (!by || by.kind === objectKinds.task) return false
  const minor = Number((trace.processes[by.process]!.python.split(' ')[0] ?? '').split('.')[1])
  if (minor < 11) return true
  const waited = sliceBefore(trace, task.lane!, last)
  return minor < 13 && /^async\s+with\b/.test(trace.sites[waited?.site ?? 0]?.text ?? '')
}

/** What it began to wait for after it had been asked; turns on the loop are not counted. */
function waitsAfter(trace: Trace, task: ObjectRow, since: number, end: number): { count: number; longest: number } {
  let count = 0
  let longest = 0
  for (const [c, first, last] of columnsIn(trace, task.lane!, since, end))
    for (let i = first; i < last; i++) {
      if (c.start[i]! <= since || (c.kind[i] === reasons.loop && c.site[i] === 0)) continue
      count++
      longest = Math.max(longest, c.dur[i]!)
    }
  return { count, longest }
}
