// Events of devices and of ranges, one record each. In: a record, with its actor where it has one. Out: false when its kind
// is none of these.
import { eventKinds, objectKinds, type ObjectKind } from '../../wire/kinds.ts'
import { commands, stages } from '../../wire/operations.ts'
import type { DeviceLine, StreamLine } from '../../wire/side-file.ts'
import type { Belongings } from './between.ts'
import { depends, enqueue, reach, streamOf, useMemory, wokenByCommand } from './commands.ts'
import { losses } from './losses.ts'
import type { ThreadState } from './object-state.ts'

/** Written by threads that are none of the program's. */
export const hasNoActor = (kind: number, flag: number): boolean =>
  kind === eventKinds.allocate ||
  kind === eventKinds.free ||
  (kind === eventKinds.reach && (flag & 255) !== stages.awaited)
/** Told on behalf of an actor, perhaps long after: it says nothing of what the actor does now. */
export const isOfBefore = (kind: number): boolean => kind === eventKinds.enqueue || kind === eventKinds.reach

export const devices = (
  { trace, sources, objects }: Belongings,
  thread: ThreadState | null,
  time: number,
  serial: number,
  seq: number,
  site: number,
  kind: number,
  flag: number,
  arg: number,
): boolean => {
  const needed = isAbout[kind]
  if (needed !== undefined && objects.get(serial, kind).row.kind !== needed) {
    losses.illegal(trace, objects.get(serial, kind).row.process)
    return true
  }
  switch (kind) {
    case eventKinds.reach:
      if (thread) wokenByCommand(trace, thread, objects.get(serial, kind), since(time, both(site, arg)), seq)
      else reach(trace, objects.get(serial, kind), seq, flag, since(time, both(site, arg)))
      return true
    case eventKinds.free:
      useMemory(trace, objects.get(serial, kind), since(time, flag * agoStep), -both(seq, arg))
      return true
    case eventKinds.allocate:
      useMemory(trace, objects.get(serial, kind), since(time, flag * agoStep), both(seq, arg))
      return true
    case eventKinds.depends:
      depends(trace, objects.get(serial, kind), seq, objects.get(site, kind), arg)
      return true
  }
  if (!thread) return false
  switch (kind) {
    case eventKinds.enqueue: {
      const work = (flag & 255) === commands.kernel ? sources.work(arg) : 0
      const calls = objects.calls.of(thread)
      const command = { number: seq, flag, site: sources.site(site), arg, work }
      enqueue(trace, thread, objects.get(serial, kind), time, command, calls)
      return true
    }
    case eventKinds.rangeBegin:
      objects.calls.begin(thread, time, seq, sources.site(site), sources.work(arg))
      return true
    case eventKinds.rangeEnd:
      if (!objects.calls.end(time, seq)) losses.unmatched(trace, thread.row.object.process, kind)
      return true
    default:
      return false
  }
}
/** What kind of object an event is about: one of another kind cannot have it. */
const isAbout: Partial<Record<number, ObjectKind>> = {
  [eventKinds.enqueue]: objectKinds.stream,
  [eventKinds.reach]: objectKinds.stream,
  [eventKinds.depends]: objectKinds.stream,
  [eventKinds.allocate]: objectKinds.context,
  [eventKinds.free]: objectKinds.context,
}
const since = (time: number, ago: number) => Math.max(0, time - ago)
/** ns of a step in which memory's events say how long ago they were */
const agoStep = 8192
const both = (high: number, low: number) => high * 4294967296 + low

/** A later line adds to what is known. */
export const hearDevice = ({ trace, objects }: Belongings, { k, ...line }: DeviceLine): void => {
  const { id } = objects.get(line.object, eventKinds.new)
  trace.devices.set(id, { ...trace.devices.get(id), ...line, object: id })
}
export const hearStream = ({ trace, objects }: Belongings, line: StreamLine): void => {
  const stream = objects.get(line.object, eventKinds.enqueue)
  const context = line.context ? objects.get(line.context, eventKinds.allocate).id : 0
  streamOf(stream).inOrder = line.inOrder ?? false
  trace.streams.set(stream.id, { object: stream.id, context, inOrder: line.inOrder ?? false })
}
