// The kinds: of events on the wire, of objects, of reasons to wait, of slices on a lane, of flows between lanes.
// This is the one table; `npm run generate` writes agent/core/wire.h and agent/interleave_agent/wire.py from it.
// A number is never reused for another meaning: a finished trace keeps it.

/** What happened. `object`, `seq`, `arg`, `flags` are the fields of the 32-byte record (record.ts). */
export const eventKinds = {
  /** An object was made. flags = object kind; arg = maxsize of a queue, value of a semaphore, parties of a barrier,
   *  serial of a condition's lock, KiB of shared memory. site = the creating line. It does not say that the object is still alive. */
  new: 1,
  /** The running thread starts another one, or makes a task. object = the new one's serial; flags = `internal`. */
  threadStart: 10,
  /** First event of a thread, on the thread itself. object = its own serial; arg = the system's thread id. */
  threadBegin: 11,
  /** Last event of a thread. flags = outcome. */
  threadEnd: 12,
  /** The thread begins to wait for object. flags = reason, with `timed` when it gives up by itself after a time; arg =
   *  serial of the thread that holds it, when known, else 0. For `sleep` object = 0 and arg = the milliseconds asked for.
   *  For `io` object = the event loop of this thread that has no file and no timer to wait for, else 0.
   *  site = the line that waits; with `hasStack` a stack id, whose innermost place is that line. */
  wait: 20,
  /** The wait for object is over. flags = outcome; arg = seq of the event on that object that ended it, 0 when unknown
   *  or none; of a `future`: serial of the actor that set the result. Waits nest: the innermost open wait ends first. */
  wake: 21,
  /** The thread got the lock, or a permit of the semaphore. arg = depth of a reentrant lock (1 = outermost).
   *  Stamped after it was got. flags = `contended` when it had to wait. */
  acquire: 30,
  /** The thread gives it back. arg = depth left (0 = free), or permits released by one call on a semaphore.
   *  Stamped before it is given. */
  release: 31,
  /** A try that did not succeed and did not wait (acquire(blocking=False), put_nowait, get_nowait; Event.wait(0), and
   *  whatever else looks with a timeout of 0). No seq. */
  refused: 32,
  /** Condition.notify. arg = how many waiters it lets go (0 = nobody was waiting). */
  notify: 40,
  /** Event.set. */
  set: 41,
  /** Event.clear. */
  clear: 42,
  /** Barrier.wait was called. arg = how many are now there, this thread included. */
  arrive: 43,
  /** Barrier.abort or reset, or a wait on it timed out: those who wait get BrokenBarrierError. Of a channel, flags =
   *  closings: those who wait for the other end get an exception, of retired ends with the last of them. */
  broken: 44,
  /** An item goes into the queue; its seq is the item's identity. arg = depth after it. */
  put: 50,
  /** An item comes out. arg = seq of its put, 0 when it was not seen. */
  get: 51,
  /** Queue.task_done. arg = unfinished tasks after it. */
  taskDone: 52,

  // The kinds below settle nothing by seq: what they have in it is said with each.

  /** The thread begins to wait for the GIL of its interpreter. Written by a thread that does not hold it. */
  gilWait: 60,
  /** The thread got the GIL. flags = `contended` when it had waited, `forced` when it had asked the holder to drop it. */
  gilTake: 61,
  /** The thread gives the GIL away. */
  gilDrop: 62,

  // Tasks are actors as threads are: `thread` of the record is the task's serial, whatever thread wrote it. One is made by `new`
  // (object kind task, arg = site of its coroutine's function) and `threadStart`, ends by `threadEnd`, and waits like a thread.
  /** The loop runs a step of the actor: a task, or its own thread for a plain callback. object = the loop. site = where it
   *  goes on: the line at which the task had waited, the first line of the callback's function.
   *  What the task waited for last is over, and so is its wait for the loop. */
  step: 70,
  /** The step is over. flags = the reason why the task waits now (`loop`: it only lets others go first), 0 = it has nothing to
   *  wait for: it ended, or was a callback. object = what it waits for, 0 = unknown. site and, of `sleep`, arg as of `wait`. */
  suspend: 71,
  /** The task can go on: its wait is over, from now on it waits for the loop. object = the actor whose doing it was,
   *  0 = the clock, I/O or unknown. arg: of a timer, how many µs ago it was due. */
  ready: 72,
  /** Right after its `suspend`: the task (also) waits for the task `object`: gather, wait, TaskGroup. */
  awaits: 73,
  /** The running actor asks the task `object` to end. */
  cancel: 74,
  /** The running task takes a request to end back (Task.uncancel, as asyncio.timeout and TaskGroup do). */
  uncancel: 75,
  /** asyncio let the task `object` go and complained. flags = complaints. */
  complaint: 76,
  /** A coroutine was thrown away that nobody had awaited. site = the first line of its function. */
  unawaited: 77,

  // A job is (pool, arg = number, seq = part): the numbers are the submitting process's, the parts count from 0. With the flag
  // `keyed` it is one part, known by a number of 64 bits that all processes make from the library's own id of it (arg = the
  // low half, seq = the high one), and whichever process may submit it, run it, and have its result. `new` of
  // a pool has its number of workers in arg. A worker that waits for the pool `object` by queueGet has nothing to do; so
  // have the pool's own threads that hand out jobs and results.
  /** The running actor hands a job to the pool `object`. arg = its number; seq = in how many parts it will be run, 0 = not
   *  known beforehand (imap). A map of nothing is no job. */
  submit: 80,
  /** The thread begins to run a part of a job. site = the first line of its function, 0 = not written in Python. */
  jobBegin: 81,
  /** It is over. flags = outcome. In a worker that is killed it never comes. */
  jobEnd: 82,
  /** The submitting process has the result of the part. flags = outcome. A part may have one without having begun: it was
   *  cancelled, could not be sent, or the pool broke. In a pool of threads only such a part has one: else its jobEnd is
   *  the result. Of a keyed job whose pool is not known here object = 0. */
  result: 83,
  /** A worker process took the job from where it was submitted to (a broker, a scheduler) and keeps it until one of its workers
   *  is free. Of keyed jobs only. */
  accept: 84,

  /** The agent could not write some events of this thread. arg = how many (saturates). */
  lost: 90,

  // Between processes. object = the channel: one direction of a pipe, or a queue. Where it may lead to another host (object
  // kind channel) the send is stamped before the message is handed over and the receive after it is there: their clocks
  // are told by it (main/merge).
  /** A message was written. seq = its number in the channel, from 1, 0 = unknown. arg = bytes (saturates); on a queue: seq of the
   *  `post` that it carries, 0 = it was put directly. With `blocks` the actor waits from now on (reason send) until the
   *  message is taken or copied; its `wake` ends that. With outcome cancelled (low byte of flags) the program asked for
   *  the message to be taken back: nobody knows whether it was, so the numbers of the channel say nothing from now on. */
  send: 100,
  /** A message was read. seq = its number in the channel, 0 = unknown. arg = bytes. With `ends` it ends the wait that the actor is in. */
  receive: 101,
  /** An item was put into a queue whose feeder thread will send it. seq = how many this process has put into it. */
  post: 102,
  /** The thread started another process. object = its serial (kind process); arg = pid; flags = how (starts), `internal`. */
  childStart: 110,
  /** A process was seen to have ended. object = its serial; arg = exit code, or with the flag `signalled` the signal. */
  childEnd: 111,
  /** The name of a shared memory block was removed. (create and attach are `acquire`, close is `release`.)
   *  seq = its number among these. */
  unlink: 112,

  // Between ranks. A collective is (communicator, seq = its number): each rank counts those that it enters, from 1.
  /** The rank enters a collective of the communicator `object`. flags = operation (collectives), with `root` when it is the
   *  root; arg = bytes that it gives (saturates). Unless `nonblocking`, it waits from now on (reason collective). site as of `wait`. */
  enter: 120,
  /** The collective is over for this rank, and so is its wait for it. flags = outcome. A nonblocking one that is asked for by a
   *  test has no wait. */
  leave: 121,
  /** It writes to or reads from another rank's memory. object = the window; seq = the other's rank in the window's group;
   *  flags = accesses; arg = bytes. It has happened by this rank's next `leave` on the window, or `wake` from
   *  a wait for it with arg 1. */
  access: 122,

  // Commands that a device runs: kernels, copies. A command is (stream, seq = its number in it), from 1 in each process. Devices tell late:
  // what they did comes with how many ns before the record it was, `site` the high and `arg` the low half of them.
  /** The running actor calls the device's library for a command of the stream `object`. flags = operation (commands); arg = id of a
   *  kernel's `work` line, bytes of others (saturates). */
  enqueue: 130,
  /** The command got so far. flags = stage (stages), with `failed` the device gave it up; site, arg: how long ago. Written by
   *  whatever thread hears of it: but for `awaited`, `thread` says nothing. */
  reach: 131,
  /** Right after its `enqueue`: the command does not begin before the command `arg` of the stream `site` (a serial) is over. */
  depends: 132,
  /** Memory of the context `object` was taken on a device. arg and seq = low and high half of its bytes; flags = how long ago, in
   *  steps of 8,192 ns. `thread` says nothing. */
  allocate: 133,
  /** It was given back. The same. */
  free: 134,
  /** The thread says what it does from now on (NVTX, launches). seq = number of the range in this process, arg = id of its `work` line. */
  rangeBegin: 135,
  /** It does no more. */
  rangeEnd: 136,
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
  /** of one interpreter; the agent gives it no serial */
  gil: 13,
  /** of asyncio: an actor, as a thread is */
  task: 14,
  /** an event loop: its steps hold it, tasks that could go on wait for it */
  loop: 15,
  /** of threads or processes: its jobs hold a worker each, submitted jobs wait for one */
  pool: 16,
  process: 17,
  /** one direction of a connection between processes */
  pipe: 18,
  sharedMemory: 19,
  /** messages from one to another in order: of one tag from one rank to another, or a channel of CSP */
  channel: 20,
  /** ranks that act together */
  communicator: 21,
  /** memory that other ranks may read and write; its fences are collectives */
  window: 22,
  /** that runs commands: a GPU, or the processor as one */
  device: 23,
  /** of a device's library: memory belongs to it. `new` has the serial of its device in arg, of several the first */
  context: 24,
  /** a stream or command queue. `new` has the serial of its device in arg */
  stream: 25,
  /** what a thread said that it does, and its calls that enqueue commands; the agent gives it no serial */
  calls: 26,
} as const
export type ObjectKind = (typeof objectKinds)[keyof typeof objectKinds]
export type ObjectKindName = keyof typeof objectKinds

