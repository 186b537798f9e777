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
  'asyncio/await_graph': [
    [
      'who awaited whom',
      "SELECT thread, object FROM wait WHERE why = 'task' ORDER BY thread, object",
      [
        ['flight', 'Alba Air'],
        ['flight', 'Borea'],
        ['flight', 'Condor'],
        ['hotel', 'beds.example'],
        ['hotel', 'rooms.example'],
        ['main', 'plan'],
        ['plan', 'flight'],
        ['plan', 'hotel'],
        ['plan', 'weather'],
      ],
    ],
    [
      'Condor is what flight waited for in the end',
      "SELECT cause FROM arrow WHERE effect = 'flight' AND kind <> 'start'",
      [['Condor']],
    ],
  ],
  'asyncio/blocking_call': [
    [
      'each search is a step that blocks the loop',
      'SELECT task, count(*) FROM step WHERE stall GROUP BY task',
      [['search', 8]],
    ],
  ],
  'asyncio/blocking_call_fixed': [
    ['no step blocks the loop', 'SELECT count(*) FROM step WHERE stall', [[0]]],
    [
      'each search goes to a thread',
      "SELECT cause, effect, count(*) FROM arrow WHERE kind = 'submit' GROUP BY cause, effect",
      [['search', 'asyncio_0', 8]],
    ],
    [
      'and its answer comes back',
      "SELECT cause, count(*) FROM arrow WHERE effect = 'search' AND kind = 'ready' GROUP BY cause",
      [['asyncio_0', 8]],
    ],
  ],
  'asyncio/event_loop': [
    [
      'all steps are callbacks: there is no task',
      'SELECT task, count(*) FROM step GROUP BY task',
      [['MainThread', 25]],
    ],
    [
      'in between the loop waits',
      'SELECT thread, why, count(*) FROM wait GROUP BY thread, why',
      [['MainThread', 'io', 23]],
    ],
  ],
  'asyncio/executor': [
    [
      'each photo goes to a sharpener, the saving to the loop’s own thread',
      "SELECT rtrim(effect, '01') AS thread, count(*) FROM arrow WHERE kind = 'submit' GROUP BY 1 ORDER BY 1",
      [
        ['asyncio_', 1],
        ['sharpener_', 6],
      ],
    ],
    ['and back', "SELECT count(DISTINCT effect) FROM arrow WHERE kind = 'ready' AND cause LIKE 'sharpener_%'", [[6]]],
  ],
  'asyncio/futures': [
    [
      'who sets the result lets go on who waited for it',
      "SELECT cause, effect FROM arrow WHERE kind = 'ready' ORDER BY cause, effect",
      [
        ['cellar', 'porter'],
        ['waiter', 'Mr Joyce'],
        ['waiter', 'Ms Woolf'],
      ],
    ],
  ],
  'asyncio/state_machine': [
    [
      'the parcels sleep in their states',
      "SELECT thread, count(*), count(DISTINCT line) FROM wait WHERE why = 'sleep' GROUP BY thread",
      [
        ['books', 3, 3],
        ['piano', 5, 4],
        ['tea', 4, 4],
      ],
    ],
  ],
  'asyncio/streams': [
    [
      'students and the server’s tasks wait for input',
      "SELECT DISTINCT thread FROM wait WHERE why = 'io' AND thread IN ('Lea', 'Max', 'Zoe', 'serve') ORDER BY 1",
      [['Lea'], ['Max'], ['Zoe'], ['serve']],
    ],
  ],
  'asyncio/tasks': [
    ['the cook has two hands: one step at a time', "SELECT count(*) FROM lane WHERE kind = 'loop'", [[1]]],
    [
      'every step of every dish',
      "SELECT thread, count(*) FROM wait WHERE why = 'sleep' AND thread <> 'MainThread' GROUP BY thread",
      [
        ['bread', 3],
        ['noodles', 2],
        ['salad', 3],
      ],
    ],
  ],
  'asyncio/timeouts': [
    [
      'two answer, two are cancelled',
      "SELECT name, error FROM task WHERE name LIKE 'Dr %' ORDER BY name",
      [
        ['Dr Blum', null],
        ['Dr Mori', 'cancelled'],
        ['Dr Okoye', null],
        ['Dr Weiss', 'cancelled'],
      ],
    ],
  ],
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
  'processes/pipe_talk': [
    [
      '28 questions one way, 28 answers the other',
      "SELECT count(*) FROM arrow WHERE kind = 'message' GROUP BY via",
      [[28], [28]],
    ],
  ],
  'processes/queue_pipeline': [
    [
      'every letter, and the last word, through both queues',
      'SELECT queue, count(*), count(DISTINCT put_at), count(DISTINCT got_at) FROM handoff GROUP BY queue ORDER BY queue',
      [
        ['belt', 31, 31, 31],
        ['sack', 31, 31, 31],
      ],
    ],
  ],
  'processes/shared_memory': [
    [
      'five have the block',
      "SELECT o.name, count(*) FROM lane l JOIN object o ON o.id = l.object WHERE l.kind = 'memory' GROUP BY 1",
      [['picture', 5]],
    ],
    ['nothing is sent', "SELECT count(*) FROM arrow WHERE kind IN ('message', 'handoff')", [[0]]],
  ],
  'processes/subclass': [
    ['every reading of the three', 'SELECT queue, count(*) FROM handoff GROUP BY queue', [['readings', 36]]],
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
