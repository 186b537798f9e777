// Channels between processes: the n-th message written is the n-th read, whichever of the two is heard of first.
//
//   a process     post(k) ─ feeder: send(n, carries k) ─┐ n = n: a hand-off from who put to who got
//   another                                   receive(n) ┘
//
// Where both say how long a message was and they differ, a number was lost (a writer was killed between the message and its
// record): from there on nothing in this channel is paired, because every arrow could be wrong.
import { flowKinds, objectKinds } from '../../wire/kinds.ts'
import type { Trace } from '../store/trace.ts'
import { losses } from './losses.ts'
import { Channel, type Item, type ObjectState, type ThreadState } from './object-state.ts'
import { become } from './queues.ts'

const isQueue = (object: ObjectState) => object.row.kind !== objectKinds.pipe
const channelOf = (object: ObjectState): Channel => (object.channel ??= new Channel())

export const post = (trace: Trace, thread: ThreadState, object: ObjectState, time: number, number: number): void => {
  channelOf(object).posts.set(`${thread.row.object.process} ${number}`, { lane: thread.lane.id, time })
  become(trace, object, time, object.depth + 1)
}

export const send = (
  trace: Trace,
  thread: ThreadState,
  object: ObjectState,
  time: number,
  number: number,
  arg: number,
): void => {
  const channel = channelOf(object)
  let from: Item = { lane: thread.lane.id, time }
  const carried = isQueue(object) && arg > 0 ? `${thread.row.object.process} ${arg}` : ''
  if (carried) {
    from = channel.posts.get(carried) ?? from
    channel.posts.delete(carried)
  }
  const there = number === 0 ? undefined : channel.received.get(number)
  // posted: it was in the queue from then on. Read already: then it is in it no more
  const change = (carried ? 0 : 1) - (there ? 1 : 0)
  if (change !== 0) become(trace, object, time, Math.max(0, object.depth + change))
  const message = { lane: from.lane, time: from.time, bytes: isQueue(object) ? 0 : arg }
  if (number === 0) return
  if (!there) return void channel.sent.set(number, message)
  channel.received.delete(number)
  pair(trace, object, message, there)
}

export const receive = (
  trace: Trace,
  thread: ThreadState,
  object: ObjectState,
  time: number,
  number: number,
  bytes: number,
): void => {
  const channel = channelOf(object)
  const message = { lane: thread.lane.id, time, bytes: isQueue(object) ? 0 : bytes }
  const from = number === 0 ? undefined : channel.sent.get(number)
  // what was not yet seen to be sent is not yet counted either
  if (from || number === 0) become(trace, object, time, Math.max(0, object.depth - 1))
  if (number === 0) return
  if (!from) return void channel.received.set(number, message)
  channel.sent.delete(number)
  pair(trace, object, from, message)
}

const pair = (trace: Trace, object: ObjectState, from: Item & { bytes: number }, to: Item & { bytes: number }) => {
  const channel = object.channel!
  if (channel.lost) return
  if (from.bytes !== to.bytes) {
    channel.lost = true
    losses.astray(trace, object.row.process)
    return
  }
  // a message may be read before its writer has come back from writing it
  const kind = isQueue(object) ? flowKinds.handoff : flowKinds.message
  trace.flow(kind, from.lane, Math.min(from.time, to.time), to.lane, to.time, object.id)
}
