// The schema of a trace, as text: the same under plain node, vitest and in the bundle. (Files *.sql would need a loader
// in each.) database.ts makes new files with it and refuses files that have anything else in them; rows-schema.ts has the
// tables that are made when a recording ends.
/** "ILVE": application_id of every trace */
export const applicationId = 0x494c5645
/** user_version. There are no migrations: an older or newer file is refused in one sentence. */
export const schemaVersion = 6

export const schemaSql = `
-- A trace is one SQLite file, readable by any SQLite tool. Times are integers: ns since the start of the run.
-- Slices and flows go into column blocks while recording (block, slice_block, detail, super, flow_block); the rows
-- people query (slice, flow) are made from them when the recording ends, and can be dropped and made again.

CREATE TABLE run (               -- facts of the recording, one a row
  key   TEXT PRIMARY KEY,        -- command, cwd, started_at (ms since 1970), machine, exit, state, events, cost_ns, …
  value TEXT NOT NULL            -- text, numbers in decimal, lists as JSON
) WITHOUT ROWID;

CREATE TABLE site (              -- a place in the source
  id    INTEGER PRIMARY KEY,
  file  TEXT NOT NULL,           -- as the program named it
  line  INTEGER NOT NULL,
  func  TEXT NOT NULL,           -- qualified name of the function
  text  TEXT NOT NULL,           -- the source line, '' when it could not be read
  loop  TEXT NOT NULL,           -- head of the innermost loop around it, '' = none or not read
  idle  INTEGER NOT NULL         -- 1 = that loop does nothing but this line, and looks whether to go on
);

CREATE TABLE stack (             -- a call stack, a row a frame
  id    INTEGER NOT NULL,
  depth INTEGER NOT NULL,        -- 0 = innermost
  site  INTEGER NOT NULL,        -- → site.id
  PRIMARY KEY (id, depth)
) WITHOUT ROWID;

CREATE TABLE host (              -- a machine, or a part of one with a clock of its own
  id          INTEGER PRIMARY KEY,
  name        TEXT NOT NULL,
  clock       TEXT NOT NULL,     -- tells apart clocks that do not read the same: boot, time namespace
  offset      INTEGER NOT NULL,  -- ns by which its clock was ahead of the first host's when the run began (merged traces; else 0)
  drift       REAL NOT NULL,     -- parts per million by which it ran faster than the first host's
  uncertainty INTEGER,           -- ns by which its times may be off at worst, either way, from its first message to its last; 0 = it is the clock of the trace, NULL = unknown
  placed      TEXT NOT NULL,     -- how its clock was put on that of the trace: first, messages, one way, wall clock
  via         INTEGER,           -- → host.id: the host by whose clock, NULL = none
  messages    INTEGER NOT NULL   -- how many causes and effects between the two said so
);

CREATE TABLE margin (            -- how far off a host's times may be, against the host 'via': between two rows in proportion
  host  INTEGER NOT NULL,        -- → host.id
  time  INTEGER NOT NULL,        -- ns
  early INTEGER NOT NULL,        -- ns by which what it has then may in truth have been earlier
  late  INTEGER NOT NULL,        -- and later
  PRIMARY KEY (host, time)
) WITHOUT ROWID;

CREATE TABLE process (
  id     INTEGER PRIMARY KEY,
  pid    INTEGER NOT NULL,       -- the system's process id
  parent INTEGER,                -- → process.id, NULL when it was not recorded
  name   TEXT NOT NULL,          -- what the program calls it, else its script, module or command line
  argv   TEXT NOT NULL,          -- JSON list
  python TEXT NOT NULL,          -- "3.11.7 cpython", '' = another program: seen from outside only
  start  INTEGER NOT NULL,       -- ns
  "end"  INTEGER,                -- ns, NULL when unknown
  ended  TEXT NOT NULL,          -- running, clean, cut (killed or crashed), unseen (another program: nobody saw it end)
  exit   TEXT,                   -- exit code in decimal, or name of the signal; NULL = nobody saw it
  how    TEXT,                   -- how it was started: fork, exec, server (forked by a fork server); NULL = not seen
  signals INTEGER NOT NULL,      -- 1 = it has a handler of its own for a signal
  host   INTEGER NOT NULL,       -- → host.id
  grp    TEXT,                   -- the group of processes that it is a rank of (an MPI job, a cluster), NULL = none
  rank   INTEGER,                -- in the group, from 0
  ranks  INTEGER                 -- how many the group has
);

CREATE TABLE object (            -- thread, lock, semaphore, queue, …: whatever can wait, be waited for or be held
  id       INTEGER PRIMARY KEY,  -- serial number in this trace
  process  INTEGER NOT NULL,     -- → process.id
  kind     TEXT NOT NULL,        -- thread, lock, rlock, condition, … (kinds.ts)
  name     TEXT NOT NULL,        -- "Account.lock"
  file     TEXT NOT NULL,        -- where it was made, '' when unknown
  line     INTEGER NOT NULL,
  created  INTEGER,              -- ns, NULL when it was made before the hooks
  capacity INTEGER NOT NULL,     -- maxsize, permits or parties; 0 = none
  internal INTEGER NOT NULL,     -- 1 = made inside the standard library for its own use
  signal   INTEGER NOT NULL,     -- 1 = a lock that somebody released who did not hold it: it is used as a signal
  shared   INTEGER NOT NULL,     -- 1 = several processes have it; process is the first of them
  common   INTEGER NOT NULL,     -- 1 = it was made to be given to other processes, whether they have it yet or not
  key      TEXT NOT NULL,        -- what it is called among processes, '' = it belongs to one
  belongs  INTEGER               -- → object.id: the device of a stream or context, the thread whose calls these are
);

CREATE TABLE thread (
  id     INTEGER PRIMARY KEY,    -- → object.id
  process INTEGER NOT NULL,      -- → process.id
  name   TEXT NOT NULL,
  tid    INTEGER,                -- the system's thread id
  daemon INTEGER NOT NULL,       -- 0, 1
  start  INTEGER NOT NULL,       -- ns: its first event
  "end"  INTEGER,                -- ns; NULL = it never said good-bye
  parent INTEGER,                -- → thread.id that started it
  waited INTEGER NOT NULL,       -- ns it waited in all (outermost waits, without sleep)
  error  TEXT,                   -- uncaught exception that ended it
  loop   INTEGER                 -- → object.id of the event loop that it runs
);

CREATE TABLE task (              -- an asyncio task
  id     INTEGER PRIMARY KEY,    -- → object.id
  process INTEGER NOT NULL,      -- → process.id
  name   TEXT NOT NULL,
  loop   INTEGER,                -- → object.id of the event loop that runs it
  start  INTEGER NOT NULL,       -- ns: when it was made
  "end"  INTEGER,                -- ns; NULL = it never ended
  parent INTEGER,                -- → object.id of the task or thread that made it
  waited INTEGER NOT NULL,       -- ns it waited in all, without sleep and I/O
  error  TEXT                    -- the exception that ended it, 'cancelled'
);

CREATE TABLE lane (              -- a line of the timeline
  id      INTEGER PRIMARY KEY,
  kind    TEXT NOT NULL,         -- thread, task, lock, semaphore, queue, gil, loop, pool, process, memory, device, stream, …
  parent  INTEGER,               -- → lane.id; the first lane of the same object
  depth   INTEGER NOT NULL,      -- 0, 1, … when slices of one object overlap
  object  INTEGER NOT NULL       -- → object.id
);

CREATE TABLE kind (              -- names of the numbers in slice.kind, slice.outcome and flow.kind
  what    TEXT NOT NULL,         -- slice, flow, outcome
  id      INTEGER NOT NULL,
  name    TEXT NOT NULL,
  meaning TEXT NOT NULL,         -- the colour's meaning
  PRIMARY KEY (what, id)
) WITHOUT ROWID;

CREATE TABLE finding (
  id       INTEGER PRIMARY KEY,
  rule     TEXT NOT NULL,
  subject  TEXT NOT NULL,        -- what it is about
  sentence TEXT NOT NULL,        -- who did what to whom and where
  weight   REAL NOT NULL,        -- 0…1, worst = 1
  evidence TEXT NOT NULL,        -- JSON list of {lane, time, dur}
  why      TEXT NOT NULL,        -- why it matters
  try      TEXT NOT NULL,        -- what to try
  sql      TEXT NOT NULL,        -- a query of this trace whose rows prove it
  parties  TEXT NOT NULL         -- JSON list: who waits for whom, of those who wait for each other; else []
);

CREATE TABLE loss (              -- what the trace does not have, or could not make sense of
  what     TEXT NOT NULL,        -- lost, unmatched, illegal, late, unseen, …
  process  INTEGER NOT NULL,     -- → process.id
  count    INTEGER NOT NULL,
  sentence TEXT NOT NULL,
  PRIMARY KEY (what, process)
) WITHOUT ROWID;

CREATE TABLE contention (        -- what the threads waited for, an object a row; made when the recording ends
  object       INTEGER PRIMARY KEY, -- → object.id
  total        INTEGER NOT NULL, -- ns of all waits for it
  count        INTEGER NOT NULL, -- waits
  longest      INTEGER NOT NULL, -- ns
  longest_lane INTEGER NOT NULL, -- → lane.id of the thread that waited longest
  longest_at   INTEGER NOT NULL  -- ns: when that wait began
);

CREATE TABLE blame (             -- who held an object while others waited for it; made when the recording ends
  object      INTEGER NOT NULL,  -- → object.id
  wait_site   INTEGER NOT NULL,  -- → site.id of the line that waited
  holder      INTEGER NOT NULL,  -- → object.id of the thread that held it
  holder_site INTEGER NOT NULL,  -- → site.id of the line that had acquired it
  dur         INTEGER NOT NULL,  -- ns waited while it was held so, summed over waiters, shared among holders at once
  count       INTEGER NOT NULL,  -- pairs of a wait and a hold that met
  PRIMARY KEY (object, wait_site, holder, holder_site)
) WITHOUT ROWID;

CREATE TABLE incident (          -- what happened at a moment and leaves no slice; made when the recording ends
  what   TEXT NOT NULL,          -- refused, unheard, foreignRelease, cancelled, … (kinds.ts)
  object INTEGER NOT NULL,       -- → object.id: the lock, condition, queue, task, …
  actor  INTEGER NOT NULL,       -- → object.id of the thread or task that did it; 0 = several
  site   INTEGER NOT NULL,       -- → site.id; 0 = unknown, or several
  count  INTEGER NOT NULL,
  first  INTEGER NOT NULL,       -- ns
  last   INTEGER NOT NULL,       -- ns
  PRIMARY KEY (what, object, actor, site)
) WITHOUT ROWID;

CREATE TABLE member (            -- which ranks a communicator or window has, in its own order; a channel: from (0) and to (1)
  object INTEGER NOT NULL,       -- → object.id
  place  INTEGER NOT NULL,       -- from 0
  grp    TEXT NOT NULL,          -- process.grp
  rank   INTEGER NOT NULL,       -- process.rank
  PRIMARY KEY (object, place)
) WITHOUT ROWID;

CREATE TABLE message (           -- what was sent through a channel; made when the recording ends
  channel   INTEGER NOT NULL,    -- → object.id
  number    INTEGER NOT NULL,    -- of the channel, from 1; 0 = unknown
  from_lane INTEGER,             -- → lane.id; NULL = nobody was seen to send it
  from_time INTEGER,             -- ns
  to_lane   INTEGER,             -- → lane.id; NULL = nobody was seen to receive it
  to_time   INTEGER,             -- ns
  bytes     INTEGER NOT NULL     -- 0 = none, or unknown
);

CREATE TABLE entry (             -- a rank in a collective; made when the recording ends
  communicator INTEGER NOT NULL, -- → object.id: communicator or window
  number    INTEGER NOT NULL,    -- of the rank's collectives on it, from 1
  lane      INTEGER NOT NULL,    -- → lane.id of the thread that entered
  entered   INTEGER NOT NULL,    -- ns
  left      INTEGER,             -- ns, NULL = it was still in it
  operation TEXT NOT NULL,       -- barrier, bcast, allreduce, … (kinds.ts)
  root      INTEGER NOT NULL,    -- 1 = this rank is the root
  bytes     INTEGER NOT NULL,    -- that it gave; 0 = none, or unknown
  site      INTEGER NOT NULL     -- → site.id
);

CREATE TABLE submission (        -- a job that several processes know by a key: of a broker, a server, a cluster; made when the recording ends
  pool      INTEGER NOT NULL,    -- → object.id
  number    INTEGER NOT NULL,    -- in the pool, from 1: slice.arg of its job; a further try is another one
  key       TEXT NOT NULL,       -- 16 hexadecimal digits
  name      TEXT NOT NULL,       -- what the library calls the function: "tasks.add"
  id        TEXT NOT NULL,       -- and this call of it
  parent    TEXT NOT NULL,       -- id of the job that submitted it, '' = none or unknown
  grp       TEXT NOT NULL,       -- id of its group, chord or map
  bytes     INTEGER NOT NULL,    -- of its arguments as they were sent; 0 = unknown
  retries   INTEGER NOT NULL,    -- how often it was tried before
  due       INTEGER,             -- ns: not to begin before
  ignored   INTEGER NOT NULL,    -- 1 = nobody is to fetch its result
  from_lane INTEGER,             -- → lane.id of who submitted it; NULL = not seen, as all that follow
  submitted INTEGER,             -- ns
  site      INTEGER NOT NULL,    -- → site.id: the line that submitted it, 0 = unknown
  accept_lane INTEGER,           -- → lane.id in the process that took it from the broker and kept it
  accepted  INTEGER,             -- ns
  worker_lane INTEGER,           -- → lane.id of who ran it
  begun     INTEGER,             -- ns
  ended     INTEGER,             -- ns
  outcome   INTEGER,             -- → kind.id where what = 'outcome'
  to_lane   INTEGER,             -- → lane.id of who had its result first
  fetched   INTEGER,             -- ns
  PRIMARY KEY (pool, number)
) WITHOUT ROWID;

CREATE TABLE need (              -- a job that needs another one's result
  pool   INTEGER NOT NULL,       -- → submission.pool
  number INTEGER NOT NULL,       -- → submission.number
  key    TEXT NOT NULL,          -- → submission.key, of the same pool or another one
  PRIMARY KEY (pool, number, key)
) WITHOUT ROWID;

CREATE TABLE device (            -- that runs commands: a GPU, or the processor as one; made when the recording ends, as the four below
  object      INTEGER PRIMARY KEY, -- → object.id
  type        TEXT NOT NULL,     -- gpu, cpu, accelerator; simulator = nothing of it is a device's doing; unknown
  vendor      TEXT NOT NULL,     -- '' = not said
  driver      TEXT NOT NULL,     -- the library that runs it and its versions
  memory      INTEGER NOT NULL,  -- bytes, 0 = not said
  units       INTEGER NOT NULL,  -- compute units, multiprocessors; 0 = not said
  clock       TEXT NOT NULL,     -- how its clock was put on that of the trace, a sentence
  uncertainty INTEGER            -- ns by which its times may be off at worst, either way; NULL = unknown
);

CREATE TABLE stream (            -- a stream or command queue of a device
  object   INTEGER PRIMARY KEY,  -- → object.id
  context  INTEGER,              -- → object.id
  in_order INTEGER NOT NULL      -- 1 = its commands run one after the other
);

CREATE TABLE work (              -- a kernel with the sizes that it is run with, or a range that the program named
  id     INTEGER PRIMARY KEY,
  name   TEXT NOT NULL,
  global TEXT NOT NULL,          -- work items, "1024×1024"; '' = not said
  local  TEXT NOT NULL           -- of a group or block
);

CREATE TABLE command (           -- what a device was told to do; in the order in which it was enqueued
  stream    INTEGER NOT NULL,    -- → object.id
  number    INTEGER NOT NULL,    -- in the stream, from 1
  operation TEXT NOT NULL,       -- kernel, read (device → host), write, copy, fill, map, unmap, marker, barrier, … (kinds.ts)
  work      INTEGER NOT NULL,    -- → work.id of a kernel, 0 = none or unknown
  bytes     INTEGER NOT NULL,    -- 0 = none, or unknown
  pageable  INTEGER NOT NULL,    -- 1 = the device cannot reach the host's side of it by itself: it is copied twice
  from_lane INTEGER NOT NULL,    -- → lane.id of who enqueued it
  site      INTEGER NOT NULL,    -- → site.id: the line that did, 0 = unknown
  called    INTEGER,             -- ns: the call that enqueued it began; NULL = not seen, as all that follow
  returned  INTEGER,             -- ns: and was over
  queued    INTEGER,             -- ns, by the device's library
  submitted INTEGER,             -- ns: it was given to the device
  started   INTEGER,             -- ns
  ended     INTEGER,             -- ns
  outcome   INTEGER NOT NULL,    -- → kind.id where what = 'outcome'; cut = it was not seen to end
  lane      INTEGER,             -- → lane.id where it is drawn
  PRIMARY KEY (stream, number)
);

CREATE TABLE dependency (        -- the command begins when another one is over, by the program's word
  stream    INTEGER NOT NULL,    -- → command.stream
  number    INTEGER NOT NULL,    -- → command.number
  on_stream INTEGER NOT NULL,
  on_number INTEGER NOT NULL,
  PRIMARY KEY (stream, number, on_stream, on_number)
) WITHOUT ROWID;

CREATE TABLE block (             -- up to 2,048 slices of one lane; what a reader keeps in memory about them
  id     INTEGER PRIMARY KEY,
  lane   INTEGER NOT NULL,       -- → lane.id
  start  INTEGER NOT NULL,       -- ns: start of the first
  "end"  INTEGER NOT NULL,       -- ns: end of the last
  count  INTEGER NOT NULL,
  levels BLOB NOT NULL           -- the levels it has, a byte each: level k merges what is nearer than 4^k ns; + 32: in a row of its own
);
CREATE TABLE slice_block (       -- the slices of a block, as columns: base + smallest width (columns.ts)
  block   INTEGER PRIMARY KEY,   -- → block.id
  columns BLOB NOT NULL          -- start, dur, kind, object, site, arg, stack, outcome
);
CREATE TABLE detail (            -- levels of detail of a block, read when a window needs them
  id    INTEGER PRIMARY KEY,     -- block.id * 32 + level; level 0: all levels of up to 64 items, packed together
  items BLOB NOT NULL
);
CREATE TABLE super (             -- 32 blocks of one lane merged again, for wide windows
  id     INTEGER PRIMARY KEY,
  lane   INTEGER NOT NULL,       -- → lane.id
  start  INTEGER NOT NULL,       -- ns
  "end"  INTEGER NOT NULL,       -- ns
  levels BLOB NOT NULL,          -- as in block
  coarse BLOB NOT NULL           -- its levels, packed together
);
CREATE TABLE flow_block (        -- up to 2,048 flows, in the order they were seen, which is nearly that of their effect
  id       INTEGER PRIMARY KEY,
  min_from INTEGER NOT NULL,     -- ns: earliest cause in it
  start    INTEGER NOT NULL,     -- ns: first effect
  "end"    INTEGER NOT NULL,     -- ns: last effect
  count    INTEGER NOT NULL,
  columns  BLOB NOT NULL         -- kind, from_lane, from_time, to_lane, to_time, object
);
`
