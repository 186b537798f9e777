-- What each recipe's trace must show: the things that its docstring tells people to look at, as questions and answers.
-- recipes.test.ts asks them. Only what is so in every run may stand here: who, how many, from where to where; no times,
-- and no order that the machine decides.
--
--   -- chapter/recipe
--   -- what is so, in a sentence
--   SELECT …                        one line
--   --> columns with a space between, rows with a comma; – is NULL
--
-- Beside the tables and views of a trace there are, with names instead of numbers, `arrow`: the flows; `sent`: messages;
-- `entered`: ranks in collectives.

-- asyncio/await_graph
-- who awaited whom
SELECT thread, object FROM wait WHERE why = 'task' AND object NOT NULL ORDER BY thread, object
--> flight Alba Air, flight Borea, flight Condor, hotel beds.example, hotel rooms.example, main plan, plan flight, plan hotel, plan weather
-- Condor is what flight waited for in the end
SELECT cause FROM arrow WHERE effect = 'flight' AND kind <> 'start'
--> Condor

-- asyncio/blocking_call
-- each search is a step that blocks the loop
SELECT task, count(*) FROM step WHERE stall GROUP BY task
--> search 8
-- meanwhile all guests are overdue and wait for the loop
SELECT count(DISTINCT thread) FROM wait WHERE thread NOT IN ('main', 'search', 'MainThread') AND why = 'loop' AND dur > 50e6
--> 5
-- in the end the guests are cancelled
SELECT cause, count(DISTINCT effect) FROM arrow WHERE kind = 'cancel' GROUP BY cause
--> main 5

-- asyncio/blocking_call_fixed
-- no search blocks the loop
SELECT count(*) > 8, count(*) FILTER (WHERE stall) FROM step WHERE task = 'search'
--> 1 0
-- each search goes to a thread
SELECT cause, effect, count(*) FROM arrow WHERE kind = 'submit' GROUP BY cause, effect
--> search asyncio_0 8
-- and its answer comes back
SELECT cause, count(*) FROM arrow WHERE effect = 'search' AND kind = 'ready' GROUP BY cause
--> asyncio_0 8

-- asyncio/deadlock
-- each holds one lock and waits for the other's
SELECT w.thread, w.object, h.object FROM wait w JOIN hold h ON h.thread = w.thread WHERE w.why = 'lock' ORDER BY 1
--> Anna Cupboard.lock #2 Cupboard.lock, Bela Cupboard.lock Cupboard.lock #2

-- asyncio/deadlock_fixed
-- both locks are held by both, one after the other
SELECT object, group_concat(thread) FROM (SELECT * FROM hold WHERE object LIKE 'Cupboard%' ORDER BY start) GROUP BY 1 ORDER BY 1
--> Cupboard.lock Anna,Bela, Cupboard.lock #2 Anna,Bela

-- asyncio/event_loop
-- all steps are callbacks: there is no task
SELECT task, count(*) FROM step GROUP BY task
--> MainThread 25
-- in between the loop waits
SELECT thread, why, count(*) > 15 FROM wait GROUP BY thread, why
--> MainThread io 1

-- asyncio/executor
-- each photo goes to a sharpener, the saving to the loop’s own thread
SELECT rtrim(effect, '01') AS thread, count(*) FROM arrow WHERE kind = 'submit' GROUP BY 1 ORDER BY 1
--> asyncio_ 1, sharpener_ 6
-- and back
SELECT count(DISTINCT effect) FROM arrow WHERE kind = 'ready' AND cause LIKE 'sharpener_%'
--> 6

-- asyncio/from_a_thread
-- every reading, and the last word, comes from the mast
SELECT cause, count(*) FROM arrow WHERE effect = 'forecast' AND kind = 'room' GROUP BY cause
--> mast 13
-- it is the loop that puts it on the queue, and none is lost
SELECT queue, count(*) FROM handoff GROUP BY queue
--> readings 13

-- asyncio/futures
-- who sets the result lets go on who waited for it
SELECT cause, effect FROM arrow WHERE kind = 'ready' ORDER BY cause, effect
--> cellar porter, waiter Mr Joyce, waiter Ms Woolf

-- asyncio/lock_over_await
-- each reading is a turn at the lock, and all but the first were waited for
SELECT count(*), sum(contended) FROM hold WHERE object = 'Survey.lock'
--> 64 63
-- while a task holds the lock it sleeps: the turns have the sleeps in them
SELECT count(*) FROM hold h JOIN wait w ON w.thread = h.thread AND w.why = 'sleep' AND w.start >= h.start AND w.start + w.dur <= h.start + h.dur WHERE h.object = 'Survey.lock'
--> 64

-- asyncio/lock_over_await_fixed
-- as many turns, and nobody waits for one
SELECT count(*), sum(contended) FROM hold WHERE object = 'Survey.lock'
--> 64 0

-- asyncio/producer_consumer
-- every loaf goes from a baker to an assistant
SELECT substr(put_by, 1, 5) AS a, substr(got_by, 1, 9) AS b, count(*), count(DISTINCT got_at) FROM handoff GROUP BY a, b
--> baker assistant 36 36
-- each baker bakes eighteen
SELECT put_by, count(*) FROM handoff GROUP BY put_by ORDER BY put_by
--> baker-rye 18, baker-spelt 18
-- none is left
SELECT s.arg FROM slice s JOIN lane l ON l.id = s.lane AND l.kind = 'queue' ORDER BY s.start DESC LIMIT 1
--> 0
-- when the shop closes the assistants are sent home
SELECT cause, count(DISTINCT effect) FROM arrow WHERE kind = 'cancel' GROUP BY cause
--> main 3

-- asyncio/semaphore_limit
-- three seats
SELECT o.name, count(*) FROM lane l JOIN object o ON o.id = l.object WHERE l.kind = 'semaphore' GROUP BY o.name
--> Archive.reading_room 3
-- every reader reads twice
SELECT count(*), count(DISTINCT thread) FROM hold WHERE object = 'Archive.reading_room'
--> 24 12
-- who waited was let in by another one who left
SELECT count(*) = (SELECT count(*) FROM wait WHERE why = 'semaphore') FROM arrow WHERE kind = 'release' AND via = 'Archive.reading_room' AND cause <> effect
--> 1

-- asyncio/state_machine
-- the parcels sleep in their states
SELECT thread, count(*), count(DISTINCT line) FROM wait WHERE why = 'sleep' GROUP BY thread
--> books 3 3, piano 5 4, tea 4 4

-- asyncio/streams
-- students and the server’s tasks wait for input
SELECT DISTINCT thread FROM wait WHERE why = 'io' AND thread IN ('Lea', 'Max', 'Zoe', 'serve') ORDER BY 1
--> Lea, Max, Zoe, serve

-- asyncio/swallowed_cancel
-- an arrow asks the watchman to end
SELECT cause, count(*) FROM arrow WHERE kind = 'cancel' AND effect = 'watchman' GROUP BY cause
--> main 1
-- and he walks all thirty rooms
SELECT count(*) > 25, (SELECT error FROM task WHERE name = 'watchman') FROM wait WHERE thread = 'watchman' AND why = 'sleep'
--> 1 –

-- asyncio/swallowed_cancel_fixed
-- an arrow asks the watchman to end, and he does
SELECT cause, count(*), (SELECT error FROM task WHERE name = 'watchman') FROM arrow WHERE kind = 'cancel' AND effect = 'watchman'
--> main 1 cancelled

