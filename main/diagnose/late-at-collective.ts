// Late at a collective: ranks that have all come but one, round after round.
//
//   rank 0  ▓▓░░░░░░|▓▓░░░░░░|        a barrier, an allreduce, …: nobody goes on before the last has come
//   rank 3  ▓▓▓▓▓▓▓▓|▓▓▓▓▓▓▓▓|
//
// From when on it is told, and why, stands in latecomers.ts, for each communicator by itself. Who came late because it had waited
// for a message is not to blame, but whose message that was. Barriers of threads and of multiprocessing are imbalance's: there
// nothing but the work between two of them can be at fault.
import { flowKinds } from '../../wire/kinds.ts'
import { fullName, nameOf } from '../query/names.ts'
import { duration, many } from '../query/words.ts'
import type { Trace } from '../store/trace.ts'
import { delaysOf } from './delays.ts'
import { grouped } from './grouped.ts'
import { howLong, latecomers, whatItDid, whereTheyWaited, whoWaited, type Latecomer } from './latecomers.ts'
import { lateSql } from './proof.ts'
import type { Rule } from './rule.ts'

export const lateAtCollective: Rule = {
  name: 'late-at-collective',
  why: 'In a collective all go at the pace of the last to come: the others stand still until then, however many they are.',
  tryThis:
    'Share the work by what it costs and not by how many pieces it has; ask for fewer collectives (agree every tenth step); or begin it early and go on meanwhile (Ibcast, Iallreduce, Ibarrier) and wait where its result is needed.',
  live: false,
  look({ trace }) {
    const byCommunicator = grouped(delaysOf(trace, flowKinds.collective)?.all ?? [], (d) => d.object)
    return [...byCommunicator].flatMap(([id, all]) => latecomers(trace, all, id).map((late) => tell(trace, id, late)))
  },
}

function tell(trace: Trace, id: number, late: Latecomer) {
  const last = delaysOf(trace, flowKinds.collective)!.last.get(id)!
  const rounds = [...last.values()].reduce((sum, times) => sum + times.size, 0)
  const by = nameOf(trace, late.by)
  return {
    subject: `${by} in ${nameOf(trace, id)}`,
    sentence: `${by} was the last at collectives of ${fullName(trace, id)} in ${many(last.get(late.by)?.size ?? 0, 'round')} of ${rounds} in which somebody waited: ${whoWaited(trace, late)} waited ${duration(late.dur)} for it${whereTheyWaited(trace, late)} (${howLong(late)}). Meanwhile it ${whatItDid(trace, late)}.`,
    weight: Math.min(0.99, late.ofAll),
    evidence: late.longest.slice(0, 8),
    sql: lateSql(flowKinds.collective, late.by, id),
  }
}
