// The tables and views that are made from the blocks when a recording ends, as text (as schema.ts, for the same reason).

/** Rows for people and rules, made from the blocks when a recording ends. Dropped and made again at will. */
export const rowsSql = `
CREATE TABLE slice (             -- an interval on a lane
  lane   INTEGER NOT NULL,       -- → lane.id
  start  INTEGER NOT NULL,       -- ns
  dur    INTEGER NOT NULL,       -- ns
  kind   INTEGER NOT NULL,       -- → kind.id where what = 'slice'
  object INTEGER NOT NULL,       -- thread's lane: what it waited for; lock's lane: who held it → object.id; 0 = none
  site   INTEGER NOT NULL,       -- → site.id: the line that waited or acquired; 0 = unknown
  arg    INTEGER NOT NULL,       -- wait: owner when it began → object.id, or 0; hold: greatest depth; queue: items in it
  stack  INTEGER NOT NULL,       -- → stack.id; 0 = none was taken
  outcome INTEGER NOT NULL,      -- → kind.id where what = 'outcome': 0 = done, 1 = timed out, … 4, 5 = cut: still open when the trace ended
  PRIMARY KEY (lane, start)
) WITHOUT ROWID;

CREATE TABLE flow (              -- from a cause to its effect
  kind      INTEGER NOT NULL,    -- → kind.id where what = 'flow'
  from_lane INTEGER NOT NULL,    -- → lane.id
  from_time INTEGER NOT NULL,    -- ns
  to_lane   INTEGER NOT NULL,
  to_time   INTEGER NOT NULL,
  object    INTEGER NOT NULL     -- → object.id through which it went; 0 = none
);

CREATE INDEX slice_wait ON slice (object, start) WHERE kind < 32;
CREATE INDEX flow_to ON flow (to_lane, to_time);
CREATE INDEX flow_from ON flow (from_lane, from_time);

-- wait: who waited, for what, from, how long, blocked by whom (the owner when the wait began), how it ended
CREATE VIEW wait AS
SELECT t.name AS thread, k.name AS why, o.name AS object, s.start AS start, s.dur AS dur,
       b.name AS blocked_by, p.file AS file, p.line AS line, u.name AS outcome
FROM slice s JOIN lane l ON l.id = s.lane AND l.kind IN ('thread', 'task') JOIN object t ON t.id = l.object
JOIN kind k ON k.what = 'slice' AND k.id = s.kind JOIN kind u ON u.what = 'outcome' AND u.id = s.outcome
LEFT JOIN object o ON o.id = s.object LEFT JOIN object b ON b.id = s.arg AND s.kind NOT IN (10, 18) LEFT JOIN site p ON p.id = s.site;

-- hold: who held which lock, from, how long; contended = somebody waited meanwhile
CREATE VIEW hold AS
SELECT o.name AS object, t.name AS thread, s.start AS start, s.dur AS dur, s.kind = 33 AS contended,
       p.file AS file, p.line AS line, s.outcome >= 4 AS cut
FROM slice s JOIN lane l ON l.id = s.lane AND l.kind IN ('lock', 'semaphore') JOIN object o ON o.id = l.object
LEFT JOIN object t ON t.id = s.object LEFT JOIN site p ON p.id = s.site
WHERE s.kind IN (32, 33);

-- step: what an event loop ran, a task or (the thread itself) a callback; stall = it took 50 ms or more
CREATE VIEW step AS
SELECT o.name AS loop, t.name AS task, s.start AS start, s.dur AS dur, s.kind = 34 AS stall
FROM slice s JOIN lane l ON l.id = s.lane AND l.kind = 'loop' JOIN object o ON o.id = l.object
LEFT JOIN object t ON t.id = s.object;

-- job: what a worker of a pool ran, and its function
CREATE VIEW job AS
SELECT o.name AS pool, s.arg AS number, t.name AS worker, w.pid AS pid, s.start AS start, s.dur AS dur,
       p.func AS func, p.file AS file, p.line AS line, s.outcome >= 4 AS cut
FROM slice s JOIN lane l ON l.id = s.lane AND l.kind = 'pool' JOIN object o ON o.id = l.object
LEFT JOIN object t ON t.id = s.object LEFT JOIN process w ON w.id = t.process LEFT JOIN site p ON p.id = s.site;

-- execution: what a device ran: on which stream, by whom and where it was enqueued, how long it waited and ran
CREATE VIEW execution AS
SELECT d.name AS device, q.name AS stream, c.number AS number, c.operation AS operation, w.name AS kernel, w.global AS global,
       w.local AS local, c.bytes AS bytes, t.name AS thread, p.file AS file, p.line AS line, c.called AS called,
       c.started - c.called AS waited, c.started AS start, c.ended - c.started AS dur, u.name AS outcome
FROM command c JOIN object q ON q.id = c.stream JOIN kind u ON u.what = 'outcome' AND u.id = c.outcome
LEFT JOIN object d ON d.id = q.belongs LEFT JOIN work w ON w.id = c.work LEFT JOIN lane l ON l.id = c.from_lane
LEFT JOIN object t ON t.id = l.object LEFT JOIN site p ON p.id = c.site;

-- handoff: an item from who put it to who got it, in the same process or another
CREATE VIEW handoff AS
SELECT q.name AS queue, a.name AS put_by, f.from_time AS put_at, b.name AS got_by, f.to_time AS got_at,
       f.to_time - f.from_time AS dur
FROM flow f JOIN object q ON q.id = f.object
JOIN lane la ON la.id = f.from_lane JOIN object a ON a.id = la.object
JOIN lane lb ON lb.id = f.to_lane JOIN object b ON b.id = lb.object
WHERE f.kind = 2;
`
