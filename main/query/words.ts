// How the house writes figures and places for people: "412 ms", "1.3 s", "80 %", "12,400", "bank.py:12".
// In: numbers (times in ns). Out: text; two or three digits that count, never more than were measured.

const units: [number, string][] = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns'],
]

/** "412 ms", "1.3 s", "2 min 5 s" */
export function duration(ns: number): string {
  if (ns >= 59.95e9) {
    const seconds = Math.round(ns / 1e9)
    if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
    return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  }
  for (const [size, unit] of units) {
    const value = ns / size
    // 999.96 ms would be written "1000 ms": the next unit up takes it
    if (value >= 0.9995) return `${value >= 9.95 ? Math.round(value) : trim(value.toFixed(1))} ${unit}`
  }
  return '0 s'
}
const trim = (text: string) => text.replace(/\.0$/, '')

/** "100 bytes", "1.2 MiB" */
export function bytesText(n: number): string {
  if (n < 1024) return many(n, 'byte')
  for (const [size, unit] of [
    [2 ** 30, 'GiB'],
    [2 ** 20, 'MiB'],
    [2 ** 10, 'KiB'],
  ] as const)
    if (n >= size) return `${trim((n / size).toFixed(1))} ${unit}`
  return ''
}

/** "80 %", "0.4 %", "under 0.1 %", and "over 99 %", because nearly all is not all */
export function percent(share: number): string {
  const value = share * 100
  if (value <= 0) return '0 %'
  if (value < 0.1) return 'under 0.1 %'
  if (value >= 99.5 && value < 100) return 'over 99 %'
  return `${value < 9.95 ? trim(value.toFixed(1)) : Math.round(value)} %`
}

/** "800 bytes", "1.5 KiB", "432 MiB" */
export function bytes(n: number): string {
  const sizes: [number, string][] = [
    [2 ** 30, 'GiB'],
    [2 ** 20, 'MiB'],
    [2 ** 10, 'KiB'],
  ]
  for (const [size, unit] of sizes)
    if (n >= size) return `${n / size >= 9.95 ? Math.round(n / size) : trim((n / size).toFixed(1))} ${unit}`
  return many(n, 'byte')
}

/** "12,400" */
export const count = (n: number): string => n.toLocaleString('en-US')

/** "1 wait", "2 waits"; the plural is given where an s does not make it */
export const many = (n: number, one: string, more = `${one}s`): string => `${count(n)} ${n === 1 ? one : more}`

/** "a", "a and b", "a, b and c", "a, b and 7 others" */
export function list(names: readonly string[], atMost = 4): string {
  const shown = names.length > atMost ? names.slice(0, atMost - 1) : names.slice()
  const left = names.length - shown.length
  if (left > 0) shown.push(many(left, 'other'))
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

/** "bank.py:12"; '' when unknown */
export const place = (file: string, line: number): string =>
  file ? `${file.slice(file.lastIndexOf('/') + 1)}:${line}` : ''

/** "Account.lock (bank.py:12)": what it is called, and where it was made unless the name says so already */
export function named(name: string, site: string): string {
  return !site || name.includes(site) ? name : `${name} (${site})`
}