-- asyncio/task_group
-- one fails, the others are cancelled
SELECT name, error FROM task WHERE name IN ('Anna', 'Bao', 'Carla', 'Dirk') ORDER BY name
--> Anna cancelled, Bao cancelled, Carla RuntimeError: Carla twisted an ankle, Dirk cancelled
-- arrows lead to those
SELECT DISTINCT effect FROM arrow WHERE kind = 'cancel' AND effect <> 'main' ORDER BY effect
--> Anna, Bao, Dirk

-- asyncio/tasks
-- the cook has two hands: one step at a time
SELECT count(*) FROM lane WHERE kind = 'loop'
--> 1
-- every step of every dish
SELECT thread, count(*) FROM wait WHERE why = 'sleep' AND thread <> 'MainThread' GROUP BY thread
--> bread 3, noodles 2, salad 3

-- asyncio/timeouts
-- two answer, two are cancelled
SELECT name, error FROM task WHERE name LIKE 'Dr %' ORDER BY name
--> Dr Blum –, Dr Mori cancelled, Dr Okoye –, Dr Weiss cancelled
-- arrows lead to those
SELECT DISTINCT effect FROM arrow WHERE kind = 'cancel' AND effect LIKE 'Dr %' ORDER BY effect
--> Dr Mori, Dr Weiss

-- asyncio/unawaited
-- the band failed, and nobody looked
SELECT error FROM task WHERE name = 'band'
--> RuntimeError: they play elsewhere
-- three coroutines were thrown away, and one task
SELECT what, sum(count) FROM incident GROUP BY what ORDER BY what
--> exceptionNeverRetrieved 1, unawaited 3

-- asyncio/unawaited_fixed
-- the band fails here too
SELECT error FROM task WHERE name = 'band'
--> RuntimeError: they play elsewhere
-- nothing is thrown away
SELECT count(*) FROM incident
--> 0

-- celery/beat
-- beat only publishes
SELECT cause_process, count(*) >= 8, min(via) FROM arrow WHERE kind = 'submit' GROUP BY 1
--> celery beat 1 queue celery
-- and nobody waits for what comes of it
SELECT sum(ignored) = count(*), count(fetched) FROM submission
--> 1 0

-- celery/chain_and_chord
-- the editor submits what is to be set, the printing what is to be delivered
SELECT s.name, p.name = 'chain_and_chord.py' FROM submission s JOIN lane l ON l.id = s.from_lane JOIN object o ON o.id = l.object JOIN process p ON p.id = o.process WHERE s.name LIKE '%.set_type' OR s.name LIKE '%.deliver' GROUP BY 1, 2 ORDER BY 1
--> chain_and_chord.deliver 0, chain_and_chord.set_type 1
-- the printing needs all three
SELECT count(*) FROM arrow WHERE kind = 'needs'
--> 3
-- the delivery is submitted by the printing
SELECT above.name FROM submission child JOIN submission above ON above.id = child.parent WHERE child.name LIKE '%.deliver'
--> chain_and_chord.print_paper

-- celery/eta
-- the dessert was ordered first and comes last
SELECT group_concat(number) FROM (SELECT number FROM submission ORDER BY begun DESC)
--> 1,2,3
-- the worker has them before, and begins none before it is due
SELECT count(*) FROM submission WHERE accepted < begun AND begun >= due - 2e6
--> 3

-- celery/few_workers
-- one thread has it all
SELECT count(DISTINCT worker_lane), count(*) FROM submission
--> 1 24
-- no photograph is begun before the one before it is done
SELECT count(*) FROM submission a JOIN submission b ON b.begun < a.begun AND b.ended > a.begun
--> 0

-- celery/few_workers_fixed
-- up to ten threads, side by side
SELECT count(DISTINCT worker_lane) > 1, capacity FROM submission s JOIN object o ON o.id = s.pool
--> 1 10

-- celery/hoarding
-- some leaflets began only when the atlas was printed, in the printer that had it
SELECT count(*) > 1 FROM submission s JOIN submission a ON a.number = 1 WHERE s.accepted < a.ended AND s.begun >= a.ended AND s.accept_lane = a.accept_lane
--> 1

-- celery/hoarding_fixed
-- no leaflet lies behind the atlas
SELECT count(*) FROM submission s JOIN submission a ON a.number = 1 WHERE s.accepted < a.ended AND s.begun >= a.ended AND s.accept_lane = a.accept_lane
--> 0

-- celery/prefork
-- two processes of one worker
SELECT count(DISTINCT worker_lane) <= 2, count(DISTINCT accept_lane), count(*) FROM submission
--> 1 1 8
-- they wait for the queue while they have nothing to do
SELECT count(DISTINCT l.object) FROM slice s JOIN lane l ON l.id = s.lane JOIN object q ON q.id = s.object WHERE s.kind = 7 AND q.name = 'queue celery'
--> 2
-- and are the worker's children
SELECT count(*) FROM process p JOIN process w ON w.id = p.parent WHERE w.name = 'worker1@kitchen' AND p.name LIKE 'ForkPoolWorker%'
--> 2

-- celery/retries
-- two tries failed, the third one was fetched
SELECT retries, k.name, fetched NOT NULL FROM submission JOIN kind k ON k.what = 'outcome' AND k.id = outcome ORDER BY retries
--> 0 raised 0, 1 raised 0, 2 done 1
-- each try is submitted by the one before
SELECT cause_process, count(*) FROM arrow WHERE kind = 'submit' GROUP BY 1 ORDER BY 1
--> retries.py 1, worker1@kitchen 2

-- celery/stuck_chord
-- the callback needs three answers and is never submitted
SELECT s.name, count(*), submitted, begun FROM submission s JOIN need n ON n.pool = s.pool AND n.number = s.number GROUP BY s.number
--> stuck_chord.draw_mean 3 – –

-- celery/stuck_chord_fixed
-- the callback has its three answers
SELECT s.name, count(*), begun NOT NULL FROM submission s JOIN need n ON n.pool = s.pool AND n.number = s.number GROUP BY s.number
--> stuck_chord_fixed.draw_mean 3 1

-- celery/tasks
-- two orders to the worker and back
SELECT kind, via, cause_process, effect_process, count(*) FROM arrow WHERE kind IN ('submit', 'result') GROUP BY 1 ORDER BY 1 DESC
--> submit queue celery tasks.py worker1@kitchen 2, result queue celery worker1@kitchen tasks.py 2
-- the shop waits for the results
SELECT count(*) FROM wait WHERE why = 'future' AND object = 'queue celery'
--> 2

-- celery/two_queues
-- each worker has a queue of its own
SELECT via, effect_process, count(*) FROM arrow WHERE kind = 'submit' GROUP BY 1, 2 ORDER BY 1
--> queue celery worker1@kitchen 3, queue parcels worker2@kitchen 3

-- celery/two_workers
-- five floors of one group, each swept once, by two workers of one queue
SELECT count(*), count(DISTINCT s.grp), count(ended), max(o.capacity) FROM submission s JOIN object o ON o.id = s.pool
--> 5 1 5 2
-- at the line that sends the group
SELECT DISTINCT t.func FROM submission s JOIN site t ON t.id = s.site
--> main
-- the house submits them and has their results
SELECT kind, cause_process = 'two_workers.py', effect_process = 'two_workers.py', count(*) FROM arrow WHERE kind IN ('submit', 'result') GROUP BY 1, 2, 3 ORDER BY 1
--> result 0 1 5, submit 1 0 5

