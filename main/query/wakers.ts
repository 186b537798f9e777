// Who could let somebody go on that waits: the one place that knows it, for graphs of who awaits whom and for deadlocks.
//
//   a lock        its holders                     a thread, task, process   that one, or its main thread
//   a result      the workers that run jobs       a turn on a loop          the loop's thread
//   a message between ranks, and a send: the other side's process      a collective: who has not entered it
//   items, room, events, notifies, permits, parties of a barrier, messages  anybody who could run code there
//
// In: a wait at a moment. Out: those who are known (who is over never will) and, beside or instead of them, how far it may be
// anybody; null: the world outside (I/O, a device), or nobody knows. That it may have a timeout is left aside. Told too wide
// rather than too narrow: whoever concludes that nobody is left must be right. A lock that was released by others, or that a thread waits for twice, may be a signal: that is anybody's. A job
// that waits in the queue of a pool needs one of those that run to end first, and where workers are idle none waits.
import { objectKinds, reasons } from '../../wire/kinds.ts'
import type { ObjectRow, ThreadRow } from '../store/model.ts'
import type { SliceRow } from '../store/read.ts'
import { meetingsOf } from './meetings.ts'
import type { Moment } from './moment.ts'

export interface Wakers {
  /** objects of threads and tasks: as long as all of them stand still, it does */
  known: number[]
  /** also whoever lives in its process, or in any of the run */
  anybody: 'process' | 'run' | null
}
const anybody = (object: ObjectRow | undefined): Wakers => ({ known: [], anybody: reach(object) })
const reach = (object: ObjectRow | undefined) => (object?.shared || object?.common ? 'run' : 'process')

export function wakersOf(moment: Moment, waiter: ThreadRow, wait: SliceRow): Wakers | null {
  const { trace } = moment
  const { object: id, site } = wait
  const object = id > 0 ? trace.objects[id] : undefined
  switch (wait.kind) {
    case reasons.lock:
      return object ? holdersOf(moment, waiter, object) : null
    case reasons.join:
      return object ? actor(moment, object) : programEnds(moment, waiter.object.process)
    case reasons.task:
      return object ? actor(moment, object) : anybody(undefined)
    case reasons.process:
      return object ? processEnds(moment, object) : null
    case reasons.future:
      return (object && jobs(moment, object)) ?? anybody(object)
    case reasons.loop:
      return object ? loopTurns(moment, object) : null
    case reasons.io:
      return object ? { known: [], anybody: 'process' } : null
    case reasons.collective:
      return object ? whoHasNotCome(moment, waiter, object) : severalMessages(moment, waiter)
    case reasons.message:
    case reasons.send:
      if (object?.members) return otherEnd(moment, object, wait.kind === reasons.send ? 1 : 0)
      if (!object && site !== 0 && isRank(moment, waiter)) return severalMessages(moment, waiter)
      // what the library waits for by itself comes from its own processes; a program may talk with others
      if (!object) return site === 0 ? { known: [], anybody: 'run' } : null
      return object.created === null && !object.shared ? null : { known: [], anybody: 'run' }
    case reasons.semaphore:
    case reasons.condition:
    case reasons.event:
    case reasons.barrier:
    case reasons.queueGet:
    case reasons.queuePut:
    case reasons.queueJoin:
      return anybody(object)
    default:
      return null
  }
}

/** Who has an object: the holders of a lock, the steps of a loop, the workers that run a pool's jobs, the main thread of a
 *  process, which ends it. */
export function haveIt(moment: Moment, object: ObjectRow): number[] {
  if (object.kind === objectKinds.process)
    return moment
      .threadsOf(object.process)
      .slice(0, 1)
      .map((t) => t.object.id)
  return [...new Set(moment.holds(object).map((hold) => hold.object))]
}

function holdersOf(moment: Moment, waiter: ThreadRow, lock: ObjectRow): Wakers {
  const holders = haveIt(moment, lock)
  const { trace } = moment
  const dead = holders.some((holder) => !alive(moment, trace.objects[holder]?.thread))
  const maySignal = lock.kind !== objectKinds.rlock && (dead || lock.signal || holders.includes(waiter.object.id))
  return { known: holders, anybody: maySignal || holders.length === 0 ? reach(lock) : null }
}
const alive = (moment: Moment, thread: ThreadRow | null | undefined): boolean => !!thread && moment.lives(thread)

