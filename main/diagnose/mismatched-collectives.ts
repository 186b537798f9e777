// Mismatched collectives: ranks that do not agree which collective it is, or who is its root; and one that some ranks entered
// and others never will, because they have ended.
//
//   rank 0  … bcast, reduce …        the n-th that each rank enters on a communicator is the same collective for all:
//   rank 1  … reduce, bcast …        whatever ranks do there, they do it to each other
//
// It is certain, so it is told at once and of one time alone: ranks count for themselves, and no loss of events moves a count. Of a
// rank that has ended it is told only where nothing was lost. One that was killed is none: whoever killed it ended the others
// too. (In MPI_Finalize a rank has ended: it waits there for the others, but comes to nothing any more.) Who is needed for a collective and waits for something else meanwhile is the deadlock's to tell.
import { fullName, nameOf, siteName } from '../query/names.ts'
import { meetingsOf, sizeOf, type Meeting } from '../query/meetings.ts'
import { list } from '../query/words.ts'
import type { EntryRow } from '../store/between.ts'
import type { Trace } from '../store/trace.ts'
import { grouped } from './grouped.ts'
import { mainThread } from './latecomers.ts'
import { entriesSql } from './proof.ts'
import type { Found, Rule } from './rule.ts'

/** of one communicator: after the first the rest follows from it */
const mostTold = 3

export const mismatchedCollectives: Rule = {
  name: 'mismatched-collectives',
  why: 'MPI does not look whether ranks mean the same collective: they get what was meant for another one, hang, or go on with wrong numbers.',
  tryThis:
    'Call collectives outside of any `if` that not all ranks go into, in one order, and with a root that all know: tell it by a broadcast from a rank that never changes.',
  look({ trace }) {
    if (!trace.processes.some((p) => p?.rank)) return []
    const meetings = meetingsOf(trace)
    const told = new Map<number, number>()
    const found: Found[] = []
    const add = (meeting: Meeting, sentence: string | null) => {
      const n = told.get(meeting.communicator) ?? 0
      if (sentence === null || n >= mostTold) return
      told.set(meeting.communicator, n + 1)
      found.push(tell(trace, meeting, sentence))
    }
    for (const meeting of meetings.mismatched) add(meeting, disagreement(trace, meeting))
    if (!hasLost(trace)) for (const meeting of meetings.first()) add(meeting, withoutThoseWhoEnded(trace, meeting))
    return found
  },
}

const hasLost = ({ losses }: Trace): boolean =>
  [...losses.values()].some(({ what, count }) => count > 0 && (what === 'lost' || what === 'gap'))

function disagreement(trace: Trace, { communicator, number, entries, mismatch }: Meeting): string {
  const of = `Collective ${number} of ${fullName(trace, communicator)}`
  const operation = named(entries[0]!)
  if (mismatch === 'root') {
    const roots = entries.filter((e) => e.root)
    return roots.length
      ? `${of}, ${operation}, was entered by ${who(trace, roots)}, each as its root.`
      : `${of}, ${operation}, was entered by all ranks and by none as its root.`
  }
  const groups = grouped(entries, (e) => e.operation)
  const parts = [...groups.values()].map((own) => `${named(own[0]!)} for ${who(trace, own)}`)
  return `${of} was ${list(parts)}.`
}

/** null: nobody is missing who will never come. */
function withoutThoseWhoEnded(trace: Trace, { communicator, number, entries, mismatch }: Meeting): string | null {
  const { members } = trace.objects[communicator]!
  if (!members || mismatch || entries.length >= sizeOf(trace.objects[communicator]!)) return null
  const come = new Set(entries.map((e) => trace.processes[trace.lanes[e.lane]!.process]!.rank?.rank))
  const needed = new Set(members.ranks.filter((rank) => !come.has(rank)))
  const over = trace.processes.flatMap((p) => {
    const missing = p?.rank?.group === members.group && needed.has(p.rank.rank)
    return missing && (mainThread(trace, p.id)?.end ?? null) !== null ? [p.rank!.rank] : []
  })
  if (over.length === 0) return null
  return `${who(trace, entries)} entered collective ${number} of ${fullName(trace, communicator)}, ${named(entries[0]!)}; ${list(over.sort((a, b) => a - b).map((rank) => `rank ${rank}`))} ended without it.`
}

/** "rank 0, rank 1 and rank 3 (at app.py:12)" */
function who(trace: Trace, entries: readonly EntryRow[]): string {
  const rankOf = (e: EntryRow) => trace.processes[trace.lanes[e.lane]!.process]!.rank?.rank ?? 0
  const groups = grouped(
    entries.toSorted((a, b) => rankOf(a) - rankOf(b)),
    (e) => siteName(trace, e.site),
  )
  const parts = [...groups].map(([site, own]) => {
    const names = list(own.map((e) => nameOf(trace, trace.lanes[e.lane]!.object)))
    return site ? `${names} (at ${site})` : names
  })
  return list(parts)
}
const named = ({ operation }: EntryRow): string => {
  const word = words[operation] ?? operation
  return `${/^[aeo]/.test(word) ? 'an' : 'a'} ${word}`
}
const words: Record<string, string> = {
  create: 'call that makes a communicator',
  free: 'call that frees it',
  neighbor: 'collective among neighbours',
  other: 'call of another kind',
}

function tell(trace: Trace, { communicator, number, entries }: Meeting, sentence: string): Found {
  return {
    subject: `collective ${number} of ${nameOf(trace, communicator)}`,
    sentence,
    weight: 1,
    evidence: entries
      .slice(0, 16)
      .map(({ lane, entered, left }) => ({ lane, time: entered, dur: (left ?? trace.end) - entered })),
    sql: entriesSql(communicator, number),
  }
}