-- celery/unread_results
-- of thirty-one results one is fetched
SELECT count(*), count(fetched), sum(ignored) FROM submission
--> 31 1 0

-- celery/unread_results_fixed
-- thirty have no result
SELECT count(*), count(fetched), sum(ignored) FROM submission
--> 31 1 30

-- gil/cpu_processes
-- a GIL for each process
SELECT p.name, count(*) FROM lane l JOIN object o ON o.id = l.object JOIN process p ON p.id = o.process WHERE l.kind = 'gil' GROUP BY 1
--> cpu_processes.py 1, till-1 1, till-2 1, till-3 1, till-4 1
-- nobody waits for one
SELECT count(*) FROM wait WHERE why = 'gil'
--> 0
-- each till sends its result
SELECT cause_process, effect_process FROM arrow WHERE kind = 'handoff' AND via = 'valid' ORDER BY 1
--> till-1 cpu_processes.py, till-2 cpu_processes.py, till-3 cpu_processes.py, till-4 cpu_processes.py

-- gil/cpu_threads
-- somebody has the GIL nearly all the time
SELECT sum(s.dur) > 0.9 * (SELECT max("end") FROM thread WHERE name LIKE 'till-%') FROM slice s JOIN lane l ON l.id = s.lane AND l.kind = 'gil'
--> 1
-- each till waits for it
SELECT DISTINCT thread FROM wait WHERE why = 'gil' AND thread LIKE 'till-%' ORDER BY 1
--> till-1, till-2, till-3, till-4
-- and it passes from till to till
SELECT count(*) > 20 FROM arrow WHERE via = 'GIL' AND cause LIKE 'till-%' AND effect LIKE 'till-%'
--> 1

-- gil/cpu_threads_fixed
-- four processes have a job at once, each with a GIL of its own
SELECT count(DISTINCT pid), (SELECT count(DISTINCT process) FROM object WHERE kind = 'gil') FROM job
--> 4 5
-- and none of them waits for it long
SELECT coalesce(sum(dur), 0) < 0.1 * (SELECT sum(dur) FROM job) FROM wait WHERE why = 'gil'
--> 1

-- gil/io_processes
-- four processes for the same sleeps
SELECT cause_process, count(*) FROM arrow WHERE kind = 'handoff' GROUP BY 1
--> Harbour 1, Mouth 1, Old Mill 1, Source 1

-- gil/io_threads
-- the GIL is free most of the time
SELECT sum(s.dur) < 0.5 * (SELECT max("end") FROM thread) FROM slice s JOIN lane l ON l.id = s.lane AND l.kind = 'gil'
--> 1
-- all gauges are waited for
SELECT thread, count(*) FROM wait WHERE why = 'sleep' GROUP BY 1
--> Harbour 10, Mouth 10, Old Mill 10, Source 10

-- gil/native_code
-- the GIL is free while passwords are hashed
SELECT sum(s.dur) < 0.5 * (SELECT max("end") FROM thread) FROM slice s JOIN lane l ON l.id = s.lane AND l.kind = 'gil'
--> 1

-- gpu/air_and_sea
-- each step but the first of each needs the other's step before, and nothing else
SELECT count(*), sum(d.stream <> d.on_stream), sum(d.number = d.on_number + 1) FROM dependency d
--> 22 22 22
-- an arrow for each
SELECT count(*) FROM arrow WHERE kind = 'depends'
--> 22
-- none began before what it needs was over
SELECT count(*) FROM dependency d JOIN command c ON c.stream = d.stream AND c.number = d.number JOIN command n ON n.stream = d.on_stream AND n.number = d.on_number WHERE c.started < n.ended
--> 0

-- gpu/arrays
-- the operators and the sums are kernels
SELECT line, count(*) FROM execution WHERE operation = 'kernel' GROUP BY 1 ORDER BY 1
--> 28 2, 29 2, 30 2, 31 2
-- only get brings something back: the two sums
SELECT operation, count(*), sum(bytes) FROM execution WHERE operation = 'read'
--> read 2 8

-- gpu/copy_bound
-- the pond goes there and back for each drop
SELECT operation, count(*), sum(bytes) >> 20 FROM execution GROUP BY 1
--> kernel 80 0, read 80 1280, write 80 1280

-- gpu/copy_bound_fixed
-- the pond goes there once, and back once
SELECT operation, count(*), sum(bytes) >> 20 FROM execution GROUP BY 1
--> kernel 80 0, read 1 16, write 1 16

-- gpu/copy_then_compute
-- all of it is enqueued before the first piece is done
SELECT max(called) < min(start + dur) FROM execution WHERE number > 1
--> 1
-- one thing at a time
SELECT max(s.arg) FROM slice s JOIN lane l ON l.id = s.lane WHERE l.kind = 'device'
--> 1

-- gpu/copy_then_compute_fixed
-- a kernel waits for its write, a read for its kernel, a write for the last kernel with its buffer
SELECT c.operation, n.operation, count(*) FROM dependency d JOIN command c ON c.stream = d.stream AND c.number = d.number JOIN command n ON n.stream = d.on_stream AND n.number = d.on_number GROUP BY 1, 2 ORDER BY 1
--> kernel write 40, read kernel 40, write kernel 38
-- an arrow for each
SELECT count(*) FROM arrow WHERE kind = 'depends'
--> 118
-- a copy and a kernel at once
SELECT max(s.arg) FROM slice s JOIN lane l ON l.id = s.lane WHERE l.kind = 'device'
--> 2

-- gpu/elementwise
-- six operators and the limit's ones, then all of it in one kernel
SELECT iif(kernel = 'lighter', 'lighter', 'operators'), count(*) FROM execution WHERE operation IN ('kernel', 'fill') GROUP BY 1
--> lighter 1, operators 7

-- gpu/first_program
-- there, add, and back
SELECT operation, kernel, bytes FROM execution ORDER BY number
--> write – 8000000, write – 8000000, kernel add 0, read – 8000000
-- an arrow from the call to each
SELECT cause, count(*) FROM arrow WHERE kind = 'launch' GROUP BY 1
--> MainThread: calls 4
-- the host waits only at the read
SELECT why, object, line FROM wait WHERE why = 'device'
--> device queue 48
-- and an arrow leads there from its end
SELECT count(*) FROM arrow f JOIN execution e ON e.operation = 'read' AND e.start + e.dur = f."from" WHERE f.kind = 'finished' AND f.effect = 'MainThread'
--> 1
-- three arrays of 8,000,000 bytes are on the device, and all are given back
SELECT max(s.arg), min(s.arg) FROM slice s JOIN lane l ON l.id = s.lane WHERE l.kind = 'deviceMemory'
--> 23438 0

-- gpu/idle_device
-- a write, a kernel and a read for each picture
SELECT operation, count(*), count(DISTINCT stream) FROM execution GROUP BY 1
--> kernel 80 1, read 80 1, write 80 1
-- and a sleep, in the thread that launches them
SELECT thread, count(*) FROM wait WHERE why = 'sleep' GROUP BY 1
--> MainThread 80

-- gpu/idle_device_fixed
-- a write, a kernel and a read for each picture
SELECT operation, count(*), count(DISTINCT stream) FROM execution GROUP BY 1
--> kernel 80 1, read 80 1, write 80 1
-- and a sleep, in other threads than the one that launches them
SELECT count(*), max(thread = 'MainThread') FROM wait WHERE why = 'sleep'
--> 80 0

