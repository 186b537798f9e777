// Families of processes that end in every way: by their own exit, by os._exit, by SIGKILL at a random moment, after their
// parent. The program ends as it would without the agent; in the trace every process stands under its parent with how it
// ended, and what each had done by its own count, kept in memory that survives it, is there.
import { closeSync, mkdirSync, openSync, readSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { eventKinds } from '../../../wire/kinds.ts'
import type { SideLine } from '../../../wire/side-file.ts'
import {
  type Recorded,
  count,
  faults,
  madeAt,
  processLine,
  program,
  python,
  readRun,
  run,
  withFolder,
} from './record.ts'
import { ingested } from './trace.ts'

const places = 256
const family = (folder: string, what: string) => {
  const path = join(folder, `counters-${what}`)
  const clear = () => writeFileSync(path, Buffer.alloc(8 * places))
  const counters = () => {
    const b = Buffer.alloc(8 * places)
    const file = openSync(path, 'r')
    readSync(file, b, 0, b.length, 0)
    closeSync(file)
    return Array.from({ length: places }, (_, i) => Number(b.readBigUInt64LE(8 * i)))
  }
  clear()
  return { argv: [python, program('family.py'), path, what], clear, counters }
}

/** rounds that the event file of each has: of the locks that family.py makes for them. A forked child may cite lines that
 *  its parent has said. */
const roundsOf = (all: Recorded[]): number[] =>
  all.map((r) => {
    const lines: SideLine[] = []
    for (let p: Recorded | undefined = r; p; p = all.find(({ name }) => name === processLine(p!).forkOf))
      lines.push(...p.side)
    const locks = madeAt({ ...r, side: lines }, 'family.py', 'rounds')
    return count(r, eventKinds.acquire, (e) => locks.has(e.object))
  })
const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0)
const exits = (trace: Awaited<ReturnType<typeof ingested>>) =>
  trace.processes.filter((p) => p.parent !== null).map((p) => p.exit)

/** Runs it without the agent and with it; both must say the same. */
const recorded = async (folder: string, what: string) => {
  const into = join(folder, 'run')
  mkdirSync(into)
  const { argv, clear, counters } = family(folder, what)
  const plain = await run(null, argv)
  clear()
  expect(await run(into, argv)).toEqual(plain)
  return { into, counters, plain }
}
const whole = (all: Recorded[]) => {
  for (const r of all) expect({ faults: faults(r), lost: r.lost }).toEqual({ faults: [], lost: 0 })
}

test('a killed worker of a pool is replaced: it is in the trace, and so is every job', () =>
  withFolder(async (folder) => {
    const { into } = await recorded(folder, 'killed-worker')
    whole(readRun(into))
    const trace = await ingested(into)
    expect(exits(trace).filter((exit) => exit === 'SIGKILL').length).toBe(1)
    expect(trace.processes.length).toBe(4)
    expect(trace.jobs).toBe(60)
  }))

test('an executor that a killed worker breaks', () =>
  withFolder(async (folder) => {
    const { into } = await recorded(folder, 'broken-pool')
    whole(readRun(into))
    const trace = await ingested(into)
    expect(exits(trace)).toContain('SIGKILL')
    expect(trace.processes.length).toBe(3)
    expect(trace.jobs).toBe(40)
  }))

test('pools within pools', () =>
  withFolder(async (folder) => {
    const { into } = await recorded(folder, 'nested-pools')
    whole(readRun(into))
    const trace = await ingested(into)
    expect(trace.jobs).toBe(2 + 2 * 10)
    // the executor starts a second worker only when the first is at work
    const [root] = trace.processes.filter((p) => p.parent === null)
    const middle = trace.processes.filter((p) => p.parent === root!.pid)
    expect(middle.length).toBeGreaterThan(0)
    const inner = trace.processes.filter((p) => middle.some((m) => m.pid === p.parent))
    expect(inner.length).toBe(4)
    expect(trace.processes.length).toBe(1 + middle.length + 4)
  }))

test('a child that leaves by os._exit', () =>
  withFolder(async (folder) => {
    const { into, counters } = await recorded(folder, 'leaves')
    const all = readRun(into)
    whole(all)
    expect(sum(roundsOf(all))).toBe(counters()[1])
    const trace = await ingested(into)
    expect(trace.processes.map(({ name, exit, ended, alive }) => ({ name, exit, ended, alive }))).toContainEqual({
      name: 'leaves',
      exit: 3,
      ended: 'clean',
      alive: 'ended',
    })
  }))

