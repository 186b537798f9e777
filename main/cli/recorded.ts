// What is said of a recording when it is over, on stderr: its trace, what it lacks, the worst findings.
import type { Finding } from '../../wire/api.ts'
import { objectKinds } from '../../wire/kinds.ts'
import type { Diagnosis } from '../diagnose/diagnose.ts'
import { clockWords } from '../query/hosts.ts'
import { duration, many } from '../query/words.ts'
import type { Recorded, Recording } from '../recording.ts'
import { tell } from './output.ts'

/** `diagnosis`: null where nothing was recorded. */
export function tellRecorded({ trace, path }: Recording, recorded: Recorded, diagnosis: Diagnosis | null): void {
  if (!diagnosis) return tell(`interleave: nothing was recorded: ${recorded.unseen}`)
  const processes = trace.processes.filter(Boolean).length
  const actors = trace.threads.filter(({ object }) => !object.internal)
  const tasks = actors.filter(({ object }) => object.kind === objectKinds.task).length
  const facts = [
    duration(trace.end),
    ...(processes > 1 ? [many(processes, 'process', 'processes')] : []),
    many(actors.length - tasks, 'thread'),
    ...(tasks > 0 ? [many(tasks, 'task')] : []),
    many(trace.events, 'event'),
  ]
  tell(`interleave: ${path} (${facts.join(', ')})`)
  const hosts = trace.hosts.filter(Boolean)
  if (new Set(hosts.map(({ clock }) => clock)).size > 1)
    for (const host of hosts) tell(`interleave: ${clockWords(trace.hosts, host)}`)
  if (recorded.outlived.length > 0)
    tell(`interleave: ${outlivers(recorded.outlived)}: what they do from here is not in this trace`)
  // what was made before the hooks is in every recording: the report and the window say it
  const lost = [...trace.losses.values()].filter(({ what }) => what !== 'unseen')
  for (const sentence of new Set(lost.map((loss) => loss.sentence))) tell(`interleave: ${sentence}`)
  for (const note of new Set(trace.notes)) tell(`interleave: ${note}`)
  for (const line of findingLines(diagnosis.findings)) tell(`interleave: ${line}`)
}
const outlivers = (pids: number[]) =>
  `${pids.length === 1 ? 'process' : 'processes'} ${pids.join(', ')} that it started ${pids.length === 1 ? 'goes' : 'go'} on`

function findingLines(findings: Finding[]): string[] {
  const told = 3
  if (findings.length === 0) return ['no findings']
  const rest = findings.length - told
  return [
    ...findings.slice(0, told).map((finding) => `${finding.rule}: ${finding.sentence}`),
    ...(rest > 0 ? [`and ${many(rest, 'other finding')}: \`interleave report FILE\` has them`] : []),
  ]
}