const actor = (moment: Moment, { id, thread }: ObjectRow): Wakers | null =>
  alive(moment, thread) ? { known: [id], anybody: null } : null

/** The threads that keep the process from ending when its main thread has nothing more to do. */
function programEnds(moment: Moment, process: number): Wakers | null {
  const [, ...others] = moment.threadsOf(process)
  const known = others.filter((t) => !t.daemon && moment.lives(t)).map((t) => t.object.id)
  return known.length > 0 ? { known, anybody: null } : null
}

/** null: it is not recorded, or over. */
function processEnds(moment: Moment, process: ObjectRow): Wakers | null {
  const [main] = haveIt(moment, process)
  return main === undefined ? null : actor(moment, moment.trace.objects[main]!)
}

/** null: no job runs, so nobody knows. */
function jobs(moment: Moment, pool: ObjectRow): Wakers | null {
  if (pool.kind !== objectKinds.pool) return null
  const workers = haveIt(moment, pool).filter((worker) => alive(moment, moment.trace.objects[worker]?.thread))
  return workers.length > 0 ? { known: workers, anybody: null } : null
}

/** Whoever runs in the process at that end of a channel: 0 = where it is sent from, 1 = where it goes to. */
function otherEnd(moment: Moment, { members }: ObjectRow, end: 0 | 1): Wakers | null {
  const rank = members?.ranks[end] ?? -1
  // of a channel that any of them may use, anybody
  return members && rank >= 0 ? ranks(moment, members.group, [rank]) : { known: [], anybody: 'run' }
}
const isRank = ({ trace }: Moment, { object }: ThreadRow) => trace.processes[object.process]!.rank !== null
/** A message of whoever sends one, or several of whatever kind: any rank may. */
const severalMessages = (moment: Moment, waiter: ThreadRow): Wakers | null =>
  isRank(moment, waiter) ? { known: [], anybody: 'run' } : null
/** Of all collectives in which it is, the wait may be for any. null: nobody knows whom one needs, or those have come. */
function whoHasNotCome(moment: Moment, waiter: ThreadRow, { id, members }: ObjectRow): Wakers | null {
  const { trace } = moment
  if (!members) return null
  const own = members.ranks.indexOf(trace.processes[waiter.object.process]!.rank?.rank ?? -1)
  const missing = new Set<number>()
  const lane = waiter.object.lane!.id
  for (const { communicator, entries } of meetingsOf(trace).of(lane) ?? []) {
    if (communicator !== id) continue
    const entry = entries.find((e) => e.lane === lane)!
    const { operation, root } = entry
    // what the root has begun needs nobody else
    const ofRoot = operation === 'bcast' || operation === 'scatter'
    const toRoot = !root && (operation === 'gather' || operation === 'reduce')
    if ((ofRoot || toRoot) && entries.some((e) => e.root)) return null
    if (operation === 'neighbor') return null
    const come = new Set(entries.map((e) => trace.processes[trace.lanes[e.lane]!.process]!.rank?.rank))
    const needed = operation === 'scan' || operation === 'exscan' ? members.ranks.slice(0, own) : members.ranks
    for (const rank of needed) if (!come.has(rank)) missing.add(rank)
  }
  return ranks(moment, members.group, [...missing])
}
/** null: one of them is not recorded, or they are none. */
function ranks(moment: Moment, group: string, needed: readonly number[]): Wakers | null {
  const processes = needed.map((rank) => moment.processOfRank(group, rank))
  if (processes.length === 0 || processes.includes(undefined)) return null
  return { known: processes.flatMap((p) => moment.threadsOf(p!).map((t) => t.object.id)), anybody: null }
}

function loopTurns(moment: Moment, loop: ObjectRow): Wakers | null {
  const runs = moment.runs(loop.id)
  return runs && moment.lives(runs) ? { known: [runs.object.id], anybody: null } : null
}

/** The thread that a task runs on right now: while that waits, so does the task. */
export function stepsOn(moment: Moment, task: ThreadRow): number | null {
  const loop = task.loop === null ? undefined : moment.trace.objects[task.loop]
  if (!loop || !moment.holds(loop).some((step) => step.object === task.object.id)) return null
  return loopTurns(moment, loop)?.known[0] ?? null
}
