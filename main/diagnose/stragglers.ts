// Stragglers: one job of a kind takes far longer than its brothers, and what comes next needs all of them.
//
//   worker-0   map map map mapmapmapmapmap         with more workers it is the same: the one job is not shared
//   worker-1   map map map ··············· reduce
//
// Told of a round (brothers.ts) when 30 % of what the workers could have done in it was lost in its tail, 200 ms or more, as
// imbalance asks of pools whose jobs do not need each other; and when somebody waits: a job that has not begun, or who fetches
// the result. Not when it also got far more bytes than its brothers: then the shuffle is to blame (shuffle-skew).
import { fullName, nameOf } from '../query/names.ts'
import { duration } from '../query/words.ts'
import type { Trace } from '../store/trace.ts'
import { isCostly, roundsWithOneLate, whatItCost, type Round } from './brothers.ts'
import { brothersSql } from './proof.ts'
import type { Found, Rule } from './rule.ts'
import { isSkewed } from './shuffle-skew.ts'

export const stragglers: Rule = {
  name: 'stragglers',
  why: 'A step that needs all results of the step before begins when the slowest of its jobs is over; until then the other workers stand idle.',
  tryThis:
    'Cut the work into pieces that take about as long, and more of them than there are workers; or hand out the longest first.',
  live: false,
  look: ({ trace }) =>
    roundsWithOneLate(trace)
      .filter((round) => isCostly(round) && !isSkewed(round))
      .map((round) => tell(trace, round)),
}

function tell(trace: Trace, round: Round): Found {
  const { pool, name, late, others, usual } = round
  return {
    subject: `${name} in ${fullName(trace, pool)}`,
    sentence: `${nameOf(trace, trace.lanes[late.lane]!.object)} took ${duration(late.dur)} for a job ${name}, for which half of the ${others.length} others took ${duration(usual.dur)} or less${whatItCost(round)}`,
    weight: Math.min(0.99, round.idle / round.capacity),
    evidence: [{ lane: late.lane, time: late.begun, dur: late.dur }],
    sql: brothersSql(pool, name),
  }
}
