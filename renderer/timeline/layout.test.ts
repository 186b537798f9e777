import { expect, test } from 'vitest'
import type { Lane, Process } from '../../wire/api.ts'
import { aLane } from './drawing.fixture.ts'
import {
  groupHeight,
  laneHeight,
  laneOf,
  layout,
  queueHeight,
  rowOfLane,
  rowOver,
  rowsBetween,
  streamsShown,
  tasksShown,
  type Layout,
  type LayoutInput,
  pathHeight,
} from './layout.ts'
import { foldsOver } from './sections.ts'

const process = (id: number, name: string, pid: number, more: Partial<Process> = {}): Process => ({
  id,
  pid,
  name,
  python: '3.11',
  ended: 'clean',
  parent: null,
  exit: 0,
  start: 0,
  end: null,
  rank: null,
  program: '',
  host: '',
  ...more,
})
const lock = (id: number, name: string, more: Partial<Lane> = {}) =>
  aLane(id, name, { kind: 'lock', objectKind: 'lock', waited: 5, ...more })
const place = (lanes: Lane[], input: Partial<Parameters<typeof layout>[0]> = {}) =>
  layout({
    lanes,
    processes: [process(1, 'python app.py', 4711)],
    pinned: [],
    folds: new Map(),
    recording: false,
    more: 0,
    room: 0,
    ...input,
  })
const read = (rows: Layout['rows']) =>
  rows.map((r) =>
    r.kind === 'group'
      ? `# ${r.title}${r.of && ` of ${r.of}`}`
      : r.kind === 'process'
        ? `${'>'.repeat(r.depth + 1)} ${r.title}${r.open === false ? ' folded' : ''}${r.lane ? ` with ${r.lane.name}` : ''}`
        : r.kind === 'fold' || r.kind === 'more'
          ? r.text
          : r.kind === 'path'
            ? 'the path'
            : '  '.repeat(r.sub + r.indent) + r.lane.name,
  )

const bank = [
  aLane(1, 'main'),
  lock(3, 'Account.lock'),
  aLane(2, 'worker'),
  aLane(4, 'jobs', { kind: 'queue', objectKind: 'queue', waited: 1 }),
  aLane(5, 'pool', { kind: 'semaphore', objectKind: 'semaphore', waited: 1 }),
  aLane(6, 'pool', { kind: 'semaphore', objectKind: 'semaphore', parent: 5, depth: 1 }),
]

test('threads, locks, queues, semaphores; permits held at once below their semaphore', () => {
  expect(read(place(bank).rows)).toEqual([
    '# Threads of python app.py (4711)',
    'main',
    'worker',
    '# Locks',
    'Account.lock',
    '# Queues',
    'jobs',
    '# Semaphores',
    'pool',
    '  pool',
  ])
})

test('a further lane of an object takes no room while nothing is on it', () => {
  const lanes = [aLane(1, 'main'), aLane(2, 'main', { parent: 1, depth: 1, slices: 0 })]
  expect(read(place(lanes).rows)).toEqual(['# Threads of python app.py (4711)', 'main'])
})

test('rows follow each other without a hole and have their heights', () => {
  const { rows, height } = place(bank)
  let y = 0
  for (const r of rows) {
    expect(r.y).toBe(y)
    y += r.height
  }
  expect(height).toBe(y)
  expect(y).toBe(4 * groupHeight + 5 * laneHeight + queueHeight)
})

test('several processes have a row each, children below their parents, threads right below their process', () => {
  const lanes = [
    aLane(1, 'main'),
    aLane(2, 'child', { process: 2 }),
    lock(3, 'A', { process: 2 }),
    aLane(4, 'grandchild', { process: 4 }),
  ]
  const processes = [
    process(1, 'app.py', 10),
    process(3, 'convert', 12, { parent: 1, python: '', start: 9 }),
    process(2, 'worker', 11, { parent: 1, start: 5 }),
    process(4, 'worker-1', 13, { parent: 2, start: 20 }),
  ]
  expect(read(place(lanes, { processes }).rows)).toEqual([
    '> app.py',
    'main',
    '>> worker',
    '  child',
    '# Locks',
    '  A',
    '>>> worker-1',
    '    grandchild',
    '>> convert',
  ])
})

test('processes that name each other, or a parent that is not there, are each shown once', () => {
  const processes = [
    process(1, 'a', 1, { parent: 2 }),
    process(2, 'b', 2, { parent: 1 }),
    process(3, 'c', 3, { parent: 9 }),
  ]
  expect(read(place([], { processes }).rows)).toEqual(['> c', '> a', '>> b'])
})

