// Lines of one thread that launch for one device in turns belong to one loop and are told together.
import { siteName } from '../query/names.ts'
import { list } from '../query/words.ts'
import type { Trace } from '../store/trace.ts'
import type { Line } from './device-gaps.ts'

/** Lines whose times, from the first launch to the last, share more than half of the shorter one's. */
export function loops(lines: readonly Line[]): Line[][] {
  const made: { lines: Line[]; from: number; to: number }[] = []
  for (const line of [...lines].sort((a, b) => a.from - b.from)) {
    const loop = made.find(({ lines: [first], from, to }) => {
      if (first!.use !== line.use || first!.lane !== line.lane) return false
      const shared = Math.min(to, line.to) - Math.max(from, line.from)
      return shared > Math.min(to - from, line.to - line.from) / 2
    })
    if (loop) {
      loop.lines.push(line)
      loop.to = Math.max(loop.to, line.to)
    } else made.push({ lines: [line], from: line.from, to: line.to })
  }
  return made.map((loop) => loop.lines)
}

/** " at app.py:12 and app.py:20", most launches first; '' where none is known */
export function whereLaunched(trace: Trace, lines: readonly Line[]): string {
  const mostFirst = [...lines].sort((a, b) => b.launches - a.launches)
  const places = [...new Set(mostFirst.map(({ site }) => siteName(trace, site)).filter((name) => name !== ''))]
  return places.length ? ` at ${list(places, 3)}` : ''
}
