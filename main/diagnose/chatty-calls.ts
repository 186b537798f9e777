// Chatty calls: one line calls a remote server again and again, each time for next to nothing, and waits for each answer
// before it asks for the next.
//
//   caller   ▒▒▒▒▒ ▒▒▒▒▒ ▒▒▒▒▒ ▒▒▒▒▒ …      waits: there and back
//   server     ▌     ▌     ▌     ▌          serves
//
// Told of a hundred calls or more from one line by one caller, of whose waits four fifths went into the way there and back (not
// into serving, and not into waiting for a thread of the server: server-saturation), which from the first to the last did
// three tenths of the time nothing but wait so, all together 100 ms and a twentieth of the caller's life. A hundred: fewer are
// often there for a reason, as a look now and then at how something goes on. Three tenths: a loop that works between its calls
// would not be much faster with one call.
import { atSite, fullName, nameOf } from '../query/names.ts'
import { count, duration, percent } from '../query/words.ts'
import type { Trace } from '../store/trace.ts'
import { lifeOf } from './line-waits.ts'
import { callsSql } from './proof.ts'
import { serversOf, type RemoteCall, type Server } from './remote-calls.ts'
import type { Found, Rule } from './rule.ts'

const leastCalls = 100
const leastWay = 100e6
const ofWait = 0.8
const ofTime = 0.3
const ofLife = 0.05

export const chattyCalls: Rule = {
  name: 'chatty-calls',
  why: 'A call of another process takes its time there and back, however little is done for it; over a network a hundred times as long as here.',
  tryThis:
    'Ask once for all of it: one call with a list, a batch of calls (Pyro), or asynchronous calls that are on their way together.',
  live: false,
  look: ({ trace }) => serversOf(trace).flatMap((server) => chatting(trace, server)),
}

function chatting(trace: Trace, { pool, calls }: Server): Found[] {
  const lines = new Map<string, RemoteCall[]>()
  for (const call of calls) {
    const line = `${call.caller} ${call.site}`
    const of = lines.get(line)
    if (of) of.push(call)
    else lines.set(line, [call])
  }
  return [...lines.values()].flatMap((of) => tell(trace, pool.id, of) ?? [])
}

function tell(trace: Trace, pool: number, calls: readonly RemoteCall[]): Found | null {
  if (calls.length < leastCalls) return null
  let [waited, served, blocked, until] = [0, 0, 0, 0]
  for (const call of calls) {
    if (call.submitted < until) return null // on their way together
    until = call.fetched
    waited += call.fetched - call.submitted
    served += call.ended - call.begun
    blocked += call.blocked
  }
  const way = waited - served - blocked
  const { caller, site, submitted } = calls[0]!
  const during = until - submitted
  const actor = trace.lanes[caller]!.object
  const life = lifeOf(trace, actor)
  if (way < ofWait * waited || way < ofTime * during || way < Math.max(leastWay, ofLife * life)) return null
  const name = fullName(trace, pool)
  const who = nameOf(trace, actor)
  return {
    subject: `${who}${atSite(trace, site)}`,
    sentence: `${who} called ${name} ${count(calls.length)} times${atSite(trace, site)}, one after the other: ${duration(way)} went into the way there and back, ${duration(way / calls.length)} a call, and ${duration(served)} into serving them (${percent(served / waited)} of what it waited).`,
    weight: Math.min(0.8, way / life),
    evidence: [{ lane: caller, time: submitted, dur: during }],
    sql: callsSql(pool, caller, site),
  }
}