test('the life of a process is drawn in its row; folded, the row shows its first thread', () => {
  const lanes = [
    aLane(1, 'main'),
    aLane(2, 'life', { process: 2, kind: 'process', objectKind: 'process' }),
    aLane(3, 'GIL', { process: 2, kind: 'gil', objectKind: 'gil' }),
    aLane(4, 'first', { process: 2 }),
  ]
  const processes = [process(1, 'app.py', 10), process(2, 'worker', 11, { parent: 1 })]
  const open = place(lanes, { processes })
  expect(read(open.rows)).toEqual(['> app.py', 'main', '>> worker with life', '  GIL', '  first'])
  const folded = place(lanes, { processes, folds: new Map([['2', false]]) })
  expect(read(folded.rows)).toEqual(['> app.py', 'main', '>> worker folded with first'])
  expect(rowOver(folded, lanes[2]!)?.row).toBe(folded.rows[2])
  expect(rowOver(open, lanes[2]!)?.row).toBe(open.rows[3])
})

test('of many processes those that did most are open, and a choice of the person counts more', () => {
  const processes = Array.from({ length: 200 }, (_, i) => process(i + 1, `p${i + 1}`, i, { parent: i ? 1 : null }))
  const lanes = processes.map((p) => aLane(p.id, `t${p.id}`, { process: p.id, slices: p.id }))
  const openOf = (more: Partial<LayoutInput>) =>
    place(lanes, { processes, ...more }).rows.flatMap((r) => (r.kind === 'process' && r.open ? [Number(r.key)] : []))
  expect(openOf({})).toEqual([1, 193, 194, 195, 196, 197, 198, 199, 200])
  expect(openOf({ recording: true })).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  const folds = new Map([
    ['7', true],
    ['200', false],
  ])
  expect(openOf({ folds })).toEqual([1, 7, 193, 194, 195, 196, 197, 198, 199])
})

test('what several processes share stands at the end', () => {
  const lanes = [
    aLane(1, 'main'),
    lock(2, 'shared lock', { process: 0 }),
    aLane(3, 'jobs', { process: 0, kind: 'queue', objectKind: 'queue', waited: 2 }),
    aLane(4, 'block', { process: 0, kind: 'memory', objectKind: 'sharedMemory' }),
  ]
  expect(read(place(lanes).rows)).toEqual([
    '> python app.py',
    'main',
    '> Between processes',
    '# Locks',
    'shared lock',
    '# Queues',
    'jobs',
    '# Shared memory',
    'block',
  ])
})

test('the GIL stands above its threads, tasks below their loop, the jobs that wait below their pool', () => {
  const task = (id: number, name: string, on: number) => aLane(id, name, { kind: 'task', objectKind: 'task', on })
  const lanes = [
    aLane(1, 'main'),
    aLane(2, 'other'),
    task(3, 'a', 5),
    task(4, 'b', 6),
    aLane(5, 'loop 1', { kind: 'loop', objectKind: 'loop' }),
    aLane(6, 'loop 2', { kind: 'loop', objectKind: 'loop' }),
    aLane(7, 'pool: jobs waiting', { kind: 'queue', objectKind: 'queue' }),
    aLane(8, 'pool', { kind: 'pool', objectKind: 'pool' }),
    aLane(9, 'pool', { kind: 'pool', objectKind: 'pool', parent: 8, depth: 1 }),
    aLane(10, 'GIL', { kind: 'gil', objectKind: 'gil' }),
  ]
  const { rows } = place(lanes)
  expect(read(rows)).toEqual([
    '# Threads of python app.py (4711)',
    'GIL',
    'main',
    'other',
    '# Event loops and tasks',
    'loop 1',
    '  a',
    'loop 2',
    '  b',
    '# Pools',
    'pool',
    '  pool',
    '  pool: jobs waiting',
  ])
  expect(rows.map((r) => r.kind === 'group' && r.count)).toEqual(
    rows.map((r) => r.kind === 'group' && { thread: 2, loop: 2, pool: 1 }[r.key.split(':')[1]!]),
  )
})

test('a pool of processes stands with the process that gives it jobs', () => {
  const lanes = [
    aLane(1, 'main'),
    aLane(2, 'worker', { process: 2 }),
    aLane(3, 'pool', { kind: 'pool', objectKind: 'pool', process: 0 }),
    aLane(4, 'pool: jobs waiting', { kind: 'queue', objectKind: 'queue' }),
  ]
  const processes = [process(1, 'app.py', 10), process(2, 'worker-1', 11, { parent: 1 })]
  const rows = ['> app.py', 'main', '# Pools', 'pool', '  pool: jobs waiting', '>> worker-1', '  worker']
  expect(read(place(lanes, { processes }).rows)).toEqual(rows)
  expect(foldsOver(lanes[2]!, lanes)).toEqual(['1', '1:pool', '1:pool:idle'])
})

