// The rows that people and rules query (slice, flow), made from the blocks when a recording has ended, in steps of a few
// ms between which the engine answers. They are derived: dropped and made again at will.
import { flowKinds, sliceKinds, sliceOutcomes, type SliceKind } from '../../wire/kinds.ts'
import { meaningOf } from '../../wire/meanings.ts'
import { loadColumns, loadFlows } from './read.ts'
import { rowsSql } from './rows-schema.ts'
import type { Block, Lane } from './lane.ts'
import type { Trace } from './trace.ts'

/** rows a statement, rows between two looks at the clock, ms between commits */
const rowsAtOnce = 50
const rowsAPiece = 500
const commitEvery = 25
const flowColumns = 6

/** The rows are there: 1. */
export const haveRows = (trace: Trace): boolean => trace.facts.get('rows') === '1'

export class RowMaker {
  private readonly trace: Trace
  private readonly work: { lane: Lane; block: Block }[] = []
  private flows = 0
  private at = 0
  /** the block at work: its columns and the next row */
  private columns: Float64Array[] | null = null
  private row = 0
  private rows = 0
  private committed = performance.now()
  private done = 0
  private readonly total: number
  private begun = false

  constructor(trace: Trace) {
    this.trace = trace
    for (const lane of trace.lanes) if (lane) for (const block of lane.blocks) this.work.push({ lane, block })
    this.total = trace.slices + trace.flows + 1
  }
  /** 0…1 */
  get progress(): number {
    return haveRows(this.trace) ? 1 : Math.min(0.999, this.done / this.total)
  }
  /** Works for about so many ms, a piece at least; true when all rows are there. */
  step(budgetMs: number): boolean {
    if (haveRows(this.trace)) return true
    const now = performance.now()
    const until = now + budgetMs
    this.trace.begin()
    if (!this.begun) this.begin()
    let more = true
    do more = this.piece()
    while (more && performance.now() < until)
    if (more) {
      if (now - this.committed > commitEvery) {
        this.trace.db.exec('COMMIT')
        this.committed = now
      }
      return false
    }
    this.trace.setFact('rows', '1')
    this.trace.commit(Infinity)
    return true
  }
  /** Some hundred rows more; false when there are none. */
  private piece(): boolean {
    const { columns } = this
    if (columns) {
      const to = Math.min(this.row + rowsAPiece, this.rows)
      this.insert(columns.length === flowColumns ? 'flow' : 'slice', columns, this.row, to)
      this.done += to - this.row
      this.row = to
      if (to === this.rows) this.columns = null
      return true
    }
    if (this.at < this.work.length) {
      const { lane, block } = this.work[this.at++]!
      const c = loadColumns(this.trace, block)
      this.take([new Float64Array(c.n).fill(lane.id), ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => c.numbers(i))], c.n)
      return true
    }
    if (this.flows === this.trace.flowBlocks.length) return false
    const f = loadFlows(this.trace, this.trace.flowBlocks[this.flows++]!)
    this.take([f.kind, f.fromLane, f.fromTime, f.toLane, f.toTime, f.object], f.n)
    return true
  }
  private take(columns: Float64Array[], rows: number): void {
    this.columns = columns
    this.row = 0
    this.rows = rows
  }
  private begin(): void {
    this.begun = true
    const { db } = this.trace
    // three indexes grow at once
    db.pragma('cache_size = -65536')
    for (const view of ['wait', 'hold', 'step', 'job', 'execution', 'handoff']) db.exec(`DROP VIEW IF EXISTS ${view}`)
    for (const table of ['slice', 'flow']) db.exec(`DROP TABLE IF EXISTS ${table}`)
    db.exec(rowsSql)
    const kind = db.prepare('INSERT OR REPLACE INTO kind VALUES (?, ?, ?, ?)')
    for (const [name, id] of Object.entries(sliceKinds)) kind.run('slice', id, name, meaningOf[id as SliceKind])
    for (const [name, id] of Object.entries(flowKinds)) kind.run('flow', id, name, '')
    for (const [name, id] of Object.entries(sliceOutcomes)) kind.run('outcome', id, name, '')
  }
  private insert(table: string, columns: Float64Array[], from: number, to: number): void {
    const width = columns.length
    const row = '(' + Array(width).fill('?').join(',') + ')'
    const many = this.trace.statement(`INSERT INTO ${table} VALUES ${Array(rowsAtOnce).fill(row).join(',')}`)
    const one = this.trace.statement(`INSERT INTO ${table} VALUES ${row}`)
    const values = new Array<number>(width * rowsAtOnce).fill(0.5)
    let i = from
    for (; i + rowsAtOnce <= to; i += rowsAtOnce) {
      fill(values, columns, i, rowsAtOnce)
      many.run(...values)
    }
    for (; i < to; i++) one.run(...columns.map((c) => c[i]!))
  }
}
const fill = (values: number[], columns: Float64Array[], from: number, rows: number) => {
  const width = columns.length
  for (let c = 0; c < width; c++) {
    const column = columns[c]!
    for (let r = 0; r < rows; r++) values[r * width + c] = column[from + r]!
  }
}

/** All rows at once. */
export const makeRows = (trace: Trace): void => {
  const maker = new RowMaker(trace)
  while (!maker.step(1000));
}