test(
  'a tree of 200 processes, forked and started anew',
  () =>
    withFolder(async (folder) => {
      const { into, counters } = await recorded(folder, 'tree')
      const all = readRun(into)
      whole(all)
      expect(all.length).toBe(201)
      expect(sum(roundsOf(all))).toBe(20_000)
      expect(counters().slice(1, 201)).toEqual(Array(200).fill(100))
      const trace = await ingested(into)
      expect(trace.processes.length).toBe(201)
      expect(trace.losses).toEqual([])
      // each under who really started it, with its own exit code
      const parents = new Map(all.map((r) => [r.pid, processLine(r).ppid]))
      const [root] = trace.processes.filter((p) => p.parent === null)
      for (const p of trace.processes) if (p !== root) expect(p.parent).toBe(parents.get(p.pid))
      expect(
        exits(trace)
          .map(Number)
          .sort((a, b) => a - b),
      ).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
      expect(trace.processes.filter((p) => p !== root && p.alive !== 'ended')).toEqual([])
    }),
  300_000,
)

test('a daemon that outlives its parent', () =>
  withFolder(async (folder) => {
    const into = join(folder, 'run')
    mkdirSync(into)
    const { argv, counters } = family(folder, 'daemon')
    expect(await run(into, argv)).toEqual({ code: 0, signal: null, stdout: '', stderr: '' })
    while (counters()[0] === 0) await setTimeout(5)
    const all = () => readRun(into)
    while (!all().every((r) => r.ended)) await setTimeout(5)
    whole(all())
    expect(sum(roundsOf(all()))).toBe(counters()[1])
    const trace = await ingested(into)
    expect(trace.processes.length).toBe(3)
    expect(trace.ended).toEqual(['clean', 'clean', 'clean'])
    // grandparent → parent → daemon, though nobody was there when it ended
    const [first, second, third] = trace.processes
    expect([second!.parent, third!.parent]).toEqual([first!.pid, second!.pid])
    expect(third!.exit).toBe(null)
    expect(trace.losses).toEqual([])
  }))

test.each(Array.from({ length: 5 }, (_, i) => i))('SIGKILL in the middle of a put, %d', () =>
  withFolder(async (folder) => {
    const { into, counters } = await recorded(folder, 'putter')
    const all = readRun(into)
    whole(all)
    const put = counters()[1]!
    const [, child] = all
    const posts = count(child!, eventKinds.post)
    expect(posts).toBeGreaterThanOrEqual(put)
    expect(posts).toBeLessThanOrEqual(put + 1)
    const trace = await ingested(into)
    expect(trace.processes.map(({ name, exit, ended }) => ({ name, exit, ended }))).toContainEqual({
      name: 'putter',
      exit: 'SIGKILL',
      ended: 'cut',
    })
  }),
)

test.each(Array.from({ length: 3 }, (_, i) => i))('SIGKILL of 20 of 30 processes, %d', () =>
  withFolder(async (folder) => {
    const { into, counters } = await recorded(folder, 'many')
    const all = readRun(into)
    whole(all)
    expect(all.length).toBe(31)
    const done = counters()
    const rounds = roundsOf(all)
    for (const [i, r] of all.entries()) {
      const line = r.side.findLast((l) => l.k === 'processName')
      const number = Number(/worker-(\d+)/.exec(line?.k === 'processName' ? line.name : '')?.[1] ?? 0)
      if (number === 0) continue
      expect(rounds[i]!).toBeGreaterThanOrEqual(done[number]!)
      expect(rounds[i]!).toBeLessThanOrEqual(done[number]! + 1)
    }
    const trace = await ingested(into)
    expect(trace.processes.length).toBe(31)
    const ends = trace.processes.filter((p) => p.parent !== null)
    expect(ends.filter((p) => p.exit === 'SIGKILL' && p.ended === 'cut').length).toBe(20)
    expect(ends.filter((p) => p.exit === 0 && p.ended === 'clean').length).toBe(10)
    expect(ends.filter((p) => p.alive !== 'ended')).toEqual([])
  }),
)
