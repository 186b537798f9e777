import { expect, test } from 'vitest'
import { Columns, dense, encodeColumns } from './columns.ts'
import { Refusal } from './refusal.ts'

const roundTrip = (columns: number[][]) => {
  const n = columns[0]!.length
  const bytes = encodeColumns(
    columns.map((c) => dense(Float64Array.from(c))),
    n,
  )
  const read = new Columns(Buffer.from(bytes), columns.length)
  return { bytes: bytes.length, columns: columns.map((_, c) => [...read.numbers(c)]) }
}

test('columns come back as they were, in the smallest width', () => {
  const columns = [
    [7, 7, 7],
    [1000, 1255, 1001],
    [-5, 60000, 0],
    [0, 4294967295, 3],
    [2 ** 52, 0, -(2 ** 50)],
  ]
  const found = roundTrip(columns)
  expect(found.columns).toEqual(columns)
  expect(found.bytes).toBe(8 + 5 * 16 + 0 + 8 + 8 + 16 + 24)
})
test('no rows', () => expect(roundTrip([[], []]).columns).toEqual([[], []]))
test('bytes that are not columns are refused', () => {
  const bytes = Buffer.from(encodeColumns([dense(Float64Array.from([1, 2, 3]))], 3))
  expect(() => new Columns(bytes.subarray(0, 7), 1)).toThrow(Refusal)
  expect(() => new Columns(bytes, 2)).toThrow(Refusal)
  expect(() => new Columns(Buffer.from(bytes).fill(255, 0, 4), 1)).toThrow(Refusal)
  expect(() => new Columns(Buffer.from(bytes).fill(3, 16, 17), 1).numbers(0)).toThrow(Refusal)
  expect(() => new Columns(Buffer.from(bytes).fill(250, 20, 22), 1).numbers(0)).toThrow(Refusal)
})