-- gpu/launch_bound
-- a launch a minute
SELECT kernel, count(*), count(DISTINCT line) FROM execution WHERE operation = 'kernel' GROUP BY 1
--> cool 20000 1

-- gpu/launch_bound_fixed
-- one launch for all minutes
SELECT kernel, count(*) FROM execution WHERE operation = 'kernel' GROUP BY 1
--> cool 1

-- gpu/map_reduce
-- each question maps and reduces in groups, then reduces what the groups have
SELECT kernel, count(*) FROM execution WHERE operation = 'kernel' GROUP BY 1 ORDER BY min(number)
--> taken_in_stage1 1, taken_in_stage2 1, dearest_stage1 1, dearest_stage2 1
-- the second kernel is one group
SELECT DISTINCT global = local FROM execution WHERE kernel LIKE '%stage2'
--> 1

-- gpu/memory_model
-- both kernels, with their sizes
SELECT kernel, global, local, count(*) FROM execution WHERE operation = 'kernel' GROUP BY 1
--> from_global 320×320 16×16 3, from_tiles 320×320 16×16 3

-- gpu/memory_pool
-- a kernel and a read for each tile, twice; the pool brings its buffers there as it makes them
SELECT operation, count(*) FROM execution WHERE operation <> 'migrate' GROUP BY 1 UNION ALL SELECT 'made', count(*) BETWEEN 1 AND 19 FROM execution WHERE operation = 'migrate'
--> kernel 40, read 40, made 1
-- without the pool the memory goes back to nothing again and again (PyOpenCL gives it back; the device lets go when it has done with it)
SELECT count(*) >= 4 FROM slice s JOIN lane l ON l.id = s.lane WHERE l.kind = 'deviceMemory' AND s.arg = 0
--> 1
-- in the end all is given back
SELECT s.arg FROM slice s JOIN lane l ON l.id = s.lane WHERE l.kind = 'deviceMemory' ORDER BY s.start DESC LIMIT 1
--> 0

-- gpu/named_ranges
-- a range for each picture, and its three phases in it
SELECT w.name, l.depth, count(*) FROM slice s JOIN kind k ON k.what = 'slice' AND k.id = s.kind JOIN lane l ON l.id = s.lane JOIN work w ON w.id = s.arg WHERE k.name = 'range' GROUP BY 1, 2 ORDER BY 2, 1
--> picture 0 3, back 1 3, blur 1 3, there 1 3
-- in each phase the call that enqueues its command
SELECT l.depth, count(*) FROM slice s JOIN kind k ON k.what = 'slice' AND k.id = s.kind JOIN lane l ON l.id = s.lane WHERE k.name = 'launch' GROUP BY 1
--> 2 9
-- and an arrow from each to what the device did
SELECT count(*) FROM arrow WHERE kind = 'launch'
--> 9

-- gpu/numba_kernels
-- what the default stream ran, in this order
SELECT coalesce(kernel, operation) FROM execution ORDER BY number
--> write, brighten, read, write, brighten, read, write, brighten, brighten, blur, read
-- sixteen by sixteen threads in blocks of eight by eight
SELECT DISTINCT global, local, outcome FROM execution WHERE operation = 'kernel'
--> 16×16 8×8 done
-- each launch leads to its run
SELECT count(*) FROM arrow WHERE kind = 'launch'
--> 11
-- Numba calls its device by what it is
SELECT DISTINCT device FROM execution
--> CUDA simulator of Numba
-- and all threads are the program's or hidden
SELECT o.name FROM object o JOIN thread t ON t.id = o.id WHERE o.internal = 0
--> MainThread

-- gpu/numba_libraries
-- each round copies darts there, counts twice, and copies the count back
SELECT coalesce(kernel, operation), count(*), sum(bytes) FROM execution GROUP BY 1 ORDER BY 1
--> count 3 0, judge 3 0, read 3 24, write 4 1544
-- memory of the device: the darts of each round, the verdicts and the count
SELECT max(s.arg) FROM slice s JOIN lane l ON l.id = s.lane JOIN object o ON o.id = l.object WHERE o.name = 'memory of the simulator'
--> 2

-- gpu/out_of_order
-- the queue is out of order
SELECT in_order FROM stream
--> 0
-- each blend depends on its two, each read on its blend
SELECT c.operation, n.operation, count(*), sum(d.stream = d.on_stream) FROM dependency d JOIN command c ON c.stream = d.stream AND c.number = d.number JOIN command n ON n.stream = d.on_stream AND n.number = d.on_number GROUP BY 1, 2
--> kernel kernel 6 6, read kernel 3 3
-- an arrow for each
SELECT count(*) FROM arrow WHERE kind = 'depends'
--> 9
-- several at once
SELECT max(s.arg) > 1 FROM slice s JOIN lane l ON l.id = s.lane WHERE l.kind = 'device'
--> 1
-- each blend begins when its own two are over
SELECT count(*), sum(b.start >= e.start + e.dur) FROM execution b JOIN execution e ON e.number IN (b.number - 1, b.number - 2) WHERE b.kernel = 'blend'
--> 6 6

-- gpu/pageable_copies
-- two exposures of 32 MiB there, a picture of 8 MiB back
SELECT operation, count(*), sum(bytes) >> 20 FROM execution GROUP BY 1 ORDER BY 1
--> kernel 24 0, read 24 192, write 48 1536

-- gpu/pageable_copies_fixed
-- nothing is copied
SELECT operation, count(*) FROM execution GROUP BY 1 ORDER BY 1
--> kernel 24, map 72, unmap 72

-- gpu/serial_streams
-- twelve frames in each queue
SELECT kernel, count(*) FROM execution WHERE operation = 'kernel' GROUP BY stream
--> clean 12, clean 12
-- never one of each at once
SELECT count(*)  FROM execution a JOIN execution b ON b.stream > a.stream AND b.start < a.start + a.dur - 1e6 AND a.start < b.start + b.dur - 1e6 WHERE a.kernel = b.kernel
--> 0

-- gpu/serial_streams_fixed
-- twelve frames in each queue
SELECT kernel, count(*) FROM execution WHERE operation = 'kernel' GROUP BY stream
--> clean 12, clean 12
-- some of which ran at once
SELECT count(*) > 0 FROM execution a JOIN execution b ON b.stream > a.stream AND b.start < a.start + a.dur - 1e6 AND a.start < b.start + b.dur - 1e6 WHERE a.kernel = b.kernel
--> 1

-- gpu/starved_stream
-- long kernels in one queue, short ones in the other
SELECT stream LIKE 'questions%', kernel, count(*) FROM execution WHERE operation = 'kernel' GROUP BY 1, 2 ORDER BY 1, 2
--> 0 simulate 8, 1 ask 7
-- the end of each short one lets the host go on
SELECT effect, count(*) FROM arrow WHERE kind = 'finished' AND via LIKE 'questions%' GROUP BY 1
--> MainThread 7

-- gpu/starved_stream_fixed
-- the long ones are three hundred short ones each
SELECT stream LIKE 'questions%', kernel, count(*) FROM execution WHERE operation = 'kernel' GROUP BY 1, 2 ORDER BY 1, 2
--> 0 simulate 2400, 1 ask 7

