// Traces of hosts that the test writes event by event, merged: what is the same becomes one, halves find each other, and
// nothing arrives before it was sent. The clocks of the hosts are off by what only the test knows.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { eventKinds, flags, flowKinds, objectKinds, reasons, sliceKinds } from '../wire/kinds.ts'
import { collectives } from '../wire/operations.ts'
import { DeviceRun } from './ingest/device-run.ts'
import { Ingest } from './ingest/ingest.ts'
import { EventWriter } from './ingest/write-events.ts'
import { mergeTraces } from './merging.ts'
import { onDevices } from './query/commands.ts'
import { createTrace, openTrace, type Trace } from './store/database.ts'
import { makeRows } from './store/rows.ts'

const folder = mkdtempSync(join(tmpdir(), 'interleave-merging-'))
afterAll(() => rmSync(folder, { recursive: true }))

const us = 1000
const ms = 1e6

/** A host whose clock is `ahead` ns of the true one, and gains `gains` ns in each; its process begins at the true ns `begins`. */
interface Host {
  name: string
  ahead: number
  gains?: number
  begins: number
  clock?: string
}
let made = 0
/** Its trace, finished; `write` gets a function from true time to what the writer takes. */
function recordedOn(host: Host, write: (w: EventWriter, at: (time: number) => number) => void): string {
  const name = `${++made}-${host.name}`
  const run = join(folder, name)
  mkdirSync(run)
  const clock = (time: number) => Math.round(time * (1 + (host.gains ?? 0)) + host.ahead)
  const writer = new EventWriter(run, {
    base: 1_000_000_000_000n + BigInt(clock(host.begins)),
    host: host.name,
    clock: host.clock ?? host.name,
    ppid: 1,
  })
  write(writer, (time) => clock(time) - clock(host.begins))
  writer.close()
  const path = join(folder, `${name}.sqlite`)
  const trace = createTrace(path)
  trace.setFact('state', 'finished')
  new Ingest(trace, run).finish()
  makeRows(trace)
  trace.settle()
  trace.db.close()
  return path
}
function merged(...paths: string[]): Trace {
  const steps = mergeTraces(paths, join(folder, `all-${++made}.sqlite`))
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}
const rows = (trace: Trace, sql: string) => trace.db.prepare(sql).raw().all() as unknown[][]
const actor = (w: EventWriter, name: string, at: number) => {
  const thread = w.thread(name)
  w.add(thread, at, eventKinds.threadBegin, { object: thread, arg: 1 })
  return thread
}
const shared = (w: EventWriter, kind: number, thread: number, at: number, key: string, arg = 0) => {
  const object = w.object(kind as typeof objectKinds.channel, thread, at, 0, arg)
  w.line({ k: 'shared', object: object.serial, key })
  return object.serial
}

const node1: Host = { name: 'node1', ahead: 0, begins: 0 }
const node2: Host = { name: 'node2', ahead: 1000e9 + 777, gains: 4e-5, begins: 2 * ms }

/** 100 messages to and fro, one each 2 ms, of `takes` ns each. */
const talker = (mine: 'ping' | 'pong', takes: number) => (w: EventWriter, at: (time: number) => number) => {
  const thread = actor(w, mine, at(3 * ms))
  const out = shared(w, objectKinds.channel, thread, at(3 * ms), mine)
  const back = shared(w, objectKinds.channel, thread, at(3 * ms), mine === 'ping' ? 'pong' : 'ping')
  for (let n = 1; n <= 100; n++) {
    const ping = (3 + 2 * n) * ms
    const [sent, received] = mine === 'ping' ? [ping, ping + ms + takes] : [ping + ms, ping + takes]
    const tellSend = () => w.add(thread, at(sent), eventKinds.send, { object: out, seq: n, arg: 8 })
    if (mine === 'ping') tellSend()
    w.add(thread, at(received - 20 * us), eventKinds.wait, { object: back, flags: reasons.message })
    w.add(thread, at(received), eventKinds.receive, { object: back, seq: n, arg: 8, flags: flags.ends })
    if (mine === 'pong') tellSend()
  }
  w.end(at(300 * ms))
}

