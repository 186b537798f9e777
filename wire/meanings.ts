// What a slice means, which is what its colour says: of each kind of slice, and of those that are folded together.
import { sliceKinds, type SliceKind } from './kinds.ts'

/** A colour is a meaning. The renderer has one colour for each, light and dark. */
export const meanings = [
  'running',
  'holdAlone',
  'holdContended',
  'waitLock',
  'waitSignal',
  'waitQueue',
  'sleep',
  'waitGil',
  'waitMessage',
  'kernel',
  'copy',
] as const
export type Meaning = (typeof meanings)[number]

/** The meaning of each slice kind. */
export const meaningOf: Record<SliceKind, Meaning> = {
  [sliceKinds.lock]: 'waitLock',
  [sliceKinds.semaphore]: 'waitLock',
  [sliceKinds.condition]: 'waitSignal',
  [sliceKinds.event]: 'waitSignal',
  [sliceKinds.barrier]: 'waitSignal',
  [sliceKinds.join]: 'waitSignal',
  [sliceKinds.queueGet]: 'waitQueue',
  [sliceKinds.queuePut]: 'waitQueue',
  [sliceKinds.queueJoin]: 'waitQueue',
  [sliceKinds.sleep]: 'sleep',
  [sliceKinds.gil]: 'waitGil',
  [sliceKinds.loop]: 'waitGil',
  [sliceKinds.task]: 'waitSignal',
  [sliceKinds.future]: 'waitSignal',
  [sliceKinds.io]: 'sleep',
  [sliceKinds.message]: 'waitMessage',
  [sliceKinds.process]: 'waitSignal',
  [sliceKinds.collective]: 'waitMessage',
  [sliceKinds.send]: 'waitMessage',
  [sliceKinds.device]: 'waitSignal',
  [sliceKinds.hold]: 'holdAlone',
  [sliceKinds.holdContended]: 'holdContended',
  [sliceKinds.stall]: 'waitLock',
  [sliceKinds.job]: 'holdAlone',
  [sliceKinds.alive]: 'running',
  [sliceKinds.band]: 'waitMessage',
  [sliceKinds.depth]: 'waitQueue',
  [sliceKinds.kernel]: 'kernel',
  [sliceKinds.read]: 'copy',
  [sliceKinds.write]: 'copy',
  [sliceKinds.copy]: 'copy',
  [sliceKinds.fill]: 'copy',
  [sliceKinds.command]: 'holdAlone',
  [sliceKinds.launch]: 'running',
  [sliceKinds.range]: 'running',
}

/**
 * Folded slices keep the share of time of six classes. What a class means depends on the lane:
 * thread, task: waitLock, waitSignal, waitQueue, sleep, waitGil, waitMessage.
 * lock, semaphore, gil, loop, pool, process, stream: holdAlone, holdContended, a stall of a loop, kernel, copy, –.
 * queue, device, context: empty, up to half full, above half, full (an unbounded queue: 0, 1–9, 10–99, 100 and more items), –, –.
 */
export const actorClasses: readonly Meaning[] = [
  'waitLock',
  'waitSignal',
  'waitQueue',
  'sleep',
  'waitGil',
  'waitMessage',
]
export const holdClasses: readonly Meaning[] = ['holdAlone', 'holdContended', 'waitLock', 'kernel', 'copy']
