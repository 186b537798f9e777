// SQL that shows the rows of a finding: a person runs it on the finished trace and reads who, what, when and where.
// CROSS JOIN where SQLite must not choose the order: from few rows to the slices of a lane by its key.
import type { Finding } from '../../wire/api.ts'
import { reasons, type Incident } from '../../wire/kinds.ts'

/** The cited slices themselves. `evidence` may be of any length; the first 50 are asked for. */
export const slicesSql = (evidence: Finding['evidence']): string => `\
SELECT a.name AS lane, k.name AS what, o.name AS object, s.start / 1e6 AS start_ms, s.dur / 1e6 AS ms,
       p.file || ':' || p.line AS place, p.text AS line
FROM slice s JOIN lane l ON l.id = s.lane JOIN object a ON a.id = l.object
JOIN kind k ON k.what = 'slice' AND k.id = s.kind
LEFT JOIN object o ON o.id = s.object LEFT JOIN site p ON p.id = s.site
WHERE (s.lane, s.start) IN (VALUES ${evidence
  .slice(0, 50)
  .map(({ lane, time }) => `(${lane}, ${time})`)
  .join(', ')})
ORDER BY s.start`

/** The objects; of very many, those that the same line made. */
const these = (objects: readonly number[]): string =>
  objects.length <= 100
    ? objects.join(', ')
    : `SELECT o.id FROM object o JOIN object x ON x.id = ${objects[0]}
  WHERE o.process = x.process AND o.kind = x.kind AND o.file = x.file AND o.line = x.line`

/** Who held the objects while others waited, at which line. */
export const blameSql = (objects: readonly number[]): string => `\
SELECT h.name AS holder, p.file || ':' || p.line AS held_at, w.file || ':' || w.line AS waited_at,
       sum(b.dur) / 1e6 AS waited_ms, sum(b.count) AS times
FROM blame b JOIN object h ON h.id = b.holder
LEFT JOIN site p ON p.id = b.holder_site LEFT JOIN site w ON w.id = b.wait_site
WHERE b.object IN (${these(objects)}) GROUP BY b.holder, b.holder_site, b.wait_site ORDER BY sum(b.dur) DESC`

/** Who had the object how often and how long, and how often somebody waited meanwhile. */
export const holdsSql = (object: number): string => `\
SELECT t.name AS thread, count(*) AS turns, sum(s.dur) / 1e6 AS held_ms, sum(s.kind = 33) AS contended
FROM slice s JOIN lane l ON l.id = s.lane JOIN object t ON t.id = s.object
WHERE l.object = ${object} AND s.kind IN (32, 33) GROUP BY s.object ORDER BY held_ms DESC`

/** How long the queue had how many items in it. */
export const depthSql = (queue: number): string => `\
SELECT s.arg AS items, sum(s.dur) / 1e6 AS ms FROM slice s JOIN lane l ON l.id = s.lane
WHERE l.object = ${queue} AND s.kind = 40 GROUP BY s.arg ORDER BY s.arg`

/** What those who held the locks, taken at the line, did while others waited, and who held them how long so. */
export const insideSql = (locks: readonly number[], site: number): string => `\
WITH h AS MATERIALIZED (
  SELECT s.start, s.dur, s.object AS thread FROM lane l CROSS JOIN slice s ON s.lane = l.id
  WHERE l.kind = 'lock' AND l.object IN (${these(locks)}) AND s.kind = 33 AND s.site = ${site} AND s.outcome < 4)
SELECT t.name AS holder, 'held' AS did, p.file || ':' || p.line AS place, count(*) AS times, sum(h.dur) / 1e6 AS ms
FROM h JOIN object t ON t.id = h.thread LEFT JOIN site p ON p.id = ${site} GROUP BY h.thread
UNION ALL
SELECT t.name, k.name, p.file || ':' || p.line, count(*), sum(min(w.start + w.dur, h.start + h.dur) - w.start) / 1e6
FROM h JOIN object t ON t.id = h.thread CROSS JOIN lane l ON l.object = h.thread AND l.kind IN ('thread', 'task') AND l.depth = 0
CROSS JOIN slice w ON w.lane = l.id AND w.start >= h.start AND w.start < h.start + h.dur
JOIN kind k ON k.what = 'slice' AND k.id = w.kind LEFT JOIN site p ON p.id = w.site
GROUP BY h.thread, w.kind, w.site ORDER BY 1, 5 DESC`

