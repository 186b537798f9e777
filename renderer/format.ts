// Numbers → words for people: three significant digits, a space before the unit, one way for the whole window.
// Times come in ns. A value that is unknown is "–", never 0.

const three = (n: number) => (n >= 100 ? n.toFixed(0) : n >= 10 ? trim(n.toFixed(1)) : trim(n.toFixed(2)))
const trim = (text: string) => text.replace(/\.?0+$/, '')

/** "412 ns", "12.3 µs", "412 ms", "1.23 s", "2 min 05 s", "1 h 02 min" */
export function duration(ns: number): string {
  if (!Number.isFinite(ns)) return '–'
  if (ns < 0) return '−' + duration(-ns)
  if (ns === 0) return '0 ns'
  // 999.6 would round up to "1000": the next unit takes it
  if (ns < 999.5) return `${three(ns)} ns`
  if (ns < 999.5e3) return `${three(ns / 1e3)} µs`
  if (ns < 999.5e6) return `${three(ns / 1e6)} ms`
  if (ns < 59.95e9) return `${three(ns / 1e9)} s`
  const seconds = Math.round(ns / 1e9)
  const two = (n: number) => String(n).padStart(2, '0')
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`
}

/** A moment of the run, to the microsecond: "2.113402 s" */
export function moment(ns: number): string {
  return Number.isFinite(ns) ? `${(ns / 1e9).toFixed(6)} s` : '–'
}

/** A running clock that does not jump in width: "7.3 s", "1:02.4", "1:02:33" */
export function clock(ns: number): string {
  const tenths = Math.max(0, Math.floor(ns / 1e8))
  const s = Math.floor(tenths / 10)
  const two = (n: number) => String(n).padStart(2, '0')
  if (s < 60) return `${s}.${tenths % 10} s`
  if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)}.${tenths % 10}`
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`
}

/** "812 B", "1.2 MB" (1 MB = 10⁶ bytes) */
export function bytes(n: number): string {
  if (n < 999.5) return `${n} B`
  if (n < 999.5e3) return `${three(n / 1e3)} kB`
  if (n < 999.5e6) return `${three(n / 1e6)} MB`
  return `${three(n / 1e9)} GB`
}

/** KiB of memory, which comes in powers of two: "4 KiB", "12.5 MiB" */
export function kibibytes(n: number): string {
  if (n < 1023.5) return `${three(n)} KiB`
  if (n < 1023.5 * 1024) return `${three(n / 1024)} MiB`
  return `${three(n / 1024 ** 2)} GiB`
}

/** Share 0…1 → "12 %", "0.4 %", "< 0.1 %", "> 99 %" */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return '–'
  const p = share * 100
  if (p === 0) return '0 %'
  if (p < 0.1) return '< 0.1 %'
  // nearly all is not all
  if (p < 100 && p >= 99.5) return '> 99 %'
  return `${p < 9.95 ? trim(p.toFixed(1)) : p.toFixed(0)} %`
}

/** "1,234,567" */
export function count(n: number): string {
  return n.toLocaleString('en-US', { maximumFractionDigits: 0 })
}

/** "812", "12.3 k", "1.2 M" */
export function compact(n: number): string {
  if (n < 9_999.5) return count(n)
  if (n < 999_500) return `${three(n / 1e3)} k`
  return n < 999.5e6 ? `${three(n / 1e6)} M` : `${three(n / 1e9)} G`
}

/** "3 locks", "1 lock" */
export function plural(n: number, one: string, many = one + 's'): string {
  return `${count(n)} ${n === 1 ? one : many}`
}

/** ms since 1970 → "just now", "5 min ago", "14:02", "yesterday 14:02", "3 Mar 2026" */
export function ago(then: number, now: number): string {
  const s = (now - then) / 1000
  if (s < 45) return 'just now'
  if (s < 3570) return `${Math.round(s / 60)} min ago`
  const a = new Date(then)
  const time = `${String(a.getHours()).padStart(2, '0')}:${String(a.getMinutes()).padStart(2, '0')}`
  const day = (d: Date) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime()
  const days = Math.round((day(new Date(now)) - day(a)) / 86_400_000)
  if (days <= 0) return time
  if (days === 1) return `yesterday ${time}`
  const month = a.toLocaleString('en-GB', { month: 'short' })
  return `${a.getDate()} ${month} ${a.getFullYear()}`
}

/** The last part of a path, whichever slash it has. */
export function baseName(path: string): string {
  return path.split(/[/\\]/).filter(Boolean).pop() ?? path
}
