// Flows in blocks of 2,048, in the order they were seen. Those of the last block are in memory until it is full.
// Reading by cause or effect skips blocks by their times; a finished trace also has the `flow` table with indexes.
import { Columns, dense, encodeColumns } from './columns.ts'

export const blockFlows = 2048

/** One arrow. */
export interface FlowRow {
  kind: number
  fromLane: number
  fromTime: number
  toLane: number
  toTime: number
  object: number
}

/** Flows as columns. */
export class FlowColumns {
  n = 0
  kind: Float64Array
  fromLane: Float64Array
  fromTime: Float64Array
  toLane: Float64Array
  toTime: Float64Array
  object: Float64Array
  constructor(room: number) {
    this.kind = new Float64Array(room)
    this.fromLane = new Float64Array(room)
    this.fromTime = new Float64Array(room)
    this.toLane = new Float64Array(room)
    this.toTime = new Float64Array(room)
    this.object = new Float64Array(room)
  }
  push(kind: number, fromLane: number, fromTime: number, toLane: number, toTime: number, object: number): void {
    const n = this.n++
    this.kind[n] = kind
    this.fromLane[n] = fromLane
    this.fromTime[n] = fromTime
    this.toLane[n] = toLane
    this.toTime[n] = toTime
    this.object[n] = object
  }
  row(i: number): FlowRow {
    return {
      kind: this.kind[i]!,
      fromLane: this.fromLane[i]!,
      fromTime: this.fromTime[i]!,
      toLane: this.toLane[i]!,
      toTime: this.toTime[i]!,
      object: this.object[i]!,
    }
  }
}

/** What is kept in memory of a block of flows. */
export interface FlowBlock {
  id: number
  minFrom: number
  start: number
  end: number
  count: number
  columns: FlowColumns | null
}

export const encodeFlows = (f: FlowColumns): Buffer =>
  encodeColumns([f.kind, f.fromLane, f.fromTime, f.toLane, f.toTime, f.object].map(dense), f.n)

export const decodeFlows = (bytes: Uint8Array): FlowColumns => {
  const columns = new Columns(bytes, 6)
  const flows = new FlowColumns(0)
  flows.n = columns.n
  flows.kind = columns.numbers(0)
  flows.fromLane = columns.numbers(1)
  flows.fromTime = columns.numbers(2)
  flows.toLane = columns.numbers(3)
  flows.toTime = columns.numbers(4)
  flows.object = columns.numbers(5)
  return flows
}
