// However a program's events arrive, the trace is the same: in one piece, in pieces cut anywhere, some threads' pieces
// before others'. And what cannot be ingested is said, not guessed.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eventKinds, flags, objectKinds, outcomes, reasons } from '../../wire/kinds.ts'
import { header, headerBytes } from '../../wire/record.ts'
import { createTrace } from '../store/database.ts'
import { makeRows } from '../store/rows.ts'
import type { Trace } from '../store/trace.ts'
import { Ingest } from './ingest.ts'
import { randomNumbers, randomProgram, type Happened } from './random-program.ts'
import { EventWriter } from './write-events.ts'

let folder: string
let runs = 0
const open: Trace[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interleave-ingest-'))
})
afterEach(() => {
  for (const trace of open.splice(0)) trace.close()
  rmSync(folder, { recursive: true })
})
const newRun = () => {
  const run = join(folder, `run-${runs++}`)
  mkdirSync(run)
  return run
}
const newTrace = () => {
  const trace = createTrace(join(folder, `${runs++}.interleave`))
  open.push(trace)
  return trace
}
const write = (writer: EventWriter, e: Happened) => {
  if (e.on) writer.on(e.on, e.thread, e.time, e.kind, e.rest)
  else writer.add(e.thread, e.time, e.kind, e.rest)
}
const all = (trace: Trace, sql: string) => trace.db.prepare(sql).raw().all()
const everything = (trace: Trace) => {
  makeRows(trace)
  return {
    slices: all(trace, 'SELECT * FROM slice ORDER BY lane, start'),
    flows: all(trace, 'SELECT * FROM flow ORDER BY to_time, to_lane, kind, from_time'),
    objects: all(trace, 'SELECT * FROM object ORDER BY id'),
    threads: all(trace, 'SELECT * FROM thread ORDER BY id'),
    lanes: all(trace, 'SELECT * FROM lane ORDER BY id'),
    contention: all(trace, 'SELECT * FROM contention ORDER BY object'),
    blame: all(trace, 'SELECT * FROM blame ORDER BY 1, 2, 3, 4'),
    losses: all(trace, 'SELECT what, count FROM loss ORDER BY 1'),
  }
}
const atOnce = (seed: number, threads: number, steps: number) => {
  const run = newRun()
  const writer = new EventWriter(run)
  const events = randomProgram(writer, seed, threads, steps)
  for (const e of events) write(writer, e)
  writer.end(events.at(-1)!.time + 100)
  writer.close()
  const trace = newTrace()
  new Ingest(trace, run).finish()
  return { trace, events: events.length }
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])('program %i read in pieces is the program read at once', (seed) => {
  const random = randomNumbers(seed + 1000)
  const whole = atOnce(seed, 2 + seed, 3000)
  const run = newRun()
  const writer = new EventWriter(run)
  const trace = newTrace()
  const ingest = new Ingest(trace, run)
  const events = randomProgram(writer, seed, 2 + seed, 3000)
  let seen = 0
  for (const e of events) {
    write(writer, e)
    if (random() > 0.01) continue
    writer.flush()
    if (random() < 0.7) seen += ingest.step(random() < 0.5 ? 0 : 4).events
  }
  writer.end(events.at(-1)!.time + 100)
  writer.close()
  ingest.finish()
  expect(seen).toBeGreaterThan(0)
  expect(trace.events).toBe(whole.trace.events)
  expect(trace.slices).toBeGreaterThan(500)
  expect(everything(trace)).toEqual(everything(whole.trace))
  expect(everything(trace).losses).toEqual([])
})

