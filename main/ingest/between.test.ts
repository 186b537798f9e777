// What goes on between processes, from written records: messages whose sends wait, collectives of ranks, keyed jobs.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventKinds as ev, flags, objectKinds, outcomes, reasons } from '../../wire/kinds.ts'
import { accesses, closings, collectives } from '../../wire/operations.ts'
import { createTrace } from '../store/database.ts'
import { makeRows } from '../store/rows.ts'
import type { Trace } from '../store/trace.ts'
import { Ingest } from './ingest.ts'
import { EventWriter, type WrittenObject } from './write-events.ts'

let folder: string
let run: string
let trace: Trace | null
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interleave-between-'))
  run = join(folder, 'run')
  mkdirSync(run)
  trace = null
})
afterEach(() => {
  trace?.close()
  rmSync(folder, { recursive: true })
})

interface Rank {
  w: EventWriter
  main: number
}
/** Ranks 0, 1, … of one job. */
const ranks = (n: number): Rank[] =>
  Array.from({ length: n }, (_, rank) => {
    const w = new EventWriter(run, { pid: 100 + rank })
    w.line({ k: 'rank', group: 'job', rank, size: n })
    return { w, main: w.thread(`rank ${rank}`) }
  })
const shared = ({ w, main }: Rank, kind: number, key: string, capacity: number, members: number[]): WrittenObject => {
  const object = w.object(objectKinds.thread, main, 0)
  w.line({ k: 'shared', object: object.serial, key })
  w.line({ k: 'name', object: object.serial, name: key })
  w.line({ k: 'members', object: object.serial, group: 'job', ranks: members })
  w.add(main, 1, ev.new, { object: object.serial, flags: kind, arg: capacity })
  return object
}
const ingested = (all: Rank[], end: number): ((sql: string) => unknown[]) => {
  for (const { w } of all) {
    w.end(end)
    w.close()
  }
  const made = (trace = createTrace(join(folder, 'trace.sqlite')))
  new Ingest(made, run).finish()
  makeRows(made)
  return (sql) => made.db.prepare(sql).raw().all()
}
const flowsSql = `SELECT k.name, a.name, f.from_time, b.name, f.to_time FROM flow f
  JOIN kind k ON k.what = 'flow' AND k.id = f.kind JOIN lane la ON la.id = f.from_lane JOIN object a ON a.id = la.object
  JOIN lane lb ON lb.id = f.to_lane JOIN object b ON b.id = lb.object ORDER BY f.to_time, k.name`
const slicesOf = (kind: string) => `SELECT o.name, s.start, s.dur, s.arg FROM slice s
  JOIN kind k ON k.what = 'slice' AND k.id = s.kind AND k.name = '${kind}' JOIN lane l ON l.id = s.lane
  JOIN object o ON o.id = l.object ORDER BY s.start, o.name`

