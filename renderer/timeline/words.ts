// Facts of slices in words, for labels, tooltips and the text that a screen reader speaks. In: kinds, counts, shares.
// Out: short phrases. Invariant: what is folded is never described as one slice, and a share is said as a share.
import type { Flow, Lane, PathStep, Slice } from '../../wire/api.ts'
import { flowKinds, sliceKinds, type FlowKind, type SliceKind } from '../../wire/kinds.ts'
import { bytes, count, duration, kibibytes, moment, percent, plural } from '../format.ts'
import type { Lit } from '../state/session.ts'
import { meaningWords } from '../theme.ts'
import type { Item } from './display-list.ts'
import { isBacklog } from './sections.ts'
import { classesOf, isActor, isCount, type Class } from './strip.ts'

const k = sliceKinds
/** What it says when the name is not known (yet); `on` is followed by the name when it is. */
const phrases: Record<SliceKind, { bare: string; on: string }> = {
  [k.lock]: { bare: 'waits for a lock', on: 'waits for ' },
  [k.semaphore]: { bare: 'waits for a permit', on: 'waits for a permit of ' },
  [k.condition]: { bare: 'waits on a condition', on: 'waits on ' },
  [k.event]: { bare: 'waits for an event', on: 'waits for ' },
  [k.barrier]: { bare: 'waits at a barrier', on: 'waits at ' },
  [k.join]: { bare: 'joins a thread', on: 'joins ' },
  [k.queueGet]: { bare: 'waits for an item', on: 'waits for an item of ' },
  [k.queuePut]: { bare: 'waits for room', on: 'waits for room in ' },
  [k.queueJoin]: { bare: 'waits for a queue to be done', on: 'waits until done: ' },
  [k.sleep]: { bare: 'sleeps', on: 'sleeps' },
  [k.gil]: { bare: 'waits for the GIL', on: 'waits for the GIL' },
  [k.loop]: { bare: 'waits for its turn', on: 'waits for its turn' },
  [k.task]: { bare: 'awaits tasks', on: 'awaits ' },
  [k.future]: { bare: 'waits for a result', on: 'waits for a result of ' },
  [k.io]: { bare: 'waits for I/O', on: 'waits for I/O' },
  [k.message]: { bare: 'waits for a message', on: 'waits for a message in ' },
  [k.process]: { bare: 'waits for a process', on: 'waits for the end of ' },
  [k.send]: { bare: 'sends', on: 'sends through ' },
  [k.collective]: { bare: 'in a collective', on: 'in a collective of ' },
  [k.hold]: { bare: 'held', on: 'held by ' },
  [k.holdContended]: { bare: 'held while others wait', on: 'held by ' },
  [k.stall]: { bare: 'blocks the loop', on: 'blocked by ' },
  [k.job]: { bare: 'a job', on: 'a job on ' },
  [k.alive]: { bare: 'lives', on: 'lives' },
  [k.band]: { bare: 'a collective', on: 'a collective, entered last by ' },
  [k.depth]: { bare: 'items', on: '' },
  [k.device]: { bare: 'waits for a device', on: 'waits until done: ' },
  [k.kernel]: { bare: 'kernel', on: '' },
  [k.read]: { bare: 'read', on: '' },
  [k.write]: { bare: 'write', on: '' },
  [k.copy]: { bare: 'copy', on: '' },
  [k.fill]: { bare: 'fill', on: '' },
  [k.command]: { bare: 'command', on: '' },
  [k.launch]: { bare: 'enqueues', on: 'enqueues ' },
  [k.range]: { bare: 'range', on: '' },
}
const phrase = (kind: SliceKind) => phrases[kind] ?? { bare: `kind ${kind}`, on: '' }

export const shortLabel = (kind: SliceKind, value: number) =>
  kind === k.depth ? plural(value, 'item') : phrase(kind).bare

/** of these the object says nothing: there is one of it, or its name is no help */
const nameless = new Set<SliceKind>([k.sleep, k.io, k.gil, k.loop, k.alive])
/** these are called by what they do: a kernel's name, "write 4 MiB" */
const calledOnly = new Set<SliceKind>([k.kernel, k.read, k.write, k.copy, k.fill, k.command, k.range])
/** and these by the command that they are about */
const calledOf = new Set<SliceKind>([k.launch, k.device])

