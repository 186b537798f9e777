// Files are not trusted: what is not wholly ours is refused in a sentence, nothing in it runs, and nothing crashes.
import Database from 'better-sqlite3'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DeviceRun } from '../ingest/device-run.ts'
import { drawn } from '../ingest/drawing.ts'
import { randomNumbers } from '../ingest/random-program.ts'
import { onDevices } from '../query/commands.ts'
import { criticalPath } from '../query/critical-path.ts'
import { window } from '../query/window.ts'
import { openTrace, Refusal } from './database.ts'
import { eachSlice, flowsTo } from './read.ts'

let folder: string
let good: string
/** with devices */
let ran: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'interleave-store-'))
  good = join(folder, 'good.interleave')
  const row = 'AAAA..bbBBcc'.repeat(60)
  drawn(`t1  ${row}\nt2  ${row.slice(4)}....\nt3  ${'z..'.repeat(200)}`, {
    path: good,
    objects: { C: { kind: 'condition' } },
  }).close()
  const run = new DeviceRun()
  const gpu = run.device('GPU')
  const [a, b] = [run.stream('a', gpu), run.stream('b', gpu)]
  const context = run.context('memory', gpu)
  for (let i = 0; i < 60; i++) {
    const at = 10 + i * 100
    run.memory(context, at, 1024)
    run.range('step', at, at + 90)
    a.kernel(`add ${i % 3}`, { called: at + 1, returned: at + 5, started: at + 10, ended: at + 40 })
    const after: [typeof a, number][] = [[a, i + 1]]
    b.command('read', { called: at + 6, returned: at + 9, started: at + 41, ended: at + 60 }, { after, bytes: 1e6 })
    run.waits(b, i + 1, at + 20, at + 70)
  }
  const trace = run.trace(10_000)
  trace.settle()
  ran = join(folder, 'ran.interleave')
  copyFileSync(trace.path, ran)
  run.close()
})
afterAll(() => rmSync(folder, { recursive: true }))

const copy = (name: string, change: (path: string) => void, of = good) => {
  const path = join(folder, name)
  copyFileSync(of, path)
  change(path)
  return path
}
const sql = (text: string) => (path: string) => {
  const db = new Database(path)
  db.unsafeMode(true)
  db.exec(text)
  db.close()
}
const sentence = (path: string) => {
  try {
    openTrace(path).close()
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal)
    return (error as Error).message.replaceAll(folder, '')
  }
  return 'opened'
}

test('what was recorded is read again', () => {
  const trace = openTrace(good)
  expect(trace.threads.map((t) => t.object.name)).toEqual(['t1', 't2', 't3'])
  expect(trace.objects.slice(1).map((o) => o.name)).toContain('A')
  const one = trace.threads[0]!.object.lane!
  const starts: number[] = []
  eachSlice(trace, one, 0, Infinity, (s) => void starts.push(s.start))
  expect(starts).toHaveLength(one.slices)
  expect(one.slices).toBeGreaterThan(60)
  expect([...starts].sort((a, b) => a - b)).toEqual(starts)
  trace.close()
})

test.each([
  ['no file', () => join(folder, 'none'), /cannot be read/],
  ['a folder', () => folder, /not a file|cannot be read/],
  ['an empty file', () => copy('a', (p) => writeFileSync(p, '')), /not an SQLite database/],
  ['a text', () => copy('b', (p) => writeFileSync(p, 'hello '.repeat(99))), /not an SQLite database/],
  ['half of it', () => copy('c', (p) => truncateSync(p, readFileSync(p).length / 2)), /cut off/],
  ['another application', () => copy('d', sql('PRAGMA application_id = 7')), /another application/],
  ['a newer version', () => copy('e', sql('PRAGMA user_version = 99')), /newer Interleave \(format 99\)/],
  ['an older version', () => copy('f', sql('PRAGMA user_version = 0')), /older Interleave/],
  ['a trigger', () => copy('g', sql('CREATE TRIGGER t AFTER INSERT ON run BEGIN SELECT 1; END')), /trigger "t"/],
  ['a view', () => copy('h', sql('CREATE VIEW v AS SELECT 1')), /view "v"/],
  ['our view with other text', () => copy('i', sql('DROP VIEW hold; CREATE VIEW hold AS SELECT 1')), /view "hold"/],
  ['a table', () => copy('j', sql('CREATE TABLE x (y)')), /table "x"/],
  ['a missing table', () => copy('k', sql('DROP TABLE lane')), /lane is missing/],
  ['a lane of no object', () => copy('l', sql('UPDATE lane SET object = 99999')), /cites a object|cites an object/],
  ['ids with holes', () => copy('m', sql('DELETE FROM object WHERE id = 1')), /not numbered|cites/],
  ['a kind that is none', () => copy('n', sql("UPDATE object SET kind = 'x'")), /no known kind/],
])('%s is refused', (_, make, expected) => expect(sentence(make())).toMatch(expected))