describe('messages', () => {
  test('a channel that is closed lets go who waits for the other end, and is counted', () => {
    const [a, b, c] = ranks(3) as [Rank, Rank, Rank]
    const channel = ({ w, main }: Rank) => {
      const { serial } = w.object(objectKinds.thread, main, 0)
      w.line({ k: 'shared', object: serial, key: 'belt' })
      w.line({ k: 'name', object: serial, name: 'belt' })
      w.add(main, 1, ev.new, { object: serial, flags: objectKinds.channel })
      return serial
    }
    const [reads, sends, closes] = [channel(a), channel(b), channel(c)]
    a.w.add(a.main, 100, ev.wait, { object: reads, flags: reasons.message })
    b.w.add(b.main, 150, ev.send, { object: sends, seq: 1, flags: flags.blocks })
    c.w.add(c.main, 200, ev.broken, { object: closes, seq: 1, flags: closings.poisoned })
    a.w.add(a.main, 230, ev.wake, { object: reads, flags: outcomes.raised, arg: 1 })
    b.w.add(b.main, 250, ev.wake, { object: sends, flags: outcomes.raised, arg: 1 })
    const ask = ingested([a, b, c], 400)
    expect(ask(flowsSql)).toEqual([
      ['cancel', 'rank 2', 200, 'rank 0', 230],
      ['cancel', 'rank 2', 200, 'rank 1', 250],
    ])
    expect(ask('SELECT what, count, first FROM incident')).toEqual([['poisoned', 1, 200]])
    expect(ask('SELECT number, from_time, to_time FROM message')).toEqual([[1, 150, null]])
  })

  test('a send that waits for a late receiver, a receive that waits for a late sender, one that nobody takes', () => {
    const [a, b] = ranks(2) as [Rank, Rank]
    const channel = (rank: Rank) => {
      const { serial } = rank.w.object(objectKinds.thread, rank.main, 0)
      rank.w.line({ k: 'shared', object: serial, key: '0 → 1' })
      rank.w.line({ k: 'ends', object: serial, group: 'job', from: 0, to: 1 })
      rank.w.add(rank.main, 1, ev.new, { object: serial, flags: objectKinds.channel })
      return serial
    }
    const [from, to] = [channel(a), channel(b)]
    a.w.add(a.main, 100, ev.send, { object: from, seq: 1, arg: 8, flags: flags.blocks })
    b.w.add(b.main, 300, ev.wait, { object: to, flags: reasons.message })
    b.w.add(b.main, 320, ev.receive, { object: to, seq: 1, arg: 8, flags: flags.ends })
    a.w.add(a.main, 330, ev.wake, { object: from })
    // from whomever it may come
    b.w.add(b.main, 400, ev.wait, { flags: reasons.message })
    a.w.add(a.main, 500, ev.send, { object: from, seq: 2, arg: 16, flags: flags.blocks })
    a.w.add(a.main, 510, ev.wake, { object: from })
    b.w.add(b.main, 520, ev.receive, { object: to, seq: 2, arg: 16, flags: flags.ends })
    a.w.add(a.main, 600, ev.send, { object: from, seq: 3, arg: 24 })
    const all = ingested([a, b], 700)
    expect(all(flowsSql)).toEqual([
      ['message', 'rank 0', 100, 'rank 1', 320],
      ['taken', 'rank 1', 300, 'rank 0', 330],
      ['message', 'rank 0', 500, 'rank 1', 520],
    ])
    expect(all(slicesOf('send'))).toEqual([
      ['rank 0', 100, 230, 0],
      ['rank 0', 500, 10, 0],
    ])
    expect(all(slicesOf('message'))).toEqual([
      ['rank 1', 300, 20, 0],
      ['rank 1', 400, 120, 0],
    ])
    expect(all('SELECT number, from_time, to_time, bytes FROM message ORDER BY number')).toEqual([
      [1, 100, 320, 8],
      [2, 500, 520, 16],
      [3, 600, null, 24],
    ])
    expect(
      all('SELECT DISTINCT object.key, grp, rank FROM member JOIN object ON object.id = object ORDER BY place'),
    ).toEqual([
      ['0 → 1', 'job', 0],
      ['0 → 1', 'job', 1],
    ])
    expect(all("SELECT name FROM lane JOIN object o ON o.id = lane.object WHERE lane.kind = 'queue'")).toEqual([])
    expect(all('SELECT what FROM loss')).toEqual([])
  })
})

