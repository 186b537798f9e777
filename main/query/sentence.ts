// A slice in one sentence: who did what to whom and where.
//
//   worker-3 waited 412 ms for Account.lock (bank.py:12) at bank.py:31, 380 ms of it held by audit at bank.py:40.
//
// What is not over is said so: "has waited … so far" while it is recorded, "when the recording ended" afterwards. So is a
// wait that did not get what it waited for: ", and gave up."
import { objectKinds, sliceKinds, sliceOutcomes } from '../../wire/kinds.ts'
import { isActor } from '../store/lane.ts'
import type { SliceRow } from '../store/read.ts'
import type { Trace } from '../store/trace.ts'
import { deviceSentence, waitedFor } from './device-sentence.ts'
import { executionOf } from './executions.ts'
import type { Share } from './holders.ts'
import { atSite, fullName, nameOf } from './names.ts'
import { operationName } from './slice-facts.ts'
import { duration, list, many } from './words.ts'

export function sentenceOf(trace: Trace, row: SliceRow, others: readonly Share[]): string {
  const onDevice = deviceSentence(trace, row, others)
  if (onDevice) return onDevice
  if (trace.lanes[row.lane]!.kind === 'queue') return queueSentence(trace, row, others)
  if (isActor(trace.lanes[row.lane]!)) return waitSentence(trace, row, others)
  if (row.kind === sliceKinds.alive) return lifeSentence(trace, row)
  return holdSentence(trace, row, others)
}

function waitSentence(trace: Trace, row: SliceRow, holders: readonly Share[]): string {
  const who = nameOf(trace, trace.lanes[row.lane]!.object)
  const what = row.object ? fullName(trace, row.object) : ''
  const { did, for: usual } = waiting(row.kind, what, row.arg)
  const why = betweenRanks(trace, row) ?? forCommand(trace, row) ?? usual
  const verb = !row.cut ? did.past : trace.live ? did.soFar : did.atEnd
  return `${who} ${verb} ${duration(row.dur)}${why && ` ${why}`}${atSite(trace, row.site)}${tense(trace, row)}${heldBy(trace, row, holders)}${inVain[row.outcome] ?? ''}.`
}

/** A channel is called by its ranks, and was made nowhere that people know. */
function betweenRanks(trace: Trace, { kind, object }: SliceRow): string | null {
  const { members, kind: of, name } = trace.objects[object] ?? {}
  const [from = -1, to = -1] = (of === objectKinds.channel && members?.ranks) || []
  if (kind === sliceKinds.message && from >= 0) return `for a message from rank ${from} (${name})`
  if (kind === sliceKinds.send && to >= 0) return `for rank ${to} to take its message (${name})`
  return null
}

function forCommand(trace: Trace, row: SliceRow): string | null {
  const execution = row.kind === sliceKinds.device ? executionOf(trace, row) : null
  return execution && waitedFor(trace, execution)
}

const inVain: Record<number, string> = {
  [sliceOutcomes.timedOut]: ', and gave up',
  [sliceOutcomes.raised]: ', until an exception ended the wait',
  [sliceOutcomes.cancelled]: ', until it was cancelled',
  [sliceOutcomes.cutTimed]: '; it has a timeout',
}

/** The verb and the object of a wait. */
export function waiting(kind: number, what: string, operation = 0) {
  const waited = { past: 'waited', soFar: 'has waited', atEnd: 'had waited' }
  switch (kind) {
    case sliceKinds.sleep:
      return { did: { past: 'slept', soFar: 'has slept', atEnd: 'had slept' }, for: '' }
    case sliceKinds.join:
      return { did: waited, for: what ? `for ${what} to end` : 'for the other threads to end' }
    case sliceKinds.queueGet:
      return { did: waited, for: `for an item from ${what}` }
    case sliceKinds.queuePut:
      return { did: waited, for: `for room in ${what}` }
    case sliceKinds.queueJoin:
      return { did: waited, for: `for the work of ${what} to be done` }
    case sliceKinds.condition:
      return { did: waited, for: `to be notified by ${what}` }
    case sliceKinds.event:
      return { did: waited, for: `for ${what} to be set` }
    case sliceKinds.barrier:
      return { did: waited, for: `for the others at ${what}` }
    case sliceKinds.semaphore:
      return { did: waited, for: `for a permit of ${what}` }
    case sliceKinds.gil:
      return { did: waited, for: 'for the GIL: it could run, but one thread of the interpreter runs at a time' }
    case sliceKinds.loop:
      return { did: waited, for: 'for its turn: it could go on, but the event loop was busy' }
    case sliceKinds.task:
      return { did: waited, for: what ? `for the task ${what} to end` : 'for other tasks to end' }
    case sliceKinds.future:
      return { did: waited, for: what ? `for a result from ${what}` : 'for a result' }
    case sliceKinds.io:
      return { did: waited, for: what ? 'for anything to do on its event loop' : 'for input or output' }
    case sliceKinds.message:
      return { did: waited, for: what ? `for a message in ${what}` : 'for a message' }
    case sliceKinds.send:
      return { did: waited, for: `for its message in ${what} to be taken` }
    case sliceKinds.collective:
      return {
        did: waited,
        for: operation ? `in ${operationName(operation)} of ${what}` : `for the other ranks of ${what}`,
      }
    case sliceKinds.device:
      return { did: waited, for: what ? `for commands of ${what}` : 'for commands of a device' }
    case sliceKinds.process:
      return { did: waited, for: what ? `for the process ${what} to end` : 'for a process to end' }
    default:
      return { did: waited, for: `for ${what}` }
  }
}

