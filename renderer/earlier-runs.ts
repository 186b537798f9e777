// With which traces of the list one is best compared. In: the list, and the trace that is shown. Out: whole traces but
// this one, those of the same program first, then those whose names begin alike; in each the newest first.
import type { SavedTrace } from '../wire/api.ts'

export function candidates(traces: readonly SavedTrace[], path: string, name: string): SavedTrace[] {
  // a file of the list is named after its program and when it was recorded
  const alike = (t: SavedTrace) =>
    t.name === name || t.name.startsWith(`${name}-`) ? 0 : t.name.startsWith(name) ? 1 : 2
  return traces
    .filter((t) => t.path !== path && !t.unfinished && !t.recording)
    .toSorted((a, b) => alike(a) - alike(b) || b.modified - a.modified)
}
