import { expect, test } from 'vitest'
import type { Lane } from '../../wire/api.ts'
import { aLane } from './drawing.fixture.ts'
import { groupHeight, laneHeight, layout, queueHeight, rowOfLane, rowsBetween, type Layout } from './layout.ts'

const process = (id: number, name: string, pid: number) => ({
  id,
  pid,
  name,
  python: '3.11',
  ended: 'clean' as const,
  parent: null,
  exit: 0,
  start: 0,
  end: null,
})
const lock = (id: number, name: string, more: Partial<Lane> = {}) =>
  aLane(id, name, { kind: 'lock', objectKind: 'lock', waited: 5, ...more })
const place = (lanes: Lane[], input: Partial<Parameters<typeof layout>[0]> = {}) =>
  layout({
    lanes,
    processes: [process(1, 'python app.py', 4711)],
    pinned: [],
    closed: new Set(),
    idleOpen: new Set(),
    more: 0,
    room: 0,
    ...input,
  })
const read = (rows: Layout['rows']) =>
  rows.map((r) =>
    r.kind === 'group'
      ? `# ${r.title}${r.of && ` of ${r.of}`}`
      : r.kind === 'idle' || r.kind === 'more'
        ? r.text
        : '  '.repeat(r.sub) + r.lane.name,
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

test('with several processes every group names its own', () => {
  const lanes = [aLane(1, 'main'), aLane(2, 'child', { process: 2 }), lock(3, 'A', { process: 2 })]
  const { rows } = place(lanes, { processes: [process(1, 'app.py', 10), process(2, 'app.py', 11)] })
  expect(read(rows)).toEqual([
    '# Threads of app.py (10)',
    'main',
    '# Threads of app.py (11)',
    'child',
    '# Locks of app.py (11)',
    'A',
  ])
})

test('a lane of a process that the summary does not know yet is shown all the same', () => {
  expect(read(place([aLane(1, 'early', { process: 9 })]).rows)).toEqual(['# Threads of process 9', 'early'])
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
  const open = read(place(lanes, { idleOpen: new Set(['1:lock']) }).rows)
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
  const { rows } = place(bank, { closed: new Set(['1:thread']) })
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
    return [
      rows.find((r) => r.kind === 'lane')!.height,
      rows.find((r) => r.kind === 'lane' && r.lane.kind === 'queue')!.height,
      fits,
    ]
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