describe('collectives', () => {
  test('a barrier: the last one keeps the others; a bcast: the root; a reduce: only the root waits for others', () => {
    const all = ranks(3)
    const world = all.map((rank) => shared(rank, objectKinds.communicator, 'world', 3, [0, 1, 2]).serial)
    const go = (rank: number, n: number, operation: number, from: number, to: number) => {
      const { w, main } = all[rank]!
      w.add(main, from, ev.enter, { object: world[rank]!, seq: n, flags: operation, arg: 4 })
      w.add(main, to, ev.leave, { object: world[rank]!, seq: n })
    }
    const root = flags.root
    go(0, 1, collectives.barrier, 100, 310)
    go(1, 1, collectives.barrier, 300, 312)
    go(2, 1, collectives.barrier, 200, 314)
    go(0, 2, collectives.bcast | root, 500, 505)
    go(1, 2, collectives.bcast, 400, 510)
    go(2, 2, collectives.bcast, 600, 601)
    go(0, 3, collectives.reduce | root, 700, 820)
    go(1, 3, collectives.reduce, 710, 715)
    go(2, 3, collectives.reduce, 800, 805)
    const ask = ingested(all, 900)
    expect(ask(flowsSql)).toEqual([
      ['collective', 'rank 1', 300, 'rank 0', 310],
      ['collective', 'rank 1', 300, 'rank 2', 314],
      ['collective', 'rank 0', 500, 'rank 1', 510],
      ['collective', 'rank 2', 800, 'rank 0', 820],
    ])
    expect(ask(slicesOf('band'))).toEqual([
      ['world', 100, 214, collectives.barrier],
      ['world', 400, 201, collectives.bcast],
      ['world', 700, 120, collectives.reduce],
    ])
    expect(ask(slicesOf('collective')).length).toBe(9)
    expect(ask(`SELECT o.name, b.dur FROM blame b JOIN object o ON o.id = b.holder ORDER BY o.name`)).toEqual([
      ['rank 0', 100],
      ['rank 1', 300],
      ['rank 2', 100],
    ])
    expect(ask('SELECT count(*), min("left") FROM entry')).toEqual([[9, 310]])
    expect(ask('SELECT what FROM incident')).toEqual([])
  })
  test('other operations under one number are mismatched, and no arrow is drawn', () => {
    const all = ranks(2)
    const world = all.map((rank) => shared(rank, objectKinds.communicator, 'world', 2, [0, 1]).serial)
    const [a, b] = all as [Rank, Rank]
    a.w.add(a.main, 100, ev.enter, { object: world[0]!, seq: 1, flags: collectives.bcast | flags.root })
    b.w.add(b.main, 200, ev.enter, { object: world[1]!, seq: 1, flags: collectives.allreduce })
    const ask = ingested(all, 900)
    expect(ask('SELECT what, count, first FROM incident')).toEqual([['mismatched', 1, 200]])
    expect(ask('SELECT operation, "left" FROM entry ORDER BY entered')).toEqual([
      ['bcast', null],
      ['allreduce', null],
    ])
    expect(ask(flowsSql)).toEqual([])
    expect(ask(slicesOf('collective'))).toEqual([
      ['rank 0', 100, 800, collectives.bcast],
      ['rank 1', 200, 700, collectives.allreduce],
    ])
  })
  test('memory of another rank: arrows the way the bytes went, by the next fence', () => {
    const all = ranks(2)
    const window = all.map((rank) => shared(rank, objectKinds.window, 'win', 2, [0, 1]).serial)
    const [a, b] = all as [Rank, Rank]
    a.w.add(a.main, 100, ev.access, { object: window[0]!, seq: 1, flags: accesses.put, arg: 64 })
    a.w.add(a.main, 110, ev.access, { object: window[0]!, seq: 1, flags: accesses.get, arg: 64 })
    b.w.add(b.main, 120, ev.enter, { object: window[1]!, seq: 1, flags: collectives.fence })
    a.w.add(a.main, 200, ev.enter, { object: window[0]!, seq: 1, flags: collectives.fence })
    a.w.add(a.main, 210, ev.leave, { object: window[0]!, seq: 1 })
    b.w.add(b.main, 220, ev.leave, { object: window[1]!, seq: 1 })
    expect(ingested(all, 900)(flowsSql)).toEqual([
      ['access', 'rank 0', 100, 'rank 1', 210],
      ['access', 'rank 1', 110, 'rank 0', 210],
      ['collective', 'rank 0', 200, 'rank 1', 220],
    ])
  })
})

