// Clocks are simulated: each host has an offset and a drift that the test knows and align.ts does not; messages between
// them take some time. Whatever these are, no receive is before its send, and the truth is within the margins.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { align, wrong, type Clock, type Pair, type Placed } from './align.ts'
import { Bounds, inverse, mapped, type Line } from './bounds.ts'

interface World {
  /** true time → each host's clock */
  clocks: Line[]
  /** µs of true time, and ns on the way */
  messages: { from: number; to: number; at: number; takes: number }[]
}
const us = 1000
const second = 1e9

const worlds = ({ hosts: mostHosts, drift: mostDrift }: { hosts: number; drift: number }) =>
  fc.integer({ min: 2, max: mostHosts }).chain((hosts) =>
    fc.record({
      clocks: fc.array(
        fc.record({
          offset: fc.integer({ min: -1_000_000, max: 1_000_000 }).map((offset) => offset * us),
          drift: fc.integer({ min: -mostDrift, max: mostDrift }).map((ppm) => ppm / 1e6),
        }),
        { minLength: hosts, maxLength: hosts },
      ),
      messages: fc.array(
        fc
          .record({
            from: fc.nat(hosts - 1),
            by: fc.integer({ min: 1, max: hosts - 1 }),
            at: fc.nat(10 * second),
            takes: fc.oneof(fc.integer({ min: us, max: 100 * us }), fc.integer({ min: us, max: 0.1 * second })),
          })
          .map(({ from, by, at, takes }) => ({ from, to: (from + by) % hosts, at, takes })),
        { minLength: 0, maxLength: 80 },
      ),
    }),
  )

const pairsOf = ({ clocks, messages }: World): Pair[] => {
  const pairs = new Map<string, Pair>()
  for (const { from, to, at, takes } of messages) {
    const [of, other] = from < to ? [to, from] : [from, to]
    const key = `${of} ${other}`
    if (!pairs.has(key)) pairs.set(key, { of, to: other, bounds: new Bounds() })
    const { bounds } = pairs.get(key)!
    const sent = Math.round(mapped(clocks[from]!, at))
    const received = Math.round(mapped(clocks[to]!, at + takes))
    if (of === to) bounds.notBefore(received, sent)
    else bounds.notAfter(sent, received)
  }
  return [...pairs.values()]
}
const lived = ({ clocks }: World): Clock[] =>
  clocks.map((clock) => ({ from: mapped(clock, 0), to: mapped(clock, 10.2 * second), wall: 0 }))

/** ns of rounding: clocks tell whole ns */
const rounding = 4

/** How much later than the truth the clock says it is at this true time, seen from the clock `via`. */
const error = ({ clocks }: World, placed: Placed[], of: number, at: number): number => {
  const { line, via } = placed[of]!
  return mapped(inverse(placed[via]!.line), mapped(line, mapped(clocks[of]!, at))) - mapped(clocks[via]!, at)
}
const marginAt = ({ margins }: Placed, time: number) => {
  const i = Math.min(
    Math.max(
      margins!.findIndex((m) => m.time >= time),
      1,
    ),
    margins!.length - 1,
  )
  const [a, b] = [margins![i - 1]!, margins![i]!]
  const share = (time - a.time) / (b.time - a.time)
  return { early: a.early + (b.early - a.early) * share, late: a.late + (b.late - a.late) * share }
}

const never = (w: World) => {
  const pairs = pairsOf(w)
  const lines = align(lived(w), pairs).map(({ line }) => line)
  for (const pair of pairs) expect(wrong(lines, pair)).toBeLessThanOrEqual(rounding)
}

test('no receive is before its send: two hosts, whatever their rates', () => {
  fc.assert(fc.property(worlds({ hosts: 2, drift: 300 }), never), { numRuns: 400 })
})

test('nor between several that run at one rate, whoever talks to whom', () => {
  fc.assert(fc.property(worlds({ hosts: 5, drift: 0 }), never), { numRuns: 400 })
})

