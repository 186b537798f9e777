// SCOOP: real programs under `python -m scoop -n 3`. What becomes of each future, from where it was made over whichever worker
// ran it to where its result came back; that the program sees nothing of us; and that no worker stays behind.
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { eventKinds, flags, objectKinds, outcomes, reasons } from '../wire/kinds.ts'
import type { JobLine } from '../wire/side-file.ts'
import { pythonFor } from './test/python-with.ts'
import { lineOf, nameOf } from './test/processes.ts'
import type { EventRecord, RecordedProcess } from './test/read-events.ts'
import { kindName } from './test/story.ts'
import { record, unrecorded, type Recorded } from './test/run-python.ts'

const python = await pythonFor('scoop')
const three = { flags: ['-m', 'scoop', '-q', '-n', '3'] }

const ofJobs: number[] = ['submit', 'accept', 'jobBegin', 'jobEnd', 'result'].map(
  (name) => eventKinds[name as keyof typeof eventKinds],
)
interface Job {
  said: JobLine
  events: { by: RecordedProcess; r: EventRecord }[]
}
/** By what SCOOP calls it, in order of time. */
function jobsOf(ran: Recorded): Map<string, Job> {
  const all = ran.processes.flatMap((by) => by.records.filter((r) => ofJobs.includes(r.kind)).map((r) => ({ by, r })))
  all.sort((a, b) => (a.r.time < b.r.time ? -1 : 1))
  const key = (r: EventRecord) => ((BigInt(r.seq) << 32n) | BigInt(r.arg)).toString(16).padStart(16, '0')
  for (const { r } of all) expect(r.flags & flags.keyed).toBe(flags.keyed)
  const jobs = ran.processes.flatMap(({ lines }) =>
    lines.flatMap((said): [string, Job][] =>
      said.k === 'job' ? [[said.id!, { said, events: all.filter(({ r }) => key(r) === said.key) }]] : [],
    ),
  )
  expect(jobs.reduce((sum, [, { events }]) => sum + events.length, 0)).toBe(all.length)
  return new Map(jobs)
}
const happened = ({ events }: Job) =>
  events
    .filter(({ r }) => r.kind !== eventKinds.accept)
    .map(({ r }) => kindName(r) + ((r.flags & 255) === outcomes.raised ? ' raised' : ''))
const once = ['submit', 'jobBegin', 'jobEnd', 'result']
const functionOf = (job: Job) => {
  const { by, r } = job.events.find(({ r }) => r.kind === eventKinds.jobBegin)!
  return by.sites.get(r.site)?.func
}

/** SCOOP's own of a future that it sends again are by chance. */
const complaints = ({ err }: Recorded) => err.replaceAll(/.*Lost track of future.*\n/g, '')

