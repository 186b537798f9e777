// Text for a terminal: lines of at most 100 columns, and columns as wide as their widest cell.
export const width = 100

/** The words of a text; `first` stands before the first line, `next` before the others. */
export function wrap(text: string, first: string, next: string): string[] {
  const lines: string[] = []
  let line = first
  let empty = true
  for (const word of text.split(/\s+/)) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line)
      line = next
      empty = true
    }
    line += empty ? word : ` ${word}`
    empty = false
  }
  return [...lines, line]
}

/** `right`: how many columns, from the left, are figures. */
export function columns(rows: readonly (readonly string[])[], right: number): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows.map((row) =>
    `  ${row.map((cell, i) => (i < right ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join('  ')}`.trimEnd(),
  )
}