test('messages between two hosts: their clocks, arrows, and what was known by halves', () => {
  const trace = merged(recordedOn(node1, talker('ping', 60 * us)), recordedOn(node2, talker('pong', 60 * us)))
  const [, first, second] = trace.hosts
  expect([first!.name, first!.placed, first!.uncertainty]).toEqual(['node1', 'first', 0])
  expect([second!.name, second!.placed, second!.via, second!.messages]).toEqual(['node2', 'messages', 1, 200])
  expect(Math.abs(second!.offset - 1000e9 - 777)).toBeLessThan(10 * us)
  expect(second!.uncertainty).toBeGreaterThan(0)
  expect(rows(trace, 'SELECT count(*), min(from_lane > 0 AND to_lane > 0) FROM message')).toEqual([[200, 1]])
  expect(rows(trace, `SELECT count(*) FROM flow WHERE kind = ${flowKinds.message}`)).toEqual([[200]])
  const [[least, most]] = rows(
    trace,
    `SELECT min(to_time - from_time), max(to_time - from_time) FROM flow WHERE kind = ${flowKinds.message}`,
  ) as [[number, number]]
  expect(least).toBeGreaterThan(50 * us)
  expect(most).toBeLessThan(70 * us)
  expect(rows(trace, 'SELECT key, shared FROM object WHERE key <> \'\' ORDER BY key')).toEqual([['ping', 1], ['pong', 1]]) // prettier-ignore
  expect(rows(trace, 'SELECT p.host, o.name FROM process p JOIN object o ON o.process = p.id WHERE o.kind = \'thread\'')).toEqual([[1, 'ping'], [2, 'pong']]) // prettier-ignore
  expect(trace.notes).toEqual([])
  trace.db.close()
  // what was written is a trace like any other
  openTrace(trace.path).db.close()
})

test('a collective whose ranks are on two hosts: one band, and an arrow from the last', () => {
  const rank = (n: number, others: number[]) => (w: EventWriter, at: (time: number) => number) => {
    w.line({ k: 'rank', group: 'job', rank: n, size: 2 })
    const thread = actor(w, `rank ${n}`, at(3 * ms))
    const world = shared(w, objectKinds.communicator, thread, at(3 * ms), 'world', 2)
    w.line({ k: 'members', object: world, group: 'job', ranks: [0, 1] })
    for (const [i, own] of others.entries()) {
      const last = 10 * (i + 1) * ms + 4 * ms
      w.add(thread, at(own), eventKinds.enter, { object: world, seq: i + 1, flags: collectives.barrier })
      w.add(thread, at(last + (30 + n) * us), eventKinds.leave, { object: world, seq: i + 1 })
    }
    w.end(at(100 * ms))
  }
  const trace = merged(
    recordedOn(node1, rank(0, [10 * ms, 24 * ms, 30 * ms])),
    recordedOn(node2, rank(1, [14 * ms, 20 * ms, 34 * ms])),
  )
  expect(trace.hosts[2]!.placed).toBe('messages')
  const bands = rows(
    trace,
    `SELECT s.dur, o.name, s.outcome FROM slice s JOIN lane l ON l.id = s.lane AND l.kind = 'communicator'
     JOIN object o ON o.id = s.object ORDER BY s.start`,
  ) as [number, string, number][]
  expect(bands.map(([, last, outcome]) => [last, outcome])).toEqual([['rank 1', 0], ['rank 0', 0], ['rank 1', 0]]) // prettier-ignore
  for (const [dur] of bands) expect(dur / ms).toBeCloseTo(4, 0)
  const arrows = rows(
    trace,
    `SELECT a.name, b.name FROM flow f JOIN lane la ON la.id = f.from_lane JOIN object a ON a.id = la.object
     JOIN lane lb ON lb.id = f.to_lane JOIN object b ON b.id = lb.object WHERE f.kind = ${flowKinds.collective} ORDER BY to_time`,
  )
  expect(arrows).toEqual([['rank 1', 'rank 0'], ['rank 0', 'rank 1'], ['rank 1', 'rank 0']]) // prettier-ignore
  expect(rows(trace, 'SELECT rank, host FROM process ORDER BY rank')).toEqual([[0, 1], [1, 2]]) // prettier-ignore
  expect(rows(trace, 'SELECT count(*) FROM entry')).toEqual([[6]])
  trace.db.close()
})

