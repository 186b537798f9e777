// The drawing in the test is the picture: what is drawn in letters comes back from the display list in letters.
import { describe, expect, test } from 'vitest'
import type { Flow, Process, Slice } from '../../wire/api.ts'
import { sliceKinds } from '../../wire/kinds.ts'
import { themes } from '../theme.ts'
import { hit, type Shape, type Strip } from './display-list.ts'
import { aLane, answer, cell, columnAt, drawing, drawnScene, drawnTrace } from './drawing.fixture.ts'
import { cutWords } from './scene-ground.ts'
import { layout } from './layout.ts'
import { runnersAt } from './scene-runners.ts'
import { scene } from './scene.ts'
import { type SceneInput } from './scene-input.ts'
import { sliceLabel } from './words.ts'

const bank = drawnTrace(`
  main    RRRRssssssssRR
  worker  RRwwwwRRcccRqq
  A       hhHHHH....hh..
`)
const part = (input: SceneInput, name: string): Shape[] => scene(input).find((p) => p.name === name)?.shapes ?? []
const texts = (input: SceneInput, name: string) =>
  part(input, name).flatMap((s) => (s.shape === 'text' ? [s.text] : []))
const strips = (input: SceneInput) => part(input, 'plot').filter((s): s is Strip => s.shape === 'strip')

const aSlice = (lane: number, from: number, to: number, more: Partial<Slice> = {}): Slice => ({
  lane,
  start: from * cell,
  dur: (to - from) * cell,
  kind: sliceKinds.lock,
  open: false,
  outcome: 'done',
  thread: null,
  object: null,
  site: null,
  stack: [],
  others: [],
  value: 0,
  called: '',
  facts: [],
  sentence: '',
  ...more,
})

test('what was recorded is what is seen', () => {
  expect(drawing(drawnScene(bank))).toBe(['RRRRssssssssRR', 'RRwwwwRRcccRqq', 'hhHHHH....hh..'].join('\n'))
})

test('a thread is blank before it starts and after it ends', () => {
  const t = drawnTrace('t1 RRRwwwRRRR')
  t.lanes[0]!.start = 2 * cell
  t.lanes[0]!.end = 8 * cell
  expect(drawing(drawnScene(t))).toBe('..RwwwRR..')
})

test('a thread whose end nobody told has ended with its process', () => {
  const t = drawnTrace('t1 RRRwwwRRRR')
  t.lanes[0]!.end = null
  const endings = new Map([[1, { cut: false, at: 8 * cell }]])
  expect(drawing(drawnScene(t, { endings }))).toBe('RRRwwwRR..')
})

test('what a process held ends with it', () => {
  const t = drawnTrace('A hhhhhhhhhh')
  const endings = new Map([[1, { cut: false, at: 4 * cell }]])
  expect(drawing(drawnScene(t, { endings }))).toBe('hhhh......')
  expect(drawing(drawnScene(t, { endings: new Map([[1, { cut: false, at: -cell }]]) }))).toBe('..........')
})

test('scrolled and zoomed, the same slices are elsewhere and no others', () => {
  const input = drawnScene(bank)
  const viewport = { ...input.viewport, from: 2 * cell, to: 9 * cell }
  expect(drawing({ ...input, viewport })).toBe(['RRssssss'.slice(0, 7), 'wwwwRRc', 'HHHH...'].join('\n'))
})

test('tasks, loops and the GIL are drawn in their own colours', () => {
  const t = drawnTrace(`
    thread:main  RRggRRmmRR
    gil:GIL      hhHHhh..hh
    loop:loop    hhSSSSh.HH
    task:fetch   RRllRRttii
  `)
  // the order is that of the layout; a blocked loop has the colour of a lock in dispute, I/O that of sleep
  expect(drawing(drawnScene(t))).toBe(['hhHHhh..hh', 'RRggRRmmRR', 'hhwwwwh.HH', 'RRggRRccss'].join('\n'))
})

test('a step that blocks the loop has a line over it, and a flag where it is narrow', () => {
  const t = drawnTrace('loop:loop hhSSSSh.HH.hhhhhhhhhh')
  const marks = (pxPerCell: number) => {
    const input = drawnScene(t, { pxPerCell })
    const { ink } = input.theme.page
    return part(input, 'plot').filter((s) => (s.shape === 'rect' || s.shape === 'path') && s.fill === ink)
  }
  expect(marks(10)).toEqual([expect.objectContaining({ shape: 'rect', x: 120, width: 40, height: 2 })])
  expect(marks(1)).toEqual([expect.objectContaining({ shape: 'path' })])
})

