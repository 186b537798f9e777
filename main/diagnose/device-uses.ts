// What devices ran, for the rules about them: the commands of a device, and of each of its streams, in the order in which
// they began, and how long it stood idle before each.
//
//   stream a   ████      ██████
//   stream b      ███                 ██
//   device     ██████▁▁▁▁██████▁▁▁▁▁▁▁██       idle: none of its streams ran anything
//
// In: a trace. Out: rows of its commands (onDevices), as columns: there may be a million. What was not seen to begin and to
// end is left out, and so are markers and barriers, of which a device does nothing, and simulators, which are no devices. A
// command that failed has kept its device busy all the same. Of a trace that is over it is made once.
import { sliceOutcomes } from '../../wire/kinds.ts'
import { commands as operations } from '../../wire/operations.ts'
import { onDevices } from '../query/commands.ts'
import { inOrder } from '../query/in-order.ts'
import { nameOf } from '../query/names.ts'
import { append, type Commands } from '../store/commands.ts'
import type { Trace } from '../store/trace.ts'

/** Commands in the order in which they began. */
export interface Runs {
  /** rows of `commands` */
  rows: Uint32Array
  /** place as in rows: ns right before it in which none of these ran; 0 = one did, and of the first */
  idle: Float64Array
  /** ns in which at least one ran */
  busy: number
  /** from the begin of the first to the end of the last */
  from: number
  to: number
}
export interface DeviceUse {
  /** → object.id */
  device: number
  all: Runs
  /** → object.id of the stream */
  streams: Map<number, Runs>
}

const known = new WeakMap<Trace, DeviceUse[]>()

export function deviceUses(trace: Trace): DeviceUse[] {
  let uses = known.get(trace)
  if (!uses) {
    uses = made(trace)
    if (!trace.live) known.set(trace, uses)
  }
  return uses
}

/** A device did not say when it ran most of its commands, so nobody knows when it stood idle; null = all did. */
export function untimed(trace: Trace): { cannotTell: string } | null {
  const { commands, devices } = onDevices(trace)
  const counts = new Map<number, { all: number; timed: number }>()
  for (let row = 0; row < commands.n; row++) {
    if (!isWork(commands.operation[row]!) || commands.outcome[row] !== sliceOutcomes.done) continue
    const device = trace.objects[commands.stream[row]!]!.belongs
    const of = counts.get(device)
    const timed = commands.ended[row]! >= commands.started[row]! ? 1 : 0
    if (!of) counts.set(device, { all: 1, timed })
    else (of.all++, (of.timed += timed))
  }
  for (const [device, { all, timed }] of counts)
    if (timed < all / 2 && devices.get(device)?.type !== 'simulator')
      return { cannotTell: `${device ? nameOf(trace, device) : 'a device'} did not say when it ran its commands` }
  return null
}

/** A kernel or a copy: the device has something to do. */
export const isWork = (operation: number): boolean =>
  operation !== operations.marker && operation !== operations.barrier
export const isCopy = (operation: number): boolean =>
  operation === operations.read || operation === operations.write || operation === operations.copy

function made(trace: Trace): DeviceUse[] {
  const { commands, devices } = onDevices(trace)
  const byStream = new Map<number, number[]>()
  for (let row = 0; row < commands.n; row++) {
    if (!isWork(commands.operation[row]!)) continue
    if (!(commands.ended[row]! >= commands.started[row]!)) continue
    append(byStream, commands.stream[row]!, row)
  }
  const uses = new Map<number, DeviceUse>()
  for (const [stream, rows] of byStream) {
    const device = trace.objects[stream]!.belongs
    if (device === 0 || devices.get(device)?.type === 'simulator') continue
    if (!uses.has(device)) uses.set(device, { device, all: undefined as never, streams: new Map() })
    uses.get(device)!.streams.set(stream, runsOf(commands, inOrderOfBegin(commands, rows)))
  }
  for (const use of uses.values()) {
    const streams = [...use.streams.values()]
    use.all = streams.length === 1 ? streams[0]! : runsOf(commands, merged(commands, streams))
  }
  return [...uses.values()]
}

/** Rows of one stream: nearly always they are in order already. */
function inOrderOfBegin({ started }: Commands, of: readonly number[]): Uint32Array {
  const rows = Uint32Array.from(of)
  for (let i = 1; i < rows.length; i++)
    if (started[rows[i]!]! < started[rows[i - 1]!]!) return rows.sort((a, b) => started[a]! - started[b]!)
  return rows
}
function merged({ started }: Commands, streams: readonly Runs[]): Uint32Array {
  const rows = new Uint32Array(streams.reduce((n, stream) => n + stream.rows.length, 0))
  const ends: number[] = []
  for (const stream of streams) {
    const from = ends.at(-1) ?? 0
    rows.set(stream.rows, from)
    ends.push(from + stream.rows.length)
  }
  const times = Float64Array.from(rows, (row) => started[row]!)
  return inOrder(times, ends).map((place) => rows[place]!)
}

/** Of rows in the order in which they began. */
export function runsOf({ started, ended }: Commands, rows: Uint32Array): Runs {
  const idle = new Float64Array(rows.length)
  const from = rows.length ? started[rows[0]!]! : 0
  let to = from
  let gone = 0
  for (let i = 0; i < rows.length; i++) {
    const start = started[rows[i]!]!
    if (start > to) gone += idle[i] = start - to
    to = Math.max(to, ended[rows[i]!]!)
  }
  return { rows, idle, busy: to - from - gone, from, to }
}
