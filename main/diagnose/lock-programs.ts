// Test support: random programs of threads and locks whose truth is known, as Python.
//
//   phase 1   t0: with a: with b      phases follow each other by joins; the threads of one phase run side by side
//             t1: with b: with a      → a deadlock can be reached
//   phase 2   t2: with b: with a      alone in its phase: cannot meet t0
//
// Truth is found by walking through every interleaving of each phase (`deadlocks`), not by looking at orders. A thread's
// turns are nested blocks and no lock is taken twice, so all locks are free between phases. The same seed gives the same
// program.
import { randomNumbers } from '../ingest/random-program.ts'

/** A block `with lock:` and what is inside it, in order. */
export interface Block {
  lock: number
  inside: Block[]
}
export interface LockProgram {
  name: string
  locks: number
  phases: { thread: string; blocks: Block[] }[][]
}
/** How a deadlock is reached: the thread of the phase that makes each step, and who then waits in a circle. */
export interface Deadlock {
  phase: number
  steps: number[]
  circle: string[]
}

export function lockProgram(name: string, seed: number): LockProgram {
  const random = randomNumbers(seed)
  const upTo = (n: number) => Math.floor(random() * n)
  const locks = 2 + upTo(3)
  const block = (free: number[], depth: number): Block => {
    const lock = free[upTo(free.length)]!
    const rest = free.filter((l) => l !== lock)
    const inside: Block[] = []
    if (depth < 3 && rest.length > 0)
      for (let n = upTo(3) - (depth > 1 ? 1 : 0); n > 0; n--) inside.push(block(rest, depth + 1))
    return { lock, inside }
  }
  const all = Array.from({ length: locks }, (_, i) => i)
  let threads = 0
  const phases = Array.from({ length: 1 + upTo(3) }, () =>
    Array.from({ length: 1 + upTo(3) }, () => ({
      thread: `${name}_t${threads++}`,
      blocks: Array.from({ length: 1 + upTo(2) }, () => block(all, 0)),
    })),
  )
  return { name, locks, phases }
}

interface Step {
  lock: number
  take: boolean
}
const stepsOf = (blocks: readonly Block[]): Step[] =>
  blocks.flatMap(({ lock, inside }) => [{ lock, take: true }, ...stepsOf(inside), { lock, take: false }])

/** A way into each set of threads that can wait for each other for ever; empty: no interleaving deadlocks. */
export function deadlocks({ phases }: LockProgram): Deadlock[] {
  const found = new Map<string, Deadlock>()
  phases.forEach((threads, phase) => {
    const programs = threads.map(({ blocks }) => stepsOf(blocks))
    const seen = new Set<string>()
    const walk = (at: readonly number[], steps: readonly number[]): void => {
      if (seen.has(at.join())) return
      seen.add(at.join())
      const holder = new Map<number, number>()
      programs.forEach((program, t) => {
        const held = new Set<number>()
        for (const { lock, take } of program.slice(0, at[t]))
          if (take) held.add(lock)
          else held.delete(lock)
        for (const lock of held) holder.set(lock, t)
      })
      const waitsFor = programs.map((program, t) => {
        const next = program[at[t]!]
        return next?.take ? holder.get(next.lock) : undefined
      })
      programs.forEach((program, t) => {
        if (at[t]! < program.length && waitsFor[t] === undefined)
          walk(
            at.map((n, i) => (i === t ? n + 1 : n)),
            [...steps, t],
          )
      })
      for (const circle of circles(waitsFor)) {
        const names = circle.map((t) => threads[t]!.thread).sort()
        if (!found.has(names.join())) found.set(names.join(), { phase, steps: [...steps], circle: names })
      }
    }
    walk(
      programs.map(() => 0),
      [],
    )
  })
  return [...found.values()]
}

/** Each waits for at most one other. */
function circles(next: readonly (number | undefined)[]): number[][] {
  const found: number[][] = []
  next.forEach((_, first) => {
    const way = [first]
    for (let t = next[first]; t !== undefined && !way.includes(t); t = next[t]) way.push(t)
    if (next[way.at(-1)!] === first && Math.min(...way) === first && way.length > 1) found.push(way)
  })
  return found
}

const letters = 'abcdefgh'
const indent = (lines: readonly string[]) => lines.map((line) => `    ${line}`)

/** Every thread runs through its turns when it is started, and nobody meets: orders are seen, nothing goes wrong. */
export function quietPython({ name, locks, phases }: LockProgram): string {
  const body = (blocks: readonly Block[]): string[] =>
    blocks.flatMap(({ lock, inside }) => [
      `with ${name}_${letters[lock]}:`,
      ...indent(inside.length > 0 ? body(inside) : ['pass']),
    ])
  const threads = phases.flatMap((phase) =>
    phase.flatMap(({ thread, blocks }) => [`def ${thread}():`, ...indent(body(blocks))]),
  )
  return [...making(name, locks), ...threads, ...phases.map((phase) => running(phase))].join('\n')
}

/** The threads of the phase take their steps in the given order, and then each goes on where it is stuck. */
export function deadlockedPython({ name, locks, phases }: LockProgram, { phase, steps }: Deadlock): string {
  const threads = phases[phase]!
  const lines = threads.map(({ thread }) => [`def ${thread}():`])
  const made = threads.map(() => 0)
  const programs = threads.map(({ blocks }) => stepsOf(blocks))
  const doing = (t: number) => {
    const { lock, take } = programs[t]![made[t]!++]!
    return `${name}_${letters[lock]}.${take ? 'acquire' : 'release'}()`
  }
  steps.forEach((t, i) =>
    lines[t]!.push(...indent([`${name}_turn[${i}].wait()`, doing(t), `${name}_turn[${i + 1}].set()`])),
  )
  threads.forEach((_, t) => {
    if (made[t]! < programs[t]!.length) lines[t]!.push(...indent([`${name}_turn[${steps.length}].wait()`, doing(t)]))
    else lines[t]!.push('    pass')
  })
  return [
    ...making(name, locks),
    `${name}_turn = [threading.Event() for _ in range(${steps.length + 1})]`,
    ...lines.flat(),
    `for t in (${threads.map(({ thread }) => thread).join(', ')},): threading.Thread(target=t, name=t.__name__, daemon=True).start()`,
    `${name}_turn[0].set()`,
  ].join('\n')
}

const making = (name: string, locks: number) =>
  Array.from({ length: locks }, (_, i) => `${name}_${letters[i]} = threading.Lock()`)
const running = (phase: readonly { thread: string }[]) => `\
threads = [threading.Thread(target=t, name=t.__name__) for t in (${phase.map(({ thread }) => thread).join(', ')},)]
for t in threads: t.start()
for t in threads: t.join()`
