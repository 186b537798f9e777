-- Rows for people and rules, made from the blocks when a recording ends. Dropped and made again at will.

CREATE TABLE slice (             -- an interval on a lane
  lane   INTEGER NOT NULL,       -- → lane.id
  start  INTEGER NOT NULL,       -- ns
  dur    INTEGER NOT NULL,       -- ns
  kind   INTEGER NOT NULL,       -- → kind.id where what = 'slice'
  object INTEGER NOT NULL,       -- thread's lane: what it waited for; lock's lane: who held it → object.id; 0 = none
  site   INTEGER NOT NULL,       -- → site.id: the line that waited or acquired; 0 = unknown
  arg    INTEGER NOT NULL,       -- wait: owner when it began → object.id, or 0; hold: greatest depth; queue: items in it
  stack  INTEGER NOT NULL,       -- → stack.id; 0 = none was taken
  cut    INTEGER NOT NULL,       -- 1 = still open when the trace ended
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
CREATE INDEX slice_hold ON slice (lane, start, dur) WHERE kind IN (32, 33);
CREATE INDEX flow_to ON flow (to_lane, to_time);
CREATE INDEX flow_from ON flow (from_lane, from_time);

-- wait: who waited, for what, from, how long, blocked by whom (the owner when the wait began)
CREATE VIEW wait AS
SELECT t.name AS thread, k.name AS why, o.name AS object, s.start AS start, s.dur AS dur,
       b.name AS blocked_by, p.file AS file, p.line AS line, s.cut AS cut
FROM slice s JOIN lane l ON l.id = s.lane AND l.kind = 'thread' JOIN object t ON t.id = l.object
JOIN kind k ON k.what = 'slice' AND k.id = s.kind
LEFT JOIN object o ON o.id = s.object LEFT JOIN object b ON b.id = s.arg AND s.kind <> 10 LEFT JOIN site p ON p.id = s.site;

-- hold: who held which lock, from, how long; contended = somebody waited meanwhile
CREATE VIEW hold AS
SELECT o.name AS object, t.name AS thread, s.start AS start, s.dur AS dur, s.kind = 33 AS contended,
       p.file AS file, p.line AS line, s.cut AS cut
FROM slice s JOIN lane l ON l.id = s.lane AND l.kind IN ('lock', 'semaphore') JOIN object o ON o.id = l.object
LEFT JOIN object t ON t.id = s.object LEFT JOIN site p ON p.id = s.site
WHERE s.kind IN (32, 33);

-- handoff: an item from the thread that put it to the thread that got it
CREATE VIEW handoff AS
SELECT q.name AS queue, a.name AS put_by, f.from_time AS put_at, b.name AS got_by, f.to_time AS got_at,
       f.to_time - f.from_time AS dur
FROM flow f JOIN object q ON q.id = f.object
JOIN lane la ON la.id = f.from_lane JOIN object a ON a.id = la.object
JOIN lane lb ON lb.id = f.to_lane JOIN object b ON b.id = lb.object
WHERE f.kind = 2;