describe('processes', () => {
  const t = drawnTrace('main RRRRRRRRRR\nworker RRwwwwRRRR')
  t.lanes[1]!.process = 2
  const of = (id: number, more: Partial<Process>): Process => ({
    ...{ id, pid: 10 * id, name: `p${id}`, parent: id > 1 ? 1 : null, python: '3.11', ended: 'clean', exit: 0 },
    ...{ start: 0, end: t.end, rank: null, program: '', host: '' },
    ...more,
  })
  const at = (second: Partial<Process>, { folded = false, pxPerCell = 10 } = {}) => {
    const processes = [of(1, {}), of(2, second)]
    const folds = new Map(folded ? [['2', false]] : [])
    const base = { pinned: [], more: 0, room: 0, recording: false }
    return drawnScene(t, { pxPerCell, layout: layout({ lanes: t.lanes, processes, folds, ...base }) })
  }
  test('are named with how they ended, and where one was killed is marked', () => {
    expect(texts(at({}), 'names').filter((x) => /^p|exit/.test(x))).toEqual(['p1', 'exit 0', 'p2', 'exit 0'])
    expect(texts(at({}), 'plot')).toEqual(['waits for a lock'])
    const killed = at({ exit: 'SIGKILL', ended: 'cut', end: 6 * cell }, { pxPerCell: 30 })
    expect(texts(killed, 'names')).toContain('SIGKILL')
    expect(texts(killed, 'plot')).toContain('SIGKILL')
    const { waitLock } = killed.theme.meaning
    const mark = part(killed, 'plot').find((s) => s.shape === 'rect' && s.fill === waitLock && s.width === 3)
    expect(mark).toMatchObject({ x: 279 })
  })
  test('a life reaches from its start to its end', () => {
    const lives = part(at({ start: 2 * cell, end: 7 * cell }), 'plot').flatMap((s) =>
      s.shape === 'rect' && s.radius === 3 ? [[s.x, s.width]] : [],
    )
    expect(lives).toEqual([
      [100, 100],
      [120, 50],
    ])
  })
  test('folded, what the first thread does is still seen', () => {
    expect(drawing(at({}, { folded: true })).split('\n')).toEqual(['RRRRRRRRRR', 'RRwwwwRRRR'])
    const list = scene(at({}, { folded: true }))
    expect(hit(list, 50, 82 + 28 + 22 + 14)).toMatchObject({ what: 'process', process: 2, opens: true })
  })
})

describe('folded', () => {
  const dense = drawnTrace('t1 wRwRwRwRqRqRqRqR')
  const { waitLock, waitQueue } = themes.light.meaning
  const column = (input: SceneInput, x: number) => columnAt(strips(input)[0]!, x, input.viewport.ratio)

  test('a column is split by share, waits from the bottom, the rest is running', () => {
    const input = drawnScene(dense, { pxPerCell: 0.5 })
    expect(strips(input)[0]!.height).toBe(18)
    for (const x of [100, 101, 102, 103]) expect(column(input, x)).toEqual([{ fill: waitLock, dots: 9 }])
    for (const x of [104, 105, 106, 107]) expect(column(input, x)).toEqual([{ fill: waitQueue, dots: 9 }])
  })
  test('slices that share a dot are added up, none paints over another', () => {
    const input = drawnScene(dense, { pxPerCell: 0.5 })
    // the answer has a column a pixel; the screen now has one for all eight of them
    input.viewport = { ...input.viewport, width: 100 + 1 }
    expect(column(input, 100)).toEqual([
      { fill: waitLock, dots: 4 },
      { fill: waitQueue, dots: 4 },
    ])
  })
  test('a wait too short for any dot still gets one', () => {
    const t = { ...dense, slices: [{ lane: 1, start: 5 * cell, dur: 100, kind: sliceKinds.lock, value: 0 }] }
    const input = drawnScene(t, { pxPerCell: 0.5 })
    expect([100, 101, 102, 103].map((x) => column(input, x))).toEqual([[], [], [{ fill: waitLock, dots: 1 }], []])
  })
  test('a full column is never overfull', () => {
    const input = drawnScene(drawnTrace('t1 wwqqccsswwqqccss'), { pxPerCell: 0.5 })
    input.viewport = { ...input.viewport, width: 100 + 1 }
    expect(column(input, 100).reduce((sum, c) => sum + c.dots, 0)).toBe(18)
  })
  test('is hit as folded, with its count', () => {
    const input = drawnScene(dense, { pxPerCell: 0.5 })
    const [s] = strips(input)
    const target = hit(scene(input), s!.x + 1.5, s!.y + 3)
    expect(target).toMatchObject({ what: 'slice', lane: 1, item: { count: 1, exact: false } })
  })
})

