import { expect, test } from 'vitest'
import { clocksOf } from './host-chip.tsx'

const hosts = (...uncertainties: (number | null)[]) =>
  uncertainties.map((uncertainty, i) => ({ name: `node${i + 1}`, uncertainty, clock: '' }))

test.each([
  [hosts(0, 12_000, 9_000), ', clocks within ±12 µs'],
  [hosts(0, 12_000, null), ', not all clocks known'],
  [hosts(0, 0), ', one clock'],
])('how well the clocks are known', (of, said) => expect(clocksOf(of)).toBe(said))
