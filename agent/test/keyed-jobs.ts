// Tells what became of each job that processes know by a key, in order of time, with who did it:
//
//   add: submit by program.py, accept by celery@shop, begin add by ForkPoolWorker-1, end done, result done by program.py
//
// In: a recording. Out: a sentence a job, in order of its first event. A process is called by what the library calls it, else
// by its script; a job by its name, else its id.
import { eventKinds, flags, outcomes } from '../../wire/kinds.ts'
import type { JobLine } from '../../wire/side-file.ts'
import type { EventRecord, RecordedProcess } from './read-events.ts'

const hex = (half: number) => half.toString(16).padStart(8, '0')
const keyOf = (r: EventRecord) => hex(r.seq) + hex(r.arg)

/** What the library says of the process, without the worker after it. */
export const called = (p: RecordedProcess): string => {
  const said = p.lines.findLast((line) => line.k === 'processName')
  return said?.k === 'processName' ? said.name.replace(/ of .*/, '') : (p.about.argv[0] ?? '')
}

/** All that is said of each job, by key. */
export function saidOf(processes: RecordedProcess[]): Map<string, Partial<JobLine>> {
  const said = new Map<string, Partial<JobLine>>()
  for (const { lines } of processes)
    for (const line of lines)
      if (line.k === 'job') {
        const { needs = [], ...rest } = line
        const before = said.get(line.key)
        said.set(line.key, { ...rest, ...before, needs: [...(before?.needs ?? []), ...needs] })
      }
  return said
}

/** The object's key among the processes; a fork has its parent's serials. */
function poolOf(processes: RecordedProcess[], process: RecordedProcess, serial: number): string {
  for (let p: RecordedProcess | undefined = process; p; p = processes.find((q) => q.name === p!.about.forkOf)) {
    const line = p.lines.find((each) => each.k === 'shared' && each.object === serial)
    if (line?.k === 'shared') return line.key
  }
  return serial ? `object ${serial}` : ''
}

function siteOf(processes: RecordedProcess[], process: RecordedProcess, site: number): string {
  for (let p: RecordedProcess | undefined = process; p; p = processes.find((q) => q.name === p!.about.forkOf)) {
    const found = p.sites.get(site)
    if (found) return found.func
  }
  return 'unknown function'
}

const ofJobs: number[] = [
  eventKinds.submit,
  eventKinds.accept,
  eventKinds.jobBegin,
  eventKinds.jobEnd,
  eventKinds.result,
]
const outcomeOf = (r: EventRecord) => Object.entries(outcomes).find(([, value]) => value === (r.flags & 0xff))![0]

export interface KeyedJob {
  key: string
  said: Partial<JobLine>
  /** keys of the pools that its events name */
  pools: string[]
  told: string[]
  events: { process: RecordedProcess; record: EventRecord }[]
}

export function keyedJobs(processes: RecordedProcess[]): KeyedJob[] {
  const said = saidOf(processes)
  const jobs = new Map<string, KeyedJob>()
  const all = processes
    .flatMap((process) => process.records.map((record) => ({ process, record })))
    .filter(({ record: r }) => ofJobs.includes(r.kind) && r.flags & flags.keyed)
    .sort((a, b) => (a.record.time < b.record.time ? -1 : 1))
  for (const { process, record: r } of all) {
    const key = keyOf(r)
    let job = jobs.get(key)
    if (!job) jobs.set(key, (job = { key, said: said.get(key) ?? {}, pools: [], told: [], events: [] }))
    const pool = poolOf(processes, process, r.object)
    if (pool && !job.pools.includes(pool)) job.pools.push(pool)
    job.events.push({ process, record: r })
    const by = `by ${called(process)}`
    if (r.kind === eventKinds.submit) job.told.push(`submit ${by}`)
    if (r.kind === eventKinds.accept) job.told.push(`accept ${by}`)
    if (r.kind === eventKinds.jobBegin) job.told.push(`begin ${siteOf(processes, process, r.site)} ${by}`)
    if (r.kind === eventKinds.jobEnd) job.told.push(`end ${outcomeOf(r)}`)
    if (r.kind === eventKinds.result) job.told.push(`result ${outcomeOf(r)} ${by}`)
  }
  return [...jobs.values()]
}
