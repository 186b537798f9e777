// Back-pressure: a bounded queue that is full for most of its life, while its producers wait for room.
//
// Told when it was full more than half of its life (and lived 100 ms), and putting cost one of its producers a fifth of
// that life, in five waits or more: a queue that fills up once and never again is not told. Which side is slow: if the
// queue is hardly ever empty (under 5 % of its life) the consumers are; if they do run out of items, they keep up on
// average, and it is the queue that is too small for the bursts.
import { fullName, nameOf } from '../query/names.ts'
import { duration, list, many, percent } from '../query/words.ts'
import type { Trace } from '../store/trace.ts'
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
  const other = keepUp
    ? `it was empty ${percent(use.empty / use.life)} of its life, when ${consumers || 'nobody'} waited for items: on average the consumers keep up, and the queue is too small for the bursts`
    : `it was hardly ever empty: the consumers are the slow side`
  return {
    subject: name,
    sentence: `${list(producers.map(([thread]) => nameOf(trace, thread)))} waited ${duration(waited)} in ${many(waits, 'wait')} to put into ${name}, which takes ${many(capacity, 'item')} and was full ${percent(use.full / use.life)} of its life; ${other}.`,
    weight: Math.min(0.99, waited / (use.life * Math.max(1, producers.length))),
    evidence: producers.slice(0, 5).map(([, { longest }]) => longest),
    sql: depthSql(id),
    ...(keepUp ? { tryThis: 'Give the queue room for a whole burst.' } : {}),
  }
}
