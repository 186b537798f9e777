// Many of everything: 10,000 short threads, 200 threads on one lock, 100,000 locks. Nothing is missing, nobody is mistaken
// for another, the lock's story is legal, and the files stay in proportion.
import { expect, test } from 'vitest'
import { eventKinds, flags, objectKinds } from '../../../wire/kinds.ts'
import { chunkBytes, recordBytes } from '../../../wire/record.ts'
import { type Recorded, count, faults, named, program, python, readRun, run, withFolder } from './record.ts'
import { ingested } from './trace.ts'

const recordOf = async (folder: string, args: string[]): Promise<Recorded> => {
  const argv = [python, program('threads.py'), ...args]
  const plain = await run(null, argv)
  expect(await run(folder, argv)).toEqual(plain)
  const [recorded, ...others] = readRun(folder)
  expect(others).toEqual([])
  expect(faults(recorded!)).toEqual([])
  expect(recorded!.lost).toBe(0)
  return recorded!
}
const locksOf = (r: Recorded) =>
  r.events
    .filter((e) => e.kind === eventKinds.new && (e.flags & 0xff) === objectKinds.lock && !(e.flags & flags.internal))
    .map((e) => e.object)

/** one owner at a time, in order of seq */
const illegal = (r: Recorded, lock: number): string[] => {
  const story = r.events
    .filter((e) => e.object === lock && (e.kind === eventKinds.acquire || e.kind === eventKinds.release))
    .sort((a, b) => a.seq - b.seq)
  let owner = 0
  return story.flatMap((e) => {
    const legal = e.kind === eventKinds.acquire ? owner === 0 : owner === e.thread
    owner = e.kind === eventKinds.acquire ? e.thread : 0
    return legal ? [] : [`seq ${e.seq}: kind ${e.kind} by thread ${e.thread}`]
  })
}

test('10,000 short threads', () =>
  withFolder(async (folder) => {
    const n = 10_000
    const r = await recordOf(folder, ['short', String(n)])
    const short = [...named(r)].filter(([name]) => name.startsWith('short-'))
    expect(short.length).toBe(n)
    expect(new Set(short.map(([, serial]) => serial)).size).toBe(n)
    const serials = new Set(short.map(([, serial]) => serial))
    for (const kind of [eventKinds.threadBegin, eventKinds.threadEnd])
      expect(
        count(
          r,
          kind,
          (e) => serials.has(e.thread) && e.thread === (kind === eventKinds.threadBegin ? e.object : e.thread),
        ),
      ).toBe(n)
    expect(count(r, eventKinds.threadStart, (e) => serials.has(e.object))).toBe(n)
    const [lock] = locksOf(r)
    expect(count(r, eventKinds.acquire, (e) => e.object === lock && serials.has(e.thread))).toBe(n)
    expect(illegal(r, lock!)).toEqual([])
    // the rest of an ended thread's chunk is used again: at most 60 chunks are ever begun and not full
    expect(r.chunks).toBeLessThan((r.events.length * recordBytes) / chunkBytes + 120)
    const trace = await ingested(folder)
    expect(trace.threads.filter((name) => name.startsWith('short-')).length).toBe(n)
    expect(trace.losses).toEqual([])
  }))

test('200 threads on one lock', () =>
  withFolder(async (folder) => {
    const r = await recordOf(folder, ['one-lock', '200', '200'])
    const [lock] = locksOf(r)
    expect(count(r, eventKinds.acquire, (e) => e.object === lock)).toBe(40_000)
    expect(count(r, eventKinds.release, (e) => e.object === lock)).toBe(40_000)
    expect(illegal(r, lock!)).toEqual([])
    const crowd = new Set([...named(r)].flatMap(([name, serial]) => (name.startsWith('crowd-') ? [serial] : [])))
    expect(crowd.size).toBe(200)
    for (const serial of crowd)
      expect(count(r, eventKinds.acquire, (e) => e.object === lock && e.thread === serial)).toBe(200)
    expect((await ingested(folder)).losses).toEqual([])
  }))

test('100,000 locks', () =>
  withFolder(async (folder) => {
    const n = 100_000
    const r = await recordOf(folder, ['locks', String(n)])
    const kept = new Set(r.events.filter((e) => e.kind === eventKinds.acquire && e.thread === 1).map((e) => e.object))
    const locks = locksOf(r)
    expect(new Set(locks).size).toBe(locks.length)
    expect(locks.filter((lock) => kept.has(lock)).length).toBeGreaterThanOrEqual(n)
    // a creating line is said once, not once a lock
    expect(r.side.length).toBeLessThan(500)
    expect((await ingested(folder)).losses).toEqual([])
  }))
