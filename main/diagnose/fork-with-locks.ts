// Fork while threads hold locks: the child has a copy of the lock, held, and no thread that could release it.
//
//   parent   clerk  [ lock ▒▒▒▒▒▒▒▒▒▒ ]              goes on, releases its own
//   parent   main         │ fork
//   child    main         └ ······ waits for the copy, for ever
//
// Certain when the child then waits for that lock and never gets it; a risk when it only was held. Told of locks that the
// program made; not of those of the thread that forks (it is there in the child too), of locks that processes share, and
// of signals. What the child is told to reset (os.register_at_fork, as logging does) it can take, and that is seen.
import { flowKinds } from '../../wire/kinds.ts'
import { atSite, fullName, nameOf } from '../query/names.ts'
import { sliceAt } from '../query/read.ts'
import { duration, list } from '../query/words.ts'
import type { Lane } from '../store/lane.ts'
import type { ObjectRow, ProcessRow } from '../store/model.ts'
import { flowsTo, type SliceRow } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { isLock } from './lock-uses.ts'
import { slicesSql } from './proof.ts'
import type { Found, Rule } from './rule.ts'

/** forks that are looked at */
const mostForks = 200

export const forkWithLocks: Rule = {
  name: 'fork-with-locks',
  why: 'fork copies the memory but only the thread that calls it: a lock that another thread holds at that moment is held in the child for ever.',
  tryThis:
    "Start processes before threads, or with multiprocessing.set_start_method('spawn') (or 'forkserver'); or hold the lock yourself around the fork.",
  live: false,
  look({ trace }) {
    const byLock = new Map<number, Inherited[]>()
    const forks = trace.processes.filter((p) => p?.how === 'fork' && p.python !== '' && p.lane)
    for (const child of forks.slice(0, mostForks))
      for (const inherited of heldAtFork(trace, child)) {
        const { id } = inherited.lock
        byLock.set(id, [...(byLock.get(id) ?? []), inherited])
      }
    return [...byLock.values()].map((all) => tell(trace, all))
  },
}

interface Inherited {
  child: ProcessRow
  lock: ObjectRow
  /** of the thread that does not exist in the child */
  hold: SliceRow
  /** the child's copy, when the child has touched it */
  copy: ObjectRow | null
}

function heldAtFork(trace: Trace, child: ProcessRow): Inherited[] {
  const at = trace.objects[child.lane!.object]!.created
  const first = trace.threads.find((t) => t.object.process === child.id)
  if (at === null || !first) return []
  const [spawn] = flowsTo(trace, first.object.lane!.id, first.start, first.start, 8).filter(
    (f) => f.kind === flowKinds.spawn,
  )
  if (!spawn) return []
  const forker = trace.lanes[spawn.fromLane]!.object
  const found: Inherited[] = []
  for (const lane of trace.lanes) {
    if (!lane || lane.kind !== 'lock' || lane.process !== child.parent || !mayHold(lane, at)) continue
    const lock = trace.objects[lane.object]!
    if (!isLock(lock.kind) || lock.internal || lock.shared || lock.signal) continue
    const hold = sliceAt(trace, lane, at, 0)
    if (!hold || hold.start >= at || hold.object === forker) continue
    const copy = copyOf(trace, child, lock)
    // it could take it: somebody had made it free
    if (!copy?.lane) found.push({ child, lock, hold, copy })
  }
  return found
}
const mayHold = (lane: Lane, at: number): boolean => {
  const first = lane.blocks[0]?.start ?? lane.tail?.floats[0] ?? Infinity
  return first < at && Math.max(lane.lastEnd, lane.blocks.at(-1)?.end ?? -Infinity) > at
}
/** The lock as the child has it: a row of its own, made when the child first uses it, with the name and line of the original. */
const copyOf = (trace: Trace, child: ProcessRow, { kind, name, file, line }: ObjectRow): ObjectRow | null =>
  trace.objects.find(
    (o) =>
      o?.process === child.id &&
      o.kind === kind &&
      o.created === null &&
      o.name === name &&
      o.file === file &&
      o.line === line,
  ) ?? null

function tell(trace: Trace, all: readonly Inherited[]): Found {
  const [{ lock, hold }] = all as [Inherited]
  const name = fullName(trace, lock.id)
  const hit = all.filter(({ copy }) => copy !== null && copy.count > 0)
  // a child has its parent's name, unless it is given another one
  const nameOfChild = ({ name, pid }: ProcessRow) => `${name} (process ${pid})`
  const children = list(all.map(({ child }) => nameOfChild(child)))
  const waited = hit.map(
    ({ child, copy }) => `${nameOfChild(child)} waited ${duration(copy!.total)} for it and never got it`,
  )
  const evidence = [
    { lane: hold.lane, time: hold.start, dur: hold.dur },
    ...hit.map(({ copy }) => ({ lane: copy!.longestLane, time: copy!.longestAt, dur: copy!.longest })),
  ]
  return {
    subject: name,
    sentence: `${nameOf(trace, hold.object)} held ${name}${atSite(trace, hold.site)} when ${children} ${all.length === 1 ? 'was' : 'were'} forked by another thread: ${hit.length ? `${list(waited)}` : 'in the child it is held for ever; this time the child did not ask for it'}.`,
    weight: hit.length ? 0.97 : 0.3,
    evidence,
    sql: slicesSql(evidence),
  }
}