-- gpu/sync_every_step
-- four thousand steps, launched at one line
SELECT kernel, count(*), count(DISTINCT line) FROM execution WHERE operation = 'kernel' GROUP BY 1
--> spread 4000 1
-- and as many waits, at another one
SELECT count(*), max(line NOT IN (SELECT line FROM execution)) FROM wait WHERE why = 'device' GROUP BY line HAVING count(*) > 100
--> 4000 1

-- gpu/sync_every_step_fixed
-- as many steps
SELECT kernel, count(*) FROM execution WHERE operation = 'kernel' GROUP BY 1
--> spread 4000
-- and hardly a wait
SELECT count(*) < 10 FROM wait WHERE why = 'device'
--> 1

-- gpu/thread_pool
-- a queue for each thread
SELECT count(DISTINCT thread), count(DISTINCT stream), count(DISTINCT thread || stream) FROM execution
--> 2 2 2
-- sixteen photographs
SELECT operation, count(*) FROM execution GROUP BY 1
--> kernel 16, read 16, write 16

-- gpu/two_processes
-- one device, a queue in each of two processes
SELECT (SELECT count(*) FROM device), count(*), count(DISTINCT o.process) FROM stream s JOIN object o ON o.id = s.object
--> 1 2 2
-- eight bands each
SELECT p.name, count(*) FROM command c JOIN lane l ON l.id = c.from_lane JOIN object t ON t.id = l.object JOIN process p ON p.id = t.process WHERE c.operation = 'kernel' GROUP BY 1 ORDER BY 1
--> lower half 8, upper half 8

-- mapreduce/futures
-- all that is submitted by the program runs once
SELECT count(*), sum(retries), count(DISTINCT number) FROM submission
--> 20 0 20
-- each heap of each chapter is needed by one reduce, each chapter by two heaps
SELECT cause_process LIKE 'worker _', effect_process LIKE 'worker _', count(*) FROM arrow WHERE kind = 'needs' GROUP BY 1, 2
--> 1 1 24
-- a reduce begins when the last chapter has been counted
SELECT count(*) FROM submission r JOIN submission m ON m.name = 'count' WHERE r.name = 'add_up' AND r.begun < m.ended
--> 0
-- the program waits for the cluster once, and has what it has asked for
SELECT name, count(to_lane) FROM submission GROUP BY 1 HAVING count(to_lane) > 0
--> add_up 2

-- mapreduce/joblib_batches
-- twenty batches of the numbers run in other processes
SELECT s.name, count(*), min(j.pid <> (SELECT pid FROM process WHERE id = 1)) FROM submission s JOIN job j ON j.number = s.number AND j.pool = 'joblib' GROUP BY 1
--> factors × 200 20 1
-- each is submitted by the program and comes back
SELECT kind, count(*) FROM arrow WHERE via = 'joblib' AND kind IN ('submit', 'result') AND (kind = 'submit' OR effect LIKE 'Executor%') GROUP BY 1 ORDER BY 1
--> result 20, submit 20

-- mapreduce/shuffle_skew
-- one job gets most of the bytes
SELECT max(bytes) > 0.8 * sum(bytes) FROM submission WHERE name = 'sum_up'
--> 1

-- mapreduce/shuffle_skew_fixed
-- no job gets more than twice its share
SELECT max(bytes) < 2 * avg(bytes) FROM submission WHERE name = 'sum' OR name = 'sum_up' AND bytes > 1000
--> 1

-- mapreduce/stragglers
-- the sum needs all volumes
SELECT count(*) FROM arrow WHERE kind = 'needs'
--> 12
-- it begins when the last of them is counted
SELECT count(*) FROM submission s JOIN submission c ON c.name = 'count' WHERE s.name = 'sum' AND s.begun < c.ended
--> 0

-- mapreduce/stragglers_fixed
-- the index is in twenty-two parts
SELECT count(*) FROM submission WHERE name = 'count'
--> 33

-- mapreduce/word_count
-- the program asks for one thing; the scheduler makes jobs of the graph
SELECT cause, count(*) > 1 FROM arrow WHERE kind = 'submit' AND via = 'Dask cluster' GROUP BY 1 ORDER BY 1
--> IO loop 1, MainThread 0
-- every need is an arrow from the end of one job to the begin of another
SELECT count(*) = (SELECT count(*) FROM need) FROM arrow WHERE kind = 'needs'
--> 1
-- the functions of the program run on the workers, one after the other
SELECT func, count(*) FROM job WHERE func <> '' GROUP BY 1 ORDER BY min(start)
--> words 3, first_letter 3

-- mpi/alltoall
-- two collectives a day, of all four
SELECT operation, count(*), count(DISTINCT number) FROM entered GROUP BY operation ORDER BY 1
--> allreduce 12 3, alltoall 12 3

-- mpi/broadcast
-- four broadcasts, each of all ranks, and rank 0 is the root
SELECT operation, count(*), count(DISTINCT number), group_concat(DISTINCT CASE WHEN root THEN process END) FROM entered GROUP BY operation
--> bcast 16 4 rank 0
-- who waited for one waited for rank 0
SELECT count(*) FROM arrow WHERE kind = 'collective' AND cause_process <> 'rank 0'
--> 0

-- mpi/cartesian
-- neighbours only: two of the three others each
SELECT "from", group_concat("to", ', ') FROM (SELECT DISTINCT "from", "to" FROM sent ORDER BY 1, 2) GROUP BY 1
--> rank 0 rank 1, rank 2, rank 1 rank 0, rank 3, rank 2 rank 0, rank 3, rank 3 rank 1, rank 2
-- ten steps, two axes, two directions
SELECT "from", count(*) FROM sent GROUP BY 1 ORDER BY 1
--> rank 0 40, rank 1 40, rank 2 40, rank 3 40
-- the grid is made by all and freed by all
SELECT operation, count(*) FROM entered GROUP BY operation ORDER BY 1
--> create 4, free 4

-- mpi/deadlock
-- each waits in its send to the next one, to the end
SELECT process.name, o.name FROM slice s JOIN lane l ON l.id = s.lane AND l.kind = 'thread' JOIN object t ON t.id = l.object JOIN process ON process.id = t.process JOIN kind k ON k.what = 'slice' AND k.id = s.kind JOIN object o ON o.id = s.object WHERE k.name = 'send' AND s.outcome >= 4 ORDER BY 1
--> rank 0 0 → 1, tag 0, world, rank 1 1 → 2, tag 0, world, rank 2 2 → 3, tag 0, world, rank 3 3 → 0, tag 0, world
-- nothing was received
SELECT count(*) FROM sent WHERE "to" NOT NULL
--> 0

-- mpi/deadlock_fixed
-- each sends to the next one
SELECT "from", "to", bytes FROM sent ORDER BY 1
--> rank 0 rank 1 4194304, rank 1 rank 2 4194304, rank 2 rank 3 4194304, rank 3 rank 0 4194304

-- mpi/gather
-- four mornings of all ranks
SELECT operation, count(*), count(DISTINCT number) FROM entered GROUP BY operation
--> gather 16 4
-- nobody but the root waits for another one
SELECT count(*) FROM arrow WHERE kind = 'collective' AND effect_process <> 'rank 0'
--> 0

-- mpi/hello_ranks
-- four processes that know which rank they are
SELECT name, rank, ranks FROM process WHERE rank NOT NULL ORDER BY rank
--> rank 0 0 4, rank 1 1 4, rank 2 2 4, rank 3 3 4
-- nobody has anything to do with another one
SELECT count(*) FROM arrow WHERE cause_process LIKE 'rank%' AND effect_process LIKE 'rank%'
--> 0