/** Why an actor (a thread or a task) waits. These numbers are also the kinds of the slices on its lane. */
export const reasons = {
  lock: 1,
  semaphore: 2,
  condition: 3,
  event: 4,
  barrier: 5,
  /** a thread to end (object); 0: the program is over, and all that are no daemons are waited for */
  join: 6,
  queueGet: 7,
  queuePut: 8,
  queueJoin: 9,
  sleep: 10,
  /** the interpreter itself */
  gil: 11,
  /** a task that could go on waits for its turn on the loop */
  loop: 12,
  /** a task awaits the end of another one (object) */
  task: 13,
  /** the result of a job (object = the pool), or a future that nothing is known of (object = 0) */
  future: 14,
  /** I/O: select, streams, a pipe of a subprocess */
  io: 15,
  /** a message in a channel (object), or room in it */
  message: 16,
  /** a process (object) to end */
  process: 17,
  /** the other ranks of a communicator (object) in a collective */
  collective: 18,
  /** a message that it has sent (object = the channel) to be taken or copied */
  send: 19,
  /** a command of a stream (object) to be over: its `wake` has the command's number in arg. object = 0: of
   *  several streams; its `wake` may say of which the last one was */
  device: 20,
} as const
export type Reason = (typeof reasons)[keyof typeof reasons]