/** Of each of these holds: how long it was, how long its holder had the GIL meanwhile, and how long it waited. */
export const outsideSql = (holds: Finding['evidence']): string => `\
WITH h AS MATERIALIZED (
  SELECT s.start, s.start + s.dur AS stop, s.object AS thread, o.process, s.site
  FROM slice s JOIN object o ON o.id = s.object
  WHERE (s.lane, s.start) IN (VALUES ${holds.map(({ lane, time }) => `(${lane}, ${time})`).join(', ')})),
gil AS (SELECT id, (SELECT process FROM object o WHERE o.id = l.object) AS process FROM lane l WHERE l.kind = 'gil')
SELECT t.name AS holder, p.file || ':' || p.line AS place, (h.stop - h.start) / 1e6 AS held_ms,
  (SELECT sum(min(g.start + g.dur, h.stop) - max(g.start, h.start)) / 1e6 FROM gil CROSS JOIN slice g ON g.lane = gil.id
   WHERE gil.process = h.process AND g.object = h.thread AND g.start < h.stop AND g.start + g.dur > h.start
   AND g.start >= coalesce((SELECT max(e.start) FROM slice e WHERE e.lane = gil.id AND e.start <= h.start), 0)) AS gil_ms,
  (SELECT sum(min(w.start + w.dur, h.stop) - w.start) / 1e6 FROM lane l CROSS JOIN slice w ON w.lane = l.id
   WHERE l.object = h.thread AND l.kind = 'thread' AND l.depth = 0 AND w.start >= h.start AND w.start < h.stop) AS waited_ms
FROM h JOIN object t ON t.id = h.thread LEFT JOIN site p ON p.id = h.site ORDER BY held_ms DESC`

/** Who took the object how often in the meantime, and for how long. */
export const turnsSql = (object: number, from: number, to: number): string => `\
SELECT t.name AS thread, p.file || ':' || p.line AS place, count(*) AS turns, sum(s.dur) / 1e6 AS held_ms
FROM lane l CROSS JOIN slice s ON s.lane = l.id AND s.start >= ${from} AND s.start < ${to}
JOIN object t ON t.id = s.object LEFT JOIN site p ON p.id = s.site
WHERE l.object = ${object} AND s.kind IN (32, 33) GROUP BY s.object, s.site ORDER BY turns DESC`

/** What threads and tasks waited for at the line, and how those waits ended. */
export const lineSql = (actors: readonly number[], site: number): string => `\
SELECT a.name AS thread, k.name AS what, o.name AS object, u.name AS outcome, count(*) AS times, sum(s.dur) / 1e6 AS ms
FROM lane l JOIN object a ON a.id = l.object JOIN slice s ON s.lane = l.id AND s.site = ${site}
JOIN kind k ON k.what = 'slice' AND k.id = s.kind JOIN kind u ON u.what = 'outcome' AND u.id = s.outcome
LEFT JOIN object o ON o.id = s.object
WHERE l.object IN (${these(actors)}) GROUP BY a.id, s.kind, s.object, s.outcome ORDER BY times DESC`

/** What happened at the object (0 = wherever it was) and left no slice: who, where, how often. */
export const incidentSql = (what: readonly Incident[], object: number): string => `\
SELECT i.what, o.name AS object, a.name AS who, p.file || ':' || p.line AS place, i.count AS times,
       i.first / 1e6 AS first_ms, i.last / 1e6 AS last_ms
FROM incident i JOIN object o ON o.id = i.object LEFT JOIN object a ON a.id = i.actor LEFT JOIN site p ON p.id = i.site
WHERE i.what IN (${what.map((w) => `'${w}'`).join(', ')})${object ? ` AND i.object = ${object}` : ''} ORDER BY i.count DESC`

/** How often and how long each thread waited for items of the queue; the first wait, before it had had any, apart. */
export const itemsSql = (queue: number): string => `\
WITH w AS (SELECT t.name AS thread, s.dur, row_number() OVER (PARTITION BY l.object ORDER BY s.start) = 1 AS first
  FROM slice s JOIN lane l ON l.id = s.lane AND l.kind IN ('thread', 'task') JOIN object t ON t.id = l.object
  WHERE s.object = ${queue} AND s.kind = 7 AND s.outcome = 0)
SELECT thread, count(*) FILTER (WHERE NOT first) AS waits, sum(dur) FILTER (WHERE NOT first) / 1e6 AS waited_ms,
  sum(dur) FILTER (WHERE first) / 1e6 AS before_the_first_ms FROM w GROUP BY thread ORDER BY waited_ms DESC`