-- mpi/late_at_collective
-- fifteen agreements of all
SELECT operation, count(*), count(DISTINCT number) FROM entered GROUP BY operation
--> allreduce 60 15
-- rank 3 keeps the others waiting
SELECT cause_process FROM arrow WHERE kind = 'collective' GROUP BY 1 ORDER BY count(*) DESC LIMIT 1
--> rank 3

-- mpi/late_at_collective_fixed
-- as many
SELECT operation, count(*), count(DISTINCT number) FROM entered GROUP BY operation
--> allreduce 60 15

-- mpi/late_receiver
-- eight pictures of each go to rank 0
SELECT "from", "to", count(*), min(bytes) FROM sent GROUP BY 1, 2 ORDER BY 1
--> rank 1 rank 0 8 1048576, rank 2 rank 0 8 1048576, rank 3 rank 0 8 1048576
-- whoever waited to be taken waited for rank 0
SELECT DISTINCT cause_process FROM arrow WHERE kind = 'taken'
--> rank 0

-- mpi/late_receiver_fixed
-- as many, a tenth as large
SELECT "from", "to", count(*), min(bytes) FROM sent GROUP BY 1, 2 ORDER BY 1
--> rank 1 rank 0 8 104857, rank 2 rank 0 8 104857, rank 3 rank 0 8 104857

-- mpi/late_sender
-- twelve pictures to each and the end, twelve answers from each
SELECT "from", "to", count(*) FROM sent GROUP BY 1, 2 ORDER BY 1, 2
--> rank 0 rank 1 13, rank 0 rank 2 13, rank 0 rank 3 13, rank 1 rank 0 12, rank 2 rank 0 12, rank 3 rank 0 12

-- mpi/late_sender_fixed
-- the same messages
SELECT "from", "to", count(*) FROM sent GROUP BY 1, 2 ORDER BY 1, 2
--> rank 0 rank 1 13, rank 0 rank 2 13, rank 0 rank 3 13, rank 1 rank 0 12, rank 2 rank 0 12, rank 3 rank 0 12

-- mpi/message_imbalance
-- all messages begin or end at rank 0
SELECT "from", "to", count(*) FROM sent GROUP BY 1, 2 ORDER BY 1, 2
--> rank 0 rank 1 40, rank 0 rank 2 40, rank 0 rank 3 40, rank 1 rank 0 20, rank 2 rank 0 20, rank 3 rank 0 20

-- mpi/message_imbalance_fixed
-- neighbours only, all alike
SELECT "from", "to", count(*) FROM sent GROUP BY 1, 2 ORDER BY 1, 2
--> rank 0 rank 1 20, rank 0 rank 3 20, rank 1 rank 0 20, rank 1 rank 2 20, rank 2 rank 1 20, rank 2 rank 3 20, rank 3 rank 0 20, rank 3 rank 2 20

-- mpi/mismatched_collectives
-- two come to the third broadcast as its root
SELECT process FROM entered WHERE number = 3 AND root ORDER BY 1
--> rank 0, rank 2
-- which is counted where it was seen
SELECT what, sum(count) FROM incident GROUP BY what
--> mismatched 1
-- and draws no arrow
SELECT DISTINCT k.name FROM incident i JOIN object o ON o.id = i.object JOIN lane l ON l.object = o.id JOIN slice s ON s.lane = l.id JOIN kind k ON k.what = 'slice' AND k.id = s.kind
--> band

-- mpi/mismatched_collectives_fixed
-- two broadcasts a day, one root each
SELECT count(DISTINCT number), sum(root) FROM entered
--> 6 6
-- all agree
SELECT count(*) FROM incident
--> 0

-- mpi/one_sided
-- each writes its line on three boards, three times
SELECT cause_process, effect_process, count(*) FROM arrow WHERE kind = 'access' GROUP BY 1, 2 ORDER BY 1, 2
--> rank 0 rank 1 3, rank 0 rank 2 3, rank 0 rank 3 4, rank 1 rank 0 4, rank 1 rank 2 3, rank 1 rank 3 3, rank 2 rank 0 3, rank 2 rank 1 4, rank 2 rank 3 3, rank 3 rank 0 3, rank 3 rank 1 3, rank 3 rank 2 4
-- with a fence before and after
SELECT operation, count(*), count(DISTINCT number) FROM entered WHERE operation = 'fence' GROUP BY operation
--> fence 28 7

-- mpi/overlap
-- each sends to both neighbours in each step
SELECT "from", "to", count(*) FROM sent GROUP BY 1, 2 ORDER BY 1, 2
--> rank 0 rank 1 12, rank 0 rank 3 12, rank 1 rank 0 12, rank 1 rank 2 12, rank 2 rank 1 12, rank 2 rank 3 12, rank 3 rank 0 12, rank 3 rank 2 12

-- mpi/point_to_point
-- three rounds, a parcel and its weight
SELECT "from", "to", count(*) FROM sent GROUP BY 1, 2 ORDER BY 1
--> rank 0 rank 1 6, rank 1 rank 2 6, rank 2 rank 3 6, rank 3 rank 0 6
-- the weight is eight bytes, the parcel more
SELECT channel, count(*), min(bytes) > 8 FROM sent WHERE "from" = 'rank 0' GROUP BY channel ORDER BY channel
--> 0 → 1, tag 1, world 3 1, 0 → 1, tag 2, world 3 0

-- mpi/reduce
-- two collectives a round; of a reduce one is the root
SELECT operation, count(*), count(DISTINCT number), sum(root) FROM entered GROUP BY operation ORDER BY 1
--> allreduce 32 8 0, reduce 32 8 8

-- mpi/scatter
-- one scatter, from rank 0, and they meet at the end
SELECT operation, count(*), group_concat(CASE WHEN root THEN process END) FROM entered GROUP BY operation ORDER BY 1
--> barrier 4 –, scatter 4 rank 0

-- mpi/split
-- each team adds up among itself
SELECT communicator, group_concat(DISTINCT process) FROM (SELECT * FROM entered WHERE operation = 'allreduce' ORDER BY process) GROUP BY 1 ORDER BY 1
--> world/split 0 rank 0,rank 2, world/split 1 rank 1,rank 3
-- the first of each team tells the other one
SELECT "from", "to" FROM sent ORDER BY 1
--> rank 0 rank 1, rank 1 rank 0

-- pools/as_completed
-- four calls run, the fifth never begins
SELECT count(*), max(number) FROM job
--> 4 3
-- an arrow leads to each call that runs
SELECT count(*) FROM arrow WHERE kind = 'submit'
--> 4
-- whatever is waited for has an arrow when it is there
SELECT count(*) > 0, count(*) = (SELECT count(*) FROM wait WHERE why = 'future') FROM arrow WHERE kind = 'result' AND effect = 'MainThread'
--> 1 1

-- pools/broken_pool
-- how the workers of the broken pool ended, and those of the second
SELECT ended, count(*) FROM process WHERE parent = 1 GROUP BY ended ORDER BY ended
--> clean 3, cut 3
-- the one that was killed first
SELECT count(*) FROM process WHERE exit = 'SIGKILL'
--> 1
-- two pools; the second does what is left
SELECT pool, sum(cut) > 0, sum(NOT cut) FROM job GROUP BY pool ORDER BY pool
--> pool 1 0, pool #2 0 5

