// The tree of a graph, read as it is shown.
import { expect, test } from 'vitest'
import type { AwaitNode } from '../../wire/api.ts'
import { sliceKinds, type SliceKind } from '../../wire/kinds.ts'
import { awaitTree } from './await-tree.ts'

const k = sliceKinds
/** "main task: fetch, parse" = main waits (task) for fetch and parse; "A lock-object: ada" = an object that leads to ada */
function graph(text: string) {
  const lines = text.trim().split('\n')
  const names = lines.map((line) => line.trim().split(' ')[0]!)
  const nodes = lines.map((line, i): AwaitNode => {
    const what = line.trim().split(/[ :]+/)[1]!
    const actor = what in k || what === 'runs'
    return {
      object: i + 1,
      lane: i + 1,
      name: names[i]!,
      kind: actor ? 'task' : 'lock',
      doing: what === 'runs' ? 'runs' : actor ? (k[what as keyof typeof k] as SliceKind) : null,
      since: i,
      site: '',
    }
  })
  const edges = lines.flatMap((line, i) =>
    (line.split(':')[1] ?? '')
      .split(',')
      .map((t) => t.trim())
      .filter(Boolean)
      .map((to) => ({ from: i + 1, to: names.indexOf(to) + 1 })),
  )
  return { nodes, edges }
}
const read = (text: string, open = new Set<string>()) =>
  awaitTree(graph(text), open).rows.map(
    (r) =>
      r.rails.map((on, i) => (i === r.rails.length - 1 ? (on ? '├' : '└') : on ? '│' : ' ')).join('') +
      r.node.name +
      (r.alike.length ? ` +${r.alike.length}` : '') +
      (r.ring ? ' ring' : r.again ? ' again' : '') +
      (r.leaf && r.waiters > 1 ? ` holds up ${r.waiters}` : ''),
  )

test('who waits stands above what it waits for, down to what holds all up', () => {
  const text = `
    main task: fetch, relay
    fetch lock: A
    A held: hog
    hog sleep
    relay join: hog
    parse queueGet: Q
    Q queue
  `
  expect(read(text)).toEqual([
    'main',
    '├fetch',
    '│└A',
    '│ └hog holds up 3',
    '└relay',
    ' └hog holds up 3',
    'parse',
    '└Q',
  ])
  const { root, waiting, alone, ring } = awaitTree(graph(text), new Set())
  expect([root?.node.name, root?.waiters, waiting, alone, ring]).toEqual(['hog', 3, 5, [], false])
})

test('where several hold up as many, none is named', () => {
  const { root } = awaitTree(graph('main task: a, b\na sleep\nb sleep\nother join: main'), new Set())
  expect(root).toBe(null)
})

test('what is reached twice is told once', () => {
  expect(
    read(`
      one lock: A
      two task: one
      three semaphore: A
      A held: hog
      hog runs
    `),
  ).toEqual(['two', '└one', ' └A', '  └hog holds up 3', 'three', '└A again'])
})

test('a ring is cited where it closes, also when nobody else waits for it', () => {
  const text = `
    ada lock: B
    B held: bea
    bea lock: A
    A held: ada
  `
  expect(read(text)).toEqual(['ada', '└B', ' └bea', '  └A', '   └ada ring'])
  expect(awaitTree(graph(text), new Set()).ring).toBe(true)
})

test('siblings that wait alike are one row, until it is opened', () => {
  const text = `
    main task: t1, t2, t3, other
    t1 lock: A
    t2 lock: A
    t3 lock: A
    A held: other
    other runs
  `
  expect(read(text)).toEqual(['main', '├t1 +2', '│└A', '│ └other holds up 4', '└other holds up 4'])
  const key = awaitTree(graph(text), new Set()).rows[1]!.key
  expect(read(text, new Set([key]))).toEqual([
    'main',
    '├t1',
    '│└A',
    '│ └other holds up 4',
    '├t2',
    '│└A again',
    '├t3',
    '│└A again',
    '└other holds up 4',
  ])
})

test('who blocks an event loop is told apart', () => {
  const tree = awaitTree(graph('a stall\nb sleep'), new Set())
  expect([tree.stalls.map((n) => n.name), tree.alone.map((n) => n.name), tree.waiting]).toEqual([['a'], ['b'], 1])
})

test('who waits for the outside world and is not waited for is told apart', () => {
  const tree = awaitTree(graph('a sleep\nb io'), new Set())
  expect([tree.rows, tree.alone.map((n) => n.name), tree.waiting]).toEqual([[], ['a', 'b'], 2])
})
