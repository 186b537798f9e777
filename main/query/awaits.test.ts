import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { eventKinds as ev, objectKinds, reasons, sliceKinds } from '../../wire/kinds.ts'
import { drawn, type Drawing } from '../ingest/drawing.ts'
import { Ingest } from '../ingest/ingest.ts'
import { EventWriter } from '../ingest/write-events.ts'
import { createTrace } from '../store/database.ts'
import { makeRows } from '../store/rows.ts'
import type { Trace } from '../store/trace.ts'
import { awaits } from './awaits.ts'

const open: Trace[] = []
afterEach(() => open.splice(0).forEach((t) => t.close()))
const kept = (t: Trace) => (open.push(t), t)
const kindNames = new Map<unknown, string>(Object.entries(sliceKinds).map(([name, kind]) => [kind, name]))

/** "ada lock → A", and alone what waits for nobody */
function read(trace: Trace, time: number): string[] {
  const { nodes, edges } = awaits(trace, time)
  const name = (object: number) => {
    const node = nodes.find((n) => n.object === object)!
    const doing = kindNames.get(node.doing) ?? node.doing
    return doing ? `${node.name} ${doing}` : node.name
  }
  const alone = nodes.filter((n) => !edges.some((e) => e.from === n.object || e.to === n.object))
  return [...edges.map((e) => `${name(e.from)} → ${name(e.to)}`), ...alone.map((n) => name(n.object))]
}

describe.each([{ live: false }, { live: true }])('threads, live: $live', ({ live }) => {
  const trace = (drawing: string, options: Drawing = {}) => kept(drawn(drawing, { unit: 1e6, live, ...options }))
  test('a chain goes over the lock to who holds it, and on to what that one waits for', () => {
    const t = trace(
      `
        ada  ..aaaaaAAA
        bea  .AAAAAA...
        bea  ..bbbbb...
        eve  BBBBBBB...
        may  ...zzzz...
        run  ..........
      `,
    )
    expect(read(t, 4e6)).toEqual(['ada lock → A', 'A → bea lock', 'bea lock → B', 'B → eve runs', 'may sleep'])
    expect(read(t, 8e6)).toEqual([])
    expect(awaits(t, 4e6).nodes.find((n) => n.name === 'ada')).toMatchObject({
      since: 2e6,
      site: 'drawing.py:3',
      kind: 'thread',
      lane: t.threads.find((x) => x.object.name === 'ada')!.object.lane!.id,
    })
    expect(awaits(t, 4e6).nodes.find((n) => n.name === 'A')).toMatchObject({ since: 1e6, doing: null, kind: 'lock' })
  })
  test('a deadlock is a ring', () => {
    const t = trace(`
      ada  AAAAAAA
      ada  ..bbbbb
      bea  BBBBBBB
      bea  ...aaaa
    `)
    expect(read(t, 5e6).sort()).toEqual(['A → ada lock', 'B → bea lock', 'ada lock → B', 'bea lock → A'])
  })
  test('a queue is where the chain ends', () => {
    const t = trace(`ada  ..qqqqqq-\nbea  .......+.`, { objects: { Q: { kind: 'queue' } } })
    expect(read(t, 4e6)).toEqual(['ada queueGet → Q'])
  })
})

