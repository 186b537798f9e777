// Nested submit: a job that waits for the result of another job of the same pool, while it keeps its worker.
//
//   worker-0   job 1 ▒▒ waits for job 3 ▒▒        job 3 needs a worker: with enough jobs like job 1 there is none left,
//   worker-1   job 2 ▒▒ waits for job 4 ▒▒        and nobody ever goes on
//
// It needs no deadlock to be found: a wait for a pool's result by one of this pool's own workers is enough, since a worker
// does nothing outside its jobs. Which jobs wait for which is not known: a pool with many more workers than jobs that wait
// may never come to it, and is told all the same, as an order of locks is; but not of a remote server of whose threads less than
// a quarter wait so.
import { sliceKinds } from '../../wire/kinds.ts'
import { atSite, fullName, nameOf } from '../query/names.ts'
import { list, many } from '../query/words.ts'
import type { SliceColumns } from '../query/read.ts'
import { isActor, type Lane } from '../store/lane.ts'
import type { ObjectRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { PoolUses } from './pool-uses.ts'
import { slicesSql } from './proof.ts'
import { isServer } from './remote-calls.ts'
import type { Found, Rule } from './rule.ts'
import type { Tally } from './tally.ts'

interface ResultWait {
  actor: number
  lane: number
  time: number
  dur: number
  site: number
  count: number
}

/** Waits for the results of pools, by pool, actor and line. */
export class ResultWaits implements Tally {
  readonly all = new Map<string, ResultWait & { pool: number }>()
  constructor(_: Trace) {}
  reads = isActor
  add(lane: Lane, { start, dur, kind, object, site }: SliceColumns, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      if (kind[i] !== sliceKinds.future || object[i] === 0) continue
      const key = `${object[i]} ${lane.object} ${site[i]}`
      const seen = this.all.get(key)
      if (!seen)
        this.all.set(key, {
          pool: object[i]!,
          actor: lane.object,
          lane: lane.id,
          time: start[i]!,
          dur: dur[i]!,
          site: site[i]!,
          count: 1,
        })
      else {
        seen.count++
        if (dur[i]! > seen.dur) Object.assign(seen, { lane: lane.id, time: start[i]!, dur: dur[i]! })
      }
    }
  }
}

export const nestedSubmit: Rule = {
  name: 'nested-submit',
  why: 'A job that waits for another job keeps its worker. When every worker is in such a job, the jobs they wait for never get one, and all of them wait for ever.',
  tryThis:
    'Give the inner jobs a pool of their own, do them in the outer job itself, or let the outer job return and submit what comes next from its callback.',
  tallies: [PoolUses, ResultWaits],
  look({ trace, unfinished, tally }) {
    const pools = tally(PoolUses).all
    const waits = [...tally(ResultWaits).all.values()]
    // of a finished recording these have come as slices
    for (const { thread, slice } of trace.live ? unfinished.waits.values() : [])
      if (slice.kind === sliceKinds.future && slice.object > 0)
        waits.push({ ...slice, pool: slice.object, actor: thread, time: slice.start, count: 1 })
    const nested = new Map<number, ResultWait[]>()
    for (const wait of waits) {
      const isWorker = pools.get(wait.pool)?.workers.has(wait.actor) || runsAJob(trace, wait)
      if (isWorker) nested.set(wait.pool, [...(nested.get(wait.pool) ?? []), wait])
    }
    return [...nested]
      .filter(([pool, of]) => couldFill(trace.objects[pool]!, of))
      .map(([pool, of]) => tell(trace, pool, of))
  },
}

/** Of a remote server: objects in it that call each other are common, and it has as many threads as it needs, or many. */
const couldFill = (pool: ObjectRow, waits: readonly ResultWait[]): boolean =>
  !isServer(pool) || new Set(waits.map(({ actor }) => actor)).size * 4 >= (pool.capacity || Infinity)

/** The actor has a job of the pool that is not over. */
function runsAJob(trace: Trace, { pool, actor }: ResultWait & { pool: number }): boolean {
  for (let lane = trace.objects[pool]?.lane ?? null; lane; lane = lane.next)
    if (lane.openKind === sliceKinds.job && lane.openObject === actor) return true
  return false
}

function tell(trace: Trace, pool: number, waits: readonly ResultWait[]): Found {
  const name = fullName(trace, pool)
  const workers = trace.objects[pool]!.capacity
  const count = waits.reduce((sum, wait) => sum + wait.count, 0)
  const who = [...new Set(waits.map(({ actor }) => nameOf(trace, actor)))]
  const evidence = waits.slice(0, 20).map(({ lane, time, dur }) => ({ lane, time, dur }))
  return {
    subject: name,
    sentence: `${list(who)} waited ${many(count, 'time')}${atSite(trace, waits[0]!.site)} for the result of a job of ${name} while running a job of the same pool. ${workers > 0 ? `It has ${many(workers, 'worker')}: when ${workers === 1 ? 'it waits' : 'all of them wait'} like that, none is left to run what they wait for.` : 'When all of its workers wait like that, none is left to run what they wait for.'}`,
    weight: 0.5,
    evidence,
    sql: slicesSql(evidence),
  }
}
