// Any question in SQL, read-only: `interleave query`, and the window's query panel.
//
// In: one SELECT, WITH, VALUES or EXPLAIN. Out: columns and rows, at most `limit`, and whether there were more. It runs in
// a process of its own, on a connection that cannot write, and is killed when its time is up: SQLite cannot be stopped
// from JavaScript while it computes (in a worker thread it would compute on for ever), and the engine has a window to
// serve meanwhile. The file's schema was found to be ours when it was opened, so no planted view or trigger runs.
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import type { Table } from '../../wire/api.ts'
import { Refusal } from '../store/refusal.ts'

/** What the process runs. Text, because it has to work from source and from the bundle alike. */
const program = `
const [driver, path, sql, limit, most] = process.argv.slice(1)
const say = (answer) => process.stdout.write(JSON.stringify(answer))
try {
  const db = require(driver)(path, { readonly: true, fileMustExist: true })
  for (const p of ['query_only = ON', 'trusted_schema = OFF', 'cell_size_check = ON', 'mmap_size = 0']) db.pragma(p)
  const statement = db.prepare(sql)
  if (!statement.reader || !statement.readonly) throw new Error('it does not only read')
  const columns = statement.columns().map((c) => c.name)
  const plain = (v) => typeof v === 'bigint' ? (Number.isSafeInteger(Number(v)) ? Number(v) : String(v))
    : v instanceof Uint8Array ? '<' + v.length + ' bytes>' : v
  const rows = []
  let more = false, size = 0
  for (const row of statement.raw().safeIntegers().iterate()) {
    if (rows.length >= Number(limit) || size > Number(most)) { more = true; break }
    const out = row.map(plain)
    for (const v of out) size += typeof v === 'string' ? v.length : 8
    rows.push(out)
  }
  say({ columns, rows, more })
} catch (error) {
  say({ error: error.message })
}
`
const mostBytes = 32e6

export async function sql(path: string, text: string, limit: number, seconds = 30): Promise<Table> {
  const statement = text.trim()
  if (!/^(select|with|values|explain)\b/i.test(withoutComments(statement)))
    throw new Refusal('Only questions can be asked: write one SELECT (or WITH, VALUES, EXPLAIN).')
  const driver = createRequire(import.meta.url).resolve('better-sqlite3')
  const answer = await run(['-e', program, driver, path, statement, String(limit), String(mostBytes)], seconds)
  if ('error' in answer) throw new Refusal(`SQLite says: ${answer.error}.`)
  return answer
}

function run(args: string[], seconds: number): Promise<Table | { error: string }> {
  // under Electron the same binary is a plain Node with this in its environment
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '' }
  const limits = { timeout: seconds * 1000, killSignal: 'SIGKILL', maxBuffer: 8 * mostBytes } as const
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { ...limits, env, encoding: 'utf8' }, (error, out) => {
      if (error?.killed)
        reject(new Refusal(`The question took more than ${seconds} s and was stopped: ask for less, or add a WHERE.`))
      else if (error || !out) reject(new Refusal(`The question could not be asked: ${error?.message ?? 'no answer'}.`))
      else resolve(JSON.parse(out) as Table | { error: string })
    })
  })
}

const withoutComments = (text: string) => text.replace(/^(\s|--[^\n]*(\n|$)|\/\*[\s\S]*?\*\/)*/, '')
