// Starvation: several consumers that hardly ever get an item, because who makes the items cannot make them faster.
//
//   producer   ████████████████████████      always at work
//   consumer   ▒····················▒···     two and more of them, each idle most of the time: one would do
//   consumer   ·······▒············▒····
//
// Waiting for work is what consumers do, so it is told only when all of this is true: the queue was empty more than half
// of its life (and lived 100 ms); two consumers or more had each five waits and were idle for six tenths of the time
// between their first item and their last; what they all did would not fill the time of one; and the producers were at
// work (did not sleep, nor wait for anything but the GIL) for eight tenths of the queue's life. Without the last a server
// with little to do would be told: who sleeps or waits for the outside world has nothing to hand on, and the consumers
// are there for the moment when it has. Nobody is held up by it: it weighs little.
import { flowKinds, sliceKinds } from '../../wire/kinds.ts'
import { fullName, nameOf } from '../query/names.ts'
import { columnsIn } from '../query/read.ts'
import { duration, list, many, percent } from '../query/words.ts'
import { loadFlows } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { itemsSql } from './proof.ts'
import { QueueUses, type Consumer, type QueueUse } from './queue-uses.ts'
import type { Found, Rule } from './rule.ts'

const idleMostly = 0.6
const busyMostly = 0.8
/** hand-offs and waits read to know the producers, at most */
const readable = 500_000

export const starvation: Rule = {
  name: 'starvation',
  why: 'More consumers do not help when the items do not come faster: the producer is the slow side, and what the consumers cost (threads, memory, connections) buys nothing.',
  tryThis:
    'Give work of the producer to the consumers (put what is raw, not what is ready), or make it with several processes; or keep one consumer only.',
  tallies: [QueueUses],
  live: false,
  look({ trace, tally }) {
    return [...tally(QueueUses).all].flatMap(([id, use]) => {
      if (trace.objects[id]!.internal || use.life < 100e6 || use.empty < 0.5 * use.life) return []
      const consumers = [...use.consumers].filter(([, c]) => c.waits >= 5)
      if (consumers.length < 2 || consumers.some(([, c]) => c.idle < idleMostly * (c.to - c.from))) return []
      const work = consumers.reduce((sum, [, c]) => sum + c.to - c.from - c.idle, 0)
      if (work > use.life) return []
      const producers = producersOf(trace, id)
      const busy = producers.length ? busyShare(trace, producers, use) : 0
      return busy < busyMostly ? [] : [tell(trace, id, use, consumers, producers, busy)]
    })
  },
}

/** Who put a tenth of its items or more; nobody when that is too much to read. */
function producersOf(trace: Trace, queue: number): number[] {
  const puts = new Map<number, number>()
  let read = 0
  let all = 0
  for (const block of [...trace.flowBlocks, null]) {
    const flows = block ? loadFlows(trace, block) : trace.flowTail
    if ((read += flows.n) > readable) break
    for (let i = 0; i < flows.n; i++) {
      if (flows.object[i] !== queue || flows.kind[i] !== flowKinds.handoff) continue
      const { object } = trace.lanes[flows.fromLane[i]!]!
      puts.set(object, (puts.get(object) ?? 0) + 1)
      all++
    }
  }
  return [...puts].filter(([, n]) => n >= all / 10).map(([thread]) => thread)
}

/** The part of the queue's life in which its producers were at work. */
function busyShare(trace: Trace, producers: readonly number[], { from, to }: QueueUse): number {
  let lives = 0
  let busy = 0
  for (const id of producers) {
    const { thread, lane } = trace.objects[id]!
    if (!thread || !lane || lane.slices > readable) return 0
    const begin = Math.max(from, thread.start)
    const end = Math.min(to, thread.end ?? trace.end)
    if (end <= begin) continue
    lives += end - begin
    busy += end - begin
    for (const [{ start, dur, kind }, first, last] of columnsIn(trace, lane, begin, end))
      for (let i = first; i < last; i++)
        if (kind[i] !== sliceKinds.gil && kind[i] !== sliceKinds.loop)
          busy -= Math.max(0, Math.min(end, start[i]! + dur[i]!) - Math.max(begin, start[i]!))
  }
  return lives > 0 ? busy / lives : 0
}

function tell(
  trace: Trace,
  id: number,
  use: QueueUse,
  consumers: readonly [thread: number, consumer: Consumer][],
  producers: readonly number[],
  busy: number,
): Found {
  const name = fullName(trace, id)
  const names = (threads: readonly number[]) => list(threads.map((thread) => nameOf(trace, thread)))
  const idle = consumers.reduce((sum, [, c]) => sum + c.idle, 0)
  const lives = consumers.reduce((sum, [, c]) => sum + c.to - c.from, 0)
  return {
    subject: name,
    sentence: `${names(consumers.map(([thread]) => thread))} waited ${duration(idle)} for items from ${name}, ${percent(idle / lives)} of the time between their first item and their last: it was empty ${percent(use.empty / use.life)} of its life, although ${names(producers)} ${producers.length > 1 ? 'were' : 'was'} at work for ${percent(busy)} of it. The producer is the slow side; the work of the ${many(consumers.length, 'consumer')}, ${duration(lives - idle)}, would not fill the time of one.`,
    weight: 0.1,
    evidence: consumers.slice(0, 5).flatMap(([thread]) => use.gets.get(thread)?.longest ?? []),
    sql: itemsSql(id),
  }
}