test.each([1, 2, 3, 4])('program %i whose threads are heard out of step has the same holds and waits', (seed) => {
  const random = randomNumbers(seed + 2000)
  const whole = atOnce(seed, 5, 3000)
  const run = newRun()
  const writer = new EventWriter(run)
  const trace = newTrace()
  const ingest = new Ingest(trace, run, { patience: Infinity })
  const events = randomProgram(writer, seed, 5, 3000)
  for (const e of events) {
    write(writer, e)
    if (random() > 0.02) continue
    writer.flush([1, 2, 3, 4, 5].filter(() => random() < 0.6))
    ingest.step(4)
  }
  writer.end(events.at(-1)!.time + 100)
  writer.close()
  ingest.finish()
  // who waits while it is held is known in time order only, so contended or not (kind 32, 33) may differ
  // and numbers of objects follow from who is heard first
  const sql = `SELECT t.name, o.name, s.start, s.dur, CASE s.kind WHEN 33 THEN 32 ELSE s.kind END, s.site,
      CASE WHEN s.kind < 32 AND s.kind <> 10 THEN w.name ELSE s.arg END
    FROM slice s JOIN lane l ON l.id = s.lane JOIN object o ON o.id = l.object LEFT JOIN object t ON t.id = s.object
    LEFT JOIN object w ON w.id = s.arg ORDER BY o.name, s.start, s.dur, t.name`
  makeRows(trace)
  makeRows(whole.trace)
  expect(all(trace, sql)).toEqual(all(whole.trace, sql))
  const losses = all(trace, 'SELECT what FROM loss').flat()
  expect(losses.filter((l) => l !== 'late')).toEqual([])
})

describe('what does not fit is counted', () => {
  const run = (script: (w: EventWriter, t1: number, t2: number) => void, end = true) => {
    const path = newRun()
    const writer = new EventWriter(path)
    script(writer, writer.thread('t1'), writer.thread('t2'))
    if (end) writer.end(1000)
    writer.close()
    const trace = newTrace()
    new Ingest(trace, path).finish()
    return trace
  }
  const losses = (trace: Trace) => all(trace, 'SELECT what, count FROM loss ORDER BY 1')

  test('a release that nobody acquired', () => {
    const trace = run((w, t1) => w.on(w.object(objectKinds.lock, t1, 1), t1, 5, eventKinds.release))
    expect(losses(trace)).toEqual([['unmatched', 1]])
  })
  test('a lock acquired while it was held', () => {
    const trace = run((w, t1, t2) => {
      const lock = w.object(objectKinds.lock, t1, 1)
      w.on(lock, t1, 5, eventKinds.acquire, { arg: 1 })
      w.on(lock, t2, 7, eventKinds.acquire, { arg: 1 })
      w.on(lock, t2, 9, eventKinds.release)
    })
    expect(losses(trace)).toEqual([['illegal', 1]])
    expect(everything(trace).slices.map((s) => (s as number[]).slice(1, 3))).toEqual([
      [5, 2],
      [7, 2],
    ])
  })
  test('a wake without its wait, and a wait without its wake', () => {
    const trace = run((w, t1) => {
      const lock = w.object(objectKinds.lock, t1, 1)
      w.add(t1, 5, eventKinds.wake, { object: lock.serial })
      w.add(t1, 6, eventKinds.wait, { object: lock.serial, flags: reasons.lock })
      w.add(t1, 9, eventKinds.threadEnd, { object: t1 })
    })
    expect(losses(trace)).toEqual([['unmatched-wake', 2]])
  })
  test('events that never arrived, between events that did', () => {
    const trace = run((w, t1) => {
      const lock = w.object(objectKinds.lock, t1, 1)
      w.on(lock, t1, 5, eventKinds.acquire, { arg: 1 })
      w.on(lock, t1, 6, eventKinds.release)
      lock.seq += 4
      w.on(lock, t1, 15, eventKinds.acquire, { arg: 1 })
      w.on(lock, t1, 16, eventKinds.release)
    })
    expect(losses(trace)).toEqual([['gap', 4]])
    expect(everything(trace).slices).toHaveLength(2)
  })
  test('events that the program could not write, and locks nobody can see', () => {
    const trace = run((w, t1) => {
      w.add(t1, 5, eventKinds.lost, { arg: 3 })
      w.lost(7, 2)
    })
    expect(losses(trace)).toEqual([
      ['lost', 7],
      ['unseen', 2],
    ])
  })
  test('lines of the side file that lack what they should have', () => {
    const trace = run((w) => {
      w.line({ k: 'stack', id: 1 } as never)
      w.line({ k: 'new kind' } as never)
    })
    expect(losses(trace)).toEqual([['unknown', 2]])
  })
  test('a header and a count that cannot be true', () => {
    const path = newRun()
    const writer = new EventWriter(path)
    const t1 = writer.thread('t1')
    writer.add(t1, 5, eventKinds.threadBegin, { object: t1 })
    writer.end(9)
    writer.close()
    const file = join(path, '100-1.events')
    const bytes = readFileSync(file)
    bytes.writeUInt32LE(4_000_000_000, header.chunks)
    bytes.writeUInt32LE(511, headerBytes)
    writeFileSync(file, bytes)
    const trace = newTrace()
    new Ingest(trace, path).finish()
    expect(losses(trace)).toEqual([['torn', 1]])
  })
  test('a kind of event that does not exist', () => {
    const trace = run((w, t1) => w.add(t1, 5, 99 as never))
    expect(losses(trace)).toEqual([['unknown', 1]])
  })
  test('a killed process', () => {
    const trace = run((w, t1) => {
      w.on(w.object(objectKinds.lock, t1, 1), t1, 5, eventKinds.acquire, { arg: 1 })
    }, false)
    expect(losses(trace)).toEqual([['cut', 1]])
    expect(all(trace, 'SELECT ended FROM process')).toEqual([['cut']])
  })
})

