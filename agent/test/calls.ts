// Tells what became of each remote call in a recording, over all processes, in order of time of its first event:
//
//   Calculator.add: submit at 12, begin Calculator.add:5, end done, result done
//
// "at 12" is the caller's line. Found again by the pool's key and the job's, as the ingest does.
import { eventKinds, flags, objectKinds, outcomes, reasons } from '../../wire/kinds.ts'
import type { EventRecord, RecordedProcess } from './read-events.ts'

const outcomeOf = (r: EventRecord) => Object.entries(outcomes).find(([, value]) => value === (r.flags & 0xff))![0]
const ofJobs: number[] = [eventKinds.submit, eventKinds.jobBegin, eventKinds.jobEnd, eventKinds.result]

export interface ToldCall {
  name: string
  called: string
  id: string
  parent: string
  bytes: number
  ignored: boolean
  events: { process: RecordedProcess; record: EventRecord }[]
  story: string
}

/** The key under which a process knows the object, '' when it has none. */
const keyOf = (p: RecordedProcess, serial: number): string =>
  p.lines.flatMap((line) => (line.k === 'shared' && line.object === serial ? [line.key] : []))[0] ?? ''

export const jobKey = (r: EventRecord): string =>
  [r.seq, r.arg].map((half) => half.toString(16).padStart(8, '0')).join('')

function words(p: RecordedProcess, r: EventRecord): string {
  const site = p.sites.get(r.site)
  if (r.kind === eventKinds.submit) return `submit at ${site?.line ?? '?'}`
  if (r.kind === eventKinds.jobBegin) return `begin${site ? ` ${site.func}:${site.line}` : ''}`
  return `${r.kind === eventKinds.jobEnd ? 'end' : 'result'} ${outcomeOf(r)}`
}

export function callsOf(processes: RecordedProcess[]): ToldCall[] {
  const calls = new Map<string, ToldCall>()
  const call = (pool: string, key: string): ToldCall => {
    const id = `${pool} ${key}`
    const fresh = { name: '', called: '', id: '', parent: '', bytes: 0, ignored: false, events: [], story: '' }
    return calls.get(id) ?? (calls.set(id, fresh), fresh)
  }
  for (const process of processes) {
    for (const record of process.records)
      if (ofJobs.includes(record.kind) && record.flags & flags.keyed)
        call(keyOf(process, record.object), jobKey(record)).events.push({ process, record })
    for (const line of process.lines)
      if (line.k === 'job') {
        const { name, called, id, parent, bytes, ignored } = line
        const said = Object.entries({ name, called, id, parent, bytes, ignored }).filter(
          ([, value]) => value !== undefined,
        )
        Object.assign(call(keyOf(process, line.pool), line.key), Object.fromEntries(said))
      }
  }
  for (const each of calls.values()) {
    each.events.sort((a, b) => (a.record.time < b.record.time ? -1 : 1))
    each.story = `${each.name || each.called}: ${each.events.map((e) => words(e.process, e.record)).join(', ')}`
  }
  return [...calls.values()].sort((a, b) => (a.events[0]!.record.time < b.events[0]!.record.time ? -1 : 1))
}

/** Waits of the process for the reason, as [name of the actor, its line, serial of what it waits for]. */
export const waitsFor = (p: RecordedProcess, reason: keyof typeof reasons): [string, number, number][] =>
  p.records
    .filter((r) => r.kind === eventKinds.wait && (r.flags & 0xff) === reasons[reason])
    .map((r) => [nameOf(p, r.thread), p.sites.get(r.site)?.line ?? 0, r.object])

export const nameOf = (p: RecordedProcess, serial: number): string =>
  p.lines.flatMap((line) => (line.k === 'name' && line.object === serial ? [line.name] : [])).at(-1) ?? String(serial)

/** "pool Calculator (4)": what the process made that the program can see. */
export const madeIn = (p: RecordedProcess): string[] =>
  p.records
    .filter((r) => r.kind === eventKinds.new && !(r.flags & flags.internal))
    .map((r) => {
      const kind = Object.entries(objectKinds).find(([, value]) => value === (r.flags & 0xff))![0]
      return `${kind} ${nameOf(p, r.object)}${r.arg ? ` (${r.arg})` : ''}`
    })
