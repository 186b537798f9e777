// The database driver's only importer. A trace is made new, or opened after it was found to be one: our application and
// version, whole, and with no table, index, view or trigger other than ours, word for word, so that nothing planted in a
// file runs. Opened files are read-only unless asked (rows.ts writes the rows of a trace that has none yet).
import Database from 'better-sqlite3'
import { closeSync, fstatSync, openSync, readSync, rmSync } from 'node:fs'
import { load } from './load.ts'
import { Refusal } from './refusal.ts'
import { rowsSql } from './rows-schema.ts'
import { applicationId, schemaSql, schemaVersion } from './schema.ts'
import { Trace } from './trace.ts'

export { Refusal }
export { Trace }

/** files up to this size are checked page by page when they are opened: 50 ms at most */
const checkedBytes = 16e6

/** A new, empty trace to record into; a file at the path is replaced. */
export const createTrace = (path: string): Trace => {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true })
  const db = new Database(path)
  db.pragma('page_size = 4096')
  db.pragma('journal_mode = WAL')
  // a trace can be made again from its event files, so it need not survive a power cut
  db.pragma('synchronous = OFF')
  // blocks are written once and not read through the cache: a small one stays in the processor's
  db.pragma('cache_size = -8192')
  db.pragma('trusted_schema = OFF')
  db.pragma(`application_id = ${applicationId}`)
  db.pragma(`user_version = ${schemaVersion}`)
  db.exec(schemaSql)
  return new Trace(db, path, true)
}

/** A trace from a file that is not trusted. Throws a Refusal with one sentence. */
export const openTrace = (path: string, { write = false } = {}): Trace => {
  checkHeader(path)
  let db: Database.Database | null = null
  try {
    db = new Database(path, { readonly: !write, fileMustExist: true })
    db.pragma('trusted_schema = OFF')
    db.pragma('cell_size_check = ON')
    db.pragma('mmap_size = 0')
    db.pragma('cache_size = -65536')
    if (write) db.pragma('synchronous = OFF')
    checkSchema(db)
    if (fstatSize(path) <= checkedBytes && db.pragma('quick_check(1)', { simple: true }) !== 'ok')
      throw new Refusal('This trace is damaged: its pages do not fit together. Record it again.')
    return load(db, path)
  } catch (error) {
    db?.close()
    throw refusal(error)
  }
}

/** The error of a damaged file as a sentence; others as they are. */
export const refusal = (error: unknown): Error => {
  if (error instanceof Refusal) return error
  if (error instanceof Database.SqliteError) {
    if (/CORRUPT|NOTADB|IOERR|FORMAT/.test(error.code) || /malformed/.test(error.message))
      return new Refusal(`This trace is damaged (${error.message}). Record it again.`)
    if (/READONLY|CANTOPEN|PERM/.test(error.code)) return new Refusal(`This trace cannot be opened: ${error.message}.`)
    if (/BUSY|LOCKED/.test(error.code)) return new Refusal('Another program is writing to this trace: try again later.')
    if (error.code === 'SQLITE_ERROR') return new Refusal(`This trace is not whole: ${error.message}.`)
  }
  return error as Error
}

const fstatSize = (path: string): number => {
  const fd = openSync(path, 'r')
  try {
    return fstatSync(fd).size
  } finally {
    closeSync(fd)
  }
}

/** The first 100 bytes, before SQLite sees the file. */
const checkHeader = (path: string): void => {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (error) {
    throw new Refusal(`${path} cannot be read: ${(error as Error).message}.`)
  }
  try {
    const head = Buffer.alloc(100)
    const stat = fstatSync(fd)
    if (!stat.isFile()) throw new Refusal(`${path} is not a file.`)
    const got = readSync(fd, head, 0, 100, 0)
    if (got < 100 || head.toString('latin1', 0, 16) !== 'SQLite format 3\0')
      throw new Refusal(`${path} is not a trace: it is not an SQLite database.`)
    if (head.readUInt32BE(68) !== applicationId)
      throw new Refusal(`${path} is not a trace: it is the database of another application.`)
    const version = head.readUInt32BE(60)
    if (version > schemaVersion)
      throw new Refusal(`${path} was written by a newer Interleave (format ${version}): open it with that one.`)
    if (version < schemaVersion)
      throw new Refusal(`${path} was written by an older Interleave (format ${version}): record it again.`)
    const page = head.readUInt16BE(16) === 1 ? 65536 : head.readUInt16BE(16)
    const pages = head.readUInt32BE(24) === head.readUInt32BE(92) ? head.readUInt32BE(28) : 0
    if (stat.size < page * pages)
      throw new Refusal(`${path} is cut off: ${page * pages - stat.size} bytes are missing.`)
  } finally {
    closeSync(fd)
  }
}

type Item = { type: string; name: string; sql: string | null }
/** Without comments, which may be better in another version. */
const items = (db: Database.Database): Item[] =>
  (db.prepare('SELECT type, name, sql FROM sqlite_schema').all() as Item[]).map((item) => ({
    ...item,
    sql: item.sql && item.sql.replace(/--.*$/gm, '').replace(/\s+/g, ' '),
  }))
let expected: Map<string, string | null> | null = null

/** Everything in the schema must be ours, and everything of the first part must be there. */
const checkSchema = (db: Database.Database): void => {
  if (!expected) {
    const model = new Database(':memory:')
    model.exec(schemaSql)
    const always = items(model).length
    model.exec(rowsSql)
    expected = new Map(items(model).map(({ type, name, sql }) => [type + ' ' + name, sql]))
    required = [...expected.keys()].slice(0, always)
    model.close()
  }
  const found = new Set<string>()
  for (const { type, name, sql } of items(db)) {
    const key = type + ' ' + name
    if (expected.get(key) !== sql || !expected.has(key))
      throw new Refusal(`This file has a ${type} "${name}" that is not part of a trace: it is not opened.`)
    found.add(key)
  }
  const missing = required.find((key) => !found.has(key))
  if (missing) throw new Refusal(`This trace is not whole: its ${missing} is missing.`)
}
let required: string[] = []