test('jobs that are submitted on one host and run on another', () => {
  const key = (n: number) => ({ seq: 7, arg: n, flags: flags.keyed })
  const client = (w: EventWriter, at: (time: number) => number) => {
    const thread = actor(w, 'client', at(3 * ms))
    const pool = shared(w, objectKinds.pool, thread, at(3 * ms), 'celery')
    for (let n = 1; n <= 5; n++) {
      w.line({ k: 'job', pool, key: `00000007${n.toString(16).padStart(8, '0')}`, name: 'tasks.add', id: `id${n}` })
      w.add(thread, at(10 * n * ms), eventKinds.submit, { object: pool, ...key(n) })
      w.add(thread, at(10 * n * ms + 3 * ms), eventKinds.result, { object: pool, ...key(n) })
    }
    w.end(at(100 * ms))
  }
  const worker = (w: EventWriter, at: (time: number) => number) => {
    const thread = actor(w, 'worker', at(3 * ms))
    const pool = shared(w, objectKinds.pool, thread, at(3 * ms), 'celery', 1)
    const site = w.site('tasks.py', 3, 'add')
    for (let n = 1; n <= 5; n++) {
      w.add(thread, at(10 * n * ms + ms), eventKinds.jobBegin, { object: pool, site, ...key(n) })
      w.add(thread, at(10 * n * ms + 2 * ms), eventKinds.jobEnd, { object: pool, ...key(n) })
    }
    w.end(at(100 * ms))
  }
  const trace = merged(recordedOn(node1, client), recordedOn(node2, worker))
  expect(rows(trace, 'SELECT name, id, submitted < begun, begun < ended, ended < fetched FROM submission')).toEqual(
    [1, 2, 3, 4, 5].map((n) => ['tasks.add', `id${n}`, 1, 1, 1]),
  )
  const jobs = 'SELECT number, worker, func FROM job ORDER BY number'
  expect(rows(trace, jobs)).toEqual([1, 2, 3, 4, 5].map((n) => [n, 'worker', 'add']))
  for (const kind of [flowKinds.submit, flowKinds.result])
    expect(rows(trace, `SELECT count(*), min(from_time <= to_time) FROM flow WHERE kind = ${kind}`)).toEqual([[5, 1]])
  trace.db.close()
})

test('two programs of one machine need no messages; a third host without any has its wall clock, and it is said', () => {
  const quiet = (w: EventWriter, at: (time: number) => number) => {
    const thread = actor(w, 'quiet', at(5 * ms))
    w.add(thread, at(6 * ms), eventKinds.wait, { flags: reasons.sleep, arg: 1 })
    w.add(thread, at(7 * ms), eventKinds.wake)
    w.end(at(9 * ms))
  }
  const trace = merged(
    recordedOn({ ...node1, begins: 4 * ms }, quiet),
    recordedOn({ ...node1, begins: ms, name: 'container', clock: 'node1' }, quiet),
    recordedOn({ ...node2, begins: 3 * ms }, quiet),
  )
  expect(trace.hosts.slice(1).map(({ name, placed, uncertainty }) => [name, placed, uncertainty])).toEqual([
    ['node1', 'first', 0],
    ['container', 'first', 0],
    ['node2', 'wall clock', null],
  ])
  // the second one began 3 ms before the first: there is time 0
  expect(rows(trace, `SELECT start FROM slice WHERE kind = ${reasons.sleep} LIMIT 2`)).toEqual([[5 * ms], [5 * ms]])
  expect(trace.notes.join()).toContain('No message connects node2 with the other hosts')
  trace.db.close()
})

test('one that is given up leaves nothing', () => {
  const output = join(folder, 'given-up.sqlite')
  const paths = [recordedOn(node1, talker('ping', 60 * us)), recordedOn(node2, talker('pong', 60 * us))]
  const steps = mergeTraces(paths, output)
  expect(steps.next().done).toBe(false)
  expect(existsSync(output)).toBe(true)
  steps.return(undefined as never)
  expect(existsSync(output)).toBe(false)
})

