// gil-bound, pool-size, nested-submit and imbalance on real programs: what is said, what its rows say, and near misses.
import { describe, test } from 'vitest'
import { pythonPrograms } from './found-in.ts'

const foundIn = pythonPrograms()
const sum = (rows: Record<string, string | number | null>[], column: string) =>
  rows.reduce((all, row) => all + Number(row[column]), 0)
const ms = (text: string) => {
  const [, value, unit] = /^([\d.]+) (s|ms)$/.exec(text)!
  return Number(value) * (unit === 's' ? 1000 : 1)
}
/** Two digits are told. */
const near = (told: number, is: number) => Math.abs(told - is) <= 0.06 * is

const spin = `
import threading, time
def spin(seconds):
    until = time.thread_time() + seconds
    while time.thread_time() < until: pass
`
const threads = (list: string) => `
threads = [${list}]
for t in threads: t.start()
for t in threads: t.join()`

describe.concurrent('what threads, jobs and parts of the work do to each other', () => {
  test('three threads that compute take turns', async ({ expect, onTestFinished }) => {
    const source = `${spin}${threads("threading.Thread(target=spin, args=(0.3,), name=f'spin-{i}') for i in range(3)")}`
    const found = await foundIn(source, null, onTestFinished)
    expect(found.map((f) => f.rule)).toEqual(['gil-bound'])
    const { sentence, rows } = found[0]!
    const [, names, held, waited] =
      /^(.*) only took turns: together they had the GIL for (.*), and waited (.*) for it, /.exec(sentence)!
    expect(names!.split(/, | and /).sort()).toEqual(['spin-0', 'spin-1', 'spin-2'])
    const theirs = rows.filter((row) => String(row['thread']).startsWith('spin-'))
    expect(near(ms(held!), sum(theirs, 'had_ms')), sentence).toBe(true)
    expect(near(ms(waited!), sum(theirs, 'waited_ms')), sentence).toBe(true)
  })
  test('one that computes beside two that sleep does not', async ({ expect, onTestFinished }) => {
    const source = `${spin}
def rest():
    for _ in range(40): time.sleep(0.01)
${threads('threading.Thread(target=spin, args=(0.3,)), threading.Thread(target=rest), threading.Thread(target=rest)')}`
    const found = await foundIn(source, null, onTestFinished)
    expect(found.filter((f) => f.rule === 'gil-bound')).toEqual([])
  })
  test('a worker that waits for a job of its own pool, though this time there was room', async ({
    expect,
    onTestFinished,
  }) => {
    const source = `
from concurrent.futures import ThreadPoolExecutor
import time
office = ThreadPoolExecutor(4, 'clerk')
def inner(): time.sleep(0.02)
def outer(): office.submit(inner).result()
with office: [office.submit(outer).result() for _ in range(3)]
`
    const found = await foundIn(source, null, onTestFinished)
    expect(found.map((f) => f.rule)).toEqual(['nested-submit'])
    expect(found[0]!.sentence).toMatch(
      /^clerk_\d.* waited 3 times at program\d+\.py:5 for the result of a job of office \(program\d+\.py:3\) while running a job of the same pool\. It has 4 workers: when all of them wait like that, none is left/,
    )
    expect(found[0]!.rows.length).toBeGreaterThan(0)
  })
  test('a worker that waits for a job of another pool', async ({ expect, onTestFinished }) => {
    const source = `
from concurrent.futures import ThreadPoolExecutor
import time
office = ThreadPoolExecutor(2, 'clerk')
archive = ThreadPoolExecutor(2, 'archivist')
def inner(): time.sleep(0.02)
def outer(): archive.submit(inner).result()
with archive, office: list(office.map(lambda _: outer(), range(4)))
`
    expect((await foundIn(source, null, onTestFinished)).map((f) => f.sentence)).toEqual([])
  })
  test('a pool too small for jobs that rest', async ({ expect, onTestFinished }) => {
    const source = `
from concurrent.futures import ThreadPoolExecutor
import time
with ThreadPoolExecutor(2, 'asker') as askers: list(askers.map(lambda _: time.sleep(0.03), range(30)))
`
    const found = await foundIn(source, null, onTestFinished)
    expect(found.map((f) => f.rule)).toEqual(['pool-size'])
    const [, runs] = /for one of the 2 workers of askers .*, and then ran (.*); the workers were busy/.exec(
      found[0]!.sentence,
    )!
    expect(near(ms(runs!), sum(found[0]!.rows, 'ms') / sum(found[0]!.rows, 'jobs'))).toBe(true)
    expect(sum(found[0]!.rows, 'jobs')).toBe(30)
  })
  test('jobs that compute in two threads do not need a third', async ({ expect, onTestFinished }) => {
    const source = `${spin}
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(2) as pool: list(pool.map(spin, [0.02] * 30))
`
    const found = await foundIn(source, null, onTestFinished)
    expect(found.filter((f) => f.rule === 'pool-size')).toEqual([])
  })
  test('eight processes of which one is needed', async ({ expect, onTestFinished }) => {
    const source = `
import multiprocessing, time
with multiprocessing.get_context('fork').Pool(8) as pool:
    for _ in range(25): pool.apply(time.sleep, (0.02,))
`
    const found = await foundIn(source, null, onTestFinished)
    expect(found.map((f) => f.rule)).toEqual(['pool-size'])
    expect(found[0]!.sentence).toMatch(
      /^pool \(program\d+\.py:2\) has 8 processes, and never more than 1 of them had a job at once/,
    )
    expect(sum(found[0]!.rows, 'jobs')).toBe(25)
  })
  test('one that makes the others wait at a barrier, round after round', async ({ expect, onTestFinished }) => {
    const source = `
import threading, time
meet = threading.Barrier(3)
def part(seconds):
    for _ in range(20):
        time.sleep(seconds)
        meet.wait()
${threads("threading.Thread(target=part, args=(0.03 if i == 2 else 0.002,), name=f'part-{i}') for i in range(3)")}`
    const found = await foundIn(source, null, onTestFinished)
    expect(found.map((f) => f.rule)).toEqual(['imbalance'])
    const { sentence, rows } = found[0]!
    const [, rounds, dur] =
      /^part-2 was the last at meet .* in (\d+) rounds of 20 and made the others wait (.*?), .* of all waits there/.exec(
        sentence,
      )!
    const slow = rows.find((row) => row['who'] === 'part-2')!
    expect(Number(rounds)).toBe(slow['was_last'])
    expect(ms(dur!)).toBeLessThanOrEqual(1.06 * sum(rows, 'waited_ms'))
  })
  test('parts that take turns at being last', async ({ expect, onTestFinished }) => {
    const source = `
import threading, time
meet = threading.Barrier(3)
def part(own):
    for i in range(24):
        time.sleep(0.02 if i % 3 == own else 0.002)
        meet.wait()
${threads('threading.Thread(target=part, args=(i,)) for i in range(3)')}`
    expect((await foundIn(source, null, onTestFinished)).map((f) => f.sentence)).toEqual([])
  })
  test('jobs of one length leave a tail of one job', async ({ expect, onTestFinished }) => {
    const source = `
from concurrent.futures import ThreadPoolExecutor
import time
with ThreadPoolExecutor(4) as pool: list(pool.map(lambda _: time.sleep(0.15), range(9)))
`
    expect((await foundIn(source, null, onTestFinished)).map((f) => f.sentence)).toEqual([])
  })
})
