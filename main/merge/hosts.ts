// The hosts of a merged trace: how each clock was placed, how far off it may be, and in a sentence what is not sure.
import { worst } from '../store/margins.ts'
import type { HostRow } from '../store/model.ts'
import type { Trace } from '../store/trace.ts'
import { ahead, contradictions, type Alignment } from './merge.ts'

/** Rows of the table host; for each trace the new numbers of its hosts. */
export function tellHosts(to: Trace, alignment: Alignment): number[][] {
  const { sources, placed, zero } = alignment
  /** of each clock the first host that has it */
  const named: HostRow[] = []
  const numbers = sources.map(({ trace, clock }) =>
    trace.hosts.map((old) => {
      if (!old) return 0
      const row = to.hostOf(old.name, old.clock)
      named[clock] ??= row
      return row.id
    }),
  )
  for (const [clock, { line, how, via, used, margins }] of placed.entries())
    for (const row of to.hosts.filter((host) => host?.clock === named[clock]!.clock)) {
      row.offset = ahead(alignment, clock)
      row.drift = (1 / (1 + line.drift) - 1) * 1e6
      row.placed = how
      row.via = via < 0 ? null : named[via]!.id
      row.messages = used
      row.margins = (margins ?? []).map(({ time, early, late }) => ({
        time: Math.round(time - zero),
        early: Math.ceil(early),
        late: Math.ceil(late),
      }))
    }
  for (const [clock, { span }] of placed.entries())
    for (const row of to.hosts.filter((host) => host?.clock === named[clock]!.clock))
      row.uncertainty = worst(to.hosts, row, span ? [span[0] - zero, span[1] - zero] : [0, 0])
  to.hostsChanged = true
  for (const sentence of doubts(alignment, named)) to.addNote(sentence)
  return numbers
}

const doubts = (alignment: Alignment, named: readonly HostRow[]): string[] => [
  ...alignment.placed.flatMap(({ how, via }, clock) => {
    const name = named[clock]!.name
    if (how === 'wall clock')
      return `No message connects ${name} with the other hosts: its times are by its wall clock, and nobody knows how far that is off.`
    if (how === 'one way')
      return `Messages between ${name} and ${named[via]!.name} bound their clocks from one side only: how far the times of ${name} are off is not known.`
    return []
  }),
  ...contradictions(alignment).map(
    ({ of, to, by }) =>
      `The clocks of ${named[of]!.name} and ${named[to]!.name} did not run steadily, or messages were told apart wrongly: some arrive up to ${Math.ceil(by / 1000)} µs before they were sent.`,
  ),
]
