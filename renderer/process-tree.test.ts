import { expect, test } from 'vitest'
import type { Process } from '../wire/api.ts'
import { endingOf, livedFor, processTitle, processTree } from './process-tree.ts'

const process = (id: number, parent: number | null, start = id): Process =>
  ({ id, pid: id, name: `p${id}`, parent, start, host: '', ended: 'clean', exit: 0 }) as Process
const read = (processes: Process[]) => processTree(processes).map((b) => '-'.repeat(b.depth) + b.process.name)

test('children come below their parents, in the order of their starts', () => {
  expect(read([process(1, null), process(4, 1, 2), process(2, 1, 5), process(3, 4)])).toEqual([
    'p1',
    '-p4',
    '--p3',
    '-p2',
  ])
})
test('each is there once, whatever a file says of parents', () => {
  expect(read([process(1, 1), process(2, 3), process(3, 2), process(4, 99)])).toEqual(['p1', 'p4', 'p2', '-p3'])
})
test.each([
  ['clean', 0, 'exit 0', false, false],
  ['clean', 2, 'exit 2', true, false],
  ['cut', 'SIGKILL', 'SIGKILL', true, true],
  ['cut', null, 'cut off', true, true],
  ['clean', null, 'ended', false, false],
  ['unseen', null, 'end not seen', false, false],
  ['running', null, '', false, false],
] as const)('ended %s with %s: %s', (ended, exit, text, grave, killed) =>
  expect(endingOf({ ended, exit })).toMatchObject({ text, grave, killed }),
)

test.each([
  ['clean', 40, 30],
  ['running', null, 90],
  ['cut', null, 90],
  ['unseen', null, null],
] as const)('%s, with its end at %s: how long it lived', (ended, end, ns) =>
  expect(livedFor({ ended, end, start: 10 }, 100)).toBe(ns),
)

test('ranks of a group come in their order, in the places that they have', () => {
  const rank = (id: number, n: number) => ({ ...process(id, null), rank: { group: 'job', rank: n, size: 3 } })
  expect(read([process(1, null), rank(2, 2), rank(3, 0), process(4, null), rank(5, 1)])).toEqual([
    ...['p1', 'p3', 'p5', 'p4', 'p2'],
  ])
  expect(processTitle({ name: 'rank 2', program: 'app.py', host: '' })).toBe('rank 2 · app.py')
})

test('processes stand host by host, and say where they are', () => {
  const at = (id: number, host: string) => ({ ...process(id, null), host, rank: { group: 'job', rank: id, size: 4 } })
  expect(read([at(1, 'node1'), at(2, 'node2'), at(4, 'node2'), at(3, 'node1')])).toEqual(['p1', 'p3', 'p2', 'p4'])
  expect(processTitle({ name: 'rank 2', program: 'app.py', host: 'node1' })).toBe('rank 2 · app.py · node1')
})
