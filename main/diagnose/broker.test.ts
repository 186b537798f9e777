// The rules of brokers' queues on written tasks, whose times are known: what is told, that its rows say the same, near misses.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { eventKinds as ev, flags, objectKinds, outcomes, reasons } from '../../wire/kinds.ts'
import { Ingest } from '../ingest/ingest.ts'
import { EventWriter } from '../ingest/write-events.ts'
import { createTrace } from '../store/database.ts'
import { makeRows } from '../store/rows.ts'
import { diagnose } from './diagnose.ts'

const ms = 1e6
/** ms since 1970 of a written run's beginning */
const clock = 1_700_000_000_000
/** Times in ms; `by`: the number of the worker process, which runs one task at a time. */
interface Task {
  name?: string
  by?: number
  submitted?: number
  accepted?: number
  begun?: number
  ended?: number
  failed?: boolean
  fetched?: number
  due?: number
  ignored?: boolean
  /** it waits for a device until it ends */
  onDevice?: boolean
  parent?: number
  /** numbers of the tasks that it needs, from 0 */
  needs?: number[]
}

/** What the rules of brokers say of these tasks, run by so many worker processes of one thread each. */
function said(workers: number, tasks: readonly Task[], key = 'celery:redis://localhost:6379/0:celery') {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-broker-'))
  const run = join(folder, 'run')
  mkdirSync(run)
  const hex = (n: number) => (n + 1).toString(16).padStart(16, '0')
  const made = Array.from({ length: workers + 1 }, (_, i) => {
    const w = new EventWriter(run, { pid: 100 + i })
    const main = w.thread('MainThread')
    w.add(main, 1, ev.threadBegin, { object: main, arg: main })
    if (i > 0) w.line({ k: 'processName', name: `worker${i}` })
    const { serial } = w.object(objectKinds.thread, main, 0)
    w.line({ k: 'shared', object: serial, key })
    w.line({ k: 'name', object: serial, name: 'queue celery' })
    w.add(main, 2 + i, ev.new, { object: serial, flags: objectKinds.pool, arg: i > 0 ? 1 : 0 })
    return { w, main, pool: serial }
  })
  const [client] = made
  const happenings: { at: number; tell: () => void }[] = []
  tasks.forEach((task, n) => {
    const { due, ignored, needs, parent } = task
    client!.w.line({
      ...{ k: 'job', pool: client!.pool, key: hex(n), name: task.name ?? 'tasks.work', id: `id ${n}` },
      ...(due !== undefined && { due: clock + due }),
      ...(ignored && { ignored }),
      ...(parent !== undefined && { parent: `id ${parent}` }),
      ...(needs && { needs: needs.map(hex) }),
    })
    const say = (who: number, at: number | undefined, kind: number, how = 0) => {
      if (at === undefined) return
      const { w, main, pool } = made[who]!
      const rest = { object: pool, arg: n + 1, flags: flags.keyed | how }
      happenings.push({ at, tell: () => w.add(main, at * ms, kind as never, rest) })
    }
    const by = task.by ?? 1
    say(0, task.submitted, ev.submit)
    say(by, task.accepted, ev.accept)
    say(by, task.begun, ev.jobBegin)
    if (task.onDevice) {
      const { w, main } = made[by]!
      const tell = (at: number, kind: typeof ev.wait | typeof ev.wake) =>
        void happenings.push({
          at,
          tell: () => w.add(main, at * ms, kind, { flags: kind === ev.wait ? reasons.device : 0 }),
        })
      tell(task.begun! + 1, ev.wait)
      tell(task.ended! - 1, ev.wake)
    }
    say(by, task.ended, ev.jobEnd, task.failed ? outcomes.raised : outcomes.done)
    say(0, task.fetched, ev.result)
  })
  const end = Math.max(...happenings.map(({ at }) => at)) + 100
  for (const { tell } of happenings.toSorted((a, b) => a.at - b.at)) tell()
  for (const { w } of made) {
    w.end(end * ms)
    w.close()
  }
  const trace = createTrace(join(folder, 'trace.sqlite'))
  trace.setFact('machine', 'here, 4 × processor, Linux')
  new Ingest(trace, run).finish()
  makeRows(trace)
  const rules = ['pool-size', 'prefetch-hoarding', 'stuck-chord', 'unfetched-results']
  const told = diagnose(trace)
    .filter(({ rule }) => rules.includes(rule))
    .map(({ rule, sentence, sql }) => ({
      rule,
      sentence,
      rows: trace.db.prepare(sql).all() as Record<string, unknown>[],
    }))
  trace.db.close()
  rmSync(folder, { recursive: true })
  return told
}
const nothing: unknown[] = []

