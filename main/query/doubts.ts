// What makes a comparison doubtful, in sentences: other programs or machines, a machine that was busy with other things on
// one side, runs that failed or lost events, noise that is not known.
import type { Run } from './compared-run.ts'
import { leastTime, third } from './measured.ts'
import { mean } from './statistics.ts'
import { duration, list, many, percent } from './words.ts'

/** share of the machine: a guess on the careful side. Two times five runs of one recipe, the first beside a test suite and the
 *  second not, differed by 15 % and would have been called a difference. */
const busier = 0.15

/** `alike`: both sides ran on one machine, as busy with other things. */
export function doubts(before: readonly Run[], after: readonly Run[]): { notes: string[]; alike: boolean } {
  const runs = [...before, ...after]
  const said: string[] = []
  const differ = (of: (run: Run) => string) => {
    const names = [before, after].map((side) => list([...new Set(side.map(of))]))
    return names[0] === names[1] ? null : names
  }
  const programs = differ((run) => run.name)
  if (programs) said.push(`The programs have different names: ${programs[0]} before, ${programs[1]} after.`)
  const machines = differ((run) => run.machine || 'an unknown one')
  if (machines) said.push(`The machines differ: ${machines[0]} before, ${machines[1]} after.`)
  const busy = busyOtherwise(before, after)
  if (busy) said.push(busy)
  const failed = runs.filter(({ exit }) => exit !== 0 && exit !== null)
  if (failed.length > 0)
    said.push(
      `${list(failed.map(({ path, exit }) => `${fileOf(path)} (${exit})`))} ended with an error: a run that fails may be a shorter one.`,
    )
  const lossy = runs.filter(({ lost }) => lost > 0)
  if (lossy.length > 0)
    said.push(
      `${list(lossy.map(({ path, lost }) => `${fileOf(path)} (${many(lost, 'event')})`))} lost events: the waits are at least what is said.`,
    )
  if (Math.min(before.length, after.length) === 1) said.push(oneRun(before.length, after.length))
  return { notes: said, alike: !machines && !busy }
}
/** Others kept the machine busier on one side: then a difference in time may be theirs. */
function busyOtherwise(before: readonly Run[], after: readonly Run[]): string | null {
  const known = [before, after].map((side) => side.flatMap(({ others }) => others ?? []))
  if (known.some((shares) => shares.length === 0)) return null
  const [was, is] = known.map(mean) as [number, number]
  if (Math.abs(was - is) < busier) return null
  return `Other programs used ${percent(was)} of the machine before and ${percent(is)} after: a difference in time may be their doing. Record both sides again, one soon after the other.`
}
const fileOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)

function oneRun(before: number, after: number): string {
  const side = before === after ? 'each side' : before === 1 ? 'the side before' : 'the side after'
  const told =
    before === after
      ? `only what differs by ${percent(third)} and ${duration(leastTime.probable)} or more is told, as probable`
      : 'its noise is taken to be that of the other side, and what is told is probable'
  return `There is one run on ${side}, so how much runs differ by themselves is not known: ${told}. \`interleave record --repeat 5\` makes it known.`
}