describe('what is not known', () => {
  const cutAt = (at: number | null) => new Map([[1, { cut: true, at }]])
  test('without an answer a life is grey, not running', () => {
    const plot = part(drawnScene(bank, { answerOf: () => null }), 'plot')
    expect(plot.some((s) => s.shape === 'rect' && s.fill === themes.light.meaning.running)).toBe(false)
    expect(plot.some((s) => s.shape === 'rect' && s.fill === themes.light.page.grid)).toBe(true)
  })
  test('what happened since the answer is grey, not running', () => {
    const input = drawnScene(bank)
    const answer = input.answerOf(1)!
    const early = {
      ...input,
      recording: true,
      answerOf: () => ({ ...answer, window: { ...answer.window, end: 10 * cell } }),
    }
    const ground = part(early, 'plot').find((s) => s.shape === 'rect' && s.fill === themes.light.meaning.running)
    expect(ground).toMatchObject({ x: 100, width: 100 })
  })
  test('a thread of a killed process ends in a hatch, and so does what it was doing', () => {
    const t = drawnTrace('t1 RRRww')
    t.lanes[0]!.end = null
    const input = drawnScene(t, { endings: cutAt(null) })
    input.viewport.to = 8 * cell
    const hatches = (i: SceneInput) => part(i, 'plot').flatMap((s) => (s.shape === 'hatch' ? [s.what] : []))
    expect(hatches(input)).toEqual([cutWords])
    expect(hatches({ ...input, endings: new Map() })).toEqual([])
    const slice = aSlice(1, 3, 5, { open: true })
    const known = (open: boolean) => () => ({ slice: { ...slice, open }, label: sliceLabel(slice) })
    expect(hatches({ ...input, labelOf: known(true) })).toContain('open when the trace ended')
    expect(hatches({ ...input, labelOf: known(false) })).toHaveLength(1)
  })
  test('what a killed process did after it was last seen is hatched, not running', () => {
    const t = drawnTrace('t1 RRwwRRRRRR')
    t.lanes[0]!.end = null
    const input = drawnScene(t, { endings: cutAt(null) })
    const ground = (i: SceneInput) =>
      part(i, 'plot').find((s) => s.shape === 'rect' && s.fill === themes.light.meaning.running)
    const hatch = (i: SceneInput) => part(i, 'plot').find((s) => s.shape === 'hatch')
    expect(ground(input)).toMatchObject({ x: 100, width: 40 })
    expect(hatch(input)).toMatchObject({ x: 140, what: cutWords })
    expect(ground({ ...input, endings: new Map() })).toMatchObject({ x: 100, width: 100 })
    expect(hatch({ ...input, endings: cutAt(7 * cell) })).toMatchObject({ x: 140, width: 30 })
    // zoomed in where the answer does not reach the end, the overview knows
    const ask = { from: 5 * cell, to: 8 * cell, width: 30, lanes: [1] }
    const window = answer(t, ask)
    const overview = answer(t, { from: 0, to: t.end, width: 100, lanes: [1] })
    const zoomed = {
      ...input,
      viewport: { ...input.viewport, ...ask, width: 130 },
      answerOf: () => ({ window, index: 0 }),
    }
    expect(ground({ ...zoomed, overview })).toBe(undefined)
    expect(hatch({ ...zoomed, overview })).toMatchObject({ x: 100, width: 30 })
    expect(hatch(zoomed)).toBe(undefined)
  })
})

describe('labels', () => {
  const wait = aSlice(2, 2, 6, { object: { id: 3, lane: 3, name: 'Account.lock', kind: 'lock' } })
  const named = { labelOf: () => ({ slice: wait, label: sliceLabel(wait) }) }
  test('say who is waited for, in full where there is room and by name where there is not', () => {
    expect(texts(drawnScene(bank, { ...named, pxPerCell: 60 }), 'plot')).toContain('waits for Account.lock')
    expect(texts(drawnScene(bank, { ...named, pxPerCell: 25 }), 'plot')).toContain('Account.lock')
  })
  test('say what it is while the name is not known, and nothing in narrow slices', () => {
    expect(texts(drawnScene(bank, { pxPerCell: 30 }), 'plot')).toContain('waits for a lock')
    expect(texts(drawnScene(bank, { pxPerCell: 3 }), 'plot')).toEqual([])
  })
})

