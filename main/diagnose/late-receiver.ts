// Late receiver: ranks that stand in a send, because the other side does not receive yet.
//
//   rank 1  ▓▓░░░░░░░░▓▓░░░░░░░░░        a large message, or an ssend: it is over only when the receive has begun
//   rank 0  ▓zzzzzzzzz▹zzzzzzzzz▹
//
// From when on it is told, and why, stands in latecomers.ts. Of a send only the time before the receive began counts, and of that
// only what the receiver did of its own accord.
import { flowKinds } from '../../wire/kinds.ts'
import { nameOf } from '../query/names.ts'
import { duration } from '../query/words.ts'
import { delaysOf } from './delays.ts'
import { howLong, latecomers, whatItDid, whereTheyWaited, whoWaited } from './latecomers.ts'
import { lateSql } from './proof.ts'
import type { Rule } from './rule.ts'

export const lateReceiver: Rule = {
  name: 'late-receiver',
  why: 'A large message is not copied to somewhere: who sends it stands still until the other side receives.',
  tryThis:
    'Let the receiver ask early (Irecv) and the senders go on meanwhile (Isend, and wait before the buffer is used again); if it has too much to do with each message, let the senders do that part.',
  live: false,
  look: ({ trace }) =>
    latecomers(trace, delaysOf(trace, flowKinds.taken)?.all ?? []).map((late) => ({
      subject: nameOf(trace, late.by),
      sentence: `${whoWaited(trace, late)} stood in their sends for ${duration(late.dur)} because ${nameOf(trace, late.by)} did not receive yet${whereTheyWaited(trace, late)} (${howLong(late)}). Meanwhile it ${whatItDid(trace, late)}.`,
      weight: Math.min(0.99, late.ofAll),
      evidence: late.longest.slice(0, 8),
      sql: lateSql(flowKinds.taken, late.by),
    })),
}
