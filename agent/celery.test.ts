// Celery, with its broker in a folder: what becomes of each task, from the program that publishes it over the worker that
// receives it and the process or thread that runs it to whoever has its result; in each kind of worker pool.
import { describe, expect, test } from 'vitest'
import { eventKinds, flags, objectKinds, reasons } from '../wire/kinds.ts'
import { program, type RanCelery, run, runWithoutUs, withGevent } from './test/celery.ts'
import { called } from './test/keyed-jobs.ts'

const tasks = `
@app.task
def add(x, y):
    return x + y

@app.task(bind=True, max_retries=3)
def flaky(self, path):
    if self.request.retries < 1:
        raise self.retry(countdown=0)
    return 'at last'

@app.task
def fail():
    raise ValueError('no')

@app.task
def total(numbers):
    return sum(numbers)

@app.task(ignore_result=True)
def note(path):
    open(path, 'w').close()
`
/** One at a time: Celery may write of a try that it is retried over the result of the retry. */
const every = (pool: string) => `
shop = worker('-P', '${pool}', '-c', '1')
print(get(add.delay(2, 3)), get(flaky.delay('x')))
try: get(fail.delay())
except ValueError: print(traceback.format_exc())
path = os.path.join(folder, 'noted')
note.delay(path)
until(lambda: os.path.exists(path))
print(get(chain(add.s(1, 2), add.s(3))()))
print(get(group(add.s(n, n) for n in range(2))()))
print(get(chord([add.s(n, n) for n in range(2)])(total.s())))
print(get(add.apply_async((1, 1), countdown=0.1)), add.apply((4, 4)).get())
end(shop)
`
const waitsFor = (ran: RanCelery, why: number, who: string) =>
  ran.processes
    .filter((p) => called(p).startsWith(who))
    .flatMap((p) => p.records.filter((r) => r.kind === eventKinds.wait && (r.flags & 0xff) === why))

describe('what becomes of each task', () => {
  test.each(['prefork', 'threads', 'solo', 'gevent'])('in a pool of %s', (pool) => {
    const ran = run(program(tasks, every(pool)), pool === 'gevent' ? { by: withGevent } : {})
    expect(ran.processes.flatMap((p) => p.lines.filter((line) => line.k === 'note'))).toEqual([])
    const by = pool === 'prefork' ? 'a child' : 'shop@here'
    const from = 'submit by program.py, accept by shop@here'
    const add = `begin add by ${by}, end done, result done by program.py`
    const inChord = `${from}, begin add by ${by}, end done, result done by ${by}`
    // the chord's callback sees the results, and so does the program, which asks for those of parents first
    const added = ran
      .of('add')
      .map((told) => told.replace(`${add}, result done by ${by}`, `begin add by ${by}, end done, result done by ${by}`))
    // of a chain's first task the program has the result only when it asked while the second one had none
    added[1] = added[1]!.replace(/end done$/, 'end done, result done by program.py')
    expect(added).toEqual([
      `${from}, ${add}`,
      `${from}, ${add}`,
      `submit by ${by}, accept by shop@here, ${add}`,
      `${from}, ${add}`,
      `${from}, ${add}`,
      inChord,
      inChord,
      `${from}, ${add}`,
    ])
    expect(ran.of('fail')).toEqual([`${from}, begin fail by ${by}, end raised, result raised by program.py`])
    expect(ran.of('note')).toEqual([`${from}, begin note by ${by}, end done`])
    expect(ran.of('total')).toEqual([
      `submit by ${by}, accept by shop@here, begin total by ${by}, end done, result done by program.py`,
    ])
    // its retry is received while it still runs, or when it is over
    const flaky = ran.jobs.find(({ said }) => said.name === 'program.flaky')!
    expect(ran.of('flaky')[0]!.split(', ').sort()).toEqual(
      [
        `submit by program.py`,
        `accept by shop@here`,
        `begin flaky by ${by}`,
        `end raised`,
        `submit by ${by}`,
        `accept by shop@here`,
        `begin flaky by ${by}`,
        `end done`,
        `result done by program.py`,
      ].sort(),
    )
    expect(flaky.said).toMatchObject({ retries: 0 })

    // what is said of them
    const [first, begun, second, left, right, one, two, late] = ran.jobs.filter(
      ({ said }) => said.name === 'program.add',
    )
    expect(first!.said.bytes).toBeGreaterThan(20)
    expect(first!.said.due).toBeUndefined()
    expect(second!.said.parent).toBe(begun!.said.id)
    expect(left!.said.group).toMatch(/-/)
    expect(right!.said.group).toBe(left!.said.group)
    expect(late!.said.due).toBeGreaterThan(Number(BigInt(ran.first.about.realtime) / 1_000_000n))
    const total = ran.jobs.find(({ said }) => said.name === 'program.total')!
    expect(new Set(total.said.needs)).toEqual(new Set([one!.key, two!.key]))
    expect(ran.jobs.find(({ said }) => said.name === 'program.note')!.said.ignored).toBe(true)
    expect(new Set(ran.jobs.flatMap(({ pools }) => pools))).toEqual(new Set(['celery:folder://localhost:/:celery']))
    // add.apply runs in the program: no job of the broker's
    expect(ran.jobs.length).toBe(13)

    // the program waits for results, pool processes for tasks
    expect(waitsFor(ran, reasons.future, 'program.py').length).toBeGreaterThanOrEqual(8)
    expect(waitsFor(ran, reasons.sleep, 'program.py')).toEqual([])
    if (pool === 'prefork') {
      expect(ran.processes.map(called).sort()).toEqual(['ForkPoolWorker-1', 'program.py', 'shop@here'])
      expect(waitsFor(ran, reasons.queueGet, 'ForkPoolWorker').length).toBeGreaterThan(10)
    }
    // how many can run at once
    const made = ran.processes.flatMap((p) =>
      p.records.filter(
        (r) => r.kind === eventKinds.new && (r.flags & 0xff) === objectKinds.pool && !(r.flags & flags.internal),
      ),
    )
    expect(made.map((r) => r.arg).sort()).toEqual([0, 1])

    if (pool !== 'threads') return
    const alike = (text: string) => text.replace(/^\[.*?\]|\[[\w-]{36}\]|interleave-agent-\w+/gm, '')
    const plain = runWithoutUs(program(tasks, every(pool)))
    expect([plain.status, alike(plain.out), alike(plain.err)]).toEqual([0, alike(ran.out), alike(ran.err)])
  })
})

