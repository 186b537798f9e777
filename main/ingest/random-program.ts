// Test support: a random program that is legal, as its events in order of time. Threads take locks and reentrant locks,
// permits of a semaphore, put into and get from a bounded queue, wait when they must, and sleep; every object hands over
// in order of arrival. The same seed gives the same program.
import { eventKinds, flags, objectKinds, reasons, type EventKind } from '../../wire/kinds.ts'
import type { EventWriter, Rest, WrittenObject } from './write-events.ts'

export interface Happened {
  thread: number
  time: number
  kind: EventKind
  rest: Rest
  /** numbered by this object when it is written */
  on: WrittenObject | null
}

export const randomNumbers = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}

interface Shared {
  object: WrittenObject
  what: 'lock' | 'rlock' | 'semaphore' | 'queue'
  /** permits or items */
  free: number
  room: number
  owner: number
  depth: number
  items: number[]
  waiting: { thread: number; how: 'take' | 'put' }[]
}

/** At least `steps` steps of `threads` threads; writes places, threads and objects, returns the events to be written. */
export const randomProgram = (writer: EventWriter, seed: number, threads: number, steps: number): Happened[] => {
  const random = randomNumbers(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const sites = [1, 2, 3, 4, 5].map((line) => writer.site('program.py', line, 'work'))
  const serials = Array.from({ length: threads }, (_, i) => writer.thread(`worker-${i}`))
  const shared: Shared[] = (
    [
      ['lock', 1],
      ['lock', 1],
      ['rlock', 1],
      ['semaphore', 2],
      ['queue', 3],
    ] as const
  ).map(([what, capacity]) => ({
    object: writer.object(
      objectKinds[what],
      serials[0]!,
      0,
      pick(sites),
      what === 'lock' || what === 'rlock' ? 0 : capacity,
    ),
    what,
    free: what === 'queue' ? 0 : capacity,
    room: what === 'queue' ? capacity : 0,
    owner: 0,
    depth: 0,
    items: [],
    waiting: [],
  }))
  const out: Happened[] = []
  let now = 10
  const tell = (thread: number, kind: EventKind, rest: Rest = {}, on: WrittenObject | null = null) => {
    now += 1 + Math.floor(random() * 300)
    out.push({ thread, time: now, kind, rest, on })
    return on ? ++numbers[on.serial]! : 0
  }
  const numbers: Record<number, number> = {}
  for (const s of shared) numbers[s.object.serial] = 0
  const blocked = new Set<number>()
  const held = new Map<number, Shared[]>(serials.map((s) => [s, []]))
  for (const s of serials) tell(s, eventKinds.threadBegin, { object: s, arg: s + 1000 })

  const take = (s: Shared, thread: number, contended: boolean) => {
    const site = pick(sites)
    const flag = contended ? flags.contended : 0
    s.free--
    if (s.what === 'queue') {
      s.room++
      tell(thread, eventKinds.get, { site, arg: s.items.shift()! }, s.object)
      letIn(s, 'put')
      return
    }
    s.owner = thread
    s.depth = 1
    tell(thread, eventKinds.acquire, { site, flags: flag, arg: 1 }, s.object)
    held.get(thread)!.push(s)
  }
  const put = (s: Shared, thread: number) => {
    s.room--
    s.free++
    s.items.push(numbers[s.object.serial]! + 1)
    tell(thread, eventKinds.put, { site: pick(sites), arg: s.items.length }, s.object)
    letIn(s, 'take')
  }
  const wait = (s: Shared, thread: number, how: 'take' | 'put') => {
    // somebody must go on, or all would wait for each other
    if (blocked.size >= threads - 1) return
    const reason =
      s.what === 'queue'
        ? how === 'put'
          ? reasons.queuePut
          : reasons.queueGet
        : s.what === 'semaphore'
          ? reasons.semaphore
          : reasons.lock
    tell(thread, eventKinds.wait, { object: s.object.serial, site: pick(sites), flags: reason, arg: s.owner })
    s.waiting.push({ thread, how })
    blocked.add(thread)
  }
  const letIn = (s: Shared, how: 'take' | 'put') => {
    const at = s.waiting.findIndex((w) => w.how === how)
    if (at < 0 || (how === 'put' ? s.room : s.free) <= 0) return
    const { thread } = s.waiting.splice(at, 1)[0]!
    blocked.delete(thread)
    tell(thread, eventKinds.wake, { object: s.object.serial, arg: numbers[s.object.serial]! })
    if (how === 'put') put(s, thread)
    else take(s, thread, true)
  }
  const give = (s: Shared, thread: number) => {
    if (s.what === 'rlock' && s.depth > 1) {
      tell(thread, eventKinds.release, { arg: --s.depth }, s.object)
      return
    }
    held.set(
      thread,
      held.get(thread)!.filter((h) => h !== s),
    )
    s.owner = 0
    s.free++
    tell(thread, eventKinds.release, { arg: s.what === 'semaphore' ? 1 : 0 }, s.object)
    letIn(s, 'take')
  }

  const step = (thread: number) => {
    const own = held.get(thread)!
    const s = pick(shared)
    const mine = own.includes(s)
    if (own.length > 0 && random() < 0.6) return give(pick(own), thread)
    if (s.what === 'queue') {
      const how = random() < 0.5 ? 'put' : 'take'
      if (own.length > 0) return
      if (how === 'put' ? s.room > 0 : s.free > 0) return how === 'put' ? put(s, thread) : take(s, thread, false)
      return wait(s, thread, how)
    }
    if (mine && s.what === 'rlock') {
      tell(thread, eventKinds.acquire, { site: pick(sites), arg: ++s.depth }, s.object)
      return
    }
    if (mine) return
    if (s.free > 0) return take(s, thread, false)
    // never waits with something in hand: it would deadlock soon
    if (own.length === 0) return wait(s, thread, 'take')
    tell(thread, eventKinds.refused, { object: s.object.serial })
  }
  for (let i = 0; i < steps; i++) {
    const running = serials.filter((s) => !blocked.has(s))
    if (running.length === 0) break
    const thread = pick(running)
    if (random() < 0.05) {
      tell(thread, eventKinds.wait, { flags: reasons.sleep, site: pick(sites), arg: 5 })
      tell(thread, eventKinds.wake)
    } else step(thread)
  }
  return out
}
