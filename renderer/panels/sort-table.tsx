// A table that is sorted by a click on a head. In: columns with how to compare and how to show; rows keep their identity
// by `rowKey`. The first click on a number sorts the largest first, on a text from A.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'

export interface Column<Row> {
  id: string
  head: string
  title?: string
  /** what it is sorted by */
  by: (row: Row) => number | string
  show: (row: Row) => ComponentChildren
  number?: boolean
}

export interface Order {
  column: string
  down: boolean
}

export function sortRows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], order: Order): Row[] {
  const by = columns.find((c) => c.id === order.column)?.by
  if (!by) return [...rows]
  const sign = order.down ? -1 : 1
  return [...rows].sort((a, b) => {
    const [x, y] = [by(a), by(b)]
    return sign * (typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y)))
  })
}

export function SortTable<Row>(props: {
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  first: Order
  rowKey: (row: Row) => string | number
  rowTest?: string
  rowTitle?: string
  chosen?: (row: Row) => boolean
  onRow?: (row: Row) => void
  /** a second line under a row, over all columns */
  below?: (row: Row) => ComponentChildren
  class?: string
}) {
  const { columns, onRow } = props
  const [order, setOrder] = useState(props.first)
  const flip = (c: Column<Row>) =>
    setOrder(order.column === c.id ? { ...order, down: !order.down } : { column: c.id, down: c.number ?? false })
  return (
    <table class={`sort-table ${props.class ?? ''}`}>
      <thead>
        <tr>
          {columns.map((c) => (
            <th
              key={c.id}
              class={c.number ? 'number' : ''}
              title={c.title}
              aria-sort={order.column === c.id ? (order.down ? 'descending' : 'ascending') : 'none'}
            >
              <button onClick={() => flip(c)}>
                {c.head}
                <i class="order">{order.column === c.id ? (order.down ? '↓' : '↑') : ''}</i>
              </button>
            </th>
          ))}
        </tr>
      </thead>
      {sortRows(props.rows, columns, order).map((row) => (
        <tbody
          key={props.rowKey(row)}
          class={`${onRow ? 'link' : ''} ${props.chosen?.(row) ? 'chosen' : ''}`}
          data-testid={props.rowTest}
          title={props.rowTitle}
          tabIndex={onRow ? 0 : undefined}
          onClick={() => onRow?.(row)}
          onKeyDown={(e) => {
            if (onRow && e.key === 'Enter') onRow(row)
          }}
        >
          <tr>
            {columns.map((c) => (
              <td key={c.id} class={c.number ? 'number' : ''}>
                {c.show(row)}
              </td>
            ))}
          </tr>
          {props.below && (
            <tr class="below">
              <td colSpan={columns.length}>{props.below(row)}</td>
            </tr>
          )}
        </tbody>
      ))}
    </table>
  )
}
