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

test('tasks: a gather waits for several, who is ready waits for the loop and so for the step that runs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-awaits-'))
  mkdirSync(join(folder, 'run'))
  const w = new EventWriter(join(folder, 'run'))
  const thread = w.thread('main')
  const loop = w.object(objectKinds.loop, thread, 0)
  const lock = w.object(objectKinds.lock, thread, 0)
  const site = w.site('app.py', 12, 'gathering')
  const task = (name: string) => {
    const { serial } = w.object(objectKinds.task, thread, 1, site, w.site('app.py', 20, name))
    w.add(thread, 1, ev.threadStart, { object: serial })
    w.add(serial, 1, ev.ready)
    return serial
  }
  const [all, one, two, burn] = [task('all'), task('one'), task('two'), task('burn')] as [
    number,
    number,
    number,
    number,
  ]
  const step = (t: number, from: number) => w.add(t, from, ev.step, { object: loop.serial })
  step(all, 10)
  w.add(all, 20, ev.suspend, { flags: reasons.task, site })
  for (const [i, other] of [one, two].entries()) w.add(all, 21 + i, ev.awaits, { object: other, site })
  step(one, 30)
  w.on(lock, one, 31, ev.acquire)
  w.add(one, 40, ev.suspend, { flags: reasons.sleep, site })
  step(two, 50)
  w.add(two, 60, ev.suspend, { flags: reasons.lock, object: lock.serial, site })
  step(burn, 70)
  w.add(one, 80, ev.ready)
  w.add(burn, 900, ev.suspend)
  w.add(burn, 901, ev.threadEnd, { object: burn })
  w.end(1000)
  w.close()
  const trace = kept(createTrace(join(folder, 'trace.sqlite')))
  new Ingest(trace, join(folder, 'run')).finish()
  makeRows(trace)
  rmSync(folder, { recursive: true })

  expect(read(trace, 65)).toEqual([
    'all task → one sleep',
    'all task → two lock',
    'two lock → Lock #3',
    'Lock #3 → one sleep',
    'burn loop',
  ])
  expect(read(trace, 500)).toEqual([
    'all task → one loop',
    'one loop → event loop #2',
    'event loop #2 → burn runs',
    'all task → two lock',
    'two lock → Lock #3',
    'Lock #3 → one loop',
  ])
})
