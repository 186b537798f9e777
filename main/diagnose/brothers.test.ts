// The rules of jobs that need each other, on drawings: what is told, that its rows say the same, and near misses.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { eventKinds, flags, objectKinds, outcomes } from '../../wire/kinds.ts'
import { Ingest } from '../ingest/ingest.ts'
import { EventWriter } from '../ingest/write-events.ts'
import { createTrace } from '../store/database.ts'
import { makeRows } from '../store/rows.ts'
import { examine } from './diagnose.ts'

const ms = 1e6
interface Job {
  name: string
  worker: number
  from: number
  to: number
  submitted?: number
  bytes?: number
  needs?: string[]
}

/** What is found of a cluster whose jobs were these (times in ms); the last one is fetched. Keys are name and number. */
function found(workers: number, jobs: Job[]) {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-brothers-'))
  const run = join(folder, 'run')
  mkdirSync(run)
  const w = new EventWriter(run, { pid: 1 })
  const main = w.thread('MainThread')
  const threads = Array.from({ length: workers }, (_, n) => w.thread(`worker ${n}`))
  const pool = w.object(objectKinds.pool, main, 0, 0, workers)
  w.line({ k: 'shared', object: pool.serial, key: 'cluster' })
  w.line({ k: 'name', object: pool.serial, name: 'cluster' })
  const counts = new Map<string, number>()
  const keys = new Map<string, number>()
  const happenings: { time: number; tell: () => void }[] = []
  for (const job of jobs) {
    const nth = (counts.get(job.name) ?? 0) + 1
    counts.set(job.name, nth)
    const number = keys.size + 1
    keys.set(`${job.name} ${nth}`, number)
    const hex = (n: number) => n.toString(16).padStart(16, '0')
    const needs = job.needs?.map((need) => hex(keys.get(need)!))
    w.line({
      k: 'job',
      pool: pool.serial,
      key: hex(number),
      name: job.name,
      bytes: job.bytes ?? 0,
      ...(needs && { needs }),
    })
    const say = (time: number, thread: number, kind: (typeof eventKinds)[keyof typeof eventKinds], how = 0) =>
      happenings.push({
        time,
        tell: () => w.add(thread, time * ms, kind, { object: pool.serial, arg: number, flags: flags.keyed | how }),
      })
    say(job.submitted ?? 1, main, eventKinds.submit)
    say(job.from, threads[job.worker]!, eventKinds.jobBegin)
    say(job.to, threads[job.worker]!, eventKinds.jobEnd, outcomes.done)
    if (job === jobs.at(-1)) say(job.to + 1, main, eventKinds.result)
  }
  for (const { tell } of happenings.toSorted((a, b) => a.time - b.time)) tell()
  w.end(Math.max(...jobs.map(({ to }) => to)) * ms + 2 * ms)
  w.flush()
  w.close()
  const trace = createTrace(join(folder, 'trace.sqlite'))
  new Ingest(trace, run).finish()
  makeRows(trace)
  const told = examine(trace)
    .findings.filter(({ rule }) => ['stragglers', 'shuffle-skew', 'imbalance'].includes(rule))
    .map((f) => ({ ...f, rows: trace.db.prepare(f.sql).all() as Record<string, number | string | null>[] }))
  trace.db.close()
  rmSync(folder, { recursive: true })
  return told
}

/** Eight maps on four workers, the last one so long, and a sum that needs them all. */
const maps = (last: number, bytes = 0): Job[] => {
  const all = Array.from({ length: 8 }, (_, n) => ({
    ...{ name: 'map', worker: n % 4, from: n < 4 ? 10 : 70, to: n < 4 ? 70 : 130, bytes: n === 7 ? bytes : 10 },
  }))
  all[7]!.to = 70 + last
  const needs = all.map((_, n) => `map ${n + 1}`)
  return [...all, { name: 'sum', worker: 0, from: 75 + Math.max(60, last), to: 80 + Math.max(60, last), needs }]
}