test('a child of a fork knows the locks and places of its parent, and has locks of its own', () => {
  const path = newRun()
  const parent = new EventWriter(path, { pid: 100 })
  const site = parent.site('bank.py', 12, 'Account.__init__')
  const t1 = parent.thread('MainThread')
  const lock = parent.object(objectKinds.lock, t1, 1, site)
  parent.on(lock, t1, 5, eventKinds.acquire, { arg: 1, site })
  parent.on(lock, t1, 8, eventKinds.release)
  const child = new EventWriter(path, { pid: 101, ppid: 100, forkOf: '100-1' })
  child.on(lock, t1, 20, eventKinds.acquire, { arg: 1, site })
  child.on(lock, t1, 30, eventKinds.release)
  for (const w of [parent, child]) {
    w.end(50)
    w.close()
  }
  const trace = newTrace()
  new Ingest(trace, path).finish()
  makeRows(trace)
  expect(all(trace, 'SELECT pid, parent FROM process ORDER BY id')).toEqual([
    [100, null],
    [101, 1],
  ])
  expect(all(trace, "SELECT process, name, file, line FROM object WHERE kind = 'lock' ORDER BY id")).toEqual([
    [1, 'Lock #2', 'bank.py', 12],
    [2, 'Lock #2', 'bank.py', 12],
  ])
  expect(all(trace, 'SELECT thread, start, dur, line FROM hold ORDER BY start')).toEqual([
    ['MainThread', 5, 3, 12],
    ['MainThread', 20, 10, 12],
  ])
  expect(all(trace, 'SELECT what FROM loss')).toEqual([])
})

test('start, end and join of a thread are flows', () => {
  const path = newRun()
  const w = new EventWriter(path)
  const [t1, t2] = [w.thread('main'), w.thread('child')]
  w.add(t1, 5, eventKinds.threadStart, { object: t2 })
  w.add(t2, 9, eventKinds.threadBegin, { object: t2, arg: 4711 })
  w.add(t1, 12, eventKinds.wait, { object: t2, flags: reasons.join })
  w.add(t2, 20, eventKinds.threadEnd, { object: t2 })
  w.add(t1, 22, eventKinds.wake, { object: t2, flags: outcomes.done })
  w.end(30)
  w.close()
  const trace = newTrace()
  new Ingest(trace, path).finish()
  makeRows(trace)
  expect(all(trace, 'SELECT kind, from_time, to_time FROM flow ORDER BY to_time')).toEqual([
    [6, 5, 9],
    [7, 20, 22],
  ])
  expect(all(trace, 'SELECT name, tid, start, "end", parent FROM thread ORDER BY id')).toEqual([
    ['main', null, 5, null, null],
    ['child', 4711, 9, 20, 1],
  ])
  expect(all(trace, 'SELECT thread, why, object, start, dur FROM wait')).toEqual([['main', 'join', 'child', 12, 10]])
})

