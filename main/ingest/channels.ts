// Channels between processes: the n-th message written is the n-th read, whichever of the two is heard of first.
//
//   a process     post(k) ─ feeder: send(n, carries k) ─┐ n = n: a hand-off from who put to who got
//   another                                   receive(n) ┘
//
// A send may wait until its message is taken. When the receive began later than the send, it is what the send had waited for:
//
//   rank 0   send ▒▒▒▒▒▒▒▒▒▒▒ wake                 `taken`: from the begin of the receive to the end of the send
//   rank 1              wait ▒▒ receive
//
// A channel that is closed lets those go who wait for the other end: `cancel` arrows from who closed it.
//
// Where both say how long a message was and they differ, a number was lost (a writer was killed between the message and its
// record): from there on nothing in this channel is paired, because every arrow could be wrong.
import { flowKinds, objectKinds, reasons } from '../../wire/kinds.ts'
import type { Trace } from '../store/trace.ts'
import { losses } from './losses.ts'
import { Channel, type Item, type Message, type ObjectState, type ThreadState } from './object-state.ts'
import { become } from './queues.ts'
import { beginWait } from './waits.ts'

const isQueue = ({ row }: ObjectState) => row.kind !== objectKinds.pipe && row.kind !== objectKinds.channel
/** Its messages are rows of the trace, and it has no lane. */
const isKept = ({ row }: ObjectState) => row.kind === objectKinds.channel
const fill = (trace: Trace, object: ObjectState, time: number, depth: number) =>
  isKept(object) ? (object.depth = depth) : become(trace, object, time, depth)
/** Its messages are rows of their own from now on: one that was sent, or one that was received. */
const apart = (object: ObjectState): boolean => isKept(object) && channelOf(object).lost
const channelOf = (object: ObjectState): Channel => (object.channel ??= new Channel())

export const post = (trace: Trace, thread: ThreadState, object: ObjectState, time: number, number: number): void => {
  channelOf(object).posts.set(`${thread.row.object.process} ${number}`, { lane: thread.lane.id, time })
  become(trace, object, time, object.depth + 1)
}

/** `blocked`: where it waits until the message is taken. */
export const send = (
  trace: Trace,
  thread: ThreadState,
  object: ObjectState,
  time: number,
  number: number,
  arg: number,
  blocked: { site: number; stack: number } | null,
): void => {
  const channel = channelOf(object)
  let from: Item = { lane: thread.lane.id, time }
  const carried = isQueue(object) && arg > 0 ? `${thread.row.object.process} ${arg}` : ''
  if (carried) {
    from = channel.posts.get(carried) ?? from
    channel.posts.delete(carried)
  }
  const there = number === 0 || apart(object) ? undefined : channel.received.get(number)
  // posted: it was in the queue from then on. Read already: then it is in it no more
  const change = (carried ? 0 : 1) - (there ? 1 : 0)
  if (change !== 0) fill(trace, object, time, Math.max(0, object.depth + change))
  const message: Message = { ...from, bytes: isQueue(object) ? 0 : arg, row: -1, taken: null, woke: -1 }
  thread.sending = blocked ? message : null
  if (blocked) beginWait(trace, thread, object, time, { reason: reasons.send, id: object.id, owner: 0, ...blocked })
  if (number === 0) return
  if (there) message.row = there.row
  else if (isKept(object)) message.row = trace.messages.add(object.id, number)
  if (message.row >= 0) {
    trace.messages.fromLane[message.row] = message.lane
    trace.messages.fromTime[message.row] = message.time
    trace.messages.bytes[message.row] = Math.max(arg, trace.messages.bytes[message.row]!)
  }
  if (!there) return void channel.sent.set(number, message)
  channel.received.delete(number)
  message.taken = there.taken
  pair(trace, object, message, there)
}

/** From here on the numbers of the two sides may differ. */
export const takenBack = (object: ObjectState): void => {
  channelOf(object).lost = true
}

/** `since`: when the wait began that it has ended, −1 = none. */
export const receive = (
  trace: Trace,
  thread: ThreadState,
  object: ObjectState,
  time: number,
  number: number,
  bytes: number,
  since: number,
): void => {
  const channel = channelOf(object)
  const lane = thread.lane.id
  const taken = since >= 0 ? { lane, time: since } : null
  const message: Message = { lane, time, bytes: isQueue(object) ? 0 : bytes, row: -1, taken, woke: -1 }
  const from = number === 0 || apart(object) ? undefined : channel.sent.get(number)
  // what was not yet seen to be sent is not yet counted either
  if (from || number === 0) fill(trace, object, time, Math.max(0, object.depth - 1))
  if (number === 0) return
  if (from) message.row = from.row
  else if (isKept(object)) message.row = trace.messages.add(object.id, number)
  if (message.row >= 0) {
    trace.messages.toLane[message.row] = lane
    trace.messages.toTime[message.row] = time
    trace.messages.bytes[message.row] = Math.max(bytes, trace.messages.bytes[message.row]!)
  }
  if (!from) return void channel.received.set(number, message)
  channel.sent.delete(number)
  from.taken = taken
  pair(trace, object, from, message)
}

const pair = (trace: Trace, object: ObjectState, from: Message, to: Message) => {
  const channel = object.channel!
  if (channel.lost) return
  // of a library's channel either side may not know how long a message is
  const unsaid = isKept(object) && (from.bytes === 0 || to.bytes === 0)
  if (from.bytes !== to.bytes && !unsaid) {
    channel.lost = true
    losses.astray(trace, object.row.process)
    return
  }
  // a message may be read before its writer has come back from writing it
  const kind = isQueue(object) ? flowKinds.handoff : flowKinds.message
  trace.flow(kind, from.lane, Math.min(from.time, to.time), to.lane, to.time, object.id)
  takenFlow(trace, object.id, from)
}

/** The message that the thread sent last, and waited for to be taken, is: it goes on. */
export const sendIsTaken = (trace: Trace, thread: ThreadState, object: number, time: number): void => {
  const message = thread.sending
  thread.sending = null
  if (message === null) return
  message.woke = time
  takenFlow(trace, object, message)
}

/** Both are known: when the sender went on, and when the receiver began to wait. */
const takenFlow = (trace: Trace, object: number, { lane, time, taken, woke }: Message) => {
  if (taken !== null && taken.lane !== lane && taken.time > time && taken.time <= woke)
    trace.flow(flowKinds.taken, taken.lane, taken.time, lane, woke, object)
}

/** Somebody closed an end of the channel, and who waited there is told so by an exception. */
export const brokenBy = (trace: Trace, thread: ThreadState, object: ObjectState, time: number, cause: number): void => {
  const place = isKept(object) && object.causes !== null ? object.causes.find(cause) : -1
  if (place < 0) return
  const from = object.causes!.lane(place)
  if (from !== thread.lane.id)
    trace.flow(flowKinds.cancel, from, object.causes!.time(place), thread.lane.id, time, object.id)
}
