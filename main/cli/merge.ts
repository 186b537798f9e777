// `interleave merge A B … -o ALL`: traces of several hosts become one, on one clock. What is said at the end is how well the
// clocks are known: of each host its offset, its drift, and what is left uncertain.
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { storedFindings } from '../engine/stored-findings.ts'
import { mergeTraces } from '../merging.ts'
import { clockWords } from '../query/hosts.ts'
import { duration, many } from '../query/words.ts'
import { Failure, print, tell } from './output.ts'
import { reading } from './reading.ts'

export async function merge(files: string[], { output }: { output: string }): Promise<number> {
  if (files.length < 2) throw new Failure('merge takes two traces or more: interleave merge A B … -o ALL', 2)
  const path = resolve(output)
  if (existsSync(path)) throw new Failure(`${output} is there already: choose another file, or remove it first`)
  if (!existsSync(dirname(path)))
    throw new Failure(`the folder ${dirname(path)} does not exist: the trace cannot be written there`)
  const paths = files.map((file) => resolve(file))
  const trace = await reading(`merging ${many(files.length, 'trace')}`, () => mergeTraces(paths, path))
  try {
    const hosts = trace.hosts.filter(Boolean)
    const facts = [
      many(hosts.length, 'host'),
      duration(trace.end),
      many(trace.processes.filter(Boolean).length, 'process', 'processes'),
      many(storedFindings(trace).length, 'finding'),
    ]
    tell(`interleave: ${output} (${facts.join(', ')})`)
    for (const host of hosts) print(clockWords(trace.hosts, host))
    for (const note of trace.notes) tell(`interleave: ${note}`)
  } finally {
    trace.db.close()
  }
  return 0
}
