// Shuffle skew: the results of one step are brought together in heaps, a job each, and one heap gets most of it.
//
//   map     ██ ██ ██ ██
//             ╲ ╲│╱ ╱                    one key has most of the data, and what has one key goes to one job
//   reduce  ███████████████ █ █ █
//
// Told of a round (brothers.ts) that costs as much as stragglers asks for, when the late job puts several results together, and
// got half of all bytes or more and three times what half of its brothers got. Where the bytes are not known, it is a straggler.
import { fullName, nameOf } from '../query/names.ts'
import { bytes as inBytes, duration, percent } from '../query/words.ts'
import type { Trace } from '../store/trace.ts'
import { isCostly, roundsWithOneLate, whatItCost, type Round } from './brothers.ts'
import { brothersSql } from './proof.ts'
import type { Found, Rule } from './rule.ts'

export const shuffleSkew: Rule = {
  name: 'shuffle-skew',
  why: 'All that has the same key goes to the same job: when one key has most of the data, one worker has most of the work, however many there are.',
  tryThis:
    'Add up what has the same key before the shuffle (a combiner), or split the large key into several (by a second part of the key) and put their results together in a further step.',
  live: false,
  look: ({ trace }) =>
    roundsWithOneLate(trace)
      .filter((round) => isCostly(round) && isSkewed(round))
      .map((round) => tell(trace, round)),
}

const allBytes = ({ late, others }: Round) => others.reduce((sum, { row }) => sum + row.bytes, late.row.bytes)

export const isSkewed = (round: Round): boolean => {
  const { needs, bytes } = round.late.row
  return needs.length >= 2 && bytes >= allBytes(round) / 2 && bytes >= 3 * round.usual.bytes && bytes > 0
}

function tell(trace: Trace, round: Round): Found {
  const { pool, name, late, others, usual } = round
  const { bytes } = late.row
  return {
    subject: `${name} in ${fullName(trace, pool)}`,
    sentence: `One of ${others.length + 1} jobs ${name} got ${inBytes(bytes)}, ${percent(bytes / allBytes(round))} of all bytes, and kept ${nameOf(trace, trace.lanes[late.lane]!.object)} busy for ${duration(late.dur)}, where half of the others got ${inBytes(usual.bytes)} or less and took ${duration(usual.dur)} or less${whatItCost(round)}`,
    weight: Math.min(0.99, round.idle / round.capacity),
    evidence: [{ lane: late.lane, time: late.begun, dur: late.dur }],
    sql: brothersSql(pool, name),
  }
}
