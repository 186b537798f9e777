// Facts of slices in words, for labels, tooltips and the text that a screen reader speaks. In: kinds, counts, shares.
// Out: short phrases. Invariant: what is folded is never described as one slice, and a share is said as a share.
import type { Flow, Lane, Slice } from '../../wire/api.ts'
import { flowKinds, sliceKinds, type FlowKind, type SliceKind } from '../../wire/kinds.ts'
import { count, duration, percent, plural } from '../format.ts'
import { meaningWords } from '../theme.ts'
import type { Item } from './display-list.ts'
import { classesOf } from './strip.ts'

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
  [k.gil]: { bare: 'waits for the GIL', on: 'waits for the ' },
  [k.loop]: { bare: 'waits for its turn', on: 'waits for its turn on ' },
  [k.task]: { bare: 'awaits a task', on: 'awaits ' },
  [k.future]: { bare: 'waits for a result', on: 'waits for a result of ' },
  [k.io]: { bare: 'waits for I/O', on: 'waits for I/O' },
  [k.message]: { bare: 'waits for a message', on: 'waits for a message in ' },
  [k.process]: { bare: 'waits for a process', on: 'waits for the end of ' },
  [k.hold]: { bare: 'held', on: 'held by ' },
  [k.holdContended]: { bare: 'held while others wait', on: 'held by ' },
  [k.stall]: { bare: 'blocks the loop', on: 'loop blocked by ' },
  [k.job]: { bare: 'a job', on: 'job on ' },
  [k.alive]: { bare: 'runs', on: '' },
  [k.depth]: { bare: 'items', on: '' },
}
const phrase = (kind: SliceKind) => phrases[kind] ?? { bare: `kind ${kind}`, on: '' }

export const shortLabel = (kind: SliceKind, value: number) =>
  kind === k.depth ? plural(value, 'item') : phrase(kind).bare

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
  if (slice.kind === k.depth) return { text: plural(slice.value, 'item'), name: String(slice.value) }
  const holds = slice.kind === k.hold || slice.kind === k.holdContended
  const name = holds ? slice.thread?.name : slice.object?.name
  if (!name || slice.kind === k.sleep) return { text: phrase(slice.kind).bare, name: phrase(slice.kind).bare }
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
    const title = lane.kind === 'queue' ? queueTitle(lane, item.value) : name
    const time = duration(known?.slice.dur ?? dur)
    const line = known?.slice.open ? `${time} so far` : !known && item.clipped ? `for at least ${time}` : `for ${time}`
    return { title, from, lines: [line] }
  }
  const noun = lane.kind === 'thread' ? 'wait' : lane.kind === 'queue' ? 'change' : 'hold'
  const title = `${plural(item.count, noun)} in ${duration(dur)}`
  if (lane.kind === 'queue') return { title, from, lines: [`mostly ${plural(item.value, 'item')} in it`] }
  const parts = classesOf(lane)
    .map((c) => ({ words: meaningWords[c.meaning], share: item.share[c.share]! }))
    .filter((c) => c.share > 0)
    .sort((a, b) => b.share - a.share)
  const rest = 1 - parts.reduce((sum, p) => sum + p.share, 0)
  if (rest > 0.0005) parts.push({ words: lane.kind === 'thread' ? meaningWords.running : 'free', share: rest })
  return { title, from, lines: parts.map((p) => `${percent(p.share)} ${p.words}`) }
}

const queueTitle = (lane: Lane, value: number) =>
  lane.capacity > 0 ? `${count(value)} of ${plural(lane.capacity, 'item')}` : plural(value, 'item')

const f = flowKinds
const arrows: Record<FlowKind, (object: string) => string> = {
  [f.release]: (object) => `giving back ${object} let this in`,
  [f.handoff]: (object) => `an item handed over through ${object}`,
  [f.notify]: (object) => `a notify of ${object} woke this`,
  [f.set]: (object) => `setting ${object} woke this`,
  [f.barrier]: (object) => `the last arrival at ${object} let this go on`,
  [f.start]: () => 'the start of this thread',
  [f.join]: () => 'the end of the thread that was joined',
  [f.ready]: () => 'this let the task go on',
  [f.submit]: (object) => `a job of ${object} begins`,
  [f.result]: (object) => `the result of a job of ${object}`,
  [f.message]: (object) => `a message through ${object}`,
  [f.spawn]: () => 'the start of this process',
  [f.exit]: () => 'the end of the process that was waited for',
  [f.cancel]: () => 'a request to cancel this task',
  [f.room]: (object) => `${object} had room, an item or its end for this`,
}
/** What an arrow means, from its cause to its effect. */
export function flowFacts(flow: Flow, nameOf: (lane: number) => string): { title: string; lines: string[] } {
  const title = arrows[flow.kind]?.(flow.object || 'it') ?? `flow of kind ${flow.kind}`
  const later = duration(Math.max(0, flow.toTime - flow.fromTime))
  return { title, lines: [`${nameOf(flow.fromLane)} → ${nameOf(flow.toLane)}, ${later} later`] }
}

/** What a screen reader says when the selection changes. */
export function spoken(slice: Slice | null, lane: Lane | undefined): string {
  if (!slice) return 'Nothing is selected.'
  return slice.sentence || `${lane?.name ?? 'lane'}: ${sliceLabel(slice).text} for ${duration(slice.dur)}`
}
