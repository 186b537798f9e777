// The calls of each remote server, and how long each waited because all threads of the server were at work.
//
//   caller A   submitted ▒▒▒▒▒▒▒▒▒▒ begun ████ ended ─ fetched       ▒ while the server serves as many calls as it can: blocked
//   caller B   submitted ─ begun ██████████ ended ─ fetched          ─ on the way
//
// In: the submissions of pools that say they are servers. Out: their calls in order of submission. Calls that nobody waits for
// (one-way) keep a thread busy like the others, and are in `served` only.
import type { SubmissionRow } from '../store/between.ts'
import type { ObjectRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { firstWhere } from '../query/first-where.ts'
import { submissionsOf } from '../query/submissions.ts'

export interface RemoteCall {
  /** lanes of who called and who served */
  caller: number
  server: number
  site: number
  submitted: number
  begun: number
  ended: number
  fetched: number
  /** ns of [submitted, begun] in which all threads of the server were busy */
  blocked: number
}
export interface Server {
  pool: ObjectRow
  calls: RemoteCall[]
}

export const isServer = (pool: ObjectRow): boolean => pool.key.startsWith('server ')

const known = new WeakMap<Trace, Server[]>()

export function serversOf(trace: Trace): Server[] {
  const told = trace.live ? undefined : known.get(trace)
  if (told) return told
  const rows = new Map<number, SubmissionRow[]>()
  for (const row of submissionsOf(trace)) {
    const of = rows.get(row.pool)
    if (of) of.push(row)
    else if (isServer(trace.objects[row.pool]!)) rows.set(row.pool, [row])
  }
  const servers = [...rows].map(([id, of]) => ({
    pool: trace.objects[id]!,
    calls: callsOf(of, trace.objects[id]!.capacity),
  }))
  if (!trace.live) known.set(trace, servers)
  return servers
}

function callsOf(rows: readonly SubmissionRow[], threads: number): RemoteCall[] {
  const busy = fullTimes(rows, threads)
  return rows
    .flatMap(({ submitted, site, begun, ended, fetched }) =>
      submitted && begun && ended !== null && fetched
        ? [
            {
              caller: submitted.lane,
              server: begun.lane,
              site,
              submitted: submitted.time,
              begun: begun.time,
              ended,
              fetched: fetched.time,
              blocked: busy(begun.time) - busy(submitted.time),
            },
          ]
        : [],
    )
    .sort((a, b) => a.submitted - b.submitted)
}

/** How long all `threads` had been busy by a time; 0 threads: as many as there are calls. */
function fullTimes(rows: readonly SubmissionRow[], threads: number): (time: number) => number {
  if (threads === 0) return () => 0
  const turns = rows
    .flatMap(({ submitted, begun, ended }) =>
      begun && ended !== null
        ? [[begun.time, 1, submitted?.time ?? Infinity] as const, [ended, -1, Infinity] as const]
        : [],
    )
    .sort((a, b) => a[0] - b[0] || a[1] - b[1])
  // the server hands on from one call to the next that was there already: a moment in between is no time at which a thread
  // was free; between the calls of one who waits for each answer it was
  const from: number[] = []
  const until: number[] = []
  let serving = 0
  for (const [time, by, asked] of turns) {
    serving += by
    if (by > 0 && serving === threads) {
      if (from.length > 0 && time - until.at(-1)! < moment && asked < until.at(-1)!) until.pop()
      else from.push(time)
    }
    if (by < 0 && serving === threads - 1) until.push(time)
  }
  const before: number[] = []
  let sum = 0
  for (let i = 0; i < until.length; i++) {
    before.push(sum)
    sum += until[i]! - from[i]!
  }
  return (time) => {
    const last = firstWhere(until.length, (i) => from[i]! > time) - 1
    return last < 0 ? 0 : before[last]! + Math.min(time, until[last]!) - from[last]!
  }
}
const moment = 1e6
