// Who can never go on, of random programs that are played to their end: threads that take locks, wait for and set events,
// put and get items and join each other, in an order drawn by lot. Truth is what the play leaves: who has not ended when
// nobody can make a step. With a thread that runs for ever beside them, truth is found by following each wait to the only
// one who could end it: whoever comes back to where they were is in a circle.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Finding } from '../../wire/api.ts'
import { eventKinds as ev, objectKinds, reasons } from '../../wire/kinds.ts'
import { Ingest } from '../ingest/ingest.ts'
import { randomNumbers } from '../ingest/random-program.ts'
import { EventWriter, type WrittenObject } from '../ingest/write-events.ts'
import { createTrace } from '../store/database.ts'
import { makeRows } from '../store/rows.ts'
import { diagnose } from './diagnose.ts'

type Step = { does: 'take' | 'give' | 'wait' | 'set' | 'put' | 'get' | 'join'; what: number }

/** Scripts of threads; the first joins all others in the end. */
function scripts(seed: number): Step[][] {
  const random = randomNumbers(seed)
  const upTo = (n: number) => Math.floor(random() * n)
  const body = (held: number[], depth: number): Step[] =>
    Array.from({ length: 1 + upTo(3) }).flatMap((): Step[] => {
      const lock = upTo(3)
      if (depth < 2 && random() < 0.5 && !held.includes(lock))
        return [{ does: 'take', what: lock }, ...body([...held, lock], depth + 1), { does: 'give', what: lock }]
      const does = (['set', 'put', 'wait', 'get'] as const)[upTo(4)]!
      return [{ does, what: upTo(2) }]
    })
  const threads = Array.from({ length: 2 + upTo(4) }, () => body([], 0))
  const late = upTo(2)
  threads[0] = [...threads[0]!.slice(late), ...threads.slice(1).map((_, i): Step => ({ does: 'join', what: i + 1 }))]
  return threads
}

interface Played {
  findings: Finding[]
  afterKill: Finding[]
  /** who has not ended, with the step that it waits in */
  left: Map<string, Step>
  holder: (string | null)[]
}
const folder = mkdtempSync(join(tmpdir(), 'interleave-standstills-'))
afterAll(() => rmSync(folder, { recursive: true }))

