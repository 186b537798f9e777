// The tests' own small reader: in goes the folder of a run, out comes each process with its header, lines and records in
// order of time. Written from wire/record.ts alone, so that it does not share a mistake with ingest.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  chunkBytes,
  chunkHeaderBytes,
  field,
  header,
  headerBytes,
  magic,
  recordBytes,
  underWay,
} from '../../wire/record.ts'
import { eventKinds, flags, outcomes, reasons } from '../../wire/kinds.ts'
import { sideLines, type ProcessLine, type SideLine, type SiteLine } from '../../wire/side-file.ts'

export interface EventRecord {
  time: bigint
  thread: number
  object: number
  seq: number
  site: number
  kind: number
  flags: number
  arg: number
  /** sites, innermost first, where the record has a stack; `site` is then the first of them */
  stack?: number[]
}
export interface RecordedProcess {
  name: string
  ended: boolean
  lost: number
  unseen: number
  /** ns that listeners in Python took */
  listened: number
  bytes: number
  /** as they are in the file; `records` has two for a call that has returned */
  written: number
  lines: SideLine[]
  about: ProcessLine
  sites: Map<number, SiteLine>
  records: EventRecord[]
}

export function readRecord(b: Buffer, at: number): EventRecord {
  return {
    time: b.readBigUInt64LE(at + field.time),
    thread: b.readUInt32LE(at + field.thread),
    object: b.readUInt32LE(at + field.object),
    seq: b.readUInt32LE(at + field.seq),
    site: b.readUInt32LE(at + field.site),
    kind: b.readUInt16LE(at + field.kind),
    flags: b.readUInt16LE(at + field.flags),
    arg: b.readUInt32LE(at + field.arg),
  }
}

/** A call that has returned is its beginning and its end; in the chunk of this thread. */
function apart(r: EventRecord, owner: number): EventRecord[] {
  const { send, wait, wake, enter, leave, receive } = eventKinds
  if (!(r.flags & flags.returned) || ![send, wait, enter, receive].includes(r.kind as never)) return [r]
  const over = { ...r, time: r.time + BigInt(r.thread), thread: owner, site: 0 }
  const begun = { ...r, thread: owner, flags: r.flags & ~flags.returned }
  const done = { flags: outcomes.done | flags.gil, arg: 0 }
  if (r.kind === enter) return [begun, { ...over, ...done, kind: leave }]
  if (r.kind !== receive) return [begun, { ...over, ...done, kind: wake, seq: 0 }]
  const stack = r.flags & flags.hasStack
  return [
    { ...begun, kind: wait, seq: 0, arg: 0, flags: reasons.message | flags.gil | stack },
    { ...over, flags: flags.ends | flags.gil },
  ]
}

/** Nothing of a process that was killed before the head of its file was whole. */
function readProcess(folder: string, name: string, withRecords: boolean): RecordedProcess[] {
  const b = readFileSync(join(folder, `${name}.events`))
  if (b.length < headerBytes || b.readUInt32LE(header.magic) === 0) return []
  if (b.readUInt32LE(header.magic) !== magic) throw new Error(`${name}.events is not an event file`)
  const records: EventRecord[] = []
  let written = 0
  for (let c = 0; withRecords && c < b.readUInt32LE(header.chunks); c++) {
    const chunk = headerBytes + c * chunkBytes
    let before = 0n
    const count = b.readUInt32LE(chunk) % underWay
    written += count
    for (let i = 0; i < count; i++)
      for (const record of apart(
        readRecord(b, chunk + chunkHeaderBytes + i * recordBytes),
        b.readUInt32LE(chunk + 4),
      )) {
        if (record.time < before) throw new Error(`${name}: chunk ${c} goes back in time at its record ${i}`)
        before = record.time
        records.push(record)
      }
  }
  records.sort((p, q) => (p.time < q.time ? -1 : p.time > q.time ? 1 : 0))
  const lines = sideLines(readFileSync(join(folder, `${name}.names`), 'utf8'))
  if (lines[0]?.k !== 'process') throw new Error(`${name}.names does not begin with its process`)
  const read = {
    name,
    ended: b.readUInt32LE(header.ended) === 1,
    lost: Number(b.readBigUInt64LE(header.lost)),
    unseen: b.readUInt32LE(header.unseen),
    listened: Number(b.readBigUInt64LE(header.listened)),
    bytes: b.length,
    written,
    lines,
    about: lines[0],
    sites: new Map(lines.flatMap((line) => (line.k === 'site' ? [[line.id, line]] : []))),
    records,
  }
  return [read]
}

/** A stack that a process has not said itself is that of the process which forked it. */
function stackOf(processes: RecordedProcess[], p: RecordedProcess, id: number): number[] {
  const said = p.lines.find((line) => line.k === 'stack' && line.id === id)
  if (said?.k === 'stack') return said.sites
  const parent = processes.find((q) => q.name === p.about.forkOf)
  if (!parent) throw new Error(`${p.name}: stack ${id} was not said`)
  return stackOf(processes, parent, id)
}

/** Every process of the run, in order of its start. */
export function readRun(folder: string, withRecords = true): RecordedProcess[] {
  const processes = readdirSync(folder)
    .filter((name) => name.endsWith('.events'))
    .flatMap((name) => readProcess(folder, name.slice(0, -'.events'.length), withRecords))
    .sort((p, q) => (BigInt(p.about.monotonic) < BigInt(q.about.monotonic) ? -1 : 1))
  for (const p of processes)
    for (const r of p.records)
      if (r.flags & flags.hasStack) {
        r.stack = stackOf(processes, p, r.site)
        r.site = r.stack[0]!
      }
  return processes
}