/** "waits for Account.lock", "held by audit"; where that is too long, the colour says the verb and the name is enough */
export interface Label {
  text: string
  name: string
}
/** The slice behind an exact item of a window. */
export interface Known {
  slice: Slice
  label: Label
}
export function sliceLabel(slice: Slice): Label {
  if (slice.kind === k.depth)
    return { text: slice.called || plural(slice.value, 'item'), name: slice.called || String(slice.value) }
  if (calledOnly.has(slice.kind)) {
    const name = slice.called || phrase(slice.kind).bare
    return { text: name, name }
  }
  if (calledOf.has(slice.kind) && slice.called)
    return { text: phrase(slice.kind).on + slice.called, name: slice.called }
  if (slice.kind === k.stall) {
    const blocked = `blocked the loop for ${duration(slice.dur)}`
    return { text: slice.thread ? `${slice.thread.name} ${blocked}` : blocked, name: duration(slice.dur) }
  }
  const job = slice.called || slice.site?.func
  if (slice.kind === k.job && job) return { text: job + (slice.thread ? ` on ${slice.thread.name}` : ''), name: job }
  if (slice.kind === k.band && slice.called)
    return { text: slice.called + (slice.thread ? `, ${slice.thread.name} came last` : ''), name: slice.called }
  if (slice.kind === k.collective && slice.called)
    return { text: slice.called + (slice.object ? ` of ${slice.object.name}` : ''), name: slice.called }
  const holds = slice.kind === k.hold || slice.kind === k.holdContended
  const name = holds || slice.kind === k.job ? slice.thread?.name : slice.object?.name
  if (name && holds && slice.object?.kind === 'loop') return { text: `a step of ${name}`, name }
  if (name && holds && slice.object?.kind === 'sharedMemory') return { text: `attached by ${name}`, name }
  if (!name || nameless.has(slice.kind)) return { text: phrase(slice.kind).bare, name: phrase(slice.kind).bare }
  return { text: phrase(slice.kind).on + name, name }
}

/** Lines of a tooltip over an item: what, how long, and where it is not exact, that it is not. */
export function itemFacts(
  lane: Lane,
  item: Item,
  known: Known | null,
): { title: string; from: number; lines: string[] } {
  const dur = item.to - item.from
  const from = known?.slice.start ?? item.from
  if (item.exact) {
    const name = known?.label.text ?? shortLabel(item.kind as SliceKind, item.value)
    const title = isCount(lane) ? countTitle(lane, item.value) : name
    const time = duration(known?.slice.dur ?? dur)
    const line = known?.slice.open ? `${time} so far` : !known && item.clipped ? `for at least ${time}` : `for ${time}`
    return { title, from, lines: [line, ...tooltipFacts(known)] }
  }
  const noun = isActor(lane) ? 'wait' : (nouns[lane.kind] ?? 'hold')
  const title = `${plural(item.count, noun)} in ${duration(dur)}`
  if (isCount(lane)) return { title, from, lines: [`mostly ${countTitle(lane, item.value)}`] }
  const parts = classesOf(lane)
    .map((c) => ({ words: classWords(lane, c), share: item.share[c.share]! }))
    .filter((c) => c.share > 0)
    .sort((a, b) => b.share - a.share)
  const rest = 1 - parts.reduce((sum, p) => sum + p.share, 0)
  if (rest > 0.0005)
    parts.push({ words: isActor(lane) ? meaningWords.running : (freeWords[lane.kind] ?? 'free'), share: rest })
  return { title, from, lines: parts.map((p) => `${percent(p.share)} ${p.words}`) }
}

const nouns: Partial<Record<Lane['kind'], string>> = {
  queue: 'change',
  device: 'change',
  deviceMemory: 'change',
  stream: 'command',
  calls: 'call',
  loop: 'step',
  pool: 'job',
  process: 'life',
  communicator: 'collective',
}
const freeWords: Partial<Record<Lane['kind'], string>> = {
  loop: 'waits for something to do',
  pool: 'no job',
  process: 'gone',
  communicator: 'no collective',
  stream: 'nothing of it runs',
  calls: 'between calls',
}
/** What a colour means on this lane; elsewhere the same colour is the same meaning in general. */
function classWords(lane: Lane, { meaning }: Class): string {
  if (lane.kind === 'loop' && meaning === 'waitLock') return 'steps that block the loop'
  if (lane.kind === 'loop') return meaning === 'holdContended' ? 'steps while others wait for their turn' : 'steps'
  if (lane.kind === 'pool') return 'a job runs'
  if (lane.kind === 'communicator') return 'in a collective'
  if (lane.kind === 'process') return 'lives'
  if (lane.kind === 'memory') return 'attached'
  if (lane.kind === 'calls') return 'calls and ranges'
  if (lane.kind === 'stream') return streamWords[meaning] ?? meaningWords[meaning]
  return meaningWords[meaning]
}

const streamWords: Partial<Record<Class['meaning'], string>> = {
  kernel: 'kernels',
  copy: 'copies, reads, writes and fills',
  holdAlone: 'other commands',
}
/** of a known slice, what says more than its name and is short */
const shortFacts = new Set(['Size', 'Bytes', 'Waited', 'Began', 'Waited for'])
const tooltipFacts = (known: Known | null): string[] =>
  (known?.slice.facts ?? [])
    .filter(({ name }) => shortFacts.has(name))
    .map(({ name, text }) => (name === 'Size' || name === 'Bytes' ? text : `${name.toLowerCase()} ${text}`))

