// server-saturation and chatty-calls on written calls, whose times are known: what is said, what its rows say, near misses.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventKinds as ev, flags, objectKinds } from '../../wire/kinds.ts'
import { Ingest } from '../ingest/ingest.ts'
import { EventWriter } from '../ingest/write-events.ts'
import { createTrace, openTrace } from '../store/database.ts'
import { makeRows } from '../store/rows.ts'
import { diagnose } from './diagnose.ts'
import { pythonPrograms } from './found-in.ts'

const ms = 1e6
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interleave-calls-'))
  mkdirSync(join(folder, 'run'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Times in ms; caller and thread are numbers. */
interface Call {
  caller: number
  submitted: number
  begun: number
  ended: number
  fetched: number
  thread: number
}

/** What the two rules say of these calls of a server with so many threads, as [rule, sentence, rows of its SQL]. */
function said(threads: number, calls: readonly Call[], end: number, refusals = 0) {
  const client = new EventWriter(join(folder, 'run'), { pid: 100 })
  const server = new EventWriter(join(folder, 'run'), { pid: 200 })
  const named = (w: EventWriter, prefix: string, n: number) =>
    Array.from({ length: n }, (_, i) => {
      const thread = w.thread(`${prefix}-${i + 1}`)
      w.add(thread, 1, ev.threadBegin, { object: thread, arg: thread })
      return thread
    })
  const workers = named(server, 'worker', threads)
  const callers = named(client, 'caller', 1 + Math.max(0, ...calls.map((call) => call.caller)))
  const pool = (w: EventWriter, by: number, capacity: number, time: number) => {
    const { serial } = w.object(objectKinds.thread, by, 0)
    w.line({ k: 'shared', object: serial, key: 'server Pyro5 127.0.0.1:4711' })
    w.add(by, time, ev.new, { object: serial, flags: objectKinds.pool, arg: capacity })
    return serial
  }
  const here = pool(server, workers[0]!, threads, 2)
  server.line({ k: 'name', object: here, name: 'Painter' })
  const there = pool(client, callers[0]!, 0, 3)
  const site = client.site('client.py', 7, 'main')
  const events = calls.flatMap((call, i) => {
    const rest = { arg: i + 1, seq: 5, flags: flags.keyed }
    const asks = { ...rest, object: there, site }
    const serves = { ...rest, object: here }
    return [
      { w: client, by: callers[call.caller]!, at: call.submitted, kind: ev.submit, rest: asks },
      { w: server, by: workers[call.thread]!, at: call.begun, kind: ev.jobBegin, rest: serves },
      { w: server, by: workers[call.thread]!, at: call.ended, kind: ev.jobEnd, rest: serves },
      { w: client, by: callers[call.caller]!, at: call.fetched, kind: ev.result, rest: asks },
    ]
  })
  events.sort((a, b) => a.at - b.at)
  for (const { w, by, at, kind, rest } of events) w.add(by, Math.round(at * ms), kind, rest)
  for (let i = 0; i < refusals; i++) server.add(workers[0]!, (end - 1) * ms, ev.refused, { object: here })
  for (const w of [client, server]) {
    w.end(end * ms)
    w.close()
  }
  const path = join(folder, 'trace.sqlite')
  const trace = createTrace(path)
  new Ingest(trace, join(folder, 'run')).finish()
  makeRows(trace)
  const told = diagnose(trace)
    .filter(({ rule }) => rule === 'server-saturation' || rule === 'chatty-calls')
    .map(({ rule, sentence, sql }) => ({
      rule,
      sentence,
      rows: trace.db.prepare(sql).all() as Record<string, unknown>[],
    }))
  trace.close()
  const again = openTrace(path)
  const sentences = diagnose(again).map(({ sentence }) => sentence)
  for (const { sentence } of told) expect(sentences).toContain(sentence)
  again.db.close()
  return told
}

/** Each caller calls again as soon as it has its answer; the server's threads serve in order of arrival. */
function closedLoop(callers: number, threads: number, each: number, served: number, way = 0.1): Call[] {
  const free = Array<number>(threads).fill(0)
  const next = Array.from({ length: callers }, (_, i) => 10 + i * 0.01)
  const calls: Call[] = []
  for (let n = 0; n < callers * each; n++) {
    const caller = next.indexOf(Math.min(...next))
    const thread = free.indexOf(Math.min(...free))
    const submitted = next[caller]!
    const begun = Math.max(submitted + way, free[thread]! + 0.01)
    const ended = begun + served
    free[thread] = ended
    next[caller] = ended + way + 0.05
    calls.push({ caller, submitted, begun, ended, fetched: ended + way, thread })
  }
  return calls
}
const endOf = (calls: readonly Call[]) => Math.ceil(Math.max(...calls.map((call) => call.fetched))) + 10

describe('server-saturation', () => {
  test('one caller who waits for each answer finds the thread free each time, however soon it calls again', () => {
    const calls = closedLoop(1, 1, 5000, 0.005, 0.03)
    expect(said(1, calls, endOf(calls)).map(({ rule }) => rule)).toEqual(['chatty-calls'])
  })
  test('four callers of one thread: three of four always wait', () => {
    const calls = closedLoop(4, 1, 10, 20)
    const told = said(1, calls, endOf(calls))
    expect(told.map(({ rule }) => rule)).toEqual(['server-saturation'])
    expect(told[0]!.sentence).toMatch(
      /^40 calls of Painter waited 5\d ms on average until its one thread was free, and were then served in 20 ms; caller-\d, .* spent \d\d % of their time in that\.$/,
    )
    expect(told[0]!.rows.map(({ calls: n }) => n)).toEqual([10, 10, 10, 10])
    expect(told[0]!.rows.every(({ place }) => place === 'client.py:7')).toBe(true)
  })
  test('six callers of two threads', () => {
    const calls = closedLoop(6, 2, 10, 20)
    expect(said(2, calls, endOf(calls))[0]!.sentence).toContain('until one of its 2 threads was free')
  })
  test.each([
    ['two callers that take turns', closedLoop(2, 1, 20, 20), 1],
    ['a thread for each', closedLoop(4, 4, 20, 20), 4],
    ['four of three', closedLoop(4, 3, 20, 20), 3],
    ['little time in all', closedLoop(4, 1, 10, 1), 1],
    ['few calls', closedLoop(9, 1, 1, 40), 1],
  ])('not told: %s', (_, calls, threads) => {
    expect(said(threads, calls, endOf(calls))).toEqual([])
  })
  test('not told: callers that did much else in their lives', () => {
    expect(said(1, closedLoop(4, 1, 10, 20), 60_000)).toEqual([])
  })
  test('not told: a way that takes long while the thread is free', () => {
    const calls = closedLoop(1, 1, 20, 2, 50)
    expect(said(1, calls, endOf(calls))).toEqual([])
  })
  test('connections that were refused are told each time', () => {
    const calls = closedLoop(1, 2, 5, 20)
    const told = said(2, calls, endOf(calls), 3)
    expect(told.map(({ sentence }) => sentence)).toEqual([
      'Painter refused 3 connections: each of its 2 threads had one already.',
    ])
    expect(told[0]!.rows).toMatchObject([{ object: 'Painter', who: 'worker-1', times: 3 }])
  })
})

describe('chatty-calls', () => {
  const chat = closedLoop(1, 2, 400, 0.05, 0.2)
  test('four hundred small calls from one line', () => {
    const told = said(2, chat, endOf(chat))
    expect(told.map(({ rule, sentence }) => [rule, sentence])).toEqual([
      [
        'chatty-calls',
        'caller-1 called Painter 400 times at client.py:7, one after the other: 160 ms went into the way there and back, 400 µs a call, and 20 ms into serving them (11 % of what it waited).',
      ],
    ])
    expect(told[0]!.rows).toMatchObject([{ caller: 'caller-1', place: 'client.py:7', calls: 400 }])
  })
  const near: [string, Call[], number?][] = [
    ['ninety-nine calls', closedLoop(1, 1, 99, 0.05, 2)],
    ['calls that are served as long as they travel', closedLoop(1, 1, 400, 0.4, 0.2)],
    ['a caller that works between its calls', chat.map((call, i) => shifted(call, i * 2))],
    ['hardly a tenth of a second', closedLoop(1, 1, 200, 0.05, 0.2)],
    ['a small part of a long life', chat, 60_000],
    [
      'calls that are on their way together',
      chat.map((call, i) => ({ ...shifted(call, -i * 0.3), fetched: 200 + i * 0.2 })),
    ],
  ]
  test.each(near)('not told: %s', (_, calls, end) => {
    expect(said(2, calls, end ?? endOf(calls))).toEqual([])
  })
})

function shifted(call: Call, by: number): Call {
  const { submitted, begun, ended, fetched } = call
  return { ...call, submitted: submitted + by, begun: begun + by, ended: ended + by, fetched: fetched + by }
}

describe('calls of a server by its own threads, on real programs', () => {
  const foundIn = pythonPrograms('rpc')
  const source = (threads: number) => `
import threading
import Pyro5.api
Pyro5.config.THREADPOOL_SIZE = ${threads}
Pyro5.config.THREADPOOL_SIZE_MIN = 2

class Link:
    def __init__(self, next): self.next = next
    @Pyro5.api.expose
    def ask(self):
        if not self.next: return 1
        with Pyro5.api.Proxy(self.next) as link: return link.ask() + 1

daemon = Pyro5.api.Daemon(host='localhost')
end = daemon.register(Link(None))
start = daemon.register(Link(end))
requests = threading.Thread(target=daemon.requestLoop)
requests.start()
with Pyro5.api.Proxy(start) as link: print(link.ask())
daemon.shutdown()
requests.join()
`
  test('one of few threads is told, one of many is not', async ({ onTestFinished }) => {
    const few = await foundIn(source(2), null, onTestFinished)
    expect(few.map(({ rule }) => rule)).toEqual(['nested-submit'])
    expect(await foundIn(source(40), null, onTestFinished)).toEqual([])
  })
})
