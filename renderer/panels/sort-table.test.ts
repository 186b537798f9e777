import { expect, test } from 'vitest'
import { sortRows, type Column } from './sort-table.tsx'

interface Row {
  name: string
  total: number
}
const columns: Column<Row>[] = [
  { id: 'name', head: 'Name', by: (r) => r.name, show: (r) => r.name },
  { id: 'total', head: 'Total', by: (r) => r.total, show: (r) => r.total, number: true },
]
const rows: Row[] = [
  { name: 'b', total: 9 },
  { name: 'a', total: 100 },
  { name: 'c', total: 9 },
]
const names = (column: string, down: boolean) => sortRows(rows, columns, { column, down }).map((r) => r.name)

test('numbers sort as numbers, texts as texts, equal rows keep their order', () => {
  expect(names('total', true)).toEqual(['a', 'b', 'c'])
  expect(names('total', false)).toEqual(['b', 'c', 'a'])
  expect(names('name', false)).toEqual(['a', 'b', 'c'])
  expect(names('name', true)).toEqual(['c', 'b', 'a'])
})

test('an unknown column leaves the order as it came; the rows given are not touched', () => {
  expect(names('gone', true)).toEqual(['b', 'a', 'c'])
  sortRows(rows, columns, { column: 'name', down: false })
  expect(rows[0]!.name).toBe('b')
})
