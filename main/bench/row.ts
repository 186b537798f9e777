// A row of the bench table: one figure, what it must be, what we want it to be, what it is. Nothing here asserts: a figure
// that is missed says so, and one that could not be measured says why instead of a number.

export interface Row {
  name: string
  /** null: there is none, the figure is only shown */
  bar: number | null
  aim: number | null
  /** null: it could not be measured; `note` says why */
  value: number | null
  /** "×", "ms", "s", "bytes", "M events/s" */
  unit: string
  /** more is better (a rate); otherwise less is */
  more?: boolean
  /** spread, sizes, conditions */
  note?: string
}

/** A row for something that broke. */
export const broken = (name: string, error: unknown, unit = ''): Row => ({
  name,
  bar: null,
  aim: null,
  value: null,
  unit,
  // no folders of this machine in the table
  note: (error instanceof Error ? error.message : String(error))
    .split('\n')[0]!
    .replace(/(?<=^|[\s'"(])\/[^\s'"]*\//g, '')
    .slice(0, 300),
})

export type Verdict = 'aim reached' | 'bar reached' | 'missed' | 'shown' | 'broken'
export const verdict = (row: Row): Verdict => {
  if (row.value === null || !Number.isFinite(row.value)) return 'broken'
  // judged as printed: 1.0049 is printed, and is, 1.00
  const value = Number(round(row.value))
  const meets = (limit: number) => (row.more ? value >= limit : value <= limit)
  if (row.aim !== null && meets(row.aim)) return 'aim reached'
  if (row.bar !== null) return meets(row.bar) ? 'bar reached' : 'missed'
  return 'shown'
}

/** Standard error of the median of independent measures, by their middle half: it is what few far outliers leave alone. */
export const errorOfMedian = (values: number[]): number => {
  const middle = quantile(values, 0.75) - quantile(values, 0.25)
  // of a normal distribution 1.349 standard deviations, and its median errs 1.253 times as much as its mean
  return ((1.253 / 1.349) * middle) / Math.sqrt(values.length)
}
export const plusMinus = (values: number[]): string => `±${Number(errorOfMedian(values).toPrecision(1))}`
/** No more has to be measured: the bar is two standard errors away, or three times as much as planned has not decided it. */
export const enough = (values: number[], planned: number, bar: number): boolean =>
  values.length >= 3 * planned ||
  (values.length >= planned && Math.abs(median(values) - bar) >= 2 * errorOfMedian(values))

/** Three digits are enough for a figure measured on a shared machine. */
export const round = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2)

const limit = (row: Row, at: number | null) => (at === null ? '–' : `${row.more ? '≥' : '≤'} ${at}${suffix(row.unit)}`)
const suffix = (unit: string) => (unit === '×' ? '×' : unit ? ` ${unit}` : '')
const cells = (row: Row): string[] => [
  row.name,
  limit(row, row.bar),
  limit(row, row.aim),
  row.value === null ? '–' : round(row.value) + suffix(row.unit),
  verdict(row),
  row.note ?? '',
]

/** The table, as Markdown with aligned columns: the same for the terminal and for bench.md. */
export const table = (rows: Row[]): string => {
  const lines = [['figure', 'bar', 'aim', 'reached', 'verdict', 'how'], ...rows.map(cells)]
  const width = lines[0]!.map((_, c) => Math.max(...lines.map((line) => line[c]!.length)))
  const print = (line: string[]) => '| ' + line.map((cell, c) => cell.padEnd(width[c]!)).join(' | ') + ' |'
  const rule = '| ' + width.map((w) => '-'.repeat(w)).join(' | ') + ' |'
  return [print(lines[0]!), rule, ...lines.slice(1).map(print)].join('\n') + '\n'
}

export const median = (values: number[]): number => quantile(values, 0.5)
export const quantile = (values: number[], q: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (sorted.length - 1) * q
  const low = Math.floor(at)
  const [a, b] = [sorted[low]!, sorted[Math.ceil(at)]!]
  return a === b ? a : a + (at - low) * (b - a)
}
