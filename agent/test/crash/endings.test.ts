// However a program ends, it ends as it would have without the agent (exit code, signal, both outputs), and everything
// it did before is in the trace.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { eventKinds, outcomes } from '../../../wire/kinds.ts'
import { type End, busy, missing } from './busy.ts'
import { faults, named, openIn, program, python, readRun, run, withFolder } from './record.ts'
import { ingested } from './trace.ts'

/** how it ends → whether the process could still say good-bye */
const ends: Record<Exclude<End, 'running'>, boolean> = {
  normal: true,
  exception: true,
  'sys-exit': true,
  'sys-exit-in-thread': true,
  exit: true,
  segfault: false,
}

test.each(Object.entries(ends))('%s', (end, clean) =>
  withFolder(async (folder) => {
    const rounds = 2000
    const into = join(folder, 'run')
    mkdirSync(into)
    const program = busy(folder, rounds, end as End)
    const plain = await run(null, program.argv)
    const traced = await run(into, program.argv)
    expect(traced).toEqual(plain)

    const [recorded, ...others] = readRun(into)
    expect(others).toEqual([])
    expect(missing(recorded!, [rounds, rounds, rounds, rounds])).toEqual([])
    expect(faults(recorded!)).toEqual([])
    expect({ lost: recorded!.lost, ended: recorded!.ended }).toEqual({ lost: 0, ended: clean })

    const trace = await ingested(into)
    expect(trace.ended).toEqual([clean ? 'clean' : 'cut'])
    expect(trace.cut).toEqual(openIn(recorded!))
    expect(trace.losses).toEqual(clean ? [] : ['cut'])
    // the thread that waits for a lock for ever is still waiting in the trace
    expect(trace.cutWaits).toContain('stuck')
  }),
)

test('a thread that dies by an exception: its error is told, its lock stays held', () =>
  withFolder(async (folder) => {
    const argv = [python, program('dies.py')]
    const plain = await run(null, argv)
    const traced = await run(folder, argv)
    expect(traced).toEqual(plain)
    const [recorded] = readRun(folder)
    const doomed = named(recorded!).get('doomed')
    const end = recorded!.events.find((e) => e.kind === eventKinds.threadEnd && e.thread === doomed)
    expect(end && end.flags & 0xff).toBe(outcomes.raised)
    expect(recorded!.side.filter((l) => l.k === 'error')).toMatchObject([
      { thread: doomed, type: 'RuntimeError', text: 'naïve: no one catches this' },
    ])
    expect(recorded!.events.some((e) => e.kind === eventKinds.acquire && e.thread === doomed)).toBe(true)
    expect(recorded!.events.some((e) => e.kind === eventKinds.wake && (e.flags & 0xff) === outcomes.timedOut)).toBe(
      true,
    )
  }))

test('a program that another one replaces has ended; one whose exec fails goes on', () =>
  withFolder(async (folder) => {
    const source = `
import os, sys, threading
threading.Lock().acquire()
for wrong in (lambda: os.execvp('no such program', ['x']), lambda: os.execv(1)):
    try: wrong()
    except (FileNotFoundError, TypeError) as error: print(type(error).__name__, flush=True)
if sys.argv[1] == 'replaced': os.execv('/bin/echo', ['echo', 'instead'])
os.kill(os.getpid(), 9)
`
    for (const how of ['replaced', 'killed']) {
      const into = join(folder, how)
      mkdirSync(into)
      const argv = [python, '-c', source, how]
      expect(await run(into, argv)).toEqual(await run(null, argv))
      expect(readRun(into).map((r) => r.ended)).toEqual([how === 'replaced'])
    }
  }))