/** How the threads of the process shared its GIL. */
export const gilSql = (process: number): string => `\
SELECT t.name AS thread,
  (SELECT sum(s.dur) / 1e6 FROM lane l JOIN slice s ON s.lane = l.id
   WHERE l.kind = 'gil' AND l.object IN (SELECT id FROM object WHERE process = ${process}) AND s.object = t.id) AS had_ms,
  (SELECT sum(s.dur) / 1e6 FROM lane l JOIN slice s ON s.lane = l.id
   WHERE l.object = t.id AND l.kind = 'thread' AND s.kind = 11) AS waited_ms,
  (t."end" - t.start) / 1e6 AS lived_ms
FROM thread t WHERE t.process = ${process} ORDER BY waited_ms DESC`

/** What the workers of the pool ran, and how long. */
export const jobsSql = (pool: number): string => `\
SELECT t.name AS worker, w.pid, p.func, count(*) AS jobs, sum(s.dur) / 1e6 AS ms, max(s.dur) / 1e6 AS longest_ms
FROM lane l JOIN slice s ON s.lane = l.id JOIN object t ON t.id = s.object JOIN process w ON w.id = t.process
LEFT JOIN site p ON p.id = s.site
WHERE l.object = ${pool} AND s.kind = 35 GROUP BY s.object, s.site ORDER BY ms DESC`

/** The jobs of one name in a pool: who ran each, how long, and how many bytes it got, the longest first. */
export const brothersSql = (pool: number, name: string): string => `\
SELECT j.id AS job, t.name AS worker, w.name AS process, (j.ended - j.begun) / 1e6 AS ms, j.bytes, j.begun / 1e6 AS begun_ms,
       (SELECT count(*) FROM need n WHERE n.pool = j.pool AND n.number = j.number) AS needs
FROM submission j LEFT JOIN lane l ON l.id = j.worker_lane LEFT JOIN object t ON t.id = l.object
LEFT JOIN process w ON w.id = t.process
WHERE j.pool = ${pool} AND j.name = '${name.replaceAll("'", "''")}' ORDER BY ms DESC, j.bytes DESC`

/** How long each waited at the barrier, and how often it was the last to come and let the others go. */
export const barrierSql = (barrier: number): string => `\
SELECT t.name AS who, count(s.start) AS waits, coalesce(sum(s.dur), 0) / 1e6 AS waited_ms,
  (SELECT count(DISTINCT f.from_time) FROM flow f WHERE f.object = ${barrier} AND f.kind = 5 AND f.from_lane = t.lane) AS was_last
FROM (SELECT a.id, a.name, l.id AS lane FROM object a JOIN lane l ON l.object = a.id AND l.depth = 0 AND l.kind IN ('thread', 'task')) t
LEFT JOIN slice s ON s.lane = t.lane AND s.object = ${barrier} AND s.kind = 5
GROUP BY t.id HAVING waits > 0 OR was_last > 0 ORDER BY waited_ms DESC`

/** Who waited for that rank by such arrows: at which line, how long in all, and how long before it came. */
export const lateSql = (arrow: number, by: number, object?: number): string => `\
SELECT w.name AS process, p.file || ':' || p.line AS waited_at, o.name AS object, count(*) AS waits,
       sum(s.dur) / 1e6 AS waited_ms, sum(min(f.from_time, s.start + s.dur) - s.start) / 1e6 AS late_ms
FROM lane c CROSS JOIN flow f ON f.from_lane = c.id AND f.kind = ${arrow}${object === undefined ? '' : ` AND f.object = ${object}`}
CROSS JOIN slice s ON s.lane = f.to_lane AND s.start = (SELECT max(start) FROM slice WHERE lane = f.to_lane AND start < f.to_time)
JOIN lane l ON l.id = s.lane JOIN object t ON t.id = l.object JOIN process w ON w.id = t.process
JOIN object o ON o.id = f.object LEFT JOIN site p ON p.id = s.site
WHERE c.object = ${by} AND s.kind IN (${reasons.message}, ${reasons.send}, ${reasons.collective}) AND s.start < f.from_time
GROUP BY w.id, s.site, f.object ORDER BY late_ms DESC`

