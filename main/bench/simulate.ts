// A simulated program for the benches of ingest and windows: 64 threads, 64 locks with a queue of waiters each, most
// holds short, a few pauses of milliseconds. It gives the records that the agent would write, in order of time, and ends
// with every lock free, so that it can be played again and again.
import { eventKinds, flags, objectKinds, reasons } from '../../wire/kinds.ts'
import { EventWriter } from '../ingest/write-events.ts'

export const simulatedThreads = 64
export const simulatedLocks = 64
/** u32 a record: time low, time high, thread 1…64, lock 1…64, seq, site, kind | flags << 16, arg */
export const recordWords = 8

export interface Program {
  records: Uint32Array
  events: number
  slices: number
  /** ns */
  duration: number
  /** lock → how many numbered events it has */
  numbered: Uint32Array
}

/** At least so many slices. The same every time. */
export const simulate = (slices: number): Program => {
  let seed = 0x12345678
  const random = () => {
    seed ^= seed << 13
    seed ^= seed >>> 17
    seed ^= seed << 5
    return (seed >>> 0) / 4294967296
  }
  const between = (low: number, high: number) => Math.floor(low * Math.pow(high / low, random()))
  const popular = new Float64Array(simulatedLocks)
  let sum = 0
  for (let i = 0; i < simulatedLocks; i++) popular[i] = sum += 1 / Math.pow(i + 1, 0.7)
  const pickLock = () => {
    const at = random() * sum
    return popular.findIndex((p) => p >= at)
  }
  let records = new Uint32Array((slices * 2 + slices) * recordWords)
  let n = 0
  const emit = (time: number, thread: number, lock: number, seq: number, kind: number, flag: number, arg: number) => {
    if ((n + 1) * recordWords > records.length) {
      const more = new Uint32Array(records.length * 2)
      more.set(records)
      records = more
    }
    const w = n++ * recordWords
    records[w] = time % 4294967296
    records[w + 1] = Math.floor(time / 4294967296)
    records[w + 2] = thread + 1
    records[w + 3] = lock + 1
    records[w + 4] = seq
    records[w + 5] = kind === eventKinds.release || kind === eventKinds.wake ? 0 : 1 + ((lock * 3 + (thread % 3)) % 40)
    records[w + 6] = kind + flag * 65536
    records[w + 7] = arg
  }
  const next = new Float64Array(simulatedThreads)
  const state = new Uint8Array(simulatedThreads)
  const lockOf = new Int32Array(simulatedThreads)
  const owner = new Int32Array(simulatedLocks).fill(-1)
  const seqs = new Uint32Array(simulatedLocks)
  const queues: number[][] = Array.from({ length: simulatedLocks }, () => [])
  const idle = 0,
    holding = 1,
    blocked = 2,
    woken = 3,
    over = 4
  for (let t = 0; t < simulatedThreads; t++) next[t] = 1000 + Math.floor(random() * 1e6)
  let made = 0
  let last = 0
  for (let running = simulatedThreads; running > 0;) {
    let t = -1
    for (let i = 0; i < simulatedThreads; i++)
      if (state[i] !== blocked && state[i] !== over && (t < 0 || next[i]! < next[t]!)) t = i
    const time = (last = Math.max(next[t]!, last + 1))
    if (state[t] === idle) {
      if (made >= slices) {
        state[t] = over
        running--
        continue
      }
      const lock = (lockOf[t] = pickLock())
      if (owner[lock]! < 0) {
        owner[lock] = t
        emit(time, t, lock, ++seqs[lock]!, eventKinds.acquire, 0, 1)
        state[t] = holding
        next[t] = time + between(60, 6000)
      } else {
        emit(time, t, lock, 0, eventKinds.wait, reasons.lock, owner[lock]! + 1)
        queues[lock]!.push(t)
        state[t] = blocked
      }
    } else if (state[t] === holding) {
      const lock = lockOf[t]!
      emit(time, t, lock, ++seqs[lock]!, eventKinds.release, 0, 0)
      made++
      owner[lock] = -1
      const waiter = queues[lock]!.shift()
      if (waiter !== undefined) {
        owner[lock] = waiter
        state[waiter] = woken
        next[waiter] = time + 20 + Math.floor(random() * 100)
      }
      const r = random()
      state[t] = idle
      next[t] = time + (r < 0.002 ? between(1e6, 5e7) : r < 0.1 ? between(1000, 100_000) : between(20, 400))
    } else {
      const lock = lockOf[t]!
      emit(time, t, lock, 0, eventKinds.wake, 0, seqs[lock]!)
      emit(time + 1, t, lock, ++seqs[lock]!, eventKinds.acquire, flags.contended, 1)
      last = time + 1
      made++
      state[t] = holding
      next[t] = time + 1 + between(60, 6000)
    }
  }
  return { records: records.subarray(0, n * recordWords), events: n, slices: made, duration: last, numbered: seqs }
}

/** A run's folder with the head of the program: threads 1…64, locks 65…128, 40 places. */
export const beginRun = (folder: string, base: bigint): EventWriter => {
  const writer = new EventWriter(folder, { base })
  for (let t = 0; t < simulatedThreads; t++) writer.thread(`worker-${t}`)
  for (let s = 0; s < 40; s++) writer.site('program.py', s + 1, 'work')
  for (let l = 0; l < simulatedLocks; l++) writer.object(objectKinds.lock, 1, 0, 1 + (l % 40))
  return writer
}

/** The whole program as a finished run, played so many times. */
export const writeRun = (folder: string, program: Program, laps = 1): void => {
  const writer = beginRun(folder, 1_000_000_000_000n)
  const { records, events, duration, numbered } = program
  for (let i = 0; i < events * laps; i++) {
    const w = (i % events) * recordWords
    const lap = Math.floor(i / events)
    const kind = records[w + 6]! & 0xffff
    const before = lap * numbered[records[w + 3]! - 1]!
    const seq = records[w + 4]!
    writer.add(records[w + 2]!, records[w]! + records[w + 1]! * 4294967296 + lap * duration, kind as never, {
      object: simulatedThreads + records[w + 3]!,
      seq: seq > 0 ? seq + before : 0,
      site: records[w + 5]!,
      flags: records[w + 6]! >>> 16,
      // a wake names the release that ended the wait
      arg: kind === eventKinds.wake ? records[w + 7]! + before : records[w + 7]!,
    })
    if ((i & 0xffff) === 0) writer.flush()
  }
  writer.end(duration * laps)
  writer.close()
}
