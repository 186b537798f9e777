// Never released: a lock whose holder has ended, or that its holder kept to the end, while others wanted it.
//
//   clerk    [lock ▒▒▒▒ raises an exception ✕     acquire, and no release on the way out
//   teller              ············ wants it for ever, or until its timeout
//
// Told of a thread or task that ended as holder, when others have used the lock too. Of a main thread that still held it
// when its process ended, and of another process that was killed with a shared lock, only when somebody wanted it after
// it was taken: a program may keep a lock until its end. Daemon threads are stopped anywhere (never-joined), who waits
// itself is stuck (deadlock), locks that others release are signals.
import { reasons } from '../../wire/kinds.ts'
import { atSite, fullName, nameOf } from '../query/names.ts'
import { duration, list } from '../query/words.ts'
import { alike, type Told } from './alike.ts'
import { isLock, LockUses } from './lock-uses.ts'
import { LinesWaited } from './line-waits.ts'
import { slicesSql } from './proof.ts'
import type { Found, Rule, Scene } from './rule.ts'
import { isCutOff, isMain, type OpenHold } from './unfinished.ts'

/** ns after its end that its release may still be on the way */
const still = 0.5e9

export const neverReleased: Rule = {
  name: 'never-released',
  why: 'A lock does not notice that its holder is gone: whoever needs it from then on waits for ever.',
  tryThis: 'Take it with `with lock:`, which releases it however the block is left, or release it in a finally.',
  tallies: [LockUses, LinesWaited],
  look(scene) {
    const told: Told[] = []
    for (const [id, holds] of scene.unfinished.holds) {
      const object = scene.trace.objects[id]!
      if (!isLock(object.kind) || object.internal || object.signal) continue
      for (const hold of holds) told.push(...tell(scene, hold))
    }
    // many locks taken at the same line are one thing to repair
    return alike(told, slicesSql)
  },
}

function tell(scene: Scene, hold: OpenHold): Told[] {
  const { trace, tally } = scene
  const holder = trace.objects[hold.thread]?.thread
  if (!holder || isCutOff(trace, holder)) return []
  const since = hold.slice.start
  const wanting = wanted(scene, hold)
  const { end, error } = holder
  // a main thread ends with its process
  const over = end !== null && !isMain(trace, hold.thread) && (!trace.live || trace.end - end > still)
  const users = tally(LockUses).all.get(hold.object)?.threads.size ?? 0
  if (
    trace.live
      ? !over || !wanting.length
      : over
        ? !wanting.length && users < 2
        : !wanting.length || !isOver(scene, hold)
  )
    return []
  const name = fullName(trace, hold.object)
  const who = nameOf(trace, hold.thread)
  const how = !over
    ? trace.processes[trace.objects[hold.thread]!.process]!.ended === 'cut'
      ? 'was killed while it held it'
      : 'still held it when it was over'
    : `ended ${duration(Math.max(0, end - since))} later${error ? ` by ${error}` : ''}, without releasing it`
  const after = wanting.length
    ? `${list(wanting.map((w) => `${nameOf(trace, w.actor)} waited ${duration(w.dur)} for it${atSite(trace, w.site)}${w.forEver ? ' and never got it' : ' and gave up'}`))}`
    : 'nobody wanted it after that, but other threads use it too'
  const evidence = [
    { lane: hold.slice.lane, time: since, dur: hold.slice.dur },
    ...wanting.map(({ lane, time, dur }) => ({ lane, time, dur })),
  ]
  const found: Found = {
    subject: name,
    sentence: `${who} took ${name}${atSite(trace, hold.slice.site)} and ${how}; ${after}.`,
    weight: wanting.some((w) => w.forEver) ? 0.98 : wanting.length ? 0.9 : 0.4,
    evidence,
    sql: slicesSql(evidence),
  }
  return [{ key: hold.slice.site || name, name, found }]
}

/** The main thread of the holder's process came to its end, or the process was killed with a lock that others use. */
function isOver({ trace, unfinished }: Scene, { thread, object }: OpenHold): boolean {
  const { process } = trace.objects[thread]!
  const { ended } = trace.processes[process]!
  if (ended === 'cut') return process !== 1 && trace.objects[object]!.shared
  return ended === 'clean' && isMain(trace, thread) && !unfinished.waits.has(thread)
}

interface Wanting {
  actor: number
  lane: number
  site: number
  time: number
  dur: number
  forEver: boolean
}
/** Others who waited for it in vain after it was taken. */
function wanted({ unfinished, tally }: Scene, { object, thread, slice }: OpenHold): Wanting[] {
  const wanting: Wanting[] = []
  for (const { thread: actor, slice: s } of unfinished.waits.values())
    if (s.kind === reasons.lock && s.object === object && actor !== thread)
      wanting.push({ actor, lane: s.lane, site: s.site, time: s.start, dur: s.dur, forEver: true })
  for (const [actor, lines] of tally(LinesWaited).all)
    for (const { kind, object: of, site, gaveUp, longest, last } of lines)
      if (
        kind === reasons.lock &&
        of === object &&
        gaveUp > 0 &&
        actor !== thread &&
        last > slice.start &&
        longest.time >= slice.start
      )
        wanting.push({ actor, site, ...longest, forEver: false })
  return wanting
}