describe('stragglers', () => {
  test('one map takes ten times as long, and the sum waits for it', () => {
    const [one, ...others] = found(4, maps(600))
    expect(others).toEqual([])
    expect(one!.rule).toBe('stragglers')
    expect(one!.sentence).toBe(
      'worker 3 took 600 ms for a job map, for which half of the 7 others took 60 ms or less; for the last 540 ms 3 of 4 workers had nothing to do, and 1 job waited for it. 61 % of what they could have done in this step was lost so.',
    )
    expect(one!.rows.map(({ worker, ms }) => [worker, ms]).slice(0, 2)).toEqual([
      ['worker 3', 600],
      ['worker 0', 60],
    ])
  })
  test('not one that is hardly longer, nor one beside which others work, nor what costs little', () => {
    expect(found(4, maps(150))).toEqual([])
    expect(found(4, maps(120))).toEqual([])
    const beside = Array.from({ length: 3 }, (_, n) => ({
      name: 'other',
      worker: n,
      from: 131,
      to: 640,
      needs: ['map 1'],
    }))
    const [sum, ...rest] = maps(600).toReversed()
    expect(found(4, [...rest.toReversed(), ...beside, sum!])).toEqual([])
  })
  test('three jobs are too few to say which is too long; of two rounds each is looked at', () => {
    const few = (name: string, from: number): Job[] => [
      { name, worker: 0, from, to: from + 50, submitted: from },
      { name, worker: 1, from, to: from + 50, submitted: from },
      { name, worker: 2, from, to: from + 600, submitted: from },
      {
        name: 'sum',
        worker: 0,
        from: from + 610,
        to: from + 611,
        submitted: from,
        needs: [1, 2, 3].map((n) => `${name} ${n}`),
      },
    ]
    expect(found(4, few('map', 10))).toEqual([])
    expect(
      found(
        4,
        [...few('map', 10), ...few('map', 1000)].map((job) => ({ ...job })),
      ),
    ).toEqual([])
  })
  test('where no job needs another it is an imbalance', () => {
    expect(found(4, maps(600).slice(0, -1)).map(({ rule }) => rule)).toEqual(['imbalance'])
  })
})

describe('shuffle skew', () => {
  const heaps = (bytes: number[], long: number): Job[] => {
    const lines: Job[] = [0, 1].map((n) => ({ name: 'map', worker: n, from: 10, to: 20 }))
    const needs = ['map 1', 'map 2']
    const reduces = bytes.map((size, n) => ({
      name: 'reduce',
      worker: n,
      from: 30,
      to: n ? 60 : 30 + long,
      bytes: size,
      needs,
    }))
    return [...lines, ...reduces.slice(1), reduces[0]!]
  }
  test('one heap gets most of the bytes and takes the time', () => {
    const [one, ...others] = found(4, heaps([9000, 300, 400, 300], 600))
    expect(others).toEqual([])
    expect(one!.rule).toBe('shuffle-skew')
    expect(one!.sentence).toBe(
      'One of 4 jobs reduce got 8.8 KiB, 90 % of all bytes, and kept worker 0 busy for 600 ms, where half of the others got 300 bytes or less and took 30 ms or less; for the last 570 ms 3 of 4 workers had nothing to do. 71 % of what they could have done in this step was lost so.',
    )
    expect(one!.rows.map(({ bytes, ms, needs }) => [bytes, ms, needs])).toEqual([
      [9000, 600, 2],
      [400, 30, 2],
      [300, 30, 2],
      [300, 30, 2],
    ])
  })
  test('with as many bytes as the others, or where they are not known, it is a straggler; without the time it is nothing', () => {
    expect(found(4, heaps([300, 300, 400, 300], 600)).map(({ rule }) => rule)).toEqual(['stragglers'])
    expect(found(4, heaps([0, 0, 0, 0], 600)).map(({ rule }) => rule)).toEqual(['stragglers'])
    expect(found(4, heaps([9000, 300, 400, 300], 40))).toEqual([])
  })
})
