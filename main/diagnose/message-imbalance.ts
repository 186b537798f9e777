// Message imbalance: one rank that nearly everything goes through, and the others wait for their turn at it.
//
//   0 ◀─▶ 1      six messages a step for rank 0, two for each of the others. Twice the ranks, twice the messages of rank 0:
//   0 ◀─▶ 2      a ring of neighbours would have two for each, however many there are
//   0 ◀─▶ 3
//
// Told when one rank of four or more sends and receives 2.5 times as many bytes (or messages) as the others do on average (of
// four, one that has a part in all of them has three times as many; at the end of a chain of neighbours there are half as many as
// inside) and more than half of the others wait a fifth of the time from their first message to their last for messages from or to it, 200 ms in all, while it was not
// late: whoever waits because the other does something else first is a late sender's or receiver's, and so is who waits for the
// results of workers. What is left is the time in which it serves the others, if it does: by 50 µs a message and a GiB a second,
// which is a slow way between processes, its messages must come to a tenth of what each waited; else they had no part in it.
import { nameOf } from '../query/names.ts'
import { bytes as inBytes, count, duration, list, percent } from '../query/words.ts'
import type { Trace } from '../store/trace.ts'
import { spanOf, turnsOf } from './delays.ts'
import { isMuch, least, mainThread } from './latecomers.ts'
import { trafficSql } from './proof.ts'
import type { Found, Rule } from './rule.ts'

const leastRanks = 4
const farMore = 2.5
const nsPerMessage = 50_000
const bytesPerNs = 2 ** 30 / 1e9

export const messageImbalance: Rule = {
  name: 'message-imbalance',
  why: 'A rank that all messages go through serves the others one by one: they wait for their turn, and more ranks wait longer.',
  tryThis:
    'Let the ranks that need something from each other send it to each other (Sendrecv with the neighbour), or use a collective, which goes in a tree: bcast, gather, allgather, alltoall.',
  live: false,
  look({ trace }) {
    const groups = new Set(trace.processes.flatMap((p) => p?.rank?.group ?? []))
    return [...groups].flatMap((group) => inGroup(trace, group) ?? [])
  },
}

interface Traffic {
  process: number
  messages: number
  bytes: number
}
function inGroup(trace: Trace, group: string): Found | null {
  const all = trafficOf(trace, group)
  if (all.length < leastRanks) return null
  const ratio = (of: 'bytes' | 'messages', one: Traffic) => {
    const others = all.reduce((sum, t) => sum + t[of], 0) - one[of]
    return others > 0 ? (one[of] * (all.length - 1)) / others : 0
  }
  const hub = all.reduce((a, b) => (b.bytes > a.bytes || (b.bytes === a.bytes && b.messages > a.messages) ? b : a))
  const more = { bytes: ratio('bytes', hub), messages: ratio('messages', hub) }
  if (Math.max(more.bytes, more.messages) < farMore) return null
  const turns = turnsOf(trace, hub.process)
  const hit = turns.filter(({ actor, dur }) => isMuch(trace, actor, dur))
  const waited = hit.reduce((sum, { dur }) => sum + dur, 0)
  if (hit.length <= (all.length - 1) / 2 || waited < least) return null
  const served = hub.messages * nsPerMessage + hub.bytes / bytesPerNs
  if (served < waited / hit.length / 10) return null
  const spans = hit.reduce((sum, { actor }) => sum + spanOf(trace, actor), 0)
  const name = nameOf(trace, mainThread(trace, hub.process)!.object.id)
  const which = more.bytes >= farMore ? 'bytes' : 'messages'
  return {
    subject: name,
    sentence: `${name} sent and received ${count(hub.messages)} messages of ${inBytes(hub.bytes)}, ${more[which].toFixed(1).replace('.0', '')} times as many ${which} as each of the other ${all.length - 1} ranks on average; ${list(hit.map(({ actor }) => nameOf(trace, actor)).sort())} waited ${duration(waited)} for their turn at it, ${percent(waited / spans)} of the time from their first message to their last.`,
    weight: Math.min(0.99, waited / (spans + spanOf(trace, mainThread(trace, hub.process)!.object.id))),
    evidence: hit
      .map(({ longest }) => longest)
      .sort((a, b) => b.dur - a.dur)
      .slice(0, 8),
    sql: trafficSql(group),
  }
}

/** Of each rank that was seen, also of one that has sent nothing. */
function trafficOf(trace: Trace, group: string): Traffic[] {
  const all = new Map<number, Traffic>()
  for (const process of trace.processes)
    if (process?.rank?.group === group && mainThread(trace, process.id))
      all.set(process.id, { process: process.id, messages: 0, bytes: 0 })
  const rows = trace.db
    .prepare('SELECT from_lane, to_lane, count(*), sum(bytes) FROM message GROUP BY from_lane, to_lane')
    .raw()
    .all() as [number | null, number | null, number, number][]
  for (const [from, to, messages, bytes] of rows)
    for (const lane of new Set([from, to])) {
      const traffic = lane === null ? undefined : all.get(trace.lanes[lane]!.process)
      if (!traffic) continue
      traffic.messages += messages
      traffic.bytes += bytes
    }
  return [...all.values()]
}
