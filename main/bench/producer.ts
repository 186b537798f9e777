// Plays the simulated program as the agent would write it: at so many events a second, for so many seconds, record by
// record in order of real time, into the run's folder. A process of its own, so that it is a program beside the reader.
//   node producer.ts FOLDER EVENTS_PER_SECOND SECONDS
import { beginRun, recordWords, simulate, simulatedThreads } from './simulate.ts'
import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { chunkBytes, chunkHeaderBytes, header, headerBytes, recordBytes, recordsPerChunk } from '../../wire/record.ts'

const [folder, rate, seconds] = [process.argv[2]!, Number(process.argv[3]), Number(process.argv[4])]
const program = simulate(500_000)
const { records, events, numbered } = program
/** played so that it takes as long as its events at the asked rate */
const stretch = ((events / rate) * 1e9) / program.duration
const base = process.hrtime.bigint()
const writer = beginRun(folder, base)
writer.close()
const fd = openSync(join(folder, writer.name + '.events'), 'r+')
const head = Buffer.alloc(headerBytes)
readSync(fd, head, 0, headerBytes, 0)
let handed = head.readUInt32LE(header.chunks)

class Chunk {
  bytes = Buffer.alloc(chunkBytes)
  words = new Uint32Array(this.bytes.buffer, this.bytes.byteOffset, chunkBytes / 4)
  index = handed++
  n = 0
  written = 0
}
const chunks = Array.from({ length: simulatedThreads }, () => new Chunk())
const flush = (c: Chunk) => {
  if (c.n === c.written) return
  const at = headerBytes + c.index * chunkBytes
  const from = chunkHeaderBytes + c.written * recordBytes
  writeSync(fd, c.bytes, from, (c.n - c.written) * recordBytes, at + from)
  c.words[0] = c.n
  writeSync(fd, c.bytes, 0, 4, at)
  c.written = c.n
}
const hand = () => {
  head.writeUInt32LE(handed, header.chunks)
  writeSync(fd, head, header.chunks, 4, header.chunks)
}
const baseLow = Number(base & 0xffffffffn)
const baseHigh = Number(base >> 32n)

const add = (i: number, lap: number): void => {
  const w = i * recordWords
  const thread = records[w + 2]!
  let c = chunks[thread - 1]!
  if (c.n === recordsPerChunk) {
    flush(c)
    c.n = c.written = 0
    c.words[0] = 0
    c.index = handed++
    c = chunks[thread - 1]!
  }
  const at = (chunkHeaderBytes + c.n++ * recordBytes) / 4
  const { words } = c
  const time = Math.floor((records[w]! + records[w + 1]! * 4294967296 + lap * program.duration) * stretch) + baseLow
  words[at] = time % 4294967296
  words[at + 1] = baseHigh + Math.floor(time / 4294967296)
  words[at + 2] = thread
  words[at + 3] = simulatedThreads + records[w + 3]!
  const seq = records[w + 4]!
  const laps = lap * numbered[records[w + 3]! - 1]!
  words[at + 4] = seq > 0 ? seq + laps : 0
  words[at + 5] = records[w + 5]!
  words[at + 6] = records[w + 6]!
  // a wake names the release that ended the wait
  words[at + 7] = seq === 0 && (records[w + 6]! & 0xffff) === 21 ? records[w + 7]! + laps : records[w + 7]!
}

const total = rate * seconds
let sent = 0
const tick = setInterval(() => {
  const due = Math.min(total, Math.floor((Number(process.hrtime.bigint() - base) / 1e9) * rate))
  while (sent < due) {
    const lap = Math.floor(sent / events)
    const to = Math.min(due - lap * events, events)
    for (let i = sent - lap * events; i < to; i++) add(i, lap)
    sent = lap * events + to
  }
  hand()
  for (const c of chunks) flush(c)
  if (sent < total) return
  clearInterval(tick)
  head.writeUInt32LE(1, header.ended)
  head.writeBigUInt64LE(process.hrtime.bigint(), header.endedAt)
  writeSync(fd, head, 0, 64, 0)
  closeSync(fd)
}, 2)
