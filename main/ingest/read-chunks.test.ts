// What a reader has seen in the end is the same whenever it looked: before a call returned, after it, or never in between.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pythonFor } from '../../agent/test/python-with.ts'
import { type EventKind, eventKinds as ev, flags, outcomes, reasons } from '../../wire/kinds.ts'
import { recordsPerChunk } from '../../wire/record.ts'
import { buildCore } from '../run/build-core.ts'
import { recordedEnvironment } from '../run/environment.ts'
import { type Chunk, EventFile } from './read-chunks.ts'
import { EventWriter, type Rest } from './write-events.ts'

type Told = [
  time: number,
  thread: number,
  kind: EventKind,
  object: number,
  seq: number,
  site: number,
  flag: number,
  arg: number,
]
const base = 1_000_000_000_000n + 0xffff_ffffn // the low word of a time wraps early
const thread = 1

/** A call: how its beginning is written, what it is written as when it has returned, and what both say. */
const calls = {
  send: { begins: ev.send, returns: ev.send, flag: flags.blocks, ends: [ev.wake, 0, outcomes.done, 0] },
  probe: { begins: ev.wait, returns: ev.wait, flag: reasons.message, ends: [ev.wake, 0, outcomes.done, 0] },
  collective: { begins: ev.enter, returns: ev.enter, flag: flags.root, ends: [ev.leave, 7, outcomes.done, 0] },
  receive: { begins: ev.wait, returns: ev.receive, flag: reasons.message, ends: [ev.receive, 7, flags.ends, 99] },
} as const
const numbered = (name: keyof typeof calls) => (name === 'send' || name === 'collective' ? 7 : 0)

interface Step {
  what: keyof typeof calls | 'other'
  stack: boolean
  took: number
  /** the reader looks: while it is under way, after it */
  looks: [boolean, boolean]
  /** the thread tells something else before the call returns */
  talks: boolean
}
const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom('send', 'probe', 'collective', 'receive', 'other'),
  stack: fc.boolean(),
  took: fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.constant(0xffff_ffff)),
  looks: fc.tuple(fc.boolean(), fc.boolean()),
  talks: fc.boolean(),
})

const words = (chunk: Chunk): Told[] =>
  Array.from({ length: chunk.end - chunk.next }, (_, i) => {
    const w = (chunk.next + i) * 8
    const time = BigInt(chunk.words[w]!) + (BigInt(chunk.words[w + 1]!) << 32n) - base
    const [owner, object, seq, site] = chunk.words.subarray(w + 2, w + 6) as unknown as number[]
    const kind = chunk.halves[w * 2 + 12] as EventKind
    return [Number(time), owner!, kind, object!, seq!, site!, chunk.halves[w * 2 + 13]!, chunk.words[w + 7]!]
  })

/** Writes the steps, reads when they say so and at the end; all that was read, and what there is to read. */
const readWhile = (folder: string, steps: Step[]): { read: Told[]; there: Told[] } => {
  const w = new EventWriter(folder, { base })
  const file = EventFile.open(join(folder, w.name + '.events'))!
  const read: Told[] = []
  const there: Told[] = []
  const look = () => {
    w.flush()
    for (const chunk of file.poll()) {
      read.push(...words(chunk))
      file.release(chunk)
    }
  }
  const tell = (
    time: number,
    kind: EventKind,
    rest: Required<Pick<Rest, 'object' | 'seq' | 'site' | 'flags' | 'arg'>>,
  ) => there.push([time, thread, kind, rest.object, rest.seq, rest.site, rest.flags, rest.arg])
  let time = 0
  for (const { what, stack, took, looks, talks } of steps) {
    time += 10
    if (what === 'other') {
      const rest = { object: 3, seq: 0, site: 4, flags: 0, arg: 5 }
      w.add(thread, time, ev.refused, rest)
      tell(time, ev.refused, rest)
    } else {
      const { begins, returns, flag, ends } = calls[what]
      const arg = what === 'collective' ? 8 : 0
      const rest = {
        object: 2,
        seq: numbered(what),
        site: 6,
        arg,
        flags: flag | flags.gil | (stack ? flags.hasStack : 0),
      }
      const begun = time
      w.add(thread, begun, begins, rest)
      w.begins(thread)
      tell(begun, begins, rest)
      if (looks[0]) look()
      time += took
      const [kind, seq, over, bytes] = ends
      if (talks) {
        w.add(thread, time, ev.refused)
        tell(time, ev.refused, { object: 0, seq: 0, site: 0, flags: 0, arg: 0 })
        w.add(thread, time, kind, { object: 2, seq, flags: over, arg: bytes })
        tell(time, kind, { object: 2, seq, site: 0, flags: over, arg: bytes })
      } else {
        const again =
          what === 'receive'
            ? { ...rest, seq, arg: bytes, flags: flags.gil | over | (rest.flags & flags.hasStack) }
            : rest
        w.returns(thread, begun, returns, { ...again, took })
        tell(time, kind, { object: 2, seq, site: 0, flags: flags.gil | over, arg: bytes })
      }
    }
    if (looks[1]) look()
  }
  look()
  w.close()
  file.close()
  return { read, there }
}

const inFolder = <T>(use: (folder: string) => T): T => {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-chunks-'))
  try {
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('each record is read once, and a call that has returned as its beginning and its end', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { read, there } = inFolder((folder) => readWhile(folder, steps))
      expect(read).toEqual(there)
    }),
  )
})

test('a chunk of calls has twice as much to say as it has records', () => {
  const one: Step = { what: 'receive', stack: true, took: 9, looks: [false, false], talks: false }
  const steps = Array.from({ length: recordsPerChunk + 1 }, () => one)
  const { read, there } = inFolder((folder) => readWhile(folder, steps))
  expect(read).toHaveLength(2 * recordsPerChunk + 2)
  expect(read).toEqual(there)
})

test('a program that calls without a pause is read while it does: no end is missed', { timeout: 60_000 }, async () => {
  const python = await pythonFor('mpi')
  const built = await buildCore()
  const folder = mkdtempSync(join(tmpdir(), 'interleave-read-'))
  try {
    const program = 'from mpi4py import MPI\nfor _ in range(300_000): MPI.COMM_SELF.Barrier()'
    const env = recordedEnvironment(python.env, { runFolder: folder, core: built })
    const child = spawn(python.file, ['-c', program], { env, stdio: 'ignore' })
    const over = once(child, 'exit')
    const told = new Map<number, number>()
    let file: EventFile | null = null
    let ended = false
    void over.then(() => (ended = true))
    for (let last = false; !last;) {
      last = ended // it is looked at once more when nothing more comes
      const name = readdirSync(folder).find((name) => name.endsWith('.events'))
      if (name) file ??= EventFile.open(join(folder, name))
      for (const chunk of file?.poll() ?? []) {
        for (const [, , kind] of words(chunk)) told.set(kind, (told.get(kind) ?? 0) + 1)
        file!.release(chunk)
      }
      if (file?.more) last = false
      await setImmediate()
    }
    file!.close()
    expect(await over).toEqual([0, null])
    expect(told.get(ev.enter)).toBe(300_000)
    expect(told.get(ev.leave)).toBe(300_000)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
