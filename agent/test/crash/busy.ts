// What busy.py itself wrote down, and whether the event file has all of it: the counters are the program's own memory map,
// so they know nothing of the agent. `n` rounds finished by a thread = 2n lock pairs and n/16 puts and gets before them.
import { openSync, readSync, closeSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventKinds, flags, objectKinds } from '../../../wire/kinds.ts'
import { type Recorded, named, program, python } from './record.ts'

export const threads = 4
export interface Busy {
  argv: string[]
  rounds: () => number[]
}
export type End = 'running' | 'normal' | 'exit' | 'exception' | 'sys-exit' | 'sys-exit-in-thread' | 'segfault'

export const busy = (folder: string, rounds: number, end: End): Busy => {
  const counters = join(folder, 'counters')
  writeFileSync(counters, Buffer.alloc(8 * threads))
  return {
    argv: [python, program('busy.py'), counters, String(threads), String(rounds), end],
    rounds: () => {
      const b = Buffer.alloc(8 * threads)
      const file = openSync(counters, 'r')
      readSync(file, b, 0, b.length, 0)
      closeSync(file)
      return Array.from({ length: threads }, (_, i) => Number(b.readBigUInt64LE(8 * i)))
    },
  }
}

export interface Tally {
  thread: string
  acquired: number
  released: number
  put: number
  got: number
}
/** What the event file says each busy thread did. */
export const tally = (r: Recorded): Tally[] => {
  const serial = named(r)
  const mine = new Set(
    r.events
      .filter((e) => e.kind === eventKinds.new && (e.flags & 0xff) === objectKinds.lock && !(e.flags & flags.internal))
      .map((e) => e.object),
  )
  return Array.from({ length: threads }, (_, i) => {
    const of = r.events.filter((e) => e.thread === serial.get(`busy-${i}`))
    const locks = (kind: number) => of.filter((e) => e.kind === kind && mine.has(e.object)).length
    const all = (kind: number) => of.filter((e) => e.kind === kind).length
    return {
      thread: `busy-${i}`,
      acquired: locks(eventKinds.acquire),
      released: locks(eventKinds.release),
      put: all(eventKinds.put),
      got: all(eventKinds.get),
    }
  })
}

/** Sentences about what the program did and the file does not have, or the file has and the program never did. */
export const missing = (r: Recorded, rounds: number[]): string[] =>
  tally(r).flatMap((t, i) => {
    const n = rounds[i]!
    const m = Math.floor(n / 16)
    const off = (what: string, have: number, least: number, most: number) =>
      have < least || have > most ? [`${t.thread} finished ${n} rounds: ${have} ${what}, not ${least}–${most}`] : []
    return [
      ...off('acquired', t.acquired, 2 * n, 2 * n + 2),
      ...off('released', t.released, 2 * n, 2 * n + 2),
      ...off('put', t.put, m, m + 1),
      ...off('got', t.got, m, m + 1),
    ]
  })