test('comments of the schema may be other ones', () => {
  const plain = "UPDATE sqlite_schema SET sql = replace(sql, '-- ', '-- once more: ')"
  const path = copy('comments', sql(`PRAGMA writable_schema = ON; ${plain}; PRAGMA writable_schema = OFF`))
  expect(readFileSync(path, 'utf8')).toContain('-- once more: ')
  expect(sentence(path)).toBe('opened')
})
test.each([
  [
    'a command of no stream',
    "UPDATE command SET stream = 1 WHERE number = 2 AND operation = 'kernel'",
    /stream that it does not have/,
  ],
  ['a command of nobody', 'UPDATE command SET from_lane = 99999', /lane that it does not have/],
  ['a command on a lane that is none of a stream', 'UPDATE command SET lane = 1', /lane that it does not have/],
  ['a device that is none', 'UPDATE device SET object = 0', /device or a stream that it does not have/],
  ['a stream of no context', 'UPDATE stream SET context = 99999', /device or a stream that it does not have/],
  ['a kernel without a number', 'UPDATE work SET id = 4000000000 WHERE id = 2', /not numbered from 1/],
  ['what depends on nothing', 'UPDATE dependency SET on_number = 999', /depends on one that it does not have/],
  ['what belongs to nothing', 'UPDATE object SET belongs = 99999 WHERE belongs', /cites a object|cites an object/],
])('%s is refused', (_, text, expected) => {
  const path = copy('of-devices', sql(text), ran)
  const use = () => {
    const trace = openTrace(path)
    try {
      void onDevices(trace).commands
    } finally {
      trace.close()
    }
  }
  expect(use).toThrow(Refusal)
  expect(use).toThrow(expected)
})
test('what is no number in the tables of devices is not known', () => {
  const change = "UPDATE command SET started = 'x', bytes = 'x'; UPDATE device SET memory = 'x', uncertainty = 'x'"
  const trace = openTrace(copy('strange', sql(change), ran))
  const { commands, devices } = onDevices(trace)
  expect(commands.n).toBe(120)
  expect([...commands.started.subarray(0, 120)].every(Number.isNaN)).toBe(true)
  expect([...devices.values()].map(({ memory, uncertainty }) => [memory, uncertainty])).toEqual([[0, 0]])
  trace.close()
})

const useAll = (path: string) => {
  const trace = openTrace(path)
  try {
    const lanes = trace.lanes.filter((l) => l !== undefined)
    for (const to of [trace.end, 50]) window(trace, { from: 0, to, width: 300, lanes: lanes.map((l) => l.id) })
    for (const lane of lanes) eachSlice(trace, lane, 0, Infinity, () => {})
    for (const lane of lanes) flowsTo(trace, lane.id, 0, Infinity, 1000)
    void onDevices(trace).commands
    criticalPath(trace)
  } finally {
    trace.close()
  }
}
const fails = (path: string): string => {
  try {
    useAll(path)
    return ''
  } catch (error) {
    return error instanceof Refusal || error instanceof Database.SqliteError
      ? 'refused'
      : String((error as Error).stack)
  }
}

test('blocks with any byte changed are read as numbers or refused', () => {
  const random = randomNumbers(1)
  for (const [table, column] of [
    ['slice_block', 'columns'],
    ['detail', 'items'],
    ['flow_block', 'columns'],
    ['block', 'levels'],
  ])
    for (let i = 0; i < 40; i++) {
      const path = copy('bytes', (p) => {
        const db = new Database(p)
        const rows = db.prepare(`SELECT rowid, ${column} AS bytes FROM ${table}`).all() as {
          rowid: number
          bytes: Buffer
        }[]
        for (const { rowid, bytes } of rows) {
          if (bytes.length === 0) continue
          const changed = random() < 0.2 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : Buffer.from(bytes)
          const at =
            random() < 0.7
              ? Math.floor(random() * Math.min(180, changed.length))
              : Math.floor(random() * changed.length)
          if (changed.length) changed[at] = Math.floor(random() * 256)
          db.prepare(`UPDATE ${table} SET ${column} = ? WHERE rowid = ?`).run(changed, rowid)
        }
        db.close()
      })
      expect(fails(path)).toMatch(/^(refused)?$/)
    }
})

test.each(['threads', 'devices'])('a file (of %s) with any bits flipped is read or refused', (what) => {
  const random = randomNumbers(2)
  const bytes = readFileSync(what === 'devices' ? ran : good)
  let refused = 0
  for (let i = 0; i < 150; i++) {
    const flipped = Buffer.from(bytes)
    for (let k = 0; k < 1 + random() * 20; k++) {
      const at = Math.floor(random() * bytes.length)
      flipped[at]! ^= 1 << Math.floor(random() * 8)
    }
    const path = join(folder, 'flipped')
    writeFileSync(path, flipped)
    const found = fails(path)
    expect(found).toMatch(/^(refused)?$/)
    if (found) refused++
  }
  expect(refused).toBeGreaterThan(10)
})
