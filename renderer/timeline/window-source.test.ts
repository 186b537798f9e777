import { expect, test } from 'vitest'
import type { Window } from '../../wire/api.ts'
import { answer, drawnTrace } from './drawing.fixture.ts'
import { windowRequest, WindowSource, type Request, type Want } from './window-source.ts'

const trace = { ...drawnTrace('t1 w'), end: 100e6 }
const want = (from: number, to: number, more: Partial<Want> = {}): Want => ({
  view: { from: from * 1e6, to: to * 1e6 },
  plotWidth: 1000,
  lanes: [1, 2],
  nearby: [1, 2, 3],
  end: 100e6,
  recording: false,
  ...more,
})

/** An engine that answers when the test says so. */
function engine() {
  const asked: { request: Request; answer: (end?: number) => Promise<void>; fail: (e: Error) => Promise<void> }[] = []
  let drawn = 0
  const source = new WindowSource(
    (request) =>
      new Promise<Window>((resolve, reject) =>
        asked.push({
          request,
          answer: async (end = 100e6) => (resolve(answer({ ...trace, end }, request)), void (await settled())),
          fail: async (e) => (reject(e), void (await settled())),
        }),
      ),
    () => drawn++,
  )
  return { source, asked, drawn: () => drawn }
}
const settled = () => new Promise((done) => setImmediate(done))

test('asks for three screens at a power of two, on a grid, within the run', () => {
  const r = windowRequest(want(40, 50))!
  const perPx = (r.to - r.from) / r.width
  expect(Math.log2(perPx) % 1).toBe(0)
  expect(perPx).toBeLessThanOrEqual(10e6 / 1000)
  expect(r.from).toBeLessThanOrEqual(30e6)
  expect(r.to).toBeGreaterThanOrEqual(60e6)
  expect(r.to - r.from).toBeLessThan(34e6)
  expect(r.lanes).toEqual([1, 2, 3])
  expect(windowRequest(want(0, 100))!.from).toBe(0)
  expect(windowRequest(want(-50, -10))).toBe(null)
})

test('a pan inside the three screens, and a step back in zoom, ask nothing', async () => {
  const { source, asked } = engine()
  source.want(want(40, 50))
  await asked[0]!.answer()
  for (const from of [41, 45, 49, 32]) source.want(want(from, from + 10))
  expect(asked).toHaveLength(1)
  source.want(want(44, 46))
  await asked[1]!.answer()
  source.want(want(40, 50))
  expect(asked).toHaveLength(2)
  source.want(want(70, 80))
  expect(asked).toHaveLength(3)
})

test('at most one request is under way; what was wanted in between is never asked', async () => {
  const { source, asked } = engine()
  for (const from of [10, 80, 40]) source.want(want(from, from + 1))
  expect(asked).toHaveLength(1)
  expect(source.pending).toBe(true)
  await asked[0]!.answer()
  expect(asked).toHaveLength(2)
  expect(asked[1]!.request.from).toBeGreaterThan(38e6)
  await asked[1]!.answer()
  expect(asked).toHaveLength(2)
  expect(source.pending).toBe(false)
})

test('while the sharp answer is under way the coarse one is drawn, then the sharp one', async () => {
  const { source, asked, drawn } = engine()
  source.want(want(0, 100))
  await asked[0]!.answer()
  source.want(want(40, 41))
  expect(source.answerOf(1)?.window.width).toBe(asked[0]!.request.width)
  await asked[1]!.answer()
  expect(source.answerOf(1)?.window.from).toBe(asked[1]!.request.from)
  expect(drawn()).toBe(2)
})

test('a lane that comes into sight is asked for; the others stay drawn', async () => {
  const { source, asked } = engine()
  source.want(want(0, 100))
  await asked[0]!.answer()
  source.want(want(0, 100, { lanes: [1, 9], nearby: [1, 9] }))
  expect(asked).toHaveLength(2)
  expect(source.answerOf(1)).not.toBe(null)
  expect(source.answerOf(9)).toBe(null)
})

test('of a run that goes on, the end is asked again when it moved, one screen wide; the settled past is not', async () => {
  const { source, asked } = engine()
  const live = (end: number, from: number, to: number) => want(from, to, { end: end * 1e6, recording: true })
  source.want(live(9_000, 8_000, 9_000))
  expect(asked[0]!.request.to - asked[0]!.request.from).toBeLessThan(1_200e6)
  await asked[0]!.answer(9_000e6)
  source.want(live(9_000, 8_000, 9_000))
  expect(asked).toHaveLength(1)
  source.want(live(9_030, 8_030, 9_030))
  expect(asked).toHaveLength(2)
  await asked[1]!.answer(9_030e6)
  source.want(live(9_060, 1_000, 2_000))
  await asked[2]!.answer(9_060e6)
  source.want(live(9_090, 1_000, 2_000))
  expect(asked).toHaveLength(3)
})

test('an answer from before the recording was finished is dropped', async () => {
  const { source, asked } = engine()
  source.want(want(0, 100))
  source.forget()
  await asked[0]!.answer()
  expect(source.answerOf(1)).toBe(null)
  expect(asked).toHaveLength(2)
  await asked[1]!.answer()
  expect(source.answerOf(1)).not.toBe(null)
})

test('a failed question is said once and not asked again until something else is wanted', async () => {
  const { source, asked } = engine()
  source.want(want(0, 100))
  await asked[0]!.fail(new Error('The engine stopped.'))
  expect(source.error).toBe('The engine stopped.')
  source.want(want(0, 100))
  expect(asked).toHaveLength(1)
  source.want(want(0, 50))
  await asked[1]!.answer()
  expect(source.error).toBe(null)
})