describe('keyed jobs', () => {
  test('submitted here, kept there, run in a third process, fetched, and tried again', () => {
    const [client, consumer, worker] = ranks(3) as [Rank, Rank, Rank]
    const pool = (rank: Rank, workers: number) => {
      const { serial } = rank.w.object(objectKinds.thread, rank.main, 0)
      rank.w.line({ k: 'shared', object: serial, key: 'celery:queue' })
      rank.w.line({ k: 'name', object: serial, name: 'celery' })
      rank.w.add(rank.main, 1, ev.new, { object: serial, flags: objectKinds.pool, arg: workers })
      return serial
    }
    const [at, kept, runs] = [pool(client, 0), pool(consumer, 0), pool(worker, 2)]
    const job = (rank: Rank, object: number, time: number, kind: number, low: number, flag = 0) =>
      rank.w.add(rank.main, time, kind as never, { object, arg: low, seq: 7, flags: flags.keyed | flag })
    client.w.line({ k: 'job', pool: at, key: '0000000700000001', name: 'tasks.add', id: 'one', bytes: 12 })
    client.w.line({ k: 'job', pool: at, key: '0000000700000002', id: 'two', needs: ['0000000700000001'] })
    client.w.line({ k: 'job', pool: at, key: '0000000700000003', id: 'three', needs: ['0000000700000001'] })
    job(client, at, 100, ev.submit, 1)
    job(client, at, 110, ev.submit, 2)
    job(consumer, kept, 120, ev.accept, 1)
    job(worker, runs, 200, ev.jobBegin, 1)
    job(worker, runs, 290, ev.submit, 1) // a retry
    job(worker, runs, 300, ev.jobEnd, 1, outcomes.raised)
    job(worker, runs, 400, ev.jobBegin, 1)
    job(worker, runs, 450, ev.jobEnd, 1)
    job(worker, runs, 500, ev.jobBegin, 2)
    job(worker, runs, 600, ev.jobEnd, 2)
    job(client, at, 700, ev.result, 2)
    job(client, at, 710, ev.result, 2) // looked at again
    job(client, 0, 720, ev.result, 1) // by somebody who has not submitted it
    job(client, 0, 730, ev.result, 9) // of a job that nobody has seen
    const ask = ingested([client, consumer, worker], 900)
    expect(
      ask(
        'SELECT number, name, id, bytes, retries, submitted, accepted, begun, ended, outcome, fetched FROM submission',
      ),
    ).toEqual([
      [1, '', 'two', 0, 0, 110, null, 500, 600, outcomes.done, 700],
      [2, '', 'three', 0, 0, null, null, null, null, null, null],
      [3, 'tasks.add', 'one', 12, 0, 100, 120, 200, 300, outcomes.raised, null],
      [4, 'tasks.add', 'one', 12, 1, 290, null, 400, 450, outcomes.done, 720],
    ])
    expect(ask(flowsSql)).toEqual([
      ['submit', 'rank 0', 100, 'rank 2', 200],
      ['submit', 'rank 2', 290, 'rank 2', 400],
      ['needs', 'rank 2', 450, 'rank 2', 500],
      ['submit', 'rank 0', 110, 'rank 2', 500],
      ['result', 'rank 2', 600, 'rank 0', 700],
      ['result', 'rank 2', 450, 'rank 0', 720],
    ])
    expect(ask(slicesOf('job'))).toEqual([
      ['celery', 200, 100, 3],
      ['celery', 400, 50, 4],
      ['celery', 500, 100, 1],
    ])
    expect(ask("SELECT name, capacity FROM object WHERE kind = 'pool'")).toEqual([['celery', 2]])
    expect(ask('SELECT number, key FROM need')).toEqual([
      [1, '0000000700000001'],
      [2, '0000000700000001'],
    ])
  })
})