test('what cannot be merged is refused in a sentence, and leaves nothing', () => {
  const one = recordedOn(node1, talker('ping', 60 * us))
  const two = recordedOn(node2, talker('pong', 60 * us))
  const both = merged(one, two)
  both.db.close()
  const text = join(folder, 'text.sqlite')
  writeFileSync(text, 'a text')
  const old = join(folder, 'old.sqlite')
  copyFileSync(one, old)
  const older = openTrace(old, { write: true })
  older.db.pragma('user_version = 1')
  older.db.close()
  const link = join(folder, 'link.sqlite')
  symlinkSync(one, link)
  const unfinished = join(folder, 'unfinished.sqlite')
  mkdirSync(`${unfinished}.run`)
  writeFileSync(unfinished, '')
  const refused = (paths: string[], why: RegExp) => {
    const before = made
    expect(() => merged(...paths)).toThrow(why)
    expect(existsSync(join(folder, `all-${before + 1}.sqlite`))).toBe(false)
  }
  refused([one, text], /text\.sqlite is not a trace/)
  refused([one, old], /was written by an older Interleave/)
  refused([one, link], /link\.sqlite was given twice/)
  refused([one, unfinished], /is an unfinished recording/)
  refused([one, join(folder, 'none.sqlite')], /There is no trace/)
  refused([both.path, one], /has several hosts already/)
})

test('what devices did: with new numbers, times of one clock, and kernels of one name as one', () => {
  const record = (begins: bigint, kernels: string[]): string => {
    const run = new DeviceRun({ base: 1_000_000_000_000n + begins, host: 'node1', clock: 'node1' })
    onTestFinished(() => run.close())
    const gpu = run.device('GPU', { type: 'gpu', units: 80, uncertainty: 500 })
    const context = run.context('memory', gpu)
    const [a, b] = [run.stream('a', gpu), run.stream('b', gpu)]
    run.range('step', 5, 700)
    run.memory(context, 8, 4096)
    a.kernel(kernels[0]!, { called: 10, returned: 20, queued: 12, submitted: 25, started: 30, ended: 90 })
    b.kernel(kernels[1]!, { called: 40, returned: 50, started: 100, ended: 600 }, { after: [[a, 1]], line: 7 })
    run.waits(b, 1, 60, 610)
    const trace = run.trace(1000)
    trace.setFact('state', 'finished')
    trace.commit()
    trace.settle()
    return trace.path
  }
  const trace = merged(record(0n, ['add', 'blur']), record(5000n, ['blur', 'add']))
  expect(
    rows(trace, 'SELECT device, stream, kernel, thread, line, called, start, dur FROM execution ORDER BY called'),
  ).toEqual([
    ['GPU', 'a', 'add', 'MainThread', 10, 10, 30, 60],
    ['GPU', 'b', 'blur', 'MainThread', 7, 40, 100, 500],
    ['GPU', 'a', 'blur', 'MainThread', 10, 5010, 5030, 60],
    ['GPU', 'b', 'add', 'MainThread', 7, 5040, 5100, 500],
  ])
  expect(rows(trace, 'SELECT name FROM work ORDER BY name')).toEqual([['add'], ['blur'], ['step']])
  // as the slices on their lanes say
  const drawn = rows(
    trace,
    `SELECT o.name, w.name, s.start, d.name FROM slice s JOIN lane l ON l.id = s.lane JOIN object o ON o.id = l.object
     JOIN object d ON d.id = o.belongs JOIN work w ON w.id = s.arg
     WHERE s.kind IN (${sliceKinds.kernel}, ${sliceKinds.range}) ORDER BY s.start`,
  )
  expect(drawn).toEqual([
    ['MainThread: calls', 'step', 5, 'MainThread'],
    ['a', 'add', 30, 'GPU'],
    ['b', 'blur', 100, 'GPU'],
    ['MainThread: calls', 'step', 5005, 'MainThread'],
    ['a', 'blur', 5030, 'GPU'],
    ['b', 'add', 5100, 'GPU'],
  ])
  expect(rows(trace, 'SELECT count(*), count(DISTINCT stream), count(DISTINCT on_stream) FROM dependency')).toEqual([
    [2, 2, 2],
  ])
  expect(rows(trace, 'SELECT count(DISTINCT object), min(units) FROM device')).toEqual([[2, 80]])
  expect(rows(trace, 'SELECT count(*), sum(in_order) FROM stream')).toEqual([[4, 4]])
  // of each the call, the run, the wait
  expect(rows(trace, `SELECT count(*) FROM flow WHERE kind = ${flowKinds.launch}`)).toEqual([[4]])
  expect(rows(trace, `SELECT count(*) FROM flow WHERE kind = ${flowKinds.finished}`)).toEqual([[2]])
  trace.db.close()
  const again = openTrace(trace.path)
  expect(onDevices(again).commands.n).toBe(4)
  again.db.close()
})
