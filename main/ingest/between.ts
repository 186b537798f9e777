// Events between processes, one record each: jobs of pools, messages of channels, collectives of ranks. In: a record whose
// actor is known. Out: false when its kind is none of these.
import { eventKinds, flags, flowKinds, outcomes } from '../../wire/kinds.ts'
import { accesses } from '../../wire/operations.ts'
import type { Trace } from '../store/trace.ts'
import { post, receive, send, takenBack } from './channels.ts'
import { enter, leave } from './collectives.ts'
import { jobBegin, jobEnd, result, submit } from './jobs.ts'
import { accept, keyedBegins, keyedEnds, keyedResult, keyOf, poolOfJob, submitKeyed } from './keyed-jobs.ts'
import type { ObjectState, ThreadState } from './object-state.ts'
import type { Objects } from './objects.ts'
import type { Run } from './run.ts'
import type { Sources } from './sources.ts'
import { outcomeOf, whereItWaits } from './waits.ts'

/** What a process has for its records. */
export interface Belongings {
  run: Run
  trace: Trace
  sources: Sources
  objects: Objects
}

/** `since`: when the wait began that the record has ended, −1 = none. */
export const between = (
  { run, trace, sources, objects }: Belongings,
  thread: ThreadState,
  time: number,
  serial: number,
  seq: number,
  site: number,
  kind: number,
  flag: number,
  arg: number,
  since: number,
): boolean => {
  const isKeyed = (flag & flags.keyed) !== 0
  switch (kind) {
    case eventKinds.submit: {
      const at = sources.site(site)
      if (isKeyed) submitKeyed(trace, thread, objects.get(serial, kind), time, { key: keyOf(arg, seq), site: at })
      else submit(trace, thread, objects.get(serial, kind), time, { job: arg, parts: seq, site: at })
      return true
    }
    case eventKinds.accept:
      accept(trace, thread, objects.get(serial, kind), time, keyOf(arg, seq))
      return true
    case eventKinds.jobBegin: {
      const at = sources.site(site)
      if (isKeyed)
        keyedBegins(trace, thread, objects.get(serial, kind), time, {
          key: keyOf(arg, seq),
          site: at,
          pools: run.shared.values(),
        })
      else jobBegin(trace, thread, objects.get(serial, kind), time, { job: arg, site: at })
      return true
    }
    case eventKinds.jobEnd: {
      const outcome = outcomeOf(flag)
      if (isKeyed) keyedEnds(trace, thread, objects.get(serial, kind), time, { key: keyOf(arg, seq), outcome })
      else jobEnd(trace, thread, objects.get(serial, kind), time, { job: arg, part: seq, outcome })
      return true
    }
    case eventKinds.result:
      if (isKeyed) {
        const key = keyOf(arg, seq)
        const pool = serial ? objects.get(serial, kind) : poolOfJob(run.shared.values(), key)
        if (pool) keyedResult(trace, thread, pool, time, key)
      } else result(trace, thread, objects.get(serial, kind), time, { job: arg, part: seq })
      return true
    case eventKinds.post:
      post(trace, thread, objects.get(serial, kind), time, seq)
      return true
    case eventKinds.send: {
      if ((flag & 255) === outcomes.cancelled) {
        takenBack(objects.get(serial, kind))
        return true
      }
      const blocked = flag & flags.blocks ? whereItWaits(trace, sources, site, flag) : null
      send(trace, thread, objects.get(serial, kind), time, seq, arg, blocked)
      return true
    }
    case eventKinds.receive:
      receive(trace, thread, objects.get(serial, kind), time, seq, arg, since)
      return true
    case eventKinds.enter:
      enter(trace, thread, objects.get(serial, kind), time, {
        number: seq,
        flag,
        bytes: arg,
        ...whereItWaits(trace, sources, site, flag),
      })
      return true
    case eventKinds.leave:
      leave(trace, thread, objects.get(serial, kind), time, seq)
      accessesEnd(run, trace, thread, objects.get(serial, kind), time)
      return true
    case eventKinds.access:
      thread.accesses.push({ window: objects.get(serial, kind), rank: seq, kind: flag & 255, time })
      return true
    default:
      return false
  }
}

/** What it did to the memory of other ranks through the window has happened: arrows the way the bytes went. */
export const accessesEnd = (run: Run, trace: Trace, thread: ThreadState, window: ObjectState, time: number): void => {
  if (thread.accesses.length === 0) return
  const { members } = window.row
  for (const { kind, rank, time: from } of thread.accesses.filter((access) => access.window === window)) {
    const other = members ? run.laneOfRank(members.group, members.ranks[rank] ?? -1) : null
    if (other === null || other === thread.lane.id) continue
    const [source, target] = kind === accesses.get ? [other, thread.lane.id] : [thread.lane.id, other]
    trace.flow(flowKinds.access, source, from, target, time, window.id)
  }
  thread.accesses = thread.accesses.filter((access) => access.window !== window)
}