function play(seed: number, busy: boolean): Played {
  const random = randomNumbers(seed * 7 + 1)
  const program = scripts(seed)
  const run = mkdtempSync(join(folder, 'run-'))
  mkdirSync(run, { recursive: true })
  const w = new EventWriter(run)
  const site = w.site('program.py', 1, 'work')
  const serials = program.map((_, i) => w.thread(`t${i}`))
  if (busy) w.add(w.thread('busy'), 1, ev.threadBegin)
  const made = (kind: number, n: number): WrittenObject[] =>
    Array.from({ length: n }, () => w.object(kind as 2, serials[0]!, 0, site, 0))
  const locks = made(objectKinds.lock, 3)
  const events = made(objectKinds.event, 2)
  const queues = made(objectKinds.queue, 2)
  const holder: (number | null)[] = locks.map(() => null)
  const isSet = events.map(() => false)
  const items = queues.map((): number[] => [])
  const at = program.map(() => 0)
  const waits = program.map(() => false)
  const reason = { take: reasons.lock, wait: reasons.event, get: reasons.queueGet, join: reasons.join }
  let time = 10
  const over = (i: number) => at[i]! >= program[i]!.length
  const can = (i: number) => {
    const { does, what } = program[i]![at[i]!]!
    if (does === 'take') return holder[what] === null
    if (does === 'wait') return isSet[what]!
    if (does === 'get') return items[what]!.length > 0
    return does !== 'join' || over(what)
  }
  const objectOf = ({ does, what }: Step) =>
    does === 'join' ? serials[what]! : (does === 'take' ? locks : does === 'wait' ? events : queues)[what]!.serial
  for (const serial of serials) w.add(serial, 1, ev.threadBegin)
  const begin = (i: number) => {
    const step = program[i]![at[i]!]!
    if (can(i) || waits[i]) return
    waits[i] = true
    w.add(serials[i]!, ++time, ev.wait, { object: objectOf(step), flags: reason[step.does as 'take'], site })
  }
  const perform = (i: number) => {
    const step = program[i]![at[i]!]!
    const { does, what } = step
    const me = serials[i]!
    if (waits[i]) w.add(me, ++time, ev.wake, { object: objectOf(step) })
    waits[i] = false
    if (does === 'take') (w.on(locks[what]!, me, ++time, ev.acquire, { site, arg: 1 }), (holder[what] = i))
    if (does === 'give') (w.on(locks[what]!, me, ++time, ev.release), (holder[what] = null))
    if (does === 'set') (w.on(events[what]!, me, ++time, ev.set, { site }), (isSet[what] = true))
    if (does === 'put')
      items[what]!.push(w.on(queues[what]!, me, ++time, ev.put, { site, arg: items[what]!.length + 1 }))
    if (does === 'get') w.on(queues[what]!, me, ++time, ev.get, { site, arg: items[what]!.shift()! })
    at[i]!++
    if (over(i)) w.add(me, ++time, ev.threadEnd)
  }
  for (;;) {
    const open = program.map((_, i) => i).filter((i) => !over(i))
    const ready = open.filter(can)
    if (ready.length === 0) {
      open.forEach(begin)
      break
    }
    // the next by lot; whoever cannot go on begins to wait at some moment
    const i = open[Math.floor(random() * open.length)]!
    if (can(i)) perform(i)
    else begin(i)
  }
  w.flush()
  const path = join(folder, `${seed}-${busy}.sqlite`)
  const trace = createTrace(path)
  const ingest = new Ingest(trace, run)
  while (!ingest.step(1000).caughtUp);
  trace.end = time + 1e9
  const told = (found: Finding[]) => found.filter((f) => f.rule === 'deadlock')
  const findings = told(diagnose(trace))
  w.close()
  ingest.finish(w.base + BigInt(time + 1e9))
  makeRows(trace)
  const afterKill = told(diagnose(trace))
  trace.close()
  rmSync(run, { recursive: true })
  rmSync(path)
  const left = program.flatMap((script, i): [string, Step][] => (over(i) ? [] : [[`t${i}`, script[at[i]!]!]]))
  const named = (i: number | null) => (i === null ? null : i === 0 ? 't0' : `t${i}`)
  return { findings, afterKill, left: new Map(left), holder: holder.map(named) }
}
const parties = (found: Finding[]) => new Set(found.flatMap((f) => f.parties.map(({ name }) => name)))

test('200 programs: a standstill is told if and only if somebody is left, and names only who is', () => {
  let stood = 0
  for (let seed = 1; seed <= 200; seed++) {
    const { findings, afterKill, left } = play(seed, false)
    if (left.size > 0) stood++
    expect([seed, findings.length > 0]).toEqual([seed, left.size > 0])
    for (const name of parties(findings)) expect([seed, name, left.has(name)]).toEqual([seed, name, true])
    expect([seed, afterKill.map((f) => f.subject)]).toEqual([seed, findings.map((f) => f.subject)])
  }
  expect(stood).toBeGreaterThan(50)
  expect(200 - stood).toBeGreaterThan(20)
})

test('500 programs beside a busy thread: exactly those are told who wait for each other in a circle', () => {
  let circles = 0
  for (let seed = 1; seed <= 500; seed++) {
    const { findings, left, holder } = play(seed, true)
    const next = (name: string): string | null => {
      const step = left.get(name)
      return step?.does === 'take' ? holder[step.what]! : step?.does === 'join' ? `t${step.what}` : null
    }
    const inCircle = [...left.keys()].filter((name) => {
      let on = next(name)
      for (let i = 0; i < 10 && on !== null && on !== name; i++) on = next(on)
      return on === name
    })
    if (inCircle.length > 0) circles++
    expect([seed, [...parties(findings)].sort()]).toEqual([seed, inCircle.sort()])
  }
  expect(circles).toBeGreaterThan(10)
})