function heldBy(trace: Trace, row: SliceRow, holders: readonly Share[]): string {
  const longest = holders[0]
  // the result of a job, a message: nobody holds it
  if (!longest || row.kind >= sliceKinds.task) return ''
  // permits are held at once: nobody has a part of the wait of their own
  if (row.kind === sliceKinds.semaphore) return `, while its permits were held by ${list(distinct(trace, holders))}`
  const all = duration(longest.dur) === duration(row.dur)
  const part = !all ? `${duration(longest.dur)} of it` : holders.length > 1 ? 'nearly all of it' : 'all of it'
  const others = distinct(trace, holders.slice(1))
  const rest = others.length ? `, ${all ? 'a moment' : 'other parts'} by ${list(others, 3)}` : ''
  return `, ${part} held by ${nameOf(trace, longest.thread)}${atSite(trace, longest.site)}${rest}`
}

function holdSentence(trace: Trace, row: SliceRow, waiters: readonly Share[]): string {
  const who = row.object ? nameOf(trace, row.object) : 'An unknown thread'
  const long = duration(row.dur)
  const rest = `${atSite(trace, row.site)}${tense(trace, row)}${madeWait(trace, waiters)}.`
  const what = fullName(trace, trace.lanes[row.lane]!.object)
  const held = !row.cut ? 'held' : trace.live ? 'has held' : 'had held'
  switch (trace.lanes[row.lane]!.kind) {
    case 'semaphore':
      return `${who} ${held} a permit of ${what} for ${long}${rest}`
    case 'loop': {
      const step = isTask(trace, row.object) ? `A step of ${who}` : 'A callback'
      return `${step} ${row.kind === sliceKinds.stall ? 'blocked' : 'ran on'} the event loop for ${long}${rest}`
    }
    case 'pool': {
      const func = trace.sites[row.site]?.func
      const ran = !row.cut ? 'ran' : trace.live ? 'has run' : 'had run'
      return `${who} ${ran} job ${row.arg}${func ? ` (${func})` : ''} of ${what} for ${long}${rest}`
    }
    case 'communicator': {
      const were = !row.cut ? 'were' : trace.live ? 'have been' : 'had been'
      const late = row.object ? `; ${who} entered it last${atSite(trace, row.site)}` : ''
      return `The ranks of ${what} ${were} in ${operationName(row.arg)} for ${long}${tense(trace, row)}${late}.`
    }
    case 'memory':
      return `${who} ${!row.cut ? 'had' : trace.live ? 'has had' : 'still had'} ${what} open for ${long}${rest}`
    default:
      return `${who} ${held} ${what} for ${long}${rest}`
  }
}
const isTask = (trace: Trace, id: number) => trace.objects[id]?.kind === objectKinds.task

/** A process, as its parent saw it. */
function lifeSentence(trace: Trace, row: SliceRow): string {
  const process = trace.processes[trace.lanes[row.lane]!.process]!
  const { exit } = process
  if (process.ended === 'unseen') return `${process.name} (process ${process.pid}) was started; nobody saw it end.`
  const how =
    exit === null
      ? row.cut
        ? tense(trace, row)
        : ''
      : typeof exit === 'number'
        ? ` and ended with exit code ${exit}`
        : ` and was ended by ${exit}`
  return `${process.name} (process ${process.pid}) lived for ${duration(row.dur)}${how}.`
}

function queueSentence(trace: Trace, row: SliceRow, waiters: readonly Share[]): string {
  const verb = !row.cut ? 'were' : trace.live ? 'have been' : 'had been'
  const capacity = trace.objects[trace.lanes[row.lane]!.object]!.capacity
  const full = capacity > 0 && row.arg >= capacity ? ', which is all it takes,' : ''
  const items = row.arg === 0 ? 'no items' : many(row.arg, 'item')
  const one = row.arg === 1 ? { were: 'was', 'have been': 'has been', 'had been': 'had been' }[verb] : verb
  return `There ${one} ${items}${full} in ${fullName(trace, trace.lanes[row.lane]!.object)} for ${duration(row.dur)}${tense(trace, row)}${madeWait(trace, waiters)}.`
}

function madeWait(trace: Trace, waiters: readonly Share[]): string {
  if (!waiters.length) return ''
  const total = waiters.reduce((sum, w) => sum + w.dur, 0)
  return `, while ${list(distinct(trace, waiters))} waited ${duration(total)}${waiters.length > 1 ? ' in all' : ''}`
}

const tense = (trace: Trace, row: SliceRow) => (!row.cut ? '' : trace.live ? ' so far' : ' when the recording ended')
const distinct = (trace: Trace, shares: readonly Share[]) => [...new Set(shares.map((s) => nameOf(trace, s.thread)))]
