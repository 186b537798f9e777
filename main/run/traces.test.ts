import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listTraces, newTracePath, removeTrace, runFolderOf, stateOf, traceFolder, writeNote } from './traces.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'interleave-traces-'))))
afterEach(() => rmSync(folder, { recursive: true }))

/** A file with the head of a trace. */
function trace(name: string, seconds = 0): string {
  const path = join(folder, name)
  const bytes = Buffer.alloc(100)
  bytes.writeUInt32BE(0x494c5645, 68)
  writeFileSync(path, bytes)
  utimesSync(path, seconds, seconds)
  return path
}
const note = (path: string, pid: number) =>
  writeNote(runFolderOf(path), {
    pid,
    since: Date.now(),
    startedAt: 0,
    command: ['python3'],
    cwd: '/',
    name: 'python3',
  })

test('the folder is where the person says, else where Linux keeps such things', () => {
  expect(traceFolder({ INTERLEAVE_HOME: '/a', XDG_DATA_HOME: '/b', HOME: '/c' })).toBe('/a')
  expect(traceFolder({ XDG_DATA_HOME: '/b', HOME: '/c' })).toBe('/b/interleave')
  expect(traceFolder({ HOME: '/c' })).toBe('/c/.local/share/interleave')
})

test('a new trace has the name of its program and the time, and never that of another', () => {
  const at = new Date(2026, 0, 2, 3, 4, 5)
  const first = newTracePath(folder, 'bank', at)
  expect(basename(first)).toBe('bank-2026-01-02-030405.sqlite')
  writeFileSync(first, '')
  const second = newTracePath(folder, 'bank', at)
  expect(basename(second)).toBe('bank-2026-01-02-030405-2.sqlite')
  mkdirSync(runFolderOf(second))
  expect(basename(newTracePath(folder, 'bank', at))).toBe('bank-2026-01-02-030405-3.sqlite')
  expect(basename(newTracePath(folder, '../a b/серверы', at))).toBe('_a_b_серверы-2026-01-02-030405.sqlite')
})

test('whole traces and unfinished recordings are listed, newest first; what is being recorded is not', async () => {
  trace('old.sqlite', 1000)
  trace('new.sqlite', 2000)
  writeFileSync(join(folder, 'old.sqlite-wal'), '')
  writeFileSync(join(folder, 'notes.txt'), '')
  note(trace('running.sqlite', 3000), process.pid)
  const gone = spawn('true')
  await once(gone, 'exit')
  note(trace('crashed.sqlite', 3000), gone.pid!)
  mkdirSync(join(folder, 'never-begun.sqlite.run'))
  utimesSync(join(folder, 'never-begun.sqlite.run'), 1500, 1500)
  expect(listTraces(folder).map(({ name, unfinished }) => [name, unfinished])).toEqual([
    ['crashed', true],
    ['new', false],
    ['never-begun', true],
    ['old', false],
  ])
  expect(stateOf(join(folder, 'running.sqlite'))).toBe('recording')
  expect(listTraces(join(folder, 'none'))).toEqual([])
})

test('a trace goes with all that lies beside it', () => {
  const path = trace('a.sqlite')
  for (const suffix of ['-wal', '-shm']) writeFileSync(path + suffix, '')
  mkdirSync(runFolderOf(path))
  const other = trace('b.sqlite')
  removeTrace(path)
  expect([path, `${path}-wal`, `${path}-shm`, runFolderOf(path)].filter((p) => existsSync(p))).toEqual([])
  expect(existsSync(other)).toBe(true)
})

test('what is not a trace, is not there or is being recorded is not removed', () => {
  const mine = join(folder, 'mine.sqlite')
  writeFileSync(mine, 'SQLite format 3\0 of somebody else'.padEnd(100))
  expect(() => removeTrace(mine)).toThrow('is not an Interleave trace')
  expect(existsSync(mine)).toBe(true)
  expect(() => removeTrace(join(folder, 'none.sqlite'))).toThrow('there is no trace')
  const running = trace('running.sqlite')
  note(running, process.pid)
  expect(() => removeTrace(running)).toThrow('is being recorded')
})
