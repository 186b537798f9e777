// SQL that shows the rows of findings about streams: what they ran when, and what each command waited for.

/** What the streams ran, in order of time, and how long after the one before it was over. */
export const inTurnsSql = (streams: readonly number[]): string => `\
SELECT o.name AS stream, c.number, c.operation, w.name AS kernel, c.bytes, c.called / 1e6 AS called_ms, c.started / 1e6 AS start_ms,
       c.ended / 1e6 AS end_ms, (c.started - lag(c.ended) OVER (ORDER BY c.started)) / 1e6 AS after_the_one_before_ms,
       p.file || ':' || p.line AS place
FROM command c JOIN object o ON o.id = c.stream LEFT JOIN work w ON w.id = c.work LEFT JOIN site p ON p.id = c.site
WHERE c.stream IN (${streams.join(', ')}) AND c.started NOT NULL AND c.ended NOT NULL ORDER BY c.started`

/** Commands of the stream that were ready to run `times` as long as they ran, or longer, and what other streams of the device ran then. */
export const readySql = (stream: number, times: number): string => `\
SELECT k.number, coalesce(w.name, k.operation) AS command, k.ready / 1e6 AS ready_ms, k.started / 1e6 AS start_ms,
  (k.started - k.ready) / 1e6 AS waited_ms, (k.ended - k.started) / 1e6 AS ran_ms,
  (SELECT group_concat(DISTINCT coalesce(ow.name, x.operation) || ' of ' || oq.name) FROM command x
   JOIN object oq ON oq.id = x.stream LEFT JOIN work ow ON ow.id = x.work
   WHERE x.stream <> ${stream} AND oq.belongs = q.belongs AND x.started < k.started AND x.ended > k.ready) AS meanwhile
FROM (
  SELECT stream, number, operation, work, started, ended, max(called, coalesce(submitted, called),
    coalesce(lag(ended) OVER (ORDER BY started) * (SELECT in_order FROM stream WHERE object = ${stream}), called),
    coalesce((SELECT max(n.ended) FROM dependency d JOIN command n ON n.stream = d.on_stream AND n.number = d.on_number
              WHERE d.stream = command.stream AND d.number = command.number), called)) AS ready
  FROM command WHERE stream = ${stream} AND started NOT NULL AND ended NOT NULL) k
JOIN object q ON q.id = k.stream LEFT JOIN work w ON w.id = k.work
WHERE k.started > k.ready AND k.started - k.ready >= ${times} * (k.ended - k.started) ORDER BY waited_ms DESC LIMIT 50`

/** Copies between the host and the device by the line that asked for so many: all of them, or those of pageable memory. */
export const byLineSql = (device: number, all: boolean, least: number): string => `\
SELECT p.file || ':' || p.line AS place, p.text AS line, c.operation, count(*) AS copies, sum(c.bytes) AS bytes,
       sum(c.ended - c.started) / 1e6 AS took_ms,
       sum(max(0, min(c.returned, c.ended) - max(c.called, c.started))) / 1e6 AS host_stood_ms
FROM command c JOIN object q ON q.id = c.stream LEFT JOIN site p ON p.id = c.site
WHERE q.belongs = ${device} AND c.operation IN ('read', 'write', 'copy') AND ${all ? "c.operation <> 'copy'" : 'c.pageable = 1'}
GROUP BY c.site, c.operation HAVING copies >= ${least} ORDER BY host_stood_ms DESC`
