import { expect, test } from 'vitest'
import type { Slice } from '../../wire/api.ts'
import { sliceKinds } from '../../wire/kinds.ts'
import type { Item } from './display-list.ts'
import { aLane } from './drawing.fixture.ts'
import { LabelSource } from './label-source.ts'

const lane = aLane(7, 'worker')
const item = (from: number, to: number, kind: number = sliceKinds.lock): Item => ({
  from,
  to,
  x0: from,
  x1: to,
  count: 1,
  exact: true,
  clipped: false,
  kind,
  share: [1, 0, 0, 0, 0, 0],
  value: 0,
})
const wait: Slice = {
  lane: 7,
  start: 100,
  dur: 50,
  kind: sliceKinds.lock,
  open: false,
  outcome: 'done',
  thread: null,
  object: { id: 1, lane: 1, name: 'Account.lock', kind: 'lock' },
  site: null,
  stack: [],
  others: [],
  value: 0,
  called: '',
  facts: [],
  sentence: '',
}
const settled = () => new Promise((done) => setImmediate(done))

/** an engine with one slice */
function labels(slice: () => Slice = () => wait) {
  const asked: number[] = []
  const source = new LabelSource(
    async (_, time) => {
      asked.push(time)
      return time >= slice().start && time < slice().start + slice().dur ? slice() : null
    },
    () => {},
  )
  const read = async (i: Item, recording = false, now = 0) => {
    const known = source.labelOf(lane, i)?.label.text ?? null
    source.fetch(recording, now)
    await settled()
    return known
  }
  return { asked, read }
}

test('a wide slice is asked for once, and then named at any zoom that shows a part of it', async () => {
  const { asked, read } = labels()
  expect(await read(item(100, 150))).toBe(null)
  expect(await read(item(100, 150))).toBe('waits for Account.lock')
  expect(await read(item(130, 150))).toBe('waits for Account.lock')
  expect(asked).toEqual([125])
})

test('a neighbour of another time or kind does not get its name', async () => {
  const { read } = labels()
  await read(item(100, 150))
  expect(await read(item(150, 200))).toBe(null)
  expect(await read(item(100, 150, sliceKinds.sleep))).toBe(null)
})

test('what is not there is not asked for again', async () => {
  const { asked, read } = labels()
  for (let i = 0; i < 3; i++) await read(item(900, 950))
  expect(asked).toHaveLength(1)
})

test('a slice that goes on is asked for again when it has grown past what is known', async () => {
  let dur = 50
  const { asked, read } = labels(() => ({ ...wait, dur, open: true }))
  await read(item(100, 150))
  dur = 500
  expect(await read(item(100, 600))).toBe(null)
  expect(await read(item(100, 600))).toBe('waits for Account.lock')
  expect(asked).toHaveLength(2)
})

test('while recording, one batch each 300 ms', async () => {
  const { asked, read } = labels()
  await read(item(0, 10), true, 1_000)
  await read(item(20, 30), true, 1_100)
  expect(asked).toHaveLength(1)
  await read(item(20, 30), true, 1_301)
  expect(asked).toHaveLength(2)
})
