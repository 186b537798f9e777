// What an event takes: on the wire (chunks in use and the side file, by all events in them) and in the finished trace
// (blocks, levels of detail, flows, rows and indexes). A real recording of a loop over one lock in four threads.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chunkBytes, headerBytes, recordBytes } from '../../wire/record.ts'
import { startRecording } from '../recording.ts'
import type { Row } from './row.ts'
import { chunksOf, program, python } from './side.ts'

export const bytes = async (): Promise<Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-bytes-'))
  try {
    const output = join(folder, 'trace.sqlite')
    const command = [python, program('timed.py'), 'with-lock', '1000000']
    const recording = await startRecording({ command, output, stdio: 'capture', follow: false, keepEvents: true })
    await recording.done
    const { events, slices, flows } = recording.trace
    recording.trace.db.close()
    if (events < 2_000_000) throw new Error(`only ${events} events were recorded of 2,000,000`)
    const kept = join(folder, 'trace.sqlite.events')
    const names = readdirSync(kept)
    const wire = names
      .filter((name) => name.endsWith('.events'))
      .reduce((sum, name) => sum + headerBytes + chunksOf(join(kept, name)) * chunkBytes, 0)
    const side = names
      .filter((name) => name.endsWith('.names'))
      .reduce((sum, name) => sum + statSync(join(kept, name)).size, 0)
    const whole = `${events.toLocaleString('en')} events`
    return [
      {
        name: 'bytes an event on the wire',
        bar: 32,
        aim: null,
        value: recordBytes,
        unit: 'bytes',
        note: `its record; with heads of chunks, unused rests and the side file ${((wire + side) / events).toFixed(2)} of ${whole}`,
      },
      {
        name: 'bytes an event in the finished SQLite file',
        bar: 24.8,
        aim: null,
        value: statSync(output).size / events,
        unit: 'bytes',
        note: `${slices.toLocaleString('en')} slices, ${flows.toLocaleString('en')} flows; STORE.md: 26.4 (blocks) + 23.2 (rows) a slice of two events`,
      },
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
