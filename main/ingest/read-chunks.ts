// The event file of one process, read while it is written: header and committed counts are polled, and no byte behind a
// committed count is read. Out: chunks with records that were not seen before, each in order of time.
// A count is read by itself before the records it counts: one read of both could see the count of a later moment. A record that
// is under way is given once, as the beginning of its call; what it has become is read when the count says that it is settled.
// Buffers are lent to chunks only while they have unread records: 10,000 threads have 10,000 chunks of 16 KiB.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'
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
import { type Raw, apart, areWhole } from './calls-apart.ts'

/** Chunks with unread records that are in memory at once, of one process: 4 to 8 MiB (a poll is a part of a
 *  step of a few ms), unless more threads need more. */
const enoughChunks = 256
/** A chunk has as much to say as it has records, one with calls that have returned at most twice as much. */
const usualBytes = recordsPerChunk * recordBytes

const empty32 = new Uint32Array(0)
const empty16 = new Uint16Array(0)

/** Records [next, end) of the buffer are unread. */
export class Chunk {
  readonly file: EventFile
  readonly index: number
  next = 0
  end = 0
  /** records in the file that were read and will not change */
  settled = 0
  /** the beginning of the record after those was read */
  begun = false
  /** it has a buffer, and its reader knows it */
  lent = false
  words = empty32
  halves = empty16
  constructor(file: EventFile, index: number) {
    this.file = file
    this.index = index
  }
}
export class EventFile {
  readonly path: string
  private fd: number
  private readonly head = Buffer.alloc(64)
  private readonly count = Buffer.alloc(8)
  private readonly raw = new Uint32Array(usualBytes / 4)
  private readonly rawHalves = new Uint16Array(this.raw.buffer)
  private readonly spare: ArrayBuffer[] = []
  /** chunks that may still get records */
  private open: Chunk[] = []
  private known = 0
  private lent = 0
  private enough = enoughChunks
  pid = 0
  started = 0n
  endedAt = 0n
  ended = false
  /** as the agent counted them */
  lost = 0
  unseen = 0
  /** ns that listeners in Python took */
  listened = 0
  /** a chunk said that it has more records than fit: its count was not believed */
  torn = 0
  /** time (low, high word) of the first record that was left in the file because enough is in memory; null = none was */
  more: { low: number; high: number } | null = null

  /** Null: the header is not written yet. Throws when it is not an event file of our version. */
  static open(path: string): EventFile | null {
    const file = new EventFile(path)
    try {
      if (file.readHeader()) return file
    } catch (error) {
      file.close()
      throw error
    }
    file.close()
    return null
  }
  private constructor(path: string) {
    this.path = path
    this.fd = openSync(path, 'r')
  }
  close(): void {
    if (this.fd >= 0) closeSync(this.fd)
    this.fd = -1
  }

  private readHeader(): number {
    const { head } = this
    if (readSync(this.fd, head, 0, 64, 0) < 64 || head.readUInt32LE(header.magic) === 0) return 0
    if (head.readUInt32LE(header.magic) !== magic) throw new Error(`${basename(this.path)} is not an event file.`)
    const version = head.readUInt32LE(header.version)
    if (version !== wireVersion)
      throw new Error(`${basename(this.path)} has events of version ${version}, this Interleave reads ${wireVersion}.`)
    this.pid = head.readUInt32LE(header.pid)
    this.started = head.readBigUInt64LE(header.started)
    this.ended = head.readUInt32LE(header.ended) === 1
    this.endedAt = this.ended ? head.readBigUInt64LE(header.endedAt) : 0n
    this.lost = Number(head.readBigUInt64LE(header.lost))
    this.unseen = head.readUInt32LE(header.unseen)
    this.listened = Number(head.readBigUInt64LE(header.listened))
    return head.readUInt32LE(header.chunks) + 1
  }