test('a stack goes with its wait, and a wait that timed out has no cause', () => {
  const path = newRun()
  const w = new EventWriter(path)
  const t1 = w.thread('main')
  const site = w.site('a.py', 3, 'f')
  w.line({ k: 'stack', id: 1, sites: [site] })
  const event = w.object(objectKinds.event, t1, 1)
  w.add(t1, 5, eventKinds.wait, { object: event.serial, flags: reasons.event, site })
  w.add(t1, 9, eventKinds.wake, { object: event.serial, flags: outcomes.timedOut | flags.hasStack, site: 1 })
  w.end(30)
  w.close()
  const trace = newTrace()
  new Ingest(trace, path).finish()
  makeRows(trace)
  expect(all(trace, 'SELECT stack FROM slice')).toEqual([[1]])
  expect(all(trace, 'SELECT id, depth, site FROM stack')).toEqual([[1, 0, 1]])
  expect(trace.flows).toBe(0)
})

test('a condition with a lock of its own on its line has the name, and the lock is its lock', () => {
  const path = newRun()
  writeFileSync(join(path, 'bank.py'), 'self.ready = Condition()\nlock = Lock(); cond = Condition(lock)\n')
  const w = new EventWriter(path)
  const t1 = w.thread('main')
  const [first, second] = [w.site('bank.py', 1, 'Bank.__init__'), w.site('bank.py', 2, '<module>')]
  const lock = w.object(objectKinds.rlock, t1, 1, first)
  w.object(objectKinds.condition, t1, 2, first, lock.serial)
  w.object(objectKinds.condition, t1, 3, second, lock.serial)
  w.end(30)
  w.close()
  const trace = newTrace()
  new Ingest(trace, path).finish()
  expect(all(trace, "SELECT name FROM object WHERE kind <> 'thread' ORDER BY id")).toEqual([
    ["Bank.ready's lock"],
    ['Bank.ready'],
    ['cond'],
  ])
})

test('what happens to a thread may be numbered too: it is not an object with holds', () => {
  const path = newRun()
  const w = new EventWriter(path)
  const t1 = w.thread('main')
  w.add(t1, 1, eventKinds.threadBegin, { object: t1, seq: 1, arg: 5 })
  w.add(t1, 9, eventKinds.threadEnd, { object: t1, seq: 2 })
  w.end(30)
  w.close()
  const trace = newTrace()
  new Ingest(trace, path).finish()
  expect(all(trace, 'SELECT name FROM object')).toEqual([['main']])
})

test('more threads than chunks that are kept in memory are all heard, in order', () => {
  const path = newRun()
  const w = new EventWriter(path)
  const threads = Array.from({ length: 700 }, (_, i) => w.thread(`t${i}`))
  const lock = w.object(objectKinds.lock, threads[0]!, 1)
  let time = 10
  for (let lap = 0; lap < 3; lap++)
    for (const t of threads) {
      w.on(lock, t, time++, eventKinds.acquire, { arg: 1 })
      w.on(lock, t, time++, eventKinds.release)
    }
  w.flush()
  const trace = newTrace()
  const ingest = new Ingest(trace, path)
  while (!ingest.step(1).caughtUp);
  expect(trace.events).toBe(1 + 3 * 700 * 2)
  expect(trace.slices).toBe(3 * 700)
  expect([...trace.losses.values()]).toEqual([])
  w.end(time)
  w.close()
  ingest.finish()
  expect(trace.slices).toBe(3 * 700)
})

test('a file that is no event file, and one without its names, are noted and leave the others alone', () => {
  const path = newRun()
  writeFileSync(join(path, '7-1.events'), 'hello '.repeat(100))
  new EventWriter(path, { pid: 8 }).close()
  rmSync(join(path, '8-1.names'))
  const w = new EventWriter(path, { pid: 9 })
  w.add(w.thread('main'), 5, eventKinds.threadBegin, { object: 1 })
  w.end(9)
  w.close()
  const trace = newTrace()
  new Ingest(trace, path).finish()
  expect(trace.processes.slice(1).map((p) => p.pid)).toEqual([9])
  expect(trace.notes.join(' ')).toMatch(/7-1.events is not an event file.*8-1.events is not whole/)
})

test('a folder where nothing was written is an empty trace', () => {
  const trace = newTrace()
  const ingest = new Ingest(trace, join(folder, 'never'))
  expect(ingest.step(1)).toEqual({ events: 0, caughtUp: true })
  ingest.finish()
  makeRows(trace)
  expect(all(trace, 'SELECT count(*) FROM slice')).toEqual([[0]])
})
