// pytest as the recorded program: tests that use threads are told by their own lines, though pytest has compiled them
// anew for its asserts, and pytest does and says what it does unrecorded.
import { beforeAll, expect, test } from 'vitest'
import { eventKinds, reasons } from '../wire/kinds.ts'
import { pythonFor } from './test/python-with.ts'
import { type Python, record, unrecorded } from './test/run-python.ts'
import { story } from './test/story.ts'
import { lineOf } from './test/processes.ts'

let python: Python
beforeAll(async () => {
  python = await pythonFor('pytest')
}, 300_000)

const tests = `
import queue, threading
from concurrent.futures import ThreadPoolExecutor
import pytest

@pytest.fixture
def shared():
    kept = threading.Lock()
    return kept

def run(work, n=4):
    threads = [threading.Thread(target=work) for _ in range(n)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()

def test_lock(shared):
    total, gate = [], threading.Barrier(4)
    def work():
        gate.wait()
        for i in range(50):
            with shared: total.append(i)
    run(work)
    assert len(total) == 200, 'every one counted'

@pytest.mark.parametrize('room', [0, 2])
def test_queue(room):
    items = queue.Queue(room)
    got = []
    def consume():
        while (item := items.get()) is not None: got.append(item)
    readers = [threading.Thread(target=consume) for _ in range(4)]
    for reader in readers: reader.start()
    for item in [*range(20), None, None, None, None]: items.put(item)
    for reader in readers: reader.join()
    assert sorted(got) == list(range(20))

def test_pool():
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(abs, [-1, -2])) == [1, 2]

def test_fails():
    held = threading.Lock()
    with held:
        assert held.acquire(timeout=0.01), 'held by myself'

def test_raises_in_a_thread():
    run(lambda: 1 / 0, 1)
`

test.each([
  [1, []],
  [0, ['--deselect', 'program.py::test_fails']],
  [5, ['-k', 'nothing_is_called_so']],
])('ends by %i, says the same, and has the lines of the tests', (status, args) => {
  const how = { flags: ['-m', 'pytest', '-q', '-p', 'no:cacheprovider'], args }
  const ran = record(python, tests, how)
  const words = (text: string) => text.replaceAll(/0x[0-9a-f]+|\d+\.\d+s|\/tmp\/[\w-]+/g, '…')
  const plain = unrecorded(python, tests, how)
  expect([ran.status, words(ran.out), words(ran.err)]).toEqual([status, words(plain.out), words(plain.err)])
  if (status === 5) return
  const lock = story(ran).lines('kept')
  expect(lock.filter((line) => !/^(8: new|21: (acquire|wait)|0: (release|wake))$/.test(line))).toEqual([])
  expect(lock.filter((line) => line === '21: acquire')).toHaveLength(200)
  const count = (kind: number) => ran.first.records.filter((r) => r.kind === kind).length
  expect([count(eventKinds.put), count(eventKinds.get)]).toEqual([48, 48])
  const joins = ran.first.records.filter((r) => r.kind === eventKinds.wait && (r.flags & 0xff) === reasons.join)
  expect(new Set(joins.map((r) => lineOf(ran, ran.first, r)))).toEqual(new Set([14, 34, 38]))
  const limited = ran.first.records.filter((r) => r.kind === eventKinds.wait && (r.flags & 0xff) === reasons.lock)
  expect(limited.some((r) => lineOf(ran, ran.first, r) === 44)).toBe(status === 1)
})