test('of many tasks those that live longest stay, in their order', () => {
  const lanes = [
    aLane(1, 'loop', { kind: 'loop', objectKind: 'loop' }),
    ...Array.from({ length: 40 }, (_, i) =>
      aLane(10 + i, `task-${i}`, { kind: 'task', objectKind: 'task', start: 0, end: i % 5 === 0 ? 1000 + i : 10 }),
    ),
  ]
  const shown = read(place(lanes).rows)
  expect(shown.filter((name) => /0$|5$/.test(name))).toHaveLength(8)
  expect(shown).toHaveLength(2 + tasksShown - 2 + 1)
  expect(shown.at(-1)).toBe('+28 tasks that live shorter')
  const all = read(place(lanes, { folds: new Map([['1:tasks:', true]]) }).rows)
  expect(all).toHaveLength(43)
  expect(all.at(-1)).toBe('fold 28 tasks that live shorter')
})

test('what a gather waits for is folded below its task when it is much', () => {
  const lanes = [
    aLane(1, 'loop', { kind: 'loop', objectKind: 'loop' }),
    aLane(2, 'main', { kind: 'task', objectKind: 'task' }),
    ...Array.from({ length: 9 }, (_, i) => aLane(10 + i, 'main', { kind: 'task', parent: 2, depth: i + 1 })),
  ]
  expect(read(place(lanes).rows).slice(1)).toEqual(['loop', '  main', '+9 more that it waits for at once'])
  expect(place(lanes, { folds: new Map([['lane:2', true]]) }).rows).toHaveLength(13)
})

test('a lane of a process that the summary does not know yet is shown all the same', () => {
  const early = [aLane(1, 'early', { process: 9 })]
  expect(read(place(early).rows)).toEqual(['> python app.py', '> process 9', 'early'])
  expect(read(place(early, { processes: [] }).rows)).toEqual(['# Threads of process 9', 'early'])
})

test('pinned lanes are on top with their sub-lanes, and nowhere else', () => {
  const { pinned, rows, pinnedHeight } = place(bank, { pinned: [5, 2] })
  expect(read(pinned)).toEqual(['pool', '  pool', 'worker'])
  expect(pinnedHeight).toBe(3 * laneHeight)
  expect(read(rows)).not.toContain('worker')
  expect(rowOfLane({ pinned, rows, pinnedHeight, height: 0 }, 2)?.pinned).toBe(true)
})

test('many objects that nobody waited for are one row, until they are asked for', () => {
  const lanes = [lock(1, 'hot'), ...Array.from({ length: 7 }, (_, i) => lock(10 + i, `idle-${i}`, { waited: 0 }))]
  expect(read(place(lanes).rows)).toEqual(['# Locks', 'hot', '+7 locks that nobody waited for'])
  const open = read(place(lanes, { folds: new Map([['1:lock:idle', true]]) }).rows)
  expect(open).toHaveLength(10)
  expect(open.at(-1)).toBe('fold 7 locks that nobody waited for')
})

test('a few idle objects stay in sight, and idle threads always do', () => {
  const lanes = [
    lock(1, 'a', { waited: 0 }),
    lock(2, 'b', { waited: 0 }),
    ...Array.from({ length: 9 }, (_, i) => aLane(10 + i, `t${i}`)),
  ]
  expect(read(place(lanes).rows)).toEqual([
    '# Threads of python app.py (4711)',
    ...Array.from({ length: 9 }, (_, i) => `t${i}`),
    '# Locks',
    'a',
    'b',
  ])
})

test('a closed group keeps its title and how many it has', () => {
  const { rows } = place(bank, { folds: new Map([['1:thread', false]]) })
  expect(read(rows).slice(0, 2)).toEqual(['# Threads of python app.py (4711)', '# Locks'])
  expect(rows[0]).toMatchObject({ count: 2, open: false })
})

test('a sub-lane whose first lane is not in the list stands alone', () => {
  expect(read(place([lock(8, 'orphan', { parent: 7, depth: 1 })]).rows)).toEqual(['# Locks', 'orphan'])
})

test('of 10,000 threads only the rows in sight are taken', () => {
  const { rows } = place(Array.from({ length: 10_000 }, (_, i) => aLane(i + 1, `t${i}`)))
  const seen = rowsBetween(rows, 100_000, 100_500)
  expect(seen.length).toBeLessThan(25)
  expect(seen[0]!.y).toBeLessThanOrEqual(100_000)
  expect(seen.at(-1)!.y + seen.at(-1)!.height).toBeGreaterThanOrEqual(100_500)
})

