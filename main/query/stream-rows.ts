// What streams of devices did, as rows of the graph of waits: a lane of commands is an actor like a thread, but it runs
// nothing of its own accord.
//
//   calls      launch(a)   launch(b)            a row for each command, which lasts as long as it lasted; before it, where the
//   stream        └░░▓▓a▓▓▓▓▓▓▓▓▓░▓▓b▓▓▓        lane ran nothing, a wait, with what came last as its cause: the call that
//   other                                       enqueued it, what it depends on, or another stream's command that kept the
//                                               device busy until then. Was the call there before the command ahead ended,
//                                               it had waited for that: the path goes on there. What else came is an arrival
//
// In: a lane, the flows that arrive at it. Out: rows. Their `object` is what ran (workOf) and not one of the trace's objects.
import { flowKinds, reasons, sliceKinds } from '../../wire/kinds.ts'
import { append } from '../store/commands.ts'
import type { Lane } from '../store/lane.ts'
import type { Trace } from '../store/trace.ts'
import { onDevices } from './commands.ts'
import { firstWhere } from './first-where.ts'
import { columnsIn } from './read.ts'
import type { Arrivals } from './wait-flows.ts'
import type { WaitRows } from './wait-rows.ts'

/** ns: a shorter pause before a command is the time that it takes to begin one, whatever else ended meanwhile */
const noticed = 50_000
/** part of a pause at the end of which the device may have stood idle, and the other command still was what it waited for */
const idle = 0.2

const ofKernel = 2 ** 31
const ofOther = ofKernel + 2 ** 30
/** What runs in a slice of a stream: a kernel, or commands of a sort. */
export const workOf = (kind: number, arg: number): number =>
  kind === sliceKinds.kernel ? ofKernel + arg : ofOther + kind
export const isWork = (object: number): boolean => object >= ofKernel
const others: Partial<Record<number, string>> = {
  [sliceKinds.read]: 'copies from the device',
  [sliceKinds.write]: 'copies to the device',
  [sliceKinds.copy]: 'copies on the device',
  [sliceKinds.fill]: 'fills',
}
export const workName = (trace: Trace, object: number): string =>
  object >= ofOther
    ? (others[object - ofOther] ?? 'commands of a device')
    : `kernel ${onDevices(trace).works[object - ofKernel]?.name ?? 'of unknown name'}`

/** By device: the commands that it ran, by their ends. */
export class Ended {
  private readonly byDevice = new Map<number, Uint32Array>()
  private readonly trace: Trace
  constructor(trace: Trace) {
    this.trace = trace
    const { commands: c } = onDevices(trace)
    const rows = new Map<number, number[]>()
    for (let row = 0; row < c.n; row++) {
      const device = c.lane[row]! > 0 ? (trace.objects[c.stream[row]!]?.belongs ?? 0) : 0
      if (device) append(rows, device, row)
    }
    for (const [device, own] of rows)
      this.byDevice.set(
        device,
        Uint32Array.from(own).sort((a, b) => c.ended[a]! - c.ended[b]!),
      )
  }
  /** Another stream's command that was over at the end of the pause, or not long before: its lane, and when. */
  keptBusy(stream: number, from: number, to: number): { lane: number; time: number } | undefined {
    if (to - from < noticed) return undefined
    const { commands: c } = onDevices(this.trace)
    const rows = this.byDevice.get(this.trace.objects[stream]?.belongs ?? 0) ?? new Uint32Array()
    const earliest = to - idle * (to - from)
    let at = firstWhere(rows.length, (i) => c.ended[rows[i]!]! > to) - 1
    while (at >= 0 && c.stream[rows[at]!] === stream) at--
    const row = rows[at]
    if (row === undefined || c.ended[row]! < earliest || !this.trace.lanes[c.lane[row]!]) return undefined
    return { lane: c.lane[row]!, time: c.ended[row]! }
  }
}

export interface StreamLane {
  id: number
  lane: Lane
  start: number
}

export function* streamRows(
  trace: Trace,
  { id, lane, start: begins }: StreamLane,
  arrivals: Arrivals,
  rows: WaitRows,
  { until, ended, actorOf }: { until: number; ended: Ended; actorOf: (lane: number) => number },
): Generator<void> {
  const device = trace.objects[lane.object]!.belongs
  const flows = arrivals.of(id)
  let time = begins
  let next = 0
  rows.push(time, time, 0)
  for (const [columns, first, last] of columnsIn(trace, lane, 0, until)) {
    for (let i = first; i < last; i++) {
      const from = Math.max(time, columns.start[i]!)
      const came: number[] = []
      for (; next < flows.length && arrivals.toTime[flows[next]!]! <= columns.start[i]!; next++) came.push(flows[next]!)
      came.sort((a, b) => arrivals.fromTime[a]! - arrivals.fromTime[b]!)
      const latest = came.at(-1)
      const ready = Math.max(time, latest === undefined ? time : arrivals.fromTime[latest]!)
      if (from > time) {
        const row = rows.push(time, from, reasons.device)
        rows.columns.object[row] = device
        const busy = ended.keptBusy(lane.object, ready, from)
        const by = busy ? actorOf(busy.lane) : -1
        if (busy && by >= 0) setCause(rows, row, by, busy.time, flowKinds.depends, device)
        else if (latest !== undefined && ready > time) {
          came.pop()
          arrive(rows, row, arrivals, latest)
        }
      }
      for (const flow of came) arrive(rows, rows.push(from, from, 0), arrivals, flow)
      time = Math.max(from, columns.start[i]! + columns.dur[i]!)
      const row = rows.push(from, time, columns.kind[i]!)
      rows.columns.object[row] = workOf(columns.kind[i]!, columns.arg[i]!)
      rows.columns.site[row] = columns.site[i]!
      rows.columns.outcome[row] = columns.outcome[i]!
    }
    yield
  }
}
const arrive = (rows: WaitRows, row: number, a: Arrivals, flow: number) =>
  setCause(rows, row, a.from[flow]!, a.fromTime[flow]!, a.kind[flow]!, a.object[flow]!)
function setCause({ columns: c }: WaitRows, row: number, by: number, time: number, how: number, via: number): void {
  c.cause[row] = by
  c.causeTime[row] = Math.min(time, c.end[row]!)
  c.how[row] = how
  c.via[row] = via
}
