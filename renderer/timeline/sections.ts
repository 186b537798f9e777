// Lanes → what stands together: by process, parents before children, and in each by kind. In: the lanes as the engine
// ranks them, the processes. Out: one Stand a process, and a last one for objects that several processes share
// (Lane.process = 0). Invariant: every lane is in exactly one family, every family in one section, or it is the life of
// a process; a further lane of an object is left out while nothing is on it. Order within a section is the engine's.
//
//   process ─┬─ threads      its GIL above them
//            │               below each what it says that it does: calls, ranges
//            ├─ devices      below each its memory and its streams
//            ├─ event loops  each with its tasks below it
//            ├─ pools        each with the jobs that wait
//            └─ locks, queues, semaphores, shared memory
import type { Lane, LaneKind, Process } from '../../wire/api.ts'
import { processTree } from '../process-tree.ts'

/** An object's first lane, then its others by depth. */
export type Family = Lane[]

export interface Section {
  key: string
  id: SectionId
  families: Family[]
}
export interface Stand {
  key: string
  /** null: the objects between processes, or a process that the summary does not know yet */
  process: Process | null
  id: number
  depth: number
  /** the lane of its life, when another process of the run started it */
  life: Lane | null
  sections: Section[]
  /** slices on its lanes: how much it did */
  busy: number
}

export type SectionId =
  'thread' | 'loop' | 'pool' | 'communicator' | 'lock' | 'queue' | 'semaphore' | 'memory' | 'device'
const order: SectionId[] = ['communicator', 'thread', 'device', 'loop', 'pool', 'lock', 'queue', 'semaphore', 'memory']
const sectionOfKind: Record<Exclude<LaneKind, 'process'>, SectionId> = {
  gil: 'thread',
  thread: 'thread',
  loop: 'loop',
  task: 'loop',
  pool: 'pool',
  communicator: 'communicator',
  lock: 'lock',
  queue: 'queue',
  semaphore: 'semaphore',
  memory: 'memory',
  calls: 'thread',
  device: 'device',
  deviceMemory: 'device',
  stream: 'device',
}
/** The jobs that wait for a pool are counted in a queue that is named after it. */
const backlogOf = (pool: string) => `${pool}: jobs waiting`
export const isBacklog = (lane: Lane): boolean => lane.kind === 'queue' && lane.name.endsWith(backlogOf(''))

/** It stands below a device. */
export const isOfDevice = ({ kind }: Lane): boolean => kind === 'stream' || kind === 'deviceMemory'

const sectionOf = (lane: Lane): SectionId | null =>
  lane.kind === 'process' ? null : isBacklog(lane) ? 'pool' : (sectionOfKind[lane.kind] ?? 'lock')

export const standKey = (process: number) => `${process}`
export const sectionKey = (process: number, id: SectionId) => `${process}:${id}`
export const tasksKey = (process: number, loop: number | null) => `${process}:tasks:${loop ?? ''}`
export const idleKey = (process: number, id: SectionId) => `${process}:${id}:idle`
export const subsKey = (lane: number) => `lane:${lane}`

/** A pool of processes is shared by them, but stands with the process that gives it jobs; streams and memory stand with
 *  their device, whichever process they are of. */
function homesOf(lanes: readonly Lane[]): (lane: Lane) => number {
  const backlogs = new Map(lanes.filter(isBacklog).map((l) => [l.name, l.process]))
  const devices = new Map(lanes.filter((l) => l.kind === 'device').map((l) => [l.object, l.process]))
  return (lane) => {
    if (isOfDevice(lane)) return devices.get(lane.belongs) ?? lane.process
    return (lane.kind === 'pool' && lane.process === 0 && backlogs.get(backlogOf(lane.name))) || lane.process
  }
}

/** Whatever may be folded over the lane, outermost first. */
export function foldsOver(lane: Lane, lanes: readonly Lane[]): string[] {
  const id = sectionOf(lane)
  const process = homesOf(lanes)(lane)
  const keys = [standKey(process)]
  if (id) keys.push(sectionKey(process, id), idleKey(process, id))
  if (lane.kind === 'task') keys.push(tasksKey(process, lane.on))
  if (lane.parent !== null) keys.push(subsKey(lane.parent))
  return keys
}