  /**
   * What was committed since the last poll: the chunks that have unread records and had none before. `more` says whether
   * some of it was left in the file. Called with no records left to read before `more`, it takes more of them anyway.
   */
  poll(): Chunk[] {
    const chunks = this.handedOut()
    const fresh: Chunk[] = []
    const { open } = this
    this.open = []
    for (const chunk of open) this.look(chunk, fresh)
    if (this.more !== null && this.lent >= this.enough) this.enough = this.lent + 256
    while (this.known < chunks && this.lent < this.enough) this.look(new Chunk(this, this.known++), fresh)
    this.more = this.known < chunks ? this.timeOf(this.known) : null
    return fresh
  }
  /** As the header says, but not more than the file has. */
  private handedOut(): number {
    const said = this.readHeader() - 1
    if (said <= this.known) return this.known
    return Math.max(this.known, Math.min(said, Math.ceil((fstatSync(this.fd).size - headerBytes) / chunkBytes)))
  }
  private look(chunk: Chunk, fresh: Chunk[]): void {
    const { count } = this
    count.fill(0)
    readSync(this.fd, count, 0, 8, headerBytes + chunk.index * chunkBytes)
    const said = count.readUInt32LE(0)
    const isUnderWay = said >= underWay
    const committed = isUnderWay ? said - underWay : said
    if (committed > recordsPerChunk) {
      this.torn++
      return
    }
    const settled = isUnderWay ? committed - 1 : committed
    if (settled > chunk.settled || (isUnderWay && !chunk.begun && settled === chunk.settled)) {
      const at = headerBytes + chunk.index * chunkBytes + chunkHeaderBytes + chunk.settled * recordBytes
      const wanted = committed - chunk.settled
      const got = Math.floor(readSync(this.fd, this.raw, 0, wanted * recordBytes, at) / recordBytes)
      this.take(chunk, fresh, {
        words: this.raw,
        halves: this.rawHalves,
        count: got,
        owner: count.readUInt32LE(4),
        begun: chunk.begun,
        underWay: isUnderWay && got === wanted,
      })
    }
    if (chunk.settled < recordsPerChunk) this.open.push(chunk)
  }
  private take(chunk: Chunk, fresh: Chunk[], raw: Raw): void {
    const isFresh = !chunk.lent
    if (isFresh) {
      this.fill(chunk, this.spare.pop() ?? new ArrayBuffer(usualBytes))
      chunk.next = chunk.end = 0
      chunk.lent = true
      this.lent++
    }
    const whole = areWhole(raw)
    if (!whole && chunk.words.byteLength === usualBytes) {
      const { words } = chunk
      this.fill(chunk, new ArrayBuffer(2 * usualBytes))
      chunk.words.set(words)
    }
    if (whole) {
      chunk.words.set(raw.words.subarray(0, (raw.count * recordBytes) / 4), (chunk.end * recordBytes) / 4)
      chunk.end += raw.count
    } else chunk.end = apart(raw, chunk, chunk.end)
    chunk.settled += raw.count - (raw.underWay ? 1 : 0)
    chunk.begun = raw.underWay
    if (!isFresh) return
    if (chunk.next < chunk.end) fresh.push(chunk)
    else this.release(chunk)
  }
  private fill(chunk: Chunk, bytes: ArrayBuffer): void {
    chunk.words = new Uint32Array(bytes)
    chunk.halves = new Uint16Array(bytes)
  }
  /** Gives back the buffer of a chunk whose records were all read. */
  release(chunk: Chunk): void {
    if (chunk.words.byteLength === usualBytes && this.spare.length < 256)
      this.spare.push(chunk.words.buffer as ArrayBuffer)
    chunk.words = empty32
    chunk.halves = empty16
    chunk.lent = false
    this.lent--
  }
  private timeOf(index: number): { low: number; high: number } {
    this.count.fill(0)
    readSync(this.fd, this.count, 0, 8, headerBytes + index * chunkBytes + chunkHeaderBytes)
    return { low: this.count.readUInt32LE(0), high: this.count.readUInt32LE(4) }
  }
}
