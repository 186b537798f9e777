// `interleave query`: read-only SQL on a trace, as a table, as JSON or as CSV.
import { sql as ask } from '../query/sql.ts'
import { print, table, tell } from './output.ts'
import { traceAt } from './trace.ts'

export interface QueryOptions {
  json?: boolean
  csv?: boolean
  limit: number
}
type Cell = string | number | null

export async function query(file: string, sql: string, { json, csv, limit }: QueryOptions): Promise<number> {
  const trace = await traceAt(file)
  const { path } = trace
  trace.db.close()
  const { columns, rows, more } = await ask(path, sql, limit)
  if (json) print(jsonRows(columns, rows))
  else if (csv) print([columns, ...rows].map(csvLine).join(''))
  else print(table(columns, rows))
  if (more) tell(`interleave: only the first ${rows.length} rows; --limit takes more`)
  return 0
}

/** A list of objects, a row a line. */
export const jsonRows = (columns: string[], rows: Cell[][]): string =>
  `[${rows.map((row) => '\n  ' + JSON.stringify(Object.fromEntries(row.map((cell, i) => [columns[i], cell])))).join(',')}\n]`

/** RFC 4180: quoted where it has to be; NULL is nothing, an empty text is "". */
export const csvLine = (row: Cell[]): string =>
  row
    .map((cell) => {
      if (cell === null) return ''
      const text = String(cell)
      return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
    })
    .join(',') + '\r\n'