test('a pool process is killed in a task: the task has no end, its result says so, the next one runs in another process', () => {
  const ran = run(
    program(
      `
@app.task
def die():
    os.kill(os.getpid(), signal.SIGKILL)

@app.task
def live():
    return 'lives'
`,
      `
shop = worker('-P', 'prefork', '-c', '1')
try: get(die.delay())
except Exception as error: print(type(error).__name__)
print(get(live.delay()))
end(shop)
`,
    ),
  )
  expect(ran.out).toBe('WorkerLostError\nlives\nended 0\n')
  const from = 'submit by program.py, accept by shop@here'
  expect(ran.of('die')).toEqual([`${from}, begin die by a child, result raised by program.py`])
  expect(ran.of('live')).toEqual([`${from}, begin live by a child, end done, result done by program.py`])
  const shop = ran.processes.find((p) => called(p) === 'shop@here')!
  const ends = shop.records.filter((r) => r.kind === eventKinds.childEnd)
  expect(ends.filter((r) => r.flags & flags.signalled && r.arg === 9).length).toBeGreaterThanOrEqual(1)
})

test('greenlets: tasks that run in one thread at the same time are each a job of their own', () => {
  const ran = run(
    program(
      `
@app.task
def meet(n):
    open(os.path.join(folder, str(n)), 'w').close()
    until(lambda: len(os.listdir(folder)) == 3)
    return n
`,
      `
shop = worker('-P', 'gevent', '-c', '3')
print(get(group(meet.s(n) for n in range(3))()))
end(shop)
`,
    ),
    { by: withGevent },
  )
  expect(ran.out).toBe('[0, 1, 2]\nended 0\n')
  const whole =
    'submit by program.py, accept by shop@here, begin meet by shop@here, end done, result done by program.py'
  expect(ran.of('meet')).toEqual([whole, whole, whole])
  const shop = ran.processes.find((p) => called(p) === 'shop@here')!
  const jobs = [eventKinds.jobBegin, eventKinds.jobEnd]
  const kinds = shop.records.filter(({ kind }) => jobs.includes(kind as never)).map(({ kind }) => kind)
  expect(kinds.slice(0, 3)).toEqual([eventKinds.jobBegin, eventKinds.jobBegin, eventKinds.jobBegin])
})

test('queues with routing and two workers: each task is of the queue that it went to', () => {
  const ran = run(
    program(
      `
@app.task
def quick(): return os.getpid()

@app.task
def slow(): return os.getpid()

app.conf.task_routes = {'program.slow': {'queue': 'heavy'}}
`,
      `
one, two = worker('-P', 'solo', '-Q', 'celery'), worker('-P', 'threads', '-c', '3', '-Q', 'heavy', name='back')
print([get(quick.delay()) == one.pid, get(slow.delay()) == two.pid, get(quick.apply_async(queue='heavy')) == two.pid])
print(get(app.send_task('program.slow', queue='heavy')) == two.pid)
end(one, two)
`,
    ),
  )
  expect(ran.out).toBe('[True, True, True]\nTrue\nended 0 0\n')
  const queues = ran.jobs.map(({ said, pools }) => `${said.name} ${pools.map((key) => key.split(':').at(-1)).join()}`)
  expect(queues).toEqual(['program.quick celery', 'program.slow heavy', 'program.quick heavy', 'program.slow heavy'])
})

test('beat publishes what is due', () => {
  const ran = run(
    program(
      `
@app.task(ignore_result=True)
def tick(path):
    open(path, 'a').write('.')

ticks = os.path.join(folder, 'ticks')
app.conf.beat_schedule = {'tick': {'task': 'program.tick', 'schedule': 0.05, 'args': (ticks,)}}
app.conf.beat_max_loop_interval = 0.05
`,
      `
shop = worker('-P', 'solo')
beat = subprocess.Popen([sys.executable, '-m', 'celery', '-A', 'program', 'beat', '-s', os.path.join(folder, 'beat'), '-l', 'ERROR', '--pidfile='],
                        stdout=subprocess.DEVNULL)
until(lambda: os.path.exists(ticks) and os.path.getsize(ticks) >= 3)
beat.terminate()
beat.wait()
end(shop)
`,
    ),
  )
  expect(ran.out).toBe('ended 0\n')
  const whole = ran
    .of('tick')
    .filter((told) => told === 'submit by celery beat, accept by shop@here, begin tick by shop@here, end done')
  expect(whole.length).toBeGreaterThanOrEqual(2)
})
