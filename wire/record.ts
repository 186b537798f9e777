// The event file of one process: a header page, then chunks. The agent appends, the reader polls; nobody locks.
//
//   file      0 ┌ header, 4096 bytes ┐ 4096 ┌ chunk 0, 16 KiB ┐┌ chunk 1 ┐ …
//   chunk     0 ┌ u32 committed | u32 owner | 56 bytes reserved ┐ 64 ┌ record 0 ┐ 96 ┌ record 1 ┐ … 510 records
//   record    0 ┌ u64 time ┐ 8 ┌ u32 thread ┐ 12 ┌ u32 object ┐ 16 ┌ u32 seq ┐ 20 ┌ u32 site ┐
//            24 ┌ u16 kind ┐ 26 ┌ u16 flags ┐ 28 ┌ u32 arg ┐ 32
//
// Everything is little-endian. A chunk is written by one thread at a time; when that thread ends, the rest of its chunk
// goes to the next new thread, so the thread is in the record and a chunk is still in order of time. `owner` is the first.
// `committed` is stored with release order after the record: what it counts survives SIGKILL, os._exit and a crash.
// Serials (thread, object, site) count from 1 in each process and are never reused; 0 = none or unknown. A release,
// set, clear, arrive, get, taskDone, accept, jobEnd or result has no site: no store keeps it, and to find it costs most.
// `seq` counts from 1 for each object, is taken while the object is held (or under the GIL), and settles order; wait,
// wake, refused and lost change nothing and have none (0). Kinds from 60 on (kinds.ts) use the field otherwise.
// `thread` is the actor: the thread that wrote the record, or the asyncio task that it speaks of.
// An object that several processes share has a serial in each; `shared` lines of the side files say which are the same,
// and its seq is counted in one page that all of them map (agent/core/shared.c).
// `time` is CLOCK_MONOTONIC in ns.
//
// A short call may have one record for its beginning and its end: half the memory, which is what costs most.
//
//   begun     committed = n | underWay      record n−1 is whole, but may be written once more
//   returned  committed = n                 … and has been, with the flag `returned`: `thread` is then how many ns the call
//                                           took, and the actor is the owner of the chunk
//   else      committed = n, n + 1 …        the thread had something to tell in between, or cannot say the end so: the record
//                                           stays as it is, and the end has its own
//
// Written again are `thread` and `seq`, then as one word `kind`, `flags` and `arg`, then `committed`: so whoever reads a record
// that is under way can rely on its time, object, site and one of the two words, and has the owner for its thread.
// `returned` stands for two records, both with the flag `gil`, the second `thread` ns after the first and without a site:
//
//   send → send, wake (done)     wait → wait, wake (done)     enter → enter, leave (done, of the same number)
//   receive → wait (reason message, the same object; the stack or site), receive (seq, arg, `ends`)

export const wireVersion = 3
/** "ILVE" read as a little-endian u32 */
export const magic = 0x45564c49

export const headerBytes = 4096
export const chunkBytes = 16384
export const chunkHeaderBytes = 64
export const recordBytes = 32
export const recordsPerChunk = (chunkBytes - chunkHeaderBytes) / recordBytes
/** Bit of `committed`: the last record that it counts may be written once more. */
export const underWay = 0x80000000

/** Byte offsets in the file header. */
export const header = {
  magic: 0, // u32
  version: 4, // u32
  pid: 8, // u32
  /** u32: 1 once the process said good-bye; 0 = still running, killed or crashed */
  ended: 12,
  /** u64 ns: when the file was made */
  started: 16,
  /** u64 ns: valid when ended */
  endedAt: 24,
  /** u64: events that could not be written (the disk was full); also counted by `lost` records where one could be */
  lost: 32,
  /** u32: chunks handed out so far; chunk i lies at headerBytes + i * chunkBytes */
  chunks: 40,
  /** u32: lock and rlock objects of the standard library or of C code that the hooks cannot see */
  unseen: 44,
  /** u64: ns of processor time that listeners in Python took, beside what their events cost */
  listened: 48,
} as const

/** Byte offsets in a record. */
export const field = { time: 0, thread: 8, object: 12, seq: 16, site: 20, kind: 24, flags: 26, arg: 28 } as const
