-- A trace is one SQLite file, readable by any SQLite tool. Times are integers: ns since the start of the run.
-- application_id 0x494c5645 ("ILVE"), user_version = schema version. There are no migrations: an older or newer file
-- is refused in one sentence. Slices and flows go into column blocks while recording (block, detail, flow_block); the
-- rows people query (slice, flow) are made from them when the recording ends, and can be dropped and made again.

CREATE TABLE run (               -- facts of the recording, one a row
  key   TEXT PRIMARY KEY,        -- command, cwd, started_at (ms since 1970), machine, exit, state, events, cost_ns, …
  value TEXT NOT NULL            -- text, numbers in decimal, lists as JSON
) WITHOUT ROWID;

CREATE TABLE string (            -- every text that is cited more than once
  id    INTEGER PRIMARY KEY,
  text  TEXT NOT NULL
);

CREATE TABLE site (              -- a place in the source
  id    INTEGER PRIMARY KEY,
  file  TEXT NOT NULL,           -- as the program named it
  line  INTEGER NOT NULL,
  func  TEXT NOT NULL,           -- qualified name of the function
  text  TEXT NOT NULL            -- the source line, '' when it could not be read
);

CREATE TABLE stack (             -- a call stack, a row a frame
  id    INTEGER NOT NULL,
  depth INTEGER NOT NULL,        -- 0 = innermost
  site  INTEGER NOT NULL,        -- → site.id
  PRIMARY KEY (id, depth)
) WITHOUT ROWID;

CREATE TABLE process (
  id     INTEGER PRIMARY KEY,
  pid    INTEGER NOT NULL,       -- the system's process id
  parent INTEGER,                -- → process.id, NULL when it was not recorded
  name   TEXT NOT NULL,          -- what people call it: the script or module
  argv   TEXT NOT NULL,          -- JSON list
  python TEXT NOT NULL,          -- "3.11.7 cpython"
  start  INTEGER NOT NULL,       -- ns
  "end"  INTEGER,                -- ns, NULL when unknown
  ended  TEXT NOT NULL           -- running, clean, cut (killed or crashed)
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
  internal INTEGER NOT NULL      -- 1 = made inside the standard library for its own use
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
  error  TEXT                    -- uncaught exception that ended it
);

CREATE TABLE lane (              -- a line of the timeline
  id      INTEGER PRIMARY KEY,
  kind    TEXT NOT NULL,         -- thread, lock, semaphore, queue
  parent  INTEGER,               -- → lane.id; the first lane of the same object
  depth   INTEGER NOT NULL,      -- 0, 1, … when slices of one object overlap
  object  INTEGER NOT NULL       -- → object.id
);

CREATE TABLE kind (              -- names of the numbers in slice.kind and flow.kind
  what    TEXT NOT NULL,         -- slice, flow
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
  evidence TEXT NOT NULL         -- JSON list of {lane, time, dur}
);

CREATE TABLE loss (              -- what the trace does not have, or could not make sense of
  what     TEXT NOT NULL,        -- lost, unmatched, illegal, late, unseen, …
  process  INTEGER NOT NULL,     -- → process.id
  count    INTEGER NOT NULL,
  sentence TEXT NOT NULL,
  PRIMARY KEY (what, process)
) WITHOUT ROWID;

CREATE TABLE block (             -- up to 2,048 slices of one lane, as columns, with coarse levels of detail inline
  id     INTEGER PRIMARY KEY,
  lane   INTEGER NOT NULL,
  start  INTEGER NOT NULL,       -- ns: start of the first
  "end"  INTEGER NOT NULL,       -- ns: end of the last
  count  INTEGER NOT NULL,
  levels BLOB NOT NULL,          -- the level numbers it has
  coarse BLOB NOT NULL,          -- the levels of ≤ 64 items
  columns BLOB NOT NULL          -- start, dur, kind, object, site, arg: base + smallest width
);
CREATE TABLE detail (            -- the finer levels, read when a window needs them
  block INTEGER NOT NULL,
  level INTEGER NOT NULL,
  items BLOB NOT NULL,
  PRIMARY KEY (block, level)
) WITHOUT ROWID;
CREATE TABLE flow_block (        -- up to 2,048 flows, in order of their effect
  id       INTEGER PRIMARY KEY,
  min_from INTEGER NOT NULL,     -- ns: earliest cause in it
  start    INTEGER NOT NULL,     -- ns: first effect
  "end"    INTEGER NOT NULL,     -- ns: last effect
  count    INTEGER NOT NULL,
  columns  BLOB NOT NULL         -- kind, from_lane, from_time, to_lane, to_time, object
);
