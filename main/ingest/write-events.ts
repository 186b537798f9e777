// Writes event and side files as the agent does, for tests and benches: records go to the chunk of their thread, and
// are there for readers from `flush` on, the count after the records. Numbers objects, threads and places from 1 and
// each object's events from 1.
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { eventKinds, flags, objectKinds, type EventKind, type ObjectKind } from '../../wire/kinds.ts'
import {
  chunkBytes,
  chunkHeaderBytes,
  header,
  headerBytes,
  magic,
  recordBytes,
  recordsPerChunk,
  underWay,
  wireVersion,
} from '../../wire/record.ts'
import type { ProcessLine, SideLine } from '../../wire/side-file.ts'

interface OpenChunk {
  index: number
  bytes: Buffer
  n: number
  written: number
  underWay: boolean
}
export interface WrittenObject {
  serial: number
  kind: ObjectKind
  seq: number
}
export interface Rest {
  object?: number
  seq?: number
  site?: number
  flags?: number
  arg?: number
  /** ns of a call that has returned */
  took?: number
}

export class EventWriter {
  readonly name: string
  /** CLOCK_MONOTONIC ns of time 0 */
  readonly base: bigint
  private readonly events: number
  private readonly names: number
  private readonly head = Buffer.alloc(headerBytes)
  private readonly chunks = new Map<number, OpenChunk>()
  private readonly full: OpenChunk[] = []
  private readonly spare: Buffer[] = []
  private serial = 0
  private sites = 0
  private handed = 0
  private lines: string[] = []

  constructor(
    folder: string,
    { pid = 100, base = 1_000_000_000_000n, ...first }: Partial<ProcessLine> & { base?: bigint; name?: string } = {},
  ) {
    this.name = first.name ?? `${pid}-1`
    this.base = base
    this.events = openSync(join(folder, this.name + '.events'), 'w')
    this.names = openSync(join(folder, this.name + '.names'), 'w')
    this.head.writeUInt32LE(magic, header.magic)
    this.head.writeUInt32LE(wireVersion, header.version)
    this.head.writeUInt32LE(pid, header.pid)
    this.head.writeBigUInt64LE(base, header.started)
    const { name: _, ...rest } = first
    this.line({
      k: 'process',
      pid,
      ppid: 1,
      argv: ['python3', 'drawing.py'],
      executable: '/usr/bin/python3',
      cwd: folder,
      python: '3.11.7',
      build: 'cpython',
      monotonic: String(base),
      realtime: '1700000000000000000',
      costNs: 50,
      mainThread: 1,
      host: 'here',
      clock: 'here',
      ...rest,
    })
    this.flush()
  }

  line(line: SideLine): void {
    this.lines.push(JSON.stringify(line) + '\n')
  }
  site(file: string, line: number, func: string): number {
    this.line({ k: 'site', id: ++this.sites, file, line, func })
    return this.sites
  }
  /** A thread's serial; its records are up to the caller. */
  thread(name: string): number {
    this.line({ k: 'name', object: ++this.serial, name })
    return this.serial
  }
  /** An object, with its `new` record at the time. */
  object(kind: ObjectKind, thread: number, time: number, site = 0, arg = 0): WrittenObject {
    const object = { serial: ++this.serial, kind, seq: 0 }
    if (kind !== objectKinds.thread)
      this.add(thread, time, eventKinds.new, { object: object.serial, site, flags: kind, arg })
    return object
  }
  /** A record without a number of its own. */
  add(
    thread: number,
    time: number,
    kind: EventKind,
    { object = 0, seq = 0, site = 0, flags = 0, arg = 0, took = thread }: Rest = {},
  ): void {
    let chunk = this.chunks.get(thread)
    if (!chunk || chunk.n === recordsPerChunk) this.chunks.set(thread, (chunk = this.hand(chunk, thread)))
    chunk.underWay = false
    const { bytes } = chunk
    const at = chunkHeaderBytes + chunk.n++ * recordBytes
    bytes.writeUInt32LE((Number(this.base & 0xffffffffn) + time) % 4294967296, at)
    bytes.writeUInt32LE(
      Number(this.base >> 32n) + Math.floor((Number(this.base & 0xffffffffn) + time) / 4294967296),
      at + 4,
    )
    bytes.writeUInt32LE(took, at + 8)
    bytes.writeUInt32LE(object, at + 12)
    bytes.writeUInt32LE(seq, at + 16)
    bytes.writeUInt32LE(site, at + 20)
    bytes.writeUInt16LE(kind, at + 24)
    bytes.writeUInt16LE(flags, at + 26)
    bytes.writeUInt32LE(arg, at + 28)
  }
  /** The next event of an object; its number. */
  on(object: WrittenObject, thread: number, time: number, kind: EventKind, rest: Rest = {}): number {
    this.add(thread, time, kind, { ...rest, object: object.serial, seq: ++object.seq })
    return object.seq
  }
  /** The last record of the thread is of a call that is under way … */
  begins(thread: number): void {
    this.chunks.get(thread)!.underWay = true
  }
  /** … and has returned: it is written again. */
  returns(thread: number, time: number, kind: EventKind, rest: Rest & { took: number }): void {
    const chunk = this.chunks.get(thread)!
    chunk.written = Math.min(chunk.written, --chunk.n)
    this.add(thread, time, kind, { ...rest, flags: (rest.flags ?? 0) | flags.returned })
  }
  private hand(before: OpenChunk | undefined, owner: number): OpenChunk {
    if (before) this.full.push(before)
    const bytes = this.spare.pop() ?? Buffer.alloc(chunkBytes)
    bytes.fill(0)
    bytes.writeUInt32LE(owner, 4)
    return { index: this.handed++, bytes, n: 0, written: 0, underWay: false }
  }

  /** Everything so far is there for readers; or what these threads wrote (and the full chunks). */
  flush(threads: Iterable<number> = this.chunks.keys()): void {
    if (this.lines.length) writeSync(this.names, this.lines.join(''))
    this.lines = []
    this.head.writeUInt32LE(this.handed, header.chunks)
    writeSync(this.events, this.head, 0, headerBytes, 0)
    for (const chunk of this.full) this.write(chunk)
    for (const chunk of this.full) this.spare.push(chunk.bytes)
    this.full.length = 0
    for (const thread of threads) if (this.chunks.has(thread)) this.write(this.chunks.get(thread)!)
  }
  private write(chunk: OpenChunk): void {
    const committed = chunk.n + (chunk.underWay ? underWay : 0)
    if (chunk.n === chunk.written && committed === chunk.bytes.readUInt32LE(0)) return
    const at = headerBytes + chunk.index * chunkBytes
    const from = chunkHeaderBytes + chunk.written * recordBytes
    writeSync(this.events, chunk.bytes, from, (chunk.n - chunk.written) * recordBytes, at + from)
    chunk.bytes.writeUInt32LE(committed, 0)
    writeSync(this.events, chunk.bytes, 0, 8, at)
    chunk.written = chunk.n
  }
  /** The process says good-bye. */
  end(time: number): void {
    this.head.writeUInt32LE(1, header.ended)
    this.head.writeBigUInt64LE(this.base + BigInt(time), header.endedAt)
    this.flush()
  }
  lost(count: number, unseen = 0): void {
    this.head.writeBigUInt64LE(BigInt(count), header.lost)
    this.head.writeUInt32LE(unseen, header.unseen)
  }
  close(): void {
    this.flush()
    closeSync(this.events)
    closeSync(this.names)
  }
}
