// What the low byte of a record's `flags` says where a kind of event has many forms: operations of collectives, of devices, and
// what is done to memory and channels of others. Numbers are never reused, as in kinds.ts.

/** Operations of all ranks of a communicator (low byte of `flags` of enter). */
export const collectives = {
  barrier: 1,
  bcast: 2,
  scatter: 3,
  gather: 4,
  allgather: 5,
  alltoall: 6,
  reduce: 7,
  allreduce: 8,
  reduceScatter: 9,
  scan: 10,
  exscan: 11,
  /** split, dup, create: of a new communicator */
  create: 12,
  free: 13,
  /** among neighbours in a topology only */
  neighbor: 14,
  fence: 15,
  /** of files, and whatever else all ranks must call */
  other: 16,
} as const
export type Collective = keyof typeof collectives

/** What a command does (low byte of `flags` of enqueue). */
export const commands = {
  kernel: 1,
  /** from the device to the host */
  read: 2,
  /** from the host to the device */
  write: 3,
  /** within a device, or between two */
  copy: 4,
  fill: 5,
  /** the host may touch the device's memory, until unmap */
  map: 6,
  unmap: 7,
  marker: 8,
  barrier: 9,
  /** memory goes to where it will be used */
  migrate: 10,
  other: 11,
} as const
export type Command = keyof typeof commands

/** How far a command got (low byte of `flags` of reach), in this order. `called` only where enqueue was written later than the call;
 *  `awaited` where the wait for it was over before it was known what had been waited for: the actor of the record had waited until then. */
export const stages = { called: 1, returned: 2, queued: 3, submitted: 4, started: 5, ended: 6, awaited: 7 } as const
export type Stage = keyof typeof stages

/** What is done to another rank's memory (low byte of `flags` of access). */
export const accesses = { put: 1, get: 2, accumulate: 3 } as const

/** How an end of a channel was closed (low byte of `flags` of broken). */
export const closings = { poisoned: 1, retired: 2 } as const
