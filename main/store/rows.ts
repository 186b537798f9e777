// The rows that people and rules query (slice, flow), made from the blocks when a recording has ended, in steps of a few
// ms between which the engine answers. They are derived: dropped and made again at will.
import { flowKinds, meaningOf, sliceKinds, type SliceKind } from '../../wire/kinds.ts'
import { loadColumns, loadFlows } from './read.ts'
import { rowsSql } from './schema.ts'
import type { Block, Lane } from './lane.ts'
import type { Trace } from './trace.ts'

const rowsAtOnce = 50
const sliceColumns = 9
const flowColumns = 6

/** The rows are there: 1. */
export const haveRows = (trace: Trace): boolean => trace.facts.get('rows') === '1'

export class RowMaker {
  private readonly trace: Trace
  private readonly work: { lane: Lane; block: Block }[] = []
  private flows = 0
  private next = 0
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
  /** Works for about so many ms; true when all rows are there. */
  step(budgetMs: number): boolean {
    if (haveRows(this.trace)) return true
    const until = performance.now() + budgetMs
    const { db } = this.trace
    this.trace.begin()
    if (!this.begun) this.begin()
    while (this.next < this.work.length) {
      const { lane, block } = this.work[this.next++]!
      this.slices(lane, block)
      if (performance.now() >= until) break
    }
    while (this.next === this.work.length && this.flows < this.trace.flowBlocks.length && performance.now() < until)
      this.flowRows(this.flows++)
    const over = this.next === this.work.length && this.flows === this.trace.flowBlocks.length
    if (over) this.trace.setFact('rows', '1')
    if (over) this.trace.commit(Infinity)
    else db.exec('COMMIT')
    return over
  }
  private begin(): void {
    this.begun = true
    const { db } = this.trace
    for (const view of ['wait', 'hold', 'handoff']) db.exec(`DROP VIEW IF EXISTS ${view}`)
    for (const table of ['slice', 'flow']) db.exec(`DROP TABLE IF EXISTS ${table}`)
    db.exec(rowsSql)
    const kind = db.prepare('INSERT OR REPLACE INTO kind VALUES (?, ?, ?, ?)')
    for (const [name, id] of Object.entries(sliceKinds)) kind.run('slice', id, name, meaningOf[id as SliceKind])
    for (const [name, id] of Object.entries(flowKinds)) kind.run('flow', id, name, '')
  }
  private slices(lane: Lane, block: Block): void {
    const c = loadColumns(this.trace, block)
    const columns = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => c.numbers(i))
    this.insert('slice', [new Float64Array(c.n).fill(lane.id), ...columns], c.n, sliceColumns)
    this.done += c.n
  }
  private flowRows(index: number): void {
    const f = loadFlows(this.trace, this.trace.flowBlocks[index]!)
    this.insert('flow', [f.kind, f.fromLane, f.fromTime, f.toLane, f.toTime, f.object], f.n, flowColumns)
    this.done += f.n
  }
  private insert(table: string, columns: Float64Array[], n: number, width: number): void {
    const row = '(' + Array(width).fill('?').join(',') + ')'
    const many = this.trace.statement(`INSERT INTO ${table} VALUES ${Array(rowsAtOnce).fill(row).join(',')}`)
    const one = this.trace.statement(`INSERT INTO ${table} VALUES ${row}`)
    const values = new Array<number>(width * rowsAtOnce).fill(0.5)
    let i = 0
    for (; i + rowsAtOnce <= n; i += rowsAtOnce) {
      fill(values, columns, i, rowsAtOnce)
      many.run(...values)
    }
    for (; i < n; i++) one.run(...columns.map((c) => c[i]!))
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
