// Which thing of one run is which of another: objects and findings have no number that means the same twice, so they are
// matched by what they are called and where they were made.
//
//   "contention: Account.lock (bank.py:12)"  ─▶  the same but for its figures  ─▶  in order, where all runs have as many
//
// In: the names of each run, before and after. Out: for each run, name → a key that is the same for the same thing. Lines
// move when a file is edited and threads are numbered as they come, so figures may differ: where every run that has such
// names has as many of them, the first is the first, and so on (lines keep their order). Where their number differs, only
// what is called exactly the same is the same: to call two things one would be worse than to show both. The program's own
// file may be called otherwise on each side (bank.py, bank_fixed.py).

export interface Named {
  /** of the program: "bank" for bank.py */
  program: string
  names: readonly string[]
}

export function keysOf(runs: readonly Named[]): Map<string, string>[] {
  const groups = runs.map(({ program, names }) => grouped(program, names))
  const loose = new Set(groups.flatMap((group) => [...group.keys()]))
  const keys = runs.map(() => new Map<string, string>())
  for (const key of loose) {
    const sizes = new Set(groups.flatMap((group) => group.get(key)?.length ?? []))
    groups.forEach((group, run) =>
      group
        .get(key)
        ?.forEach((name, place) =>
          keys[run]!.set(name, sizes.size === 1 ? `${key} ${place}` : ownFile(runs[run]!.program, name)),
        ),
    )
  }
  return keys
}

function grouped(program: string, names: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const name of new Set(names)) {
    const key = ownFile(program, name).replace(/\d+/g, '#')
    groups.set(key, [...(groups.get(key) ?? []), name])
  }
  for (const group of groups.values()) group.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  return groups
}

const ownFile = (program: string, name: string): string =>
  program === '' ? name : name.replaceAll(new RegExp(`(?<![\\w.-])${literal(program)}\\.py(?=:)`, 'g'), '‹program›.py')
const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
