// The room that bursts need: what is read from a queue that was too small is what a queue without a bound comes to.
import { expect, test } from 'vitest'
import { randomNumbers } from '../ingest/random-program.ts'
import { roomForBursts, type Depths, type Room } from './burst.ts'

/** A program of producers that keep to a clock and one consumer, played with a queue of some size. */
interface Program {
  /** by producer: when it wants to put, at the earliest */
  wanted: number[][]
  /** how long the consumer works on an item */
  work: number
}
function play({ wanted, work }: Program, size: number): { depths: Depths; waits: Room[]; most: number } {
  const left = wanted.map((times) => [...times])
  const since = wanted.map(() => -1)
  const depths: Depths = { start: [0], items: [0] }
  const waits: Room[] = []
  let items = 0
  let busyUntil = 0
  const become = (time: number, change: number) => {
    items += change
    // a depth that lasted no time at all is no slice
    if (depths.start.at(-1) === time) (depths.start.pop(), depths.items.pop())
    depths.start.push(time)
    depths.items.push(items)
  }
  let most = 0
  // each happening has a time of its own, as on the wire
  for (let time = 1; left.some((times) => times.length) || items > 0; time++) {
    if (items > 0 && time >= busyUntil) {
      become(time, -1)
      busyUntil = time + work
      continue
    }
    let put = false
    // who waits has its turn first, the longest first
    for (const p of left.keys()) if (since[p]! < 0 && left[p]![0]! <= time && items >= size) since[p] = time
    const order = [...left.keys()].sort(
      (a, b) => (since[a]! < 0 ? Infinity : since[a]!) - (since[b]! < 0 ? Infinity : since[b]!),
    )
    for (const p of order) {
      if (put || items >= size || !(left[p]![0]! <= time)) continue
      if (since[p]! >= 0) waits.push({ thread: p, start: since[p]!, end: time })
      since[p] = -1
      left[p]!.shift()
      become(time, 1)
      most = Math.max(most, items)
      put = true
    }
  }
  return { depths, waits, most }
}

const bursts = (seed: number, producers: number): Program => {
  const random = randomNumbers(seed)
  const wanted: number[][] = Array.from({ length: producers }, () => [])
  for (let burst = 0, at = 10; burst < 6; burst++) {
    let items = 0
    for (const times of wanted) for (let k = Math.floor(random() * 7); k > 0; k--, items++) times.push(at)
    // the consumer is through before the next burst, even where each item waits for room
    at += 60 * items + 200 + Math.floor(random() * 100)
  }
  return { wanted, work: 50 }
}

test.each(Array.from({ length: 30 }, (_, i) => i + 1))('bursts of one producer, %i', (seed) => {
  const program = bursts(seed, 1)
  const free = play(program, Infinity)
  for (const size of [1, 2, 3]) {
    const { depths, waits } = play(program, size)
    expect(roomForBursts(depths, waits)).toBeGreaterThanOrEqual(free.most)
    expect(roomForBursts(depths, waits)).toBeLessThanOrEqual(free.most + 1)
  }
})
test.each(Array.from({ length: 30 }, (_, i) => i + 1))(
  'bursts of three producers: enough, and little more, %i',
  (seed) => {
    const program = bursts(seed, 3)
    const free = play(program, Infinity)
    for (const size of [1, 2, 5]) {
      const { depths, waits } = play(program, size)
      const room = roomForBursts(depths, waits)
      expect(room).toBeGreaterThanOrEqual(free.most)
      expect(room).toBeLessThanOrEqual(free.most + 3)
      // and with so much room nobody waits
      expect(play(program, room).waits).toEqual([])
    }
  },
)
test('a queue that nobody waited for had room enough', () => {
  const { depths, waits, most } = play(bursts(7, 2), 100)
  expect(waits).toEqual([])
  expect(roomForBursts(depths, waits)).toBe(most)
})
