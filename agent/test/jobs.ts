// Tells what became of each job in a recording, over all processes, in order of time:
//
//   pool 0: submit 2 by MainThread, 0.0 begin work, 0.0 end done, 0.1 begin work, 0.1 end raised, 0.0 result done, …
//
// "0.1" is part 1 of job 0. Pools are called by the variable that they were assigned to; one that several processes share
// is found again by its key, or by its serial in a fork.
import { eventKinds, objectKinds, outcomes } from '../../wire/kinds.ts'
import type { EventRecord, RecordedProcess } from './read-events.ts'
import type { Recorded } from './run-python.ts'

interface Told {
  time: bigint
  pool: string
  job: number
  process: RecordedProcess
  record: EventRecord
}

const outcomeOf = (r: EventRecord) => Object.entries(outcomes).find(([, value]) => value === (r.flags & 0xff))![0]

export class JobStory {
  private told: Told[]
  private byName: Map<string, RecordedProcess>
  private source: string[]

  constructor(processes: RecordedProcess[], source: string) {
    this.byName = new Map(processes.map((p) => [p.name, p]))
    this.source = source.split('\n')
    const pools = this.poolsByKey(processes)
    const ofJobs: number[] = [eventKinds.submit, eventKinds.jobBegin, eventKinds.jobEnd, eventKinds.result]
    this.told = processes
      .flatMap((process) =>
        process.records
          .filter((r) => ofJobs.includes(r.kind))
          .map((record) => ({
            time: record.time,
            pool: pools.get(this.keyOf(process, record.object)) ?? 'unknown pool',
            job: record.arg,
            process,
            record,
          })),
      )
      .sort((a, b) => (a.time < b.time ? -1 : 1))
  }

  /** The same for one object in all processes. */
  private keyOf(process: RecordedProcess, serial: number): string {
    for (let p: RecordedProcess | undefined = process; p; p = this.byName.get(p.about.forkOf ?? '')) {
      const said = p.lines.find((line) => line.k === 'shared' && line.object === serial)
      if (said?.k === 'shared') return said.key
      if (p.records.some((r) => r.kind === eventKinds.new && r.object === serial)) return `${p.name} ${serial}`
    }
    return `${process.name} ${serial}`
  }

  private poolsByKey(processes: RecordedProcess[]): Map<string, string> {
    const pools = new Map<string, string>()
    for (const process of processes)
      for (const r of process.records) {
        if (r.kind !== eventKinds.new || (r.flags & 0xff) !== objectKinds.pool) continue
        const text = this.source[(process.sites.get(r.site)?.line ?? 0) - 1] ?? ''
        pools.set(this.keyOf(process, r.object), /(\w+) =/.exec(text)?.[1] ?? / as (\w+)/.exec(text)?.[1] ?? 'pool')
      }
    return pools
  }

  private function(process: RecordedProcess, site: number): string {
    for (let p: RecordedProcess | undefined = process; p; p = this.byName.get(p.about.forkOf ?? '')) {
      const found = p.sites.get(site)
      if (found) return `${found.func}:${found.line}`
    }
    return 'unknown function'
  }

  private words({ record: r, process }: Told): string {
    const part = `${r.arg}.${r.seq} `
    switch (r.kind) {
      case eventKinds.submit:
        return `submit ${r.seq}`
      case eventKinds.jobBegin:
        return `${part}begin ${this.function(process, r.site)}`
      case eventKinds.jobEnd:
        return `${part}end ${outcomeOf(r)}`
      default:
        return `${part}result ${outcomeOf(r)}`
    }
  }

  private jobsIn(pool: string): [number, Told[]][] {
    const jobs = new Map<number, Told[]>()
    for (const t of this.told.filter((each) => each.pool === pool)) jobs.set(t.job, [...(jobs.get(t.job) ?? []), t])
    return [...jobs].sort(([a], [b]) => a - b)
  }

  /** One string a job, in order of number; a part's events apart from those of the other parts. */
  of(pool: string): string[] {
    return this.jobsIn(pool).map(([, events]) => {
      const parts = new Map<number, Told[]>()
      for (const t of events) {
        const part = t.record.kind === eventKinds.submit ? -1 : t.record.seq
        parts.set(part, [...(parts.get(part) ?? []), t])
      }
      return [...parts]
        .sort(([a], [b]) => a - b)
        .map(([, told]) => told.map((t) => this.words(t)).join(', '))
        .join('; ')
    })
  }

  /** How many events of a kind. */
  count(kind: keyof typeof eventKinds, pool: string): number {
    return this.told.filter((t) => t.record.kind === eventKinds[kind] && t.pool === pool).length
  }

  /** Pids of the processes in which parts began, one for each, in order of time. */
  workers(pool: string): number[] {
    return this.told
      .filter((t) => t.record.kind === eventKinds.jobBegin && t.pool === pool)
      .map((t) => t.process.about.pid)
  }
}

export const jobStory = (recorded: { processes: RecordedProcess[]; source: string }) =>
  new JobStory(recorded.processes, recorded.source)

/** Lines and objects of the first process's waits for that reason. */
export const waitsOf = (ran: Recorded, reason: number) =>
  ran.first.records
    .filter((r) => r.kind === eventKinds.wait && (r.flags & 0xff) === reason)
    .map((r) => ({ line: ran.first.sites.get(r.site)?.line ?? 0, object: r.object }))

/** The pools that the first process made. */
export const poolsOf = (ran: Recorded) =>
  ran.first.records.filter((r) => r.kind === eventKinds.new && (r.flags & 0xff) === objectKinds.pool)