test('a further lane says what more of its object there is', () => {
  const more = (kind: 'communicator' | 'semaphore') => {
    const t = drawnTrace('S hhhh..\nS .hh...')
    Object.assign(t.lanes[0]!, { kind, objectKind: kind })
    Object.assign(t.lanes[1]!, { kind, objectKind: kind, parent: t.lanes[0]!.id, depth: 1 })
    return texts(drawnScene(t), 'names')
  }
  expect(more('semaphore')).toContain('permit 2')
  expect(more('communicator')).toContain('at the same time')
})

test('a queue is an area as high as it is deep, with its bound', () => {
  const t = drawnTrace('Q 0012344400')
  t.lanes[0]!.capacity = 4
  const input = drawnScene(t)
  const plot = part(input, 'plot')
  const area = plot.find((s) => s.shape === 'path' && s.alpha !== undefined)
  expect(area?.shape === 'path' && area.d).toContain('M100')
  expect(texts(input, 'names')).toContain('most 4 of 4')
  expect(plot.some((s) => s.shape === 'line' && s.dash)).toBe(true)
  t.lanes[0]!.capacity = 0
  expect(texts(drawnScene(t), 'names')).toContain('most 4')
})

test('memory of a device is an area of bytes with a scale, a device says how much it ran at once', () => {
  const t = drawnTrace('deviceMemory:ctx 0033330\ndevice:GPU 0012100')
  for (const slice of t.slices) if (slice.lane === 1) slice.value *= 4096
  const input = drawnScene(t)
  expect(texts(input, 'names')).toEqual(
    expect.arrayContaining(['memory', 'ctx', 'most 12 MiB', 'GPU', 'most 2 at once']),
  )
  expect(texts(input, 'plot')).toContain('8 MiB')
  const fills = part(input, 'plot').flatMap((s) => (s.shape === 'path' && s.alpha !== undefined ? [s.fill] : []))
  expect(fills).toEqual([themes.light.meaning.kernel, themes.light.meaning.copy])
})

test('short commands close to each other do not look like a long one', () => {
  // 40 cells a pixel: of each ten the device ran a command in one
  const t = drawnTrace(`device:GPU ${'1000000000'.repeat(400)}`)
  const highest = (pxPerCell: number) => {
    const input = drawnScene(t, { pxPerCell })
    const area = part(input, 'plot').find((s) => s.shape === 'path' && s.alpha !== undefined)
    const ys = area?.shape === 'path' ? [...area.d.matchAll(/[ML,][-\d.]+,([-\d.]+)/g)].map(([, y]) => Number(y)) : []
    return Math.max(...ys) - Math.min(...ys)
  }
  expect(highest(1 / 40)).toBeGreaterThanOrEqual(1)
  expect(highest(1 / 40)).toBeLessThan(highest(10) / 5)
})

describe('arrows', () => {
  const flow = (fromLane: number, from: number, toLane: number, to: number, step = 1): Flow => ({
    kind: 1,
    bytes: 0,
    margin: 0,
    fromLane,
    fromTime: from * cell,
    toLane,
    toTime: to * cell,
    object: 'A',
    step,
  })
  const arrows = (flows: Flow[], more: Partial<SceneInput> = {}) =>
    part(drawnScene(bank, { flows, ...more }), 'arrows').flatMap((s) => (s.shape === 'path' && s.stroke ? [s.d] : []))
  test('go from the cause’s lane and time to the effect’s', () => {
    // rows: group 26, main 22, worker 22, group 26, A 22; plot begins at 82
    expect(arrows([flow(3, 6, 2, 9)])).toEqual([expect.stringMatching(/^M160,189C.*,141,181,141$/)])
  })
  test('straight up or down when both ends are nearly the same moment', () => {
    const pixels = part(drawnScene(bank, { flows: [flow(3, 6, 2, 6)] }), 'arrows')
    const head = pixels.find((s) => s.shape === 'path' && s.fill)
    // into the lower half of the worker's lane, whose middle is 141
    expect(head?.shape === 'path' && head.d).toMatch(/^M160\.0,146\.5L/)
  })
  test('to a lane that is not on the timeline there is none', () => expect(arrows([flow(3, 6, 99, 7)])).toEqual([]))
  test('out of sight there is none', () => expect(arrows([flow(3, 900, 2, 901)])).toEqual([]))
  test('there are at most 200, the nearest steps first', () => {
    const many = [flow(3, 1, 2, 2, 5), ...Array.from({ length: 300 }, () => flow(3, 6, 2, 7))]
    expect(arrows(many)).toHaveLength(200)
    expect(arrows(many).some((d) => d.startsWith('M110'))).toBe(false)
  })
})

