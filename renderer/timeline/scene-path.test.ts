import { expect, test } from 'vitest'
import type { CriticalPath, PathStep } from '../../wire/api.ts'
import { sliceKinds } from '../../wire/kinds.ts'
import { cell, columnAt, drawnScene, drawnTrace } from './drawing.fixture.ts'
import { hit, type Shape, type Strip } from './display-list.ts'
import { layout, pathHeight } from './layout.ts'
import { scene } from './scene.ts'
import type { SceneInput } from './scene-input.ts'
import { stepAt, stepsBetween } from './scene-path.ts'

const trace = drawnTrace(`
  ada  RRRRwwwwwwRRRRRRRRRR
  bea  RRRRRRRRRRwwwwRRRRRR
`)
const step = (lane: number, from: number, to: number, more: Partial<PathStep> = {}): PathStep => ({
  lane,
  from: from * cell,
  to: to * cell,
  doing: 'runs',
  through: '',
  count: 1,
  ...more,
})
const path = (steps: PathStep[], more: Partial<CriticalPath> = {}): CriticalPath => ({
  from: 0,
  to: 20 * cell,
  steps,
  more: false,
  sums: [],
  whatIf: [],
  because: '',
  ...more,
})
const whole = path([step(1, 0, 4), step(2, 4, 10, { doing: sliceKinds.sleep, through: 'A' }), step(1, 10, 20)])
const shown = (p: CriticalPath, more: Partial<SceneInput> = {}): SceneInput =>
  drawnScene(trace, {
    path: p,
    layout: layout({
      lanes: trace.lanes,
      processes: [],
      pinned: [],
      path: true,
      folds: new Map(),
      recording: false,
      more: 0,
      room: 0,
    }),
    ...more,
  })
const part = (input: SceneInput, name: string): Shape[] => scene(input).find((p) => p.name === name)?.shapes ?? []

test('steps of a stretch and of a moment are found by halving', () => {
  expect(stepsBetween(whole, 3 * cell, 5 * cell)).toEqual([0, 2])
  expect(stepsBetween(whole, 4 * cell, 10 * cell)).toEqual([1, 2])
  expect(stepAt(whole, 4 * cell)).toBe(whole.steps[1])
  expect(stepAt(whole, 19.9 * cell)).toBe(whole.steps[2])
  expect(stepAt(whole, 20 * cell)).toBeNull()
  expect(stepAt(path([step(1, 5, 9)]), 2 * cell)).toBeNull()
})

test('it has a lane of its own on top, in the colours of what is done, with the names of who does it', () => {
  const input = shown(whole)
  const shapes = part(input, 'pinnedPlot')
  const strip = shapes.find((s): s is Strip => s.shape === 'strip')!
  const { running, sleep } = input.theme.meaning
  expect(strip.slices.map((s) => s.fill)).toEqual([running, sleep, running])
  expect(shapes.flatMap((s) => (s.shape === 'text' ? [s.text] : []))).toEqual(['ada', 'bea → A', 'ada'])
  expect(hit(scene(input), 150, 82 + pathHeight / 2)).toEqual({ what: 'path' })
})

test('steps too narrow to be seen are added up by column', () => {
  const many = Array.from({ length: 400 }, (_, i) =>
    step(1, i / 20, (i + 1) / 20, { doing: i % 2 ? 'runs' : sliceKinds.lock }),
  )
  const input = shown(path(many))
  const strip = part(input, 'pinnedPlot').find((s): s is Strip => s.shape === 'strip')!
  expect(strip.slices).toEqual([])
  const half = strip.columns.tall / 2
  expect(columnAt(strip, 150, 1)).toEqual([
    { fill: input.theme.meaning.running, dots: half },
    { fill: input.theme.meaning.waitLock, dots: half },
  ])
})

test('on the lanes what is on it has a bar, what is not is under the veil, and it is seen to change hands', () => {
  const input = shown(whole)
  const { ink, veil } = input.theme.page
  const spans = (fill: string) =>
    part(input, 'plot').flatMap((s) =>
      s.shape === 'rect' && s.fill === fill ? [[(s.x - 100) / 10, (s.x + s.width - 100) / 10]] : [],
    )
  expect(spans(ink)).toEqual([
    [0, 4],
    [10, 20],
    [4, 10],
  ])
  expect(spans(veil)).toEqual([
    [4, 10],
    [0, 4],
    [10, 20],
  ])
  const turns = part(input, 'arrows').flatMap((s) => (s.shape === 'line' ? [(s.x0 - 100) / 10] : []))
  expect(turns).toEqual([4, 10])
})

test('where it is not known what came before, its lane is hatched and says why', () => {
  const cut = part(shown(path([step(1, 8, 20)], { because: '12 events were lost' })), 'pinnedPlot')
  expect(cut.find((s) => s.shape === 'hatch')).toMatchObject({ x: 100, width: 80, what: '12 events were lost' })
  expect(part(shown(whole), 'pinnedPlot').some((s) => s.shape === 'hatch')).toBe(false)
})
