// Imbalance: work that is shared unevenly, so that those who are done stand and wait for the one who is not.
//
//   quarter-1   ██·····|██·····|██·····|        at a barrier: one of them makes the others wait, round after round
//   quarter-4   ███████|███████|███████|
//
//   worker-0    ██ ██ ██ █                      in a pool: the last job of a batch is as long as all that came before,
//   worker-1    ██ ██ ██ ██████████████         and nobody is left to help with it
//
// At a barrier it is told when the waits there take a fifth of the time of those who meet (200 ms in all, five rounds or
// more), and one of them has caused 60 % of that: when everybody is the last now and then, the work is only uneven by
// chance. In a pool, when 30 % of what its workers could have done in its batches was lost in the tails of them, 200 ms or
// more, and the last to work had a job three times as long as the pool's jobs are on average: jobs of one length leave a
// tail of one job at most, which is what it is. Where jobs need each other, stragglers and shuffle-skew look at each step.
import { flowKinds } from '../../wire/kinds.ts'
import { fullName, nameOf } from '../query/names.ts'
import { duration, list, many, percent } from '../query/words.ts'
import type { FlowColumns } from '../store/flows.ts'
import { loadFlows } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { BarrierWaits, endKey, type BarrierWait } from './barrier-waits.ts'
import { PoolUses, type Batches, type PoolUse } from './pool-uses.ts'
import { isGraph } from './brothers.ts'
import { barrierSql, jobsSql } from './proof.ts'
import type { Found, Rule } from './rule.ts'
import { mostFirst } from './waited.ts'

const least = 200e6

export const imbalance: Rule = {
  name: 'imbalance',
  why: 'Everybody goes at the pace of the one who has the most to do: the others stand still until it is done.',
  tryThis:
    'Share the work by what it costs and not by how many pieces it has, or in smaller pieces, handed out as each is done.',
  tallies: [BarrierWaits, PoolUses],
  live: false,
  look({ trace, tally }) {
    const found: Found[] = []
    for (const [id, barrier] of tally(BarrierWaits).all) {
      const told = atBarrier(trace, id, barrier)
      if (told) found.push(told)
    }
    for (const [id, pool] of tally(PoolUses).all) {
      const told = isGraph(trace, id) ? null : inPool(trace, id, pool)
      if (told) found.push(told)
    }
    return found
  },
}

/** What the last to come caused: ns that others waited, and in how many rounds. */
interface Caused {
  dur: number
  rounds: Set<number>
}
function atBarrier(trace: Trace, id: number, barrier: BarrierWait): Found | null {
  if (barrier.total < least || trace.objects[id]!.internal) return null
  const causes = causedBy(trace, id, barrier)
  const known = [...causes.values()].reduce((sum, { dur }) => sum + dur, 0)
  const rounds = [...causes.values()].reduce((sum, { rounds }) => sum + rounds.size, 0)
  const [slow, caused] = [...causes].sort((a, b) => b[1].dur - a[1].dur)[0] ?? []
  if (slow === undefined || rounds < 5 || caused!.dur < 0.6 * known) return null
  const waiters = mostFirst(barrier.waits).filter(([actor]) => actor !== slow)
  const spent = (waiters.length + 1) * (barrier.last - barrier.first)
  if (barrier.total < spent / 5) return null
  const name = fullName(trace, id)
  return {
    subject: name,
    sentence: `${nameOf(trace, slow)} was the last at ${name} in ${many(caused!.rounds.size, 'round')} of ${rounds} and made the others wait ${duration(caused!.dur)}, ${percent(caused!.dur / known)} of all waits there: ${list(waiters.map(([actor, { total }]) => `${nameOf(trace, actor)} waited ${duration(total)}`))}.`,
    weight: Math.min(0.99, barrier.total / spent),
    evidence: waiters.slice(0, 8).map(([, { longest }]) => longest),
    sql: barrierSql(id),
  }
}

/** actor → what it caused by coming last */
function causedBy(trace: Trace, id: number, { ends, first, last }: BarrierWait): Map<number, Caused> {
  const causes = new Map<number, Caused>()
  const read = (f: FlowColumns) => {
    for (let i = 0; i < f.n; i++) {
      if (f.kind[i] !== flowKinds.barrier || f.object[i] !== id) continue
      const dur = ends.get(endKey(f.toLane[i]!, f.toTime[i]!))
      if (dur === undefined) continue
      const actor = trace.lanes[f.fromLane[i]!]!.object
      const caused = causes.get(actor) ?? { dur: 0, rounds: new Set() }
      causes.set(actor, caused)
      caused.dur += dur
      caused.rounds.add(f.fromTime[i]!)
    }
  }
  for (const block of trace.flowBlocks)
    if (block.end >= first && block.start <= last) read(block.columns ?? loadFlows(trace, block))
  read(trace.flowTail)
  return causes
}

function inPool(trace: Trace, id: number, pool: PoolUse): Found | null {
  const batches = pool.batches()
  if (!batches || batches.idle < least || batches.idle < 0.3 * batches.capacity) return null
  const mean = pool.busy / pool.jobs
  const [late] = [...pool.workers].sort((a, b) => b[1].longest.dur - a[1].longest.dur)
  const { longest } = late![1]
  const { from, to } = batches.worst
  if (longest.dur < 3 * mean || longest.time + longest.dur < to || longest.time > to) return null
  return tellPool(trace, id, pool, batches, { worker: late![0], mean, from, to })
}
function tellPool(
  trace: Trace,
  id: number,
  pool: PoolUse,
  batches: Batches,
  { worker, mean, from, to }: { worker: number; mean: number; from: number; to: number },
): Found {
  const name = fullName(trace, id)
  const { lane, time, dur } = pool.workers.get(worker)!.longest
  return {
    subject: name,
    sentence: `${nameOf(trace, worker)} ran a job of ${duration(dur)} in ${name}, where a job takes ${duration(mean)} on average; for the last ${duration(to - from)} not all of the ${many(pool.workers.size, 'worker')} had anything left to do. ${percent(batches.idle / batches.capacity)} of what they could have done was lost so.`,
    weight: Math.min(0.99, batches.idle / batches.capacity),
    tryThis: 'Hand out the longest jobs first, or make them smaller (a smaller chunksize).',
    evidence: [{ lane, time, dur }],
    sql: jobsSql(id),
  }
}
