// Server saturation: callers of a remote server wait because all its threads are at work for others; or are turned away.
//
// Told when the calls waited for a free thread one and a half times as long as it took to serve them, all together 200 ms and
// more, ten of them or more, and that was a twentieth of their callers' lives. One and a half times: two callers that take turns
// at one thread wait about as long as they are served, and somebody chose the number; from three callers a thread on the waits
// are most of a call. Only time in
// which all threads were busy counts (remote-calls.ts): what a call spends on its way is chatty-calls' matter. More threads
// are advised when the calls rest; when they compute, another process. A connection that was refused for lack of a thread is
// told each time: its caller got an exception.
import { atSite, fullName, nameOf } from '../query/names.ts'
import { duration, list, many, percent } from '../query/words.ts'
import type { ObjectRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { lifeOf } from './line-waits.ts'
import { resting } from './pool-size.ts'
import { PoolUses } from './pool-uses.ts'
import { callsSql, incidentSql } from './proof.ts'
import { isServer, serversOf, type RemoteCall, type Server } from './remote-calls.ts'
import type { Found, Rule, Scene } from './rule.ts'

const leastWaited = 200e6
const leastCalls = 10
const ofServed = 1.5
const ofLife = 0.05

export const serverSaturation: Rule = {
  name: 'server-saturation',
  why: 'A remote server serves as many calls at a time as it has threads. The next ones wait, and so do their callers, though nothing is done for them.',
  tryThis: 'Give the server more threads (a server of threads instead of one that multiplexes), or call it less often.',
  tallies: [PoolUses],
  live: false,
  look(scene) {
    const { trace } = scene
    return [
      ...serversOf(trace).flatMap((server) => busy(scene, server) ?? []),
      ...trace.objects.flatMap((pool) => (pool && isServer(pool) ? (refused(trace, pool) ?? []) : [])),
    ]
  },
}

const actorOf = (trace: Trace, lane: number): number => trace.lanes[lane]!.object
const sum = (calls: readonly RemoteCall[], of: (call: RemoteCall) => number): number =>
  calls.reduce((all, call) => all + of(call), 0)

function busy({ trace, tally }: Scene, { pool, calls }: Server): Found | null {
  const waited = calls.filter((call) => call.blocked > 0)
  const blocked = sum(waited, (call) => call.blocked)
  const served = sum(calls, (call) => call.ended - call.begun)
  if (waited.length < leastCalls || blocked < leastWaited || blocked < ofServed * served) return null
  const callers = [...new Set(waited.map((call) => actorOf(trace, call.caller)))]
  const share = blocked / callers.reduce((all, caller) => all + lifeOf(trace, caller), 0)
  if (share < ofLife) return null
  const use = tally(PoolUses).all.get(pool.id)
  const rests = use ? resting(trace, use) : 0
  const name = fullName(trace, pool.id)
  const threads = pool.capacity === 1 ? 'its one thread was free' : `one of its ${pool.capacity} threads was free`
  return {
    subject: name,
    sentence: `${many(calls.length, 'call')} of ${name} waited ${duration(blocked / calls.length)} on average until ${threads}, and were then served in ${duration(served / calls.length)}; ${list(callers.map((caller) => nameOf(trace, caller)))} spent ${percent(Math.min(1, share))} of their time in that.`,
    weight: Math.min(0.8, share),
    tryThis:
      rests < 0.5
        ? 'The calls compute: more threads of one Python would only take turns. Give the work to further server processes, or do less in a call.'
        : 'The calls mostly rest (sleep, I/O, calls outside Python): give the server more threads (a server of threads instead of one that multiplexes), and they rest side by side.',
    evidence: waited
      .sort((a, b) => b.blocked - a.blocked)
      .slice(0, 8)
      .map((call) => ({ lane: call.caller, time: call.submitted, dur: call.fetched - call.submitted })),
    sql: callsSql(pool.id),
  }
}

/** By a server of which each thread keeps a connection. */
function refused(trace: Trace, pool: ObjectRow): Found | null {
  const tries = (pool.incidents ?? []).filter(({ what }) => what === 'refused')
  const times = tries.reduce((all, { count }) => all + count, 0)
  if (times === 0 || pool.capacity === 0) return null
  const name = fullName(trace, pool.id)
  return {
    subject: name,
    sentence: `${name} refused ${many(times, 'connection')}: each of its ${many(pool.capacity, 'thread')} had one already${atSite(trace, tries[0]!.site)}.`,
    weight: 0.3,
    tryThis:
      'Give the server more threads, or let clients close connections that they do not need: each keeps a thread.',
    evidence: tries.map(({ actor, first, last }) => ({
      lane: trace.objects[actor]!.lane!.id,
      time: first,
      dur: last - first,
    })),
    sql: incidentSql(['refused'], pool.id),
  }
}
