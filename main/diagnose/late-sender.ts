// Late sender: ranks that wait to receive what another one has not sent yet, because it does something else first.
//
//   rank 0  ▓▓▓▓zzzzzzzz▸▓▓▓▓zzzzzzzz▸        the archive before the message
//   rank 1  ░░░░░░░░░░░░▓▓▓▓░░░░░░░░░▓▓▓▓
//
// From when on it is told, and why, stands in latecomers.ts. Of a receive only the time before the send counts, and of that only
// what the sender did of its own accord: what it had waited for itself is told of whom it waited for.
import { flowKinds } from '../../wire/kinds.ts'
import { nameOf } from '../query/names.ts'
import { duration } from '../query/words.ts'
import { delaysOf } from './delays.ts'
import { howLong, latecomers, whatItDid, whereTheyWaited, whoWaited } from './latecomers.ts'
import { lateSql } from './proof.ts'
import type { Rule } from './rule.ts'

export const lateSender: Rule = {
  name: 'late-sender',
  why: 'Who waits for a message does nothing else. What the sender does before it sends is paid for by all who wait.',
  tryThis:
    'Send as soon as what is to be sent is there, and do the rest afterwards; or let the receivers ask early (Irecv) and work on what they have until it comes. If the sender simply has more to do than the others, share its work.',
  live: false,
  look: ({ trace }) =>
    latecomers(trace, delaysOf(trace, flowKinds.message)?.all ?? []).map((late) => ({
      subject: nameOf(trace, late.by),
      sentence: `${whoWaited(trace, late)} waited ${duration(late.dur)} for messages that ${nameOf(trace, late.by)} had not sent yet${whereTheyWaited(trace, late)} (${howLong(late)}). Meanwhile it ${whatItDid(trace, late)}.`,
      weight: Math.min(0.99, late.ofAll),
      evidence: late.longest.slice(0, 8),
      sql: lateSql(flowKinds.message, late.by),
    })),
}