/** Tasks on a loop; `play` writes their records. Times are in units. */
function played(unit: number, play: (stage: ReturnType<typeof stageOf>) => void): Trace {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-awaits-'))
  mkdirSync(join(folder, 'run'))
  const w = new EventWriter(join(folder, 'run'))
  play(stageOf(w, unit))
  w.end(1000 * unit)
  w.close()
  const trace = kept(createTrace(join(folder, 'trace.sqlite')))
  new Ingest(trace, join(folder, 'run')).finish()
  makeRows(trace)
  rmSync(folder, { recursive: true })
  return trace
}
function stageOf(w: EventWriter, unit: number) {
  const thread = w.thread('main')
  const loop = w.object(objectKinds.loop, thread, 0)
  const lock = w.object(objectKinds.lock, thread, 0)
  const site = w.site('app.py', 12, 'gathering')
  const task = (name: string): number => {
    const { serial } = w.object(objectKinds.task, thread, 1, site, w.site('app.py', 20, name))
    w.add(thread, 1, ev.threadStart, { object: serial })
    w.add(serial, 1, ev.ready)
    return serial
  }
  /** a step, and what the task waits for after it */
  const step = (t: number, from: number, to: number, reason = 0, object = 0) => {
    w.add(t, from * unit, ev.step, { object: loop.serial })
    w.add(t, to * unit, ev.suspend, { flags: reason, object, site })
  }
  return { w, task, step, lock, thread, site }
}

test('tasks: a gather waits for several, who is ready waits for the loop and so for the step that runs', () => {
  const trace = played(1, ({ w, task, step, lock, site }) => {
    const [all, one, two, burn] = [task('all'), task('one'), task('two'), task('burn')]
    step(all, 10, 20, reasons.task)
    for (const [i, other] of [one, two].entries()) w.add(all, 21 + i, ev.awaits, { object: other, site })
    step(one, 30, 40, reasons.sleep)
    w.on(lock, one, 31, ev.acquire)
    step(two, 50, 60, reasons.lock, lock.serial)
    step(burn, 70, 900)
    w.add(one, 80, ev.ready)
  })
  expect(read(trace, 65)).toEqual([
    'all task → one sleep',
    'all task → two lock',
    'two lock → Lock #3',
    'Lock #3 → one sleep',
    'burn loop',
  ])
  expect(read(trace, 500)).toEqual([
    'all task → one loop',
    'one loop → event loop',
    'event loop → burn runs',
    'all task → two lock',
    'two lock → Lock #3',
    'Lock #3 → one loop',
  ])
})

test('a task that blocks its loop is there, whoever waits', () => {
  const trace = played(1e6, ({ w, task, step }) => {
    const [burn, idle] = [task('burn'), task('idle')]
    step(idle, 10, 20, reasons.sleep)
    step(burn, 100, 200, reasons.sleep)
    w.add(idle, 150e6, ev.ready)
  })
  expect(read(trace, 120e6)).toEqual(['burn stall', 'idle sleep'])
  expect(read(trace, 180e6)).toEqual(['idle loop → event loop', 'event loop → burn stall'])
  expect(awaits(trace, 180e6).nodes.find((n) => n.name === 'burn')).toMatchObject({ since: 100e6 })
})

test('a task whose step blocks waits for what its thread waits for', () => {
  const trace = played(1, ({ w, task, step, lock, thread, site }) => {
    const burn = task('burn')
    step(burn, 10, 900)
    w.add(thread, 20, ev.wait, { object: lock.serial, flags: reasons.lock, site })
  })
  expect(read(trace, 15)).toEqual([])
  expect(read(trace, 500)).toEqual(['main lock → Lock #3', 'burn runs → main lock'])
})

test('a result: from the pool on to all workers that run jobs', () => {
  const trace = played(1, ({ w, thread, site }) => {
    const pool = w.object(objectKinds.pool, thread, 1, 0, 3)
    const workers = ['w0', 'w1', 'w2'].map((name) => w.thread(name))
    for (const [i, worker] of workers.entries()) {
      w.add(worker, 2, ev.threadBegin)
      if (i < 2) w.add(worker, 10, ev.jobBegin, { object: pool.serial, arg: i, site })
    }
    w.add(workers[1]!, 20, ev.wait, { flags: reasons.sleep, arg: 1000, site })
    w.add(thread, 30, ev.wait, { object: pool.serial, flags: reasons.future, site })
  })
  expect(read(trace, 500).sort()).toEqual(['Pool #4 → w0 runs', 'Pool #4 → w1 sleep', 'main future → Pool #4'])
})
