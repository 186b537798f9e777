// A recording whose processes were not all on the recorder's clock: an MPI job over several machines, a worker in a
// container with a time of its own, all in one shared run folder. In: the trace of the recorder's own processes, complete
// but for rows and findings, and the folder. Out: the trace of all, at the same path.
//
// Each clock is ingested by itself, and then they are merged as any traces are. (Rejected: to put their records into one
// sequence while they come. How far two clocks are apart is known only once messages went both ways, and gets better until
// the last one; what had been drawn by then would stand in the wrong order.)
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { Ingest } from './ingest/ingest.ts'
import { mergeTraces } from './merging.ts'
import { createTrace, type Trace } from './store/database.ts'

/** ms of ingest between which others get their turn */
const step = 4

/** said while it is recorded; gone from the trace of all */
export const waitingNote = 'Processes on other hosts are recorded too: they are shown when the recording ends.'

/** `own` is moved into the run folder, and stays open for who looks at it. */
export function* withOtherHosts(own: Trace, runFolder: string, clocks: Iterable<string>): Generator<void, Trace> {
  own.setFact('notes', JSON.stringify(own.notes.filter((note) => note !== waitingNote)))
  own.commit(Infinity)
  own.settle()
  const { path } = own
  const ownPart = join(runFolder, 'host-0.sqlite')
  renameSync(path, ownPart)
  const parts: { path: string; rank: number }[] = []
  // the recorder's own host may have started nothing that is recorded
  if (own.processes.some(Boolean)) parts.push({ path: ownPart, rank: lowestRank(own) })
  for (const clock of clocks) {
    const part = createTrace(join(runFolder, `host-${parts.length + 1}.sqlite`))
    try {
      const ingest = new Ingest(part, runFolder, { clock })
      do yield
      while (!ingest.step(step).caughtUp)
      ingest.finish()
      part.settle()
      parts.push({ path: part.path, rank: lowestRank(part) })
    } finally {
      part.db.close()
    }
  }
  // the clock of rank 0 is that of the trace, else the recorder's
  parts.sort((a, b) => a.rank - b.rank)
  return yield* mergeTraces(
    parts.map((part) => part.path),
    path,
    own.facts,
  )
}

const lowestRank = ({ processes }: Trace): number => Math.min(...processes.map((p) => p?.rank?.rank ?? Infinity))