describe('prefetch-hoarding', () => {
  /** the first one has a long task and keeps three; the second is done with its own */
  const kept = (second: Task[]): Task[] => [
    { by: 1, submitted: 10, accepted: 11, begun: 12, ended: 1000, fetched: 1900 },
    ...[0, 1, 2].map((i) => ({
      by: 1,
      submitted: 10,
      accepted: 13,
      begun: 1001 + 100 * i,
      ended: 1100 + 100 * i,
      fetched: 1900,
    })),
    ...second,
  ]
  const short = (from: number, to: number): Task => ({
    by: 2,
    submitted: 10,
    accepted: from,
    begun: from,
    ended: to,
    fetched: 1900,
  })

  test('a worker keeps tasks while another one has nothing to do', () => {
    const [found, ...more] = said(2, kept([short(12, 400)]))
    expect(more).toEqual(nothing)
    expect(found).toMatchObject({
      rule: 'prefetch-hoarding',
      sentence:
        'worker1 kept 3 tasks of queue celery for 801 ms that it had nobody to run, while worker2 had nothing to do.',
    })
    expect(found!.rows[0]).toMatchObject({ taken_by: 'worker1', accepted_ms: 13, begun_ms: 1201, kept_ms: 1188 })
  })
  test.each([
    ['the other one is at work all the time', 2, kept([short(12, 1250)])],
    ['the other one is done a moment before', 2, kept([short(12, 1050)])],
    ['there is no other one', 1, kept([])],
    ['they are not due yet', 2, kept([short(12, 400)]).map((task) => ({ ...task, due: task.begun ?? 0 }))],
  ])('not when %s', (_, workers, tasks) => {
    expect(said(workers, tasks).filter(({ rule }) => rule === 'prefetch-hoarding')).toEqual(nothing)
  })
})

describe('stuck-chord', () => {
  const part = (how: Task): Task => ({ name: 'tasks.part', submitted: 10, accepted: 11, begun: 12, ended: 20, ...how })
  const callback = (how: Task = {}): Task => ({ name: 'tasks.total', needs: [0, 1], ...how })

  test('a task before it failed', () => {
    const [found] = said(1, [part({ failed: true }), part({ begun: 21, ended: 30 }), callback()])
    expect(found).toMatchObject({
      rule: 'stuck-chord',
      sentence: 'tasks.total was to run after 2 tasks of queue celery and never did: tasks.part failed.',
      rows: [
        { name: 'tasks.part', outcome: 'raised', begun_ms: 12, ended_ms: 20 },
        { name: 'tasks.part', outcome: 'done', begun_ms: 21, ended_ms: 30 },
      ],
    })
  })
  test('the results before it are ignored', () => {
    const [found] = said(1, [part({ ignored: true }), part({ ignored: true, begun: 21, ended: 30 }), callback()])
    expect(found!.sentence).toBe(
      'tasks.total was to run after 2 tasks of queue celery and never did: the results of tasks.part (2 of them) are ignored, so that nobody learns that they are done.',
    )
  })
  test.each([
    ['it ran', [part({}), part({ begun: 21, ended: 30 }), callback({ submitted: 40, begun: 41, ended: 50 })]],
    [
      'it ran although one failed',
      [part({ failed: true }), part({ begun: 21, ended: 30 }), callback({ submitted: 40, begun: 41, ended: 50 })],
    ],
    ['a task before it still runs', [part({ ignored: true }), part({ begun: 21, ended: undefined }), callback()]],
    ['all before it are done and it may come', [part({}), part({ begun: 21, ended: 30 }), callback()]],
  ])('not when %s', (_, tasks) => expect(said(1, tasks)).toEqual(nothing))
})

