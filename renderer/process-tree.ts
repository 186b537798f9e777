// Processes as a tree, and how each ended in words. In: the processes of a summary. Out: each with its depth, parents
// before their children, a host after the other, in the order of their starts, or ranks. Invariant: every process is there once, also where a file names a
// parent that is not there or a ring of parents: those stand at the top.
import type { Process } from '../wire/api.ts'

export interface Branch {
  process: Process
  /** 0 = nobody of the run started it */
  depth: number
}

export function processTree(processes: readonly Process[]): Branch[] {
  const known = new Set(processes.map((p) => p.id))
  const children = new Map<number | null, Process[]>()
  const hosts = [...new Set(processes.map((p) => p.host))]
  const hostOf = (p: Process) => hosts.indexOf(p.host)
  for (const p of processes.toSorted((a, b) => hostOf(a) - hostOf(b) || a.start - b.start || a.id - b.id)) {
    const parent = p.parent !== null && known.has(p.parent) && p.parent !== p.id ? p.parent : null
    children.set(parent, [...(children.get(parent) ?? []), p])
  }
  const tree: Branch[] = []
  const placed = new Set<number>()
  const grow = (process: Process, depth: number) => {
    if (placed.has(process.id)) return
    placed.add(process.id)
    tree.push({ process, depth })
    for (const child of children.get(process.id) ?? []) grow(child, depth + 1)
  }
  for (const [parent, own] of children) children.set(parent, byRank(own))
  for (const root of children.get(null) ?? []) grow(root, 0)
  for (const p of processes) grow(p, 0)
  return tree
}

/** Ranks of a group that are on a host come in their order, in the places that they have among the others. */
function byRank(processes: readonly Process[]): Process[] {
  const groups = new Map<string, Process[]>()
  const groupOf = ({ rank, host }: Process) => `${host} ${rank!.group}`
  for (const p of processes) if (p.rank) groups.set(groupOf(p), [...(groups.get(groupOf(p)) ?? []), p])
  for (const own of groups.values()) own.sort((a, b) => a.rank!.rank - b.rank!.rank)
  return processes.map((p) => (p.rank ? groups.get(groupOf(p))!.shift()! : p))
}

/** "rank 2 · app.py", "rank 2 · app.py · node1" */
export const processTitle = ({ name, program, host }: Pick<Process, 'name' | 'program' | 'host'>): string =>
  [name, program, host].filter(Boolean).join(' · ')

export interface Ending {
  /** "exit 0", "SIGKILL"; '' while it runs */
  text: string
  /** what a person should look at: killed, crashed, failed */
  grave: boolean
  /** by a signal, or nobody knows how */
  killed: boolean
  /** in a sentence, for titles */
  sentence: string
}

export function endingOf({ ended, exit }: Pick<Process, 'ended' | 'exit'>): Ending {
  if (typeof exit === 'string') return { text: exit, grave: true, killed: true, sentence: `It was ended by ${exit}.` }
  if (exit !== null)
    return exit === 0
      ? { text: 'exit 0', grave: false, killed: false, sentence: 'It ended with exit code 0.' }
      : { text: `exit ${exit}`, grave: true, killed: false, sentence: `It ended with exit code ${exit}.` }
  if (ended === 'cut')
    return {
      text: 'cut off',
      grave: true,
      killed: true,
      sentence: 'It was killed or crashed; nobody saw how it ended.',
    }
  if (ended === 'unseen')
    return { text: 'end not seen', grave: false, killed: false, sentence: 'Nobody saw it end: it may still run.' }
  if (ended === 'clean')
    return { text: 'ended', grave: false, killed: false, sentence: 'It ended; nobody saw its exit code.' }
  return { text: '', grave: false, killed: false, sentence: 'It runs.' }
}

/** How long it lived, in ns; null where nobody saw it end, so that only its start is known. `end`: of the run, so far. */
export const livedFor = (p: Pick<Process, 'start' | 'end' | 'ended'>, end: number): number | null =>
  p.ended === 'unseen' ? null : Math.max(0, (p.end ?? end) - p.start)