/** As what each rank entered the collective, where, and how long it was in it. */
export const entriesSql = (communicator: number, number: number): string => `\
SELECT w.name AS process, e.operation, e.root, p.file || ':' || p.line AS place, e.entered / 1e6 AS entered_ms,
       (e.left - e.entered) / 1e6 AS ms
FROM entry e JOIN lane l ON l.id = e.lane JOIN object t ON t.id = l.object JOIN process w ON w.id = t.process
LEFT JOIN site p ON p.id = e.site WHERE e.communicator = ${communicator} AND e.number = ${number} ORDER BY e.entered, w.rank`

/** How many messages and bytes each rank of the group sent and received, and how long it waited for messages in all. */
export const trafficSql = (group: string): string => `\
WITH part AS (
  SELECT from_lane AS lane, 1 AS sent, bytes FROM message WHERE from_lane NOT NULL
  UNION ALL SELECT to_lane, 0, bytes FROM message WHERE to_lane NOT NULL)
SELECT w.name AS process, sum(m.sent) AS sent, sum(1 - m.sent) AS received, sum(m.bytes) AS bytes,
       (SELECT sum(s.dur) / 1e6 FROM slice s WHERE s.lane = m.lane AND s.kind IN (${reasons.message}, ${reasons.send})) AS waited_ms
FROM part m JOIN lane l ON l.id = m.lane JOIN object t ON t.id = l.object JOIN process w ON w.id = t.process
WHERE w.grp = '${group.replaceAll("'", "''")}' GROUP BY m.lane ORDER BY w.rank`

/** For how long just so many processes (threads, where there is no GIL) ran at once between the times. A process runs while
 *  any of its threads does, and a thread where it has no slice, or waits for a device. */
export const ranAtOnceSql = (from: number, to: number): string => `\
WITH part AS (SELECT ${Math.round(from)} AS a, ${Math.round(to)} AS b),
life AS (
  SELECT l.id AS lane, t.start, coalesce(t."end", p."end", (SELECT max(start + dur) FROM slice)) AS "end",
         CASE WHEN p.python LIKE '%free-threaded%' THEN 'thread ' || t.id ELSE 'process ' || p.id END AS runner
  FROM thread t JOIN process p ON p.id = t.process JOIN lane l ON l.object = t.id AND l.depth = 0),
change AS (
  SELECT runner, start AS time, 1 AS more FROM life UNION ALL SELECT runner, "end", -1 FROM life
  UNION ALL SELECT f.runner, s.start, -1 FROM life f CROSS JOIN slice s ON s.lane = f.lane AND s.kind <> ${reasons.device}
  UNION ALL SELECT f.runner, min(s.start + s.dur, f."end"), 1 FROM life f CROSS JOIN slice s ON s.lane = f.lane
    AND s.kind <> ${reasons.device}),
threads AS (SELECT runner, time, sum(sum(more)) OVER (PARTITION BY runner ORDER BY time) AS n FROM change GROUP BY runner, time),
runs AS (SELECT time, (n > 0) - (coalesce(lag(n) OVER (PARTITION BY runner ORDER BY time), 0) > 0) AS more FROM threads),
level AS (SELECT time, sum(sum(more)) OVER (ORDER BY time) AS n FROM runs GROUP BY time),
lasts AS (SELECT n, time, lead(time, 1, time) OVER (ORDER BY time) AS until FROM level)
SELECT n AS ran, sum(min(until, b) - max(time, a)) / 1e6 AS ms FROM lasts, part
WHERE until > a AND time < b GROUP BY n ORDER BY n`

/** The calls of a remote server by caller and line: how many, how long they waited until they were served, and were served. */
export const callsSql = (pool: number, lane?: number, site?: number): string => `\
SELECT c.name AS caller, p.file || ':' || p.line AS place, count(*) AS calls, avg(s.fetched - s.submitted) / 1e6 AS whole_ms,
       avg(s.begun - s.submitted) / 1e6 AS until_served_ms, avg(s.ended - s.begun) / 1e6 AS served_ms
FROM submission s JOIN lane l ON l.id = s.from_lane JOIN object c ON c.id = l.object LEFT JOIN site p ON p.id = s.site
WHERE s.pool = ${pool} AND s.fetched NOT NULL AND s.begun NOT NULL${lane === undefined ? '' : ` AND s.from_lane = ${lane} AND s.site = ${site}`}
GROUP BY s.from_lane, s.site ORDER BY calls DESC`
