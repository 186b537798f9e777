// Test support: events that a test writes one by one, and the source they speak of, become a real finished trace. For
// what a drawing has no sign for: many waits at one line, timeouts, incidents.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventKinds } from '../../wire/kinds.ts'
import { createTrace } from '../store/database.ts'
import { makeRows } from '../store/rows.ts'
import type { Trace } from '../store/trace.ts'
import { Ingest } from './ingest.ts'
import { EventWriter } from './write-events.ts'

/** `ended`: ns at which the process says good-bye; null = it was killed. */
export function written(source: string, write: (w: EventWriter) => void, ended: number | null): Trace {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-written-'))
  try {
    mkdirSync(join(folder, 'run'))
    writeFileSync(join(folder, 'run', 'program.py'), source)
    const writer = new EventWriter(join(folder, 'run'))
    write(writer)
    if (ended !== null) writer.end(ended)
    writer.close()
    const trace = createTrace(join(folder, 'written.interleave'))
    new Ingest(trace, join(folder, 'run')).finish()
    makeRows(trace)
    trace.settle()
    return trace
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Threads that begin at 0, by name. */
export const threads = (w: EventWriter, ...names: string[]): number[] =>
  names.map((name) => {
    const serial = w.thread(name)
    w.add(serial, 0, eventKinds.threadBegin, { object: serial, arg: 1000 + serial })
    return serial
  })