/** How a wait or a thread ended (`flags` of wake and threadEnd, low byte). */
export const outcomes = { done: 0, timedOut: 1, raised: 2, cancelled: 3 } as const

/** How a slice ended. cut: it was still open when its process ended or the recording did; cutTimed: the same, of a wait
 *  that would have given up by itself. */
export const sliceOutcomes = { ...outcomes, cut: 4, cutTimed: 5 } as const
export type SliceOutcome = keyof typeof sliceOutcomes

/** What asyncio complained of (`flags` of complaint). */
export const complaints = { exceptionNeverRetrieved: 1, destroyedPending: 2 } as const

/** What happened at a moment and leaves no slice: counted by object, actor and line (table incident). */
export const incidents = [
  /** a try that failed at once: acquire(blocking=False), get_nowait, put_nowait */
  'refused',
  /** a condition was notified while nobody waited */
  'unheard',
  /** a notify that nobody heard, after which somebody took the condition's lock next, waited, and was not notified */
  'missed',
  /** released by another thread than the one that had acquired it */
  'foreignRelease',
  /** a task was asked to end; and took the request back */
  'cancelled',
  'uncancelled',
  /** asyncio let a task go whose exception nobody had looked at; one that had not ended */
  'exceptionNeverRetrieved',
  'destroyedPending',
  /** a coroutine was thrown away that nobody had awaited (object = 0) */
  'unawaited',
  /** a channel was poisoned; an end of it was retired */
  'poisoned',
  'retired',
  /** a rank entered another collective than the first one that came with that number, or with another root */
  'mismatched',
] as const
export type Incident = (typeof incidents)[number]

