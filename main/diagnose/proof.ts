// SQL that shows the rows of a finding: a person runs it on the finished trace and reads who, what, when and where.
import type { Finding } from '../../wire/api.ts'

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

/** Who held the object while others waited, at which line. */
export const blameSql = (object: number): string => `\
SELECT h.name AS holder, p.file || ':' || p.line AS held_at, w.file || ':' || w.line AS waited_at,
       b.dur / 1e6 AS waited_ms, b.count AS times
FROM blame b JOIN object h ON h.id = b.holder
LEFT JOIN site p ON p.id = b.holder_site LEFT JOIN site w ON w.id = b.wait_site
WHERE b.object = ${object} ORDER BY b.dur DESC`

/** Who had the object how often and how long, and how often somebody waited meanwhile. */
export const holdsSql = (object: number): string => `\
SELECT t.name AS thread, count(*) AS turns, sum(s.dur) / 1e6 AS held_ms, sum(s.kind = 33) AS contended
FROM slice s JOIN lane l ON l.id = s.lane JOIN object t ON t.id = s.object
WHERE l.object = ${object} AND s.kind IN (32, 33) GROUP BY s.object ORDER BY held_ms DESC`

/** How long the queue had how many items in it. */
export const depthSql = (queue: number): string => `\
SELECT s.arg AS items, sum(s.dur) / 1e6 AS ms FROM slice s JOIN lane l ON l.id = s.lane
WHERE l.object = ${queue} AND s.kind = 40 GROUP BY s.arg ORDER BY s.arg`
