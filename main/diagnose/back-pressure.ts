// Back-pressure: a bounded queue that is full for most of its life, while its producers wait for room.
//
// Told when it was full more than half of its life (and lived 100 ms), and putting cost one of its producers a fifth of
// that life, in five waits or more: a queue that fills up once and never again is not told. Which side is slow: if the
// queue is hardly ever empty (under 5 % of its life) the consumers are, and their producers say how much faster they would
// have to be; if they do run out of items, they keep up on average, and it is the queue that is too small for the bursts:
// how much room these would have taken is read from the queue's depths and the producers' waits, when the recording is
// over. (burst.ts says what that figure is worth.)
import { sliceKinds } from '../../wire/kinds.ts'
import { fullName, nameOf } from '../query/names.ts'
import { columnsIn } from '../query/read.ts'
import { duration, list, many, percent } from '../query/words.ts'
import { lanesOf } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { roomForBursts, type Depths, type Room } from './burst.ts'
import { depthSql } from './proof.ts'
import { QueueUses, type QueueUse } from './queue-uses.ts'
import type { Found, Rule } from './rule.ts'
import { mostFirst } from './waited.ts'

export const backPressure: Rule = {
  name: 'back-pressure',
  why: 'While the queue is full its producers stand still: they go only as fast as the consumers let them.',
  tryThis: 'Add consumers or make them faster; a larger queue only puts the wait off.',
  tallies: [QueueUses],
  look({ trace, tally }) {
    return [...tally(QueueUses).all].flatMap(([id, use]) => {
      const most = [...use.puts.values()].reduce((a, b) => (b.total > a ? b.total : a), 0)
      const waits = [...use.puts.values()].reduce((n, w) => n + w.count, 0)
      if (use.life < 100e6 || use.full < 0.5 * use.life || most < 0.2 * use.life || waits < 5) return []
      return [tell(trace, id, use, waits)]
    })
  },
}

function tell(trace: Trace, id: number, use: QueueUse, waits: number): Found {
  const name = fullName(trace, id)
  const { capacity } = trace.objects[id]!
  const producers = mostFirst(use.puts)
  const waited = producers.reduce((sum, [, w]) => sum + w.total, 0)
  const consumers = list(mostFirst(use.gets).map(([thread]) => nameOf(trace, thread)))
  const keepUp = use.empty >= 0.05 * use.life
  const room = keepUp && !trace.live ? roomEnough(trace, id, use) : 0
  const enough = room > capacity ? `: room for ${many(room, 'item')} would have been enough for those that came` : ''
  const share = waited / (use.life * Math.max(1, producers.length))
  const pace = share < 0.95 ? `about ${times(1 / (1 - share))}` : 'more than 20 times'
  const other = keepUp
    ? `it was empty ${percent(use.empty / use.life)} of its life, when ${consumers || 'nobody'} waited for items: on average the consumers keep up, and the queue is too small for the bursts${enough}`
    : `it was hardly ever empty: the consumers are the slow side, and would have to be ${pace} as fast, or as many, to keep pace`
  return {
    subject: name,
    sentence: `${list(producers.map(([thread]) => nameOf(trace, thread)))} waited ${duration(waited)} in ${many(waits, 'wait')} to put into ${name}, which takes ${many(capacity, 'item')} and was full ${percent(use.full / use.life)} of its life; ${other}.`,
    weight: Math.min(0.99, share),
    evidence: producers.slice(0, 5).map(([, { longest }]) => longest),
    sql: depthSql(id),
    ...(keepUp && { tryThis: `Give the queue room for a whole burst${enough && `: ${many(room, 'item')}`}.` }),
  }
}

const times = (ratio: number): string => `${ratio < 9.95 ? Math.round(ratio * 10) / 10 : Math.round(ratio)} times`

/** slices read for it, at most: a second of time */
const readable = 2e6

/** Items that would have been in it at most, had there been room; 0 = too much to read. */
function roomEnough(trace: Trace, id: number, { puts }: QueueUse): number {
  const depths: Depths = { start: [], items: [] }
  const waits: Room[] = []
  const producers = [...puts.keys()].flatMap((thread) => lanesOf(trace.objects[thread]!.lane))
  const own = lanesOf(trace.objects[id]!.lane)
  if ([...own, ...producers].reduce((n, lane) => n + lane.slices, 0) > readable) return 0
  for (const lane of own)
    for (const [{ start, arg }, first, last] of columnsIn(trace, lane, 0, trace.end))
      for (let i = first; i < last; i++) {
        depths.start.push(start[i]!)
        depths.items.push(arg[i]!)
      }
  for (const lane of producers)
    for (const [{ start, dur, kind, object }, first, last] of columnsIn(trace, lane, 0, trace.end))
      for (let i = first; i < last; i++)
        if (kind[i] === sliceKinds.queuePut && object[i] === id)
          waits.push({ thread: lane.object, start: start[i]!, end: start[i]! + dur[i]! })
  waits.sort((a, b) => a.end - b.end)
  return roomForBursts(depths, waits)
}
