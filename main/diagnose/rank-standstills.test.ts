// Random programs of ranks that send (and wait until it is taken), receive from one rank or from any, and meet in barriers:
// a deadlock is told if and only if somebody never comes to its end, and all that are named are among those.
import { expect, test } from 'vitest'
import { drawnRanks } from '../ingest/drawing-ranks.ts'
import { randomNumbers } from '../ingest/random-program.ts'
import { examine } from './diagnose.ts'

type Step = { does: 'send' | 'receive'; other: number } | { does: 'any' } | { does: 'barrier' }
const width = 30

/** Each rank's row, as a simple MPI would run it. `stuck`: those that never come to their end. */
function run(programs: readonly Step[][]): { rows: string[]; stuck: Set<number> } {
  const rows = programs.map(() => '.')
  const at = programs.map(() => 0)
  const now = (rank: number): Step | undefined => programs[rank]![at[rank]!]
  const sign = (step: Step): string =>
    step.does === 'send'
      ? String.fromCharCode(65 + step.other)
      : step.does === 'receive'
        ? String.fromCharCode(97 + step.other)
        : step.does === 'any'
          ? '?'
          : '|'
  for (let column = 1; column < width; column++) {
    const over = new Set<number>()
    const all = programs.map((_, rank) => now(rank))
    if (all.every((step) => step?.does === 'barrier')) for (const rank of all.keys()) over.add(rank)
    all.forEach((step, rank) => {
      if (step?.does !== 'send') return
      const receives = all[step.other]
      const takes = receives?.does === 'any' || (receives?.does === 'receive' && receives.other === rank)
      if (takes && !over.has(step.other)) over.add(rank).add(step.other)
    })
    all.forEach((step, rank) => {
      rows[rank] += step ? sign(step) : ' '
      if (over.has(rank)) at[rank]!++
    })
    // a step apart, so that two of a kind are two
    all.forEach((step, rank) => void (rows[rank] += !step ? ' ' : over.has(rank) ? '.' : sign(step)))
  }
  const stuck = new Set(programs.flatMap((_, rank) => (now(rank) ? [rank] : [])))
  return { rows, stuck }
}

/** One that runs to its end, spoilt half of the time: a step is left out, or two change places. */
function scripts(random: () => number): Step[][] {
  const below = (n: number) => Math.floor(random() * n)
  const size = 2 + below(3)
  const programs: Step[][] = Array.from({ length: size }, () => [])
  for (let n = below(6); n > 0; n--) {
    const from = below(size)
    const other = (from + 1 + below(size - 1)) % size
    if (below(4) === 0) for (const program of programs) program.push({ does: 'barrier' })
    else {
      programs[from]!.push({ does: 'send', other })
      programs[other]!.push(below(3) === 0 ? { does: 'any' } : { does: 'receive', other: from })
    }
  }
  const spoilt = programs[below(size)]!
  const place = below(spoilt.length)
  if (below(4) === 0) spoilt.splice(place, 1)
  else if (below(3) === 0) spoilt.splice(place, 2, ...spoilt.slice(place, place + 2).reverse())
  return programs
}

test('150 programs: it is told if and only if somebody is left, and names only who is', () => {
  const random = randomNumbers(5)
  let told = 0
  for (let n = 0; n < 150; n++) {
    const { rows, stuck } = run(scripts(random))
    const drawing = rows.map((row, rank) => `  ${rank}  ${row}`).join('\n')
    const trace = drawnRanks(drawing, { unit: 50e6, live: true })
    const found = examine(trace).findings.filter((f) => f.rule === 'deadlock')
    trace.db.close()
    const named = new Set(found.flatMap((f) => f.parties.map((p) => Number(p.name.replace('rank ', '')))))
    expect(found.length > 0, drawing).toBe(stuck.size > 0)
    for (const rank of named) expect(stuck, drawing).toContain(rank)
    told += Number(found.length > 0)
  }
  expect(told).toBeGreaterThan(30)
  expect(told).toBeLessThan(120)
})
