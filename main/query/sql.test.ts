import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { drawn } from '../ingest/drawing.ts'
import type { Trace } from '../store/trace.ts'
import { sql } from './sql.ts'

const folder = mkdtempSync(join(tmpdir(), 'interleave-sql-'))
const path = join(folder, 'bank.interleave')
let trace: Trace
beforeAll(() => {
  trace = drawn(
    `
    t1  AAAA......
    t2  ..aaAAAA..
  `,
    { path },
  )
})
afterAll(() => {
  trace.db.close()
  rmSync(folder, { recursive: true })
})

test('a question is answered with columns and rows', async () => {
  expect(await sql(path, 'SELECT thread, object, start, dur, blocked_by FROM wait', 10)).toEqual({
    columns: ['thread', 'object', 'start', 'dur', 'blocked_by'],
    rows: [['t2', 'A', 2, 2, 't1']],
    more: false,
  })
})
test('the limit is kept, and said', async () => {
  const two = await sql(path, 'SELECT thread FROM hold ORDER BY start', 1)
  expect(two.rows).toEqual([['t1']])
  expect(two.more).toBe(true)
})
test('comments, WITH, VALUES and EXPLAIN are questions too', async () => {
  expect((await sql(path, '-- one\n/* two */ WITH x AS (SELECT 1 AS a) SELECT a FROM x', 9)).rows).toEqual([[1]])
  expect((await sql(path, 'VALUES (1, NULL)', 9)).rows).toEqual([[1, null]])
  expect((await sql(path, 'EXPLAIN QUERY PLAN SELECT * FROM slice', 9)).rows.length).toBeGreaterThan(0)
})
test('numbers beyond 2^53 and bytes arrive as text, not as another number', async () => {
  expect((await sql(path, "SELECT 9007199254740993, 42, x'0102', 'é'", 9)).rows).toEqual([
    ['9007199254740993', 42, '<2 bytes>', 'é'],
  ])
})
test.each([
  ["INSERT INTO string VALUES (1, 'x')", 'Only questions can be asked'],
  ['PRAGMA user_version = 7', 'Only questions can be asked'],
  ["ATTACH '/tmp/x' AS x", 'Only questions can be asked'],
  ['WITH x AS (SELECT 1) DELETE FROM site', 'SQLite says'],
  ['SELECT 1; DELETE FROM site', 'SQLite says'],
  ['SELECT a FROM nowhere', 'SQLite says: no such table: nowhere'],
  ["SELECT load_extension('/tmp/x.so')", 'SQLite says'],
])('%s is refused in one sentence, and the file stays as it is', async (text, sentence) => {
  const before = readFileSync(path)
  await expect(sql(path, text, 9)).rejects.toThrow(sentence)
  expect(readFileSync(path).equals(before)).toBe(true)
})
test('a question without end is stopped', async () => {
  const endless = 'WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n'
  await expect(sql(path, endless, 9, 0.5)).rejects.toThrow('took more than 0.5 s and was stopped')
})