test('lanes are as high as lets all be seen, in four steps', () => {
  const heights = (room: number) => {
    const { rows, pinnedHeight, height } = place(bank, { room, pinned: [2] })
    const fits = pinnedHeight + height <= room
    return [rows.find((r) => r.kind === 'lane')!.height, rows.find((r) => laneOf(r)?.kind === 'queue')!.height, fits]
  }
  expect(heights(1000)).toEqual([38, 68, true])
  expect(heights(350)).toEqual([32, 56, true])
  expect(heights(300)).toEqual([27, 46, true])
  expect(heights(260)).toEqual([22, 36, true])
  expect(heights(100)).toEqual([22, 36, false])
})

test('lanes that the engine did not send are counted in a row of their own, the last', () => {
  const { rows, height } = place(bank, { more: 9_700 })
  expect(read(rows).at(-1)).toMatch(/^\+9,700 lanes not shown/)
  expect(rows.at(-1)!.y + rows.at(-1)!.height).toBe(height)
})

test('the critical path is a row above all, also above what is pinned', () => {
  const input = { lanes: bank, processes: [], folds: new Map(), recording: false, more: 0, room: 0 }
  const shown = layout({ ...input, pinned: [1], path: true })
  expect(shown.pinned.map((r) => r.kind)).toEqual(['path', 'lane'])
  expect(shown.pinned[1]!.y).toBe(pathHeight)
  expect(layout({ ...input, pinned: [1] }).pinned.map((r) => r.kind)).toEqual(['lane'])
})

const device = (id: number, name: string, more: Partial<Lane> = {}) =>
  aLane(id, name, { kind: 'device', objectKind: 'device', ...more })
const stream = (id: number, name: string, of: number, more: Partial<Lane> = {}) =>
  aLane(id, name, { kind: 'stream', objectKind: 'stream', belongs: of, ...more })
const calls = (id: number, of: number, more: Partial<Lane> = {}) =>
  aLane(id, 'calls', { kind: 'calls', objectKind: 'calls', belongs: of, ...more })

test('what a thread says that it does stands right below it; memory and streams below their device', () => {
  const lanes = [
    aLane(1, 'MainThread'),
    aLane(2, 'worker'),
    stream(5, 'queue of B', 4),
    stream(6, 'queue of A', 3),
    device(3, 'A'),
    device(4, 'B'),
    aLane(7, 'context of A', { kind: 'deviceMemory', objectKind: 'context', belongs: 3 }),
    calls(8, 2),
    calls(9, 1),
    calls(10, 1, { object: 9, parent: 9, depth: 1 }),
  ]
  const { rows } = place(lanes)
  expect(read(rows)).toEqual([
    '# Threads of python app.py (4711)',
    'MainThread',
    '  calls',
    '    calls',
    'worker',
    '  calls',
    '# Devices',
    'A',
    '  context of A',
    '  queue of A',
    'B',
    '  queue of B',
  ])
  const height = (name: string) => rows.find((r) => laneOf(r)?.name === name)!.height
  expect([height('A'), height('context of A'), height('calls')]).toEqual([queueHeight, queueHeight, 18])
})

test('a device that several processes use stands once, with each process’s streams and whose they are', () => {
  const processes = [process(1, 'app.py', 1), process(2, 'worker', 2, { parent: 1 })]
  const lanes = [
    aLane(1, 'MainThread'),
    aLane(2, 'MainThread', { process: 2 }),
    device(3, 'GPU', { process: 0 }),
    stream(4, 'queue', 3),
    stream(5, 'queue', 3, { process: 2 }),
  ]
  const { rows } = place(lanes, { processes })
  const between = rows.findIndex((r) => r.kind === 'process' && r.title === 'Between processes')
  expect(rows.slice(between + 1).map((r) => (r.kind === 'lane' ? [r.lane.name, r.of] : r.kind))).toEqual([
    'group',
    ['GPU', ''],
    ['queue', 'app.py'],
    ['queue', 'worker'],
  ])
  expect(foldsOver(lanes[4]!, lanes)[0]).toBe('0')
})

test('of many streams those that ran most stay, in their order', () => {
  const lanes = [device(1, 'GPU'), ...Array.from({ length: 40 }, (_, i) => stream(2 + i, `s${i}`, 1, { slices: i }))]
  const { rows } = place(lanes)
  expect(rows.filter((r) => r.kind === 'lane')).toHaveLength(1 + streamsShown - 2)
  expect(rows.at(-1)).toMatchObject({ kind: 'fold', text: '+28 streams that ran less' })
  expect(laneOf(rows[2]!)?.name).toBe('s28')
})
