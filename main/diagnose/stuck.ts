// Who can never go on: the greatest set of actors each of which waits for ever, and of whom whoever could let them go on is
// in the set too.
//
//   all who wait ─▶ away with those whom a timeout, a sleep, I/O or a signal lets go on ─▶ and with those whom they could let
//   go on ─▶ … until nothing changes
//
// In: a moment. Out: those who are left, with what they wait for. It is the greatest fixed point, so a circle is in it as
// well as a crowd that waits for an event that nobody is left to set. Everything in doubt frees: a thread that runs or is in
// C code, a process that is not recorded, one that has handlers of its own for signals.
import { objectKinds, sliceKinds, sliceOutcomes } from '../../wire/kinds.ts'
import type { Moment } from '../query/moment.ts'
import { stepsOn, wakersOf, type Wakers } from '../query/wakers.ts'
import type { ProcessRow, ThreadRow } from '../store/model.ts'
import type { SliceRow } from '../store/read.ts'

export interface StuckWait extends Wakers {
  /** null: it waits for nothing itself, the thread that runs it does */
  slice: SliceRow | null
}
export interface Stuck {
  thread: ThreadRow
  waits: StuckWait[]
}
/** asyncio's children that the agent tells of at most: there may be more */
const mostChildren = 1000
/** what multiprocessing runs for itself: it does nothing of its own accord */
const isServer = ({ name }: ProcessRow) => name === 'resource tracker' || name === 'forkserver'

export function stuck(moment: Moment): Map<number, Stuck> {
  const { trace } = moment
  const left = new Map<number, Stuck>()
  const free: number[] = []
  for (const thread of trace.threads) {
    if (!moment.lives(thread) || isServer(trace.processes[thread.object.process]!)) continue
    const waits = forEver(moment, thread)
    if (waits) left.set(thread.object.id, { thread, waits })
    else free.push(thread.object.id, ...cancels(moment, thread))
  }
  return withoutThoseWhom(free, left, moment)
}

/** What it waits for; null: it runs, or waits for what comes by itself or from outside. */
function forEver(moment: Moment, thread: ThreadRow): StuckWait[] | null {
  const slices = moment.waits(thread)
  if (slices.length === 0) {
    const runsOn = thread.object.kind === objectKinds.task ? stepsOn(moment, thread) : null
    return runsOn === null ? null : [{ slice: null, known: [runsOn], anybody: null }]
  }
  if (slices.some(isOver)) return null
  const waits: StuckWait[] = []
  // a task that awaits several has one wait for all, which says nothing more
  for (const slice of slices.length > 1 && slices[0]!.object === 0 ? slices.slice(1) : slices) {
    const wakers = wakersOf(moment, thread, slice)
    if (!wakers) return null
    waits.push({ slice, ...wakers })
  }
  if (slices.length > mostChildren) waits[0]!.anybody ??= 'process'
  return waits
}

/** It has a timeout, or has ended since: not because somebody it waited for was killed, or Ctrl-C ended the last wait. */
const isOver = (wait: SliceRow): boolean =>
  wait.outcome !== sliceOutcomes.cut && !(wait.outcome === sliceOutcomes.done && isForActor(wait.kind)) && !gaveUp(wait)
/** The program was over and waited for its threads, which has no timeout, until somebody had enough of it. */
export const gaveUp = ({ kind, object, outcome }: SliceRow): boolean =>
  kind === sliceKinds.join && object === 0 && outcome === sliceOutcomes.raised
const isForActor = (kind: number) => kind === sliceKinds.join || kind === sliceKinds.task || kind === sliceKinds.process

/** A task that gives up waiting for others may cancel them, and they whom they await. */
function cancels(moment: Moment, thread: ThreadRow): Set<number> {
  const found = new Set<number>()
  if (thread.object.kind !== objectKinds.task) return found
  const visit = (awaiting: ThreadRow) => {
    for (const { kind, object } of moment.waits(awaiting)) {
      const awaited = kind === sliceKinds.task ? moment.trace.objects[object]?.thread : null
      if (!awaited || found.has(object)) continue
      found.add(object)
      visit(awaited)
    }
  }
  visit(thread)
  return found
}

function withoutThoseWhom(free: number[], left: Map<number, Stuck>, moment: Moment): Map<number, Stuck> {
  const { trace } = moment
  const letGoBy = new Map<number, number[]>()
  const inProcess = new Map<number, number[]>()
  const inRun: number[] = []
  const add = (to: Map<number, number[]>, key: number, id: number) => {
    const list = to.get(key)
    if (list) list.push(id)
    else to.set(key, [id])
  }
  for (const [id, { thread, waits }] of left)
    for (const { known, anybody } of waits) {
      for (const waker of known) add(letGoBy, waker, id)
      if (anybody === 'process') add(inProcess, thread.object.process, id)
      if (anybody === 'run') inRun.push(id)
    }
  const queue = free.slice()
  const freed = (ids: number[] | undefined) => {
    for (const id of ids ?? []) if (left.delete(id)) queue.push(id)
  }
  const somebodyIn = (process: number) => {
    freed(inProcess.get(process))
    inProcess.delete(process)
    freed(inRun.splice(0))
  }
  for (const process of trace.processes)
    if (process && moment.isThere(process.id) && (process.signals || process.python === '')) somebodyIn(process.id)
  for (const id of free) left.delete(id)
  for (let id; (id = queue.pop()) !== undefined;) {
    freed(letGoBy.get(id))
    somebodyIn(trace.objects[id]!.process)
  }
  return left
}
