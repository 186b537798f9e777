// The trace that ingest makes of a run folder, through the recorder's own code: it must finish, open again from its file,
// and say what was lost and what was cut. In: a run folder. Out: what the tests ask of the trace.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sliceKinds } from '../../../wire/kinds.ts'
import { Ingest } from '../../../main/ingest/ingest.ts'
import { createTrace, openTrace } from '../../../main/store/database.ts'
import { eachSlice } from '../../../main/store/read.ts'

export interface Ingested {
  /** running, clean or cut, a process each */
  ended: string[]
  /** what the trace says it lost: each kind once. Without "unseen" (the standard library's own locks) and "late" (put in
   *  order by their number: nothing is lost) */
  losses: string[]
  threads: string[]
  /** names of the threads whose last wait was cut */
  cutWaits: string[]
  /** slices marked cut */
  cut: { waits: number; holds: number }
  events: number
  slices: number
  processes: TracedProcess[]
  /** parts of jobs that a worker ran to their end */
  jobs: number
}
export interface TracedProcess {
  pid: number
  /** pid of the process that started it, as far as the run knows it */
  parent: number | null
  name: string
  ended: string
  exit: number | string | null
  /** its life has a lane and is over */
  alive: 'ended' | 'cut' | 'none'
}

export const ingested = async (run: string): Promise<Ingested> => {
  const folder = mkdtempSync(join(tmpdir(), 'interleave-trace-'))
  const path = join(folder, 'trace.sqlite')
  try {
    const made = createTrace(path)
    const ingest = new Ingest(made, run)
    while (!ingest.step(50).caughtUp);
    ingest.finish(process.hrtime.bigint())
    made.db.close()

    const trace = openTrace(path)
    try {
      let slices = 0
      let jobs = 0
      const lives = new Map<number, TracedProcess['alive']>()
      const cut = { waits: 0, holds: 0 }
      const cutWaits = new Set<string>()
      for (const lane of trace.lanes.slice(1)) {
        eachSlice(trace, lane, 0, Infinity, (s) => {
          slices++
          if (s.kind === sliceKinds.job && !s.cut) jobs++
          if (s.kind === sliceKinds.alive) lives.set(trace.objects[lane.object]!.process, s.cut ? 'cut' : 'ended')
          if (!s.cut) return
          if (lane.kind === 'thread') cutWaits.add(trace.objects[lane.object]!.name)
          if (lane.kind === 'thread') cut.waits++
          else if (lane.kind !== 'queue' && lane.kind !== 'process') cut.holds++
        })
      }
      return {
        ended: trace.processes.slice(1).map((p) => p.ended),
        losses: [...new Set([...trace.losses.values()].map((l) => l.what))]
          .filter((what) => what !== 'unseen' && what !== 'late')
          .sort(),
        threads: trace.threads.map((t) => t.object.name),
        cutWaits: [...cutWaits],
        cut,
        events: trace.events,
        slices,
        jobs,
        processes: trace.processes.slice(1).map((p) => ({
          pid: p.pid,
          parent: p.parent === null ? null : trace.processes[p.parent]!.pid,
          name: p.name,
          ended: p.ended,
          exit: p.exit,
          alive: lives.get(p.id) ?? 'none',
        })),
      }
    } finally {
      trace.db.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