-- pools/long_tail
-- thirteen chapters, and the long one last
SELECT count(*), (SELECT number FROM job ORDER BY dur DESC LIMIT 1) = max(number) FROM job
--> 13 1

-- pools/long_tail_fixed
-- thirteen chapters, and the long one first
SELECT count(*), (SELECT number FROM job ORDER BY dur DESC LIMIT 1) = min(number) FROM job
--> 13 1

-- pools/nested_submit
-- the three albums run, and no photo ever does
SELECT func, count(*) FROM job GROUP BY func
--> print_album 3
-- each waits for a result of its own pool
SELECT DISTINCT thread, object FROM wait WHERE why = 'future' AND thread LIKE 'lab%' ORDER BY 1
--> lab_0 pool, lab_1 pool, lab_2 pool

-- pools/nested_submit_fixed
-- all photos are developed, by the other pool
SELECT func, count(DISTINCT pool), count(*) FROM job GROUP BY func ORDER BY 1
--> develop 1 12, print_album 1 3

-- pools/process_pool
-- a job for each number, none run twice
SELECT count(*), count(DISTINCT number) FROM job
--> 9 9
-- each job came by an arrow
SELECT count(*) FROM arrow WHERE kind = 'submit'
--> 9
-- and its factors went back by one
SELECT count(*) FROM arrow WHERE kind = 'result' AND cause_process <> effect_process
--> 9

-- pools/small_pool
-- forty stations are asked by two threads
SELECT count(*), count(DISTINCT worker) FROM job
--> 40 2

-- pools/small_pool_fixed
-- never more than twenty threads are at work
SELECT count(*), (SELECT count(*) FROM lane WHERE kind = 'pool') <= 20 FROM job
--> 40 1

-- pools/thread_pool
-- three plumbers share twelve jobs
SELECT count(*), count(DISTINCT number), max(worker) FROM job
--> 12 12 plumber_2
-- never more than three at a time
SELECT count(*) FROM lane WHERE kind = 'pool'
--> 3
-- an arrow leads from each call to its plumber
SELECT count(*) FROM arrow WHERE kind = 'submit' AND cause = 'MainThread' AND effect LIKE 'plumber_%'
--> 12
-- whatever is waited for has an arrow when it is there
SELECT count(*) > 0, count(*) = (SELECT count(*) FROM wait WHERE why = 'future') FROM arrow WHERE kind = 'result' AND effect = 'MainThread'
--> 1 1

-- pools/worker_pool
-- each call is a job, cut into parts by its chunks
SELECT func, count(DISTINCT number), count(*) FROM job GROUP BY func ORDER BY func
--> bake 2 7, bake_cake 1 3, heat_oven 1 1, sweep_floor 1 1
-- an arrow leads to every part
SELECT count(*) FROM arrow WHERE kind = 'submit'
--> 12
-- every part has its result
SELECT count(*) FROM arrow WHERE kind = 'result' AND cause_process <> effect_process
--> 12

-- processes/background_process
-- one is waited for, one is ended
SELECT name, ended, exit FROM process WHERE parent = 1 ORDER BY name
--> printer clean 0, spelling cut SIGTERM

-- processes/barrier_and_lock
-- the last one lets three go on, every round
SELECT count(*) FROM arrow WHERE kind = 'barrier' AND via = 'all_ready'
--> 36
-- every surveyor writes every round
SELECT count(*) FROM hold WHERE object = 'notebook_free'
--> 48

-- processes/fork_with_lock
-- the helper waits for its copy of the lock and gives up
SELECT w.outcome, p.name FROM wait w JOIN object o ON o.name = w.object JOIN process p ON p.id = o.process WHERE w.why = 'lock' AND o.created IS NULL
--> timedOut helper
-- the printer held its own
SELECT thread, count(*) FROM hold WHERE object = 'Machine.lock' GROUP BY thread
--> printer 1

-- processes/fork_with_lock_fixed
-- both have the lock, each its own
SELECT DISTINCT p.name FROM lane l JOIN object o ON o.id = l.object JOIN process p ON p.id = o.process WHERE o.name = 'Machine.lock' ORDER BY 1
--> fork_with_lock_fixed.py, helper

-- processes/join_before_drain
-- the parent waits for the camera, the camera for its feeder, and that for room
SELECT t.name, w.why FROM wait w JOIN object t ON t.name = w.thread WHERE w.why IN ('process', 'join', 'queuePut') AND w.dur > 200e6 GROUP BY 1, 2 ORDER BY 1, 2
--> MainThread join, MainThread process, QueueFeederThread queuePut

-- processes/join_before_drain_fixed
-- every photo comes from the camera to the parent
SELECT queue, put_by, count(*) FROM handoff GROUP BY 1, 2
--> photos MainThread 50

-- processes/killed_processes
-- how each of them ended
SELECT name, ended, exit FROM process WHERE parent = 1 ORDER BY name
--> air clean 3, cave cut SIGKILL, fish clean 0, pearls cut SIGTERM
-- the ends are seen by the program
SELECT count(*) FROM arrow WHERE kind = 'exit'
--> 4

-- processes/manager_state
-- each waiter talks to the manager, which answers
SELECT cause_process, count(*) >= 32 FROM arrow WHERE kind = 'message' AND effect_process = 'SyncManager-1' AND cause_process IN ('Ana', 'Bruno', 'Chiara') GROUP BY 1
--> Ana 1, Bruno 1, Chiara 1
-- 24 dishes are counted under the lock
SELECT thread, count(*) FROM hold WHERE thread IN ('Ana', 'Bruno', 'Chiara') GROUP BY 1
--> Ana 8, Bruno 8, Chiara 8

-- processes/named_processes
-- what they are called
SELECT name FROM process ORDER BY name
--> cook-fish, cook-soup, dish-washer, head-cook
-- who started them
SELECT DISTINCT cause_process FROM arrow WHERE kind = 'spawn'
--> head-cook

-- processes/other_programs
-- each with its end
SELECT rtrim(substr(name, 1, 6)), python = '', exit FROM process WHERE parent = 1 ORDER BY start
--> sort 1 0, python 0 0, sh -c 1 41, sleep 1 SIGTERM

-- processes/pipe_talk
-- 28 questions one way, 28 answers the other
SELECT via, count(*) FROM arrow WHERE kind = 'message' GROUP BY via ORDER BY via
--> player → thinker 28, thinker → player 28

-- processes/queue_pipeline
-- every letter, and the last word, through both queues
SELECT queue, count(*), count(DISTINCT put_at), count(DISTINCT got_at) FROM handoff GROUP BY queue ORDER BY queue
--> belt 31 31 31, sack 31 31 31

-- processes/serial_part
-- each page is merged under the lock, and the total is read once
SELECT count(*) FROM hold WHERE object = 'total'
--> 65
-- by four processes
SELECT count(DISTINCT t.process) FROM slice s JOIN lane l ON l.id = s.lane AND l.kind = 'lock' JOIN object o ON o.id = l.object AND o.name = 'total' JOIN thread t ON t.id = s.object WHERE t.process > 1
--> 4

-- processes/serial_part_fixed
-- the lock is taken as often: for one number
SELECT count(*) FROM hold WHERE object = 'total'
--> 65

-- processes/shared_lock
-- sixty customers, and a look at what is left
SELECT count(*) FROM hold WHERE object = 'balance'
--> 61

-- processes/shared_lock_fixed
-- sixty customers, and a look at what is left
SELECT count(*) FROM hold WHERE object = 'balance'
--> 61

