// The kinds: of events on the wire, of objects, of reasons to wait, of slices on a lane, of flows between lanes.
// This is the one table; `npm run generate` writes agent/core/wire.h and agent/interleave_agent/wire.py from it.
// A number is never reused for another meaning: a finished trace keeps it.

/** What happened. `object`, `seq`, `arg`, `flags` are the fields of the 32-byte record (record.ts). */
export const eventKinds = {
  /** An object was made. flags = object kind; arg = maxsize of a queue, value of a semaphore, parties of a barrier,
   *  serial of a condition's lock. site = the creating line. It does not say that the object is still alive. */
  new: 1,
  /** The running thread starts another one. object = the new thread's serial. */
  threadStart: 10,
  /** First event of a thread, on the thread itself. object = its own serial; arg = the system's thread id. */
  threadBegin: 11,
  /** Last event of a thread. flags = outcome. */
  threadEnd: 12,
  /** The thread begins to wait for object. flags = reason; arg = serial of the thread that holds it, when known, else 0.
   *  For `sleep` object = 0 and arg = the milliseconds asked for. */
  wait: 20,
  /** The wait for object is over. flags = outcome; arg = seq of the event on that object that ended it, 0 when unknown
   *  or none. site = a stack id when flags has `hasStack`, else 0. Waits nest: the innermost open wait ends first. */
  wake: 21,
  /** The thread got the lock, or a permit of the semaphore. arg = depth of a reentrant lock (1 = outermost).
   *  Stamped after it was got. flags = `contended` when it had to wait. */
  acquire: 30,
  /** The thread gives it back. arg = depth left (0 = free), or permits released by one call on a semaphore.
   *  Stamped before it is given. */
  release: 31,
  /** A try that did not succeed and did not wait (acquire(blocking=False), put_nowait, get_nowait). No seq. */
  refused: 32,
  /** Condition.notify. arg = how many waiters it lets go (0 = nobody was waiting). */
  notify: 40,
  /** Event.set. */
  set: 41,
  /** Event.clear. */
  clear: 42,
  /** Barrier.wait was called. arg = how many are now there, this thread included. */
  arrive: 43,
  /** Barrier.abort or reset, or a wait on it timed out: those who wait get BrokenBarrierError. */
  broken: 44,
  /** An item goes into the queue; its seq is the item's identity. arg = depth after it. */
  put: 50,
  /** An item comes out. arg = seq of its put, 0 when it was not seen. */
  get: 51,
  /** Queue.task_done. arg = unfinished tasks after it. */
  taskDone: 52,
  /** The agent could not write some events of this thread. arg = how many (saturates). */
  lost: 90,
} as const
export type EventKind = (typeof eventKinds)[keyof typeof eventKinds]

export const objectKinds = {
  thread: 1,
  lock: 2,
  rlock: 3,
  condition: 4,
  semaphore: 5,
  boundedSemaphore: 6,
  event: 7,
  barrier: 8,
  queue: 9,
  lifoQueue: 10,
  priorityQueue: 11,
  simpleQueue: 12,
} as const
export type ObjectKind = (typeof objectKinds)[keyof typeof objectKinds]
export type ObjectKindName = keyof typeof objectKinds

/** Why a thread waits. These numbers are also the kinds of the slices on a thread's lane. */
export const reasons = {
  lock: 1,
  semaphore: 2,
  condition: 3,
  event: 4,
  barrier: 5,
  join: 6,
  queueGet: 7,
  queuePut: 8,
  queueJoin: 9,
  sleep: 10,
} as const
export type Reason = (typeof reasons)[keyof typeof reasons]

/** How a wait or a thread ended (`flags` of wake and threadEnd, low byte). */
export const outcomes = { done: 0, timedOut: 1, raised: 2 } as const

/** Bits of `flags` above the low byte. */
export const flags = {
  /** acquire: had to wait for it */
  contended: 0x100,
  /** release: by another thread than the one that acquired it */
  foreign: 0x200,
  /** wake: `site` is a stack id */
  hasStack: 0x400,
  /** new: made inside the standard library for its own use; shown only on request */
  internal: 0x800,
} as const

/** Slices on lanes: 1–31 are the reasons above (a thread's lane); a thread that runs has no slice: it is the gap. */
export const sliceKinds = {
  ...reasons,
  /** on the lane of a lock or semaphore: held, and nobody waited meanwhile */
  hold: 32,
  /** held while at least one other thread waited for it */
  holdContended: 33,
  /** on the lane of a queue: items in it, `arg` of them; object = 0 */
  depth: 40,
} as const
export type SliceKind = (typeof sliceKinds)[keyof typeof sliceKinds]

/** An arrow from cause to effect. */
export const flowKinds = {
  /** release of a lock or semaphore → the acquire that it let in */
  release: 1,
  /** put → get of the same item: a hand-off */
  handoff: 2,
  /** Condition.notify → wake */
  notify: 3,
  /** Event.set → wake */
  set: 4,
  /** last arrival at a barrier → the others */
  barrier: 5,
  /** Thread.start → first run */
  start: 6,
  /** end of a thread → the join that waited for it */
  join: 7,
  /** get or put or task_done → the put, get or join on the same queue that had waited for room, items or completion */
  room: 8,
} as const
export type FlowKind = (typeof flowKinds)[keyof typeof flowKinds]

/** A colour is a meaning. The renderer has one colour for each, light and dark. */
export const meanings = [
  'running',
  'holdAlone',
  'holdContended',
  'waitLock',
  'waitSignal',
  'waitQueue',
  'sleep',
  'waitGil',
  'waitMessage',
] as const
export type Meaning = (typeof meanings)[number]

/** The meaning of each slice kind. */
export const meaningOf: Record<SliceKind, Meaning> = {
  [sliceKinds.lock]: 'waitLock',
  [sliceKinds.semaphore]: 'waitLock',
  [sliceKinds.condition]: 'waitSignal',
  [sliceKinds.event]: 'waitSignal',
  [sliceKinds.barrier]: 'waitSignal',
  [sliceKinds.join]: 'waitSignal',
  [sliceKinds.queueGet]: 'waitQueue',
  [sliceKinds.queuePut]: 'waitQueue',
  [sliceKinds.queueJoin]: 'waitQueue',
  [sliceKinds.sleep]: 'sleep',
  [sliceKinds.hold]: 'holdAlone',
  [sliceKinds.holdContended]: 'holdContended',
  [sliceKinds.depth]: 'waitQueue',
}

/**
 * Folded slices keep the share of time of four classes. What a class means depends on the lane:
 * thread: waitLock, waitSignal, waitQueue, sleep. lock, semaphore: holdAlone, holdContended, –, –.
 * queue: empty, up to half full, above half, full (an unbounded queue: 0, 1–9, 10–99, 100 and more items).
 */
export const threadClasses: readonly Meaning[] = ['waitLock', 'waitSignal', 'waitQueue', 'sleep']
export const holdClasses: readonly Meaning[] = ['holdAlone', 'holdContended']