const countTitle = (lane: Lane, value: number): string => {
  if (lane.kind === 'deviceMemory') return value === 0 ? 'no memory in use' : `${kibibytes(value)} in use`
  if (lane.kind === 'device')
    return value === 0 ? 'runs nothing' : `runs ${plural(value, 'command')}${value > 1 ? ' at once' : ''}`
  return queueTitle(lane, value)
}
const queueTitle = (lane: Lane, value: number) =>
  isBacklog(lane)
    ? `${plural(value, 'job')} ${value === 1 ? 'waits' : 'wait'} for a worker`
    : lane.capacity > 0
      ? `${count(value)} of ${plural(lane.capacity, 'item')}`
      : plural(value, 'item')

const f = flowKinds
const arrows: Record<FlowKind, (object: string) => string> = {
  [f.release]: (object) => `giving back ${object} let this in`,
  [f.handoff]: (object) => `an item handed over through ${object}`,
  [f.notify]: (object) => `a notify of ${object} woke this`,
  [f.set]: (object) => `setting ${object} woke this`,
  [f.barrier]: (object) => `the last arrival at ${object} let this go on`,
  [f.start]: () => 'what started this',
  [f.join]: () => 'the end of what was waited for',
  [f.ready]: () => 'this made the task able to go on',
  [f.submit]: (object) => `a job given to ${object}: from its submit to its begin`,
  [f.result]: (object) => `the result of a job of ${object} comes back`,
  [f.message]: (object) => `a message sent through ${object}`,
  [f.spawn]: () => 'the start of this process',
  [f.exit]: () => 'the end of the process that was waited for',
  [f.cancel]: () => 'what asked this to end: a cancel, or the closing of its channel',
  [f.collective]: (object) => `the last rank that a collective of ${object} needed`,
  [f.needs]: (object) => `a job of ${object} whose result this one needs`,
  [f.access]: (object) => `bytes through ${object}`,
  [f.taken]: (object) => `the receive that a send through ${object} had waited for`,
  [f.launch]: (object) => `launched: from the call to its run on ${object}`,
  [f.finished]: (object) => `this command of ${object} was waited for: its end let go on`,
  [f.depends]: (object) => `a command of ${object} that this one depends on`,
  [f.room]: (object) => `${object} had room, an item or its end for this`,
}
/** What an arrow means, from its cause to its effect. */
export function flowFacts(flow: Flow, nameOf: (lane: number) => string): { title: string; lines: string[] } {
  const title = arrows[flow.kind]?.(flow.object || 'it') ?? `flow of kind ${flow.kind}`
  const later = duration(Math.max(0, flow.toTime - flow.fromTime))
  const size = flow.bytes > 0 ? [bytes(flow.bytes)] : []
  const lines = [`${nameOf(flow.fromLane)} → ${nameOf(flow.toLane)}, ${later} later`, ...size, ...sureness(flow)]
  return { title, lines }
}
/** Between two hosts: how far the length of an arrow can be trusted. */
function sureness({ margin, fromTime, toTime }: Flow): string[] {
  if (margin === 0) return []
  if (margin === null) return ['between two hosts whose clocks nobody has compared: how long it took is not known']
  const known = `± ${duration(margin)}, by the clocks of two hosts`
  return [margin >= toTime - fromTime ? `${known}: less well known than it is long` : known]
}

/** A step of the critical path. */
export function stepFacts(step: PathStep, name: string): { title: string; lines: string[]; where: string } {
  const mostly = step.count > 1 ? [`mostly: it is ${count(step.count)} short ones`] : []
  const title = `${name} ${step.doing === 'runs' ? 'runs' : phrase(step.doing).bare}`
  const next = step.through ? [`it goes on through ${step.through}`] : []
  return {
    title,
    lines: [`for ${duration(step.to - step.from)}`, ...mostly, ...next],
    where: `from ${moment(step.from)}`,
  }
}

/** What a screen reader says when the selection changes. */
export function spoken(slice: Slice | null, lane: Lane | undefined): string {
  if (!slice) return 'Nothing is selected.'
  return slice.sentence || `${lane?.name ?? 'lane'}: ${sliceLabel(slice).text} for ${duration(slice.dur)}`
}

export const litWords = ({ rows, key }: Lit): string =>
  `${plural(rows.length, 'row')} ${rows.length === 1 ? 'is' : 'are'} lit that ${rows.length === 1 ? 'proves' : 'prove'} the finding ${key}.`
