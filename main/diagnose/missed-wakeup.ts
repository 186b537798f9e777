// Missed wake-up: a condition is notified while nobody waits; who comes next waits for it, in vain.
//
//   producer  [lock] notify ·                        nobody hears it
//   consumer                · [lock] wait ▒▒▒▒▒▒▒▒▒▒▒▒▒▒ until its timeout, or for ever
//
// Told only when the waiter was the next one to take the condition's lock (ingest: `missed`): then nothing that the lock
// guards has changed in between, and the notify was what it waits for. A wait inside `while not …` or wait_for has looked
// at the state under the lock, found it wanting, and so waits for another notify: not told. Nor are daemon threads that
// still wait when a program ends as it should. Time: what these waits cost the waiter.
import { reasons } from '../../wire/kinds.ts'
import { atSite, fullName, nameOf } from '../query/names.ts'
import { duration, many } from '../query/words.ts'
import type { IncidentRow, ObjectRow, Site } from '../store/model.ts'
import { LinesWaited, lifeOf, type GaveUp } from './line-waits.ts'
import { slicesSql } from './proof.ts'
import type { Found, Rule, Scene } from './rule.ts'

export const missedWakeup: Rule = {
  name: 'missed-wakeup',
  why: 'notify wakes only who waits at that moment; a condition does not remember it for those who come later.',
  tryThis:
    'Keep what happened in a variable under the same lock and wait with `while not happened: condition.wait()` (or wait_for): then who comes late does not wait at all. An Event remembers by itself.',
  tallies: [LinesWaited],
  live: false,
  look(scene) {
    const found: Found[] = []
    for (const object of scene.trace.objects) {
      if (!object?.incidents || object.internal) continue
      const missed = object.incidents.filter((i) => i.what === 'missed')
      if (missed.length) found.push(...tell(scene, object, missed))
    }
    return found
  },
}

interface Pair {
  notify: IncidentRow
  wait: GaveUp
  forEver: boolean
}

function tell(scene: Scene, object: ObjectRow, missed: readonly IncidentRow[]): Found[] {
  const { trace } = scene
  const pairs = missed.flatMap((notify) => pairOf(scene, object, notify) ?? [])
  pairs.sort((a, b) => b.wait.dur - a.wait.dur)
  const [worst] = pairs
  if (!worst) return []
  const { notify, wait, forEver } = worst
  const name = fullName(trace, object.id)
  const times = missed.reduce((sum, i) => sum + i.count, 0)
  const again = times > 1 ? ` It happened ${many(times, 'time')}.` : ''
  const evidence = pairs.map(({ wait: { lane, start, dur } }) => ({ lane, time: start, dur }))
  return [
    {
      subject: name,
      sentence: `${nameOf(trace, notify.actor)} notified ${name}${atSite(trace, notify.site)} when nobody waited for it; ${nameOf(trace, wait.actor)} began to wait ${duration(wait.start - notify.last)} later${atSite(trace, wait.site)} and waited ${duration(wait.dur)}, ${forEver ? 'as long as there was a recording: nobody notified it again' : 'until its timeout'}.${again}`,
      weight: forEver ? 0.95 : Math.min(0.9, Math.max(0.2, wait.dur / lifeOf(trace, wait.actor))),
      evidence,
      sql: slicesSql(evidence),
    },
  ]
}

/** The first wait for it after the notify: the one that should have heard it. */
function pairOf({ trace, unfinished, tally }: Scene, object: ObjectRow, notify: IncidentRow): Pair | null {
  const waits = (tally(LinesWaited).conditions.get(object.id) ?? []).map((wait) => ({ wait, forEver: false }))
  for (const { thread, slice } of unfinished.waits.values()) {
    if (slice.kind !== reasons.condition || slice.object !== object.id) continue
    if (trace.processes[trace.objects[thread]!.process]!.ended === 'clean') continue
    waits.push({
      wait: { actor: thread, lane: slice.lane, site: slice.site, start: slice.start, dur: slice.dur },
      forEver: true,
    })
  }
  const after = waits.filter(({ wait }) => wait.start >= notify.last).sort((a, b) => a.wait.start - b.wait.start)
  const [next] = after
  return next && !hasLooked(trace.sites[next.wait.site]) ? { notify, ...next } : null
}

/** The line waits only after it has looked at the state; also when its source is not known. */
const hasLooked = (site: Site | undefined): boolean =>
  !site?.text || site.text.includes('wait_for(') || /^while\s+(?!True\b|1\s*:)/.test(site.loop)
