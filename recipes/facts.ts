// What each recipe's trace must show: the things that its docstring tells people to look at, as questions and answers.
//
// In: nothing. Out: recipe → facts, each a sentence, a question in SQL and the rows of its answer. Only what is so in
// every run may stand here: who, how many, from where to where; no times, and no order that the machine decides.

export type Fact = [says: string, sql: string, rows: (string | number | null)[][]]

/** The question may use `arrow`: a flow with names instead of numbers. */
export const asked = (sql: string) => `
WITH arrow AS (
  SELECT k.name AS kind, o.name AS via, a.name AS cause, pa.name AS cause_process, b.name AS effect,
         pb.name AS effect_process, f.from_time AS "from", f.to_time AS "to"
  FROM flow f JOIN kind k ON k.what = 'flow' AND k.id = f.kind LEFT JOIN object o ON o.id = f.object
  JOIN lane la ON la.id = f.from_lane JOIN object a ON a.id = la.object JOIN process pa ON pa.id = a.process
  JOIN lane lb ON lb.id = f.to_lane JOIN object b ON b.id = lb.object JOIN process pb ON pb.id = b.process
) ${sql}`

export const facts: Record<string, Fact[]> = {
  'pools/as_completed': [
    ['four calls run, the fifth never begins', 'SELECT count(*), max(number) FROM job', [[4, 3]]],
    ['an arrow leads to each call that runs', "SELECT count(*) FROM arrow WHERE kind = 'submit'", [[4]]],
  ],
  'pools/process_pool': [
    ['a job for each number, none run twice', 'SELECT count(*), count(DISTINCT number) FROM job', [[9, 9]]],
    ['each job came by an arrow', "SELECT count(*) FROM arrow WHERE kind = 'submit'", [[9]]],
    ['and its factors went back by one', "SELECT count(*) FROM arrow WHERE kind = 'result'", [[9]]],
  ],
  'pools/thread_pool': [
    [
      'three plumbers share twelve jobs',
      'SELECT count(*), count(DISTINCT number), max(worker) FROM job',
      [[12, 12, 'plumber_2']],
    ],
    ['never more than three at a time', "SELECT count(*) FROM lane WHERE kind = 'pool'", [[3]]],
    [
      'an arrow leads from each call to its plumber',
      "SELECT count(*) FROM arrow WHERE kind = 'submit' AND cause = 'MainThread' AND effect LIKE 'plumber_%'",
      [[12]],
    ],
  ],
  'pools/worker_pool': [
    [
      'each call is a job, cut into parts by its chunks',
      'SELECT func, count(DISTINCT number), count(*) FROM job GROUP BY func ORDER BY func',
      [
        ['bake', 2, 7],
        ['bake_cake', 1, 3],
        ['heat_oven', 1, 1],
        ['sweep_floor', 1, 1],
      ],
    ],
    ['every part has its result', "SELECT count(*) FROM arrow WHERE kind = 'result'", [[12]]],
  ],
}