-- processes/shared_memory
-- five have the block
SELECT o.name, count(*) FROM lane l JOIN object o ON o.id = l.object WHERE l.kind = 'memory' GROUP BY 1
--> picture 5
-- nothing is sent
SELECT count(*) FROM arrow WHERE kind IN ('message', 'handoff')
--> 0

-- processes/start_methods
-- it was the program that wanted all three
SELECT p.name, q.name FROM process p JOIN process q ON q.id = p.parent WHERE p.name LIKE 'by-%' ORDER BY 1
--> by-fork start_methods.py, by-forkserver start_methods.py, by-spawn start_methods.py

-- processes/subclass
-- every reading of the three
SELECT queue, count(*) FROM handoff GROUP BY queue
--> readings 36

-- pycsp/alternation
-- each boat, from both sides
SELECT via, effect, count(*) FROM arrow WHERE kind = 'message' GROUP BY 1, 2 ORDER BY 1
--> downstream keeper 7, upstream keeper 12
-- which side a wait was for is known when it ends
SELECT object, count(*) FROM wait WHERE thread = 'keeper' AND why = 'message' AND object NOT NULL GROUP BY 1 ORDER BY 1
--> downstream 7, upstream 12

-- pycsp/poison
-- each digger found something
SELECT DISTINCT cause FROM arrow WHERE kind = 'message' AND via = 'finds' ORDER BY 1
--> digger, digger 2, digger 3
-- at least as many fields were read as finds
SELECT count(*) FILTER (WHERE o.name = 'fields') >= count(*) FILTER (WHERE o.name = 'finds') FROM message m JOIN object o ON o.id = m.channel WHERE m.to_time NOT NULL
--> 1
-- the archivist poisons the finds, and a digger the fields
SELECT DISTINCT o.name, rtrim(t.name, ' 23') FROM incident i JOIN object o ON o.id = i.object JOIN object t ON t.id = i.actor WHERE i.what = 'poisoned' ORDER BY 1
--> fields digger, finds archivist

-- pycsp/producer_consumer
-- each loaf
SELECT via, cause, effect, count(*) FROM arrow WHERE kind = 'message' GROUP BY 1, 2, 3
--> counter baker shopkeeper 20
-- who retires lets the reader go
SELECT cause, effect FROM arrow WHERE kind = 'cancel'
--> baker shopkeeper

-- pycsp/wrong_order
-- two letters, and nobody to read them
SELECT count(*), count(to_time) FROM message
--> 2 0

-- pycsp/wrong_order_fixed
-- six moves each
SELECT via, count(*) FROM arrow WHERE kind = 'message' GROUP BY 1 ORDER BY 1
--> Ada to Ben 6, Ben to Ada 6

-- rpc/callback
-- five new prices: the server calls, the client serves
SELECT f.name, t.name, count(*) FROM submission s JOIN lane l ON l.id = s.from_lane JOIN object a ON a.id = l.object JOIN process f ON f.id = a.process JOIN lane m ON m.id = s.worker_lane JOIN object b ON b.id = m.object JOIN process t ON t.id = b.process WHERE s.name = 'on_price'
--> prices callback.py 5
-- each belongs to the call of watch, and is served inside the wait for it
SELECT count(*) FROM submission s JOIN submission w ON w.name = 'PriceService.watch' AND w.id = s.parent AND s.begun > w.submitted AND s.ended < w.fetched
--> 5
-- the average is fetched by who asked for it
SELECT from_lane = to_lane FROM submission WHERE name = 'PriceService.average'
--> 1

-- rpc/chained_objects
-- three messages through three servers; each call but the client's is made inside another one
SELECT p.name, count(*), sum(s.parent <> '') FROM submission s JOIN lane l ON l.id = s.worker_lane JOIN object o ON o.id = l.object JOIN process p ON p.id = o.process GROUP BY 1 ORDER BY 1
--> first 3 0, second 3 3, third 3 3
-- there and back
SELECT kind, count(*) FROM arrow WHERE kind IN ('submit', 'result') GROUP BY 1 ORDER BY 1
--> result 9, submit 9

-- rpc/chatty_calls
-- one call each
SELECT name, count(*) FROM submission GROUP BY name ORDER BY 2 DESC LIMIT 1
--> BankService.balance 5000
-- most of the time they are on their way
SELECT sum(ended - begun) * 5 < sum(fetched - submitted) FROM submission WHERE name = 'BankService.balance'
--> 1

-- rpc/chatty_calls_fixed
-- one call for all of them
SELECT count(*) FROM submission WHERE name = 'BankService.balance_of_all'
--> 1

-- rpc/client_server
-- nine sentences, each to the two others, and nobody waits for a listener
SELECT name, count(*), sum(ignored), count(fetched) FROM submission GROUP BY name ORDER BY name
--> ChatRoom.enter 3 0 3, ChatRoom.say 9 0 9, Member.listen 18 18 0

-- rpc/first_remote_object
-- the server tells the name server where its object is, the client asks for it and calls it
SELECT o.name, s.name, count(*) FROM submission s JOIN object o ON o.id = s.pool GROUP BY 2 ORDER BY min(s.submitted)
--> NameServer NameServer.register 1, NameServer NameServer.lookup 1, FortuneTeller FortuneTeller.tell 3

-- rpc/server_saturation
-- one worker serves them all
SELECT count(*), count(DISTINCT from_lane), count(DISTINCT worker_lane) FROM submission
--> 60 4 1

-- rpc/server_saturation_fixed
-- several workers
SELECT count(*), count(DISTINCT from_lane), count(DISTINCT worker_lane) > 1 FROM submission
--> 60 4 1

-- scoop/long_tail
-- each letter was a future, and came back (one that takes more than two seconds SCOOP sends again: a further try)
SELECT name, count(DISTINCT key) FROM submission WHERE fetched NOT NULL
--> translate 22

-- scoop/long_tail_fixed
-- each letter was a future, and came back (one that takes more than two seconds SCOOP sends again: a further try)
SELECT name, count(DISTINCT key) FROM submission WHERE fetched NOT NULL
--> translate 22

-- scoop/map_reduce
-- seven sums of two: of four pairs, of two fours, of the eight
SELECT name, count(DISTINCT key) FROM submission WHERE fetched NOT NULL
--> mapReduce of weigh 7
-- each was made by the one above it
SELECT count(DISTINCT child.key) FROM submission child JOIN submission above ON above.id = child.parent
--> 6

-- scoop/monte_carlo_pi
-- the origin hands out a future for each bag
SELECT DISTINCT via, cause_process FROM arrow WHERE kind = 'submit'
--> SCOOP origin
-- and has the count of each
SELECT count(DISTINCT key) FROM submission WHERE fetched NOT NULL
--> 40
-- by an arrow
SELECT DISTINCT effect_process FROM arrow WHERE kind = 'result'
--> origin
-- of four workers
SELECT name, rank FROM process WHERE rank NOT NULL ORDER BY rank
--> origin 0, worker 1 1, worker 2 2, worker 3 3

-- scoop/nested_submit
-- floors and rooms
SELECT name, count(DISTINCT key) FROM submission WHERE fetched NOT NULL GROUP BY name ORDER BY name
--> count_books 11, count_floor 3
-- each room says its floor
SELECT above.name, count(DISTINCT child.key) FROM submission child JOIN submission above ON above.id = child.parent GROUP BY 1
--> count_floor 11