/** How a process was started (`flags` of childStart, low byte). exec: another program, or a Python from its beginning;
 *  server: forked by a fork server on our behalf. */
export const starts = { fork: 1, exec: 2, server: 3 } as const

/** Bits of `flags` above the low byte. */
export const flags = {
  /** acquire: had to wait for it */
  contended: 0x100,
  /** release: by another thread than the one that acquired it */
  foreign: 0x200,
  /** wait, suspend: `site` is a stack id */
  hasStack: 0x400,
  /** new, threadStart, childStart: made by the standard or a hooked library for its own use; shown only on request */
  internal: 0x800,
  /** gilTake: the holder dropped it because this thread had asked */
  forced: 0x1000,
  /** childEnd: arg is a signal */
  signalled: 0x2000,
  /** wait, suspend: it has a timeout */
  timed: 0x4000,
  /** submit, accept, jobBegin, jobEnd, result: the job is known by a key */
  keyed: 0x8000,
  // The bits below say something else with each kind.
  /** wait, enter, blocking send: the thread gives the GIL as well (gilDrop); wake, leave, receive that `ends`: it takes it */
  gil: 0x1000,
  /** send, wait, receive, enter: the call has returned, which this record says too (record.ts) */
  returned: 0x2000,
  /** send: the actor waits until the message is taken or copied */
  blocks: 0x100,
  /** receive: the wait of the actor is over */
  ends: 0x100,
  /** enter: this rank is the root */
  root: 0x100,
  /** enter: it goes on meanwhile */
  nonblocking: 0x200,
  /** reach: the command came to nothing */
  failed: 0x100,
  /** enqueue: it reads or writes memory of the host that the device cannot reach by itself (pageable), so that it is copied twice */
  pageable: 0x200,
} as const

/** Slices on lanes: 1–31 are the reasons above (the lane of a thread or task); while it runs it has no slice: the gap. */
export const sliceKinds = {
  ...reasons,
  /** on the lane of a lock, semaphore, GIL or loop: held, and nobody waited meanwhile. On a loop: a step of `object` */
  hold: 32,
  /** held while at least one other actor waited for it */
  holdContended: 33,
  /** on the lane of a loop: a step of 50 ms or more, in which nothing else on the loop can go on */
  stall: 34,
  /** on the lane of a pool: a worker runs a job; arg = its number, site = its function */
  job: 35,
  /** on the lane of a process: it lives */
  alive: 36,
  /** on the lane of a communicator: a collective, from the first rank's enter to the last one's leave. object = who entered last;
   *  arg = operation */
  band: 37,
  /** on the lane of a queue: items in it, `arg` of them; of a device: commands that it runs at once; of a context: KiB of memory in
   *  use. object = 0 */
  depth: 40,
  // On the lane of a stream: a command runs. object = the actor that enqueued it, site = at which line; arg = bytes (saturates), of a kernel its work.
  kernel: 41,
  read: 42,
  write: 43,
  copy: 44,
  fill: 45,
  /** another one: markers and barriers, mapping and moving memory */
  command: 46,
  // On the lane of what a thread says (calls).
  /** a call that enqueues a command; object = the stream, arg = the command's number */
  launch: 47,
  /** a range that the program named; arg = its work */
  range: 48,
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
  /** who made a task able to go on → the task */
  ready: 9,
  /** submit → a worker begins the job */
  submit: 10,
  /** end of a job → its result is there, in the process that submitted it */
  result: 11,
  /** send → receive of the same message */
  message: 12,
  /** start of a process → its first event */
  spawn: 13,
  /** end of a process → who had waited for it */
  exit: 14,
  /** cancel → the task that is asked to end; who closed a channel → who had waited in it */
  cancel: 15,
  /** the last rank that a collective needed → who had waited in it */
  collective: 16,
  /** end of a job → the begin of one that needs its result */
  needs: 17,
  /** access to another rank's memory, in the direction of the bytes */
  access: 18,
  /** a receive that began late → the send that had waited for it */
  taken: 19,
  /** the call that enqueued a command → the command begins */
  launch: 20,
  /** a command is over → who had waited for it */
  finished: 21,
  /** a command is over → one of another stream begins that depends on it */
  depends: 22,
} as const
export type FlowKind = (typeof flowKinds)[keyof typeof flowKinds]
