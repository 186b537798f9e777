// Read-only SQL over the trace's own tables: a box, some questions to start from, and the rows.
import { useEffect, useState } from 'preact/hooks'
import type { Table } from '../../wire/api.ts'
import { count, percent } from '../format.ts'
import type { Session } from '../state/session.ts'
import { query } from '../state/tab.ts'

const limit = 1000
const examples: [name: string, sql: string][] = [
  [
    'Longest waits',
    `SELECT thread, why, object, start / 1e9 AS at_s, dur / 1e6 AS ms, blocked_by, file, line
FROM wait ORDER BY dur DESC LIMIT 50`,
  ],
  [
    'Who blocks whom',
    `SELECT blocked_by, thread AS waits, object, count(*) AS waits_count, sum(dur) / 1e6 AS ms
FROM wait WHERE blocked_by IS NOT NULL GROUP BY 1, 2, 3 ORDER BY ms DESC LIMIT 50`,
  ],
  [
    'Longest holds',
    `SELECT object, thread, start / 1e9 AS at_s, dur / 1e6 AS ms, contended, file, line
FROM hold ORDER BY dur DESC LIMIT 50`,
  ],
  [
    'Hand-offs',
    `SELECT queue, put_by, got_by, count(*) AS items, avg(dur) / 1e6 AS mean_ms, max(dur) / 1e6 AS max_ms
FROM handoff GROUP BY 1, 2, 3 ORDER BY items DESC LIMIT 50`,
  ],
  [
    'Kernels',
    `SELECT device, kernel, operation, count(*) AS runs, sum(dur) / 1e6 AS ms, avg(dur) / 1e3 AS mean_us,
  avg(waited) / 1e3 AS waited_us, file, line
FROM execution GROUP BY device, kernel, operation, file, line ORDER BY ms DESC LIMIT 50`,
  ],
  [
    'Processes',
    `SELECT p.pid, p.name, q.name AS child_of, p.start / 1e9 AS start_s, p."end" / 1e9 AS end_s, p.ended, p.exit
FROM process p LEFT JOIN process q ON q.id = p.parent ORDER BY p.start`,
  ],
  ['Threads', `SELECT name, daemon, start / 1e9 AS start_s, "end" / 1e9 AS end_s, error FROM thread ORDER BY start`],
]

export function SqlPanel({ session }: { session: Session }) {
  const { sql, due } = query.value
  const setSql = (text: string) => (query.value = { sql: text, due: false })
  const [table, setTable] = useState<Table | null>(null)
  const [error, setError] = useState<string | null>(null)
  const [asking, setAsking] = useState(false)
  const summary = session.summary.value
  const rowsThere = summary?.state === 'finished'
  useEffect(() => {
    setTable(null)
    setError(null)
    if (!query.peek().sql) setSql(examples[0]![1])
  }, [session])
  useEffect(() => {
    if (due && rowsThere) void run(sql)
  }, [due, rowsThere, sql])

  async function run(text: string) {
    setSql(text)
    setAsking(true)
    setError(null)
    try {
      setTable(await session.ask('query', { trace: session.trace, sql: text, limit }))
    } catch (e) {
      setError((e as Error).message)
    }
    setAsking(false)
  }

  return (
    <div class="sql">
      <div class="sql-examples">
        {examples.map(([name, text]) => (
          <button key={name} class="chip" onClick={() => (query.value = { sql: text, due: true })}>
            {name}
          </button>
        ))}
      </div>
      <textarea
        value={sql}
        rows={5}
        spellcheck={false}
        aria-label="SQL"
        data-testid="sql"
        onInput={(e) => setSql(e.currentTarget.value)}
        onKeyDown={(e) => {
          e.stopPropagation()
          if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) query.value = { sql, due: true }
        }}
      />
      <div class="sql-actions">
        <button class="button primary small" disabled={asking || !rowsThere} onClick={() => run(sql)}>
          {asking ? 'Asking…' : 'Run'}
        </button>
        <small class="quiet">Ctrl+Enter</small>
        <span class="spring" />
        {summary && summary.rows < 1 && <small class="quiet">rows made: {percent(summary.rows)}</small>}
        {table && (
          <small class="quiet">
            {count(table.rows.length)} {table.rows.length === 1 ? 'row' : 'rows'}
            {table.more && ', and more that are not shown'}
          </small>
        )}
      </div>
      {!rowsThere && (
        <p class="quiet sql-note" data-testid="sql-note">
          Rows for SQL are made when the recording ends. {due ? 'This query is run then.' : 'Queries can be run then.'}
        </p>
      )}
      {error && <p class="sql-error">{error}</p>}
      {table && (
        <div class="sql-result">
          <table class="sort-table plain">
            <thead>
              <tr>
                {table.columns.map((c, i) => (
                  <th key={i}>{c}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {table.rows.map((row, i) => (
                <tr key={i}>
                  {row.map((cell, j) => (
                    <td key={j} class={typeof cell === 'number' ? 'number' : ''}>
                      {cell === null ? <i class="null">–</i> : shown(cell)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  )
}

const shown = (cell: string | number) =>
  typeof cell === 'number' && !Number.isInteger(cell) ? String(Number(cell.toPrecision(6))) : String(cell)