describe('unfetched-results', () => {
  const many = (n: number, how: (i: number) => Task): Task[] =>
    Array.from({ length: n }, (_, i) => ({
      name: 'tasks.count',
      submitted: 10,
      accepted: 11 + i,
      begun: 11 + i,
      ended: 11.5 + i,
      ...how(i),
    }))

  test('nobody reads them', () => {
    const [found, ...more] = said(
      1,
      many(20, () => ({})),
    )
    expect(more).toEqual(nothing)
    expect(found).toMatchObject({
      rule: 'unfetched-results',
      sentence:
        '20 of 20 results of tasks.count (queue celery) were stored and fetched by no process that was recorded.',
      rows: [{ name: 'tasks.count', results: 20, fetched: 0, ignored: 0 }],
    })
  })
  test.each([
    ['they are few', many(19, () => ({}))],
    ['they are ignored', many(30, () => ({ ignored: true }))],
    ['some are read', many(30, (i) => (i % 8 === 0 ? { fetched: 90 + i } : {}))],
    [
      'a chord reads them',
      [
        ...many(30, () => ({})),
        { name: 'tasks.total', needs: [...Array(30).keys()], submitted: 90, begun: 91, ended: 92, fetched: 93 },
      ],
    ],
    [
      'the next of a chain has them',
      [
        ...many(30, () => ({})),
        ...many(30, (i) => ({
          name: 'tasks.next',
          parent: i,
          submitted: 12 + i,
          accepted: 50 + i,
          begun: 50 + i,
          ended: 50.5 + i,
          fetched: 120,
        })),
      ],
    ],
    ['who submitted them was not recorded', many(30, () => ({ submitted: undefined }))],
  ])('not when %s', (_, tasks) => expect(said(1, tasks)).toEqual(nothing))
  test('not of another library’s jobs', () =>
    expect(
      said(
        1,
        many(30, () => ({})),
        'dask:tcp',
      ),
    ).toEqual(nothing))
})

describe('pool-size of a queue', () => {
  /** one after another */
  const row = (n: number, how: (i: number) => Task = () => ({})): Task[] =>
    Array.from({ length: n }, (_, i) => ({
      ...{ submitted: 10, accepted: 12, begun: 12 + 50 * i, ended: 61 + 50 * i, fetched: 1200 },
      ...how(i),
    }))

  test('tasks lie there while the only worker is busy, on a machine with more cores', () => {
    const [found] = said(1, row(20))
    expect(found).toMatchObject({
      rule: 'pool-size',
      sentence:
        'Jobs waited 475 ms on average for the only worker of queue celery (0 s in the broker, 475 ms in a worker process that had taken them), and then ran 49 ms; the workers were busy 98 % of its time, and the machine has 4 cores.',
    })
  })
  test('not when they only waited for a worker process to be there', () => {
    const later = (at: number) => at + 3000
    const late = row(5).map((task, i) => {
      const begun = later(task.begun!)
      return { ...task, accepted: i < 1 ? begun : later(12), begun, ended: later(task.ended!), fetched: 4000 }
    })
    expect(said(1, late)).toEqual(nothing)
  })
  test('not when it is a device that they wait for', () =>
    expect(
      said(
        1,
        row(20, () => ({ onDevice: true })),
      ),
    ).toEqual(nothing))
  test('not when they are not due yet', () =>
    expect(
      said(
        1,
        row(20, (i) => ({ due: 11 + 50 * i })),
      ),
    ).toEqual(nothing))
})