export function standsOf(lanes: readonly Lane[], processes: readonly Process[]): Stand[] {
  const stands = new Map<number, Stand>()
  const stand = (id: number, process: Process | null, depth: number) => {
    const made: Stand = { key: standKey(id), id, process, depth, life: null, sections: [], busy: 0 }
    stands.set(id, made)
    return made
  }
  for (const { process, depth } of processTree(processes)) stand(process.id, process, depth)
  let between: Stand | null = null
  const homeOf = homesOf(lanes)
  for (const family of familiesOf(lanes)) {
    const [first] = family as [Lane]
    const home = homeOf(first)
    const own = stands.get(home) ?? stand(home, null, 0)
    if (home === 0) between = own
    own.busy += family.reduce((sum, l) => sum + l.slices, 0)
    const id = sectionOf(first)
    if (id === null) {
      own.life = first
      continue
    }
    let section = own.sections.find((s) => s.id === id)
    if (!section) own.sections.push((section = { key: sectionKey(own.id, id), id, families: [] }))
    section.families.push(family)
  }
  const all = [...stands.values()].filter((s) => s !== between)
  if (between) all.push(between)
  for (const s of all) {
    s.sections.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id))
    for (const section of s.sections) arrange(section)
  }
  return all
}

/** The GIL above its threads, calls below theirs, tasks below their loop, what waits for a pool below the pool, memory and
 *  streams below their device. */
function arrange(section: Section) {
  const rank: Partial<Record<LaneKind, number>> = { gil: 0, loop: 0, pool: 0 }
  const rankOf = (f: Family) => rank[f[0]!.kind] ?? 1
  if (section.id === 'thread') {
    section.families.sort((a, b) => rankOf(a) - rankOf(b))
    section.families = below(section.families, ([l]) => l!.kind === 'calls')
  }
  if (section.id === 'device') {
    section.families.sort((a, b) => ofDevice[a[0]!.kind]! - ofDevice[b[0]!.kind]!)
    section.families = below(section.families, ([l]) => isOfDevice(l!))
  }
  if (section.id !== 'loop' && section.id !== 'pool') return
  const heads = section.families.filter((f) => rankOf(f) === 0)
  const rest = section.families.filter((f) => rankOf(f) === 1)
  const headOf = (f: Family) =>
    section.id === 'pool'
      ? heads.find((h) => backlogOf(h[0]!.name) === f[0]!.name)
      : (heads.find((h) => h[0]!.id === f[0]!.on) ?? (heads.length === 1 ? heads[0] : undefined))
  section.families = [
    ...heads.flatMap((h) => [h, ...rest.filter((f) => headOf(f) === h)]),
    ...rest.filter((f) => headOf(f) === undefined),
  ]
}

const ofDevice: Partial<Record<LaneKind, number>> = { device: 0, deviceMemory: 1, stream: 2 }
/** Each family, and right after it those that belong to its object; those whose owner is not there come last. */
function below(families: readonly Family[], belongs: (f: Family) => boolean): Family[] {
  const owners = families.filter((f) => !belongs(f))
  const owned = families.filter(belongs)
  const known = new Set(owners.map(([l]) => l!.object))
  return [
    ...owners.flatMap((owner) => [owner, ...owned.filter(([l]) => l!.belongs === owner[0]!.object)]),
    ...owned.filter(([l]) => !known.has(l!.belongs)),
  ]
}

function familiesOf(lanes: readonly Lane[]): Iterable<Family> {
  const known = new Set(lanes.map((l) => l.id))
  const families = new Map<number, Family>()
  for (const lane of lanes) if (lane.parent === null || !known.has(lane.parent)) families.set(lane.id, [lane])
  for (const lane of lanes)
    if (lane.parent !== null && known.has(lane.parent) && lane.slices > 0) families.get(lane.parent)?.push(lane)
  for (const members of families.values()) members.sort((a, b) => a.depth - b.depth)
  return families.values()
}
