// SQL that shows the rows of findings about why a device stood idle, and what it copied.
const these = (ids: readonly number[]) => [...new Set(ids)].join(', ') || '0'

/** All commands of a device with the time that it stood idle before each. */
const runsOf = (device: number) => `runs AS (
  SELECT c.*, max(0, c.started - max(c.ended) OVER (ORDER BY c.started, c.ended ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS idle
  FROM command c JOIN object q ON q.id = c.stream AND q.belongs = ${device}
  WHERE c.ended >= c.started AND c.operation NOT IN ('marker', 'barrier'))`

/** What a thread launched at these lines: how often, how long a call and a run took, and how long the device had been idle before. */
export const launchesSql = (device: number, lane: number, sites: readonly number[]): string => `\
WITH ${runsOf(device)}
SELECT p.file || ':' || p.line AS place, r.operation, w.name AS kernel, count(*) AS commands,
       (max(r.called) - min(r.called)) / 1e3 / max(1, count(*) - 1) AS one_every_us, avg(r.returned - r.called) / 1e3 AS call_us,
       avg(r.ended - r.started) / 1e3 AS ran_us, sum(r.idle) / 1e6 AS idle_before_ms, sum(r.called > r.started - r.idle) AS launched_late
FROM runs r LEFT JOIN site p ON p.id = r.site LEFT JOIN work w ON w.id = r.work
WHERE r.from_lane = ${lane} AND r.site IN (${these(sites)}) GROUP BY r.site, r.operation, r.work ORDER BY commands DESC`

/** The longest times that a device stood idle before what a thread launched at these lines, and what that did meanwhile. */
export const idleSql = (device: number, lane: number, sites: readonly number[]): string => `\
WITH ${runsOf(device)}, longest AS (
  SELECT started - idle AS since, called, idle, site, operation FROM runs
  WHERE from_lane = ${lane} AND site IN (${these(sites)}) AND idle > 0 ORDER BY idle DESC LIMIT 50)
SELECT r.since / 1e6 AS idle_from_ms, r.idle / 1e6 AS idle_ms, p.file || ':' || p.line AS ended_by, r.operation,
       (SELECT group_concat(DISTINCT k.name || coalesce(' for ' || o.name, '') || coalesce(' at ' || sp.file || ':' || sp.line, ''))
        FROM slice s JOIN kind k ON k.what = 'slice' AND k.id = s.kind LEFT JOIN object o ON o.id = s.object
        LEFT JOIN site sp ON sp.id = s.site
        WHERE s.lane = ${lane} AND s.start < r.called AND s.start + s.dur > r.since) AS the_thread_waited
FROM longest r LEFT JOIN site p ON p.id = r.site ORDER BY r.idle DESC`

/** A thread's waits for devices at a line, by how long they took. */
export const syncsSql = (device: number, lane: number, site: number): string => `\
WITH ${runsOf(device)}
SELECT p.file || ':' || p.line AS waited_at, count(*) AS waits, sum(s.dur) / 1e6 AS waited_ms,
       (SELECT count(*) FROM runs WHERE from_lane = ${lane} AND idle > 0) AS gaps,
       (SELECT sum(idle) / 1e6 FROM runs WHERE from_lane = ${lane}) AS idle_ms,
       (SELECT sum(ended - started) / 1e6 FROM runs) AS ran_ms
FROM slice s LEFT JOIN site p ON p.id = s.site WHERE s.lane = ${lane} AND s.kind = 20 AND s.site = ${site}`

/** What a device ran, by what it is: how often, how many bytes, how long, and how fast. */
export const copiesSql = (device: number): string => `\
SELECT c.operation, w.name AS kernel, p.file || ':' || p.line AS place, count(*) AS commands, sum(c.bytes) AS bytes,
       sum(c.ended - c.started) / 1e6 AS ms, sum(c.bytes) * 1.0 / nullif(sum(c.ended - c.started), 0) AS GB_a_second
FROM command c JOIN object q ON q.id = c.stream AND q.belongs = ${device} LEFT JOIN work w ON w.id = c.work
LEFT JOIN site p ON p.id = c.site
WHERE c.ended >= c.started GROUP BY c.operation, c.work, c.site ORDER BY ms DESC, place`