async function noneIsLeft(ran: Recorded): Promise<void> {
  const lives = ({ about }: RecordedProcess) => {
    try {
      return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${about.pid}/stat`, 'utf8'))
    } catch {
      return false
    }
  }
  // the launcher asks its workers to end and does not wait for it
  for (let tries = 0; tries < 500 && ran.processes.some(lives); tries++) await delay(20)
  expect(ran.processes.filter(lives).map((p) => nameOf(ran, p))).toEqual([])
}

const maps = `
from scoop import futures
import operator

def square(n):
    return n * n

def row(n):
    return sum(futures.map(square, range(n)))

if __name__ == '__main__':
    print(list(futures.map(square, range(20))))
    print(sorted(futures.map_as_completed(row, [3, 2])))
    print(futures.mapReduce(square, operator.add, range(5)), futures.mapScan(abs, operator.add, range(3)))
    one = futures.submit(pow, 2, 5)
    print(one.result(), one.done())
`

test('each future is made, runs and comes back once, on whichever worker', async () => {
  const ran = record(python, maps, three)
  expect(complaints(ran)).toBe('')
  expect(ran.out).toBe(unrecorded(python, maps, three).out)
  expect(ran.status).toBe(0)
  const jobs = [...jobsOf(ran).values()]
  for (const job of jobs) {
    // where the machine stood still for two seconds: SCOOP asks what became of it, does not hear, and sends it again
    if (happened(job).filter((event) => event === 'jobBegin').length > 1) continue
    expect(happened(job), job.said.id).toEqual(once)
    const [made, begun, ended, back] = job.events.filter(({ r }) => r.kind !== eventKinds.accept).map(({ by }) => by)
    expect([back, ended]).toEqual([made, begun])
    // it reached another worker than where it was made, if that ran it
    const taken = job.events.filter(({ r }) => r.kind === eventKinds.accept).map(({ by }) => by)
    expect(taken.length === 0 ? made : taken.at(-1)).toBe(begun)
  }
  const named = (name: string) => jobs.filter(({ said }) => said.name === name)
  const origin = ran.processes.find((p) => nameOf(ran, p) === 'origin')!
  const lines = (of: Job[]) => new Set(of.map(({ events }) => lineOf(ran, events[0]!.by, events[0]!.r)))
  const squares = named('square')
  expect([squares.length, lines(squares.filter(({ said }) => !said.parent))]).toEqual([25, new Set([12])])
  expect(lines(squares.filter(({ said }) => said.parent))).toEqual(new Set([9]))
  expect(squares.map(functionOf)).toEqual(squares.map(() => 'square'))
  const rows = named('row')
  expect([rows.length, lines(rows)]).toEqual([2, new Set([13])])
  for (const { said } of rows) expect(squares.filter((s) => s.said.parent === said.id).length).toBeGreaterThan(1)
  // one map is one group
  expect(new Set(jobs.map(({ said }) => said.group)).size).toBe(5)
  expect(named('mapReduce of square').map(functionOf)).toContain('square')
  expect(named('mapScan of abs').length).toBeGreaterThan(0)
  const [power] = named('pow')
  expect([power!.said.parent, power!.events[0]!.by, lineOf(ran, origin, power!.events[0]!.r)]).toEqual([
    undefined,
    origin,
    15,
  ])
  await noneIsLeft(ran)
})

test('workers say who they are and when they have nothing to run; the broker waits', async () => {
  const source = `
from scoop import futures
import os, time

def meet(names):
    mine, others = names
    open(mine, 'w').close()
    while not all(map(os.path.exists, others)):
        time.sleep(0.001)
    return mine

if __name__ == '__main__':
    names = ['a', 'b', 'c']
    print(list(futures.map(meet, [(name, names) for name in names])))
`
  const ran = record(python, source, three)
  expect([complaints(ran), ran.out]).toEqual(['', "['a', 'b', 'c']\n"])
  const workers = ran.processes.filter((p) => p.lines.some((line) => line.k === 'rank'))
  expect(workers.map((p) => nameOf(ran, p)).sort()).toEqual(['origin', 'worker 1', 'worker 2'])
  const said = workers.flatMap((p) => p.lines.flatMap((line) => (line.k === 'rank' ? [line] : [])))
  expect(said.map(({ rank, size }) => [rank, size]).sort()).toEqual([0, 1, 2].map((rank) => [rank, 3]))
  expect(new Set(said.map(({ group }) => group)).size).toBe(1)
  const pools = workers.map((p) =>
    p.records.find((r) => r.kind === eventKinds.new && (r.flags & 255) === objectKinds.pool)!,
  )
  expect(pools.map(({ arg }) => arg)).toEqual([1, 1, 1])
  // three that meet are on three workers: those two had waited for what came
  for (const [i, worker] of workers.entries()) {
    const idle = (r: EventRecord) =>
      r.object === pools[i]!.object && (r.kind === eventKinds.wait || r.kind === eventKinds.wake)
    const kinds = worker.records.filter(idle)
    expect(kinds.map((r) => r.kind)).toEqual(kinds.map((_, n) => (n % 2 ? eventKinds.wake : eventKinds.wait)))
    expect(kinds.every((r) => r.kind !== eventKinds.wait || (r.flags & 255) === reasons.queueGet)).toBe(true)
    const began = worker.records.filter((r) => r.kind === eventKinds.jobBegin)
    expect(began).toHaveLength(1)
    if (nameOf(ran, worker) !== 'origin') expect(kinds[0]!.time).toBeLessThan(began[0]!.time)
  }
  const names = ran.first.lines.flatMap((line) => (line.k === 'name' ? [line] : []))
  const broker = names.find(({ name }) => name === 'broker')!.object
  expect(ran.first.records.some((r) => r.thread === broker && r.kind === eventKinds.wait)).toBe(true)
  expect(ran.first.about.module).toBe('scoop')
  await noneIsLeft(ran)
})

test('what fails, is cancelled or thrown away', async () => {
  const source = `
from scoop import futures

def half(n):
    return 1 / n

if __name__ == '__main__':
    wrong = futures.submit(half, 0)
    try:
        wrong.result()
    except ZeroDivisionError as error:
        print(error)
    never = futures.submit(half, 8)
    print(never.cancel())
    print(futures.submit(half, 4).result(), list(futures.map(lambda n: n + 1, [1, 2])))
    list(futures.map(half, [1, 0]))
    print('not reached')
`
  const ran = record(python, source, three)
  // SCOOP's launcher ends by 0 whatever became of the program
  const plain = unrecorded(python, source, three)
  // on which worker it fails, and whether it is there already or has to be waited for, is by chance: so are its frames
  const words = (text: string) => text.replaceAll(/^( .*)\n/gm, '')
  expect([ran.status, words(ran.out)]).toEqual([plain.status, words(plain.out)])
  expect(ran.out).not.toContain('interleave_agent')
  expect(ran.out).toMatch(/^division by zero\nTrue\n0.25 \[2, 3\]\nTraceback/)
  const jobs = [...jobsOf(ran).values()]
  const halves = jobs.filter(({ said }) => said.name === 'half')
  expect(happened(halves[0]!)).toEqual(['submit', 'jobBegin', 'jobEnd raised', 'result raised'])
  expect(happened(halves[1]!)).toEqual(['submit', 'result'])
  expect(happened(halves[2]!)).toEqual(once)
  expect(jobs.length - halves.length).toBe(2)
  await noneIsLeft(ran)
})

test('without -m scoop nothing is recorded of it, and the program says what it said', () => {
  const source = `
from scoop import futures
print(list(futures.map(abs, [-1])))
try: futures.submit(abs, 1)
except Exception as error: print(type(error).__name__)
`
  const ran = record(python, source)
  const plain = unrecorded(python, source)
  expect([ran.status, ran.out, ran.err]).toEqual([plain.status, plain.out, plain.err])
  expect(ran.first.records.filter((r) => ofJobs.includes(r.kind))).toEqual([])
})