test('the selection has a frame on its slice and its name is marked', () => {
  const input = drawnScene(bank, { selection: aSlice(2, 2, 6) })
  const frame = part(input, 'plot').filter((s) => s.shape === 'rect' && s.stroke === themes.light.page.ink)
  expect(frame).toEqual([expect.objectContaining({ x: 119, width: 41 })])
})

test('a group, a pin, the overview and a mark are what they look like', () => {
  const list = scene(drawnScene(bank, { pinned: [1], marks: [7 * cell], hoverLane: 2 }))
  expect(hit(list, 50, 92)).toMatchObject({ what: 'fold', opens: false })
  expect(hit(list, 10, 117)).toMatchObject({ what: 'pin', lane: 1 })
  expect(hit(list, 60, 117)).toMatchObject({ what: 'lane', lane: 1 })
  expect(hit(list, 150, 10)).toMatchObject({ what: 'overview', grip: 'window' })
  expect(hit(list, 170, 64)).toMatchObject({ what: 'mark', index: 0 })
})

test('pinned lanes do not scroll', () => {
  const input = drawnScene(bank)
  const lanes = Array.from({ length: 60 }, (_, i) => aLane(i + 1, `t${i}`))
  const yOf = (scroll: number) => {
    const i = {
      ...input,
      viewport: { ...input.viewport, scroll },
      layout: {
        pinned: [{ kind: 'lane' as const, lane: lanes[0]!, sub: 0, indent: 0, of: '', y: 0, height: 22 }],
        pinnedHeight: 22,
        rows: [],
        height: 0,
      },
      pinned: [1],
    }
    return part(i, 'pinnedNames').find((s) => s.shape === 'text')
  }
  expect(yOf(0)).toEqual(yOf(500))
})

test('the overview adds up who waited, and says of how many threads', () => {
  const t = drawnTrace('t1 wwwwRRRR\nt2 wwwwwwww')
  const overview = answer(t, { from: 0, to: t.end, width: 4, lanes: [1, 2] })
  const input = drawnScene(t, { overview })
  const tall = (i: SceneInput, fill: string) =>
    part(i, 'overview').flatMap((s) => (s.shape === 'rect' && s.fill === fill ? [Math.round(s.height)] : []))
  expect(tall(input, themes.light.meaning.waitLock)).toEqual([26, 26, 13, 13])
  expect(texts(input, 'overview')).toEqual(['all threads, 8 µs'])
  const one = { ...input, overview: answer(t, { from: 0, to: t.end, width: 4, lanes: [1] }) }
  expect(texts(one, 'overview')).toEqual(['1 of 2 threads, 8 µs'])
  const tasks = { ...input, tasks: 40, overview }
  expect(texts(tasks, 'overview')).toEqual(['2 of 42 threads and tasks, 8 µs'])
  const folded = { ...input, layout: { pinned: [], pinnedHeight: 0, rows: [], height: 0 } }
  expect(tall(folded, themes.light.meaning.waitLock)).toEqual([26, 26, 13, 13])
})

test('both ends of an arrow can be clicked', () => {
  const flow: Flow = {
    kind: 1,
    fromLane: 3,
    fromTime: 6 * cell,
    toLane: 2,
    toTime: 12 * cell,
    object: 'A',
    bytes: 0,
    margin: 0,
    step: 1,
  }
  const list = scene(drawnScene(bank, { flows: [flow] }))
  expect(hit(list, 160, 189)).toEqual({ what: 'flow', index: 0, end: 'from' })
  expect(hit(list, 216, 141)).toEqual({ what: 'flow', index: 0, end: 'to' })
})

test('below who waited: how many ran at once, as a curve that touches the top where most did', () => {
  const runners = {
    from: 0,
    to: 4 * cell,
    running: Float32Array.of(0, 1, 4, 2),
    spread: [10, 20, 5, 0, 1, 0],
    mean: 1.75,
    because: '',
  }
  const t = drawnTrace('a  RRRR')
  const shapes = part(drawnScene(t, { runners }), 'overview')
  expect(texts(drawnScene(t, { runners }), 'overview')).toContain('running: 1.8 on average, at most 4')
  const line = shapes.find((s) => s.shape === 'path' && s.stroke)
  const ys = line?.shape === 'path' ? [...line.d.matchAll(/,([\d.]+)/g)].map((m) => Number(m[1])) : []
  expect(ys).toHaveLength(4)
  expect(ys[0]).toBe(54)
  expect(ys[2]).toBe(37)
  expect(ys[1]! - ys[3]!).toBeCloseTo(17 / 4)
  expect([0.5, 2.5, 3.9, 4.1].map((c) => runnersAt(runners, c * cell))).toEqual([0, 4, 2, null])
})