/** Messages to and fro, every 10 ms for 10 s. */
const pingPong = (takes: () => number, hosts: [number, number][]): World['messages'] =>
  Array.from({ length: 1000 }, (_, i) => i * 10e6).flatMap((at) =>
    hosts.flatMap(([a, b]) => [
      { from: a, to: b, at, takes: takes() },
      { from: b, to: a, at: at + 1e6, takes: takes() },
    ]),
  )
const dice = (seed: number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return 20 * us + ((state >>> 8) % 480) * us
  }
}

test('nor between several of different rates that talk as programs do', () => {
  const ppm = fc.integer({ min: -100, max: 100 })
  const all: [number, number][] = [[0, 1], [1, 2], [2, 0], [2, 3]] // prettier-ignore
  fc.assert(
    fc.property(fc.integer(), fc.array(ppm, { minLength: 4, maxLength: 4 }), (seed, drifts) =>
      never({
        clocks: drifts.map((drift, i) => ({ offset: i * second, drift: drift / 1e6 })),
        messages: pingPong(dice(seed), all),
      }),
    ),
    { numRuns: 30 },
  )
})

test('the truth is within the margins, at any time', () => {
  fc.assert(
    fc.property(worlds({ hosts: 5, drift: 300 }), fc.nat(10 * second), (w, at) => {
      const placed = align(lived(w), pairsOf(w))
      for (const [of, p] of placed.entries()) {
        if (!p.margins) continue
        const off = error(w, placed, of, at)
        const { early, late } = marginAt(p, mapped(p.line, mapped(w.clocks[of]!, at)))
        expect(off).toBeLessThanOrEqual(early + rounding)
        expect(-off).toBeLessThanOrEqual(late + rounding)
      }
    }),
    { numRuns: 400 },
  )
})

test.each([-300, -2, 0, 1, 40, 300])(
  'with 20 to 500 µs on the way, both ways, and a drift of %i ppm, the clock is told to a few µs',
  (ppm) => {
    const w = {
      clocks: [
        { offset: 0, drift: 0 },
        { offset: 123_456_789, drift: ppm / 1e6 },
      ],
      messages: pingPong(dice(5), [[0, 1]]),
    }
    const placed = align(lived(w), pairsOf(w))
    for (const at of [0, 5 * second, 10 * second]) expect(Math.abs(error(w, placed, 1, at))).toBeLessThan(20 * us)
    const { early, late } = marginAt(placed[1]!, mapped(placed[1]!.line, mapped(w.clocks[1]!, 5 * second)))
    expect(early + late).toBeLessThan(80 * us)
  },
)

test('a third host hangs on the one that it talks to, and has both margins', () => {
  const w = {
    clocks: [
      { offset: 0, drift: 0 },
      { offset: 5 * second, drift: 0 },
      { offset: -3 * second, drift: 2e-5 },
    ],
    messages: pingPong(() => 100 * us, [[0, 1], [1, 2]]), // prettier-ignore
  }
  const placed = align(lived(w), pairsOf(w))
  expect(placed.map(({ via, how }) => [via, how])).toEqual([
    [-1, 'first'],
    [0, 'messages'],
    [1, 'messages'],
  ])
  expect(placed[1]!.line.offset).toBeCloseTo(-5 * second, -4)
  expect(placed[2]!.used).toBe(2000)
})

test('without messages the wall clock is taken, and nothing is said of its error', () => {
  const clocks = [0, 7000].map((wall) => ({ from: 0, to: second, wall }))
  const placed = align(clocks, [])
  expect(placed[1]).toEqual({
    line: { offset: 7000, drift: 0 },
    how: 'wall clock',
    via: -1,
    used: 0,
    margins: null,
    span: null,
  })
})

test('messages one way move the wall clock only as far as they must', () => {
  const clocks = [0, 0].map((wall) => ({ from: 0, to: second, wall }))
  const bounds = new Bounds()
  bounds.notBefore(1000, 5000)
  bounds.notBefore(2000, 2500)
  const [, placed] = align(clocks, [{ of: 1, to: 0, bounds }])
  expect(placed).toEqual({
    line: { offset: 4000, drift: 0 },
    how: 'one way',
    via: 0,
    used: 2,
    margins: null,
    span: null,
  })
})
