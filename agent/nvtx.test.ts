// NVTX: real programs with the package nvtx. Each range and mark is told with its name, the thread that said it, and the program's
// line; ranges of domains do not mix; and nobody but nvtx hears of a tool.
import { expect, test } from 'vitest'
import { rangesOf, worksOf } from './test/commands.ts'
import { pythonFor } from './test/python-with.ts'
import { record, unrecorded, type Recorded } from './test/run-python.ts'

const python = await pythonFor('gpu')
const lineIn = (source: string, text: string) => source.split('\n').findIndex((line) => line.includes(text)) + 1
const notesOf = (ran: Recorded) => ran.first.lines.flatMap((line) => (line.k === 'note' ? [line.text] : []))
/** names in order of their beginnings; those that are still open are said so */
const told = (ran: Recorded) =>
  rangesOf(ran.first).map(({ name, line, end }) => [name, line, ...(end === undefined ? ['open'] : [])])

test('annotate, push and pop, start and end, mark, domains: with the line that said it', () => {
  const source = `
import nvtx, os, subprocess, sys

@nvtx.annotate(color='red')
def load(n):
    with nvtx.annotate('inner', domain='io', payload=n):
        return n + 1

class Plan:
    @nvtx.annotate('planned', category='plans')
    def make(self):
        raise ValueError('no plan')

print(load(1), load.__name__, load.__qualname__)
try: Plan().make()
except ValueError as error: print(error)
nvtx.push_range('outer')
nvtx.push_range('across', domain='io')
nvtx.pop_range()
nvtx.pop_range('io')
nvtx.pop_range()
nvtx.mark('here')
domain = nvtx.get_domain('phases')
attributes = domain.get_event_attributes(message='one')
domain.push_range(attributes); domain.push_range(attributes, message='two ü')
domain.pop_range(); domain.pop_range()
domain.mark(message='in a domain')
number = domain.start_range(message='long')
domain.end_range(number)
nvtx.push_range()
nvtx.pop_range()
nvtx.push_range('never popped')
child = [sys.executable, '-c', "import os; print('NVTX_INJECTION64_PATH' in os.environ)"]
print('NVTX_INJECTION64_PATH' in os.environ, subprocess.run(child, capture_output=True, text=True).stdout)
`
  const ran = record(python, source)
  const plain = unrecorded(python, source)
  expect([ran.status, ran.out, ran.err]).toEqual([0, plain.out, ''])
  expect(ran.out).toContain('False False')
  const at = (text: string) => lineIn(source, text)
  expect(told(ran)).toEqual([
    ['load', at('print(load')],
    ['io: inner', at("'inner'")],
    ['planned', at('try: Plan')],
    ['outer', at("'outer'")],
    ['io: across', at("'across'")],
    ['here', at("'here'")],
    ['phases: one', at('domain.push_range')],
    ['phases: two ü', at('domain.push_range')],
    ['phases: in a domain', at('domain.mark')],
    ['phases: long', at('domain.start_range')],
    ['(no name)', at('nvtx.push_range()')],
    ['never popped', at('never popped'), 'open'],
  ])
  const ranges = new Map(rangesOf(ran.first).map((range) => [range.name, range]))
  const [outer, across] = [ranges.get('outer')!, ranges.get('io: across')!]
  expect(across.begin).toBeGreaterThanOrEqual(outer.begin)
  expect(across.end!).toBeGreaterThanOrEqual(outer.end!)
  for (const { begin, end } of ranges.values()) if (end !== undefined) expect(end).toBeGreaterThanOrEqual(begin)
  expect(new Set([...ranges.values()].map(({ thread }) => thread))).toEqual(new Set([ran.first.about.mainThread]))
  expect(notesOf(ran)).toEqual([])
})

test('each name is said once; those without end share one; deep ranges come back in order', () => {
  const source = `
import nvtx
for n in range(100):
    for _ in range(3):
        with nvtx.annotate(f'step {n % 10}'): pass
for n in range(50): nvtx.push_range('deep')
for n in range(60): nvtx.pop_range()
for n in range(66000): nvtx.mark(f'mark {n}')
`
  const ran = record(python, source)
  expect([ran.status, ran.err]).toEqual([0, ''])
  const ranges = rangesOf(ran.first)
  expect(ranges.length).toBe(300 + 50 + 66000)
  expect(ranges.every(({ end }) => end !== undefined)).toBe(true)
  const names = [...worksOf(ran.first).values()].map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(names.length).toBe(65536 + 1)
  expect(names.filter((name) => !name.startsWith('mark '))).toEqual([
    ...Array.from({ length: 10 }, (_, n) => `step ${n}`),
    'deep',
    '(one of very many names)',
  ])
  const deep = ranges.filter(({ name }) => name === 'deep')
  const ends = deep.map(({ end }) => end!)
  expect(ends).toEqual([...ends].sort((a, b) => (a < b ? 1 : -1)))
})

test('threads have ranges of their own, a started one ends anywhere; a fork begins anew', () => {
  const source = `
import nvtx, os, threading

def work():
    with nvtx.annotate('of a thread'):
        both.wait()
    nvtx.pop_range()

both = threading.Barrier(2)
nvtx.push_range('main')
handle = nvtx.start_range('anywhere')
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
ender = threading.Thread(target=nvtx.end_range, args=(handle,))
ender.start(); ender.join()
child = os.fork()
if child == 0:
    nvtx.pop_range()
    nvtx.end_range(handle)
    with nvtx.annotate('in the child'): pass
    os._exit(0)
os.waitpid(child, 0)
nvtx.pop_range()
`
  const ran = record(python, source)
  expect([ran.status, ran.err]).toEqual([0, ''])
  const [parent, child] = [ran.first, ran.processes.find((p) => p !== ran.first)!]
  const ranges = rangesOf(parent)
  const own = ranges.filter(({ name }) => name === 'of a thread')
  expect(new Set(own.map(({ thread }) => thread)).size).toBe(2)
  expect(ranges.map(({ name, end }) => [name, end !== undefined]).sort()).toEqual([
    ['anywhere', true],
    ['main', true],
    ['of a thread', true],
    ['of a thread', true],
  ])
  expect(rangesOf(child).map(({ end }) => end !== undefined)).toEqual([true])
  expect([...worksOf(child).values()].map(({ name }) => name)).toEqual(['in the child'])
})

test('another tool that was named stays the one; without nvtx in use nothing is said', () => {
  const source = `
import nvtx
with nvtx.annotate('x'): print(type(nvtx.get_domain()).__name__)
`
  const named = record(python, source, { env: { NVTX_INJECTION64_PATH: '/nowhere/tool.so' } })
  expect([named.status, named.out]).toEqual([0, 'DummyDomain\n'])
  expect(rangesOf(named.first)).toEqual([])
  expect(notesOf(named)).toEqual(['Ranges of NVTX are not recorded: another tool has been named for them.'])
  const off = record(python, source, { env: { NVTX_DISABLE: '1' } })
  expect([off.status, rangesOf(off.first), notesOf(off)]).toEqual([0, [], []])
})
